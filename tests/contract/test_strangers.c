/* SPDX-License-Identifier: MIT */
/* Who can reach a harness, and who comes from elsewhere: other processes on the same machine. */
#include <harness/cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "network/socket.h"
#include "outside.h"

static void echo(harness_stream_t *s, void *arg) {
  char data[64];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(s, data, sizeof data)) > 0)
    (void)harness_write(s, data, (size_t)size);
}

static harness_server_t *start(harness_t *h, const char *host) {
  harness_server_options_t options = {.host = host, .foreign_name = "stranger"};

  return harness_start_server(h, echo, NULL, &options);
}

/* Every socket of this process that has an address of a network has one of loopback. Returns how many. */
static int count_on_loopback(void) {
  struct dirent **entries = NULL;
  int all = scandir("/proc/self/fd", &entries, NULL, versionsort);
  int count = 0;

  assert_true(all > 0);
  for (int i = 0; i < all; i++) {
    harness__address_t address;
    int fd = (int)strtol(entries[i]->d_name, NULL, 10);

    if (harness__socket_own_address(fd, &address) == 0 && harness__address_is_tcp(&address)) {
      if (harness__address_family(&address) == AF_INET)
        assert_int_equal(ntohl(address.u.v4.sin_addr.s_addr), INADDR_LOOPBACK);
      else
        assert_true(IN6_IS_ADDR_LOOPBACK(&address.u.v6.sin6_addr));
      count++;
    }
    free(entries[i]);
  }
  free(entries);
  return count;
}

typedef struct look {
  harness_t *h;
  harness_server_t *server;
  int count;
} look_t;

/* With a connection open, too. */
static void *looks(void *arg) {
  look_t *look = arg;
  harness_stream_t *s = harness_connect_to(look->h, look->server);

  if (s != NULL)
    look->count = count_on_loopback();
  harness_stream_close(s);
  return s != NULL ? arg : NULL;
}

static void nothing_is_open_elsewhere(void **state) {
  static const char *const hosts[] = {"127.0.0.1", "localhost", "unix:", "unix:@", "memory:"};
  harness_options_t options = {.leaks = HARNESS_LEAKS_IGNORE};
  harness_t *h = harness_open(&options);
  look_t look = {.h = h, .server = harness_assert_made(h, harness_start_server(h, echo, NULL, NULL))};

  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
    (void)harness_assert_made(h, start(h, hosts[i]));
  (void)harness_assert_made(h, harness_create_datagram_endpoint(h, NULL, NULL, NULL));
  assert_non_null(harness_assert_run(h, harness_schedule_coroutine(h, looks, &look)));
  assert_int_equal(harness_close(h), 0);
  assert_true(look.count >= 6); /* three servers, an endpoint, two ends */
}

static const char *const elsewhere[] = {
    "0.0.0.0", "::",          "*",    "192.0.2.1", "2001:db8::1",     "", "127.1", "::ffff:0:0",
    "0",       "example.org", "unix", "127.0.0.2", "::ffff:127.0.0.1"};

static void *connects_elsewhere(void *arg) {
  harness_t *h = arg;

  for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
    if (strcmp(elsewhere[i], "127.0.0.2") == 0)
      continue; /* this machine: it may be connected to */
    assert_null(harness_connect(h, elsewhere[i], 9));
    assert_non_null(strstr(harness_error(h), "is no address on this machine"));
  }
  return arg;
}

static void addresses_elsewhere_are_refused(void **state) {
  harness_t *h = *state;

  for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
    harness_datagram_options_t options = {.host = elsewhere[i]};

    assert_null(start(h, elsewhere[i]));
    assert_int_equal(harness_error_code(h), UV_EINVAL);
    assert_non_null(strstr(harness_error(h), "it takes 127.0.0.1, ::1, localhost, unix:"));
    assert_null(harness_create_datagram_endpoint(h, NULL, NULL, &options));
  }
  (void)harness_assert_run(h, harness_schedule_coroutine(h, connects_elsewhere, h));
  assert_int_equal(count_on_loopback(), 0);
}

/* Whatever the umask. */
static void socket_is_its_owners(void **state) {
  static const mode_t masks[] = {0, 022, 077};
  mode_t before = umask(0);

  for (size_t i = 0; i < 3; i++) {
    harness_server_t *server;
    char path[200];
    struct stat info;

    (void)umask(masks[i]);
    server = start(*state, "unix:");
    (void)umask(before);
    harness_assert_made(*state, server);
    (void)snprintf(path, sizeof path, "%s", harness_server_host(server) + strlen("unix:"));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode, S_IFSOCK | S_IRUSR | S_IWUSR);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode, S_IFDIR | S_IRWXU);
    harness_server_close(server);
  }
}

/* An end that has gone while it stood in the queue, from the port that the client has now. */
static int connect_from(harness__address_t *own, const harness__address_t *to) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_true(fd >= 0);
  assert_int_equal(bind(fd, &own->u.any, own->length), 0);
  assert_int_equal(harness__socket_own_address(fd, own), 0);
  assert_int_equal(connect(fd, &to->u.any, to->length), 0);
  return fd;
}

