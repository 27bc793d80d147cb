/* SPDX-License-Identifier: MIT */
/* Values that vary, and values that are secret, in whole conversations. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "support.h"

enum { HEX = 32 };

/* Another one each time. */
static void make_token(char token[HEX + 1]) {
  unsigned char bytes[HEX / 2];

  assert_int_equal(getrandom(bytes, sizeof bytes, 0), sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    (void)snprintf(token + 2 * i, 3, "%02x", bytes[i]);
}

typedef struct visit {
  harness_t *h;
  harness_server_t *server;
  char token[HEX + 1];
  char answer[200];
} visit_t;

/* "HELLO token" is answered by "SESSION id for token"; whatever follows by "BYE". Twice the id is the
 * server's own, and random. */
static void welcome(harness_stream_t *stream, void *arg) {
  char line[200];
  char session[HEX + 1];
  char text[400];
  ptrdiff_t size = harness_read_until(stream, line, sizeof line - 1, "\n", 1);

  (void)arg;
  if (size < 7)
    return;
  line[size] = '\0';
  make_token(session);
  (void)snprintf(text, sizeof text, "SESSION %.12s for %s", session, line + 6);
  harness_write(stream, text, strlen(text));
  if (harness_read_until(stream, line, sizeof line, "\n", 1) > 0)
    harness_write(stream, "BYE\n", 4);
}

static bool read_line(int fd, char *line, size_t size) {
  size_t have = 0;

  while (have + 1 < size && recv(fd, line + have, 1, 0) == 1)
    if (line[have++] == '\n')
      break;
  line[have] = '\0';
  return have > 0;
}

/* Blocks; knows nothing of the harness but its log. */
static void *visit_blocking(void *arg) {
  visit_t *visit = arg;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(harness_server_port(visit->server))};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char line[300];

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  make_token(visit->token);
  harness_log(visit->h, "I am %s", visit->token);
  (void)snprintf(line, sizeof line, "HELLO %s\n", visit->token);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
      send(fd, line, strlen(line), MSG_NOSIGNAL) > 0 && read_line(fd, visit->answer, sizeof visit->answer)) {
    (void)snprintf(line, sizeof line, "LEAVE %.12s\n", visit->answer + strlen("SESSION "));
    if (send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
      (void)read_line(fd, visit->answer, sizeof visit->answer);
  }
  close(fd);
  return arg;
}

static void add_names(harness_t *h) {
  harness_assert_ok(h, harness_placeholder(h, "token", "\\b[0-9a-f]{32}\\b"));
  harness_assert_ok(h, harness_placeholder(h, "session", "(?:SESSION|LEAVE) ([0-9a-f]{12})"));
}

static void a_blocking_client_with_random_tokens(void **state) {
  harness_t *h = *state;
  visit_t visit = {.h = h, .server = harness_assert_made(h, harness_start_server(h, welcome, NULL, NULL))};

  add_names(h);
  harness_assert_run(h, harness_call_in_background(h, visit_blocking, &visit));
  assert_string_equal(visit.answer, "BYE\n");
  harness_server_close(visit.server);
  harness_assert_transcript(h, "normalise/random_tokens");
}

/* Which one is server/1 is chance, what its token is, too; and only by the tokens it is known whose it is. */
static void racing_clients_with_different_tokens(void **state) {
  enum { CLIENTS = 4 };
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, welcome, NULL, NULL));
  visit_t visits[CLIENTS];
  harness_task_t *tasks[CLIENTS];

  add_names(h);
  for (int i = 0; i < CLIENTS; i++) {
    visits[i] = (visit_t){.h = h, .server = server};
    tasks[i] = harness_assert_made(h, harness_call_in_background(h, visit_blocking, &visits[i]));
  }
  for (int i = 0; i < CLIENTS; i++)
    harness_assert_run(h, tasks[i]);
  harness_server_close(server);
  harness_assert_transcript(h, "normalise/racing_tokens");
}

/* A coroutine, which reads as its bytes come. */
static void *visit_in_pieces(void *arg) {
  visit_t *visit = arg;
  harness_stream_t *stream = harness_connect_to(visit->h, visit->server);
  char line[100];
  char piece[7];
  ptrdiff_t size;

  if (stream == NULL)
    return NULL;
  make_token(visit->token);
  harness_log(visit->h, "I am %s", visit->token);
  (void)snprintf(line, sizeof line, "HELLO %s\n", visit->token);
  harness_write(stream, line, strlen(line));
  do
    size = harness_read(stream, piece, sizeof piece);
  while (size > 0 && memchr(piece, '\n', (size_t)size) == NULL);
  harness_stream_close(stream);
  return arg;
}

static int converse(harness_t *h, void *arg) {
  visit_t visit = {.h = h, .server = harness_start_server(h, welcome, NULL, NULL)};

  (void)arg;
  if (harness_placeholder(h, "token", "\\b[0-9a-f]{32}\\b") == 0 &&
      harness_placeholder(h, "session", "SESSION ([0-9a-f]{12})") == 0)
    harness_run_in_foreground(h, harness_schedule_coroutine(h, visit_in_pieces, &visit));
  harness_server_close(visit.server);
  return harness_error_code(h);
}

