/* SPDX-License-Identifier: MIT */
/* Private: the book of what a test expects of functions (book.c). */
#ifndef HARNESS_CMOCKA_BOOK_H
#define HARNESS_CMOCKA_BOOK_H

#include <stdbool.h>

#include <harness/cmocka.h>

typedef enum harness__cmocka_kind {
  HARNESS__RETURNED, /* will_return, mock() */
  HARNESS__CHECKED,  /* expect_value and its like, check_expected() */
  HARNESS__CALLED,   /* expect_function_call, function_called() */
  HARNESS__KINDS
} harness__cmocka_kind_t;

typedef struct harness__cmocka_expected harness__cmocka_expected_t;
struct harness__cmocka_expected {
  harness__cmocka_expected_t *next;
  harness__cmocka_kind_t kind;
  const char *function;
  const char *parameter; /* of CHECKED */
  const char *file;
  int line;
  int first_count;           /* as it was given */
  int count;                 /* what is left of it */
  bool met;                  /* as often as it may be */
  LargestIntegralType value; /* of RETURNED; what check gets */
  CheckParameterValue check;
  CheckParameterEvent *event;
};

/* A test's function begins: nothing is expected. It has returned: cmocka learns what other threads did, so
 * that it can tell what is left over; returns whether nothing is. It ends in any other way: other threads
 * find that nothing is expected. All on the test's thread. */
void harness__cmocka_book_begin(void);
bool harness__cmocka_book_settle(void);
void harness__cmocka_book_end(void);

/* Something is expected: kind, function, parameter, file, line, first_count, value, check and event. Any
 * thread. */
void harness__cmocka_expect(const harness__cmocka_expected_t *given);

/* On the test's thread, just before cmocka meets what was expected. */
void harness__cmocka_meet_here(harness__cmocka_kind_t kind, const char *function, const char *parameter);

/* On another thread: meets it in cmocka's place. Returns the value of RETURNED, else 0; where nothing fits,
 * or the check fails, the test fails at that line and the call does not return. */
LargestIntegralType harness__cmocka_meet_elsewhere(harness__cmocka_kind_t kind, const char *function,
                                                   const char *parameter, LargestIntegralType value,
                                                   const char *file, int line);

/* An assertion leaves the calling thread's work, which may have been a check of the test's own. */
void harness__cmocka_book_let_go(void);

#endif
