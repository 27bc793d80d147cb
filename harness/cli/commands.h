/* SPDX-License-Identifier: MIT */
/* Private: the subcommands, one function a file. argv[0] is the subcommand's name; each returns the exit
 * code. */
#ifndef HARNESS_CLI_COMMANDS_H
#define HARNESS_CLI_COMMANDS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "record/transcript.h"

enum { HARNESS__CLI_SAME = 0, HARNESS__CLI_DIFFERENT = 1, HARNESS__CLI_TROUBLE = 2 };

int harness__cli_demo(int argc, char **argv);
int harness__cli_show(int argc, char **argv);
int harness__cli_diff(int argc, char **argv);
int harness__cli_export(int argc, char **argv);
int harness__cli_review(int argc, char **argv);
int harness__cli_render(int argc, char **argv);
int harness__cli_check(int argc, char **argv);
int harness__cli_orphans(int argc, char **argv);
int harness__cli_serve(int argc, char **argv);
int harness__cli_call(int argc, char **argv);

/* The options of a subcommand; --help (h) and --version (V) are among the names. */
typedef struct harness__cli_options {
  const char *letters; /* as getopt_long has them */
  const struct option *names;
  const char *usage;
  /* Takes an option, but for these two. Returns false after a sentence on standard error. */
  bool (*take)(void *arg, int option, char *value);
} harness__cli_options_t;

/* Reads them. Returns -1 to go on with the arguments from argv[optind] on, else the exit code. */
int harness__cli_options(int argc, char **argv, const harness__cli_options_t *options, void *arg);

/* Whether so many arguments are left from argv[optind] on: -1, else the exit code after a sentence. */
int harness__cli_operands(int argc, char **argv, const char *usage, int operands);

int harness__cli_print_version(void);

/* A sentence on standard error about a path, which may have any bytes. */
void harness__cli_complain(const char *path, const char *what);

/* The transcript in a file; NULL after a sentence on standard error. */
harness__transcript_t *harness__cli_load(const char *path);

/* Prints a text, which it frees (NULL: memory is exhausted), and returns code, or HARNESS__CLI_TROUBLE after
 * a sentence where standard output doesn't take it. */
int harness__cli_print(char *text, int code);

/* Writes a result as it is: to standard output where path is NULL, else to that file, which at any moment has
 * its old bytes or all of the new. What is no regular file (a device, a pipe) is written to, a link leads to
 * what is written. Returns code, or HARNESS__CLI_TROUBLE after a sentence. */
int harness__cli_output(const char *path, const void *data, size_t size, int code);

#endif