static void random_tokens_under_every_delivery(void **state) {
  static const harness_deliveries_options_t options = {.seeds = 5, .most_runs = 100};

  (void)state;
  harness_assert_all_deliveries(converse, NULL, &options);
}

/* The peer goes on when the first line was read: so the two reads, as one, would wait for themselves. */
typedef struct relay {
  harness_t *h;
  harness_server_t *server;
  harness_task_t *was_read;
} relay_t;

static void read_two_lines(harness_stream_t *stream, void *arg) {
  relay_t *relay = arg;
  char line[20];

  if (harness_read_until(stream, line, sizeof line, "\n", 1) > 0)
    (void)harness_future_resolve(relay->was_read, NULL);
  (void)harness_read_until(stream, line, sizeof line, "\n", 1);
}

static void *send_two_lines(void *arg) {
  relay_t *relay = arg;
  harness_stream_t *stream = harness_connect_to(relay->h, relay->server);

  if (stream == NULL)
    return NULL;
  harness_write(stream, "on\n", 3);
  (void)harness_await(relay->was_read, NULL);
  harness_write(stream, "on\n", 3);
  harness_stream_close(stream);
  return arg;
}

/* Greets, and takes a token. */
static void greet(harness_stream_t *stream, void *arg) {
  char line[20];

  harness_write(stream, arg, strlen(arg));
  (void)harness_read_until(stream, line, sizeof line, "\n", 1);
}

typedef struct guest {
  harness_t *h;
  harness_server_t *server;
  const char *token;
} guest_t;

/* Answers the greeting, and lets others go first after each read, of which there are as many as it is cut
 * into. */
static void *answer_greeting(void *arg) {
  guest_t *guest = arg;
  harness_stream_t *stream = harness_connect_to(guest->h, guest->server);
  char piece[40] = "";

  if (stream == NULL)
    return NULL;
  while (strchr(piece, '\n') == NULL) {
    memset(piece, 0, sizeof piece);
    if (harness_read(stream, piece, sizeof piece - 1) <= 0)
      break;
    (void)harness_sleep(guest->h, 0);
  }
  harness_write(stream, guest->token, strlen(guest->token));
  harness_stream_close(stream);
  return arg;
}

static int race_and_relay(harness_t *h, void *arg) {
  char slow[] = "welcome here\n";
  char fast[] = "hi\n";
  guest_t first = {h, harness_start_server(h, greet, slow, NULL), "t=one\n"};
  guest_t second = {h, harness_start_server(h, greet, fast, NULL), "t=two\n"};
  relay_t relay = {.h = h, .was_read = harness_future_new(h)};
  harness_task_t *tasks[3];

  (void)arg;
  relay.server = harness_start_server(h, read_two_lines, &relay, NULL);
  if (harness_placeholder(h, "token", "t=(\\w+)") == 0) {
    tasks[0] = harness_schedule_coroutine(h, answer_greeting, &first);
    tasks[1] = harness_schedule_coroutine(h, answer_greeting, &second);
    tasks[2] = harness_schedule_coroutine(h, send_two_lines, &relay);
    for (size_t i = 0; i < 3; i++)
      harness_run_in_foreground(h, tasks[i]);
  }
  harness_server_close(first.server);
  harness_server_close(second.server);
  harness_server_close(relay.server);
  return harness_error_code(h);
}

static void racing_values_where_reads_have_an_order(void **state) {
  (void)state;
  harness_assert_all_deliveries(race_and_relay, NULL, NULL);
}

static void names_stand_where_values_begin(void **state) {
  harness_options_t options = {.delivery = {.kind = HARNESS_DELIVERY_BYTEWISE},
                               .report = harness_cmocka_report};
  harness_t *h = harness_open(&options);
  char *text;
  size_t names = 0;
  size_t receives = 0;

  (void)state;
  assert_int_equal(converse(h, NULL), 0);
  text = harness_transcript_text(h);
  assert_non_null(text);
  for (const char *p = text; (p = strstr(p, "client    receive")) != NULL; p++) {
    receives++;
    names += strncmp(p, "client    receive  '$session1'", 30) == 0 ||
             strncmp(p, "client    receive  '$token1'", 28) == 0;
  }
  assert_int_equal(receives, strlen("SESSION 012345678901 for ") + HEX + 1);
  assert_int_equal(names, 2);
  free(text);
  assert_int_equal(harness_close(h), 0);
}

/* --- Redaction. The secret is another one each time, so that its bytes stand nowhere by chance. --- */

static void assert_without(const char *what, const char *text, const char *secret) {
  assert_non_null(text);
  if (strstr(text, secret) != NULL)
    fail_msg("the secret is in %s:\n%s", what, text);
  if (strstr(text, "${secret}") == NULL)
    fail_msg("no name stands for it in %s:\n%s", what, text);
}

static void keep_line(const char *lane, const char *text, void *arg) {
  (void)lane;
  harness__buffer_string(arg, text);
  harness__buffer_char(arg, '\n');
}

