/* SPDX-License-Identifier: MIT */
/* harness diff: where two transcripts differ. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "cli/window.h"
#include "record/compare.h"
#include "report/compared/compared.h"

static const char usage[] =
    "usage: harness diff [--unified[=N] | --side-by-side] [--color WHEN] [--width N]\n"
    "                    A B\n"
    "\n"
    "Compares the transcripts in two files: A is what is expected, B what there is.\n"
    "Prints all events that differ, and in those that have changed, which bytes.\n"
    "\n"
    "  --unified[=N]   one above the other (the default), with N events around what\n"
    "                  differs (3)\n"
    "  --side-by-side  in two columns: | changed, < only in A, > only in B\n"
    "  --color WHEN    always, never, or auto (the default): where standard output is\n"
    "                  a terminal and NO_COLOR is not set; without colour, carets\n"
    "                  stand below the bytes that differ\n"
    "  --width N       columns, from 40 to 1000 (the terminal's, else 80)\n"
    "  --help          this text\n"
    "  --version       the version of the library\n"
    "\n"
    "Exit status: 0 they say the same, 1 they differ, 2 trouble.\n";

enum { UNIFIED = 256, SIDE_BY_SIDE, COLOR, WIDTH, MOST_CONTEXT = 1000000 };

static bool set_number(const char *what, const char *text, uint64_t least, uint64_t most, size_t *value) {
  uint64_t number;

  if (!harness__window_number("diff", what, text, least, most, &number))
    return false;
  *value = (size_t)number;
  return true;
}

static bool set_option(void *arg, int option, char *value) {
  harness__look_t *look = arg;

  switch (option) {
  case UNIFIED:
    look->side_by_side = false;
    return value == NULL || set_number("context", value, 0, MOST_CONTEXT, &look->context);
  case SIDE_BY_SIDE:
    look->side_by_side = true;
    return true;
  case COLOR:
    return harness__terminal_color("diff", value, &look->color);
  default:
    return set_number("width", value, HARNESS__WIDTH_LEAST, HARNESS__WIDTH_MOST, &look->width);
  }
}

/* Returns -1 to go on with the two files from argv[optind] on, else the exit code. */
static int read_options(int argc, char **argv, harness__look_t *look) {
  static const struct option names[] = {{"unified", optional_argument, NULL, UNIFIED},
                                        {"side-by-side", no_argument, NULL, SIDE_BY_SIDE},
                                        {"color", required_argument, NULL, COLOR},
                                        {"width", required_argument, NULL, WIDTH},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"h", names, usage, set_option};
  int code = harness__cli_options(argc, argv, &options, look);

  return code < 0 ? harness__cli_operands(argc, argv, usage, 2) : code;
}

static int compare(const harness__look_t *look, const harness__transcript_t *a, const char *name_a,
                   const harness__transcript_t *b, const char *name_b) {
  if (harness__transcript_equal(a, b, NULL))
    return HARNESS__CLI_SAME;
  return harness__cli_print(harness__compared(look, a, name_a, b, name_b), HARNESS__CLI_DIFFERENT);
}

int harness__cli_diff(int argc, char **argv) {
  harness__look_t look = {.context = HARNESS__CONTEXT};
  size_t rows;
  int code;
  harness__transcript_t *a;
  harness__transcript_t *b;

  harness__terminal_size(&look.width, &rows);
  (void)harness__terminal_color("diff", "auto", &look.color);
  code = read_options(argc, argv, &look);
  if (code >= 0)
    return code;
  a = harness__cli_load(argv[optind]);
  b = harness__cli_load(argv[optind + 1]);
  code = a != NULL && b != NULL ? compare(&look, a, argv[optind], b, argv[optind + 1]) : HARNESS__CLI_TROUBLE;
  harness__transcript_free(a);
  harness__transcript_free(b);
  return code;
}
