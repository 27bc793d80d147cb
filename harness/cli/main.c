/* SPDX-License-Identifier: MIT */
/* The `harness` command: finds the subcommand; each has a file of its own. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

typedef struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} command_t;

static const command_t commands[] = {
#ifdef HARNESS_CLI_DEMO
    {"demo", harness__cli_demo, "runs scenarios and shows what was recorded"},
#endif
    {"show", harness__cli_show, "prints a transcript as text"},
    {"diff", harness__cli_diff, "tells where two transcripts differ"},
    {"review", harness__cli_review, "shows changed transcripts, to be accepted or rejected"},
    {"check", harness__cli_check, "tells which files are no valid fixtures"},
    {"orphans", harness__cli_orphans, "tells which fixtures no test of a whole run needed"},
    {"render", harness__cli_render, "draws a transcript, or two, as a picture"},
    {"export", harness__cli_export, "writes a transcript as a capture for Wireshark"},
    {"serve", harness__cli_serve, "runs an echo server until it is interrupted"},
    {"call", harness__cli_call, "sends messages to such a server and prints what comes back"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *out) {
  (void)fputs("usage: harness COMMAND [ARGUMENT...]\n\n", out);
  for (int i = 0; i < COMMANDS; i++)
    (void)fprintf(out, "  %-7s  %s\n", commands[i].name, commands[i].summary);
  (void)fputs("\n  --help     this text; harness COMMAND --help tells more\n"
              "  --version  the version of the library\n",
              out);
}

static int run_command(int argc, char **argv) {
  for (int i = 0; i < COMMANDS; i++)
    if (strcmp(commands[i].name, argv[0]) == 0)
      return commands[i].run(argc, argv);
  (void)fprintf(stderr, "harness: there is no command \"%s\"; harness --help lists them\n", argv[0]);
  return HARNESS__CLI_TROUBLE;
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
  int option;

  /* "+": what follows the subcommand is its own. */
  while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
    if (option == 'V')
      return harness__cli_print_version();
    print_usage(option == 'h' ? stdout : stderr);
    if (option != 'h')
      return HARNESS__CLI_TROUBLE;
    return harness__cli_print(strdup(""), HARNESS__CLI_SAME);
  }
  if (optind == argc) {
    print_usage(stderr);
    return HARNESS__CLI_TROUBLE;
  }
  return run_command(argc - optind, argv + optind);
}
