/* SPDX-License-Identifier: MIT */
/* A client that blocks in plain socket calls and knows nothing of the harness, tested as it is. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <harness/cmocka.h>

typedef struct greeting {
  uint16_t port;
  char text[64];
} greeting_t;

/* The client under test: says a name, waits for the greeting. */
static void *ask(void *arg) {
  greeting_t *greeting = arg;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(greeting->port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
      send(fd, "Ann\n", 4, MSG_NOSIGNAL) == 4)
    recv(fd, greeting->text, sizeof greeting->text - 1, MSG_WAITALL);
  close(fd);
  return greeting->text;
}

/* Greets whoever says a name. A handler that returns closes its connection. */
static void greeter(harness_stream_t *stream, void *arg) {
  char name[64];
  ptrdiff_t size = harness_read_until(stream, name, sizeof name, "\n", 1);

  (void)arg;
  harness_write(stream, "Hello ", 6);
  harness_write(stream, name, size > 0 ? (size_t)size : 0);
}

static void greets_by_name(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, greeter, NULL, NULL));
  greeting_t greeting = {.port = harness_server_port(server)};

  assert_string_equal(harness_assert_run(h, harness_call_in_background(h, ask, &greeting)), "Hello Ann\n");
  harness_server_close(server);
  harness_assert_transcript(h, "greeter/blocking_client");
}

static const struct CMUnitTest tests[] = {harness_unit_test(greets_by_name)};
HARNESS_CMOCKA_MAIN("blocking_client", tests)
