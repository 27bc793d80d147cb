/* SPDX-License-Identifier: MIT */
/*
 * A process of the test's own, whose outputs are read by threads as they come: so it never waits for room in
 * a pipe, and the test can wait for a line. Every wait is bounded; one that is over fails the test.
 */
#ifndef TESTS_UNIT_CLI_PROCESS_H
#define TESTS_UNIT_CLI_PROCESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct output {
  int fd;
  char *text; /* NUL-terminated; under lock until the process has ended */
  size_t size;
  size_t room;
  bool ended;
  pthread_t reader;
  pthread_mutex_t lock;
  pthread_cond_t grown;
} output_t;

typedef struct process {
  pid_t pid;
  output_t out;
  output_t err;
} process_t;

/* Starts the program argv[0] with the NULL-terminated arguments. */
void process_start(process_t *process, const char *const *argv);

/* Waits until the standard output holds that text so many times. */
void process_await(process_t *process, const char *text, size_t count);

/* A copy of the first line, without its end, once it is there; the caller frees it. */
char *process_first_line(process_t *process);

/* Waits until the process has ended, and returns its exit code; 128 and the signal where one ended it. What
 * it printed stays until process_free. */
int process_wait(process_t *process);

void process_free(process_t *process);

/* Ends what a failed test has left. For tear-downs. */
void process_kill_left(void);

#endif
