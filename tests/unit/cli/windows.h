/* SPDX-License-Identifier: MIT */
/* `harness serve` in one process, and `harness call` or plain sockets in others: what their tests share. */
#ifndef TESTS_UNIT_CLI_WINDOWS_H
#define TESTS_UNIT_CLI_WINDOWS_H

#include <harness/cmocka.h>

#include <netinet/in.h>

#include "process.h"
#include "support.h"

/* protocol, stream, framed */
enum { STYLES = 3 };
extern const char *const styles[STYLES];

/* Starts the command; the arguments end with NULL. */
#define start(process, ...) start_command(process, (const char *const[]){__VA_ARGS__, NULL})
void start_command(process_t *process, const char *const *arguments);

/* Starts a server of that style, and returns its port. */
in_port_t serve(process_t *server, const char *style);

/* Ends a server by a signal: its last lines, its exit code, and nothing else said. */
void end(process_t *server, int number);

/* The call must end with that code, print out, and say the sentence (NULL: nothing). Frees it. */
void assert_called(process_t *call, int code, const char *out, const char *sentence);

/* "127.0.0.1:<port>", until the next call. */
const char *address_of(in_port_t port);

/* A socket that has an address of its own; it listens where backlog is not 0. */
int bind_plainly(in_port_t *port, int backlog);

/* A connected socket. buffer: the kernel's, for what comes; 0: as large as it likes. */
int connect_with(in_port_t port, int buffer);
int connect_plainly(in_port_t port);

/* Bounded waits: until something can be read, until exactly this text has come, until EOF. */
void await_readable(int fd);
void assert_reads(int fd, const char *text);
void assert_eof(int fd);

void send_text(int fd, const char *text);

/* Tear-downs that end the processes which a failed test has left; in_folder has a folder of its own. */
int kill_left(void **state);
int remove_all(void **state);
#define windows(test) cmocka_unit_test_teardown(test, kill_left)
#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, remove_all)

#endif
