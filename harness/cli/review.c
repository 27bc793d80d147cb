/* SPDX-License-Identifier: MIT */
/* harness review: what is pending, to be accepted or rejected. The keys are in review_keys.c. */
#include "cli/review.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "record/fixture.h"

static const char usage[] =
    "usage: harness review [--list | --accept | --reject] [--color WHEN] [PATH...]\n"
    "\n"
    "A test whose transcript differs from its fixture CASE.json leaves CASE.new.json\n"
    "beside it. For each such file at the paths (folders or files; \".\" without one)\n"
    "this shows the difference and asks for one key: a accepts (it becomes the\n"
    "fixture), r rejects (it is removed), s skips, ? lists all keys.\n"
    "\n"
    "  --list        print the pending files, one a line, and ask nothing\n"
    "  --accept      accept all, unseen; not where CI is set\n"
    "  --reject      reject all, unseen\n"
    "  --color WHEN  always, never, or auto (the default): where standard output is a\n"
    "                terminal and NO_COLOR is not set\n"
    "  --help        this text\n"
    "  --version     the version of the library\n"
    "\n"
    "Exit status: 0 nothing is left pending, 1 something is, 2 trouble.\n";

enum { LIST = 256, ACCEPT, REJECT, COLOR };

void harness__review_tell(const char *before, const char *path, const char *behind) {
  harness__buffer_t text = {0};

  harness__text_escape(&text, path, strlen(path), '\0');
  (void)printf("%s%s%s\n", before, text.text != NULL ? text.text : "?", behind);
  (void)fflush(stdout);
  harness__buffer_free(&text);
}

/* Takes the sentence. What has changed meanwhile is no trouble, it can be looked at again. */
static void count_failure(harness__review_t *review, harness__pending_result_t result, char *sentence) {
  (void)fprintf(stderr, "harness review: %s\n", sentence != NULL ? sentence : "memory is exhausted");
  free(sentence);
  review->trouble = review->trouble || result == HARNESS__PENDING_TROUBLE;
}

bool harness__review_may_accept(void) {
  if (!harness__fixture_in_ci())
    return true;
  (void)fputs("harness review: CI is set, and fixtures are not changed there\n", stderr);
  return false;
}

bool harness__review_accept(harness__review_t *review, harness__pending_t *pending) {
  char *sentence;
  harness__pending_result_t result = harness__pending_accept(pending, &sentence);

  if (result != HARNESS__PENDING_DONE) {
    count_failure(review, result, sentence);
    return false;
  }
  harness__review_tell("accepted ", pending->fixture.path, "");
  review->accepted++;
  return true;
}

bool harness__review_reject(harness__review_t *review, harness__pending_t *pending) {
  char *sentence;
  harness__pending_result_t result = harness__pending_reject(pending, &sentence);

  if (result != HARNESS__PENDING_DONE) {
    count_failure(review, result, sentence);
    return false;
  }
  harness__review_tell("rejected ", pending->made.path, "");
  review->rejected++;
  return true;
}

bool harness__review_look(harness__review_t *review, size_t index, harness__pending_t *pending) {
  const char *path = review->list.places[index].path;
  int error = harness__pending_look(pending, path);

  if (error == ENOENT) {
    harness__review_tell("gone ", path, "");
    return false;
  }
  if (error == 0)
    return true;
  (void)fprintf(stderr, "harness review: %s\n", strerror(error));
  review->trouble = true;
  review->left++;
  return false;
}

static void list_all(harness__review_t *review) {
  for (size_t i = 0; i < review->list.count; i++)
    harness__review_tell("", review->list.places[i].path, "");
  review->left = review->list.count;
}

static void do_all(harness__review_t *review,
                   bool (*act)(harness__review_t *review, harness__pending_t *pending)) {
  for (size_t i = 0; i < review->list.count; i++) {
    harness__pending_t pending;
    if (harness__review_look(review, i, &pending)) {
      if (!act(review, &pending))
        review->left++;
      else if (act == harness__review_accept && pending.is_stale)
        harness__review_tell("note: ", pending.fixture.path,
                             " had been changed after the accepted transcript was recorded");
    }
    harness__pending_free(&pending);
  }
}

static int review_all(harness__review_t *review, int mode) {
  if (review->list.count == 0) {
    if (mode != LIST && !review->list.trouble)
      (void)printf("nothing to review\n");
  } else if (mode == LIST) {
    list_all(review);
  } else if (mode == ACCEPT && !harness__review_may_accept()) {
    return HARNESS__CLI_TROUBLE;
  } else if (mode == ACCEPT || mode == REJECT) {
    do_all(review, mode == ACCEPT ? harness__review_accept : harness__review_reject);
  } else if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    (void)fputs(
        "harness review: keys are asked for on a terminal only; elsewhere use --list, --accept or --reject\n",
        stderr);
    return HARNESS__CLI_TROUBLE;
  } else {
    harness__review_keys(review);
  }
  if (review->trouble || review->list.trouble)
    return HARNESS__CLI_TROUBLE;
  return review->left > 0 ? HARNESS__CLI_DIFFERENT : HARNESS__CLI_SAME;
}

typedef struct choice {
  harness__review_t *review;
  int mode; /* LIST, ACCEPT, REJECT; 0: keys */
} choice_t;

static bool set_option(void *arg, int option, char *value) {
  choice_t *choice = arg;

  if (option == COLOR)
    return harness__terminal_color("review", value, &choice->review->look.color);
  if (choice->mode != 0 && choice->mode != option) {
    (void)fputs("harness review: only one of --list, --accept and --reject can be done\n", stderr);
    return false;
  }
  choice->mode = option;
  return true;
}

int harness__cli_review(int argc, char **argv) {
  static const struct option names[] = {{"list", no_argument, NULL, LIST},
                                        {"accept", no_argument, NULL, ACCEPT},
                                        {"reject", no_argument, NULL, REJECT},
                                        {"color", required_argument, NULL, COLOR},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"h", names, usage, set_option};
  harness__review_t review = {.look = {.context = HARNESS__CONTEXT}};
  choice_t choice = {.review = &review};
  int code;

  (void)harness__terminal_color("review", "auto", &review.look.color);
  code = harness__cli_options(argc, argv, &options, &choice);
  if (code >= 0)
    return code;
  if (optind == argc)
    harness__pending_find(&review.list, ".");
  for (int i = optind; i < argc; i++)
    harness__pending_find(&review.list, argv[i]);
  harness__pending_sort(&review.list);
  code = review_all(&review, choice.mode);
  harness__pending_list_free(&review.list);
  return harness__cli_print(strdup(""), code);
}
