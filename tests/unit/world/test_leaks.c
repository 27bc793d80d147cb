/* SPDX-License-Identifier: MIT */
/* What is left when a harness is closed: whose it is, what becomes of it, and where it was made. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static char reported[4096];
static int reports;

static void keep_report(const char *text, void *arg) {
  (void)arg;
  reports++;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static harness_t *open_with(harness_leaks_t leaks) {
  harness_options_t options = {.report = keep_report, .leaks = leaks};
  harness_t *h = harness_open(&options);

  reports = 0;
  reported[0] = '\0';
  assert_non_null(h);
  return h;
}

static void assert_reported(const char *words) {
  if (strstr(reported, words) == NULL)
    fail_msg("'%s' is not in\n%s", words, reported);
}

static void *in_background(harness_t *h, harness_function_t fn, void *arg) {
  return harness_assert_run(h, harness_call_in_background(h, fn, arg));
}

static void reads_all(harness_stream_t *stream, void *arg) {
  char byte;

  (void)arg;
  while (harness_read(stream, &byte, 1) > 0) {
  }
}

static void greets(harness_stream_t *stream, void *arg) {
  (void)arg;
  (void)harness_write(stream, "!", 1);
}

static int dial(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

typedef struct visit {
  harness_server_t *server;
  int fd;
} visit_t;

/* A client that forgets its socket. */
static void *visits(void *arg) {
  visit_t *visit = arg;
  char byte;

  visit->fd = dial(harness_server_port(visit->server));
  return visit->fd >= 0 && read(visit->fd, &byte, 1) == 1 ? arg : NULL;
}

static void *visits_and_closes(void *arg) {
  const visit_t *visit = visits(arg);

  return visit != NULL && close(visit->fd) == 0 ? arg : NULL;
}

static visit_t visit(harness_t *h, harness_function_t client) {
  visit_t visited = {.server = harness_assert_made(h, harness_start_server(h, greets, NULL, NULL))};

  assert_ptr_equal(in_background(h, client, &visited), &visited);
  harness_server_close(visited.server);
  return visited;
}

static void tidy_client_leaves_nothing(void **state) {
  harness_t *h = open_with(HARNESS_LEAKS_FAIL);

  (void)state;
  (void)visit(h, visits_and_closes);
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(reports, 0);
}

static void forgotten_socket_is_a_note(void **state) {
  harness_t *h = open_with(HARNESS_LEAKS_DEFAULT);
  visit_t visited;
  char expected[256];

  (void)state;
  visited = visit(h, visits);
  assert_int_equal(harness_close(h), 0);
  (void)snprintf(expected, sizeof expected,
                 "when the harness was closed, 1 thing was still open\n"
                 "which the harness did not make: a note only\n"
                 "  descriptor %d was still open: a TCP socket, connected to server\n",
                 visited.fd);
  assert_string_equal(reported, expected);
  assert_int_equal(close(visited.fd), 0);
}

static void forgotten_socket_can_be_a_failure(void **state) {
  harness_t *h = open_with(HARNESS_LEAKS_FAIL);
  visit_t visited;
  char expected[256];

  (void)state;
  visited = visit(h, visits);
  assert_int_equal(harness_close(h), 1);
  (void)snprintf(expected, sizeof expected,
                 "when the harness was closed, 1 thing was still open\n"
                 "  descriptor %d was still open: a TCP socket, connected to server\n",
                 visited.fd);
  assert_string_equal(reported, expected);
  assert_int_equal(close(visited.fd), 0);
}

static void *dials(void *arg) {
  visit_t *visit = arg;

  visit->fd = dial(harness_server_port(visit->server));
  return visit->fd >= 0 && write(visit->fd, "!", 1) == 1 ? arg : NULL;
}

