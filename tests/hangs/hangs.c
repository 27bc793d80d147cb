/* SPDX-License-Identifier: MIT */
/*
 * One planted fault each. Where several parties could be blamed, the one that is stands in the golden
 * report's first line; these are written as such faults are written by mistake.
 */
#include "hangs.h"

#include <arpa/inet.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/buffer.h"
#include "run/graph.h"

enum { POOL_THREADS = 2 };

/* What the parties of one hang share; there is one at a time. */
static struct {
  harness_t *h;
  harness_server_t *server;
  harness_endpoint_t *endpoint;
  harness_framed_client_t *framed;
  harness_task_t *tasks[3];
  atomic_long threads[POOL_THREADS];
  atomic_size_t running;
  sem_t go;
} world;

void hangs_begin(void) {
  (void)setenv("UV_THREADPOOL_SIZE", "2", 1);
}

static void begin(harness_t *h) {
  memset(world.tasks, 0, sizeof world.tasks);
  world.h = h;
  world.server = NULL;
}

static void *await(void *arg) {
  void *result = NULL;
  harness_task_t *const *task = arg;
  return harness_await(*task, &result) == 0 ? result : NULL;
}

static harness_task_t *plant_cycle(harness_t *h) {
  begin(h);
  world.tasks[0] = harness_schedule_coroutine_named(h, "loader", await, &world.tasks[1]);
  world.tasks[1] = harness_schedule_coroutine_named(h, "saver", await, &world.tasks[2]);
  world.tasks[2] = harness_schedule_coroutine_named(h, "cleaner", await, &world.tasks[0]);
  return world.tasks[0];
}

static void send_16_bytes(harness_stream_t *stream, void *arg) {
  char byte;

  (void)arg;
  (void)harness_write(stream, "0123456789abcdef", 16);
  (void)harness_read(stream, &byte, 1);
}

static void *expect_20_bytes(void *arg) {
  harness_stream_t *stream = harness_connect_to(world.h, world.server);
  char frame[20];

  return harness_read_exactly(stream, frame, sizeof frame, NULL) == 20 ? arg : NULL;
}

static harness_task_t *plant_longer_frame(harness_t *h) {
  begin(h);
  world.server = harness_start_server(h, send_16_bytes, NULL, NULL);
  return harness_schedule_coroutine(h, expect_20_bytes, NULL);
}

static void wait_before_reading(harness_stream_t *stream, void *arg) {
  char byte;

  (void)harness_await(*(harness_task_t **)arg, NULL);
  (void)harness_read(stream, &byte, 1);
}

static void *write_much(void *arg) {
  static const char data[1024];
  harness_stream_t *stream = harness_connect_to(world.h, world.server);

  for (int i = 0; i < 100; i++)
    (void)harness_write(stream, data, sizeof data);
  return harness_drain(stream) == 0 ? arg : NULL;
}

/* The server's permission comes when the client is done. */
static harness_task_t *plant_drain(harness_t *h) {
  begin(h);
  world.server = harness_start_server(h, wait_before_reading, &world.tasks[0], NULL);
  world.tasks[0] = harness_schedule_coroutine_named(h, "uploader", write_much, NULL);
  return world.tasks[0];
}

static harness_task_t *plant_lost_future(harness_t *h) {
  begin(h);
  world.tasks[0] = harness_future_new_named(h, "logged-in");
  return harness_schedule_coroutine(h, await, &world.tasks[0]);
}

/* Whether the thread has come to that system call; -1: that can't be known here. */
static int is_blocked(long thread, const char *name) {
  harness__buffer_t text = {0};
  int blocked;

  if (access("/proc/self/syscall", R_OK) != 0)
    return -1;
  harness__thread_describe(thread, &text);
  blocked = text.text != NULL && strstr(text.text, name) != NULL;
  harness__buffer_free(&text);
  return blocked;
}

static int await_blocked(const atomic_long *thread, const char *name) {
  int blocked = 0;

  while (blocked == 0) {
    (void)sched_yield();
    blocked = atomic_load(thread) != 0 ? is_blocked(atomic_load(thread), name) : 0;
  }
  return blocked > 0;
}

