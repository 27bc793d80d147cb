/* SPDX-License-Identifier: MIT */
/* What a party knows, as edges and joints, and what of it is left in a transcript. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/store.h"
#include "texts.h"

static harness__lane_t named(harness__recorder_t *recorder, const char *name) {
  return harness__recorder_lane(recorder, name, 0, 0);
}

static harness__event_ref_t note(harness__recorder_t *recorder, const char *lane, harness__event_kind_t kind,
                                 const char *text, harness__event_ref_t cause) {
  return harness__record(
      recorder, named(recorder, lane),
      &(harness__note_t){.kind = kind, .data = text, .size = strlen(text), .cause = cause});
}

static harness__event_ref_t say(harness__recorder_t *recorder, const char *lane, const char *text) {
  return note(recorder, lane, HARNESS__EVENT_LOG, text, 0);
}

static harness__event_ref_t say_by(harness__recorder_t *recorder, harness__past_t *past, const char *lane,
                                   const char *text) {
  return harness__record_by(
      recorder, past, named(recorder, lane),
      &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = text, .size = strlen(text)});
}

/* A reference to two things at once. */
static harness__event_ref_t both(harness__recorder_t *recorder, harness__event_ref_t a,
                                 harness__event_ref_t b) {
  harness__past_t past = {0};

  harness__past_add(recorder, &past, a);
  harness__past_add(recorder, &past, b);
  return harness__past_share(&past);
}

static void what_says_nothing_is_not_kept(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__event_ref_t first = say(recorder, "a", "1");
  harness__past_t past = {0};

  (void)state;
  harness__recorder_after(recorder, named(recorder, "b"), 0);
  harness__recorder_after(recorder, 0, first);
  harness__past_add(recorder, &past, first);
  harness__past_add(recorder, &past, 0);
  harness__past_add(recorder, &past, first);
  assert_false(past.gathers);
  assert_int_equal(recorder->edge_count, 0);
  assert_int_equal(recorder->joint_count, 0);
  harness__recorder_set_off(recorder);
  harness__recorder_after(recorder, named(recorder, "b"), first);
  assert_int_equal(recorder->edge_count, 0);
  harness__recorder_free(recorder);
}

static void the_first_it_is_told_is_all_it_knows(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__event_ref_t joint = both(recorder, say(recorder, "y", "1"), say(recorder, "z", "2"));
  harness__past_t past = {0};

  (void)state;
  harness__past_add(recorder, &past, joint);
  harness__past_add(recorder, &past, joint);
  assert_false(past.gathers);
  assert_true(past.ref == joint);
  (void)say_by(recorder, &past, "a", "3");
  assert_last_text(recorder, "y  log      1\n"
                             "z  log      2\n"
                             "a  log      3\n");
}

static void of_two_joints_it_knows_both(void **state) {
  (void)state;
  for (int turned = 0; turned < 2; turned++) {
    harness__recorder_t *recorder = new_free_running();
    harness__event_ref_t joints[2];
    harness__past_t past = {0};

    joints[0] = both(recorder, say(recorder, "y", "3"), say(recorder, "z", "4"));
    joints[1] = both(recorder, say(recorder, "w", "1"), say(recorder, "x", "2"));
    harness__past_add(recorder, &past, joints[turned]);
    harness__past_add(recorder, &past, joints[1 - turned]);
    (void)say_by(recorder, &past, "a", "5");
    assert_last_text(recorder, "w  log      1\n"
                               "x  log      2\n"
                               "y  log      3\n"
                               "z  log      4\n"
                               "a  log      5\n");
  }
}

/* Joints that are taken apart are used again, and know nothing of what they held before. */
static void joints_are_used_again(void **state) {
  harness__recorder_t *recorder = new_free_running();

  (void)state;
  for (int i = 0; i < 10; i++) {
    harness__past_t pasts[2] = {{0}};
    for (int j = 0; j < 2; j++) {
      harness__past_add(recorder, &pasts[j], say(recorder, "y", "y"));
      harness__past_add(recorder, &pasts[j], say(recorder, "z", "z"));
    }
    (void)say_by(recorder, &pasts[0], i % 2 == 0 ? "a" : "b", "1");
    (void)say_by(recorder, &pasts[1], "c", "2");
  }
  assert_int_equal(recorder->joint_count, 2);
  assert_int_equal(recorder->edge_count, 40);
  harness__recorder_free(recorder);
}

static void a_joint_used_again_holds_nothing_of_before(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__past_t past = {0};

  (void)state;
  harness__past_add(recorder, &past, say(recorder, "y", "1"));
  harness__past_add(recorder, &past, say(recorder, "z", "2"));
  (void)say_by(recorder, &past, "b", "3");
  past = (harness__past_t){0};
  harness__past_add(recorder, &past, say(recorder, "w", "4"));
  harness__past_add(recorder, &past, say(recorder, "x", "5"));
  (void)say_by(recorder, &past, "a", "6");
  /* "a" waits for "w" and "x" only, "b" for "y" and "z" only. */
  assert_last_text(recorder, "w  log      4\n"
                             "x  log      5\n"
                             "a  log      6\n"
                             "y  log      1\n"
                             "z  log      2\n"
                             "b  log      3\n");
}

