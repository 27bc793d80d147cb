/* SPDX-License-Identifier: MIT */
/* The lines: what is done, and what each end is told of it. See ends.h for how a script reads. */
#include "ends.h"

/* Why the kernel can't be made to show a line. What is written can be held back in its writer's kernel, and
 * an EOF can be kept from its reader for a while, because both are sent again; a reset is sent once. */
#define RESET_IN_FLIGHT "a reset can't be held back on loopback: it is there at once, and is not repeated"

const end_line_t end_lines[] = {
    /* Close. */
    {"close", "A close; B read = EOF; B read = EOF; B drain = 0", NULL},
    {"close_after_writing", "A write 5 = 5; A close; B read 5 = 5; B read = EOF; B read = EOF", NULL},
    {"close_wakes_a_reader", "B read ... = EOF; A close; B read = EOF", NULL},
    {"close_then_the_other_half_closes", "A close; B half-close = 0; B write 1 = EPIPE; B read = EOF", NULL},
    {"close_both", "A write 5 = 5; B read 5 = 5; A close; B read = EOF; B close", NULL},
    {"close_both_at_once", "A write 5 = 5; B write 5 = 5; A close ~; B close",
     "neither end is left to look, and the first close can't be held back"},

    /* Close with received data unread. */
    {"close_with_unread_data",
     "B write 5 = 5; A close; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE; B drain = EPIPE", NULL},
    {"close_with_unread_data_told_by_a_write",
     "B write 5 = 5; A close; B write 1 = ECONNRESET; B write 1 = EPIPE; B read = EOF", NULL},
    {"close_with_a_part_unread",
     "B write 5 = 5; A read 2 = 2; A close; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE", NULL},
    {"close_with_unread_data_after_writing",
     "A write 5 = 5; B write 5 = 5; A close; B read 5 = 5; B read = ECONNRESET; B read = EOF", NULL},
    {"close_with_unread_data_wakes_a_drainer",
     "B fill; B drain ... = ECONNRESET; A close; B drain = EPIPE; B read = EOF; B write 1 = EPIPE", NULL},

    /* Close with data on its way to the closed end. */
    {"close_with_undelivered_data",
     "B write 5 = 5 ~; A close; B read = EOF; B write 1 = EPIPE; B write 1 = EPIPE; B read = EOF", NULL},
    {"close_with_undelivered_data_told_by_drain",
     "B write 5 = 5 ~; A close; B drain = EPIPE; B write 1 = EPIPE; B read = EOF", NULL},
    {"close_with_unread_and_undelivered_data",
     "B write 5 = 5; B write 5 = 5 ~; A close; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE", NULL},

    /* Write after the peer has closed. */
    {"write_after_close",
     "A close; B write 5 = 5; B write 1 = EPIPE; B write 1 = EPIPE; B read = EOF; B read = EOF", NULL},
    {"write_after_eof_was_read",
     "A close; B read = EOF; B write 5 = 5; B read = EOF; B drain = EPIPE; B write 1 = EPIPE", NULL},
    {"write_twice_after_close", "A close; B write 5 = 5 ~; B write 5 = 5; B write 1 = EPIPE; B read = EOF",
     NULL},
    {"write_after_close_keeps_what_was_received",
     "A write 5 = 5; A close; B write 5 = 5; B write 1 = EPIPE; B read 5 = 5; B read = EOF", NULL},
    {"write_and_half_close_after_close",
     "A close; B write 5 = 5 ~; B half-close = 0; B read = EOF; B write 1 = ECONNRESET; B write 1 = EPIPE",
     NULL},
    {"write_then_half_close_after_close",
     "A close; B write 5 = 5; B half-close = ENOTCONN; B write 1 = EPIPE; B read = EOF", NULL},

    /* Half-close, and what can follow it. */
    {"half_close",
     "A write 5 = 5; A half-close = 0; B read 5 = 5; B read = EOF; B write 5 = 5; A read 5 = 5; "
     "A write 1 = EPIPE; B close; A read = EOF; A read = EOF; A write 1 = EPIPE",
     NULL},
    {"half_close_wakes_a_reader", "B read ... = EOF; A half-close = 0; B read = EOF; B write 5 = 5", NULL},
    {"half_close_both",
     "A half-close = 0; B read = EOF; B half-close = 0; A read = EOF; A write 1 = EPIPE; B write 1 = EPIPE; "
     "A drain = 0; B drain = 0",
     NULL},
    {"half_close_both_at_once",
     "A half-close = 0 ~; B half-close = 0; A read = EOF; B read = EOF; A write 1 = EPIPE; B write 1 = EPIPE",
     NULL},
    {"half_close_then_close",
     "A half-close = 0; A close; B read = EOF; B write 5 = 5; B write 1 = EPIPE; B read = EOF", NULL},
    {"half_close_then_close_with_unread_data",
     "B write 5 = 5; A half-close = 0; A close; B read = EOF; B write 1 = EPIPE; B drain = EPIPE; B read = "
     "EOF",
     NULL},
    {"half_close_then_close_with_undelivered_data",
     "A half-close = 0; B write 5 = 5 ~; A close; B write 1 = EPIPE; B read = EOF", NULL},
    {"half_close_then_close_wakes_a_drainer",
     "A half-close = 0; B fill; B drain ... = EPIPE; A close; B drain = EPIPE; B read = EOF", NULL},
    {"half_close_then_the_other_closes",
     "A half-close = 0; B write 5 = 5; B close; A read 5 = 5; A read = EOF; A write 1 = EPIPE; A drain = 0",
     NULL},
    {"half_close_then_the_other_closes_with_unread_data",
     "A write 5 = 5; A half-close = 0; B close; A read = ECONNRESET; A read = EOF; A write 1 = EPIPE", NULL},
    {"half_close_with_undelivered_data_and_the_other_closes",
     "A write 5 = 5 ~; B close; A read = EOF; A half-close = ENOTCONN; A write 1 = EPIPE", NULL},

    /* Abort. */
    {"abort", "A abort; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE; B drain = EPIPE", NULL},
    {"abort_told_by_a_write",
     "A abort; B write 1 = ECONNRESET; B write 1 = EPIPE; B read = EOF; B drain = EPIPE", NULL},
    {"abort_told_by_a_write_of_nothing", "A abort; B write 0 = ECONNRESET; B write 0 = EPIPE; B read = EOF",
     NULL},
    {"abort_told_by_drain", "A abort; B drain = ECONNRESET; B drain = EPIPE; B write 1 = EPIPE; B read = EOF",
     NULL},
    {"abort_then_the_other_half_closes",
     "A abort; B half-close = ENOTCONN; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE", NULL},
    {"abort_after_writing",
     "A write 5 = 5; A abort; B read 5 = 5; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE", NULL},
    {"abort_after_writing_told_by_a_write",
     "A write 5 = 5; A abort; B write 1 = ECONNRESET; B read 5 = 5; B read = EOF; B write 1 = EPIPE", NULL},
    {"abort_with_unread_data", "B write 5 = 5; A abort; B read = ECONNRESET; B read = EOF", NULL},
    {"abort_with_undelivered_data", "B write 5 = 5 ~; A abort; B read = ECONNRESET; B write 1 = EPIPE", NULL},
    {"abort_in_flight", "A abort ~; B write 5 = 5; B read = ECONNRESET; B read = EOF; B write 1 = EPIPE",
     RESET_IN_FLIGHT},
    {"abort_in_flight_told_by_a_write",
     "A abort ~; B write 5 = 5; B write 1 = ECONNRESET; B write 1 = EPIPE; B read = EOF", RESET_IN_FLIGHT},
    {"abort_both", "A abort ~; B abort", RESET_IN_FLIGHT},
    {"abort_wakes_a_reader", "B read ... = ECONNRESET; A abort; B read = EOF; B write 1 = EPIPE", NULL},
    {"abort_wakes_a_drainer", "B fill; B drain ... = ECONNRESET; A abort; B drain = EPIPE; B read = EOF",
     NULL},

    /* Abort after a half-close. */
    {"half_close_then_abort",
     "A half-close = 0; A abort; B read = EOF; B write 1 = EPIPE; B write 1 = EPIPE; B drain = EPIPE", NULL},
    {"half_close_then_abort_told_by_drain",
     "A half-close = 0; A abort; B drain = EPIPE; B write 1 = EPIPE; B read = EOF", NULL},
    {"half_close_then_abort_after_writing",
     "A write 5 = 5; A half-close = 0; A abort; B write 1 = EPIPE; B read 5 = 5; B read = EOF", NULL},
    {"half_close_then_the_other_aborts",
     "A half-close = 0; B read = EOF; B abort; A read = ECONNRESET; A read = EOF; A write 1 = EPIPE", NULL},
    {"half_close_then_the_other_aborts_told_by_a_write",
     "A half-close = 0; B abort; A write 1 = ECONNRESET; A write 1 = EPIPE; A read = EOF", NULL},
    {"half_close_then_the_other_aborts_told_by_drain",
     "A half-close = 0; B abort; A drain = ECONNRESET; A write 1 = EPIPE; A read = EOF", NULL},
    {"half_close_in_flight_then_the_other_aborts",
     "A half-close = 0; B half-close = 0 ~; A abort; B read = EOF; B write 1 = ECONNRESET; B write 1 = EPIPE",
     NULL},
    {"half_close_both_then_abort",
     "A half-close = 0; B half-close = 0; A abort; B read = EOF; B write 1 = EPIPE; B drain = 0", NULL},
    {"half_close_both_then_abort_with_unread_data",
     "B write 5 = 5; B half-close = 0; A half-close = 0; A abort; B read = EOF; B write 1 = EPIPE; B drain = "
     "0",
     NULL},
    {"half_close_both_then_close_with_unread_data",
     "B write 5 = 5; B half-close = 0; A half-close = 0; A close; B read = EOF; B write 1 = EPIPE; B drain = "
     "0",
     NULL},

    /* The beginning. */
    {"connect_cancelled",
     "A connect ~; L cancel; B read = EOF; B write 5 = 5; B write 1 = EPIPE; B read = EOF", NULL},
    {"connect_when_the_server_has_closed", "L stop; A connect = ECONNREFUSED", NULL},
    {"server_closes_with_a_connection_queued",
     "A connect = 0 ~; L stop; A read = ECONNRESET; A read = EOF; A write 1 = EPIPE", NULL},
    {"server_closes_with_a_connection_queued_told_by_a_write",
     "A connect = 0 ~; L stop; A write 1 = ECONNRESET; A write 1 = EPIPE; A read = EOF", NULL},
    {"connect_cancelled_and_server_closes", "A connect ~; L cancel ~; L stop", "neither end is left to look"},
    {"server_closes_with_a_connection_accepted",
     "A connect = 0; B write 5 = 5; L stop; A read 5 = 5; A write 5 = 5; B read 5 = 5; B close; A read = EOF",
     NULL},
};

const size_t end_line_count = sizeof end_lines / sizeof end_lines[0];
