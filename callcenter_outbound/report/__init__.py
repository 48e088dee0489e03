from . import callcenter_statistics
