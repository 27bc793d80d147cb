/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "record/compare.h"
#include "report/text.h"

static bool is_wanted(const char *lane, const char *const *names) {
  if (names == NULL || names[0] == NULL)
    return true;
  for (; *names != NULL; names++)
    if (harness__lane_is_named(lane, *names))
      return true;
  return false;
}

/* Entries of a lane are found by going through all, once for each lane; so they are put into chains first. */
typedef struct chains {
  size_t *first; /* of each lane, index + 1; 0: none */
  size_t *next;  /* of each event */
} chains_t;

static bool chain(const harness__transcript_t *transcript, harness__arena_t *arena, chains_t *chains) {
  size_t lanes = transcript->lane_count + 1;
  size_t events = transcript->count + 1;

  chains->first = harness__arena_alloc(arena, lanes * sizeof *chains->first);
  chains->next = harness__arena_alloc(arena, events * sizeof *chains->next);
  if (chains->first == NULL || chains->next == NULL)
    return false;
  memset(chains->first, 0, lanes * sizeof *chains->first);
  for (size_t i = transcript->count; i-- > 0;) {
    chains->next[i] = chains->first[transcript->entries[i].lane];
    chains->first[transcript->entries[i].lane] = i + 1;
  }
  return true;
}

static void add_lane(harness__buffer_t *out, const harness__transcript_t *transcript, const chains_t *chains,
                     size_t lane) {
  int width = (int)harness__report_digits(transcript->count);

  if (out->length > 0)
    harness__buffer_char(out, '\n');
  harness__text_escape(out, transcript->lanes[lane], strlen(transcript->lanes[lane]), '\0');
  harness__buffer_char(out, '\n');
  for (size_t i = chains->first[lane]; i != 0; i = chains->next[i - 1]) {
    harness__buffer_printf(out, "  %*zu  ", width, i);
    harness__report_entry(out, NULL, 0, &transcript->entries[i - 1]);
    harness__buffer_char(out, '\n');
  }
}

char *harness__report_by_lane(const harness__transcript_t *transcript, const char *const *names) {
  harness__arena_t arena = {0};
  harness__buffer_t out = {0};
  chains_t chains;

  if (!chain(transcript, &arena, &chains)) {
    harness__arena_free(&arena);
    return NULL;
  }
  for (size_t i = 0; i < transcript->lane_count; i++)
    if (chains.first[i] != 0 && is_wanted(transcript->lanes[i], names))
      add_lane(&out, transcript, &chains, i);
  harness__arena_free(&arena);
  return harness__buffer_take(&out);
}