/* Closing the server's end resets the socket: nobody knows after that whom it was connected to. */
static void peer_is_known_though_it_is_reset(void **state) {
  harness_t *h = open_with(HARNESS_LEAKS_DEFAULT);
  visit_t visited = {.server = harness_assert_made(h, harness_start_server(h, reads_all, NULL, NULL))};
  char expected[256];

  (void)state;
  assert_non_null(in_background(h, dials, &visited));
  assert_int_equal(harness_settle(h), 0);
  harness_server_close(visited.server);
  assert_int_equal(harness_close(h), 1);
  (void)snprintf(expected, sizeof expected,
                 "  descriptor %d was still open: a TCP socket, connected to server\n", visited.fd);
  assert_reported("  the connection of server/1 with client was still open (of the server made at ");
  assert_reported(expected);
  assert_int_equal(close(visited.fd), 0);
}

static int server_line;

/* With a server of the harness that is open, and a socket that is not its own. */
static int leave_both(harness_leaks_t leaks) {
  harness_t *h = open_with(leaks);
  visit_t visited = visit(h, visits);
  int left;

  server_line = __LINE__ + 1;
  (void)harness_assert_made(h, harness_start_server(h, reads_all, NULL, NULL));
  left = harness_close(h);
  assert_int_equal(close(visited.fd), 0);
  return left;
}

static void each_choice_is_the_callers(void **state) {
  char expected[1024];

  (void)state;
  assert_int_equal(leave_both(HARNESS_LEAKS_DEFAULT), 1);
  (void)snprintf(expected, sizeof expected,
                 "when the harness was closed, 1 thing was still open\n"
                 "  server server2 was still listening (made at %s:%d)\n"
                 "and what the harness did not make, which is a note only\n"
                 "  descriptor ",
                 __FILE__, server_line);
  assert_reported(expected);
  assert_int_equal(leave_both(HARNESS_LEAKS_FAIL), 2);
  assert_reported("2 things were still open\n  server server2 was");
  assert_int_equal(leave_both(HARNESS_LEAKS_NOTE), 0);
  assert_reported("2 things were still open\n  server server2 was");
  assert_int_equal(leave_both(HARNESS_LEAKS_IGNORE), 0);
  assert_int_equal(reports, 0);
}

static void environment_chooses_the_default(void **state) {
  harness_options_t options = {.leaks = (harness_leaks_t)9};

  (void)state;
  assert_int_equal(setenv("HARNESS_LEAKS", "note", 1), 0);
  assert_int_equal(leave_both(HARNESS_LEAKS_DEFAULT), 0);
  assert_reported("2 things were still open");
  assert_int_equal(leave_both(HARNESS_LEAKS_FAIL), 2);
  assert_int_equal(setenv("HARNESS_LEAKS", "sometimes", 1), 0);
  assert_null(harness_open(NULL));
  assert_string_equal(harness_error(NULL),
                      "HARNESS_LEAKS is 'sometimes': it takes fail, note, ignore or default");
  assert_int_equal(unsetenv("HARNESS_LEAKS"), 0);
  assert_null(harness_open(&options));
  assert_non_null(strstr(harness_error(NULL), "harness_options_t.leaks is 9"));
}

typedef struct made {
  int fds[5];
} made_t;

static void *makes_all_kinds(void *arg) {
  made_t *made = arg;

  made->fds[0] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  made->fds[1] = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  made->fds[2] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return pipe2(&made->fds[3], O_CLOEXEC) == 0 ? arg : NULL;
}

static void every_kind_is_described(void **state) {
  static const char *const kinds[] = {"the folder '/'", "the file '/proc/", "a UDP socket, not connected",
                                      "a pipe", "a pipe"};
  harness_t *h = open_with(HARNESS_LEAKS_FAIL);
  made_t made;

  (void)state;
  assert_non_null(in_background(h, makes_all_kinds, &made));
  assert_int_equal(harness_close(h), 5);
  for (size_t i = 0; i < 5; i++) {
    char expected[128];

    (void)snprintf(expected, sizeof expected, "  descriptor %d was still open: %s", made.fds[i], kinds[i]);
    assert_reported(expected);
    assert_int_equal(close(made.fds[i]), 0);
  }
}

/* The number of what was open at the beginning. */
static void *opens_in_its_place(void *arg) {
  int *fd = arg;

  return close(*fd) == 0 && (*fd = dup(STDOUT_FILENO)) >= 0 ? arg : NULL;
}

