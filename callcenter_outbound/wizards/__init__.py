from . import callcenter_package_fill
