/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/propose.h"
#include "report/unstable.h"
#include "support.h"

/* What is proposed where two log lines differ so. */
static char *proposal(const char *line_a, const char *line_b) {
  harness__buffer_t events = {0};
  harness__buffer_t out = {0};
  harness__transcript_t *a;
  harness__transcript_t *b;

  harness__buffer_printf(&events, "{'lane': 'a', 'event': 'log', 'text': '%s'}", line_a);
  a = support_transcript("'a'", events.text);
  harness__buffer_free(&events);
  harness__buffer_printf(&events, "{'lane': 'a', 'event': 'log', 'text': '%s'}", line_b);
  b = support_transcript("'a'", events.text);
  harness__buffer_free(&events);
  harness__propose(&out, a, b);
  harness__transcript_free(b);
  harness__transcript_free(a);
  return harness__buffer_take(&out);
}

static void assert_proposes(const char *a, const char *b, const char *expected) {
  char *text = proposal(a, b);

  assert_non_null(text);
  if (strstr(text, expected) == NULL)
    fail_msg("'%s' and '%s': %s is not in\n%s", a, b, expected, text);
  free(text);
}

static void generalises_two_values(void **state) {
  (void)state;
  assert_proposes("token=5f3a09bc;", "token=5f3b17d0;",
                  "harness_placeholder(h, \"token\", \"token=([0-9a-f]{8})\");");
  assert_proposes("id 17", "id 9", "(h, \"id\", \"id ([0-9]+)\")");
  assert_proposes("id 17 of 20", "id 19 of 20", "(h, \"id\", \"id ([0-9]{2})\")");
  assert_proposes("Session: AF09", "Session: B7E1", "(h, \"session\", \"Session: ([0-9A-F]{4})\")");
  assert_proposes("k=x7qz", "k=aa0y", "(h, \"k\", \"k=([0-9a-z]{4})\")");
  assert_proposes("k=Zx7q", "k=aa0y", "(h, \"k\", \"k=([0-9A-Za-z]{4})\")");
  assert_proposes("k=Z_7q", "k=aa0y", "(h, \"k\", \"k=([0-9A-Za-z_]{4})\")");
  assert_proposes("7 lines", "12 lines", "(h, \"value\", \"[0-9]+\")");
}

static void knows_ids_and_times(void **state) {
  (void)state;
  assert_proposes("request_id: 123e4567-e89b-12d3-a456-426614174000",
                  "request_id: 00112233-4455-6677-8899-aabbccddeeff",
                  "(h, \"request_id\", \"request_id: "
                  "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\")");
  assert_proposes("Date: 16:13:33 GMT", "Date: 16:13:34 GMT",
                  "(h, \"date\", \"Date: ([0-9]{2}:[0-9]{2}:[0-9]{2})\")");
}

/* The call can be copied as it stands. */
static void context_is_a_string_of_c(void **state) {
  (void)state;
  assert_proposes("id[$17]", "id[$18]", "(h, \"id\", \"id\\\\[\\\\$([0-9]{2})\")");
  assert_proposes("{\\\"id\\\": 17}", "{\\\"id\\\": 18}", "(h, \"id\", \"id\\\": ([0-9]{2})\")");
  assert_proposes("id\\\\17", "id\\\\18", "(h, \"id\", \"id\\\\\\\\([0-9]{2})\")");
  assert_proposes("id\\n17", "id\\n18", "(h, \"value\", \"[0-9]{2}\")");
  assert_proposes("id → 17", "id → 18", "(h, \"value\", \"[0-9]{2}\")");
}

/* The values are told, and never break the terminal or the line. */
static void names_both_values(void **state) {
  (void)state;
  assert_proposes("t=aaaa0000", "t=bbbb0000", "what varies: 'aaaa0000' and 'bbbb0000'\n");
  assert_proposes("t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "t=baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a'…");
}

static void says_what_a_placeholder_cannot_mend(void **state) {
  harness__buffer_t out = {0};
  harness__transcript_t *a = support_transcript("'a'", "{'lane': 'a', 'event': 'close'}");
  harness__transcript_t *b = support_transcript("'a'", "{'lane': 'a', 'event': 'close', 'at_ms': 7}");
  harness__transcript_t *c =
      support_transcript("'a'", "{'lane': 'a', 'event': 'close'}, {'lane': 'a', 'event': 'close'}");

  (void)state;
  assert_proposes("a → b", "a ← b", "what varies is data");
  harness__propose(&out, a, b);
  assert_non_null(strstr(out.text, "what varies is a time"));
  harness__buffer_free(&out);
  harness__propose(&out, a, a);
  assert_null(out.text);
  harness__propose(&out, a, c);
  assert_non_null(strstr(out.text, "what varies is what happens"));
  harness__buffer_free(&out);
  harness__transcript_free(c);
  harness__transcript_free(b);
  harness__transcript_free(a);
}

static void output_is_safe_to_print(void **state) {
  harness__buffer_t out = {0};
  char *long_text = calloc(1, 10000);

  (void)state;
  harness__report_output(&out, "one\n\x1b[31mtwo\xff", strlen("one\n\x1b[31mtwo\xff"));
  assert_string_equal(out.text, "  one\n  \\x1b[31mtwo\\xff\n");
  harness__buffer_free(&out);
  memset(long_text, 'x', 9999);
  harness__report_output(&out, long_text, 9999);
  assert_in_range(out.length, 4096, 4200);
  assert_memory_equal(out.text, "  …\n", strlen("  …\n"));
  harness__buffer_free(&out);
  free(long_text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(generalises_two_values),
    cmocka_unit_test(knows_ids_and_times),
    cmocka_unit_test(context_is_a_string_of_c),
    cmocka_unit_test(names_both_values),
    cmocka_unit_test(says_what_a_placeholder_cannot_mend),
    cmocka_unit_test(output_is_safe_to_print),
};

HARNESS_CMOCKA_MAIN("report/propose", tests)
