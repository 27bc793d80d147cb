/* SPDX-License-Identifier: MIT */
/*
 * A program in a terminal of its own, under a shell of four lines that knows no more of job control than
 * putting the program into the foreground, and there again after it was stopped. Every wait is bounded; one
 * that is over fails the test.
 */
#ifndef TESTS_UNIT_CLI_PTY_H
#define TESTS_UNIT_CLI_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#include "base/buffer.h"

typedef struct pty {
  int master;
  int slave;  /* kept open: its modes outlive the program */
  int events; /* from the shell: the program's id, then what became of it, as waitpid() says it */
  int orders; /* to the shell: a byte lets a stopped program go on */
  pid_t shell;
  pid_t pid;
  struct termios modes; /* those it began with */
  harness__buffer_t output;
  size_t read; /* how much of the output was awaited */
} pty_t;

/* Opens the terminal. What is typed before the program is started is there when it starts. */
void pty_open(pty_t *pty, unsigned short columns, unsigned short rows);

/* Starts the program argv[0], with the NULL-terminated arguments, in a folder. */
void pty_start(pty_t *pty, const char *folder, const char *const *argv);

void pty_resize(pty_t *pty, unsigned short columns, unsigned short rows);

void pty_type(pty_t *pty, const char *keys);

/* Waits until that text comes, behind what was awaited before. Returns what came, up to its end: valid until
 * the next call. */
const char *pty_await(pty_t *pty, const char *text);

/* Waits until the program stops or ends; returns what waitpid() said. */
int pty_wait(pty_t *pty);

/* Lets a stopped program go on in the foreground. */
void pty_continue(pty_t *pty);

/* Whether the terminal has the modes that it began with. */
bool pty_is_restored(pty_t *pty);

/* Ends what is left. For tear-downs, too: it does nothing where nothing is open. */
void pty_close(pty_t *pty);

#endif