static void number_alone_is_not_enough(void **state) {
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int before = fd;
  harness_t *h = open_with(HARNESS_LEAKS_FAIL);

  (void)state;
  assert_non_null(in_background(h, opens_in_its_place, &fd));
  assert_int_equal(fd, before);
  assert_int_equal(harness_close(h), 1);
  assert_int_equal(close(fd), 0);
}

static void *opens(void *arg) {
  *(int *)arg = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return arg;
}

/* Where every party runs on the loop nobody looks, unless asked. */
static void coroutine_is_looked_at_on_demand(void **state) {
  static const harness_leaks_t choices[] = {HARNESS_LEAKS_DEFAULT, HARNESS_LEAKS_NOTE, HARNESS_LEAKS_FAIL};
  static const int told[] = {0, 0, 1};

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    harness_t *h = open_with(choices[i]);
    int fd = 0;

    (void)harness_assert_run(h, harness_schedule_coroutine(h, opens, &fd));
    assert_int_equal(harness_close(h), told[i]);
    assert_int_equal(reports, told[i]);
    assert_true(fd > STDERR_FILENO);
    assert_int_equal(close(fd), 0);
  }
}

/* Whose a descriptor is can't be told then. */
static void other_harness_may_have_made_it(void **state) {
  harness_t *h = open_with(HARNESS_LEAKS_FAIL);
  harness_t *other = harness_open(NULL);
  int fd = -1;

  (void)state;
  assert_non_null(in_background(h, opens, &fd));
  assert_int_equal(harness_close(other), 0);
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(close(fd), 0);
}

static sem_t may_end;
static pthread_t thread;

static void *waits(void *arg) {
  (void)pthread_setname_np(pthread_self(), "left behind");
  (void)sem_post(arg);
  while (sem_wait(&may_end) != 0) {
  }
  return arg;
}

static void *starts_a_thread(void *arg) {
  if (pthread_create(&thread, NULL, waits, arg) != 0)
    return NULL;
  while (sem_wait(arg) != 0) {
  }
  return arg;
}

static void thread_is_told(void **state) {
  harness_t *h = open_with(HARNESS_LEAKS_DEFAULT);
  sem_t named;

  (void)state;
  assert_int_equal(sem_init(&named, 0, 0), 0);
  assert_int_equal(sem_init(&may_end, 0, 0), 0);
  assert_non_null(in_background(h, starts_a_thread, &named));
  assert_int_equal(harness_close(h), 0);
  assert_string_equal(reported, "when the harness was closed, 1 thing was still open\n"
                                "which the harness did not make: a note only\n"
                                "  a thread that was made meanwhile was still there: 'left behind'\n");
  assert_int_equal(sem_post(&may_end), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *starts_and_joins(void *arg) {
  (void)sem_post(&may_end);
  return starts_a_thread(arg) != NULL && pthread_join(thread, NULL) == 0 ? arg : NULL;
}

/* A joined thread may be on its way out of the kernel still. */
static void joined_thread_is_not_told(void **state) {
  sem_t named;

  (void)state;
  assert_int_equal(sem_init(&named, 0, 0), 0);
  assert_int_equal(sem_init(&may_end, 0, 0), 0);
  for (int i = 0; i < 20; i++) {
    harness_t *h = open_with(HARNESS_LEAKS_FAIL);

    assert_non_null(in_background(h, starts_and_joins, &named));
    assert_int_equal(harness_close(h), 0);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tidy_client_leaves_nothing),
    cmocka_unit_test(forgotten_socket_is_a_note),
    cmocka_unit_test(forgotten_socket_can_be_a_failure),
    cmocka_unit_test(peer_is_known_though_it_is_reset),
    cmocka_unit_test(each_choice_is_the_callers),
    cmocka_unit_test(environment_chooses_the_default),
    cmocka_unit_test(every_kind_is_described),
    cmocka_unit_test(number_alone_is_not_enough),
    cmocka_unit_test(coroutine_is_looked_at_on_demand),
    cmocka_unit_test(other_harness_may_have_made_it),
    cmocka_unit_test(thread_is_told),
    cmocka_unit_test(joined_thread_is_not_told),
};

HARNESS_CMOCKA_MAIN("leaks", tests)
