from . import login, recording, statistics
