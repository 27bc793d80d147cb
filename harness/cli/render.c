/* SPDX-License-Identifier: MIT */
/* harness render: a transcript, or two, as a picture. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "report/picture/html.h"
#include "report/picture/mermaid.h"
#include "report/picture/svg.h"

static const char usage[] =
    "usage: harness render --format mermaid|svg|html [-o OUTPUT] FILE [OTHER]\n"
    "\n"
    "Draws the transcript in FILE as a sequence diagram: lanes as columns, time going\n"
    "down. With OTHER, draws both in one, and marks what is only in FILE (-), only in\n"
    "OTHER (+), or changed (~).\n"
    "\n"
    "  --format FORMAT      mermaid  text for Mermaid, which GitHub and GitLab draw\n"
    "                                in Markdown\n"
    "                       svg      a picture for any browser\n"
    "                       html     a page with the picture and all data; it needs\n"
    "                                no other file\n"
    "  -o, --output OUTPUT  writes to that file, whole or not at all, instead of\n"
    "                       standard output\n"
    "  --help               this text\n"
    "  --version            the version of the library\n"
    "\n"
    "Exit status: 0 (also where the two differ), or 2 where there is trouble.\n";

typedef struct render {
  const char *format;
  const char *output;
  const char *names[2]; /* expected (NULL where there is one file), actual */
} render_t;

static char *draw(const render_t *render, harness__diagram_t *diagram) {
  harness__picture_t picture;

  if (strcmp(render->format, "mermaid") == 0)
    return harness__mermaid(diagram, render->names[0], render->names[1]);
  if (!harness__picture_make(&picture, diagram, render->names[0], render->names[1]))
    return NULL;
  return strcmp(render->format, "svg") == 0 ? harness__svg(&picture) : harness__html(&picture);
}

static int write_out(const render_t *render, const char *text) {
  size_t size = strlen(text);

  if (strcmp(render->format, "mermaid") == 0 && size > HARNESS__MERMAID_LIMIT)
    (void)fprintf(stderr,
                  "harness: note: %zu bytes; Mermaid draws no more than %d characters unless maxTextSize is "
                  "raised\n",
                  size, HARNESS__MERMAID_LIMIT);
  return harness__cli_output(render->output, text, size, HARNESS__CLI_SAME);
}

static int run(const render_t *render, const harness__transcript_t *expected,
               const harness__transcript_t *actual) {
  harness__diagram_t diagram;
  char *text = NULL;
  int code = HARNESS__CLI_TROUBLE;

  if (harness__diagram_make(&diagram, expected, actual))
    text = draw(render, &diagram);
  harness__diagram_free(&diagram);
  if (text == NULL)
    (void)fputs("harness: memory is exhausted\n", stderr);
  else
    code = write_out(render, text);
  free(text);
  return code;
}

static int load_and_run(const render_t *render) {
  harness__transcript_t *expected = render->names[0] != NULL ? harness__cli_load(render->names[0]) : NULL;
  harness__transcript_t *actual = harness__cli_load(render->names[1]);
  int code = HARNESS__CLI_TROUBLE;

  if (actual != NULL && (expected != NULL || render->names[0] == NULL))
    code = run(render, expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
  return code;
}

static int refuse(const char *sentence) {
  (void)fprintf(stderr, "harness render: %s\n%s", sentence, usage);
  return HARNESS__CLI_TROUBLE;
}

static bool is_format(const char *name) {
  return strcmp(name, "mermaid") == 0 || strcmp(name, "svg") == 0 || strcmp(name, "html") == 0;
}

static bool take_option(void *arg, int option, char *value) {
  render_t *render = arg;

  if (option == 'o')
    render->output = value;
  else
    render->format = value;
  return true;
}

int harness__cli_render(int argc, char **argv) {
  static const struct option names[] = {{"format", required_argument, NULL, 'f'},
                                        {"output", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"ho:", names, usage, take_option};
  render_t render = {0};
  int code = harness__cli_options(argc, argv, &options, &render);

  if (code >= 0)
    return code;
  if (render.format == NULL)
    return refuse("--format is missing");
  if (!is_format(render.format))
    return refuse("--format must be mermaid, svg or html");
  if (argc - optind < 1 || argc - optind > 2)
    return refuse(argc == optind ? "a file is missing" : "too many arguments");
  render.names[1] = argv[argc - 1];
  render.names[0] = argc - optind == 2 ? argv[optind] : NULL;
  return load_and_run(&render);
}
