/* SPDX-License-Identifier: MIT */
/*
 * For tests of canonical order, each in a world in which a background call that does nothing takes part, so
 * that causes are all that counts.
 */
#ifndef HARNESS_TESTS_CONTRACT_CAUSES_H
#define HARNESS_TESTS_CONTRACT_CAUSES_H

#include <harness/cmocka.h>

extern harness_t *world;
extern harness_server_t *server;

/* Sets world beside what harness_cmocka_setup does. */
int set_up(void **state);

void *do_nothing(void *arg);

/* Logs its argument, a text. */
void *log_line(void *arg);

harness_task_t *schedule(const char *name, harness_function_t fn, void *arg);

/* A server that answers "reply" once; a proxy of the server arg; and a client of `server` that asks it. */
void answer(harness_stream_t *stream, void *arg);
void pass_on(harness_stream_t *stream, void *arg);
void *ask(void *arg);

/* Where the line stands in the text; fails where it does not. */
size_t place_of(const char *text, const char *line);

/* Asserts that the transcript has these lines in this order; NULL ends them. */
void assert_order(const char *const *lines);
#define assert_in_order(...) assert_order((const char *const[]){__VA_ARGS__, NULL})

#define cause_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

#endif
