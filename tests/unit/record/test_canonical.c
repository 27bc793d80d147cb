/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/json.h"
#include "record/recorder.h"
#include "report/text.h"

static harness__recorder_t *new_free_running(void) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  assert_non_null(recorder);
  harness__recorder_set_free_running(recorder);
  assert_true(harness__recorder_is_free_running(recorder));
  return recorder;
}

static harness__event_ref_t record_text(harness__recorder_t *recorder, harness__lane_t lane,
                                        harness__event_kind_t kind, const char *text,
                                        harness__event_ref_t cause) {
  harness__event_ref_t ref = harness__record(
      recorder, lane,
      &(harness__note_t){.kind = kind, .data = text, .size = strlen(text), .cause = cause, .at_ms = 7});
  assert_int_not_equal(ref, 0);
  return ref;
}

/* Compares the transcript as text, and frees the recorder. */
static void assert_text(harness__recorder_t *recorder, const char *expected) {
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  char *text;

  assert_non_null(transcript);
  text = harness__report_text(transcript);
  assert_string_equal(text, expected);
  free(text);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static void keeps_order_and_times_where_nothing_is_free(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);

  (void)state;
  (void)record_text(recorder, b, HARNESS__EVENT_LOG, "one", 0);
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "two", 0);
  (void)record_text(recorder, b, HARNESS__EVENT_LOG, "three", 0);
  assert_text(recorder, "b  log      one  @7ms\n"
                        "a  log      two  @7ms\n"
                        "b  log      three  @7ms\n");
}

static void orders_by_name_where_causes_do_not(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t c10 = harness__recorder_lane(recorder, "c10", 0, 0);
  harness__lane_t c2 = harness__recorder_lane(recorder, "c2", 0, 0);

  (void)state;
  (void)record_text(recorder, c10, HARNESS__EVENT_LOG, "ten", 0);
  (void)record_text(recorder, c2, HARNESS__EVENT_LOG, "two", 0);
  (void)record_text(recorder, c10, HARNESS__EVENT_LOG, "ten again", 0);
  assert_text(recorder, "c2   log      two\n"
                        "c10  log      ten\n"
                        "c10  log      ten again\n");
}

static void puts_a_cause_before_its_effect(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t z = harness__recorder_lane(recorder, "z", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__event_ref_t send = record_text(recorder, z, HARNESS__EVENT_SEND, "x", 0);

  (void)state;
  (void)record_text(recorder, z, HARNESS__EVENT_LOG, "sent", 0);
  (void)record_text(recorder, a, HARNESS__EVENT_RECEIVE, "x", send);
  assert_text(recorder, "z  send     'x'\n"
                        "a  receive  'x'\n"
                        "z  log      sent\n");
}

static void puts_what_was_waited_for_first(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t z = harness__recorder_lane(recorder, "z", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__event_ref_t end;

  (void)state;
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "starts", 0);
  end = record_text(recorder, z, HARNESS__EVENT_LOG, "ends", 0);
  harness__recorder_after(recorder, a, end);
  harness__recorder_after(recorder, a, 0);
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "has waited", 0);
  /* Nothing follows: nothing waits. */
  harness__recorder_after(recorder, z, harness__recorder_last(recorder, a));
  assert_text(recorder, "a  log      starts\n"
                        "z  log      ends\n"
                        "a  log      has waited\n");
}

static void joins_what_the_kernel_cut(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t free_peer = harness__recorder_lane(recorder, "a", 0, HARNESS__LANE_FREE_PEER);
  harness__lane_t ordered = harness__recorder_lane(recorder, "b", 0, 0);

  (void)state;
  (void)record_text(recorder, free_peer, HARNESS__EVENT_RECEIVE, "Hel", 0);
  (void)record_text(recorder, ordered, HARNESS__EVENT_RECEIVE, "one", 0);
  (void)record_text(recorder, free_peer, HARNESS__EVENT_RECEIVE, "lo", 0);
  (void)record_text(recorder, free_peer, HARNESS__EVENT_LOG, "between", 0);
  (void)record_text(recorder, free_peer, HARNESS__EVENT_RECEIVE, "!", 0);
  (void)record_text(recorder, ordered, HARNESS__EVENT_RECEIVE, "two", 0);
  assert_text(recorder, "a  receive  'Hello'\n"
                        "a  log      between\n"
                        "a  receive  '!'\n"
                        "b  receive  'one'\n"
                        "b  receive  'two'\n");
}

