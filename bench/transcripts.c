/* SPDX-License-Identifier: MIT */
/*
 * What a transcript costs an event, from recording to the report of a difference, at 10,000, 100,000 and a
 * million events: as long as the cost is linear, the columns are the same. (Not quite: what fits into the
 * machine's caches costs less than what does not.) The public functions do several steps at once, so this
 * goes by the private ones.
 *
 * Loading is measured against jansson's own parse of the same text in memory. The two stand next to each
 * other and change their order from run to run; the ratio is the median of the pairs' ratios. A fixture in
 * the layout in which it was written is read line by line, any other as a whole (record/lines.h), so both are
 * measured.
 *
 * What counts is processor time: nothing here waits but for the disk, and other programs are not its matter.
 * Before the runs that are timed there is one that shows how far the process's memory grows in a step. The
 * memory of that run is kept for the others: the kernel clears each page that a process touches for the first
 * time, and what it keeps of small runs but not of large ones would look like a cost that grows.
 */
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "bench.h"
#include "record/compare.h"
#include "record/fixture.h"
#include "record/json.h"
#include "record/load.h"
#include "report/difference.h"
#include "transcript_cases.h"

enum { SIZES = 3, MAX_RUNS = 99, PATH_SIZE = 4096 };

/* In the larger sizes an event may cost this much more than in the smallest: memory that is fresh and fits
 * into no cache, and the logarithm of sorting. What is not linear costs 100 times more. */
static const double GROWTH_BAR = 5, LOAD_BAR = 2;

typedef enum step { RECORD, CANONICAL, JSON, SAVE, LOAD, PARSE, RESHAPED, COMPARE, STEPS } step_t;

static const char *const step_names[STEPS] = {
    [RECORD] = "record",
    [CANONICAL] = "canonical form",
    [JSON] = "JSON text",
    [SAVE] = "save to a file",
    [LOAD] = "load",
    [PARSE] = "jansson's parse",
    [RESHAPED] = "load, another layout",
    [COMPARE] = "compare",
};

static const size_t sizes[SIZES] = {10000, 100000, 1000000};
static size_t runs_of[SIZES] = {15, 5, 3};
static size_t size_count = SIZES;
static char path[PATH_SIZE];
static bool missed;

typedef struct column {
  double ns[STEPS];    /* an event */
  double ratio;        /* of load to jansson's parse */
  double reshaped;     /* the same of another layout */
  double bytes[STEPS]; /* of memory an event, beyond what there was before the step */
} column_t;

/* One run: the objects that the steps hand on, and the time of each. */
typedef struct pass {
  harness__recorder_t *recorder;
  harness__transcript_t *transcript;
  harness__transcript_t *loaded;
  char *json;
  json_t *root;
  double ns[STEPS];
  double bytes[STEPS];
} pass_t;

static uint64_t cpu_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void check(bool done, const char *what) {
  if (done)
    return;
  fprintf(stderr, "bench: %s\n", what);
  exit(2);
}

/* A line of /proc/self/status in bytes; 0 where there is none. */
static double status_of(const char *key) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  double value = 0;

  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, key, strlen(key)) == 0)
      value = strtod(line + strlen(key), NULL) * 1024;
  if (file != NULL)
    (void)fclose(file);
  return value;
}

/* From now on VmHWM is the peak since now. */
static void reset_peak(void) {
  FILE *file = fopen("/proc/self/clear_refs", "w");

  (void)malloc_trim(0);
  if (file != NULL) {
    (void)fputs("5", file);
    (void)fclose(file);
  }
}

static void do_step(pass_t *pass, const bench_recording_t *recording, size_t events, step_t step) {
  char *sentence = NULL;

  switch (step) {
  case RECORD:
    pass->recorder = harness__recorder_new(0);
    check(pass->recorder != NULL, "no memory");
    recording->record(pass->recorder, events);
    break;
  case CANONICAL:
    pass->transcript = harness__recorder_transcript(pass->recorder);
    check(pass->transcript != NULL, "no transcript");
    break;
  case JSON:
    pass->json = harness__transcript_json(pass->transcript);
    check(pass->json != NULL, "no JSON");
    break;
  case SAVE:
    check(harness__transcript_save(pass->transcript, path, NULL, &sentence), "can't save");
    break;
  case LOAD:
    pass->loaded = harness__transcript_load(path, NULL, &sentence);
    check(pass->loaded != NULL, sentence);
    break;
  case PARSE:
    pass->root = json_loadb(pass->json, strlen(pass->json), 0, NULL);
    check(pass->root != NULL, "jansson");
    break;
  case RESHAPED:
    strcat(pass->json, "\n");
    harness__transcript_free(pass->loaded);
    pass->loaded = harness__transcript_parse("reshaped", pass->json, strlen(pass->json), &sentence);
    check(pass->loaded != NULL, sentence);
    break;
  default:
    check(harness__transcript_equal(pass->transcript, pass->loaded, NULL), "what was loaded differs");
  }
}

