/* SPDX-License-Identifier: MIT */
/* A harness that keeps no transcript. */
#include <harness/cmocka.h>

#include <malloc.h>
#include <string.h>
#include <uv.h>

static void count_line(const char *lane, const char *text, void *arg) {
  (void)lane;
  (void)text;
  ++*(int *)arg;
}

/* 20,000 lines of 1 KB: nothing of them stays (a sanitizer's malloc says 0 both times). */
static void keeps_no_events(void **state) {
  enum { LINES = 20000 };
  harness_options_t options = {.no_transcript = 1, .report = harness_cmocka_report};
  harness_t *h = harness_open(&options);
  size_t before;
  int count = 0;

  (void)state;
  assert_non_null(h);
  harness_set_log_sink(h, count_line, &count);
  harness_log(h, "first");
  before = mallinfo2().uordblks;
  for (int i = 0; i < LINES; i++)
    harness_log(h, "%1000d", i);
  assert_true(mallinfo2().uordblks <= before + 4096);
  assert_int_equal(count, LINES + 1);
  assert_null(harness_transcript_text(h));
  assert_int_equal(harness_error_code(h), UV_ENOTSUP);
  assert_non_null(strstr(harness_error(h), "opened with no_transcript"));
  assert_int_equal(harness_check_transcript(h, "none"), HARNESS_CHECK_TROUBLE);
  assert_int_equal(harness_save_transcript(h, "none.json"), UV_ENOTSUP);
  assert_int_equal(harness_close(h), 0);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_no_events)};

HARNESS_CMOCKA_MAIN("world/transcript", tests)
