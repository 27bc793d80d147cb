/* SPDX-License-Identifier: MIT */
/*
 * Lanes of one content that are told apart by what they are tied to: what looks like another tie, or like
 * another lane, is not taken for it. Each conversation is recorded in several orders and has one form.
 */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/recorder.h"
#include "texts.h"

static harness__event_ref_t say(harness__recorder_t *recorder, harness__lane_t lane, const char *text,
                                harness__event_ref_t cause) {
  harness__event_ref_t ref = harness__record(
      recorder, lane,
      &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = text, .size = strlen(text), .cause = cause});

  assert_int_not_equal(ref, 0);
  return ref;
}

static harness__lane_t unnamed(harness__recorder_t *recorder, const char *family, uint32_t number) {
  return harness__recorder_lane(recorder, family, number, HARNESS__LANE_BY_CONTENT);
}

/* A reference to two things at once. */
static harness__event_ref_t both(harness__recorder_t *recorder, harness__event_ref_t a,
                                 harness__event_ref_t b) {
  harness__past_t past = {0};

  harness__past_add(recorder, &past, a);
  harness__past_add(recorder, &past, b);
  return harness__past_share(&past);
}

/* What is between those of one set: a party that says nothing, or a line of a lane. */
typedef enum between { SILENT, NAMED, FIRST_UNNAMED, LAST_UNNAMED } between_t;

/* In each of two sets "y" waits for "w" and "x", through somebody between them. */
static harness__event_ref_t record_set(harness__recorder_t *recorder, uint32_t number, between_t between) {
  static const char *const names[] = {"", "a", "b", "z"};
  harness__event_ref_t w = say(recorder, unnamed(recorder, "w", number), "same", 0);
  harness__event_ref_t x = say(recorder, unnamed(recorder, "x", number), "same", 0);
  harness__event_ref_t joined;

  if (between == SILENT) {
    joined = both(recorder, w, x);
  } else {
    harness__lane_t lane = between == NAMED ? harness__recorder_lane(recorder, names[between], 0, 0)
                                            : unnamed(recorder, names[between], 1);
    harness__recorder_after(recorder, lane, x);
    joined = say(recorder, lane, "between", w);
  }
  harness__recorder_after(recorder, unnamed(recorder, "y", number), joined);
  return say(recorder, unnamed(recorder, "y", number), "same", 0);
}

/* first: in which order the sets are recorded. Somebody may wait for the second set's "y". */
static char *record_sets(between_t between, bool waited, uint32_t first) {
  harness__recorder_t *recorder = new_free_running();
  char *text;

  for (uint32_t i = 0; i < 2; i++) {
    bool second = (i + first) % 2 == 1;
    harness__event_ref_t last = record_set(recorder, i + 1, second ? SILENT : between);
    if (second && waited)
      harness__recorder_after(recorder, lane_of(recorder, "c"), last);
  }
  (void)say(recorder, lane_of(recorder, "c"), "waited", 0);
  text = text_of(recorder);
  harness__recorder_free(recorder);
  return text;
}

static void assert_one_form(between_t between, bool waited) {
  char *first = record_sets(between, waited, 0);
  char *again = record_sets(between, waited, 1);

  assert_string_equal(first, again);
  free(first);
  free(again);
}

static void who_says_nothing_is_not_taken_for_a_lane(void **state) {
  (void)state;
  assert_one_form(NAMED, false);
  assert_one_form(FIRST_UNNAMED, false);
  assert_one_form(LAST_UNNAMED, false);
}

static void which_party_said_nothing_is_chance(void **state) {
  (void)state;
  assert_one_form(SILENT, true);
}

/* Two servers, one for each of two lanes that they name; each waits for the one that it does not name. */
static char *name_and_wait(uint32_t first) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t named[2];
  harness__event_ref_t refs[2];
  char *text;

  for (uint32_t i = 0; i < 2; i++) {
    named[i] = unnamed(recorder, "a", i + 1);
    refs[i] = say(recorder, named[i], i == 0 ? "one" : "two", 0);
  }
  for (uint32_t i = 0; i < 2; i++) {
    uint32_t which = (i + first) % 2;
    (void)harness__record(
        recorder, unnamed(recorder, "server", i + 1),
        &(harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = named[which], .cause = refs[1 - which]});
  }
  text = text_of(recorder);
  harness__recorder_free(recorder);
  return text;
}

