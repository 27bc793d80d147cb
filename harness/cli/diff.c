/* SPDX-License-Identifier: MIT */
/* harness diff: where two transcripts differ. */
#include <getopt.h>

#include "cli/commands.h"
#include "record/compare.h"
#include "report/difference.h"

static const char usage[] = "usage: harness diff A B\n"
                            "\n"
                            "Compares the transcripts in two files: A is what is expected, B what there is.\n"
                            "\n"
                            "  --help     this text\n"
                            "  --version  the version of the library\n"
                            "\n"
                            "Exit status: 0 they say the same, 1 they differ, 2 trouble.\n";

static int compare(const harness__transcript_t *a, const char *name_a, const harness__transcript_t *b,
                   const char *name_b) {
  if (harness__transcript_equal(a, b, NULL))
    return HARNESS__CLI_SAME;
  return harness__cli_print(harness__difference(a, name_a, b, name_b), HARNESS__CLI_DIFFERENT);
}

int harness__cli_diff(int argc, char **argv) {
  int code = harness__cli_options(argc, argv, usage, 2);
  harness__transcript_t *a;
  harness__transcript_t *b;

  if (code >= 0)
    return code;
  a = harness__cli_load(argv[optind]);
  b = harness__cli_load(argv[optind + 1]);
  code = a != NULL && b != NULL ? compare(a, argv[optind], b, argv[optind + 1]) : HARNESS__CLI_TROUBLE;
  harness__transcript_free(a);
  harness__transcript_free(b);
  return code;
}
