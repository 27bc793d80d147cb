/* SPDX-License-Identifier: MIT */
/* Bytes that are taken down the short way give the transcript that the long way gives, whatever is unusual.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/store.h"

typedef struct way {
  harness__recorder_t *recorder;
  bool is_short;
  uint64_t at_ms;
} way_t;

static harness__event_ref_t sends(const way_t *way, harness__past_t *past, harness__lane_t lane,
                                  const char *data) {
  harness__note_t note = {
      .kind = HARNESS__EVENT_SEND, .data = data, .size = strlen(data), .at_ms = way->at_ms};

  return way->is_short ? harness__record_sent(way->recorder, past, lane, data, strlen(data), way->at_ms)
                       : harness__record_by(way->recorder, past, lane, &note);
}

static harness__event_ref_t receives(const way_t *way, harness__past_t *past, harness__lane_t lane,
                                     const char *data, harness__event_ref_t cause, uint64_t left) {
  size_t size = strlen(data);
  harness__note_t note = {.kind = HARNESS__EVENT_RECEIVE,
                          .data = data,
                          .size = size,
                          .cause = cause,
                          .left = left,
                          .at_ms = way->at_ms};

  return way->is_short
             ? harness__record_received(way->recorder, past, lane, data, size, way->at_ms, cause, left)
             : harness__record_by(way->recorder, past, lane, &note);
}

/* Two lanes talk, one party does things in both, time passes, and some of it is long, torn or not what was
 * sent. */
static void talk(way_t *way) {
  harness__lane_t client = harness__recorder_lane(way->recorder, "client", 0, 0);
  harness__lane_t server = harness__recorder_lane(way->recorder, "server", 1, 0);
  harness__past_t at_client = {.ref = 0};
  harness__past_t at_server = {.ref = 0};

  for (int i = 0; i < 2 * HARNESS__CHUNK_EVENTS; i++) {
    harness__event_ref_t sent = sends(way, &at_client, client, "a secret word");

    receives(way, &at_server, server, "a secret", sent, 5);
    receives(way, &at_server, server, i % 7 == 0 ? " wxrd" : " word", sent, 0);
    way->at_ms += i % 100 == 0;
    sent = sends(way, i % 50 == 0 ? &at_client : &at_server, server,
                 i % 9 == 0   ? "what is longer than thirty bytes is long"
                 : i % 4 == 0 ? " word"
                              : "short");
    receives(way, &at_client, client, "short", i % 11 == 0 ? HARNESS__JOINT | 1 : sent, (uint64_t)(i % 3));
  }
  receives(way, &at_client, 0, "nobody's", 0, 0);
  receives(way, &at_client, 77, "nobody's", 0, 0);
}

enum { PLAIN, REDACTED, CHAINED, OFF, FAILED, WAYS };

static void prepare(harness__recorder_t *recorder, int unusual) {
  harness__lane_t server = harness__recorder_lane(recorder, "server", 1, 0);
  char *sentence = NULL;

  if (unusual == REDACTED)
    assert_true(harness__recorder_add_redaction(recorder, "word", "secret", &sentence));
  if (unusual == CHAINED) {
    harness__recorder_set_chain(recorder, harness__recorder_lane(recorder, "client", 0, 0), server);
    harness__recorder_set_chain(recorder, server, server);
  }
  if (unusual == OFF)
    harness__recorder_set_off(recorder);
  if (unusual == FAILED)
    harness__recorder_set_failed(recorder);
}

static harness__transcript_t *take(bool is_short, int unusual, size_t *count) {
  way_t way = {.recorder = harness__recorder_new(30), .is_short = is_short};
  harness__transcript_t *transcript;

  prepare(way.recorder, unusual);
  talk(&way);
  *count = way.recorder->count;
  /* What nobody has done is a hole, which has been seen in both. */
  assert_int_equal(harness__recorder_failed(way.recorder), unusual != OFF);
  way.recorder->failed = false;
  transcript = harness__recorder_transcript(way.recorder);
  harness__recorder_free(way.recorder);
  return transcript;
}

static void assert_same(const harness__transcript_t *a, const harness__transcript_t *b) {
  assert_int_equal(a->count, b->count);
  for (size_t i = 0; i < a->count; i++) {
    const harness__entry_t *one = &a->entries[i];
    const harness__entry_t *other = &b->entries[i];

    assert_int_equal(one->lane, other->lane);
    assert_int_equal(one->kind, other->kind);
    assert_int_equal(one->at_ms, other->at_ms);
    assert_int_equal(one->data.bytes, other->data.bytes);
    assert_string_equal(one->data.digest, other->data.digest);
    assert_int_equal(one->data.head_size, other->data.head_size);
    assert_memory_equal(one->data.head, other->data.head, one->data.head_size);
  }
}

static void both_ways_take_down_the_same(void **state) {
  (void)state;
  for (int unusual = PLAIN; unusual < WAYS; unusual++) {
    size_t slow_count;
    size_t count;
    harness__transcript_t *slow = take(false, unusual, &slow_count);
    harness__transcript_t *quick = take(true, unusual, &count);

    assert_int_equal(count, slow_count);
    assert_int_equal(count == 0, unusual == OFF || unusual == FAILED);
    assert_non_null(slow);
    assert_non_null(quick);
    assert_same(slow, quick);
    harness__transcript_free(slow);
    harness__transcript_free(quick);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(both_ways_take_down_the_same),
};

HARNESS_CMOCKA_MAIN("record/data", tests)
