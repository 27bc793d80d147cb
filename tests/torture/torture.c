/* SPDX-License-Identifier: MIT */
#include "torture.h"

#include <dirent.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <harness/cmocka.h>

#include "support.h"

/* A run takes milliseconds; under valgrind, with a background call, a second. */
enum {
  ALARM_SECONDS = 120,
  DEFAULT_TIMEOUT_MS = 10000,
  MOST_FRAMES = 40,
  MOST_TOLD = 10,
  SENTENCE_SIZE = 2048
};

/* What has to fail. Written while nothing but this thread runs. */
static struct {
  pthread_mutex_t lock;
  bool is_armed;
  bool has_rest; /* all that follow, too */
  unsigned long next;
  unsigned long count; /* so many have failed */
  void *frames[MOST_FRAMES];
  int frame_count;
  bool is_traced;
} plan = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What one run has come to. */
typedef struct outcome {
  bool is_open;      /* there was a harness, */
  bool is_looked_at; /* and it was used once more before it was closed */
  int status;
  harness_check_result_t checked;
  bool works; /* the harness did afterwards */
  char *transcript;
  const char *wrong; /* what the scenario has found */
  int left_open;
  int64_t took_ms; /* of real time */
  char sentence[SENTENCE_SIZE];
  char afterwards[SENTENCE_SIZE];
} outcome_t;

/* A scenario under torture, and what an untouched run of it is like. */
typedef struct trial {
  const torture_t *torture;
  const scenario_t *scenario;
  char *folder;
  char *transcript;
  size_t held;
  size_t descriptors;
  unsigned long n;
  unsigned long failed;  /* runs in which an operation failed */
  unsigned long refused; /* runs that failed with a sentence */
  unsigned long wrong;   /* runs that went wrong */
} trial_t;

static char running[256] = "torture: nothing runs\n";

bool torture_fails(void) {
  bool fails = false;

  (void)pthread_mutex_lock(&plan.lock);
  if (plan.is_armed && plan.next > 0)
    plan.next--;
  if (plan.is_armed && plan.next == 0 && (plan.count == 0 || plan.has_rest)) {
    fails = true;
    if (plan.count++ == 0 && plan.is_traced)
      plan.frame_count = backtrace(plan.frames, MOST_FRAMES);
  }
  (void)pthread_mutex_unlock(&plan.lock);
  return fails;
}

static void arm(torture_mode_t mode, unsigned long n) {
  (void)pthread_mutex_lock(&plan.lock);
  plan.is_armed = n > 0;
  plan.has_rest = mode != TORTURE_ONE;
  plan.next = n;
  plan.count = 0;
  plan.frame_count = 0;
  (void)pthread_mutex_unlock(&plan.lock);
}

/* Whether something has failed already. */
static bool has_failed(void) {
  bool failed;

  (void)pthread_mutex_lock(&plan.lock);
  failed = plan.count > 0;
  (void)pthread_mutex_unlock(&plan.lock);
  return failed;
}

static void disarm(void) {
  (void)pthread_mutex_lock(&plan.lock);
  plan.is_armed = false;
  (void)pthread_mutex_unlock(&plan.lock);
}

static void tell_and_die(int number) {
  ssize_t written = write(STDERR_FILENO, running, strlen(running));

  (void)written;
  (void)signal(number, SIG_DFL);
  (void)raise(number);
}

/* A crash, or a hang that only the alarm ends, tells which operation it was. cmocka would go on. */
static void watch_signals(void) {
  static const int numbers[] = {SIGALRM, SIGSEGV, SIGBUS, SIGABRT};

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    (void)signal(numbers[i], tell_and_die);
}

static unsigned long number_from(const char *variable, unsigned long otherwise) {
  const char *text = getenv(variable);
  unsigned long number = text != NULL ? strtoul(text, NULL, 10) : 0;

  return number != 0 ? number : otherwise;
}

static size_t count_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  size_t count = 0;

  assert_non_null(folder);
  while (readdir(folder) != NULL) /* cppcheck-suppress readdirCalled; it is this thread's own */
    count++;
  closedir(folder);
  return count;
}

static void keep_sentence(char *out, const char *sentence) {
  if (sentence != NULL && out[0] == '\0')
    (void)snprintf(out, SENTENCE_SIZE, "%.*s", SENTENCE_SIZE - 1, sentence);
}

/* What the harness says by itself counts as a reason, too. */
static void keep_report(const char *text, void *arg) {
  keep_sentence(arg, text);
}

static void *nothing(void *arg) {
  return arg;
}

