/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slow.h"
#include "record/compare.h"
#include "record/json.h"
#include "record/load.h"
#include "record/recorder.h"
#include "support.h"

static void note(harness__recorder_t *recorder, harness__lane_t lane, harness__note_t value) {
  assert_int_not_equal(harness__record(recorder, lane, &value), 0);
}

/* One event of each kind, and each kind of data. */
static harness__transcript_t *every_kind(void) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__lane_t server = harness__recorder_lane(recorder, "server", 0, 0);
  harness__lane_t client = harness__recorder_lane(recorder, "client \"ü\"", 0, 0);
  harness__lane_t first = harness__recorder_sublane(recorder, server, 1, 0);
  harness__transcript_t *transcript;
  static char large[5000];

  memset(large, 'x', sizeof large);
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = server});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = client});
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = "a\r\n\t\"\\/€", .size = 10});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .data = "\0\xff", .size = 2});
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = large, .size = sizeof large});
  large[3] = '\0';
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = large, .size = sizeof large});
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_SEND});
  note(recorder, client,
       (harness__note_t){.kind = HARNESS__EVENT_SEND, .peer = server, .data = "to whom", .size = 7});
  note(recorder, server, (harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .peer = client});
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_EOF, .peer = first});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_EOF, .peer = client, .from = true});
  note(recorder, client, (harness__note_t){.kind = HARNESS__EVENT_RESET, .peer = first});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_RESET, .peer = client, .from = true});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = "ECONNRESET"});
  note(recorder, first,
       (harness__note_t){.kind = HARNESS__EVENT_LOG, .data = "a log", .size = 5, .at_ms = 5000});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_LOG, .data = "\x1b[31m", .size = 5});
  note(recorder, first, (harness__note_t){.kind = HARNESS__EVENT_CLOSE});
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  assert_non_null(transcript);
  return transcript;
}

static void writes_one_event_a_line(void **state) {
  harness__transcript_t *transcript = every_kind();
  char *json = harness__transcript_json(transcript);

  (void)state;
  support_assert_golden("record/every_kind.json", json);
  free(json);
  harness__transcript_free(transcript);
}

static void writes_an_empty_transcript(void **state) {
  harness__transcript_t empty = {0};
  char *json = harness__transcript_json(&empty);

  (void)state;
  assert_string_equal(json,
                      "{\n  \"format\": \"harness-transcript/1\",\n  \"lanes\": [],\n  \"events\": []\n}\n");
  free(json);
}

/* What is loaded is what was written: the same events, and the same text when it is written again. */
static void assert_round_trip(const harness__transcript_t *transcript) {
  char *json = harness__transcript_json(transcript);
  char *sentence;
  harness__transcript_t *loaded = harness__transcript_parse("text", json, strlen(json), &sentence);
  char *again;

  if (loaded == NULL) {
    fail_msg("%s", sentence);
    return;
  }
  assert_true(harness__transcript_equal(transcript, loaded, NULL));
  assert_true(harness__transcript_makes(transcript, json, strlen(json)));
  assert_true(harness__transcript_makes(loaded, json, strlen(json)));
  assert_int_equal(loaded->lane_count, transcript->lane_count);
  again = harness__transcript_json(loaded);
  assert_string_equal(again, json);
  free(again);
  free(json);
  harness__transcript_free(loaded);
}

static void reads_what_it_writes(void **state) {
  harness__transcript_t *transcript = every_kind();

  (void)state;
  assert_round_trip(transcript);
  harness__transcript_free(transcript);
}

/* Nothing else is the text that a transcript makes: with a byte changed, too many or too few. */
static void knows_the_text_it_makes(void **state) {
  harness__transcript_t *transcript = every_kind();
  char *json = harness__transcript_json(transcript);
  size_t size = strlen(json);
  char *longer = malloc(size + 2);

  (void)state;
  assert_non_null(longer);
  (void)snprintf(longer, size + 2, "%s\n", json);
  assert_true(harness__transcript_makes(transcript, longer, size));
  assert_false(harness__transcript_makes(transcript, longer, size + 1));
  for (size_t i = 0; i < size; i++) {
    assert_false(harness__transcript_makes(transcript, json, i));
    json[i] ^= 1;
    assert_false(harness__transcript_makes(transcript, json, size));
    json[i] ^= 1;
  }
  free(longer);
  free(json);
  harness__transcript_free(transcript);
}

