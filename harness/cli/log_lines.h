/* SPDX-License-Identifier: MIT */
/*
 * Private: the lines that programs logged in a harness, kept in the order they were logged in, or taken from
 * a transcript in its canonical order.
 */
#ifndef HARNESS_CLI_LOG_LINES_H
#define HARNESS_CLI_LOG_LINES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <harness/harness.h>

typedef struct harness__log_line {
  char *lane;
  char *text;
} harness__log_line_t;

/* Background calls log on their own threads, hence the lock. */
typedef struct harness__log_lines {
  pthread_mutex_t lock;
  harness__log_line_t *lines;
  size_t count;
  bool failed; /* memory was exhausted; lines are missing */
} harness__log_lines_t;

void harness__log_lines_init(harness__log_lines_t *log);
void harness__log_lines_free(harness__log_lines_t *log);

/* A harness_log_sink_t; arg is a harness__log_lines_t. */
void harness__log_lines_sink(const char *lane, const char *text, void *arg);

/* Replaces what log holds by the log events of the harness's transcript, which settles it. Returns 0 or a
 * negative code. */
int harness__log_lines_from_transcript(harness__log_lines_t *log, harness_t *h);

#endif
