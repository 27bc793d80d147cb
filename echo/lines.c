/* SPDX-License-Identifier: MIT */
#include "lines.h"

const harness_echo_line_t harness_echo_a1_lines[HARNESS_ECHO_A1_LINES] = {
    {"client", "-> Client sending: 'Hello World!'"},
    {"server1/1", "-> Server received 'Hello World!' from client"},
    {"server1/1", "<- Server sending: 'Hello World!'"},
    {"server1/1", "-- Terminating connection on server"},
    {"client", "<- Client received: 'Hello World!'"},
    {"client", "-- Terminating connection on client"},
};

const harness_echo_line_t harness_echo_a2_lines[HARNESS_ECHO_A2_LINES] = {
    {"client", "-> Client sending: 'Hello World!'"},
    {"server2/1", "-> Server received 'Hello World!' from client"},
    {"server2/1", "<- Server sending: 'Hello World!'"},
    {"server2/1", "-- Terminating connection on server"},
    {"client", "<- Client received: 'Hello World!'"},
    {"client", "-- Terminating connection on client"},
};

const harness_echo_line_t harness_echo_a3_lines[HARNESS_ECHO_A3_LINES] = {
    {"client1", "-> Client sending: 'Hello World!'"},
    {"client2", "-> Client sending: 'Hello World!'"},
    {"server1/1", "-> Server received 'Hello World!' from client1"},
    {"server1/1", "<- Server sending: 'Hello World!'"},
    {"server1/1", "-- Terminating connection on server"},
    {"server2/1", "-> Server received 'Hello World!' from client2"},
    {"server2/1", "<- Server sending: 'Hello World!'"},
    {"server2/1", "-- Terminating connection on server"},
    {"client1", "<- Client received: 'Hello World!'"},
    {"client1", "-- Terminating connection on client"},
    {"client2", "<- Client received: 'Hello World!'"},
    {"client2", "-- Terminating connection on client"},
};

const harness_echo_line_t harness_echo_a4_lines[HARNESS_ECHO_A4_LINES] = {
    {"client1", "-> Client connecting to server1"},
    {"client1", "-> Client sending: 'Hello World!'"},
    {"client1", "<- Client received: 'Hello World!'"},
    {"client1", "-- Terminating connection on client"},
    {"client2", "-> Client connecting to server2"},
    {"client2", "-> Client sending: 'Hello World!'"},
    {"client2", "<- Client received: 'Hello World!'"},
    {"client2", "-- Terminating connection on client"},
    {"server1/1", "-> Server received 'Hello World!' from client"},
    {"server1/1", "<- Server sending: 'Hello World!'"},
    {"server1/1", "-- Terminating connection on server"},
    {"server2/1", "-> Server received 'Hello World!' from client"},
    {"server2/1", "<- Server sending: 'Hello World!'"},
    {"server2/1", "-- Terminating connection on server"},
};

/* What the client writes as its connection is made; in B1 to B3 the replies are joined. */
const harness_echo_line_t harness_echo_b_lines[HARNESS_ECHO_B_LINES] = {
    {"main", "main: waiting for client to complete"},
    {"EchoServer/1", "connection accepted"},
    {"EchoClient", "EchoClient: connecting to EchoServer"},
    {"EchoClient", "EchoClient: sending b'This is the message. '"},
    {"EchoClient", "EchoClient: sending b'It will be sent '"},
    {"EchoClient", "EchoClient: sending b'in parts.'"},
    {"EchoServer/1", "received b'This is the message. '"},
    {"EchoServer/1", "sent b'This is the message. '"},
    {"EchoServer/1", "received b'It will be sent '"},
    {"EchoServer/1", "sent b'It will be sent '"},
    {"EchoServer/1", "received b'in parts.'"},
    {"EchoServer/1", "sent b'in parts.'"},
    {"EchoServer/1", "received EOF"},
    {"EchoServer/1", "closing"},
    {"EchoClient", "EchoClient: received b'This is the message. '"},
    {"EchoClient", "EchoClient: received b'It will be sent '"},
    {"EchoClient", "EchoClient: received b'in parts.'"},
    {"EchoClient", "EchoClient: received EOF"},
    {"EchoClient", "EchoClient: server closed connection"},
    {"main", "main: closing event loop"},
};

const harness_echo_line_t harness_echo_b1_lines[HARNESS_ECHO_B1_LINES] = {
    {"main", "main: waiting for client to complete"},
    {"EchoServer/1", "connection accepted"},
    {"EchoClient", "EchoClient: connecting to EchoServer"},
    {"EchoClient", "EchoClient: sending b'This is the message. '"},
    {"EchoClient", "EchoClient: sending b'It will be sent '"},
    {"EchoClient", "EchoClient: sending b'in parts.'"},
    {"EchoServer/1", "received b'This is the message. It will be sent in parts.'"},
    {"EchoServer/1", "sent b'This is the message. It will be sent in parts.'"},
    {"EchoServer/1", "received EOF"},
    {"EchoServer/1", "closing"},
    {"EchoClient", "EchoClient: received b'This is the message. It will be sent in parts.'"},
    {"EchoClient", "EchoClient: received EOF"},
    {"EchoClient", "EchoClient: server closed connection"},
    {"main", "main: closing event loop"},
};

