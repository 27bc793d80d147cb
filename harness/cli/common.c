/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "record/load.h"

int harness__cli_print_version(void) {
  (void)printf("harness " HARNESS_VERSION "\n");
  return harness__cli_print(strdup(""), HARNESS__CLI_SAME);
}

int harness__cli_options(int argc, char **argv, const char *usage, int operands) {
  static const struct option options[] = {
      {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
  int option;

  optind = 0; /* getopt begins anew: main used it, too */
  while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
    if (option == 'V')
      return harness__cli_print_version();
    if (option == 'h')
      return harness__cli_print(strdup(usage), HARNESS__CLI_SAME);
    (void)fputs(usage, stderr);
    return HARNESS__CLI_TROUBLE;
  }
  if (argc - optind == operands)
    return -1;
  (void)fprintf(stderr, "harness %s: %s\n%s", argv[0],
                argc - optind < operands ? "a file is missing" : "too many arguments", usage);
  return HARNESS__CLI_TROUBLE;
}

harness__transcript_t *harness__cli_load(const char *path) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_load(path, NULL, &sentence);

  if (transcript == NULL) {
    (void)fprintf(stderr, "harness: %s\n", sentence != NULL ? sentence : "memory is exhausted");
    free(sentence);
  }
  return transcript;
}

int harness__cli_print(char *text, int code) {
  if (text == NULL) {
    (void)fputs("harness: memory is exhausted\n", stderr);
    return HARNESS__CLI_TROUBLE;
  }
  (void)fputs(text, stdout);
  free(text);
  if (fflush(stdout) == 0 && ferror(stdout) == 0)
    return code;
  (void)fprintf(stderr, "harness: standard output: %s\n", strerror(errno));
  return HARNESS__CLI_TROUBLE;
}