static void take_step(pass_t *pass, const bench_recording_t *recording, size_t events, step_t step,
                      bool memory) {
  double before = 0;
  uint64_t start;

  if (memory) {
    reset_peak();
    before = status_of("VmRSS:");
  }
  start = cpu_ns();
  do_step(pass, recording, events, step);
  pass->ns[step] = (double)(cpu_ns() - start) / (double)events;
  if (memory)
    pass->bytes[step] = (status_of("VmHWM:") - before) / (double)events;
}

static void run(pass_t *pass, const bench_recording_t *recording, size_t events, bool parse_first,
                bool memory) {
  for (step_t step = RECORD; step < LOAD; step++)
    take_step(pass, recording, events, step, memory);
  take_step(pass, recording, events, parse_first ? PARSE : LOAD, memory);
  if (parse_first)
    json_decref(pass->root);
  take_step(pass, recording, events, parse_first ? LOAD : PARSE, memory);
  if (!parse_first)
    json_decref(pass->root);
  pass->json = realloc(pass->json, strlen(pass->json) + 2);
  check(pass->json != NULL, "no memory");
  take_step(pass, recording, events, RESHAPED, memory);
  take_step(pass, recording, events, COMPARE, memory);
}

static void end(pass_t *pass) {
  free(pass->json);
  harness__transcript_free(pass->loaded);
  harness__transcript_free(pass->transcript);
  harness__recorder_free(pass->recorder);
  (void)unlink(path);
}

static double median(double *values, size_t count) {
  bench_sort(values, count);
  return values[count / 2];
}

static void measure(const bench_recording_t *recording, size_t events, size_t runs, column_t *column) {
  static double ns[STEPS][MAX_RUNS];
  static double ratio[MAX_RUNS];
  static double reshaped[MAX_RUNS];
  pass_t warm = {0};

  run(&warm, recording, events, false, true);
  memcpy(column->bytes, warm.bytes, sizeof column->bytes);
  end(&warm);
  for (size_t i = 0; i < runs; i++) {
    pass_t pass = {0};

    run(&pass, recording, events, i % 2 == 1, false);
    for (int step = 0; step < STEPS; step++)
      ns[step][i] = pass.ns[step];
    ratio[i] = pass.ns[LOAD] / pass.ns[PARSE];
    reshaped[i] = pass.ns[RESHAPED] / pass.ns[PARSE];
    end(&pass);
  }
  for (int step = 0; step < STEPS; step++)
    column->ns[step] = median(ns[step], runs);
  column->ratio = median(ratio, runs);
  column->reshaped = median(reshaped, runs);
}

static void print_head(const char *name, const char *about) {
  printf("%s: %s\n  %-24s", name, about, "ns an event, of");
  for (size_t i = 0; i < size_count; i++)
    printf(i == 0 ? "%11zu" : "%12zu        ", sizes[i]);
  puts("");
}

/* Each column with its ratio to the one before. */
static void print_row(const char *name, const double *ns) {
  printf("  %-24s%11.1f", name, ns[0]);
  for (size_t i = 1; i < size_count; i++) {
    printf("%12.1f (x%4.2f)", ns[i], ns[i] / ns[i - 1]);
    /* Below some nanoseconds it is the clock that is measured. */
    if (ns[i] > 5 && ns[i] / ns[0] > GROWTH_BAR) {
      printf(" NOT LINEAR");
      missed = true;
    }
  }
  puts("");
}

/* What loading costs as a multiple of jansson's own parse. */
static void print_ratio(const char *name, const double *ratios) {
  printf("  %-24s%11.2f", name, ratios[0]);
  for (size_t i = 1; i < size_count; i++)
    printf("%12.2f        ", ratios[i]);
  for (size_t i = 0; i < size_count; i++)
    missed = missed || ratios[i] > LOAD_BAR;
  printf("  bar %.1f\n", LOAD_BAR);
}