static void the_dead_are_known_by_their_news(void **state) {
  harness__address_t to;
  harness__address_t own;
  harness__address_t peer;
  int listener;
  int client;
  int first;
  int second;

  (void)state;
  assert_int_equal(harness__address_parse(&to, "127.0.0.1", 0), 0);
  assert_int_equal(harness__address_parse(&own, "127.0.0.1", 0), 0);
  listener = harness__socket_listen(&to, false, false);
  assert_true(listener >= 0);
  harness__socket_abort(connect_from(&own, &to));
  client = connect_from(&own, &to);
  first = harness__socket_accept(listener, &peer);
  assert_true(harness__address_equal(&peer, &own));
  second = harness__socket_accept(listener, &peer);
  assert_true(harness__address_equal(&peer, &own));
  assert_true(harness__socket_has_news(first));
  assert_false(harness__socket_has_news(second));
  harness__socket_close(first);
  harness__socket_close(second);
  harness__socket_close(client);
  harness__socket_close(listener);
}

typedef struct talk {
  harness_t *h;
  harness_server_t *server;
  pid_t child;
  int times;
} talk_t;

static pid_t fork_stranger(void (*act)(uint16_t port), uint16_t port) {
  pid_t parent = getpid();
  pid_t child = fork();

  assert_true(child >= 0);
  if (child > 0)
    return child;
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == parent)
    act(port);
  _exit(0);
}

enum { STRANGERS = 8, FLOOD = 300 };

static void talk_as_stranger(uint16_t port) {
  for (int i = 0; i < STRANGERS; i++) {
    int fd = dial(SOCK_STREAM, port);
    char answer[8];

    if (fd < 0 || write(fd, "stranger", 8) != 8 || recv(fd, answer, 8, MSG_WAITALL) != 8)
      _exit(1);
    (void)close(fd);
  }
}

static void flood(uint16_t port) {
  for (int i = 0; i < FLOOD; i++) {
    int fd = dial(SOCK_STREAM, port);

    if (fd >= 0)
      harness__socket_abort(fd);
  }
}

/* Each time a connection of its own, which gives back what was written to it. */
static void *talks(void *arg) {
  const talk_t *talk = arg;

  for (int i = 0; i < talk->times; i++) {
    harness_stream_t *s = harness_connect_to(talk->h, talk->server);
    char sent[32];
    char answer[32];
    int size = snprintf(sent, sizeof sent, "this is %d", i);

    if (s == NULL || harness_write(s, sent, (size_t)size) != size ||
        harness_read_exactly(s, answer, (size_t)size, NULL) != size ||
        memcmp(sent, answer, (size_t)size) != 0)
      return NULL;
    harness_stream_close(s);
  }
  return arg;
}

static void *awaits_child(void *arg) {
  const talk_t *talk = arg;
  int status;

  return waitpid(talk->child, &status, 0) == talk->child && status == 0 ? arg : NULL;
}

static int count_of(const char *text, const char *words) {
  int count = 0;

  for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
    count++;
  return count;
}

static void strangers_are_recorded_as_such(void **state) {
  harness_t *h = *state;
  talk_t talk = {.h = h, .server = harness_assert_made(h, start(h, NULL)), .times = 5};
  harness_task_t *both[2];
  char *json;

  (void)setenv("UV_THREADPOOL_SIZE", "2", 1); /* one is needed */
  talk.child = fork_stranger(talk_as_stranger, harness_server_port(talk.server));
  both[0] = harness_schedule_coroutine(talk.h, talks, &talk);
  both[1] = harness_call_in_background(talk.h, awaits_child, &talk);
  (void)harness_assert_run(talk.h, harness_wait_all(talk.h, both, 2));
  assert_non_null(harness_task_result(both[0]));
  assert_non_null(harness_task_result(both[1]));
  harness_server_close(talk.server);
  json = harness_transcript_json(talk.h);
  assert_non_null(json);
  assert_int_equal(count_of(json, "\"event\": \"accept\", \"from\": \"stranger\""), STRANGERS);
  assert_int_equal(count_of(json, "\"event\": \"accept\", \"from\": \"client"), talk.times);
  free(json);
}

/* Who connects and is gone as fast as it can. */
static void flood_confuses_nobody(void **state) {
  harness_t *h = harness_open(NULL);
  talk_t talk = {.h = h, .server = harness_assert_made(h, start(h, NULL)), .times = 20};

  (void)state;
  talk.child = fork_stranger(flood, harness_server_port(talk.server));
  assert_ptr_equal(harness_assert_run(h, harness_schedule_coroutine(h, talks, &talk)), &talk);
  assert_int_equal(waitpid(talk.child, NULL, 0), talk.child);
  harness_server_close(talk.server);
  assert_int_equal(harness_close(h), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_open_elsewhere),       harness_unit_test(addresses_elsewhere_are_refused),
    harness_unit_test(socket_is_its_owners),           cmocka_unit_test(the_dead_are_known_by_their_news),
    harness_unit_test(strangers_are_recorded_as_such), cmocka_unit_test(flood_confuses_nobody),
};

HARNESS_CMOCKA_MAIN("strangers", tests)