/* Datagrams have borders of their own, and those that are long are digested one by one. */
static void joins_no_datagrams(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t peer = harness__recorder_lane(recorder, "peer", 0, 0);
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 1, HARNESS__LANE_BY_CONTENT);
  harness__lane_t other = harness__recorder_lane(recorder, "a", 2, HARNESS__LANE_BY_CONTENT);
  static const char data[5000];

  (void)state;
  for (size_t size = 0; size <= 5000; size += 2500)
    (void)harness__record(
        recorder, lane,
        &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .peer = peer, .data = data, .size = size % 5000});
  (void)harness__record(
      recorder, other,
      &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .peer = peer, .data = data, .size = sizeof data});
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, 4);
  assert_string_equal(transcript->lanes[0], "a/1");
  for (size_t i = 0; i < 4; i++)
    assert_string_equal(transcript->entries[i].from, "peer");
  assert_int_equal(transcript->entries[3].data.bytes, sizeof data);
  assert_int_not_equal(transcript->entries[3].data.digest[0], '\0');
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static void digests_what_was_joined(void **state) {
  harness__recorder_t *recorders[2] = {new_free_running(), new_free_running()};
  char *texts[2];
  static char data[9000];

  (void)state;
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (char)('a' + i % 26);
  for (size_t i = 0; i < 2; i++) {
    harness__lane_t lane = harness__recorder_lane(recorders[i], "a", 0, HARNESS__LANE_BY_CONTENT);
    size_t step = i == 0 ? sizeof data : 1000;
    harness__transcript_t *transcript;
    for (size_t at = 0; at < sizeof data; at += step)
      (void)harness__record(
          recorders[i], lane,
          &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .data = data + at, .size = step});
    transcript = harness__recorder_transcript(recorders[i]);
    assert_int_equal(transcript->count, 1);
    assert_int_equal(transcript->entries[0].data.bytes, sizeof data);
    texts[i] = harness__transcript_json(transcript);
    harness__transcript_free(transcript);
    harness__recorder_free(recorders[i]);
  }
  assert_string_equal(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

/* A later part waited for a task that the first part had started: joining must not make a circle of that. */
static void joins_across_a_wait(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t server = harness__recorder_lane(recorder, "server", 1, HARNESS__LANE_FREE_PEER);
  harness__lane_t task = harness__recorder_lane(recorder, "task", 0, 0);

  (void)state;
  harness__recorder_after(recorder, task, record_text(recorder, server, HARNESS__EVENT_RECEIVE, "a", 0));
  harness__recorder_after(recorder, server, record_text(recorder, task, HARNESS__EVENT_LOG, "runs", 0));
  (void)record_text(recorder, server, HARNESS__EVENT_RECEIVE, "b", 0);
  (void)record_text(recorder, server, HARNESS__EVENT_LOG, "goes on", 0);
  assert_text(recorder, "server/1  receive  'ab'\n"
                        "task      log      runs\n"
                        "server/1  log      goes on\n");
}

static void numbers_lanes_by_content(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t server = harness__recorder_lane(recorder, "server", 0, 0);
  harness__lane_t chance1 = harness__recorder_sublane(recorder, server, 1, HARNESS__LANE_BY_CONTENT);
  harness__lane_t ordered2 = harness__recorder_sublane(recorder, server, 2, 0);
  harness__lane_t chance3 = harness__recorder_sublane(recorder, server, 3, HARNESS__LANE_BY_CONTENT);
  harness__lane_t ordered5 = harness__recorder_sublane(recorder, server, 5, 0);
  harness__lane_t other7 = harness__recorder_lane(recorder, "other", 7, 0);

  (void)state;
  (void)record_text(recorder, chance1, HARNESS__EVENT_RECEIVE, "z", 0);
  (void)record_text(recorder, ordered2, HARNESS__EVENT_LOG, "second", 0);
  (void)record_text(recorder, chance3, HARNESS__EVENT_RECEIVE, "a", 0);
  (void)record_text(recorder, ordered5, HARNESS__EVENT_LOG, "fifth", 0);
  (void)harness__record(recorder, other7, &(harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = chance1});
  (void)harness__record(recorder, other7, &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = server});
  (void)harness__record(recorder, other7, &(harness__note_t){.kind = HARNESS__EVENT_EOF, .peer = ordered5});
  assert_text(recorder, "other/7   accept   from server/4\n"
                        "other/7   connect  to server\n"
                        "other/7   eof      to server/2\n"
                        "server/1  log      second\n"
                        "server/2  log      fifth\n"
                        "server/3  receive  'a'\n"
                        "server/4  receive  'z'\n");
}