/* The operations succeed again: does the harness, too? */
static void look_afterwards(harness_t *h, outcome_t *outcome) {
  harness_task_t *task;

  harness_clear_error(h);
  task = harness_schedule_coroutine_named(h, "afterwards", nothing, h);
  outcome->works = task != NULL && harness_run_in_foreground(h, task) == h;
  if (!outcome->works)
    keep_sentence(outcome->afterwards, harness_error(h));
}

/* What is checked is checked while operations fail, and shown when they don't any more. An operation that has
 * not come yet is one of the closing. */
static void play(trial_t *trial, const char *fixture, outcome_t *outcome) {
  const scenario_t *scenario = trial->scenario;
  harness_options_t options = {.delivery = scenario->delivery,
                               .host = scenario->host,
                               .fixtures = trial->folder,
                               .report = keep_report,
                               .report_arg = outcome->sentence};
  harness_t *h = harness_open(&options);

  if (h == NULL) {
    keep_sentence(outcome->sentence, harness_error(NULL));
    outcome->status = -1;
    disarm();
    return;
  }
  outcome->is_open = true;
  outcome->status = scenario->play(h, scenario->what);
  if (outcome->status != 0)
    keep_sentence(outcome->sentence, harness_error(h));
  if (fixture != NULL) {
    outcome->checked = harness_check_transcript(h, fixture);
    if (outcome->checked != HARNESS_CHECK_SAME)
      keep_sentence(outcome->sentence, harness_error(h));
  }
  outcome->is_looked_at = trial->n == 0 || (trial->torture->mode != TORTURE_END && has_failed());
  if (outcome->is_looked_at) {
    disarm();
    outcome->transcript = harness_transcript_json(h);
    look_afterwards(h, outcome);
  }
  outcome->left_open = harness_close(h);
}