static void print_recording(const bench_recording_t *recording, const column_t *columns) {
  double values[SIZES] = {0};

  print_head(recording->name, recording->about);
  for (int step = 0; step < STEPS; step++) {
    for (size_t i = 0; i < size_count; i++)
      values[i] = columns[i].ns[step];
    print_row(step_names[step], values);
  }
  for (size_t i = 0; i < size_count; i++)
    values[i] = columns[i].ratio;
  print_ratio("load / jansson's parse", values);
  for (size_t i = 0; i < size_count; i++)
    values[i] = columns[i].reshaped;
  print_ratio("  another layout", values);
  printf("  memory an event, in bytes, of %zu:", sizes[size_count - 1]);
  for (int step = 0; step < COMPARE; step++)
    printf("%s %s %.0f", step > 0 ? "," : "", step_names[step], columns[size_count - 1].bytes[step]);
  puts("\n");
  (void)fflush(stdout);
}

/* The transcript as it is and as it is once changed. */
static double time_difference(const harness__transcript_t *transcript, const bench_change_t *change,
                              const char *json, size_t runs) {
  static double ns[MAX_RUNS];
  char *sentence;
  harness__transcript_t *changed = harness__transcript_parse("changed", json, strlen(json), &sentence);

  check(changed != NULL, "can't load");
  change->change(changed);
  for (size_t i = 0; i < runs; i++) {
    uint64_t start = cpu_ns();
    char *text = harness__difference(transcript, "one", changed, "the other");

    ns[i] = (double)(cpu_ns() - start) / (double)transcript->count;
    check(text != NULL, "no difference");
    free(text);
  }
  harness__transcript_free(changed);
  return median(ns, runs);
}

static void measure_differences(const bench_recording_t *recording) {
  enum { MOST_CHANGES = 16 };
  double ns[MOST_CHANGES][SIZES] = {0};

  for (size_t i = 0; i < size_count; i++) {
    pass_t pass = {0};

    do_step(&pass, recording, sizes[i], RECORD);
    do_step(&pass, recording, sizes[i], CANONICAL);
    do_step(&pass, recording, sizes[i], JSON);
    for (size_t j = 0; j < MOST_CHANGES && bench_changes[j].name != NULL; j++)
      ns[j][i] = time_difference(pass.transcript, &bench_changes[j], pass.json, runs_of[i]);
    end(&pass);
  }
  print_head("differences", recording->about);
  for (size_t j = 0; j < MOST_CHANGES && bench_changes[j].name != NULL; j++)
    print_row(bench_changes[j].name, ns[j]);
  puts("");
}

static int usage(void) {
  (void)fputs(
      "usage: harness_transcripts [--quick] [RECORDING]...\n"
      "What each step from a recording to a fixture and back costs an event; medians. Without names\n"
      "all recordings and the reports of what differs from some (\"differences\"). --quick: no million.\n"
      "Exit status: 0 linear, and loading within its bar, 1 not, 2 trouble.\n",
      stderr);
  return 2;
}

static bool is_wanted(const char *name, char *const *names) {
  if (*names == NULL)
    return true;
  while (*names != NULL && strcmp(*names, name) != 0)
    names++;
  return *names != NULL;
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"quick", no_argument, NULL, 'q'}, {NULL, 0, NULL, 0}};
  const char *folder = getenv("TMPDIR");
  int option;

  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    if (option != 'q')
      return usage();
    size_count = SIZES - 1;
  }
  (void)mallopt(M_MMAP_MAX, 0);
  (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
  (void)snprintf(path, sizeof path, "%s/harness_transcripts.%ld.json", folder != NULL ? folder : "/tmp",
                 (long)getpid());
  for (const bench_recording_t *recording = bench_recordings; recording->name != NULL; recording++) {
    column_t columns[SIZES];

    if (!is_wanted(recording->name, argv + optind))
      continue;
    for (size_t i = 0; i < size_count; i++)
      measure(recording, sizes[i], runs_of[i], &columns[i]);
    print_recording(recording, columns);
  }
  for (const bench_recording_t *recording = bench_recordings; recording->name != NULL; recording++)
    if (recording->changed && is_wanted("differences", argv + optind))
      measure_differences(recording);
  return missed;
}