/* Those who have a thread wait for one who has none. */
static void *meet_others(void *arg) {
  size_t mine = atomic_fetch_add(&world.running, 1);

  if (mine < POOL_THREADS) {
    atomic_store(&world.threads[mine], (long)gettid());
    while (sem_wait(&world.go) != 0) {
    }
  }
  return arg;
}

static harness_task_t *plant_thread_pool(harness_t *h) {
  begin(h);
  (void)sem_init(&world.go, 0, 0);
  atomic_store(&world.running, 0);
  for (size_t i = 0; i < POOL_THREADS; i++)
    atomic_store(&world.threads[i], 0);
  for (size_t i = 0; i < 3; i++)
    world.tasks[i] = harness_call_in_background(h, meet_others, NULL);
  for (size_t i = 0; i < POOL_THREADS; i++) {
    if (!await_blocked(&world.threads[i], "futex"))
      return NULL;
  }
  return harness_wait_all(h, world.tasks, 3);
}

static void release_thread_pool(void) {
  for (size_t i = 0; i < POOL_THREADS; i++)
    (void)sem_post(&world.go);
}

static void answer(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  (void)harness_framed_write(connection, data, size);
}

/* The length says 16 bytes, and there are 12. */
static void *ask(void *arg) {
  harness_stream_t *stream = harness_connect_to(world.h, world.server);
  char byte;

  (void)harness_write(stream, "\0\0\0\020GET k\0\0\0\0\0\0\0", 16);
  return harness_read(stream, &byte, 1) == 1 ? arg : NULL;
}

static harness_task_t *plant_reply(harness_t *h) {
  static const harness_framing_t framing = {.length_size = 4};

  begin(h);
  world.server = harness_create_framed_server(h, &framing, answer, NULL, NULL);
  return harness_schedule_coroutine(h, ask, NULL);
}

static void *say_hello(void *arg) {
  harness_stream_t *stream = harness_connect_to(world.h, world.server);
  char byte;

  (void)harness_write(stream, "hello", 5);
  return harness_read(stream, &byte, 1) == 1 ? arg : NULL;
}

static harness_task_t *plant_no_handler(harness_t *h) {
  static const harness_protocol_t protocol = {0};

  begin(h);
  world.server = harness_create_server(h, &protocol, NULL, NULL, NULL);
  return harness_schedule_coroutine(h, say_hello, NULL);
}

static harness_task_t *plant_wait_first(harness_t *h) {
  begin(h);
  world.tasks[0] = harness_future_new_named(h, "left");
  world.tasks[1] = harness_future_new_named(h, "right");
  world.tasks[2] = harness_wait_first(h, world.tasks, 2);
  return harness_schedule_coroutine(h, await, &world.tasks[2]);
}

static void forget(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  (void)connection;
  (void)data;
  (void)size;
}

static void release_connections(void) {
  harness_framed_client_abort(world.framed);
}

static harness_task_t *plant_connection_pool(harness_t *h) {
  static const harness_framing_t lines = {.separator = "\n", .separator_size = 1};
  harness_framed_client_options_t options = {.pool_size = 2, .name = "pooled"};

  begin(h);
  options.server = world.server = harness_create_framed_server(h, &lines, forget, NULL, NULL);
  world.framed = harness_framed_client_new(h, &lines, &options);
  world.tasks[0] = harness_framed_call(world.framed, "first", 5);
  world.tasks[1] = harness_framed_call(world.framed, "second", 6);
  world.tasks[2] = harness_framed_call(world.framed, "third", 5);
  return harness_schedule_coroutine(h, await, &world.tasks[2]);
}

static void read_to_eof(harness_stream_t *stream, void *arg) {
  char text[64];

  (void)arg;
  while (harness_read(stream, text, sizeof text) > 0) {
  }
  (void)harness_write(stream, "done", 4);
}

static harness_task_t *plant_half_close(harness_t *h) {
  begin(h);
  world.server = harness_start_server(h, read_to_eof, NULL, NULL);
  return harness_schedule_coroutine(h, say_hello, NULL);
}

