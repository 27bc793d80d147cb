/* SPDX-License-Identifier: MIT */
/* A background call that never returns: its test fails, it is named, the rest is reported as not run. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[16384];

static int run(const char *argument) {
  char command[4096];
  FILE *pipe;
  size_t length;
  int status;

  (void)snprintf(command, sizeof command, "exec '%s' %s 2>&1", SAMPLE_PROGRAM, argument);
  pipe = popen(command, "r");
  assert_non_null(pipe);
  length = fread(output, 1, sizeof output - 1, pipe);
  output[length] = '\0';
  status = pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_says(const char *words) {
  if (strstr(output, words) == NULL)
    fail_msg("'%s' is not in\n%s", words, output);
}

static void the_rest_is_reported_as_not_run(void **state) {
  (void)state;
  assert_int_equal(run(""), 1);
  assert_says("[       OK ] passes");
  assert_says("the time is up: sleeper runs in the background");
  assert_says("[  FAILED  ] never_returns\n[  NOT RUN ] comes_after\n");
  assert_null(strstr(output, "OK ] comes_after"));
}

static void by_itself_it_fails(void **state) {
  (void)state;
  assert_int_equal(run("never_returns"), 1);
  assert_says("[  FAILED  ] never_returns\n");
  assert_null(strstr(output, "NOT RUN"));
}

static char reported[4096];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static sem_t begun;
static sem_t go;

static void await_begun(void) {
  while (sem_wait(&begun) != 0) {
  }
}

static void *wait_to_go(void *arg) {
  (void)sem_post(&begun);
  while (sem_wait(&go) != 0) {
  }
  return arg;
}

/* Closing again, when it has returned, is tidy; and then nothing is left running. */
static void one_that_returns_late_is_not_left(void **state) {
  harness_options_t options = {.report = keep_report, .timeout_ms = 50};
  harness_t *h = harness_open(&options);

  (void)state;
  assert_int_equal(sem_init(&go, 0, 0), 0);
  assert_int_equal(sem_init(&begun, 0, 0), 0);
  assert_non_null(harness_call_in_background_named(h, "late", wait_to_go, NULL));
  await_begun();
  assert_int_equal(harness_left_running(), 0);
  assert_true(harness_close(h) > 0);
  assert_non_null(strstr(reported, "background call late did not end in time: it runs in the background"));
  assert_non_null(strstr(reported, "test_left.c:"));
  assert_int_equal(harness_left_running(), 1);
  assert_true(harness_close(h) > 0);
  assert_int_equal(harness_left_running(), 1);
  assert_int_equal(sem_post(&go), 0);
  while (harness_close(h) != 0 && harness_left_running() > 0) {
  }
  assert_int_equal(harness_left_running(), 0);
}

static harness_server_t *server;

static void never_answers(harness_stream_t *stream, void *arg) {
  char byte;

  while (harness_read(stream, &byte, 1) > 0) {
  }
  (void)harness_await(arg, NULL);
}

static void *receive(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte;

  address.sin_port = htons(harness_server_port(server));
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
    arg = NULL;
  (void)sem_post(&begun);
  if (arg != NULL)
    (void)recv(fd, &byte, 1, 0);
  (void)close(fd);
  return arg;
}

/* One that waits for its connection comes back when the harness is closed. It has to be connected: where
 * connect meets the close of the listener on another processor, Linux may tell the client that it is
 * connected, and nobody is. */
static void closed_connections_wake_a_call(void **state) {
  static bool connected = true;
  harness_options_t options = {.report = keep_report, .timeout_ms = 5000};
  harness_t *h = harness_open(&options);

  (void)state;
  server = harness_start_server(h, never_answers, harness_future_new(h), NULL);
  assert_int_equal(sem_init(&begun, 0, 0), 0);
  assert_non_null(harness_call_in_background(h, receive, &connected));
  await_begun();
  assert_true(harness_close(h) > 0);
  assert_int_equal(harness_left_running(), 0);
  assert_null(strstr(reported, "in time"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_rest_is_reported_as_not_run),
    cmocka_unit_test(by_itself_it_fails),
    cmocka_unit_test(one_that_returns_late_is_not_left),
    cmocka_unit_test(closed_connections_wake_a_call),
};

/* A small pool is quick to make. */
int main(int argc, char **argv) {
  if (setenv("UV_THREADPOOL_SIZE", "2", 1) != 0)
    return 2;
  return harness_cmocka_main(argc, argv, "hangs_left", tests, sizeof tests / sizeof tests[0]);
}
