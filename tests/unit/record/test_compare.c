/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdio.h>
#include <string.h>

#include "record/compare.h"
#include "record/recorder.h"
#include "support.h"

#define LANES "'a', 'b'"
#define BOTH "{'lane': 'a', 'event': 'close'}, {'lane': 'b', 'event': 'close'}"

/* Equal events have equal hashes, others other ones. */
static void assert_hashes(const harness__transcript_t *a, const harness__transcript_t *b) {
  for (size_t i = 0; i < a->count && i < b->count; i++) {
    uint64_t hash_a = harness__entry_hash(a, &a->entries[i]);
    uint64_t hash_b = harness__entry_hash(b, &b->entries[i]);
    bool same = harness__entry_compare(a, &a->entries[i], b, &b->entries[i], NULL) == HARNESS__FIELD_NONE;

    if (same || (hash_a != HARNESS__NO_HASH && hash_b != HARNESS__NO_HASH))
      assert_int_equal(harness__entry_may_equal(hash_a, hash_b), same);
  }
}

/* Compares two transcripts whose third event is what is given. */
static harness__divergence_t diverge(const char *a, const char *b) {
  char events[2][512];
  harness__transcript_t *transcripts[2];
  harness__divergence_t divergence;
  harness__divergence_t reverse;

  (void)snprintf(events[0], sizeof events[0], "%s%s%s", BOTH, *a != '\0' ? ", " : "", a);
  (void)snprintf(events[1], sizeof events[1], "%s%s%s", BOTH, *b != '\0' ? ", " : "", b);
  transcripts[0] = support_transcript(LANES, events[0]);
  transcripts[1] = support_transcript(LANES, events[1]);
  assert_true(harness__transcript_equal(transcripts[0], transcripts[0], NULL));
  if (harness__transcript_equal(transcripts[0], transcripts[1], &divergence))
    divergence.field = HARNESS__FIELD_NONE;
  /* Which is the first and which the second is all the same. */
  if (harness__transcript_equal(transcripts[1], transcripts[0], &reverse))
    reverse.field = HARNESS__FIELD_NONE;
  assert_hashes(transcripts[0], transcripts[1]);
  assert_int_equal(reverse.field, divergence.field);
  assert_int_equal(reverse.index, divergence.index);
  assert_int_equal(reverse.has_offset, divergence.has_offset);
  assert_int_equal(reverse.offset, divergence.offset);
  harness__transcript_free(transcripts[0]);
  harness__transcript_free(transcripts[1]);
  return divergence;
}

static void assert_field(const char *a, const char *b, harness__field_t field) {
  harness__divergence_t divergence = diverge(a, b);

  assert_string_equal(harness__field_name(divergence.field), harness__field_name(field));
  if (field != HARNESS__FIELD_NONE)
    assert_int_equal(divergence.index, 2);
}

static void finds_the_field(void **state) {
  (void)state;
  assert_field("{'lane': 'a', 'event': 'close'}", "{'lane': 'a', 'event': 'close'}", HARNESS__FIELD_NONE);
  assert_field("{'lane': 'a', 'event': 'close'}", "{'lane': 'b', 'event': 'close'}", HARNESS__FIELD_LANE);
  assert_field("{'lane': 'a', 'event': 'close'}", "{'lane': 'a', 'event': 'error', 'code': 'E'}",
               HARNESS__FIELD_EVENT);
  assert_field("{'lane': 'a', 'event': 'connect', 'to': 's'}", "{'lane': 'a', 'event': 'connect', 'to': 't'}",
               HARNESS__FIELD_TO);
  assert_field("{'lane': 'a', 'event': 'accept', 'from': 's'}",
               "{'lane': 'a', 'event': 'accept', 'from': 't'}", HARNESS__FIELD_FROM);
  assert_field("{'lane': 'a', 'event': 'send', 'to': 's', 'data': ''}",
               "{'lane': 'a', 'event': 'send', 'data': ''}", HARNESS__FIELD_TO);
  assert_field("{'lane': 'a', 'event': 'receive', 'from': 's', 'data': ''}",
               "{'lane': 'a', 'event': 'receive', 'from': 't', 'data': ''}", HARNESS__FIELD_FROM);
  assert_field("{'lane': 'a', 'event': 'eof', 'from': 's'}", "{'lane': 'a', 'event': 'eof', 'to': 's'}",
               HARNESS__FIELD_TO);
  assert_field("{'lane': 'a', 'event': 'error', 'code': 'E'}", "{'lane': 'a', 'event': 'error', 'code': 'F'}",
               HARNESS__FIELD_CODE);
  assert_field("{'lane': 'a', 'event': 'log', 'text': 'x'}", "{'lane': 'a', 'event': 'log', 'text': 'xy'}",
               HARNESS__FIELD_TEXT);
  assert_field("{'lane': 'a', 'event': 'log', 'text': 'x'}", "{'lane': 'a', 'event': 'log', 'text': 'y'}",
               HARNESS__FIELD_TEXT);
  assert_field("{'lane': 'a', 'event': 'send', 'data': 'x'}", "{'lane': 'a', 'event': 'send', 'data': 'y'}",
               HARNESS__FIELD_DATA);
  assert_field("{'lane': 'a', 'event': 'close'}", "{'lane': 'a', 'event': 'close', 'at_ms': 1}",
               HARNESS__FIELD_AT_MS);
  assert_field("", "{'lane': 'a', 'event': 'close'}", HARNESS__FIELD_END);
}