static void *receive_for_ever(void *arg) {
  char data[64];

  while (harness_receive_from(arg, data, sizeof data, NULL) >= 0) {
  }
  return arg;
}

static void *ask_by_datagram(void *arg) {
  char data[64];

  (void)harness_sendto(arg, "who", 3, NULL);
  return harness_receive_from(arg, data, sizeof data, NULL) > 0 ? arg : NULL;
}

static harness_task_t *plant_datagram(harness_t *h) {
  harness_datagram_options_t options = {.name = "asking"};
  harness_endpoint_t *names =
      harness_create_datagram_endpoint(h, NULL, NULL, &(harness_datagram_options_t){.name = "names"});

  begin(h);
  options.remote = harness_datagram_address(names);
  world.endpoint = harness_create_datagram_endpoint(h, NULL, NULL, &options);
  (void)harness_schedule_coroutine_named(h, "name-server", receive_for_ever, names);
  return harness_schedule_coroutine(h, ask_by_datagram, world.endpoint);
}

static void *connect_and_receive(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte;

  address.sin_port = htons(harness_server_port(world.server));
  atomic_store(&world.threads[0], (long)gettid());
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 && send(fd, "hello", 5, 0) == 5)
    (void)recv(fd, &byte, 1, 0);
  (void)close(fd);
  return arg;
}

static void wait_before_answering(harness_stream_t *stream, void *arg) {
  char text[64];

  if (harness_read(stream, text, sizeof text) > 0 && await_blocked(&world.threads[0], "recv"))
    (void)harness_await(*(harness_task_t **)arg, NULL);
}

static harness_task_t *plant_blocking(harness_t *h) {
  begin(h);
  atomic_store(&world.threads[0], 0);
  world.tasks[0] = harness_future_new_named(h, "permission");
  world.server = harness_start_server(h, wait_before_answering, &world.tasks[0], NULL);
  return is_blocked(0, "recv") >= 0
             ? harness_call_in_background_named(h, "blocking", connect_and_receive, NULL)
             : NULL;
}

static void *leave_open(void *arg) {
  (void)harness_connect_to(world.h, world.server);
  return arg;
}

static void serve_once(harness_stream_t *stream, void *arg) {
  char byte;

  (void)harness_read(stream, &byte, 1);
  (void)harness_future_resolve(*(harness_task_t **)arg, NULL);
}

static harness_task_t *plant_left_open(harness_t *h) {
  begin(h);
  world.server = harness_start_server(h, serve_once, &world.tasks[0], NULL);
  world.tasks[1] = harness_schedule_coroutine_named(h, "visitor", leave_open, NULL);
  world.tasks[0] = harness_future_new_named(h, "served");
  return world.tasks[0];
}

static void *await_server(void *arg) {
  harness_stream_t *stream = harness_connect_to(world.h, world.server);
  char byte;

  return harness_read(stream, &byte, 1) == 1 ? arg : NULL;
}

static void wait_for_client(harness_stream_t *stream, void *arg) {
  char line[64];

  (void)arg;
  (void)harness_read_until(stream, line, sizeof line, "\r\n", 2);
}

static harness_task_t *plant_nobody_begins(harness_t *h) {
  begin(h);
  world.server = harness_start_server(h, wait_for_client, NULL, NULL);
  return harness_schedule_coroutine(h, await_server, NULL);
}

static void pause_reading(void *state, harness_transport_t *transport) {
  (void)state;
  (void)harness_transport_pause_reading(transport);
}

static void receive_nothing(void *state, const void *data, size_t size) {
  (void)state;
  (void)data;
  (void)size;
}

static harness_task_t *plant_paused(harness_t *h) {
  static const harness_protocol_t protocol = {.connection_made = pause_reading,
                                              .data_received = receive_nothing};

  begin(h);
  world.server = harness_create_server(h, &protocol, NULL, NULL, NULL);
  return harness_schedule_coroutine(h, say_hello, NULL);
}

