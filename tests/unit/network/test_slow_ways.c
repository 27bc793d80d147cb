/* SPDX-License-Identifier: MIT */
/*
 * That HARNESS_SLOW does what it says: the same conversation with each way forced slow makes other system
 * calls, and the same transcript. The calls that the library makes are counted by functions that the linker
 * puts before them.
 */
#include <harness/cmocka.h>

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { TRIPS = 20, CONNECTIONS = 4 };

/* Whether the kernel is late, so that a receive finds nothing and is made again, is chance: counted is what
 * is the same all the same. */
typedef struct calls {
  int unasked; /* receives of which the kernel was not asked before whether there is something */
  int asked;
  int sent;
  int sent_for_a_reader; /* that has found nothing */
  int mapped;            /* memory */
} calls_t;

static calls_t calls;
static int asked_about = -1; /* the descriptor that the last poll for something to read was about */
static bool found_nothing;   /* by the last receive */

int __real_poll(struct pollfd *list, nfds_t count, int most_ms);
int __wrap_poll(struct pollfd *list, nfds_t count, int most_ms);
ssize_t __real_recv(int fd, void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
void *__real_mmap(void *base, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *base, size_t size, int protection, int flags, int fd, off_t offset);

int __wrap_poll(struct pollfd *list, nfds_t count, int most_ms) {
  if (count == 1 && list[0].events == POLLIN)
    asked_about = list[0].fd;
  return __real_poll(list, count, most_ms);
}

ssize_t __wrap_recv(int fd, void *data, size_t size, int flags) {
  ssize_t count = __real_recv(fd, data, size, flags);

  if (asked_about == fd)
    calls.asked++;
  else
    calls.unasked++;
  asked_about = -1;
  found_nothing = count < 0;
  return count;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags) {
  if (found_nothing)
    calls.sent_for_a_reader++;
  else
    calls.sent++;
  return __real_send(fd, data, size, flags);
}

void *__wrap_mmap(void *base, size_t size, int protection, int flags, int fd, off_t offset) {
  calls.mapped++;
  return __real_mmap(base, size, protection, flags, fd, offset);
}

static harness_t *world;
static harness_server_t *server;

static void echo(harness_stream_t *stream, void *arg) {
  char data[100];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(stream, data, sizeof data)) > 0)
    harness_write(stream, data, (size_t)size);
}

static void *talk(void *arg) {
  char data[10] = "ping";

  for (int i = 0; i < CONNECTIONS; i++) {
    harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));

    for (int j = 0; j < TRIPS; j++) {
      assert_int_equal(harness_write(stream, data, sizeof data), sizeof data);
      assert_int_equal(harness_read_exactly(stream, data, sizeof data, NULL), sizeof data);
    }
    harness_stream_close(stream);
  }
  return arg;
}

/* The transcript, for the caller to free, and what it took. */
static char *converse(const char *slow, const char *host, calls_t *took) {
  char *json;

  assert_int_equal(setenv("HARNESS_SLOW", slow, 1), 0);
  world = harness_open(&(harness_options_t){.host = host});
  assert_non_null(world);
  memset(&calls, 0, sizeof calls);
  asked_about = -1;
  found_nothing = false;
  server = harness_assert_made(world, harness_start_server(world, echo, NULL, NULL));
  harness_assert_run(world, harness_schedule_coroutine(world, talk, world));
  harness_server_close(server);
  json = harness_transcript_json(world);
  *took = calls;
  assert_non_null(json);
  assert_int_equal(harness_close(world), 0);
  assert_int_equal(unsetenv("HARNESS_SLOW"), 0);
  return json;
}

/* Once more before, since the process's pools are full or empty as the conversation before has left them. */
static char *converse_again(const char *slow, const char *host, calls_t *took) {
  free(converse(slow, host, took));
  return converse(slow, host, took);
}

static void differs(const char *way, void (*compare)(const calls_t *fast, const calls_t *slow)) {
  calls_t fast;
  calls_t slow;
  char *expected = converse_again("", "127.0.0.1", &fast);
  char *json = converse_again(way, "127.0.0.1", &slow);

  assert_string_equal(json, expected);
  compare(&fast, &slow);
  free(json);
  free(expected);
}

static void asks_before_each_receive(const calls_t *fast, const calls_t *slow) {
  assert_true(fast->unasked >= CONNECTIONS * TRIPS);
  assert_int_equal(slow->unasked, 0);
  assert_true(slow->asked >= 2 * CONNECTIONS * TRIPS);
}

static void receiving(void **state) {
  (void)state;
  differs("receive", asks_before_each_receive);
}

/* A reader finds nothing, and then sends what the writer has left to it. */
static void sends_for_readers(const calls_t *fast, const calls_t *slow) {
  assert_int_equal(fast->sent, 2 * CONNECTIONS * TRIPS);
  assert_int_equal(fast->sent_for_a_reader, 0);
  assert_int_equal(slow->sent, 0);
  assert_int_equal(slow->sent_for_a_reader, 2 * CONNECTIONS * TRIPS);
}

static void sending(void **state) {
  (void)state;
  differs("send", sends_for_readers);
}

static void maps_each_stack(const calls_t *fast, const calls_t *slow) {
  assert_true(fast->mapped < CONNECTIONS);
  assert_true(slow->mapped >= CONNECTIONS);
}

static void pools(void **state) {
  (void)state;
  differs("pools", maps_each_stack);
}

/* Each by itself, and all: the same transcript over every transport. */
static void every_way_gives_the_same_transcript(void **state) {
  static const char *const ways[] = {"receive", "send", "pools", "store", "receive,send", "all"};
  static const char *const hosts[] = {"127.0.0.1", "::1", "unix:", "memory:"};
  calls_t took;

  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    char *expected = converse("", hosts[i], &took);

    for (size_t j = 0; j < sizeof ways / sizeof ways[0]; j++) {
      char *json = converse(ways[j], hosts[i], &took);

      assert_string_equal(json, expected);
      free(json);
    }
    free(expected);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(receiving),
    cmocka_unit_test(sending),
    cmocka_unit_test(pools),
    cmocka_unit_test(every_way_gives_the_same_transcript),
};

HARNESS_CMOCKA_MAIN("network_slow_ways", tests)
