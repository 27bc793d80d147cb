/* SPDX-License-Identifier: MIT */
/* Where servers listen, each kind by itself: paths, folders, names, localhost; and much of everything. */
#include <harness/cmocka.h>

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "base/sanitizers.h"

static harness_t *world;

static int set_up(void **state) {
  harness_options_t options = {.timeout_ms = 100000}; /* a crowd takes its time under the sanitizers */

  world = harness_open(&options);
  *state = world;
  return world != NULL ? 0 : -1;
}

static void echo(harness_stream_t *s, void *arg) {
  char data[100];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(s, data, sizeof data)) > 0)
    harness_write(s, data, (size_t)size);
}

static harness_server_t *start(const char *host) {
  harness_server_options_t options = {.host = host};

  return harness_start_server(world, echo, NULL, &options);
}

typedef struct target {
  const char *host;
  uint16_t port;
} target_t;

static void *greet(void *arg) {
  const target_t *target = arg;
  harness_stream_t *s = harness_connect(world, target->host, target->port);
  char data[5];

  if (s == NULL)
    return NULL;
  assert_int_equal(harness_write(s, "hello", 5), 5);
  assert_int_equal(harness_read_exactly(s, data, 5, NULL), 5);
  harness_stream_close(s);
  return arg;
}

static void assert_answers(const char *host, uint16_t port) {
  target_t target = {host, port};

  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, greet, &target)), &target);
}

static void a_path_that_is_too_long(void **state) {
  char host[200] = "unix:/";

  (void)state;
  memset(host + strlen(host), 'x', 150);
  assert_null(start(host));
  assert_int_equal(harness_error_code(world), UV_ENAMETOOLONG);
  assert_non_null(strstr(harness_error(world), "can't listen on unix:/xxx"));
}

static void a_path_that_is_taken_is_left_alone(void **state) {
  char path[] = "/tmp/harness-test-XXXXXX";
  char host[60];
  int fd = mkstemp(path);

  (void)state;
  assert_true(fd >= 0);
  (void)close(fd);
  (void)snprintf(host, sizeof host, "unix:%s", path);
  assert_null(start(host));
  assert_int_equal(harness_error_code(world), UV_EADDRINUSE);
  assert_int_equal(unlink(path), 0);
}

static void a_path_of_its_own_is_removed(void **state) {
  char folder[] = "/tmp/harness-test-XXXXXX";
  char host[60];
  harness_server_t *server;

  (void)state;
  assert_non_null(mkdtemp(folder));
  (void)snprintf(host, sizeof host, "unix:%s/socket", folder);
  server = harness_assert_made(world, start(host));
  assert_string_equal(harness_server_host(server), host);
  assert_answers(host, 0);
  harness_server_close(server);
  assert_int_equal(rmdir(folder), 0);
}

static void the_harness_removes_its_folder(void **state) {
  harness_t *h = harness_open(NULL);
  harness_server_options_t options = {.host = "unix:"};
  harness_server_t *server = harness_start_server(h, echo, NULL, &options);
  char folder[200];
  struct stat info;

  (void)state;
  harness_assert_made(h, server);
  (void)snprintf(folder, sizeof folder, "%s", harness_server_host(server) + strlen("unix:"));
  *strrchr(folder, '/') = '\0';
  assert_int_equal(stat(folder, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0700);
  harness_server_close(server);
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(stat(folder, &info), -1);
}

static void an_abstract_name_of_ones_own(void **state) {
  char host[60];
  harness_server_t *server;

  (void)state;
  (void)snprintf(host, sizeof host, "unix:@harness-test-%ld", (long)getpid());
  server = harness_assert_made(world, start(host));
  assert_string_equal(harness_server_host(server), host);
  assert_answers(host, 0);
  assert_null(start(host));
  assert_int_equal(harness_error_code(world), UV_EADDRINUSE);
  harness_server_close(server);
}

static void localhost_is_both_addresses(void **state) {
  harness_server_t *server = harness_assert_made(world, start("localhost"));

  (void)state;
  assert_string_equal(harness_server_host(server), "localhost");
  assert_answers("localhost", harness_server_port(server));
  assert_answers("127.0.0.1", harness_server_port(server));
  assert_answers("::1", harness_server_port(server));
  harness_server_close(server);
}

static bool leave_ipv6(void) {
  struct ifreq request = {.ifr_flags = IFF_UP};
  FILE *file;
  int fd;
  bool up;

  if (unshare(CLONE_NEWNET) != 0)
    return false;
  file = fopen("/proc/sys/net/ipv6/conf/all/disable_ipv6", "we");
  if (file == NULL)
    return errno == ENOENT; /* there is none to be left */
  (void)fputs("1\n", file);
  if (fclose(file) != 0)
    return false;
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  (void)snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
  up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  if (fd >= 0)
    (void)close(fd);
  return up;
}

/* In a process of its own, whose network has no ::1. */
static int try_without_ipv6(void) {
  target_t target = {"localhost", 0};
  harness_server_t *server;
  bool good;

  if (!leave_ipv6())
    return 77;
  world = harness_open(NULL);
  server = start("localhost");
  if (server == NULL || start("::1") != NULL)
    return 1;
  target.port = harness_server_port(server);
  good = harness_run_in_foreground(world, harness_schedule_coroutine(world, greet, &target)) == &target;
  harness_server_close(server);
  return good && harness_close(world) == 0 ? 0 : 1;
}

static void localhost_without_ipv6(void **state) {
  pid_t child = fork();
  int status;

  (void)state;
  if (child == 0)
    _exit(try_without_ipv6());
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    skip(); /* needs the right to have a network of its own */
  assert_int_equal(WEXITSTATUS(status), 0);
}

static const char *const hosts[] = {"127.0.0.1", "unix:", "memory:"};
enum { HOSTS = sizeof hosts / sizeof hosts[0], PIECE = 1024 * 1024, PIECES = 100 };

/* More than the queue of any listener holds. ThreadSanitizer needs so many mappings for each coroutine that
 * vm.max_map_count ends that; there it is a crowd only. */
#ifdef HARNESS__WITH_TSAN
enum { CROWD = 1000 };
#else
enum { CROWD = 4200 };
#endif

static void never_read(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_sleep(world, 1000), 0);
  harness_stream_abort(s);
}

