/* SPDX-License-Identifier: MIT */
/* What people read is compared with tests/golden/compared/<test>.txt. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/columns.h"
#include "record/recorder.h"
#include "report/compared/compared.h"
#include "report/compared/paint.h"
#include "support.h"

static const harness__look_t unified = {.width = HARNESS__WIDTH, .context = HARNESS__CONTEXT};
static const harness__look_t colored = {.width = HARNESS__WIDTH, .context = HARNESS__CONTEXT, .color = true};
static const harness__look_t both = {
    .width = HARNESS__WIDTH, .context = HARNESS__CONTEXT, .side_by_side = true};

#define SEND(data) "{'lane': 'client', 'event': 'send', 'data': '" data "'}"
#define RECEIVE(data) "{'lane': 'server/1', 'event': 'receive', 'data': '" data "'}"
#define HEX(hex) "{'lane': 'client', 'event': 'send', 'data': {'hex': '" hex "'}}"
#define LOG(text) "{'lane': 'client', 'event': 'log', 'text': '" text "'}"
#define CLOSE "{'lane': 'client', 'event': 'close'}"

/* No line is wider than wanted, and none has a control character but those of colours. */
static void assert_fits(const char *text, size_t width) {
  while (*text != '\0') {
    size_t size = strcspn(text, "\n");
    size_t columns = harness__columns(text, size);
    if (columns > width)
      fail_msg("%zu columns: %.*s", columns, (int)size, text);
    for (size_t i = 0; i < size; i++)
      assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
    text += size + 1;
  }
}

/* With the lanes that it has events of, as a transcript must. */
static harness__transcript_t *transcript_of(const char *events) {
  bool client = strstr(events, "'client'") != NULL;
  bool server = strstr(events, "'server/1'") != NULL;

  return support_transcript(client && server ? "'client', 'server/1'"
                            : client         ? "'client'"
                            : server         ? "'server/1'"
                                             : "",
                            events);
}

static char *compare(const harness__look_t *look, const char *left, const char *right) {
  harness__transcript_t *a = transcript_of(left);
  harness__transcript_t *b = transcript_of(right);
  char *text = harness__compared(look, a, "hello.json", b, "hello.new.json");

  assert_non_null(text);
  if (!look->color)
    assert_fits(text, look->width);
  harness__transcript_free(a);
  harness__transcript_free(b);
  return text;
}

static void assert_compared(const harness__look_t *look, const char *name, const char *left,
                            const char *right) {
  char *text = compare(look, left, right);
  char golden[128];

  (void)snprintf(golden, sizeof golden, "compared/%s.txt", name);
  support_assert_golden(golden, text);
  free(text);
}

#define BEFORE SEND("Hello World!") ", " RECEIVE("Hello World!") ", " LOG("sent") ", " CLOSE
#define AFTER SEND("Hello Mars!") ", " RECEIVE("Hello Mars!") ", " LOG("sent 11 bytes") ", " CLOSE

static void says_nothing_of_equals(void **state) {
  char *text = compare(&unified, BEFORE, BEFORE);

  (void)state;
  assert_string_equal(text, "");
  free(text);
}

static void shows_what_changed(void **state) {
  (void)state;
  assert_compared(&unified, "changed", BEFORE, AFTER);
  assert_compared(&both, "changed_side_by_side", BEFORE, AFTER);
  assert_compared(&colored, "changed_in_color", BEFORE, AFTER);
}

static void shows_what_is_missing_and_new(void **state) {
  (void)state;
  assert_compared(&unified, "missing_and_new", SEND("a") ", " CLOSE, SEND("a") ", " RECEIVE("a"));
  assert_compared(&both, "missing_and_new_side_by_side", SEND("a") ", " CLOSE, SEND("a") ", " RECEIVE("a"));
}

static void tells_what_moved(void **state) {
  (void)state;
  assert_compared(&unified, "moved", SEND("a") ", " RECEIVE("b") ", " LOG("c") ", " CLOSE,
                  RECEIVE("b") ", " LOG("c") ", " CLOSE ", " SEND("a"));
}

#define LONG "The quick brown fox jumps over the lazy dog, and then the lazy dog"

/* What differs is seen, wherever it stands in the data. */
static void shows_the_place_in_long_data(void **state) {
  (void)state;
  assert_compared(&unified, "long_data", SEND(LONG " jumps over the quick brown fox, until both are tired."),
                  SEND(LONG "s jump over the quick brown fox, until both are tired."));
  assert_compared(&both, "long_data_side_by_side",
                  SEND(LONG " jumps over the quick brown fox, until both are tired."),
                  SEND(LONG "s jump over the quick brown fox, until both are tired."));
}

static void shows_bytes_in_hexadecimal(void **state) {
  (void)state;
  assert_compared(&unified, "hex", HEX("00010203ff"), HEX("00110203fe"));
  assert_compared(&unified, "hex_and_text", HEX("48656c6c6fff"), SEND("Hello!"));
}

static void shows_digests(void **state) {
  (void)state;
  assert_compared(&unified, "digests",
                  "{'lane': 'client', 'event': 'send', 'data': {'bytes': 6000, 'digest': "
                  "'xxh3-128:af154ce1cc8baf6579f9fc8d380a9ec8', 'head': "
                  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}",
                  "{'lane': 'client', 'event': 'send', 'data': {'bytes': 6000, 'digest': "
                  "'xxh3-128:5018547e704ff42e4f18cacf778aaed1', 'head': "
                  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}");
}

