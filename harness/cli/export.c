/* SPDX-License-Identifier: MIT */
/* harness export: a transcript as a capture, for Wireshark and the like. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "report/capture/capture.h"

static const char usage[] =
    "usage: harness export [--format pcapng] [--port NAME=PORT]... [-o FILE]\n"
    "                      TRANSCRIPT\n"
    "\n"
    "Writes the transcript in the file TRANSCRIPT as a capture that Wireshark reads:\n"
    "TCP connections and datagrams of its lanes, each of which has an address, with\n"
    "the log lines among them.\n"
    "\n"
    "  --format pcapng     the format; there is no other\n"
    "  --port NAME=PORT    the port of the server or endpoint NAME, by which\n"
    "                      Wireshark knows a protocol; 20001 and up unless told\n"
    "  -o, --output FILE   writes FILE, whole or not at all, instead of standard\n"
    "                      output\n"
    "  --help              this text\n"
    "  --version           the version of the library\n"
    "\n"
    "Exit status: 0, or 2 where TRANSCRIPT can't be read or is no transcript, or the\n"
    "capture can't be written.\n";

typedef struct export {
  const char *path; /* to write; NULL: standard output */
  harness__port_t *ports;
  size_t port_count;
}
export_t;

/* Reads NAME=PORT; the name is cut off in place. */
static bool take_port(export_t *export, char *text) {
  char *value = strrchr(text, '=');
  char *end = NULL;
  unsigned long port = value != NULL ? strtoul(value + 1, &end, 10) : 0;

  if (value == NULL || value == text || value[1] < '0' || value[1] > '9' || *end != '\0' || port == 0 ||
      port > UINT16_MAX) {
    (void)fprintf(stderr, "harness export: '%s' is no NAME=PORT with a port from 1 to 65535\n", text);
    return false;
  }
  *value = '\0';
  export->ports[export->port_count++] = (harness__port_t){.name = text, .port = (uint16_t)port};
  return true;
}

static bool take_option(void *arg, int option, char *value) {
  export_t *export = arg;

  if (option == 'p')
    return take_port(export, value);
  if (option == 'o') {
    export->path = value;
  } else if (strcmp(value, "pcapng") != 0) {
    (void)fprintf(stderr, "harness export: the only format is pcapng\n%s", usage);
    return false;
  }
  return true;
}

/* Returns -1 to go on, else the exit code. */
static int take_options(int argc, char **argv, export_t *export) {
  static const struct option names[] = {
      {"format", required_argument, NULL, 'f'}, {"port", required_argument, NULL, 'p'},
      {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"o:h", names, usage, take_option};
  int code = harness__cli_options(argc, argv, &options, export);

  return code < 0 ? harness__cli_operands(argc, argv, usage, 1) : code;
}

static int export_file(const export_t *export, const char *path) {
  harness__transcript_t *transcript = harness__cli_load(path);
  harness__buffer_t out = {0};
  char *sentence = NULL;
  int code = HARNESS__CLI_TROUBLE;

  if (transcript == NULL)
    return code;
  if (harness__capture(&out, transcript, export->ports, export->port_count, &sentence))
    code = harness__cli_output(export->path, out.text, out.length, HARNESS__CLI_SAME);
  else
    harness__cli_complain(path, sentence != NULL ? sentence : "memory is exhausted");
  free(sentence);
  harness__buffer_free(&out);
  harness__transcript_free(transcript);
  return code;
}

int harness__cli_export(int argc, char **argv) {
  export_t export = {.ports = calloc((size_t)argc, sizeof *export.ports)};
  int code;

  if (export.ports == NULL)
    return harness__cli_print(NULL, HARNESS__CLI_TROUBLE);
  code = take_options(argc, argv, &export);
  if (code < 0 && export.path == NULL && isatty(STDOUT_FILENO)) {
    (void)fputs("harness export: a capture is not for a terminal: use -o FILE or a pipe\n", stderr);
    code = HARNESS__CLI_TROUBLE;
  }
  if (code < 0)
    code = export_file(&export, argv[optind]);
  free(export.ports);
  return code;
}
