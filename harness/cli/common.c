/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "record/load.h"

void harness__cli_complain(const char *path, const char *what) {
  harness__buffer_t text = {0};

  harness__text_escape(&text, path, strlen(path), '\0');
  (void)fprintf(stderr, "harness: %s: %s\n", text.text != NULL ? text.text : "?", what);
  harness__buffer_free(&text);
}

int harness__cli_print_version(void) {
  (void)printf("harness " HARNESS_VERSION "\n");
  return harness__cli_print(strdup(""), HARNESS__CLI_SAME);
}

int harness__cli_options(int argc, char **argv, const harness__cli_options_t *options, void *arg) {
  int option;

  optind = 0; /* getopt begins anew: main used it, too */
  while ((option = getopt_long(argc, argv, options->letters, options->names, NULL)) != -1) {
    if (option == 'V')
      return harness__cli_print_version();
    if (option == 'h')
      return harness__cli_print(strdup(options->usage), HARNESS__CLI_SAME);
    if (option == '?')
      (void)fputs(options->usage, stderr);
    if (option == '?' || !options->take(arg, option, optarg))
      return HARNESS__CLI_TROUBLE;
  }
  return -1;
}

int harness__cli_operands(int argc, char **argv, const char *usage, int operands) {
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
  code = harness__cli_output(NULL, text, strlen(text), code);
  free(text);
  return code;
}

/* What stdio held before (a version, say) goes with it. Returns 0 or an errno value. */
static int write_stream(FILE *out, const void *data, size_t size) {
  errno = 0;
  if (fwrite(data, 1, size, out) == size && fflush(out) == 0 && ferror(out) == 0)
    return 0;
  return errno != 0 ? errno : EIO;
}

/* A rename would put a file in the place of a device. */
static int write_special(const char *path, const void *data, size_t size) {
  FILE *out = fopen(path, "wbe");
  int error;

  if (out == NULL)
    return errno;
  error = write_stream(out, data, size);
  if (fclose(out) != 0 && error == 0)
    error = errno;
  return error;
}

static int write_path(const char *path, const void *data, size_t size) {
  struct stat status;
  char *target;
  int error;

  if (stat(path, &status) != 0)
    return harness__file_write(path, data, size);
  if (!S_ISREG(status.st_mode))
    return write_special(path, data, size);
  target = realpath(path, NULL);
  if (target == NULL)
    return errno;
  error = harness__file_write(target, data, size);
  free(target);
  return error;
}

int harness__cli_output(const char *path, const void *data, size_t size, int code) {
  int error = path != NULL ? write_path(path, data, size) : write_stream(stdout, data, size);

  if (error == 0)
    return code;
  harness__cli_complain(path != NULL ? path : "standard output", strerror(error));
  return HARNESS__CLI_TROUBLE;
}