static int64_t now_ms(void) {
  struct timespec now;

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_once(trial_t *trial, const char *fixture, outcome_t *outcome) {
  int64_t began;

  memset(outcome, 0, sizeof *outcome);
  harness_clear_error(NULL);
  if (trial->scenario->prepare != NULL)
    trial->scenario->prepare(trial->folder);
  (void)snprintf(running, sizeof running, "torture: %s: ended in the run where %s %lu fails\n",
                 trial->scenario->name, trial->torture->what, trial->n);
  (void)alarm(ALARM_SECONDS);
  began = now_ms();
  arm(trial->torture->mode, trial->n);
  if (trial->scenario->alone != NULL) {
    scenario_run_t run = {.folder = trial->folder};

    outcome->status = trial->scenario->alone(&run);
    disarm();
    keep_sentence(outcome->sentence, run.sentence[0] != '\0' ? run.sentence : NULL);
    outcome->wrong = trial->scenario->verify != NULL ? trial->scenario->verify(&run) : NULL;
  } else {
    play(trial, fixture, outcome);
  }
  disarm();
  outcome->took_ms = now_ms() - began;
  (void)alarm(0);
}

static void complain(trial_t *trial, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(trial_t *trial, const char *format, ...) {
  va_list values;

  if (trial->wrong++ >= MOST_TOLD)
    return;
  fprintf(stderr, "torture: %s: with %s %lu failing%s, ", trial->scenario->name, trial->torture->what,
          trial->n, trial->torture->mode != TORTURE_ONE ? " and all after it" : "");
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  fflush(stderr);
  if (plan.frame_count > 0)
    backtrace_symbols_fd(plan.frames, plan.frame_count, STDERR_FILENO);
}

static void judge_end(trial_t *trial, const outcome_t *outcome) {
  size_t descriptors = count_descriptors();
  size_t held = trial->torture->held != NULL ? trial->torture->held() : trial->held;

  if (descriptors != trial->descriptors)
    complain(trial, "there are %zu descriptors, not %zu (%s)", descriptors, trial->descriptors,
             outcome->sentence);
  trial->descriptors = descriptors;
  if (held != trial->held) {
    complain(trial, "%zu are held, not %zu (%s)", held, trial->held, outcome->sentence);
    if (trial->torture->tell_held != NULL && trial->wrong <= MOST_TOLD)
      trial->torture->tell_held();
  }
  trial->held = held;
}

static bool has_secret(const char *text) {
  return text != NULL && strstr(text, SCENARIO_SECRET) != NULL;
}

static void judge(trial_t *trial, const outcome_t *outcome) {
  bool is_good = outcome->status == 0 && outcome->checked == trial->scenario->expected;
  bool is_same = outcome->transcript == NULL || strcmp(outcome->transcript, trial->transcript) == 0;

  if (!is_good)
    trial->refused++;
  if (!is_good && trial->torture->is_harmless)
    complain(trial, "it failed (%d, check %d): %s", outcome->status, (int)outcome->checked,
             outcome->sentence);
  if (!is_good && outcome->sentence[0] == '\0')
    complain(trial, "nothing says why (%d, check %d)", outcome->status, (int)outcome->checked);
  if (outcome->took_ms >= (int64_t)number_from("HARNESS_TIMEOUT_MS", DEFAULT_TIMEOUT_MS))
    complain(trial, "it hangs: %s", outcome->sentence); /* only that limit has ended it */
  if (outcome->is_open && outcome->checked == HARNESS_CHECK_SAME && !is_same)
    complain(trial, "another transcript is taken for the fixture's:\n%s", outcome->transcript);
  if (outcome->wrong != NULL)
    complain(trial, "%s (%s)", outcome->wrong, outcome->sentence);
  if (has_secret(outcome->transcript) || has_secret(outcome->sentence) || has_secret(outcome->afterwards))
    complain(trial, "the secret is out: %s", outcome->sentence);
  if (outcome->is_looked_at && is_good && outcome->transcript == NULL)
    complain(trial, "all is well, and there is no transcript");
  if (outcome->is_open && is_good && outcome->left_open != 0)
    complain(trial, "all is well, and something is left open: %s", outcome->sentence);
  if (outcome->is_looked_at && !outcome->works)
    complain(trial, "the harness does not work afterwards: %s (before: %s)", outcome->afterwards,
             outcome->sentence);
}

/* The first run has no fixture and makes it; what the process keeps for good is made in it, too. */
static void run_untouched(trial_t *trial) {
  outcome_t outcome;

  run_once(trial, NULL, &outcome);
  if (outcome.status != 0 || outcome.left_open != 0 || outcome.wrong != NULL)
    fail_msg("%s, untouched: %d: %s", trial->scenario->name, outcome.status, outcome.sentence);
  trial->transcript = outcome.transcript;
  if (trial->transcript != NULL)
    support_write(support_path(trial->folder, "torture.json"),
                  trial->scenario->fixture != NULL ? trial->scenario->fixture : trial->transcript);
  run_once(trial, "torture", &outcome);
  if (outcome.status != 0 || outcome.checked != trial->scenario->expected)
    fail_msg("%s, untouched: %d: %s", trial->scenario->name, outcome.status, outcome.sentence);
  free(outcome.transcript);
  trial->descriptors = count_descriptors();
  if (trial->torture->tell_held != NULL)
    trial->torture->tell_held(); /* from here on they are new */
  if (trial->torture->held != NULL)
    trial->held = trial->torture->held();
}

static void run_all(trial_t *trial) {
  unsigned long step = number_from("TORTURE_STEP", TORTURE_STEP);
  unsigned long only = number_from("TORTURE_ONLY", 0);
  outcome_t outcome;

  trial->n = 0;
  run_untouched(trial);
  trial->n = only != 0 ? only : 1;
  for (;;) {
    run_once(trial, "torture", &outcome);
    judge(trial, &outcome);
    free(outcome.transcript);
    judge_end(trial, &outcome);
    if (plan.count == 0 || only != 0)
      return;
    trial->failed++;
    trial->n += step;
  }
}

unsigned long torture_run(const torture_t *torture, const scenario_t *scenario) {
  trial_t trial = {.torture = torture, .scenario = scenario};
  void *folder;

  (void)setenv("HARNESS_FIXTURES", "check", 1);
  if (torture->held != NULL)
    (void)setenv("HARNESS_SLOW", "pools", 1); /* what is kept to be used again would be taken for held */
  /* What it checks is no check of this test: its runner need not keep the sentences. */
  (void)harness_test_end(HARNESS_TEST_PASSED, NULL, NULL);
  watch_signals();
  plan.is_traced = getenv("TORTURE_TRACE") != NULL;
  assert_int_equal(support_make_folder(&folder), 0);
  trial.folder = folder;
  run_all(&trial);
  printf("torture: %s: %s: %lu failed %s, %lu runs told why, %lu went wrong\n", scenario->name, torture->what,
         trial.failed, torture->mode != TORTURE_ONE ? "with all after them" : "one by one", trial.refused,
         trial.wrong);
  free(trial.transcript);
  assert_int_equal(support_remove_folder(&folder), 0);
  (void)harness_test_begin("torture");
  return trial.wrong;
}
