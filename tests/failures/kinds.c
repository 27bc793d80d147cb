/* SPDX-License-Identifier: MIT */
/* Each kind knows its own line, so that the table holds wherever lines move. */
#include "kinds.h"

#include <errno.h>

/* KIND(function, statements): what is in one such expansion has one line. */
#define KIND(name, ...)                                                                                      \
  enum { name##_line = __LINE__ };                                                                           \
  static void name(harness_t *h) {                                                                           \
    (void)h;                                                                                                 \
    __VA_ARGS__;                                                                                             \
  }

static int one = 1;
static const char hello[] = "hello";
static const char help[] = "help";
static char *const nothing = NULL;
static const LargestIntegralType odd[] = {1, 3, 5};

KIND(is_true, assert_true(one == 2))
KIND(is_false, assert_false(one == 1))
KIND(is_non_null, assert_non_null(nothing))
KIND(is_null, assert_null(&one))
KIND(ptr_equal, assert_ptr_equal(nothing, (void *)0x10))
KIND(ptr_not_equal, assert_ptr_not_equal((void *)0x10, (void *)0x10))
KIND(int_equal, assert_int_equal(one, 2))
KIND(int_not_equal, assert_int_not_equal(one, 1))
KIND(float_equal, assert_float_equal(1.0F, 2.5F, 0.1F))
KIND(float_not_equal, assert_float_not_equal(1.0F, 1.0F, 0.1F))
KIND(string_equal, assert_string_equal(hello, help))
KIND(string_not_equal, assert_string_not_equal(hello, "hello"))
KIND(memory_equal, assert_memory_equal(hello, help, 4))
KIND(memory_not_equal, assert_memory_not_equal(hello, help, 3))
KIND(in_range, assert_in_range(one, 4, 6))
KIND(not_in_range, assert_not_in_range(one, 0, 6))
KIND(in_set, assert_in_set(2, odd, 3))
KIND(not_in_set, assert_not_in_set(3, odd, 3))
KIND(return_code, assert_return_code(-one, ENOENT))
KIND(code_under_test_asserts, mock_assert(one == 2, "one == 2", __FILE__, __LINE__))
KIND(fails, fail())
KIND(fails_with_words, fail_msg("one is %d", one))
KIND(skips, skip())

/* Functions that a test has in the place of others. */
enum { asked_line = __LINE__ + 2 };
static int asked(void) {
  return mock_type(int);
}

enum { told_line = __LINE__ + 4 };
static void told(int number, const char *text) {
  (void)number;
  (void)text;
  check_expected(number);
}

enum { named_line = __LINE__ + 2 };
static void named(const char *text) {
  check_expected_ptr(text);
}

enum { called_line = __LINE__ + 2 };
static void called(void) {
  function_called();
}

enum { also_called_line = __LINE__ + 2 };
static void also_called(void) {
  function_called();
}

static void expect_answers(void) {
  will_return(asked, 7);
  will_return_count(asked, 8, 2);
  will_return_maybe(asked, 9);
}

KIND(gets_answers, assert_int_equal(asked(), 7); assert_int_equal(asked(), 8); assert_int_equal(asked(), 8);
     assert_int_equal(asked(), 9))
KIND(asks_too_often, (void)asked())
KIND(asks_too_little, assert_int_equal(asked(), 7))

static void expect_one_answer(void) {
  will_return(asked, 7);
}

static void expect_two_answers(void) {
  will_return(asked, 7);
  will_return(asked, 8);
}

KIND(asks_once_more, assert_int_equal(asked(), 7); (void)asked())
KIND(expects_and_asks, will_return(asked, 11); assert_int_equal(asked(), 11))

static void expect_two(void) {
  expect_value(told, number, 2);
}

static void expect_many(void) {
  expect_in_range_count(told, number, 2, 4, 2);
  expect_any(told, number);
  expect_string(named, text, "hello");
  expect_memory(named, text, "help", 4);
  expect_in_set(told, number, odd);
}

static void tell(const int *numbers, size_t count) {
  for (size_t i = 0; i < count; i++)
    told(numbers[i], NULL);
}

KIND(tells_what_is_expected, tell((const int[]){3, 4, 99}, 3); named(hello); named(help); told(5, NULL))
KIND(tells_another, told(3, NULL))
KIND(tells_unexpectedly, told(3, NULL))

static void expect_help(void) {
  expect_string(named, text, "help");
}

KIND(names_another, named(hello))

static void expect_calls(void) {
  expect_function_call(called);
  expect_function_calls(also_called, 2);
}

KIND(calls_in_order, called(); also_called(); also_called())
KIND(calls_unexpectedly, called())
KIND(calls_out_of_order, also_called())
KIND(calls_too_little, called())

static void expect_also_called(void) {
  expect_function_call(also_called);
}

KIND(calls_another, called())

KIND(made, (void)harness_assert_made(h, nothing))
KIND(ok, (void)harness_assert_ok(h, -104))
KIND(runs, (void)harness_assert_run(h, NULL))
KIND(has_transcript, harness_assert_transcript(h, NULL))

static int succeeds_never(harness_t *h, void *arg) {
  (void)h;
  (void)arg;
  return -1;
}

KIND(all_deliveries, harness_assert_all_deliveries(succeeds_never, NULL, NULL))
KIND(harness_fails, (void)harness_fail(h, "one is %d", one))
KIND(harness_checks, (void)harness_check(h, one == 2))

#define FAILING(group, f, says)                                                                              \
  { group, #f, NULL, f, FAILS, f##_line, says }

const kind_t kinds[] = {
    FAILING("assert_*", is_true, "one == 2"),
    FAILING("assert_*", is_false, "one == 1"),
    FAILING("assert_*", is_non_null, "nothing"),
    FAILING("assert_*", is_null, "&one"),
    FAILING("assert_*", ptr_equal, "0 != 0x10"),
    FAILING("assert_*", ptr_not_equal, "0x10 == 0x10"),
    FAILING("assert_*", int_equal, "0x1 != 0x2"),
    FAILING("assert_*", int_not_equal, "0x1 == 0x1"),
    FAILING("assert_*", float_equal, "1.000000 != 2.500000"),
    FAILING("assert_*", float_not_equal, "1.000000 == 1.000000"),
    FAILING("assert_*", string_equal, "\"hello\" != \"help\""),
    FAILING("assert_*", string_not_equal, "\"hello\" == \"hello\""),
    FAILING("assert_*", memory_equal, "difference at offset 3 0x6c 0x70"),
    FAILING("assert_*", memory_not_equal, "3bytes of "),
    FAILING("assert_*", in_range, "1 is not within the range 4-6"),
    FAILING("assert_*", not_in_range, "1 is within the range 0-6"),
    FAILING("assert_*", in_set, "2 is not in the set ("),
    FAILING("assert_*", not_in_set, "3 is in the set ("),
    FAILING("assert_*", return_code, "-one < 0, errno(2): No such file or directory"),
    FAILING("assert_*", code_under_test_asserts, "ASSERT: one == 2"),
    FAILING("fail, fail_msg", fails, NULL),
    FAILING("fail, fail_msg", fails_with_words, "ERROR: one is 1"),
    {"skip", "skips", NULL, skips, SKIPS, skips_line, NULL},
    {"mock", "gets_answers", expect_answers, gets_answers, PASSES, 0, NULL},
    {"mock", "expects_and_asks", NULL, expects_and_asks, PASSES, 0, NULL},
    {"mock", "asks_too_often", NULL, asks_too_often, FAILS, asked_line,
     "error: Could not get value to mock function asked"},
    {"mock", "asks_once_more", expect_one_answer, asks_once_more, FAILS, asked_line,
     "error: Could not get value to mock function asked"},
    {"mock", "asks_too_little", expect_two_answers, asks_too_little, FAILS, 0,
     "note: remaining item was declared here"},
    {"check_expected", "tells_what_is_expected", expect_many, tells_what_is_expected, PASSES, 0, NULL},
    {"check_expected", "tells_another", expect_two, tells_another, FAILS, told_line, "0x3 != 0x2"},
    {"check_expected", "names_another", expect_help, names_another, FAILS, named_line,
     "\"hello\" != \"help\""},
    {"check_expected", "tells_unexpectedly", NULL, tells_unexpectedly, FAILS, told_line,
     "error: Could not get value to check parameter number of function told"},
    {"function_called", "calls_in_order", expect_calls, calls_in_order, PASSES, 0, NULL},
    {"function_called", "calls_unexpectedly", NULL, calls_unexpectedly, FAILS, called_line,
     "error: No mock calls expected but called() was invoked in called"},
    {"function_called", "calls_out_of_order", expect_calls, calls_out_of_order, FAILS, also_called_line,
     "error: Expected call to called but received called() in also_called"},
    {"function_called", "calls_another", expect_also_called, calls_another, FAILS, called_line,
     "error: Expected call to also_called but received called() in called"},
    {"function_called", "calls_too_little", expect_calls, calls_too_little, FAILS, 0,
     "note: remaining item was declared here"},
    FAILING("harness_assert_*", made, "nothing is NULL: "),
    FAILING("harness_assert_*", ok, "-104 is -104: Connection reset by peer"),
    FAILING("harness_assert_*", runs, "NULL: "),
    FAILING("harness_assert_*", has_transcript, "harness_check_transcript: "),
    FAILING("harness_assert_*", all_deliveries, NULL),
    FAILING("harness_fail, _check", harness_fails, "one is 1"),
    FAILING("harness_fail, _check", harness_checks, "this does not hold: one == 2"),
};

const size_t kind_count = sizeof kinds / sizeof kinds[0];