/* Every byte alone, every pair of a byte with some others, in data and in logs. */
static harness__transcript_t *every_byte(void) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 0, 0);
  harness__transcript_t *transcript;
  char all[256];

  for (int i = 0; i < 256; i++) {
    const char bytes[2] = {(char)i, (char)(i * 31 + 7)};
    all[i] = (char)i;
    note(recorder, lane, (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = bytes, .size = 1});
    note(recorder, lane, (harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .data = bytes, .size = 2});
    note(recorder, lane, (harness__note_t){.kind = HARNESS__EVENT_LOG, .data = bytes, .size = 2});
  }
  note(recorder, lane, (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = all, .size = sizeof all});
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  assert_non_null(transcript);
  return transcript;
}

static void keeps_every_byte(void **state) {
  harness__transcript_t *transcript = every_byte();

  (void)state;
  for (size_t i = 0; i < 256; i++)
    assert_int_equal((unsigned char)transcript->entries[3 * i].data.head[0], i);
  assert_round_trip(transcript);
  harness__transcript_free(transcript);
}

static void be_slow(const char *ways) {
  char *sentence;

  assert_int_equal(setenv("HARNESS_SLOW", ways, 1), 0);
  assert_true(harness__slow_choose(&sentence));
}

/* What is written without jansson is what jansson writes; and where that is asked for, no text is known. */
static void writes_what_jansson_writes(void **state) {
  harness__transcript_t *transcripts[] = {every_kind(), every_byte()};

  (void)state;
  for (size_t i = 0; i < sizeof transcripts / sizeof transcripts[0]; i++) {
    char *json = harness__transcript_json(transcripts[i]);
    char *slow;

    be_slow("fixtures");
    slow = harness__transcript_json(transcripts[i]);
    assert_string_equal(json, slow);
    assert_false(harness__transcript_makes(transcripts[i], json, strlen(json)));
    be_slow("");
    assert_true(harness__transcript_makes(transcripts[i], json, strlen(json)));
    free(slow);
    free(json);
    harness__transcript_free(transcripts[i]);
  }
}

/* A peer without a name is written, and is no fixture. */
static void knows_no_text_that_is_not_loaded(void **state) {
  (void)state;
  for (int from = 0; from < 2; from++) {
    harness__recorder_t *recorder = harness__recorder_new(0);
    harness__lane_t nobody = harness__recorder_lane(recorder, "", 0, 0);
    harness__transcript_t *transcript;
    char *json;
    char *sentence;

    note(recorder, harness__recorder_lane(recorder, "a", 0, 0),
         (harness__note_t){.kind = HARNESS__EVENT_RESET, .peer = nobody, .from = from != 0});
    transcript = harness__recorder_transcript(recorder);
    json = harness__transcript_json(transcript);
    assert_false(harness__transcript_makes(transcript, json, strlen(json)));
    assert_null(harness__transcript_parse("text", json, strlen(json), &sentence));
    assert_string_equal(sentence, from != 0 ? "text: event 1: \"from\" must be a string that is not empty"
                                            : "text: event 1: \"to\" must be a string that is not empty");
    free(sentence);
    free(json);
    harness__transcript_free(transcript);
    harness__recorder_free(recorder);
  }
}

/* A name that is no UTF-8 is no text of JSON. */
static void refuses_what_jansson_refuses(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__transcript_t *transcript;

  (void)state;
  note(recorder, harness__recorder_lane(recorder, "a\xff", 0, 0),
       (harness__note_t){.kind = HARNESS__EVENT_CLOSE});
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  assert_null(harness__transcript_json(transcript));
  assert_false(harness__transcript_makes(transcript, "", 0));
  harness__transcript_free(transcript);
}

#define SEND "{'lane': 'a', 'event': 'send', 'data': "

