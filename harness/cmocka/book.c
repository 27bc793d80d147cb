/* SPDX-License-Identifier: MIT */
/*
 * will_return and mock(), expect_* and check_expected(), expect_function_call and function_called() on other
 * threads than the test's. cmocka keeps what is expected in lists of the test's thread, which no other can
 * reach. So a book is kept beside them, under a lock: what was expected, in its order, and how often it is
 * still to be met. On the test's own thread cmocka does all by itself, and the book follows. Another thread
 * takes from the book, by cmocka's rules, and leaves a note of it, a deed; the test's thread does the deeds
 * with cmocka's own functions before its next call of this kind, and when the test's function has returned,
 * so that the lists come to the same and cmocka itself tells what was left over.
 *
 * A check that another thread has made must not be made again: the value may be gone. So what cmocka calls to
 * check is a function from here, which passes while deeds are done.
 *
 * Counts are cmocka's: how often; -1: from now on, and at least once; -2: from now on, or never.
 */
#include "book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "elsewhere.h"
#include "ending.h"

typedef harness__cmocka_expected_t expected_t;

typedef struct deed {
  struct deed *next;
  bool expects; /* else meets */
  expected_t *of;
} deed_t;

/* Recursive: a check may be the test's own function, and expect or meet something itself. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static _Thread_local int locked;

static bool is_open;
static expected_t *book;
static expected_t **book_end = &book;
static deed_t *deeds;
static deed_t **deeds_end = &deeds;
static const expected_t *last_met[HARNESS__KINDS];
static deed_t *doing; /* this and is_doing: the test's thread only */
static bool is_doing;

static void lock_book(void) {
  (void)pthread_mutex_lock(&lock);
  locked++;
}

static void unlock_book(void) {
  locked--;
  (void)pthread_mutex_unlock(&lock);
}

void harness__cmocka_book_let_go(void) {
  while (locked > 0)
    unlock_book();
}

static void free_deeds(deed_t *first) {
  while (first != NULL) {
    deed_t *next = first->next;
    free(first);
    first = next;
  }
}

/* Deeds are done without the lock: cmocka's functions may leave by a jump. */
static deed_t *take_deeds(void) {
  deed_t *taken = deeds;

  deeds = NULL;
  deeds_end = &deeds;
  return taken;
}

void harness__cmocka_book_begin(void) {
  lock_book();
  while (book != NULL) {
    expected_t *next = book->next;
    free(book);
    book = next;
  }
  book_end = &book;
  free_deeds(take_deeds());
  free_deeds(doing); /* one of them has left by a jump */
  doing = NULL;
  is_doing = false;
  memset(last_met, 0, sizeof last_met);
  is_open = true;
  unlock_book();
}

void harness__cmocka_book_end(void) {
  lock_book();
  is_open = false;
  unlock_book();
}

/* What cmocka calls in place of the check that was given. */
static int check(const LargestIntegralType value, const LargestIntegralType data) {
  const expected_t *of = (const expected_t *)(uintptr_t)data;

  return is_doing || of->check(value, of->value);
}

static void expect_for_cmocka(const expected_t *of) {
  void (*return_it)(const char *function, const char *file, int line, LargestIntegralType value, int count);
  void (*check_it)(const char *function, const char *parameter, const char *file, int line,
                   CheckParameterValue check_value, LargestIntegralType data, CheckParameterEvent *event,
                   int count);
  void (*call_it)(const char *function, const char *file, int line, int count);

  if (of->kind == HARNESS__RETURNED) {
    *(void **)&return_it = harness__cmocka_real("_will_return");
    return_it(of->function, of->file, of->line, of->value, of->first_count);
  } else if (of->kind == HARNESS__CHECKED) {
    *(void **)&check_it = harness__cmocka_real("_expect_check");
    check_it(of->function, of->parameter, of->file, of->line, check, (LargestIntegralType)(uintptr_t)of,
             of->event, of->first_count);
  } else {
    *(void **)&call_it = harness__cmocka_real("_expect_function_call");
    call_it(of->function, of->file, of->line, of->first_count);
  }
}

static void meet_for_cmocka(const expected_t *of) {
  LargestIntegralType (*mock_it)(const char *function, const char *file, int line);
  void (*check_it)(const char *function, const char *parameter, const char *file, int line,
                   LargestIntegralType value);
  void (*call_it)(const char *function, const char *file, int line);

  if (of->kind == HARNESS__RETURNED) {
    *(void **)&mock_it = harness__cmocka_real("_mock");
    (void)mock_it(of->function, of->file, of->line);
  } else if (of->kind == HARNESS__CHECKED) {
    *(void **)&check_it = harness__cmocka_real("_check_expected");
    check_it(of->function, of->parameter, of->file, of->line, 0);
  } else {
    *(void **)&call_it = harness__cmocka_real("_function_called");
    call_it(of->function, of->file, of->line);
  }
}

static void do_deeds(deed_t *first) {
  doing = first;
  while (doing != NULL) {
    deed_t deed = *doing;

    free(doing);
    doing = deed.next;
    is_doing = true;
    if (deed.expects)
      expect_for_cmocka(deed.of);
    else
      meet_for_cmocka(deed.of);
    is_doing = false;
  }
}

bool harness__cmocka_book_settle(void) {
  const expected_t *of;
  deed_t *taken;

  lock_book();
  is_open = false;
  taken = take_deeds();
  unlock_book();
  do_deeds(taken);
  of = book;
  while (of != NULL && (of->met || of->count == -2))
    of = of->next;
  return of == NULL;
}

static bool fits(const expected_t *of, harness__cmocka_kind_t kind, const char *function,
                 const char *parameter) {
  return !of->met && of->kind == kind && (function == NULL || strcmp(of->function, function) == 0) &&
         (parameter == NULL || strcmp(of->parameter, parameter) == 0);
}

