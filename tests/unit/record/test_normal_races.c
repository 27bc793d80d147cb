/* SPDX-License-Identifier: MIT */
/* Values by name, numbered in one order whatever chance did. Racing clients: each has a token of its own,
 * tells it to a server that passes it on to another, and its server's lanes are numbered by content. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/recorder.h"
#include "texts.h"

enum { CLIENTS = 5, STEPS = 4 };

typedef struct race {
  harness__recorder_t *recorder;
  int done[CLIENTS]; /* how many steps of each */
  uint32_t front[CLIENTS];
  uint32_t back[CLIENTS];
  uint32_t fronts;
  uint32_t backs;
  int token[CLIENTS];  /* whose digits, as chance has it */
  int behind[CLIENTS]; /* which client's token each one is told */
} race_t;

static void shuffle(int *list, uint32_t *random) {
  for (int i = 0; i < CLIENTS; i++)
    list[i] = i;
  for (int i = CLIENTS - 1; i > 0; i--) {
    int j = (int)(next_random(random) % (uint32_t)(i + 1));
    int kept = list[i];
    list[i] = list[j];
    list[j] = kept;
  }
}

static void note(race_t *race, harness__lane_t lane, harness__event_kind_t kind, const char *format,
                 int client) {
  char text[64];

  (void)snprintf(text, sizeof text, format, 1000 + race->token[client] * 37);
  assert_int_not_equal(harness__record(race->recorder, lane,
                                       &(harness__note_t){.kind = kind, .data = text, .size = strlen(text)}),
                       0);
}

static harness__lane_t chance_lane(race_t *race, const char *family, uint32_t *number, uint32_t *last) {
  if (*number == 0)
    *number = ++*last;
  return harness__recorder_lane(race->recorder, family, *number, HARNESS__LANE_BY_CONTENT);
}

/* Step 0: the client says which token is its own. 1: its front end receives it. 2: the back end receives it.
 * 3: the front end receives the token of another, so that nothing but that tells the lanes apart. */
static void step(race_t *race, int client) {
  char name[16];

  (void)snprintf(name, sizeof name, "c%d", client);
  switch (race->done[client]++) {
  case 0:
    note(race, harness__recorder_lane(race->recorder, name, 0, 0), HARNESS__EVENT_LOG, "mine is %d", client);
    break;
  case 1:
    note(race, chance_lane(race, "front", &race->front[client], &race->fronts), HARNESS__EVENT_RECEIVE,
         "I am %d", client);
    break;
  case 2:
    note(race, chance_lane(race, "back", &race->back[client], &race->backs), HARNESS__EVENT_RECEIVE, "for %d",
         client);
    break;
  default:
    note(race, chance_lane(race, "front", &race->front[client], &race->fronts), HARNESS__EVENT_SEND,
         "behind you is %d", race->behind[client]);
    break;
  }
}

static char *run_race(uint32_t seed, bool named, const int *behind) {
  race_t race = {.recorder = harness__recorder_new(0)};
  uint32_t random = seed;
  char *sentence;
  char *text;

  assert_true(harness__recorder_add_placeholder(race.recorder, "token", "\\d{4}", false, &sentence));
  harness__recorder_set_free_running(race.recorder);
  shuffle(race.token, &random);
  memcpy(race.behind, behind, sizeof race.behind);
  if (!named)
    for (int i = 0; i < CLIENTS; i++)
      race.done[i] = 1;
  for (int left = CLIENTS * (STEPS - (named ? 0 : 1)); left > 0;) {
    int client = (int)(next_random(&random) % CLIENTS);
    if (race.done[client] == STEPS)
      continue;
    step(&race, client);
    left--;
  }
  text = text_of(race.recorder);
  harness__recorder_free(race.recorder);
  return text;
}

/* With and without lanes of fixed names that know the tokens. (Without, colours can't tell a ring of two and
 * one of three from a ring of five.) */
static void numbers_racing_lanes_in_one_order(void **state) {
  static const int rings[][CLIENTS] = {{1, 2, 3, 4, 0}, {1, 0, 3, 2, 4}, {0, 1, 2, 3, 4},
                                       {0, 0, 0, 0, 0}, {1, 1, 1, 2, 2}, {1, 2, 0, 4, 3}};
  enum { RINGS = sizeof rings / sizeof rings[0] };

  (void)state;
  for (size_t ring = 0; ring < RINGS; ring++) {
    for (int named = ring == RINGS - 1; named < 2; named++) {
      char *expected = run_race(1, named != 0, rings[ring]);
      for (uint32_t seed = 2; seed < 300; seed++) {
        char *text = run_race(seed * 7919, named != 0, rings[ring]);
        if (strcmp(text, expected) != 0)
          fail_msg("ring %zu, seed %u:\n%s\nis not\n%s", ring, seed, text, expected);
        free(text);
      }
      free(expected);
    }
  }
}

/* Another relation of the tokens is another transcript. */
static void tells_which_values_are_the_same(void **state) {
  static const int rings[][CLIENTS] = {{1, 2, 3, 4, 0}, {1, 0, 3, 2, 4}, {1, 2, 0, 4, 3}, {0, 1, 2, 3, 4}};
  enum { RINGS = sizeof rings / sizeof rings[0] };
  char *texts[RINGS];

  (void)state;
  for (size_t i = 0; i < RINGS; i++)
    texts[i] = run_race(1, false, rings[i]);
  for (size_t i = 0; i < RINGS; i++)
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(texts[i], texts[j]);
  for (size_t i = 0; i < RINGS; i++)
    free(texts[i]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_racing_lanes_in_one_order),
    cmocka_unit_test(tells_which_values_are_the_same),
};

HARNESS_CMOCKA_MAIN("record/normal_races", tests)