/* Whether a connection was made that nothing happened on is chance: it takes no number from the others. */
static void numbers_lanes_without_events_last(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t idle = harness__recorder_lane(recorder, "server", 1, HARNESS__LANE_BY_CONTENT);
  harness__lane_t busy = harness__recorder_lane(recorder, "server", 2, HARNESS__LANE_BY_CONTENT);

  (void)state;
  (void)record_text(recorder, busy, HARNESS__EVENT_SEND, "x", 0);
  assert_int_equal(harness__recorder_last(recorder, idle), 0);
  assert_text(recorder, "server/1  send     'x'\n");
}

static void gives_nothing_where_causes_go_in_a_circle(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);

  (void)state;
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "a", 2);
  (void)record_text(recorder, b, HARNESS__EVENT_LOG, "b", 1);
  assert_null(harness__recorder_transcript(recorder));
  harness__recorder_free(recorder);
}

static void gives_nothing_where_a_cause_is_missing(void **state) {
  for (int i = 0; i < 3; i++) {
    harness__recorder_t *recorder = new_free_running();
    harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
    if (i == 1)
      harness__recorder_after(recorder, a, 99);
    /* 99 is not there; an event of the same lane that comes later, or itself, can't be a cause. */
    (void)record_text(recorder, a, HARNESS__EVENT_LOG, "a", i == 0 ? 99 : i == 2 ? 2 : 0);
    (void)record_text(recorder, a, HARNESS__EVENT_LOG, "b", 0);
    assert_null(harness__recorder_transcript(recorder));
    harness__recorder_free(recorder);
  }
  (void)state;
}

static void is_empty_when_nothing_happened(void **state) {
  (void)state;
  assert_text(new_free_running(), "");
  assert_text(harness__recorder_new(0), "");
}

/*
 * The property: a random program, recorded in random legal orders, with its chance lanes numbered at random
 * and its receives cut at random, has one form.
 */
enum { MOST_LANES = 8, MOST_EVENTS = 6, NOTHING = -1 };

typedef struct step {
  harness__event_kind_t kind;
  int peer; /* index of a lane */
  char text[8];
  int cause_lane; /* this step comes after that step of that lane, or NOTHING */
  int cause_step;
  bool is_after; /* said by harness__recorder_after */
} step_t;

typedef struct program {
  int lane_count;
  int chance_from; /* lanes from here on are numbered by content, those before are not */
  int numbered_from;
  int counts[MOST_LANES];
  step_t steps[MOST_LANES][MOST_EVENTS];
} program_t;

static unsigned long long seed;

static int pick(int below) {
  seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
  return (int)((seed >> 33) % (unsigned)below);
}

static void make_step(program_t *program, int lane, step_t *step, const int *made) {
  static const harness__event_kind_t kinds[] = {HARNESS__EVENT_LOG, HARNESS__EVENT_RECEIVE,
                                                HARNESS__EVENT_SEND, HARNESS__EVENT_CONNECT,
                                                HARNESS__EVENT_RECEIVE};

  *step = (step_t){.kind = kinds[pick(5)], .peer = pick(program->lane_count), .cause_lane = NOTHING};
  (void)snprintf(step->text, sizeof step->text, "%s", pick(2) != 0 ? "ab" : "abc");
  if (pick(3) == 0) {
    int other = pick(program->lane_count);
    if (other != lane && made[other] > 0) {
      step->cause_lane = other;
      step->cause_step = pick(made[other]);
      /* What a free-running peer sent has no cause that is known. */
      step->is_after = pick(2) != 0 || step->kind == HARNESS__EVENT_RECEIVE;
    }
  }
}

