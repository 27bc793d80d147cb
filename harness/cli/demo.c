/* SPDX-License-Identifier: MIT */
/*
 * harness demo: runs scenarios and shows what they print, what the harness recorded, and whether that equals
 * the fixture.
 */
#include "cli/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/log_lines.h"
#include "scenarios.h"

typedef struct choice {
  const char *fixtures;
  const char *policy; /* of delivery, in words; NULL: each scenario's own */
  harness_delivery_t delivery;
  const char *transport; /* in a word; NULL: tcp4 */
  const char *host;      /* what a server's host is there */
} choice_t;

typedef struct transport {
  const char *name;
  const char *host;
} transport_t;

static const transport_t transports[] = {{"tcp4", "127.0.0.1"},      {"tcp6", "::1"},
                                         {"localhost", "localhost"}, {"pipe", "unix:"},
                                         {"abstract", "unix:@"},     {"memory", "memory:"}};

static void usage(FILE *out) {
  size_t count;
  const harness_echo_scenario_t *scenarios = harness_echo_scenarios(&count);

  fputs("usage: harness demo [--delivery POLICY] [--transport T] [--fixtures DIR]\n"
        "                    [SCENARIO...]\n"
        "\n"
        "Runs the scenarios (all, unless named) and prints for each the lines its\n"
        "programs log, the transcript, and whether that equals its fixture.\n"
        "\n"
        "  --delivery POLICY  how written bytes are cut into reads: as_written,\n"
        "                     coalesced, bytewise, split_at:N,N... or seeded:N\n"
        "                     (HARNESS_DELIVERY, else each scenario's own); fixtures hold\n"
        "                     for the scenario's own, so under another one the transcript\n"
        "                     is shown and not compared\n"
        "  --transport T      tcp4 (default), tcp6, localhost, pipe, abstract or memory:\n"
        "                     what carries the bytes; the transcript is the same over\n"
        "                     each\n"
        "  --fixtures DIR     where the fixtures are (HARNESS_FIXTURES_DIR, else the\n"
        "                     installed ones)\n"
        "  --help             this text\n"
        "  --version          the version of the library\n"
        "\n"
        "Exit status: 0 all that were compared are equal, 1 a transcript differs, 2\n"
        "trouble.\n"
        "\n"
        "Scenarios:\n",
        out);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "  %-4s %s\n", scenarios[i].name, scenarios[i].title);
}

/* Indents each line, so that a transcript is told apart from what surrounds it. */
static void print_indented(const char *text) {
  while (*text != '\0') {
    size_t length = strcspn(text, "\n");

    printf("  %.*s\n", (int)length, text);
    text += length + (text[length] == '\n');
  }
}

static const char *sentence(const harness_t *h) {
  const char *text = harness_error(h);

  return text != NULL ? text : "the programs did not get the reply they expect";
}

/* Returns HARNESS__CLI_SAME, or HARNESS__CLI_TROUBLE where the lines can't be had. */
static int print_lines(harness_t *h, const harness_echo_scenario_t *scenario, harness__log_lines_t *log) {
  int status = 0;

  if (!scenario->ordered)
    status = harness__log_lines_from_transcript(log, h);
  if (status != 0 || log->failed) {
    fprintf(stderr, "harness demo: %s: no log lines: %s\n", scenario->name, sentence(h));
    return HARNESS__CLI_TROUBLE;
  }
  for (size_t i = 0; i < log->count; i++)
    printf("%s\n", log->lines[i].text);
  return HARNESS__CLI_SAME;
}

static int print_transcript(harness_t *h, const harness_echo_scenario_t *scenario) {
  char *text = harness_transcript_text(h);

  if (text == NULL) {
    fprintf(stderr, "harness demo: %s: no transcript: %s\n", scenario->name, sentence(h));
    return HARNESS__CLI_TROUBLE;
  }
  printf("\ntranscript:\n");
  print_indented(text);
  free(text);
  return HARNESS__CLI_SAME;
}

static int print_verdict(harness_t *h, const harness_echo_scenario_t *scenario) {
  switch (harness_check_transcript(h, scenario->fixture)) {
  case HARNESS_CHECK_SAME:
    printf("\n%s: equal to its fixture %s\n\n", scenario->name, scenario->fixture);
    return HARNESS__CLI_SAME;
  case HARNESS_CHECK_DIFFERENT:
    printf("\n%s: DIFFERS from its fixture %s\n\n", scenario->name, scenario->fixture);
    fflush(stdout);
    fprintf(stderr, "%s\n", sentence(h));
    return HARNESS__CLI_DIFFERENT;
  case HARNESS_CHECK_WRITTEN:
  case HARNESS_CHECK_MISSING:
  case HARNESS_CHECK_TROUBLE:
    break;
  }
  printf("\n%s: NOT COMPARED with its fixture %s\n\n", scenario->name, scenario->fixture);
  fflush(stdout);
  fprintf(stderr, "%s\n", sentence(h));
  return HARNESS__CLI_TROUBLE;
}

