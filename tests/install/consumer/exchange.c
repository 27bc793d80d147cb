/* SPDX-License-Identifier: MIT */
/* One exchange with the installed library, without a test framework. */
#include <harness/harness.h>

#include <stdio.h>
#include <string.h>

typedef struct exchange {
  harness_t *h;
  harness_server_t *server;
} exchange_t;

static void handle(harness_stream_t *stream, void *arg) {
  char data[100];
  ptrdiff_t size = harness_read(stream, data, sizeof data);
  (void)arg;
  if (size > 0)
    harness_write(stream, data, (size_t)size);
}

static void *say_hello(void *arg) {
  static char reply[100];
  exchange_t *exchange = arg;
  harness_stream_t *stream = harness_connect_to(exchange->h, exchange->server);
  if (!stream)
    return NULL;
  harness_write(stream, "Hello World!", 12);
  ptrdiff_t size = harness_read(stream, reply, sizeof reply - 1);
  harness_stream_close(stream);
  return size > 0 ? reply : NULL;
}

int main(void) {
  harness_t *h = harness_open(NULL);
  exchange_t exchange = {h, harness_start_server(h, handle, NULL, NULL)};
  char *reply = harness_run_in_foreground(h, harness_schedule_coroutine(h, say_hello, &exchange));
  printf("harness %s: %s\n", harness_version(), reply ? reply : harness_error(h));
  harness_settle(h);
  harness_server_close(exchange.server);
  int same = reply && strcmp(reply, "Hello World!") == 0;
  int left = harness_close(h);
  return same && left == 0 ? 0 : 1;
}
