/* SPDX-License-Identifier: MIT */
/* harness show: a transcript as text. */
#include <getopt.h>
#include <string.h>

#include "cli/commands.h"
#include "report/text.h"

static const char usage[] = "usage: harness show FILE\n"
                            "\n"
                            "Prints the transcript in FILE, one event a line.\n"
                            "\n"
                            "  --help     this text\n"
                            "  --version  the version of the library\n"
                            "\n"
                            "Exit status: 0, or 2 where FILE can't be read or is no transcript.\n";

int harness__cli_show(int argc, char **argv) {
  int code = harness__cli_options(argc, argv, usage, 1);
  harness__transcript_t *transcript;

  if (code >= 0)
    return code;
  transcript = harness__cli_load(argv[optind]);
  if (transcript == NULL)
    return HARNESS__CLI_TROUBLE;
  code = harness__cli_print(
      transcript->count == 0 ? strdup("(no events)\n") : harness__report_text(transcript), HARNESS__CLI_SAME);
  harness__transcript_free(transcript);
  return code;
}
