/* SPDX-License-Identifier: MIT */
/*
 * One pending file after the other on a terminal.
 *
 * Nothing is accepted by accident: only single keys count, typed after the question was there (terminal.c); a
 * file may be accepted once all of its difference was shown, page by page; accepting the rest unseen asks
 * once more; what is accepted is what was shown, else it is shown anew (pending.c). Whatever is no key of
 * those shown does nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "cli/review.h"
#include "cli/terminal.h"
#include "report/text.h"

static const char question[] = "accept, reject, skip, quit or ? for help [a r s q ?] ";
static const char help[] = "  a  accept: this transcript becomes the fixture\n"
                           "  r  reject: this transcript is removed, the fixture stays\n"
                           "  s  skip: both stay\n"
                           "  d  show it side by side, or one above the other again\n"
                           "  v  show it again\n"
                           "  w  show the whole transcript, nothing of it cut off\n"
                           "  A  accept this and all that follow\n"
                           "  R  reject this and all that follow\n"
                           "  q  quit: what is left stays pending\n";

/* What comes after a file was shown. */
typedef enum next { NEXT_ASK, NEXT_SHOW, NEXT_FILE, NEXT_ALL, NEXT_END } next_t;

static void add_sentence(harness__buffer_t *out, const harness__pending_file_t *file) {
  harness__buffer_string(out, file->sentence != NULL ? file->sentence : "memory is exhausted");
  harness__buffer_char(out, '\n');
}

/* Adds a text that some call gave, NULL for exhausted memory. */
static void add_taken(harness__buffer_t *out, char *text) {
  if (text != NULL)
    harness__buffer_string(out, text);
  else
    out->failed = true;
  free(text);
}

static void add_whole(harness__buffer_t *out, const harness__transcript_t *transcript) {
  harness__buffer_char(out, '\n');
  if (transcript->count == 0)
    harness__buffer_string(out, "(no events)\n");
  else
    add_taken(out, harness__report_text(transcript));
}

static void add_against_fixture(harness__buffer_t *out, const harness__look_t *look,
                                const harness__pending_t *pending) {
  const harness__pending_file_t *fixture = &pending->fixture;

  if (fixture->transcript == NULL && fixture->exists) {
    add_sentence(out, fixture);
    harness__buffer_string(out, "It would be replaced by this transcript:\n");
    add_whole(out, pending->made.transcript);
  } else if (fixture->transcript == NULL) {
    harness__buffer_string(out, "There is no fixture yet. The whole transcript:\n");
    add_whole(out, pending->made.transcript);
  } else if (harness__transcript_equal(fixture->transcript, pending->made.transcript, NULL)) {
    harness__buffer_string(out, "It says the same as the fixture.\n");
  } else {
    add_taken(out, harness__compared(look, fixture->transcript, fixture->path, pending->made.transcript,
                                     pending->made.path));
  }
}

static char *text_of(const harness__review_t *review, size_t index, const harness__pending_t *pending) {
  harness__buffer_t out = {0};

  harness__buffer_printf(&out, "\n%zu of %zu: ", index + 1, review->list.count);
  harness__text_escape(&out, pending->made.path, strlen(pending->made.path), '\0');
  harness__buffer_string(&out, "\n\n");
  if (pending->made.transcript == NULL) {
    add_sentence(&out, &pending->made);
    harness__buffer_string(&out, "It can be rejected, not accepted.\n");
  } else if (review->whole) {
    add_whole(&out, pending->made.transcript);
  } else {
    add_against_fixture(&out, &review->look, pending);
    if (pending->is_stale)
      harness__buffer_string(&out,
                             "The fixture was changed after this was recorded; better run the test again.\n");
  }
  harness__buffer_char(&out, '\n');
  return harness__buffer_take(&out);
}

/* The columns of a line that may have colours in it. */
static size_t columns_of(const char *line, size_t size) {
  size_t count = 0;
  size_t from = 0;

  for (size_t i = 0; i < size; i++) {
    if (line[i] != '\033')
      continue;
    count += harness__columns(line + from, i - from);
    while (i < size && line[i] != 'm')
      i++;
    from = i + 1;
  }
  return from < size ? count + harness__columns(line + from, size - from) : count;
}

/* How many bytes of the text, whole lines, fill the screen but for one row; at least one line. */
static size_t page_of(const char *text, size_t width, size_t rows) {
  size_t used = 0;
  size_t at = 0;

  if (rows == 0)
    return strlen(text);
  while (text[at] != '\0') {
    size_t line = strcspn(text + at, "\n");
    size_t columns = columns_of(text + at, line);
    used += columns > width ? (columns + width - 1) / width : 1;
    if (used + 1 > rows && at > 0)
      break;
    at += line + (text[at + line] == '\n');
  }
  return at;
}