static void finds_the_byte(void **state) {
  harness__divergence_t divergence = diverge("{'lane': 'a', 'event': 'send', 'data': 'Hello World'}",
                                             "{'lane': 'a', 'event': 'send', 'data': 'Hello Mars'}");

  (void)state;
  assert_true(divergence.has_offset);
  assert_int_equal(divergence.offset, 6);
  divergence = diverge("{'lane': 'a', 'event': 'send', 'data': 'Hello'}",
                       "{'lane': 'a', 'event': 'send', 'data': 'Hello!'}");
  assert_true(divergence.has_offset);
  assert_int_equal(divergence.offset, 5);
  divergence =
      diverge("{'lane': 'a', 'event': 'log', 'text': 'abc'}", "{'lane': 'a', 'event': 'log', 'text': 'abd'}");
  assert_int_equal(divergence.offset, 2);
}

/* What lies behind the shorter, in memory, is not its own. */
static void looks_at_no_byte_beyond(void **state) {
  static const char bytes[] = "xxxx";
  harness__transcript_t *shorter = support_transcript("'a'", "{'lane': 'a', 'event': 'send', 'data': 'xx'}");
  harness__transcript_t *longer = support_transcript("'a'", "{'lane': 'a', 'event': 'send', 'data': 'xxx'}");
  harness__divergence_t divergence;

  (void)state;
  shorter->entries[0].data.head = bytes;
  longer->entries[0].data.head = bytes;
  for (int i = 0; i < 2; i++) {
    assert_false(
        harness__transcript_equal(i == 0 ? shorter : longer, i == 0 ? longer : shorter, &divergence));
    assert_true(divergence.has_offset);
    assert_int_equal(divergence.offset, 2);
  }
  harness__transcript_free(shorter);
  harness__transcript_free(longer);
}

static void forgets_an_older_place(void **state) {
  harness__transcript_t *both = support_transcript(LANES, BOTH);
  harness__divergence_t divergence = {.offset = 7, .has_offset = true};

  (void)state;
  assert_int_equal(harness__entry_compare(both, &both->entries[0], both, &both->entries[1], &divergence),
                   HARNESS__FIELD_LANE);
  assert_false(divergence.has_offset);
  assert_int_equal(divergence.offset, 0);
  harness__transcript_free(both);
}

static void takes_hex_and_text_for_the_same(void **state) {
  (void)state;
  assert_field("{'lane': 'a', 'event': 'send', 'data': 'AB'}",
               "{'lane': 'a', 'event': 'send', 'data': {'hex': '4142'}}", HARNESS__FIELD_NONE);
}

/* Two recordings of the same bytes, with different limits. */
static harness__transcript_t *record(const char *data, size_t size, size_t limit) {
  harness__recorder_t *recorder = harness__recorder_new(limit);
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 0, 0);
  harness__transcript_t *transcript;

  (void)harness__record(recorder, lane,
                        &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = data, .size = size});
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  return transcript;
}

/* Beyond the head the place is not known. */
static void assert_no_place(const harness__transcript_t *a, const harness__transcript_t *b) {
  harness__divergence_t divergence;

  assert_false(harness__transcript_equal(a, b, &divergence));
  assert_int_equal(divergence.field, HARNESS__FIELD_DATA);
  assert_false(divergence.has_offset);
}

static void compares_digests_with_whole_data(void **state) {
  char data[300];
  harness__transcript_t *whole;
  harness__transcript_t *cut;
  harness__transcript_t *other;
  harness__transcript_t *longer;
  harness__divergence_t divergence;

  (void)state;
  memset(data, 'x', sizeof data);
  whole = record(data, 200, 4096);
  whole->entries[0].data.digest[1] = 'x'; /* behind the end of an empty one */
  cut = record(data, 200, 100);
  longer = record(data, 201, 100);
  data[150] = 'y';
  other = record(data, 200, 100);
  assert_true(harness__transcript_equal(whole, cut, NULL));
  assert_true(harness__transcript_equal(cut, whole, NULL));
  assert_no_place(cut, longer);
  assert_no_place(longer, cut);
  assert_no_place(whole, other);
  assert_no_place(other, whole);
  assert_hashes(whole, cut);
  assert_hashes(cut, longer);
  assert_hashes(whole, other);
  /* A head that was edited, in a fixture whose digest was not. */
  harness__transcript_free(other);
  data[150] = 'x';
  other = record(data, 200, 100);
  data[5] = 'y';
  other->entries[0].data.head = data;
  for (int i = 0; i < 2; i++) {
    harness__transcript_t *side = i == 0 ? whole : cut;
    assert_false(harness__transcript_equal(other, side, &divergence));
    assert_int_equal(divergence.field, HARNESS__FIELD_DATA);
    assert_true(divergence.has_offset);
    assert_int_equal(divergence.offset, 5);
    assert_false(harness__transcript_equal(side, other, NULL));
    assert_hashes(side, other);
  }
  harness__transcript_free(whole);
  harness__transcript_free(cut);
  harness__transcript_free(other);
  harness__transcript_free(longer);
}