/* Whether it runs as its fixture was made. */
static bool is_own_delivery(const choice_t *choice, const harness_echo_scenario_t *scenario) {
  harness_delivery_t own = scenario->delivery;

  if (own.kind == HARNESS_DELIVERY_DEFAULT)
    own.kind = HARNESS_DELIVERY_AS_WRITTEN;
  return choice->policy == NULL || (own.kind == choice->delivery.kind && own.seed == choice->delivery.seed &&
                                    memcmp(own.offsets, choice->delivery.offsets, sizeof own.offsets) == 0);
}

/* Runs the scenario in h and prints everything about it. */
static int show_run(harness_t *h, const harness_echo_scenario_t *scenario, const choice_t *choice,
                    harness_echo_scenario_state_t *state, harness__log_lines_t *log) {
  bool own = is_own_delivery(choice, scenario);
  int result;
  bool good;

  harness_set_log_sink(h, harness__log_lines_sink, log);
  printf("%s  %s\n\n", scenario->name, scenario->title);
  good = scenario->run(h, state) == 0;
  /* A program that reads once may well get less under another policy: that is what is to be seen. */
  if (!good && (own || harness_error(h) != NULL)) {
    fprintf(stderr, "harness demo: %s: %s\n", scenario->name, sentence(h));
    return HARNESS__CLI_TROUBLE;
  }
  result = print_lines(h, scenario, log);
  if (result == HARNESS__CLI_SAME)
    result = print_transcript(h, scenario);
  if (result != HARNESS__CLI_SAME)
    return result;
  if (own)
    return print_verdict(h, scenario);
  if (!good)
    printf("\n%s: %s\n", scenario->name, sentence(h));
  printf("\n%s: delivered %s: not compared with its fixture %s, which is of another policy\n\n",
         scenario->name, choice->policy, scenario->fixture);
  return HARNESS__CLI_SAME;
}

/* A policy goes into the environment, since there it goes before whatever a scenario says. What is the
 * scenario's own is left to it: its replies may have another. */
static bool force_delivery(const choice_t *choice, const harness_echo_scenario_t *scenario) {
  return is_own_delivery(choice, scenario) ? unsetenv("HARNESS_DELIVERY") == 0
                                           : setenv("HARNESS_DELIVERY", choice->policy, 1) == 0;
}

/* Each scenario has a harness of its own. */
static int demonstrate(const harness_echo_scenario_t *scenario, const choice_t *choice) {
  harness_echo_scenario_state_t state = {0};
  harness_options_t options = {
      .delivery = scenario->delivery, .fixtures = choice->fixtures, .host = choice->host};
  harness__log_lines_t log;
  harness_t *h;
  int result;

  if (scenario->tcp4_only && choice->host != NULL && strcmp(choice->host, transports[0].host) != 0) {
    printf("%s  %s\n\n%s: left out: its clients know nothing but TCP on 127.0.0.1\n\n", scenario->name,
           scenario->title, scenario->name);
    return HARNESS__CLI_SAME;
  }
  h = force_delivery(choice, scenario) ? harness_open(&options) : NULL;
  if (h == NULL) {
    fprintf(stderr, "harness demo: %s: %s\n", scenario->name, sentence(NULL));
    return HARNESS__CLI_TROUBLE;
  }
  harness__log_lines_init(&log);
  result = show_run(h, scenario, choice, &state, &log);
  harness_set_log_sink(h, NULL, NULL);
  harness_close(h);
  harness__log_lines_free(&log);
  return result;
}

/* Where the fixtures are installed, seen from the program itself, so that the installation can be moved; in a
 * build tree there is nothing, and the configured place goes. The caller frees it. NULL: no memory. */
