/* SPDX-License-Identifier: MIT */
/*
 * One place, every kind: the test KIND goes to the place and does it there, and after each the test "after
 * KIND" must pass in the same process. The place is the argument; with "cmocka" behind it, cmocka's own
 * main loop runs. test_assertions.c runs this and reads what it prints.
 *
 * Beside what fails a coroutine is parked that holds memory, and has to be cancelled by the time of the next
 * test. Under valgrind or AddressSanitizer what was not released is found at the end of the program.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "places.h"

enum { TESTS_MOST = 256 };

static const place_t *place;
static const kind_t *current;
static bool bystander_is_there;
static size_t descriptors; /* that a test which has passed leaves open */

static void *stand_by(void *arg) {
  void *held = malloc(64);

  bystander_is_there = true;
  (void)harness_sleep(arg, 1000000);
  free(held);
  bystander_is_there = false;
  return NULL;
}

static int set_up(void **state) {
  current = *state;
  return harness_cmocka_setup(state);
}

static void goes_there(void **state) {
  harness_t *h = *state;
  harness_task_t *bystander = harness_assert_made(h, harness_schedule_coroutine(h, stand_by, h));

  harness_assert_ok(h, harness_settle(h));
  if (current->prepare != NULL)
    current->prepare();
  act_here = current->act;
  place->go(h);
  (void)harness_task_cancel(bystander);
  (void)harness_settle(h);
}

static size_t open_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  size_t count = 0;

  assert_non_null(folder);
  while (readdir(folder) != NULL) /* cppcheck-suppress readdirCalled; it is this thread's own */
    count++;
  (void)closedir(folder);
  return count;
}

static void echo(harness_stream_t *stream, void *arg) {
  char data[16];
  ptrdiff_t size = harness_read(stream, data, sizeof data);

  (void)arg;
  (void)harness_write(stream, data, size > 0 ? (size_t)size : 0);
}

typedef struct visit {
  harness_t *h;
  harness_server_t *server;
} visit_t;

static void *visit(void *arg) {
  visit_t *to = arg;
  char data[16];
  harness_stream_t *stream = harness_assert_made(to->h, harness_connect_to(to->h, to->server));

  harness_assert_ok(to->h, harness_write(stream, "hello", 5));
  assert_int_equal(harness_read(stream, data, sizeof data), 5);
  harness_stream_close(stream);
  return arg;
}

static void *give_back(void *arg) {
  return arg;
}

/* Coroutines, servers and the pool's threads work as if nothing had been, and nothing was left. */
static void comes_after(void **state) {
  harness_t *h = *state;
  visit_t to = {h, harness_assert_made(h, harness_start_server(h, echo, NULL, NULL))};

  assert_false(bystander_is_there);
  assert_ptr_equal(harness_assert_run(h, harness_schedule_coroutine(h, visit, &to)), &to);
  assert_ptr_equal(harness_assert_run(h, harness_call_in_background(h, give_back, h)), h);
  harness_server_close(to.server);
  if (descriptors == 0)
    descriptors = open_descriptors();
  assert_int_equal(open_descriptors(), descriptors);
}

static const place_t *find(const char *name) {
  for (size_t i = 0; i < place_count; i++)
    if (strcmp(places[i].name, name) == 0)
      return &places[i];
  return NULL;
}

int main(int argc, char **argv) {
  static struct CMUnitTest tests[TESTS_MOST];
  static char names[TESTS_MOST][64];
  size_t count = 0;

  place = argc >= 2 ? find(argv[1]) : NULL;
  if (place == NULL || 2 * kind_count + 1 > TESTS_MOST)
    return 2;
  tests[count++] =
      (struct CMUnitTest){"before all", comes_after, harness_cmocka_setup, harness_cmocka_teardown, NULL};
  for (size_t i = 0; i < kind_count; i++) {
    (void)snprintf(names[i], sizeof names[i], "after %s", kinds[i].name);
    tests[count++] = (struct CMUnitTest){kinds[i].name, goes_there, set_up, harness_cmocka_teardown,
                                         (void *)(uintptr_t)&kinds[i]};
    tests[count++] =
        (struct CMUnitTest){names[i], comes_after, harness_cmocka_setup, harness_cmocka_teardown, NULL};
  }
  if (argc > 2 && strcmp(argv[2], "cmocka") == 0)
    return _cmocka_run_group_tests(place->name, tests, count, NULL, NULL) == 0 ? 0 : 1;
  return harness_cmocka_main(1, argv, place->name, tests, count);
}
