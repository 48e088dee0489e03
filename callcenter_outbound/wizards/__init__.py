from . import (
    callcenter_dial_plan_distribute,
    callcenter_dial_plan_move,
    callcenter_package_fill,
    callcenter_package_import,
)