/* Steps are made in one legal order, and depend on earlier ones only: so there is no circle. */
static void make_program(program_t *program) {
  int made[MOST_LANES] = {0};

  memset(program, 0, sizeof *program);
  program->lane_count = 2 + pick(MOST_LANES - 1);
  program->numbered_from = pick(program->lane_count);
  program->chance_from = program->numbered_from + pick(program->lane_count - program->numbered_from);
  for (int i = 0; i < program->lane_count; i++)
    program->counts[i] = 1 + pick(MOST_EVENTS);
  for (int left = program->lane_count * MOST_EVENTS * 4; left > 0; left--) {
    int lane = pick(program->lane_count);
    if (made[lane] < program->counts[lane]) {
      make_step(program, lane, &program->steps[lane][made[lane]], made);
      made[lane]++;
    }
  }
  memcpy(program->counts, made, sizeof made);
}

/* The same program with its chance lanes in another order. */
static void make_lanes(const program_t *program, harness__recorder_t *recorder, harness__lane_t *lanes) {
  int order[MOST_LANES];
  uint32_t server = 0;
  uint32_t proxy = 0;
  int next_fixed = program->numbered_from;

  for (int i = 0; i < program->lane_count; i++)
    order[i] = i;
  for (int i = program->lane_count - 1; i > program->numbered_from; i--) {
    int j = program->numbered_from + pick(i - program->numbered_from + 1);
    int lane = order[i];
    order[i] = order[j];
    order[j] = lane;
  }
  for (int i = 0; i < program->lane_count; i++) {
    char name[16];
    int lane = order[i];
    (void)snprintf(name, sizeof name, "client%d", lane);
    if (lane < program->numbered_from)
      lanes[lane] = harness__recorder_lane(recorder, name, 0, 0);
    else if (lane < program->chance_from)
      lanes[next_fixed++] = harness__recorder_lane(recorder, "server", ++server, 0);
    else
      lanes[lane] = lane % 2 == 0
                        ? harness__recorder_lane(recorder, "server", ++server, HARNESS__LANE_BY_CONTENT)
                        : harness__recorder_lane(recorder, "proxy", ++proxy, HARNESS__LANE_BY_CONTENT);
  }
}

static bool is_ready(const program_t *program, int lane, const int *done) {
  const step_t *step = &program->steps[lane][done[lane]];

  return done[lane] < program->counts[lane] &&
         (step->cause_lane == NOTHING || done[step->cause_lane] > step->cause_step);
}

static harness__event_ref_t record_step(harness__recorder_t *recorder, harness__lane_t lane, bool is_chance,
                                        const step_t *step, const harness__lane_t *lanes,
                                        harness__event_ref_t cause) {
  harness__note_t note = {.kind = step->kind, .at_ms = (uint64_t)pick(3)};
  harness__event_ref_t ref = 0;
  size_t size = strlen(step->text);

  if (step->is_after)
    harness__recorder_after(recorder, lane, cause);
  else
    note.cause = cause;
  if (step->kind == HARNESS__EVENT_CONNECT)
    note.peer = lanes[step->peer];
  else
    note.data = step->text;
  note.size = note.data != NULL ? size : 0;
  if (is_chance && step->kind == HARNESS__EVENT_RECEIVE && pick(2) == 0) {
    note.size = 1;
    (void)harness__record(recorder, lane, &note);
    note.data = step->text + 1;
    note.size = size - 1;
  }
  ref = harness__record(recorder, lane, &note);
  assert_int_not_equal(ref, 0);
  return ref;
}

static char *run_program(const program_t *program) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t lanes[MOST_LANES] = {0};
  harness__event_ref_t refs[MOST_LANES][MOST_EVENTS] = {{0}};
  int done[MOST_LANES] = {0};
  harness__transcript_t *transcript;
  char *text;
  int left = 0;

  make_lanes(program, recorder, lanes);
  for (int i = 0; i < program->lane_count; i++)
    left += program->counts[i];
  while (left > 0) {
    int lane = pick(program->lane_count);
    const step_t *step = &program->steps[lane][done[lane] % MOST_EVENTS];
    if (!is_ready(program, lane, done))
      continue;
    refs[lane][done[lane]] =
        record_step(recorder, lanes[lane], lane >= program->chance_from, step, lanes,
                    step->cause_lane == NOTHING ? 0 : refs[step->cause_lane][step->cause_step]);
    done[lane]++;
    left--;
  }
  transcript = harness__recorder_transcript(recorder);
  if (transcript == NULL)
    return harness__recorder_free(recorder), NULL;
  text = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return text;
}