/* The references that are nearest to those that exist. */
static void what_is_not_there_is_no_cause(void **state) {
  (void)state;
  for (int i = 0; i < 6; i++) {
    harness__recorder_t *recorder = new_free_running();
    harness__event_ref_t joint = both(recorder, say(recorder, "y", "1"), say(recorder, "z", "2"));
    harness__event_ref_t refs[] = {joint, joint + 1, 3, 4, joint, joint + 1};
    harness__transcript_t *transcript;

    if (i < 4)
      (void)note(recorder, "a", HARNESS__EVENT_RECEIVE, "x", refs[i]);
    else
      harness__recorder_after(recorder, named(recorder, "a"), refs[i]); /* nothing follows */
    transcript = harness__recorder_transcript(recorder);
    /* The third event is the one itself. */
    assert_true((transcript != NULL) == (i % 2 == 0));
    harness__transcript_free(transcript);
    harness__recorder_free(recorder);
  }
}

static void a_part_of_a_run_may_come_after_another(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__event_ref_t first;

  (void)state;
  (void)harness__recorder_lane(recorder, "a", 0, HARNESS__LANE_FREE_PEER);
  first = note(recorder, "a", HARNESS__EVENT_RECEIVE, "x", 0);
  harness__recorder_after(recorder, named(recorder, "a"), first);
  (void)note(recorder, "a", HARNESS__EVENT_RECEIVE, "y", first);
  assert_last_text(recorder, "a  receive  'xy'\n");
}

/* Where nothing is behind the run, nobody else waits in its place. */
static void what_the_end_of_a_run_waits_for_is_not_asked_of_others(void **state) {
  harness__recorder_t *recorder = new_free_running();

  (void)state;
  (void)harness__recorder_lane(recorder, "a", 0, HARNESS__LANE_FREE_PEER);
  (void)named(recorder, "b"); /* its first event stands behind the last of "a" */
  (void)note(recorder, "a", HARNESS__EVENT_RECEIVE, "x", 0);
  harness__recorder_after(recorder, named(recorder, "a"), say(recorder, "z", "late"));
  (void)note(recorder, "a", HARNESS__EVENT_RECEIVE, "y", 0);
  (void)say(recorder, "b", "beside");
  assert_last_text(recorder, "a  receive  'xy'\n"
                             "b  log      beside\n"
                             "z  log      late\n");
}

/* Two lanes of one content, of which somebody names the first. Ways to wait for one of them in vain, which
 * must not show in their names: as joints of joints, several, and with others. */
enum { VAIN_ONE = 1, VAIN_TWO = 2, VAIN_CHAIN = 4, VAIN_LIVING = 8, VAIN_SECOND = 16, VAIN_WAYS = 32 };

static char *wait_in_vain(unsigned way) {
  harness__recorder_t *recorder = new_free_running();
  harness__event_ref_t refs[2];
  harness__lane_t lanes[2];
  harness__event_ref_t z;
  harness__event_ref_t waited;
  harness__event_ref_t joint;

  for (uint32_t i = 0; i < 2; i++) {
    lanes[i] = harness__recorder_lane(recorder, "server", i + 1, HARNESS__LANE_BY_CONTENT);
    refs[i] = harness__record(recorder, lanes[i],
                              &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = "same", .size = 4});
  }
  waited = refs[(way & VAIN_SECOND) != 0];
  z = say(recorder, "z", "end");
  joint = z;
  if ((way & VAIN_ONE) != 0)
    joint = both(recorder, waited, z);
  if ((way & VAIN_CHAIN) != 0)
    (void)both(recorder, both(recorder, joint, waited), say(recorder, "y", "beside"));
  else
    (void)say(recorder, "y", "beside");
  if ((way & VAIN_TWO) != 0)
    (void)both(recorder, z, waited);
  /* What somebody waits for stays, whatever is left out beside it. */
  harness__recorder_after(recorder, named(recorder, "b"), both(recorder, z, say(recorder, "x", "lives")));
  (void)say(recorder, "b", "has waited");
  if ((way & VAIN_LIVING) != 0)
    (void)both(recorder, waited, say(recorder, "w", "late"));
  else
    (void)say(recorder, "w", "late");
  for (int i = 0; i < 2; i++)
    harness__recorder_after(recorder, named(recorder, "c"), refs[i]);
  harness__recorder_after(recorder, named(recorder, "c"), z);
  (void)say(recorder, "c", "knows both");
  (void)harness__record(recorder, named(recorder, "a"),
                        &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = lanes[0]});
  return last_text_of(recorder);
}

static void waiting_in_vain_is_not_seen(void **state) {
  char *plain = wait_in_vain(0);

  (void)state;
  assert_non_null(strstr(plain, "z         log      end\nb         log      has waited\n"));
  for (unsigned way = 1; way < VAIN_WAYS; way++) {
    char *text = wait_in_vain(way);
    assert_string_equal(text, plain);
    free(text);
  }
  free(plain);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_says_nothing_is_not_kept),
    cmocka_unit_test(the_first_it_is_told_is_all_it_knows),
    cmocka_unit_test(of_two_joints_it_knows_both),
    cmocka_unit_test(joints_are_used_again),
    cmocka_unit_test(a_joint_used_again_holds_nothing_of_before),
    cmocka_unit_test(what_is_not_there_is_no_cause),
    cmocka_unit_test(a_part_of_a_run_may_come_after_another),
    cmocka_unit_test(what_the_end_of_a_run_waits_for_is_not_asked_of_others),
    cmocka_unit_test(waiting_in_vain_is_not_seen),
};

HARNESS_CMOCKA_MAIN("record/joints", tests)
