/* SPDX-License-Identifier: MIT */
/* Pasts, joints, chains, and lanes called after others. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/recorder.h"
#include "texts.h"

static harness__lane_t named(harness__recorder_t *recorder, const char *name) {
  return harness__recorder_lane(recorder, name, 0, 0);
}

static harness__note_t line(const char *text) {
  return (harness__note_t){.kind = HARNESS__EVENT_LOG, .data = text, .size = strlen(text)};
}

static harness__event_ref_t say(harness__recorder_t *recorder, harness__lane_t lane, const char *text) {
  harness__note_t note = line(text);

  return harness__record(recorder, lane, &note);
}

static harness__event_ref_t say_by(harness__recorder_t *recorder, harness__past_t *past, harness__lane_t lane,
                                   const char *text) {
  harness__note_t note = line(text);

  return harness__record_by(recorder, past, lane, &note);
}

static void a_party_keeps_its_order_in_all_its_lanes(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t b = named(recorder, "b");
  harness__lane_t a = named(recorder, "a");
  harness__past_t past = {0};

  (void)state;
  (void)say_by(recorder, &past, b, "1");
  (void)say_by(recorder, &past, a, "2");
  (void)say_by(recorder, &past, b, "3");
  (void)say_by(recorder, &past, a, "4");
  assert_last_text(recorder, "b  log      1\n"
                             "a  log      2\n"
                             "b  log      3\n"
                             "a  log      4\n");
}

/* Told of two things, it tells them to two others without a word of its own. */
static void a_silent_party_hands_on_what_it_knows(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__past_t silent = {0};
  harness__past_t first = {0};
  harness__past_t second = {0};

  (void)state;
  harness__past_add(recorder, &silent, say(recorder, named(recorder, "y"), "1"));
  harness__past_add(recorder, &silent, say(recorder, named(recorder, "z"), "2"));
  harness__past_add(recorder, &first, harness__past_share(&silent));
  harness__past_add(recorder, &second, harness__past_share(&silent));
  (void)say_by(recorder, &first, named(recorder, "a"), "3");
  harness__past_add(recorder, &silent, say(recorder, named(recorder, "x"), "4"));
  (void)say_by(recorder, &silent, named(recorder, "b"), "5");
  (void)say_by(recorder, &second, named(recorder, "c"), "6");
  /* What it was told later is not handed on to those it told before. */
  assert_last_text(recorder, "x  log      4\n"
                             "y  log      1\n"
                             "z  log      2\n"
                             "a  log      3\n"
                             "b  log      5\n"
                             "c  log      6\n");
}

static void what_it_was_told_in_its_own_lane_it_knows(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t lane = named(recorder, "a");
  harness__event_ref_t first = say(recorder, lane, "1");
  harness__event_ref_t second = say(recorder, lane, "2");
  harness__past_t past = {0};

  (void)state;
  harness__past_add(recorder, &past, second);
  harness__past_add(recorder, &past, first);
  assert_int_equal(past.ref, second);
  harness__past_add(recorder, &past, say(recorder, named(recorder, "z"), "3"));
  (void)say_by(recorder, &past, lane, "4");
  assert_last_text(recorder, "a  log      1\n"
                             "a  log      2\n"
                             "z  log      3\n"
                             "a  log      4\n");
}

/* Two lanes of one content. Somebody who waited for the second and then did nothing must not show in their
 * names: a third lane says which is which. */
static char *wait_in_vain(bool for_second) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t lanes[2];
  harness__past_t vain = {0};

  for (uint32_t i = 0; i < 2; i++)
    lanes[i] = harness__recorder_lane(recorder, "server", i + 1, HARNESS__LANE_BY_CONTENT);
  for (size_t i = 0; i < 2; i++) {
    harness__event_ref_t event = say(recorder, lanes[i], "same");
    if (i == (for_second ? 1 : 0)) {
      harness__past_add(recorder, &vain, event);
      harness__past_add(recorder, &vain, say(recorder, named(recorder, "z"), "end"));
      (void)harness__past_share(&vain);
    }
  }
  (void)harness__record(recorder, named(recorder, "a"),
                        &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = lanes[0]});
  return last_text_of(recorder);
}

static void waiting_for_nothing_is_not_seen(void **state) {
  char *texts[] = {wait_in_vain(false), wait_in_vain(true)};

  (void)state;
  assert_string_equal(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

static void a_chain_keeps_the_order_observed(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t server = named(recorder, "server");
  harness__lane_t lanes[2];

  (void)state;
  for (uint32_t i = 0; i < 2; i++) {
    lanes[i] = harness__recorder_sublane(recorder, server, i + 1, HARNESS__LANE_FREE_PEER);
    harness__recorder_set_chain(recorder, lanes[i], server);
  }
  (void)say(recorder, lanes[1], "1");
  (void)say(recorder, lanes[0], "2");
  (void)say(recorder, lanes[1], "3");
  assert_last_text(recorder, "server/2  log      1\n"
                             "server/1  log      2\n"
                             "server/2  log      3\n");
}

static void a_lane_called_after_another_follows_its_name(void **state) {
  (void)state;
  for (int turned = 0; turned < 2; turned++) {
    harness__recorder_t *recorder = new_free_running();
    harness__lane_t server = named(recorder, "server");

    for (uint32_t i = 1; i <= 2; i++) {
      harness__lane_t lane = harness__recorder_sublane(recorder, server, i, HARNESS__LANE_BY_CONTENT);
      bool is_first = (i == 1) == (turned == 0);
      harness__lane_t child = harness__recorder_child(recorder, lane, 2);

      assert_true(harness__recorder_is_unnamed(recorder, child));
      (void)say(recorder, lane, is_first ? "a" : "b");
      (void)say(recorder, child, is_first ? "of a" : "of b");
      (void)say(recorder, harness__recorder_child(recorder, child, 2), is_first ? "of a's" : "of b's");
    }
    assert_last_text(recorder, "server/1      log      a\n"
                               "server/1/2    log      of a\n"
                               "server/1/2/2  log      of a's\n"
                               "server/2      log      b\n"
                               "server/2/2    log      of b\n"
                               "server/2/2/2  log      of b's\n");
  }
}

static void nothing_is_kept_where_nothing_is_recorded(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__past_t past = {0};

  (void)state;
  harness__recorder_set_off(recorder);
  assert_int_equal(say_by(recorder, &past, named(recorder, "a"), "1"), 0);
  harness__past_add(recorder, &past, 7);
  assert_int_equal(harness__past_share(&past), 0);
  assert_int_equal(harness__recorder_child(recorder, 0, 1), 0);
  assert_false(harness__recorder_is_unnamed(recorder, 0));
  assert_false(harness__recorder_failed(recorder));
  harness__recorder_free(recorder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_party_keeps_its_order_in_all_its_lanes),
    cmocka_unit_test(a_silent_party_hands_on_what_it_knows),
    cmocka_unit_test(what_it_was_told_in_its_own_lane_it_knows),
    cmocka_unit_test(waiting_for_nothing_is_not_seen),
    cmocka_unit_test(a_chain_keeps_the_order_observed),
    cmocka_unit_test(a_lane_called_after_another_follows_its_name),
    cmocka_unit_test(nothing_is_kept_where_nothing_is_recorded),
};

HARNESS_CMOCKA_MAIN("record/past", tests)
