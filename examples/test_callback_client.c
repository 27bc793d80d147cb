/* SPDX-License-Identifier: MIT */
/*
 * Foreign code: a client that is callbacks on a libuv loop, and one that has a thread of its own and calls
 * back on it. Neither knows of the harness; a future stands for what each of them will do.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include <harness/cmocka.h>

enum { GREETING_SIZE = 64 };

/* The client under test: a request on the caller's loop. on_greeting is called when it has ended; greeting is
 * NULL where that failed. The request is closed then. */
typedef struct greeter_request {
  uv_tcp_t tcp;
  uv_connect_t connect;
  uv_write_t write;
  char text[GREETING_SIZE];
  size_t size;
  void (*on_greeting)(const char *greeting, void *arg);
  void *arg;
} greeter_request_t;

static void on_closed(uv_handle_t *handle) {
  greeter_request_t *request = handle->data;

  request->on_greeting(request->size > 0 ? request->text : NULL, request->arg);
}

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  greeter_request_t *request = handle->data;

  (void)size;
  *buffer = uv_buf_init(request->text + request->size, (unsigned)(GREETING_SIZE - 1 - request->size));
}

static void on_read(uv_stream_t *tcp, ssize_t size, const uv_buf_t *buffer) {
  greeter_request_t *request = tcp->data;

  (void)buffer;
  if (size > 0)
    request->size += (size_t)size;
  else if (size < 0)
    uv_close((uv_handle_t *)tcp, on_closed);
}

static void on_connect(uv_connect_t *connect, int status) {
  greeter_request_t *request = connect->handle->data;
  uv_buf_t name = uv_buf_init((char[]){"Ann\n"}, 4);

  if (status != 0 || uv_write(&request->write, connect->handle, &name, 1, NULL) != 0 ||
      uv_read_start(connect->handle, give_room, on_read) != 0)
    uv_close((uv_handle_t *)connect->handle, on_closed);
}

static void greeter_ask(greeter_request_t *request, uv_loop_t *loop, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  uv_tcp_init(loop, &request->tcp);
  request->tcp.data = request;
  if (uv_tcp_connect(&request->connect, &request->tcp, (struct sockaddr *)&address, on_connect) != 0)
    uv_close((uv_handle_t *)&request->tcp, on_closed);
}

/* The other client under test: asks on a thread of its own, and calls back there. */
typedef struct greeter_thread {
  uint16_t port;
  void (*on_greeting)(const char *greeting, void *arg);
  void *arg;
} greeter_thread_t;

static void *ask_on_thread(void *arg) {
  greeter_thread_t *asker = arg;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(asker->port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  char text[GREETING_SIZE] = "";

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
      send(fd, "Ann\n", 4, MSG_NOSIGNAL) == 4)
    recv(fd, text, sizeof text - 1, MSG_WAITALL);
  close(fd);
  asker->on_greeting(text[0] != '\0' ? text : NULL, asker->arg);
  return NULL;
}

/* What both tests have in common. */
static void greeter(harness_stream_t *stream, void *arg) {
  char name[64];
  ptrdiff_t size = harness_read_until(stream, name, sizeof name, "\n", 1);

  (void)arg;
  harness_write(stream, "Hello ", 6);
  harness_write(stream, name, size > 0 ? (size_t)size : 0);
}

/* The callback that a test gives to either client: what is said goes to the future's lane. Any thread. */
static void note_greeting(const char *greeting, void *arg) {
  harness_task_t *future = arg;

  harness_future_log(future, "was told: %s", greeting != NULL ? greeting : "nothing");
  harness_future_resolve(future, NULL);
}

static void callbacks_on_the_loop(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, greeter, NULL, NULL));
  harness_task_t *greeted = harness_assert_made(h, harness_future_new_named(h, "asker"));
  static greeter_request_t request; /* outlives a failed assertion */

  request = (greeter_request_t){.on_greeting = note_greeting, .arg = greeted};
  greeter_ask(&request, harness_loop(h), harness_server_port(server));
  harness_assert_run(h, greeted);
  harness_server_close(server);
  harness_assert_transcript(h, "greeter/callback_client");
}

static void callbacks_on_a_thread(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, greeter, NULL, NULL));
  harness_task_t *greeted = harness_assert_made(h, harness_future_new_foreign(h, "asker"));
  static greeter_thread_t asker;
  pthread_t thread;

  asker =
      (greeter_thread_t){.port = harness_server_port(server), .on_greeting = note_greeting, .arg = greeted};
  assert_int_equal(pthread_create(&thread, NULL, ask_on_thread, &asker), 0);
  harness_assert_run(h, greeted);
  pthread_join(thread, NULL);
  harness_server_close(server);
  harness_assert_transcript(h, "greeter/thread_client");
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(callbacks_on_the_loop),
    harness_unit_test(callbacks_on_a_thread),
};
HARNESS_CMOCKA_MAIN("callback_client", tests)