static char *installed_fixtures(void) {
  char *program = realpath("/proc/self/exe", NULL);
  char *slash = program != NULL ? strrchr(program, '/') : NULL;
  harness__buffer_t path = {0};
  char *found = NULL;

  if (slash != NULL) {
    harness__buffer_add(&path, program, (size_t)(slash - program) + 1);
    harness__buffer_string(&path, HARNESS_DEMO_FIXTURES_FROM_PROGRAM);
    if (!path.failed)
      found = realpath(path.text, NULL);
  }
  harness__buffer_free(&path);
  free(program);
  return found != NULL ? found : strdup(HARNESS_DEMO_FIXTURES);
}

/* The folder of the fixtures: told, or from the environment, or where they are installed. The caller frees
 * it. */
static char *fixtures_folder(const char *told) {
  const char *environment = getenv("HARNESS_FIXTURES_DIR");

  if (told != NULL)
    return strdup(told);
  return environment != NULL && *environment != '\0' ? strdup(environment) : installed_fixtures();
}

/* Whether every name is a scenario's; says which are not. */
static bool all_known(int count, char **names) {
  bool known = true;

  for (int i = 0; i < count; i++) {
    if (harness_echo_scenario_find(names[i]) == NULL) {
      fprintf(stderr, "harness demo: unknown scenario '%s'\n", names[i]);
      known = false;
    }
  }
  if (!known)
    fputs("harness demo: --help lists the scenarios\n", stderr);
  return known;
}

static int demonstrate_all(const choice_t *choice) {
  size_t count;
  const harness_echo_scenario_t *scenarios = harness_echo_scenarios(&count);
  int worst = HARNESS__CLI_SAME;

  for (size_t i = 0; i < count; i++) {
    int result = demonstrate(&scenarios[i], choice);

    worst = result > worst ? result : worst;
  }
  return worst;
}

static int demonstrate_named(int count, char **names, const choice_t *choice) {
  int worst = HARNESS__CLI_SAME;

  for (int i = 0; i < count; i++) {
    int result = demonstrate(harness_echo_scenario_find(names[i]), choice);

    worst = result > worst ? result : worst;
  }
  return worst;
}

static bool choose_delivery(choice_t *choice) {
  const char *environment = getenv("HARNESS_DELIVERY");

  if (choice->policy == NULL && environment != NULL && *environment != '\0')
    choice->policy = environment;
  if (choice->policy == NULL || harness_delivery_parse(choice->policy, &choice->delivery) == 0)
    return true;
  fprintf(stderr, "harness demo: %s\n", sentence(NULL));
  return false;
}

static bool choose_transport(choice_t *choice) {
  for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
    if (choice->transport == NULL || strcmp(choice->transport, transports[i].name) == 0) {
      choice->host = transports[i].host;
      return true;
    }
  }
  fprintf(stderr, "harness demo: '%s' is no transport: tcp4, tcp6, localhost, pipe, abstract, memory\n",
          choice->transport);
  return false;
}

/* Returns -1 to go on, else the exit code. */
static int take_options(int argc, char **argv, choice_t *choice) {
  static const struct option options[] = {
      {"delivery", required_argument, NULL, 'd'}, {"transport", required_argument, NULL, 't'},
      {"fixtures", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},        {NULL, 0, NULL, 0}};
  int option;

  optind = 0;
  while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
    switch (option) {
    case 'd':
      choice->policy = optarg;
      break;
    case 't':
      choice->transport = optarg;
      break;
    case 'f':
      choice->fixtures = optarg;
      break;
    case 'h':
      usage(stdout);
      return harness__cli_print(strdup(""), HARNESS__CLI_SAME);
    case 'V':
      return harness__cli_print_version();
    default:
      usage(stderr);
      return HARNESS__CLI_TROUBLE;
    }
  }
  return -1;
}

int harness__cli_demo(int argc, char **argv) {
  choice_t choice = {0};
  int result = take_options(argc, argv, &choice);
  char *fixtures;

  if (result >= 0)
    return result;
  if (!all_known(argc - optind, argv + optind) || !choose_delivery(&choice) || !choose_transport(&choice))
    return HARNESS__CLI_TROUBLE;
  /* A demo compares; whatever mode the tests of the surroundings have, it never writes a fixture. */
  setenv("HARNESS_FIXTURES", "check", 1);
  fixtures = fixtures_folder(choice.fixtures);
  if (fixtures == NULL)
    return harness__cli_print(NULL, HARNESS__CLI_TROUBLE);
  choice.fixtures = fixtures;
  result =
      optind == argc ? demonstrate_all(&choice) : demonstrate_named(argc - optind, argv + optind, &choice);
  free(fixtures);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("harness demo: standard output");
    return HARNESS__CLI_TROUBLE;
  }
  return result;
}