static void is_the_same_for_all_legal_orders(void **state) {
  (void)state;
  for (unsigned long long number = 1; number <= 1500; number++) {
    program_t program;
    char *first;
    seed = number;
    make_program(&program);
    first = run_program(&program);
    for (int i = 0; i < 12; i++) {
      char *again = run_program(&program);
      if (first == NULL || again == NULL || strcmp(first, again) != 0)
        fail_msg("program %llu has two forms:\n%s\n%s", number, first, again);
      free(again);
    }
    free(first);
  }
}

/* Two handlers of equal content, each of which talks to another server: names must stay in pairs. */
static char *record_pairs(bool crossed) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t front[2];
  harness__lane_t back[2];
  harness__transcript_t *transcript;
  char *text;

  for (uint32_t i = 0; i < 2; i++) {
    front[i] = harness__recorder_lane(recorder, "front", i + 1, HARNESS__LANE_BY_CONTENT);
    back[i] = harness__recorder_lane(recorder, "back", i + 1, HARNESS__LANE_BY_CONTENT);
  }
  for (uint32_t i = 0; i < 2; i++) {
    harness__event_ref_t connect = harness__record(
        recorder, front[i],
        &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = back[crossed ? 1 - i : i]});
    (void)harness__record(
        recorder, back[crossed ? 1 - i : i],
        &(harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = front[i], .cause = connect});
  }
  transcript = harness__recorder_transcript(recorder);
  text = harness__report_text(transcript);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return text;
}

static void keeps_symmetrical_lanes_in_pairs(void **state) {
  char *straight = record_pairs(false);
  char *crossed = record_pairs(true);

  (void)state;
  assert_string_equal(straight, "front/1  connect  to back/1\n"
                                "back/1   accept   from front/1\n"
                                "front/2  connect  to back/2\n"
                                "back/2   accept   from front/2\n");
  assert_string_equal(crossed, straight);
  free(straight);
  free(crossed);
}

static double seconds_for(uint32_t connections) {
  harness__recorder_t *recorder = new_free_running();
  clock_t start = clock();
  harness__transcript_t *transcript;

  for (uint32_t i = 0; i < connections; i++) {
    harness__lane_t lane = harness__recorder_lane(recorder, "server", i + 1, HARNESS__LANE_BY_CONTENT);
    for (int j = 0; j < 4; j++)
      (void)record_text(recorder, lane, HARNESS__EVENT_SEND, "Hello", 0);
  }
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, connections * 4);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Quadratic would be 400 times as long. */
static void stays_cheap_with_many_lanes(void **state) {
  double few = seconds_for(2000);
  double many = seconds_for(40000);

  (void)state;
  if (many > 100 * few + 1)
    fail_msg("2,000 connections took %.3f s, 40,000 took %.3f s", few, many);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(keeps_order_and_times_where_nothing_is_free),
    cmocka_unit_test(orders_by_name_where_causes_do_not),
    cmocka_unit_test(puts_a_cause_before_its_effect),
    cmocka_unit_test(puts_what_was_waited_for_first),
    cmocka_unit_test(joins_what_the_kernel_cut),
    cmocka_unit_test(joins_no_datagrams),
    cmocka_unit_test(digests_what_was_joined),
    cmocka_unit_test(joins_across_a_wait),
    cmocka_unit_test(numbers_lanes_by_content),
    cmocka_unit_test(numbers_lanes_without_events_last),
    cmocka_unit_test(gives_nothing_where_causes_go_in_a_circle),
    cmocka_unit_test(gives_nothing_where_a_cause_is_missing),
    cmocka_unit_test(is_empty_when_nothing_happened),
    cmocka_unit_test(is_the_same_for_all_legal_orders),
    cmocka_unit_test(keeps_symmetrical_lanes_in_pairs),
    cmocka_unit_test(stays_cheap_with_many_lanes),
};

HARNESS_CMOCKA_MAIN("record/canonical", tests)
