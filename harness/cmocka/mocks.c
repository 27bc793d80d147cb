/* SPDX-License-Identifier: MIT */
/*
 * cmocka's functions for what is expected of others, which the dynamic linker prefers to its own. Each keeps
 * the book (book.c) and has cmocka do the rest, or, on another thread than the test's, the book alone.
 * Outside of a test's function (in set-ups, tear-downs and other programs' mains) they pass on. Weak, as in
 * elsewhere.c.
 */
#include <harness/cmocka.h>

#include "book.h"
#include "elsewhere.h"
#include "ending.h"

HARNESS_API __attribute__((weak)) void _will_return(const char *const function_name, const char *const file,
                                                    const int line, const LargestIntegralType value,
                                                    const int count) {
  void (*real)(const char *function, const char *file, int line, LargestIntegralType value, int count);
  harness__cmocka_expected_t given = {.kind = HARNESS__RETURNED, .function = function_name};

  given.file = file;
  given.line = line;
  given.value = value;
  given.first_count = count;
  if (harness__cmocka_in_function() || harness__cmocka_is_elsewhere()) {
    harness__cmocka_expect(&given);
    return;
  }
  *(void **)&real = harness__cmocka_real("_will_return");
  real(function_name, file, line, value, count);
}

HARNESS_API __attribute__((weak)) void _expect_check(const char *const function, const char *const parameter,
                                                     const char *const file, const int line,
                                                     const CheckParameterValue check_function,
                                                     const LargestIntegralType check_data,
                                                     CheckParameterEvent *const event, const int count) {
  void (*real)(const char *of, const char *its, const char *path, int at, CheckParameterValue check,
               LargestIntegralType data, CheckParameterEvent *kept, int times);
  harness__cmocka_expected_t given = {.kind = HARNESS__CHECKED, .function = function, .parameter = parameter};

  given.file = file;
  given.line = line;
  given.value = check_data;
  given.check = check_function;
  given.event = event;
  given.first_count = count;
  if (harness__cmocka_in_function() || harness__cmocka_is_elsewhere()) {
    harness__cmocka_expect(&given);
    return;
  }
  *(void **)&real = harness__cmocka_real("_expect_check");
  real(function, parameter, file, line, check_function, check_data, event, count);
}

HARNESS_API __attribute__((weak)) void _expect_function_call(const char *const function_name,
                                                             const char *const file, const int line,
                                                             const int count) {
  void (*real)(const char *function, const char *path, int at, int times);
  harness__cmocka_expected_t given = {.kind = HARNESS__CALLED, .function = function_name};

  given.file = file;
  given.line = line;
  given.first_count = count;
  if (harness__cmocka_in_function() || harness__cmocka_is_elsewhere()) {
    harness__cmocka_expect(&given);
    return;
  }
  *(void **)&real = harness__cmocka_real("_expect_function_call");
  real(function_name, file, line, count);
}

HARNESS_API __attribute__((weak)) LargestIntegralType _mock(const char *const function,
                                                            const char *const file, const int line) {
  LargestIntegralType (*real)(const char *of, const char *path, int at);

  if (harness__cmocka_is_elsewhere())
    return harness__cmocka_meet_elsewhere(HARNESS__RETURNED, function, NULL, 0, file, line);
  if (harness__cmocka_in_function())
    harness__cmocka_meet_here(HARNESS__RETURNED, function, NULL);
  *(void **)&real = harness__cmocka_real("_mock");
  return real(function, file, line);
}

HARNESS_API __attribute__((weak)) void _check_expected(const char *const function_name,
                                                       const char *const parameter_name, const char *file,
                                                       const int line, const LargestIntegralType value) {
  void (*real)(const char *of, const char *its, const char *path, int at, LargestIntegralType given);

  if (harness__cmocka_is_elsewhere()) {
    (void)harness__cmocka_meet_elsewhere(HARNESS__CHECKED, function_name, parameter_name, value, file, line);
    return;
  }
  if (harness__cmocka_in_function())
    harness__cmocka_meet_here(HARNESS__CHECKED, function_name, parameter_name);
  *(void **)&real = harness__cmocka_real("_check_expected");
  real(function_name, parameter_name, file, line, value);
}

HARNESS_API __attribute__((weak)) void _function_called(const char *const function, const char *const file,
                                                        const int line) {
  void (*real)(const char *of, const char *path, int at);

  if (harness__cmocka_is_elsewhere()) {
    (void)harness__cmocka_meet_elsewhere(HARNESS__CALLED, function, NULL, 0, file, line);
    return;
  }
  if (harness__cmocka_in_function())
    harness__cmocka_meet_here(HARNESS__CALLED, function, NULL);
  *(void **)&real = harness__cmocka_real("_function_called");
  real(function, file, line);
}
