from . import (
    callcenter_contact_record_correct,
    callcenter_dial_plan_distribute,
    callcenter_dial_plan_move,
    callcenter_package_fill,
    callcenter_package_import,
)