static void *write_much(void *arg) {
  harness_stream_t *s = harness_connect_to(world, arg);
  char *piece = calloc(1, PIECE);

  harness_assert_made(world, s);
  assert_non_null(piece);
  for (int i = 0; i < PIECES; i++)
    assert_int_equal(harness_write(s, piece, PIECE), PIECE);
  free(piece);
  assert_true(harness_transport_unread(harness_stream_transport(s)) == (uint64_t)PIECE * PIECES);
  assert_int_equal(harness_drain(s), UV_ECONNRESET);
  assert_int_equal(harness_now_ms(world) % 1000, 0);
  harness_stream_close(s);
  return arg;
}

static void a_peer_that_never_reads_100_mb(void **state) {
  (void)state;
  for (size_t i = 0; i < HOSTS; i++) {
    harness_server_options_t options = {.host = hosts[i]};
    harness_server_t *server =
        harness_assert_made(world, harness_start_server(world, never_read, NULL, &options));

    harness_assert_run(world, harness_schedule_coroutine(world, write_much, server));
    harness_server_close(server);
  }
}

static bool may_open(rlim_t descriptors) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < descriptors)
    return false;
  if (limit.rlim_cur < descriptors)
    limit.rlim_cur = descriptors;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int answered;

static void *connect_and_wait(void *arg) {
  harness_stream_t *s = harness_connect_to(world, arg);
  char byte;

  if (s == NULL)
    return NULL;
  answered++;
  assert_int_equal(harness_read(s, &byte, 1), 0);
  harness_stream_close(s);
  return arg;
}

/* More than any queue of the kernel holds, at once: it never fills. */
static void connections_beyond_the_backlog(void **state) {
  static harness_task_t *tasks[CROWD];

  (void)state;
  if (!may_open(2 * CROWD + 100))
    skip(); /* the machine allows fewer descriptors */
  for (size_t i = 0; i < HOSTS; i++) {
    harness_server_t *server = harness_assert_made(world, start(hosts[i]));

    answered = 0;
    for (size_t k = 0; k < CROWD; k++)
      tasks[k] = harness_assert_made(world, harness_schedule_coroutine(world, connect_and_wait, server));
    harness_assert_ok(world, harness_settle(world));
    assert_int_equal(answered, CROWD);
    assert_int_equal(harness_server_close_clients(server), CROWD);
    harness_assert_run(world, harness_wait_all(world, tasks, CROWD));
    harness_server_close(server);
  }
}

#define host_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    /* The first, since it forks: a child has no fibers, so ThreadSanitizer would not know those of tests
       before. */
    cmocka_unit_test(localhost_without_ipv6),      host_test(a_path_that_is_too_long),
    host_test(a_path_that_is_taken_is_left_alone), host_test(a_path_of_its_own_is_removed),
    host_test(the_harness_removes_its_folder),     host_test(an_abstract_name_of_ones_own),
    host_test(localhost_is_both_addresses),        host_test(a_peer_that_never_reads_100_mb),
    host_test(connections_beyond_the_backlog),
};

HARNESS_CMOCKA_MAIN("contract_hosts", tests)