static void keeps_patterns(void **state) {
  harness__transcript_t *transcript =
      support_transcript("'a'", SEND "{'regex': 'GET /\\\\d+ .*\\\\r\\\\n'}},"
                                     "{'lane': 'a', 'event': 'log', 'text': {'regex': 'é \\\"|x'}}");
  char *json = harness__transcript_json(transcript);

  (void)state;
  assert_non_null(strstr(json, "\"data\": {\"regex\": \"GET /\\\\d+ .*\\\\r\\\\n\"}}"));
  assert_non_null(strstr(json, "\"text\": {\"regex\": \"é \\\"|x\"}}"));
  assert_string_equal(transcript->entries[0].data.pattern, "GET /\\d+ .*\\r\\n");
  assert_string_equal(transcript->entries[1].text_pattern, "é \"|x");
  assert_null(transcript->entries[0].text_pattern);
  assert_null(transcript->entries[1].data.pattern);
  assert_round_trip(transcript);
  free(json);
  harness__transcript_free(transcript);
}

/* Text where people can read it, and nothing that hides or turns what stands around it. */
static void chooses_text_or_hex_by_content(void **state) {
  static const struct {
    const char *bytes;
    size_t size;
    const char *json;
  } cases[] = {
      {"", 0, "\"\""},
      {"plain", 5, "\"plain\""},
      {"\t\r\n", 3, "\"\\t\\r\\n\""},
      {"\x7e", 1, "\"~\""},
      {"\x7f", 1, "{\"hex\": \"7f\"}"},
      {"\x1f", 1, "{\"hex\": \"1f\"}"},
      {"\xc2\x9f", 2, "{\"hex\": \"c29f\"}"},
      {"\xc2\xa0", 2, "\"\xc2\xa0\""},
      {"\xef\xbb\xbfHi", 5, "{\"hex\": \"efbbbf4869\"}"},
      {"a\xe2\x80\xa8", 4, "{\"hex\": \"61e280a8\"}"},
      {"\xed\x9f\xbf", 3, "\"\xed\x9f\xbf\""},
      {"\xed\xa0\x80", 3, "{\"hex\": \"eda080\"}"},
      {"\xed\xa0\xbd\xed\xb8\x80", 6, "{\"hex\": \"eda0bdedb880\"}"},
      {"\xee\x80\x80", 3, "{\"hex\": \"ee8080\"}"},
      {"\xef\xbf\xbd", 3, "\"\xef\xbf\xbd\""},
      {"\xef\xbf\xbe", 3, "{\"hex\": \"efbfbe\"}"},
      {"\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\""},
      {"\xf0\x9f\x98", 3, "{\"hex\": \"f09f98\"}"},
      {"\xf4\x90\x80\x80", 4, "{\"hex\": \"f4908080\"}"},
      {"\xc0\x80", 2, "{\"hex\": \"c080\"}"},
      {"mostly text\0", 12, "{\"hex\": \"6d6f73746c79207465787400\"}"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    harness__recorder_t *recorder = harness__recorder_new(0);
    harness__lane_t lane = harness__recorder_lane(recorder, "a", 0, 0);
    harness__transcript_t *transcript;
    char expected[256];
    char *json;

    note(recorder, lane,
         (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = cases[i].bytes, .size = cases[i].size});
    transcript = harness__recorder_transcript(recorder);
    json = harness__transcript_json(transcript);
    (void)snprintf(expected, sizeof expected, "\"event\": \"send\", \"data\": %s}\n", cases[i].json);
    if (strstr(json, expected) == NULL)
      fail_msg("case %zu: expected %sin %s", i, expected, json);
    assert_round_trip(transcript);
    free(json);
    harness__transcript_free(transcript);
    harness__recorder_free(recorder);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(writes_one_event_a_line),
    cmocka_unit_test(writes_an_empty_transcript),
    cmocka_unit_test(reads_what_it_writes),
    cmocka_unit_test(knows_the_text_it_makes),
    cmocka_unit_test(keeps_every_byte),
    cmocka_unit_test(writes_what_jansson_writes),
    cmocka_unit_test(refuses_what_jansson_refuses),
    cmocka_unit_test(knows_no_text_that_is_not_loaded),
    cmocka_unit_test(keeps_patterns),
    cmocka_unit_test(chooses_text_or_hex_by_content),
};

HARNESS_CMOCKA_MAIN("record/json", tests)
