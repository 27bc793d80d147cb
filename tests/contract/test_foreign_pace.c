/* SPDX-License-Identifier: MIT */
/* When the harness hears of parties outside: of who comes while others are there. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outside.h"

static void read_to_the_end(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  while (harness_read(s, data, sizeof data) > 0)
    continue;
}

/* Also where nothing but connections is free-running: the loop is looked at, and not only waited for. */
static void settling_sees_who_came_meanwhile(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, read_to_the_end, NULL, NULL));
  char name[] = "server/1";
  int fds[3];

  for (int i = 0; i < 3; i++, name[7]++) {
    char *text;

    fds[i] = dial(SOCK_STREAM, harness_server_port(server));
    text = harness_transcript_text(h);
    assert_non_null(text);
    assert_non_null(strstr(text, name));
    free(text);
  }
  for (int i = 0; i < 3; i++)
    assert_int_equal(close(fds[i]), 0);
  assert_int_equal(harness_settle(h), 0);
  harness_server_close(server);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(settling_sees_who_came_meanwhile),
};

HARNESS_CMOCKA_MAIN("contract_foreign_pace", tests)
