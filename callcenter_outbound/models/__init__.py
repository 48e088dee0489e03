# What the models below inherit from comes first.
from . import (
    callcenter_agent_account_mixin,
    callcenter_agent_presence_mixin,
    callcenter_live_mixin,
)

# isort: split
from . import (
    callcenter_agent,
    callcenter_agent_group,
    callcenter_agent_session,
    callcenter_agent_status,
    callcenter_call,
    callcenter_command,
    callcenter_contact_record,
    callcenter_contact_record_correction,
    callcenter_dial_plan,
    callcenter_dial_plan_field,
    callcenter_dial_result,
    callcenter_extension,
    callcenter_extension_status,
    callcenter_package,
    callcenter_package_customer,
    callcenter_pause_reason,
    callcenter_pbx,
    callcenter_pbx_section,
    callcenter_pbx_status,
    callcenter_rejected_event,
    callcenter_task,
    callcenter_task_assignment,
    callcenter_task_change,
    callcenter_task_number,
    callcenter_trunk,
    callcenter_trunk_status,
    ir_http,
    res_company,
    res_users,
)
