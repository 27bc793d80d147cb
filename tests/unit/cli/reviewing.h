/* SPDX-License-Identifier: MIT */
/* A review in a terminal, its files before, and how it may end. */
#ifndef TESTS_UNIT_CLI_REVIEWING_H
#define TESTS_UNIT_CLI_REVIEWING_H

#include "cases.h"
#include "pty.h"

#define QUESTION "[a r s q ?] "

/* The terminal of the test. */
extern pty_t reviewing_pty;

/* a is changed, b is new, c is changed; then, after a was accepted. */
extern const case_file_t reviewing_before[6];
extern const case_file_t reviewing_half_way[5];

/* Set-up and tear-down: a folder, no colours, not in CI. */
int reviewing_set_up(void **state);
int reviewing_tear_down(void **state);

/* Starts `harness review` in the folder, in the terminal that is open; or writes the files and opens one of
 * 80x24 before that. */
void reviewing_start(void **state);
void reviewing_begin(void **state, const case_file_t *files);

/* Answers the next question. */
void reviewing_answer(const char *key);

/* It must end with that code, or by that signal, with the terminal as it was and those files in the folder.
 */
void reviewing_assert_end(void **state, int code, const case_file_t *files);
void reviewing_assert_killed(void **state, int number, const case_file_t *files);

#endif