static void compares_names_of_lanes_not_numbers(void **state) {
  harness__transcript_t *a =
      support_transcript("'a', 'b'", "{'lane': 'a', 'event': 'close'}, {'lane': 'b', 'event': 'close'}");
  harness__transcript_t *b =
      support_transcript("'b', 'a'", "{'lane': 'a', 'event': 'close'}, {'lane': 'b', 'event': 'close'}");
  harness__transcript_t *c =
      support_transcript("'b', 'a'", "{'lane': 'b', 'event': 'close'}, {'lane': 'a', 'event': 'close'}");

  (void)state;
  assert_true(harness__transcript_equal(a, b, NULL));
  assert_false(harness__transcript_equal(a, c, NULL));
  assert_hashes(a, b);
  assert_hashes(a, c);
  harness__transcript_free(a);
  harness__transcript_free(b);
  harness__transcript_free(c);
}

#define DATA(value) "{'lane': 'a', 'event': 'send', 'data': " value "}"
#define TEXT(value) "{'lane': 'a', 'event': 'log', 'text': " value "}"

static void takes_a_pattern_for_what_it_matches(void **state) {
  (void)state;
  assert_field(DATA("{'regex': 'a+'}"), DATA("'aa'"), HARNESS__FIELD_NONE);
  assert_field(DATA("{'regex': 'a+'}"), DATA("'aab'"), HARNESS__FIELD_DATA);
  assert_field(DATA("{'regex': 'a+'}"), DATA("''"), HARNESS__FIELD_DATA);
  assert_field(DATA("{'regex': 'a*'}"), DATA("''"), HARNESS__FIELD_NONE);
  assert_field(DATA("{'regex': '\\\\xff.'}"), DATA("{'hex': 'ff00'}"), HARNESS__FIELD_NONE);
  assert_field(DATA("{'regex': 'a+'}"), DATA("{'regex': 'a+'}"), HARNESS__FIELD_NONE);
  assert_field(DATA("{'regex': 'a+'}"), DATA("{'regex': 'a++'}"), HARNESS__FIELD_DATA);
  assert_field(TEXT("{'regex': 'took \\\\d+ ms'}"), TEXT("'took 12 ms'"), HARNESS__FIELD_NONE);
  assert_field(TEXT("{'regex': 'took \\\\d+ ms'}"), TEXT("'took long'"), HARNESS__FIELD_TEXT);
  assert_field(TEXT("{'regex': 'a'}"), DATA("'a'"), HARNESS__FIELD_EVENT);
  assert_false(diverge(DATA("{'regex': 'a+'}"), DATA("'b'")).has_offset);
  assert_false(diverge(TEXT("{'regex': 'a+'}"), TEXT("'b'")).has_offset);
}

#define LONG(digit) "{'bytes': 1, 'digest': 'xxh3-128:5c7401c0ec22eeeeeaf06c6480b2cd1" digit "', 'head': 'x'}"

/* Of long data there is nothing to match. */
static void matches_no_digest(void **state) {
  harness__transcript_t *pattern = support_transcript("'a'", DATA("{'regex': 'x'}"));
  harness__transcript_t *bytes = support_transcript("'a'", DATA("'x'"));

  (void)state;
  assert_field(DATA("{'regex': '(?s).*'}"), DATA(LONG("1")), HARNESS__FIELD_DATA);
  bytes->entries[0].data.digest[1] = 'x'; /* behind the end of an empty one */
  assert_true(harness__transcript_equal(pattern, bytes, NULL));
  harness__transcript_free(pattern);
  harness__transcript_free(bytes);
}

/* A digest that was edited, in a fixture whose head was not. */
static void places_no_difference_of_digests(void **state) {
  (void)state;
  assert_field(DATA(LONG("1")), DATA("'x'"), HARNESS__FIELD_NONE);
  assert_field(DATA(LONG("e")), DATA("'x'"), HARNESS__FIELD_DATA);
  assert_false(diverge(DATA(LONG("e")), DATA("'x'")).has_offset);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(finds_the_field),
    cmocka_unit_test(finds_the_byte),
    cmocka_unit_test(looks_at_no_byte_beyond),
    cmocka_unit_test(forgets_an_older_place),
    cmocka_unit_test(takes_hex_and_text_for_the_same),
    cmocka_unit_test(compares_digests_with_whole_data),
    cmocka_unit_test(compares_names_of_lanes_not_numbers),
    cmocka_unit_test(takes_a_pattern_for_what_it_matches),
    cmocka_unit_test(matches_no_digest),
    cmocka_unit_test(places_no_difference_of_digests),
};

HARNESS_CMOCKA_MAIN("record/compare", tests)