static expected_t *find_from(expected_t *from, harness__cmocka_kind_t kind, const char *function,
                             const char *parameter) {
  while (from != NULL && !fits(from, kind, function, parameter))
    from = from->next;
  return from;
}

/* Calls come in the order in which they are expected; those which may be left out stand aside. */
static expected_t *find_call(const char *function) {
  expected_t *of = find_from(book, HARNESS__CALLED, NULL, NULL);

  while (of != NULL && of->count < -1 && strcmp(of->function, function) != 0)
    of = find_from(of->next, HARNESS__CALLED, NULL, NULL);
  return of != NULL && strcmp(of->function, function) == 0 ? of : NULL;
}

static expected_t *find(harness__cmocka_kind_t kind, const char *function, const char *parameter) {
  return kind == HARNESS__CALLED ? find_call(function) : find_from(book, kind, function, parameter);
}

static void meet(expected_t *of) {
  last_met[of->kind] = of;
  if (of->count == 1)
    of->met = true;
  else if (of->count > -2)
    of->count--;
}

void harness__cmocka_meet_here(harness__cmocka_kind_t kind, const char *function, const char *parameter) {
  expected_t *of;
  deed_t *taken;

  lock_book();
  taken = take_deeds();
  of = find(kind, function, parameter);
  if (of != NULL)
    meet(of);
  else
    is_open = false; /* cmocka is about to end the test */
  unlock_book();
  do_deeds(taken);
  if (of == NULL)
    harness__cmocka_leaves();
}

/* On the test's thread cmocka is told at once. Where there is no memory the book has a gap then, and another
 * thread finds nothing expected. */
static void expect_here(const expected_t *given) {
  expected_t *of = malloc(sizeof *of);
  deed_t *taken;

  if (of != NULL)
    *of = *given;
  lock_book();
  taken = take_deeds();
  if (of != NULL) {
    *book_end = of;
    book_end = &of->next;
  }
  unlock_book();
  do_deeds(taken);
  expect_for_cmocka(of != NULL ? of : given);
}

/* Says why, and fails the test. */
static void refuse(const expected_t *given, const char *why) {
  harness__cmocka_note("%s:%d: error: nothing can be expected of %s: %s\n", given->file, given->line,
                       given->function, why);
  harness__cmocka_leave_elsewhere(false, given->file, given->line);
}

static void leave_deed(deed_t *deed) {
  *deeds_end = deed;
  deeds_end = &deed->next;
}

static void expect_elsewhere(const expected_t *given) {
  expected_t *of = malloc(sizeof *of);
  deed_t *deed = calloc(1, sizeof *deed);
  bool open;

  if (of == NULL || deed == NULL) {
    free(of);
    free(deed);
    refuse(given, "memory is exhausted");
    return;
  }
  *of = *given;
  *deed = (deed_t){.expects = true, .of = of};
  lock_book();
  open = is_open;
  if (open) {
    *book_end = of;
    book_end = &of->next;
    leave_deed(deed);
  }
  unlock_book();
  if (open)
    return;
  free(of);
  free(deed);
  refuse(given, "no test runs");
}

void harness__cmocka_expect(const expected_t *given) {
  expected_t of = *given;

  of.count = of.first_count;
  if (harness__cmocka_is_elsewhere())
    expect_elsewhere(&of);
  else
    expect_here(&of);
}

/* cmocka's words for a call that nothing fits, with the lock held. */
static void note_unexpected(harness__cmocka_kind_t kind, const char *function, const char *parameter,
                            const char *file, int line) {
  const expected_t *next = kind == HARNESS__CALLED ? find_from(book, kind, NULL, NULL) : NULL;
  const expected_t *last = last_met[kind];

  if (kind == HARNESS__CALLED && next != NULL) {
    harness__cmocka_note("%s:%d: error: Expected call to %s but received called() in %s\n", file, line,
                         next->function, function);
    return;
  }
  if (kind == HARNESS__CALLED) {
    harness__cmocka_note("%s:%d: error: No mock calls expected but called() was invoked in %s\n", file, line,
                         function);
    return;
  }
  if (kind == HARNESS__RETURNED)
    harness__cmocka_note("%s:%d: error: Could not get value to mock function %s\n", file, line, function);
  else
    harness__cmocka_note("%s:%d: error: Could not get value to check parameter %s of function %s\n", file,
                         line, parameter, function);
  if (last != NULL)
    harness__cmocka_note("%s:%d: note: the last that was expected stands here\n", last->file, last->line);
}

LargestIntegralType harness__cmocka_meet_elsewhere(harness__cmocka_kind_t kind, const char *function,
                                                   const char *parameter, LargestIntegralType value,
                                                   const char *file, int line) {
  deed_t *deed = calloc(1, sizeof *deed);
  LargestIntegralType result = 0;
  bool good = deed != NULL;
  expected_t *of;

  lock_book();
  of = is_open ? find(kind, function, parameter) : NULL;
  if (of == NULL) {
    note_unexpected(kind, function, parameter, file, line);
    good = false;
  }
  if (good) {
    meet(of);
    *deed = (deed_t){.of = of};
    leave_deed(deed);
    deed = NULL;
    result = of->value;
    good = kind != HARNESS__CHECKED || of->check(value, of->value) != 0;
    if (!good)
      harness__cmocka_note("%s:%d: error: Check of parameter %s, function %s failed\n"
                           "%s:%d: note: Expected parameter declared here\n",
                           file, line, parameter, function, of->file, of->line);
  }
  unlock_book();
  free(deed);
  if (!good)
    harness__cmocka_leave_elsewhere(false, file, line);
  return result;
}
