/* SPDX-License-Identifier: MIT */
#include "causes.h"

#include <stdlib.h>
#include <string.h>

harness_t *world;
harness_server_t *server;

void *do_nothing(void *arg) {
  return arg;
}

int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  harness_assert_run(world, harness_call_in_background_named(world, "nobody", do_nothing, world));
  return status;
}

size_t place_of(const char *text, const char *line) {
  const char *found = strstr(text, line);

  if (found == NULL)
    fail_msg("'%s' is not in\n%s", line, text);
  return (size_t)(found - text);
}

/* Whether the transcript has these lines in this order. The list ends with NULL. */
void assert_order(const char *const *lines) {
  char *text = harness_transcript_text(world);

  assert_non_null(text);
  for (; lines[1] != NULL; lines++)
    if (place_of(text, lines[0]) > place_of(text, lines[1]))
      fail_msg("'%s' does not come before '%s':\n%s", lines[0], lines[1], text);
  free(text);
}

void *log_line(void *arg) {
  harness_log(world, "%s", (const char *)arg);
  return arg;
}

harness_task_t *schedule(const char *name, harness_function_t fn, void *arg) {
  return harness_assert_made(world, harness_schedule_coroutine_named(world, name, fn, arg));
}

void answer(harness_stream_t *stream, void *arg) {
  char data[8];

  (void)arg;
  if (harness_read(stream, data, sizeof data) > 0)
    (void)harness_write(stream, "reply", 5);
}

void pass_on(harness_stream_t *stream, void *arg) {
  harness_stream_t *back;
  char data[8];
  ptrdiff_t size = harness_read(stream, data, sizeof data);

  back = harness_assert_made(world, harness_connect_to(world, arg));
  assert_int_equal(harness_write(back, data, (size_t)size), size);
  size = harness_read(back, data, sizeof data);
  assert_int_equal(harness_write(stream, data, (size_t)size), size);
  harness_stream_close(back);
}

void *ask(void *arg) {
  harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));
  char data[8];

  assert_int_equal(harness_write(stream, "ask", 3), 3);
  assert_int_equal(harness_read(stream, data, sizeof data), 5);
  harness_stream_close(stream);
  return arg;
}
