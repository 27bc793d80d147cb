/* SPDX-License-Identifier: MIT */
/*
 * The property: a random program, recorded in random legal orders, with its chance lanes numbered at random
 * and its receives cut at random, has one form.
 */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/json.h"
#include "record/recorder.h"
#include "report/text.h"
#include "texts.h"

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
      (void)harness__record(
          recorder, lane,
          &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = "Hello", .size = 5, .at_ms = 7});
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
    cmocka_unit_test(is_the_same_for_all_legal_orders),
    cmocka_unit_test(keeps_symmetrical_lanes_in_pairs),
    cmocka_unit_test(stays_cheap_with_many_lanes),
};

HARNESS_CMOCKA_MAIN("record/canonical_orders", tests)
