/* SPDX-License-Identifier: MIT */
/* harness show: a transcript as text. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/commands.h"
#include "record/compare.h"
#include "report/text.h"

static const char usage[] = "usage: harness show [--lane NAME]... [--style STYLE] FILE\n"
                            "\n"
                            "Prints the transcript in FILE, one event a line.\n"
                            "\n"
                            "  --lane NAME    only what this lane did; \"server\" stands for \"server/1\",\n"
                            "                 \"server/2\" ... as well. Given more than once, these lanes\n"
                            "  --style STYLE  order (all events in their order, the default) or lanes (lane\n"
                            "                 by lane, each event with its number in the order)\n"
                            "  --help         this text\n"
                            "  --version      the version of the library\n"
                            "\n"
                            "Exit status: 0, or 2 where FILE can't be read, is no transcript or has no such\n"
                            "lane.\n";

enum { LANE = 256, STYLE };

typedef struct choice {
  const char **lanes; /* ends with NULL */
  size_t lane_count;
  bool by_lane;
} choice_t;

static bool set_option(void *arg, int option, char *value) {
  choice_t *choice = arg;

  if (option == LANE) {
    choice->lanes[choice->lane_count++] = value;
    return true;
  }
  choice->by_lane = strcmp(value, "lanes") == 0;
  if (choice->by_lane || strcmp(value, "order") == 0)
    return true;
  (void)fprintf(stderr, "harness show: '%s' is no style: order or lanes\n", value);
  return false;
}

/* Returns -1 to go on with the file at argv[optind], else the exit code. */
static int read_options(int argc, char **argv, choice_t *choice) {
  static const struct option names[] = {{"lane", required_argument, NULL, LANE},
                                        {"style", required_argument, NULL, STYLE},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"h", names, usage, set_option};
  int code = harness__cli_options(argc, argv, &options, choice);

  return code < 0 ? harness__cli_operands(argc, argv, usage, 1) : code;
}

static bool has_lane(const harness__transcript_t *transcript, const char *name) {
  for (size_t i = 0; i < transcript->lane_count; i++)
    if (harness__lane_is_named(transcript->lanes[i], name))
      return true;
  return false;
}

/* A name that is no lane's is a slip of the pen; printing nothing would hide it. */
static bool has_lanes(const harness__transcript_t *transcript, const char *path, const choice_t *choice) {
  harness__buffer_t sentence = {0};

  for (const char **name = choice->lanes; *name != NULL; name++) {
    if (has_lane(transcript, *name))
      continue;
    harness__text_escape(&sentence, path, strlen(path), '\0');
    harness__buffer_string(&sentence, " has no lane ");
    harness__text_escape(&sentence, *name, strlen(*name), '"');
    for (size_t i = 0; i < transcript->lane_count; i++) {
      harness__buffer_string(&sentence, i == 0 ? "; it has " : ", ");
      harness__text_escape(&sentence, transcript->lanes[i], strlen(transcript->lanes[i]), '\0');
    }
    (void)fprintf(stderr, "harness show: %s\n",
                  sentence.text != NULL ? sentence.text : "memory is exhausted");
    harness__buffer_free(&sentence);
    return false;
  }
  return true;
}

static char *text_of(harness__transcript_t *transcript, const choice_t *choice) {
  if (choice->by_lane)
    return harness__report_by_lane(transcript, choice->lanes);
  if (choice->lane_count > 0)
    harness__transcript_keep_lanes(transcript, choice->lanes);
  return harness__report_text(transcript);
}

static int show(const char *path, const choice_t *choice) {
  harness__transcript_t *transcript = harness__cli_load(path);
  int code = HARNESS__CLI_TROUBLE;

  if (transcript == NULL)
    return code;
  if (transcript->count == 0 && choice->lane_count == 0)
    code = harness__cli_print(strdup("(no events)\n"), HARNESS__CLI_SAME);
  else if (has_lanes(transcript, path, choice))
    code = harness__cli_print(text_of(transcript, choice), HARNESS__CLI_SAME);
  harness__transcript_free(transcript);
  return code;
}

int harness__cli_show(int argc, char **argv) {
  /* There are no more names than arguments. */
  choice_t choice = {.lanes = calloc((size_t)argc + 1, sizeof(const char *))};
  int code;

  if (choice.lanes == NULL)
    return harness__cli_print(NULL, HARNESS__CLI_TROUBLE);
  code = read_options(argc, argv, &choice);
  if (code < 0)
    code = show(argv[optind], &choice);
  free(choice.lanes);
  return code;
}
