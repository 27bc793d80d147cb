/* SPDX-License-Identifier: MIT */
/* Private: what a subcommand wants to know of a terminal, and single keys from it. */
#ifndef HARNESS_CLI_TERMINAL_H
#define HARNESS_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The size of standard output where that is a terminal that tells its size, else 80 columns and no limit of
 * rows (0). */
void harness__terminal_size(size_t *columns, size_t *rows);

/* Reads "auto", "always" or "never". Auto is colour where standard output is a terminal that has some (TERM
 * is set, and not "dumb") and NO_COLOR is not set or is empty. Returns false after a sentence where it is
 * none of these. */
bool harness__terminal_color(const char *command, const char *when, bool *color);

enum {
  HARNESS__KEY_NONE = -1, /* nothing that is one key: an arrow, text that was pasted, keys pressed at once */
  HARNESS__KEY_END = -2   /* the terminal is gone */
};

/* Takes keys one by one, without Enter and without echo, from standard input, which must be a terminal, from
 * here on to harness__terminal_leave. On SIGINT, SIGTERM, SIGHUP and SIGQUIT the terminal is given back as it
 * was before the signal ends the process; on SIGTSTP while it is stopped. Returns false, with errno, where
 * that can't be done. */
bool harness__terminal_enter(void);
void harness__terminal_leave(void);

/* Prints the question and waits for a key. What was typed before the question stood there is dropped. When
 * the process was stopped and goes on, the question is printed again. */
int harness__terminal_ask(const char *question);

#endif
