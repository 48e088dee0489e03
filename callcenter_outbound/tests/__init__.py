from . import (
    test_dial,
    test_events,
    test_extension_points,
    test_gateway,
    test_js,
    test_recording,
    test_reload,
    test_security,
    test_server,
    test_tours,
    test_translations,
)
