from . import test_dial, test_events, test_recording, test_security
