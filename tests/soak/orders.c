/* SPDX-License-Identifier: MIT */
/*
 * The property of canonical order. Each random trace is recorded anew in many legal orders: one form must
 * come out, and a form that the definition allows. Then the trace is changed until it means something else,
 * and that must have another form. What traces mean is known by brute force (meaning.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meaning.h"
#include "record/json.h"

enum { DEFAULT_TRACES = 1000, DEFAULT_ORDERS = 20, CHANGES_MOST = 20, SHOWN = 5 };

typedef struct counts {
  uint64_t events;
  uint64_t differing; /* traces with more than one form */
  uint64_t wrong;     /* forms that the definition does not give */
  uint64_t changed;   /* changes of meaning */
  uint64_t kept;      /* changes that changed no meaning */
  uint64_t uncounted; /* too many ways to number the lanes */
  uint64_t collisions;
} counts_t;

static char *record(const trace_t *trace, uint64_t *random, uint64_t *text) {
  harness__transcript_t *transcript = trace_record(trace, random);
  char *json = transcript != NULL ? harness__transcript_json(transcript) : NULL;

  if (json == NULL) {
    fprintf(stderr, "orders: no transcript, or no memory\n");
    exit(2);
  }
  *text = meaning_text(transcript);
  harness__transcript_free(transcript);
  return json;
}

static void show(uint64_t count, uint64_t seed, const char *what, const char *a, const char *b) {
  if (count <= SHOWN)
    printf("seed %" PRIu64 ": %s\n%s%s", seed, what, a, b);
}

static void change(const trace_t *trace, const meaning_t *meaning, const char *form, uint64_t seed,
                   uint64_t *random, counts_t *counts) {
  static trace_t changed;
  static meaning_t other;

  for (int i = 0; i < CHANGES_MOST; i++) {
    const char *what;
    char *json;
    uint64_t text;

    changed = *trace;
    what = trace_change(&changed, random);
    if (!meaning_of(&changed, &other)) {
      counts->uncounted++;
      return;
    }
    if (meaning_meets(meaning, &other)) {
      counts->kept++;
      continue;
    }
    counts->changed++;
    json = record(&changed, random, &text);
    if (!meaning_has(&other, text))
      show(++counts->wrong, seed, "a changed trace has a form that the definition does not give", json, "");
    if (strcmp(json, form) == 0)
      show(++counts->collisions, seed, what, form, json);
    free(json);
    return;
  }
}

static void run(uint64_t seed, uint64_t orders, counts_t *counts) {
  static trace_t trace;
  static meaning_t meaning;
  uint64_t random = seed * 0x9e3779b97f4a7c15U + 1;
  uint64_t text;
  bool known;
  char *form;
  bool same = true;

  trace_make(&trace, &random);
  counts->events += (uint64_t)trace.count;
  form = record(&trace, &random, &text);
  for (uint64_t i = 1; i < orders; i++) {
    uint64_t again_text;
    char *again = record(&trace, &random, &again_text);

    if (same && strcmp(form, again) != 0) {
      same = false;
      show(++counts->differing, seed, "two forms", form, again);
    }
    free(again);
  }
  known = meaning_of(&trace, &meaning);
  if (known && !meaning_has(&meaning, text))
    show(++counts->wrong, seed, "a form that the definition does not give", form, "");
  if (known)
    change(&trace, &meaning, form, seed, &random, counts);
  else
    counts->uncounted++;
  free(form);
}

int main(int argc, char **argv) {
  uint64_t traces = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_TRACES;
  uint64_t orders = argc > 2 ? strtoull(argv[2], NULL, 10) : DEFAULT_ORDERS;
  uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
  counts_t counts = {0};

  if (argc > 4 || traces == 0 || orders == 0) {
    fprintf(stderr,
            "usage: %s [TRACES [ORDERS [FIRST]]]\n"
            "Records TRACES (%d) random traces in ORDERS (%d) legal orders each, and changes each once.\n",
            argv[0], DEFAULT_TRACES, DEFAULT_ORDERS);
    return 2;
  }
  for (uint64_t seed = first; seed < first + traces; seed++)
    run(seed, orders, &counts);
  printf("orders  %" PRIu64 " traces of %" PRIu64 " events on average, %" PRIu64
         " legal orders each  %" PRIu64 " with two forms  %" PRIu64 " wrong forms\n",
         traces, counts.events / traces, orders, counts.differing, counts.wrong);
  printf("orders  %" PRIu64 " changes of meaning (%" PRIu64 " more kept it, %" PRIu64
         " traces have too many ways)  %" PRIu64 " collisions\n",
         counts.changed, counts.kept, counts.uncounted, counts.collisions);
  return counts.differing + counts.wrong + counts.collisions == 0 && counts.changed >= traces * 9 / 10 ? 0
                                                                                                       : 1;
}
