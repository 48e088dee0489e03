from . import login, recording