/* The carets stand below what differs, also behind wide characters and such that combine. */
static void aligns_wide_characters(void **state) {
  (void)state;
  assert_compared(&unified, "wide", SEND("漢字 e\u0301 x!"), SEND("漢字 e\u0301 y!"));
  assert_compared(&both, "wide_side_by_side", SEND("漢字漢字漢字漢字漢字漢字"),
                  SEND("漢字漢字漢字漢字漢字漢子"));
  assert_compared(&unified, "characters", SEND("grüße"), SEND("größe"));
}

static void shows_other_fields(void **state) {
  (void)state;
  assert_compared(&unified, "fields",
                  "{'lane': 'client', 'event': 'connect', 'to': 'a'}, {'lane': 'client', 'event': 'error', "
                  "'code': 'EPIPE'}, {'lane': 'client', 'event': 'close', 'at_ms': 5}",
                  "{'lane': 'client', 'event': 'connect', 'to': 'b'}, {'lane': 'client', 'event': 'error', "
                  "'code': 'ECONNRESET'}, {'lane': 'client', 'event': 'close'}");
}

/* Writes count logs, of which every step-th has another text where other is set. */
static void add_logs(harness__buffer_t *out, int count, int step, bool other) {
  for (int i = 0; i < count; i++)
    harness__buffer_printf(out, "%s{'lane': 'client', 'event': 'log', 'text': '%s%d'}", i > 0 ? ", " : "",
                           other && i % step == 5 ? "x" : "", i);
}

static void assert_context(size_t context, const char *name) {
  harness__look_t look = {.width = HARNESS__WIDTH, .context = context};
  harness__buffer_t left = {0};
  harness__buffer_t right = {0};

  add_logs(&left, 40, 17, false);
  add_logs(&right, 40, 17, true);
  assert_compared(&look, name, left.text, right.text);
  harness__buffer_free(&left);
  harness__buffer_free(&right);
}

static void shows_all_hunks(void **state) {
  (void)state;
  assert_context(0, "context_0");
  assert_context(2, "context_2");
  assert_context(1000000, "context_all");
}

static void shows_emptiness(void **state) {
  (void)state;
  assert_compared(&unified, "from_nothing", "", SEND("a"));
  assert_compared(&unified, "to_nothing", SEND("a"), "");
}

/* From a stream of numbers that is the same on every machine. */
static unsigned next_number(unsigned *seed, unsigned limit) {
  *seed = *seed * 1664525U + 1013904223U;
  return (*seed >> 8) % limit;
}

static harness__transcript_t *random_transcript(unsigned *seed) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__lane_t lanes[2];
  harness__transcript_t *transcript;
  unsigned count = next_number(seed, 12);

  lanes[0] = harness__recorder_lane(recorder, "a lane whose name is long, 漢字 and all", 0, 0);
  lanes[1] = harness__recorder_lane(recorder, "b", 0, 0);
  for (unsigned i = 0; i < count; i++) {
    char data[90];
    size_t size = next_number(seed, sizeof data);
    bool binary = next_number(seed, 3) == 0;
    for (size_t j = 0; j < size; j++)
      data[j] = binary ? (char)next_number(seed, 256) : (char)('\'' + (char)next_number(seed, 3));
    (void)harness__record(
        recorder, lanes[next_number(seed, 2)],
        &(harness__note_t){.kind = next_number(seed, 2) == 0 ? HARNESS__EVENT_SEND : HARNESS__EVENT_LOG,
                           .data = data,
                           .size = size});
  }
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  assert_non_null(transcript);
  return transcript;
}

/* Whatever is compared, in whatever width, fits and has nothing raw in it. */
static void fits_whatever_there_is(void **state) {
  unsigned seed = 7;

  (void)state;
  for (unsigned i = 0; i < 400; i++) {
    harness__look_t look = {.width = HARNESS__WIDTH_LEAST + next_number(&seed, 100),
                            .context = next_number(&seed, 4),
                            .side_by_side = next_number(&seed, 2) == 0};
    harness__transcript_t *a = random_transcript(&seed);
    harness__transcript_t *b = random_transcript(&seed);
    char *text = harness__compared(&look, a, "a", b, "b");
    assert_non_null(text);
    assert_fits(text, look.width);
    assert_true(harness__transcript_equal(a, b, NULL) == (*text == '\0'));
    free(text);
    harness__transcript_free(a);
    harness__transcript_free(b);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(says_nothing_of_equals),
    cmocka_unit_test(shows_what_changed),
    cmocka_unit_test(shows_what_is_missing_and_new),
    cmocka_unit_test(tells_what_moved),
    cmocka_unit_test(shows_the_place_in_long_data),
    cmocka_unit_test(shows_bytes_in_hexadecimal),
    cmocka_unit_test(shows_digests),
    cmocka_unit_test(aligns_wide_characters),
    cmocka_unit_test(shows_other_fields),
    cmocka_unit_test(shows_all_hunks),
    cmocka_unit_test(shows_emptiness),
    cmocka_unit_test(fits_whatever_there_is),
};

HARNESS_CMOCKA_MAIN("report/compared", tests)