static harness_task_t *plant_part_of_a_line(harness_t *h) {
  static const harness_framing_t lines = {.separator = "\n", .separator_size = 1};

  begin(h);
  world.server = harness_create_framed_server(h, &lines, answer, NULL, NULL);
  return harness_schedule_coroutine(h, say_hello, NULL);
}

static void say_half_a_line(harness_stream_t *stream, void *arg) {
  char byte;

  (void)arg;
  (void)harness_write(stream, "220 rea", 7);
  (void)harness_read(stream, &byte, 1);
}

static void *read_a_line(void *arg) {
  harness_stream_t *stream = harness_connect_to(world.h, world.server);
  char line[64];

  return harness_read_until(stream, line, sizeof line, "\r\n", 2) > 0 ? arg : NULL;
}

static harness_task_t *plant_half_a_line(harness_t *h) {
  begin(h);
  world.server = harness_start_server(h, say_half_a_line, NULL, NULL);
  return harness_schedule_coroutine(h, read_a_line, NULL);
}

/* Each waits for all of a list that holds only the next one. */
static void *await_all_of_next(void *arg) {
  harness_task_t **next = arg;
  return await(&(harness_task_t *){harness_wait_all(world.h, next, 1)});
}

static harness_task_t *plant_long_cycle(harness_t *h) {
  enum { LENGTH = 12 };
  static harness_task_t *circle[LENGTH];

  begin(h);
  for (size_t i = 0; i < LENGTH; i++)
    circle[i] =
        harness_schedule_coroutine(h, i % 2 == 0 ? await : await_all_of_next, &circle[(i + 1) % LENGTH]);
  return circle[0];
}

/* The secret is not in the report. */
static harness_task_t *plant_redacted(harness_t *h) {
  begin(h);
  (void)harness_redact(h, "greeting", "hello");
  world.server = harness_start_server(h, read_to_eof, NULL, NULL);
  return harness_schedule_coroutine(h, say_hello, NULL);
}

static void do_nothing(uv_timer_t *timer) {
  (void)timer;
}

static void *await_with_deadline(void *arg) {
  (void)harness_begin_deadline(world.h, 60000);
  return await(arg);
}

/* The library is to say when it is done, and its timer would be due in a day. */
static harness_task_t *plant_handle(harness_t *h) {
  static uv_timer_t timer;

  begin(h);
  (void)uv_timer_init(harness_loop(h), &timer);
  (void)uv_timer_start(&timer, do_nothing, (uint64_t)24 * 3600 * 1000, 0);
  world.tasks[0] = harness_future_new_named(h, "library");
  return harness_schedule_coroutine(h, await_with_deadline, &world.tasks[0]);
}

const hang_t hangs[] = {
    {"cycle_of_tasks", plant_cycle, NULL, 0},
    {"longer_frame", plant_longer_frame, NULL, 0},
    {"drain_unread", plant_drain, NULL, 0},
    {"lost_future", plant_lost_future, NULL, 0},
    {"reply_of_a_part", plant_reply, NULL, 0},
    {"no_handler", plant_no_handler, NULL, 0},
    {"wait_first", plant_wait_first, NULL, 0},
    {"connection_pool", plant_connection_pool, release_connections, 0},
    {"half_close", plant_half_close, NULL, 0},
    {"datagram", plant_datagram, NULL, 0},
    {"left_open", plant_left_open, NULL, 0},
    {"nobody_begins", plant_nobody_begins, NULL, 0},
    {"paused_reading", plant_paused, NULL, 0},
    {"part_of_a_line", plant_part_of_a_line, NULL, 0},
    {"half_a_line", plant_half_a_line, NULL, 0},
    {"long_cycle", plant_long_cycle, NULL, 0},
    {"redacted", plant_redacted, NULL, 0},
    {"handle_on_the_loop", plant_handle, NULL, 1},
    {"thread_pool", plant_thread_pool, release_thread_pool, 1},
    {"blocking_call", plant_blocking, NULL, 1},
};

const size_t hangs_count = sizeof hangs / sizeof hangs[0];
