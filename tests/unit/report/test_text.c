/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/load.h"
#include "record/recorder.h"
#include "report/text.h"
#include "support.h"

static void shows_every_kind(void **state) {
  char *sentence;
  harness__transcript_t *transcript =
      harness__transcript_load(TEST_GOLDEN "/record/every_kind.json", NULL, &sentence);
  char *text;

  (void)state;
  assert_non_null(transcript);
  text = harness__report_text(transcript);
  support_assert_golden("report/every_kind.txt", text);
  free(text);
  harness__transcript_free(transcript);
}

static void shows_patterns(void **state) {
  harness__transcript_t *transcript =
      support_transcript("'a'", "{'lane': 'a', 'event': 'send', 'data': {'regex': 'it\\\\x27s \\\\d'}},"
                                "{'lane': 'a', 'event': 'log', 'text': {'regex': 'x\u00e9.*'}, 'at_ms': 3}");
  char *text = harness__report_text(transcript);

  (void)state;
  assert_string_equal(text, "a  send     matches 'it\\\\x27s \\\\d'\n"
                            "a  log      matches 'xé.*'  @3ms\n");
  free(text);
  harness__transcript_free(transcript);
}

static void aligns_the_lanes(void **state) {
  harness__transcript_t *transcript = support_transcript(
      "'ü', 'server/10'", "{'lane': 'ü', 'event': 'close'}, {'lane': 'server/10', 'event': "
                          "'accept', 'from': 'ü'}");
  char *text = harness__report_text(transcript);

  (void)state;
  assert_string_equal(text, "ü          close\n"
                            "server/10  accept   from ü\n");
  free(text);
  harness__transcript_free(transcript);
}

/* Whatever is in names, data, logs and codes, what is printed has no control character but the newlines. */
static void prints_nothing_raw(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__transcript_t *transcript;
  char all[256];
  char name[256];
  harness__lane_t lane;
  char *text;
  size_t lines = 0;

  (void)state;
  for (int i = 0; i < 256; i++) {
    all[i] = (char)i;
    name[i] = (char)(i + 1);
  }
  lane = harness__recorder_lane(recorder, name, 0, 0);
  (void)harness__record(recorder, lane,
                        &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = all, .size = sizeof all});
  (void)harness__record(recorder, lane,
                        &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = all, .size = sizeof all});
  (void)harness__record(recorder, lane, &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = lane});
  (void)harness__record(recorder, lane, &(harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = name});
  transcript = harness__recorder_transcript(recorder);
  text = harness__report_text(transcript);
  for (const char *p = text; *p != '\0'; p++) {
    lines += *p == '\n';
    assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f));
  }
  assert_int_equal(lines, 4);
  free(text);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shows_every_kind),
    cmocka_unit_test(shows_patterns),
    cmocka_unit_test(aligns_the_lanes),
    cmocka_unit_test(prints_nothing_raw),
};

HARNESS_CMOCKA_MAIN("report/text", tests)