static void to_name_is_not_to_wait_for(void **state) {
  char *first = name_and_wait(0);
  char *again = name_and_wait(1);

  (void)state;
  assert_string_equal(first, again);
  free(first);
  free(again);
}

enum { MOST = 6, ROUNDS = 4, PROGRAMS = 200, ORDERS = 4 };

/* Lanes that all do the same: in each round each says a value that others say, too, and waits for what one or
 * two have said before. */
typedef struct program {
  uint32_t lanes;
  uint32_t rounds;
  uint32_t values[ROUNDS][MOST];
  uint32_t waits[ROUNDS][2][MOST];
  bool silent[ROUNDS]; /* waits for two, through a party that says nothing */
} program_t;

static void shuffle(uint32_t count, uint32_t *list, uint32_t *random) {
  for (uint32_t i = 0; i < count; i++)
    list[i] = i;
  for (uint32_t i = count; i > 1; i--) {
    uint32_t j = next_random(random) % i;
    uint32_t kept = list[i - 1];
    list[i - 1] = list[j];
    list[j] = kept;
  }
}

static void make_program(program_t *program, uint32_t *random) {
  memset(program, 0, sizeof *program);
  program->lanes = 3 + next_random(random) % (MOST - 2);
  program->rounds = 2 + next_random(random) % (ROUNDS - 1);
  for (uint32_t i = 0; i < program->rounds; i++) {
    shuffle(program->lanes, program->values[i], random);
    shuffle(program->lanes, program->waits[i][0], random);
    shuffle(program->lanes, program->waits[i][1], random);
    program->silent[i] = next_random(random) % 2 == 0;
  }
}

static char *run_program(const program_t *program, uint32_t *random) {
  harness__recorder_t *recorder = new_free_running();
  harness__event_ref_t refs[ROUNDS][MOST] = {{0}};
  uint32_t numbers[MOST] = {0};
  uint32_t names[MOST] = {0};
  char *sentence;
  char *text;

  assert_true(harness__recorder_add_placeholder(recorder, "token", "t=(\\w+)", false, &sentence));
  shuffle(program->lanes, numbers, random);
  shuffle(program->lanes, names, random);
  for (uint32_t round = 0; round < program->rounds; round++) {
    uint32_t order[MOST] = {0};

    shuffle(program->lanes, order, random);
    for (uint32_t i = 0; i < program->lanes; i++) {
      uint32_t at = order[i];
      harness__lane_t lane = unnamed(recorder, "server", numbers[at] + 1);
      harness__event_ref_t cause = round > 0 ? refs[round - 1][program->waits[round][0][at]] : 0;
      char line[16];

      if (round > 0 && program->silent[round])
        cause = both(recorder, cause, refs[round - 1][program->waits[round][1][at]]);
      (void)snprintf(line, sizeof line, "t=%u", 100 + names[program->values[round][at] / 2]);
      refs[round][at] = say(recorder, lane, line, cause);
    }
  }
  text = text_of(recorder);
  harness__recorder_free(recorder);
  return text;
}

static uint64_t mix(uint64_t hash, const char *text) {
  for (; *text != '\0'; text++)
    hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
  return hash;
}

/* Fixtures hold the numbers that lanes are given. */
static void lanes_have_the_numbers_they_always_had(void **state) {
  uint32_t random = 1;
  uint64_t hash = 0;

  (void)state;
  for (int i = 0; i < PROGRAMS; i++) {
    program_t program;
    char *first;

    make_program(&program, &random);
    first = run_program(&program, &random);
    for (int order = 1; order < ORDERS; order++) {
      char *again = run_program(&program, &random);
      assert_string_equal(first, again);
      free(again);
    }
    hash = mix(hash, first);
    free(first);
  }
  assert_int_equal(hash, 0xaf130db540d07c89U);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(who_says_nothing_is_not_taken_for_a_lane),
    cmocka_unit_test(which_party_said_nothing_is_chance),
    cmocka_unit_test(to_name_is_not_to_wait_for),
    cmocka_unit_test(lanes_have_the_numbers_they_always_had),
};

HARNESS_CMOCKA_MAIN("record/ties", tests)