/* Waits for what to do before the rest of a long text. NEXT_ASK: print on, *rows lines. */
static next_t ask_for_more(harness__review_t *review, size_t *rows) {
  for (;;) {
    int key = harness__terminal_ask("more: space, to its end: e, skip: s, quit: q ");
    (void)printf("\n");
    switch (key) {
    case ' ':
    case '\n':
      return NEXT_ASK;
    case 'e':
      *rows = 0;
      return NEXT_ASK;
    case 's':
      review->left++;
      return NEXT_FILE;
    case 'q':
    case HARNESS__KEY_END:
      return NEXT_END;
    default:
      (void)printf("Not all of it was shown yet.\n");
    }
  }
}

/* Prints what is to be known of a file. NEXT_ASK where all of it was shown. */
static next_t show(harness__review_t *review, size_t index, const harness__pending_t *pending) {
  size_t rows;
  char *text;
  next_t next = NEXT_ASK;

  harness__terminal_size(&review->look.width, &rows);
  text = text_of(review, index, pending);
  review->whole = false;
  if (text == NULL) {
    (void)fputs("harness review: memory is exhausted\n", stderr);
    review->trouble = true;
    return NEXT_END;
  }
  for (const char *at = text; *at != '\0' && next == NEXT_ASK;) {
    size_t page = page_of(at, review->look.width, rows);
    (void)fwrite(at, 1, page, stdout);
    at += page;
    if (*at != '\0')
      next = ask_for_more(review, &rows);
  }
  free(text);
  return next;
}

/* Does to the files from index + 1 on what was done to this one. */
static void do_rest(harness__review_t *review, size_t index,
                    bool (*act)(harness__review_t *review, harness__pending_t *pending)) {
  for (size_t i = index + 1; i < review->list.count; i++) {
    harness__pending_t pending;
    if (harness__review_look(review, i, &pending) && !act(review, &pending))
      review->left++;
    harness__pending_free(&pending);
  }
}

/* Asks once more where there are files that were not shown. */
static bool is_meant(const harness__review_t *review, size_t index, const char *verb) {
  char text[80];
  int key;

  if (index + 1 == review->list.count)
    return true;
  (void)snprintf(text, sizeof text, "%s this and the %zu after it, unseen? [y n] ", verb,
                 review->list.count - index - 1);
  key = harness__terminal_ask(text);
  (void)printf("\n");
  if (key != 'y')
    (void)printf("Nothing was done.\n");
  return key == 'y';
}

/* Accepts or rejects the file that was shown, and all where that is what was meant. */
static next_t decide(harness__review_t *review, size_t index, harness__pending_t *pending, bool all,
                     bool (*act)(harness__review_t *review, harness__pending_t *pending)) {
  if (all && !is_meant(review, index, act == harness__review_accept ? "accept" : "reject"))
    return NEXT_ASK;
  if (!act(review, pending))
    return NEXT_SHOW;
  if (!all)
    return NEXT_FILE;
  do_rest(review, index, act);
  return NEXT_ALL;
}

static next_t do_key(harness__review_t *review, size_t index, harness__pending_t *pending, int key) {
  switch (key) {
  case 'a':
  case 'A':
    if (!harness__review_may_accept())
      return NEXT_ASK;
    return decide(review, index, pending, key == 'A', harness__review_accept);
  case 'r':
  case 'R':
    return decide(review, index, pending, key == 'R', harness__review_reject);
  case 's':
    review->left++;
    return NEXT_FILE;
  case 'd':
    review->look.side_by_side = !review->look.side_by_side;
    return NEXT_SHOW;
  case 'w':
    review->whole = true;
    return NEXT_SHOW;
  case 'v':
    return NEXT_SHOW;
  case 'q':
  case HARNESS__KEY_END:
    return NEXT_END;
  default:
    (void)printf("%s", help);
    return NEXT_ASK;
  }
}

/* Until it is known what becomes of that file. */
static next_t review_one(harness__review_t *review, size_t index) {
  harness__pending_t pending;
  next_t next = NEXT_SHOW;
  bool there = harness__review_look(review, index, &pending);

  while (there && (next == NEXT_SHOW || next == NEXT_ASK)) {
    if (next == NEXT_SHOW) {
      harness__pending_free(&pending);
      there = harness__review_look(review, index, &pending);
      next = there ? show(review, index, &pending) : NEXT_FILE;
    }
    if (next == NEXT_ASK) {
      int key = harness__terminal_ask(question);
      (void)printf("\n");
      next = do_key(review, index, &pending, key);
    }
  }
  harness__pending_free(&pending);
  return there ? next : NEXT_FILE;
}

void harness__review_keys(harness__review_t *review) {
  next_t next = NEXT_FILE;
  size_t index = 0;

  if (!harness__terminal_enter()) {
    perror("harness review: the terminal");
    review->trouble = true;
    return;
  }
  for (; index < review->list.count && next == NEXT_FILE; index++)
    next = review_one(review, index);
  harness__terminal_leave();
  /* Quitting leaves the file that was shown, too. */
  if (next == NEXT_END)
    review->left += review->list.count - index + 1;
  (void)printf("%zu accepted, %zu rejected, %zu left\n", review->accepted, review->rejected, review->left);
}