static harness_t *open_redacting(const char *fixtures, harness_delivery_kind_t kind) {
  harness_options_t options = {
      .fixtures = fixtures, .delivery = {.kind = kind}, .report = harness_cmocka_report};
  harness_t *h = harness_open(&options);

  assert_non_null(h);
  harness_assert_ok(h, harness_redact(h, "secret", "\\b[0-9a-f]{32}\\b"));
  harness_assert_ok(h, harness_placeholder(h, "session", "(?:SESSION|LEAVE) ([0-9a-f]{12})"));
  return h;
}

static void assert_secret(void **state, harness_delivery_kind_t kind, bool blocking) {
  harness_t *h = open_redacting(*state, kind);
  visit_t visit = {.h = h, .server = harness_assert_made(h, harness_start_server(h, welcome, NULL, NULL))};
  harness__buffer_t lines = {0};
  char *text;

  harness_set_log_sink(h, keep_line, &lines);
  harness_assert_run(h, blocking ? harness_call_in_background(h, visit_blocking, &visit)
                                 : harness_schedule_coroutine(h, visit_in_pieces, &visit));
  harness_server_close(visit.server);
  assert_int_equal(strlen(visit.token), HEX);
  assert_without("the lines of the log", lines.text, visit.token);
  text = harness_transcript_text(h);
  assert_without("the transcript as text", text, visit.token);
  free(text);
  text = harness_transcript_json(h);
  assert_without("the transcript as JSON", text, visit.token);
  free(text);
  assert_int_equal(harness_save_transcript(h, support_path(*state, "secret.json")), 0);
  text = support_read(support_path(*state, "secret.json"));
  assert_without("the file", text, visit.token);
  free(text);
  assert_int_equal(harness_check_transcript(h, "secret"), HARNESS_CHECK_SAME);
  harness_log(h, "again %s", visit.token);
  assert_int_equal(harness_check_transcript(h, "secret"), HARNESS_CHECK_DIFFERENT);
  assert_without("the difference", harness_error(h), visit.token);
  harness__buffer_free(&lines);
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(unlink(support_path(*state, "secret.json")), 0);
}

static void a_secret_is_nowhere(void **state) {
  assert_int_equal(setenv("HARNESS_FIXTURES", "check", 1), 0);
  assert_secret(state, HARNESS_DELIVERY_AS_WRITTEN, false);
  assert_secret(state, HARNESS_DELIVERY_BYTEWISE, false);
  assert_secret(state, HARNESS_DELIVERY_AS_WRITTEN, true);
}

static char told[HEX + 1];

/* Takes the first read for the whole line, so that any cut breaks it. */
static void *reads_once(void *arg) {
  visit_t *visit = arg;
  harness_stream_t *stream = harness_connect_to(visit->h, visit->server);
  char line[100];

  if (stream == NULL)
    return NULL;
  memcpy(visit->token, told, sizeof told);
  (void)snprintf(line, sizeof line, "HELLO %s\n", visit->token);
  harness_write(stream, line, strlen(line));
  memset(line, 0, sizeof line);
  harness_read(stream, line, sizeof line - 1);
  harness_log(visit->h, "was told %zu bytes: %s", strlen(line), line);
  harness_stream_close(stream);
  return arg;
}

static int break_when_cut(harness_t *h, void *arg) {
  visit_t visit = {.h = h};

  (void)arg;
  if (harness_redact(h, "secret", "\\b[0-9a-f]{32}\\b") != 0 ||
      harness_placeholder(h, "session", "SESSION ([0-9a-f]{12})") != 0)
    return -1;
  visit.server = harness_start_server(h, welcome, NULL, NULL);
  harness_run_in_foreground(h, harness_schedule_coroutine(h, reads_once, &visit));
  harness_server_close(visit.server);
  return harness_error_code(h);
}

/* That report shows bytes on either side of a cut; of what was rewritten it shows where only. */
static void a_secret_is_not_in_the_report_of_a_cut(void **state) {
  char *report = NULL;

  (void)state;
  make_token(told);
  assert_int_equal(harness_check_all_deliveries(break_when_cut, NULL, NULL, &report),
                   HARNESS_CHECK_DIFFERENT);
  assert_without("the report", report, told);
  for (size_t i = 0; i + 8 <= HEX; i++) {
    char part[9];
    (void)snprintf(part, sizeof part, "%.8s", told + i);
    if (strstr(report, part) != NULL)
      fail_msg("a part of the secret, %s, is in the report:\n%s", part, report);
  }
  assert_non_null(strstr(report, "after byte 1 of what server/1 writes to client\n"));
  free(report);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_blocking_client_with_random_tokens),
    harness_unit_test(racing_clients_with_different_tokens),
    cmocka_unit_test(random_tokens_under_every_delivery),
    cmocka_unit_test(racing_values_where_reads_have_an_order),
    cmocka_unit_test(names_stand_where_values_begin),
    cmocka_unit_test_setup_teardown(a_secret_is_nowhere, support_make_folder, support_remove_folder),
    cmocka_unit_test(a_secret_is_not_in_the_report_of_a_cut),
};

HARNESS_CMOCKA_MAIN("world/normalise", tests)
