# The public headers, each of which is installed and must compile alone. tests/headers checks that the list
# is complete.
set(harness_public_headers core.h datagram.h deliveries.h delivery.h export.h fail.h framed.h framing.h harness.h
                           normalise.h place.h protocol.h runner.h server.h stream.h task.h transcript.h transport.h)
set(harness_adapter_headers cmocka.h)
set(harness_echo_headers echo.h)