const harness_echo_line_t harness_echo_b2_lines[HARNESS_ECHO_B2_LINES] = {
    {"main", "main: waiting for client to complete"},
    {"EchoServer/1", "connection accepted"},
    {"EchoClient", "EchoClient: connecting to EchoServer"},
    {"EchoClient", "EchoClient: sending b'This is the message. '"},
    {"EchoClient", "EchoClient: sending b'It will be sent '"},
    {"EchoClient", "EchoClient: sending b'in parts.'"},
    {"EchoServer/1", "received b'This is the message. '"},
    {"EchoServer/1", "sent b'This is the message. '"},
    {"EchoServer/1", "received b'It will be sent in parts.'"},
    {"EchoServer/1", "sent b'It will be sent in parts.'"},
    {"EchoServer/1", "received EOF"},
    {"EchoServer/1", "closing"},
    {"EchoClient", "EchoClient: received b'This is the message. It will be sent in parts.'"},
    {"EchoClient", "EchoClient: received EOF"},
    {"EchoClient", "EchoClient: server closed connection"},
    {"main", "main: closing event loop"},
};

const harness_echo_line_t harness_echo_b3_lines[HARNESS_ECHO_B3_LINES] = {
    {"main", "main: waiting for client to complete"},
    {"EchoServer/1", "connection accepted"},
    {"EchoClient", "EchoClient: connecting to EchoServer"},
    {"EchoClient", "EchoClient: sending b'This is the message. '"},
    {"EchoClient", "EchoClient: sending b'It will be sent '"},
    {"EchoClient", "EchoClient: sending b'in parts.'"},
    {"EchoServer/1", "received b'This is the message. It will be sent '"},
    {"EchoServer/1", "sent b'This is the message. It will be sent '"},
    {"EchoServer/1", "received b'in parts.'"},
    {"EchoServer/1", "sent b'in parts.'"},
    {"EchoServer/1", "received EOF"},
    {"EchoServer/1", "closing"},
    {"EchoClient", "EchoClient: received b'This is the message. It will be sent in parts.'"},
    {"EchoClient", "EchoClient: received EOF"},
    {"EchoClient", "EchoClient: server closed connection"},
    {"main", "main: closing event loop"},
};

/* Three writes are three deliveries: the server echoes each before it sees the end. */
const harness_echo_line_t harness_echo_c_lines[HARNESS_ECHO_C_LINES] = {
    {"client", "connecting to echo"},
    {"client", "sending b'This is the message. '"},
    {"client", "sending b'It will be sent '"},
    {"client", "sending b'in parts.'"},
    {"client", "waiting for response"},
    {"echo/1", "received b'This is the message. '"},
    {"echo/1", "sent b'This is the message. '"},
    {"echo/1", "received b'It will be sent '"},
    {"echo/1", "sent b'It will be sent '"},
    {"echo/1", "received b'in parts.'"},
    {"echo/1", "sent b'in parts.'"},
    {"echo/1", "closing"},
    {"client", "received b'This is the message. '"},
    {"client", "received b'It will be sent '"},
    {"client", "received b'in parts.'"},
    {"client", "closing"},
};

const harness_echo_line_t harness_echo_c1_lines[HARNESS_ECHO_C1_LINES] = {
    {"client", "connecting to echo"},
    {"client", "sending b'This is the message. '"},
    {"client", "sending b'It will be sent '"},
    {"client", "sending b'in parts.'"},
    {"client", "waiting for response"},
    {"echo/1", "received b'This is the message. It will be sent in parts.'"},
    {"echo/1", "sent b'This is the message. It will be sent in parts.'"},
    {"echo/1", "closing"},
    {"client", "received b'This is the message. It will be sent in parts.'"},
    {"client", "closing"},
};

const harness_echo_line_t harness_echo_c2_lines[HARNESS_ECHO_C2_LINES] = {
    {"client", "connecting to echo"},
    {"client", "sending b'This is the message. '"},
    {"client", "sending b'It will be sent '"},
    {"client", "sending b'in parts.'"},
    {"client", "waiting for response"},
    {"echo/1", "received b'This is the message. It will be sent '"},
    {"echo/1", "sent b'This is the message. It will be sent '"},
    {"echo/1", "received b'in parts.'"},
    {"echo/1", "sent b'in parts.'"},
    {"echo/1", "closing"},
    {"client", "received b'This is the message. It will be sent '"},
    {"client", "received b'in parts.'"},
    {"client", "closing"},
};

/* Three calls in a row use one connection again; of three at once, on two connections, the first gets the
 * idle one, and whoever waits longest what is free next. */
const harness_echo_line_t harness_echo_d_lines[HARNESS_ECHO_D_LINES] = {
    {"caller", "calling b'Hello!'"},
    {"echo/1", "received b'Hello!'"},
    {"echo/1", "sent b'Hello!'"},
    {"caller", "reply b'Hello!' on connection 1"},
    {"caller", "calling b'How are you?'"},
    {"echo/1", "received b'How are you?'"},
    {"echo/1", "sent b'How are you?'"},
    {"caller", "reply b'How are you?' on connection 1"},
    {"caller", "calling b'Goodbye!'"},
    {"echo/1", "received b'Goodbye!'"},
    {"echo/1", "sent b'Goodbye!'"},
    {"caller", "reply b'Goodbye!' on connection 1"},
    {"caller", "calling b'Hello!'"},
    {"caller", "calling b'How are you?'"},
    {"caller", "calling b'Goodbye!'"},
    {"echo/1", "received b'Hello!'"},
    {"echo/1", "sent b'Hello!'"},
    {"caller", "reply b'Hello!' on connection 1"},
    {"echo/2", "received b'How are you?'"},
    {"echo/2", "sent b'How are you?'"},
    {"echo/1", "received b'Goodbye!'"},
    {"echo/1", "sent b'Goodbye!'"},
    {"caller", "reply b'How are you?' on connection 2"},
    {"caller", "reply b'Goodbye!' on connection 1"},
};
