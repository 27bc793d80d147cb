/* SPDX-License-Identifier: MIT */
/* The delivery policies by themselves: each cut, each border, each text. */
#include <harness/cmocka.h>

#include <string.h>
#include <uv.h>

#include <harness/core.h>

#include "network/delivery.h"

/* A policy with something behind its offsets, which nobody may look at. */
typedef struct guarded {
  harness_delivery_t delivery;
  uint64_t behind;
} guarded_t;

static guarded_t full(uint64_t behind) {
  guarded_t guarded = {{.kind = HARNESS_DELIVERY_SPLIT_AT}, behind};

  for (size_t i = 0; i < HARNESS_DELIVERY_OFFSETS; i++)
    guarded.delivery.offsets[i] = 10 * (i + 1);
  return guarded;
}

static uint64_t cut(const harness_delivery_t *delivery, uint64_t delivered, uint64_t parcel,
                    uint64_t written) {
  harness__cut_t due = {delivered, parcel, written};
  uint64_t random = 0;

  return harness__delivery_cut(delivery, &due, &random, "");
}

static void offsets_have_to_ascend(void **state) {
  guarded_t most = full(1);

  (void)state;
  assert_true(harness__delivery_is_valid(&most.delivery));
  for (size_t i = 1; i < HARNESS_DELIVERY_OFFSETS; i++) {
    guarded_t wrong = full(UINT64_MAX);
    wrong.delivery.offsets[i] = wrong.delivery.offsets[i - 1];
    assert_false(harness__delivery_is_valid(&wrong.delivery));
  }
  assert_true(harness__delivery_is_valid(&(harness_delivery_t){HARNESS_DELIVERY_SPLIT_AT, 0, {1}}));
  assert_false(harness__delivery_is_valid(&(harness_delivery_t){.kind = HARNESS_DELIVERY_SPLIT_AT}));
}

static void a_kind_has_to_exist(void **state) {
  static const int wrong[] = {-1, HARNESS_DELIVERY_SEEDED + 1};

  (void)state;
  for (int kind = HARNESS_DELIVERY_DEFAULT; kind <= HARNESS_DELIVERY_SEEDED; kind++)
    assert_true(harness__delivery_is_valid(
        &(harness_delivery_t){.kind = (harness_delivery_kind_t)kind, .offsets = {1}}));
  for (size_t i = 0; i < 2; i++)
    assert_false(harness__delivery_is_valid(
        &(harness_delivery_t){.kind = (harness_delivery_kind_t)wrong[i], .offsets = {1}}));
}

static void each_policy_cuts_where_it_says(void **state) {
  harness_delivery_t coalesced = {.kind = HARNESS_DELIVERY_COALESCED};
  harness_delivery_t bytewise = {.kind = HARNESS_DELIVERY_BYTEWISE};

  (void)state;
  assert_int_equal(cut(&harness__delivery_as_written, 3, 8, 20), 8);
  assert_int_equal(cut(&(harness_delivery_t){0}, 3, 8, 20), 8);
  assert_int_equal(cut(&coalesced, 3, 8, 20), 20);
  assert_int_equal(cut(&bytewise, 3, 8, 20), 4);
  /* An earlier delivery ran ahead, to the end of this write or beyond. */
  assert_int_equal(cut(&coalesced, 8, 8, 20), 8);
  assert_int_equal(cut(&bytewise, 9, 8, 20), 9);
  assert_true(harness__delivery_joins(&coalesced));
  assert_false(harness__delivery_joins(&bytewise));
  assert_false(harness__delivery_joins(&harness__delivery_as_written));
}

static void splits_are_looked_for_as_far_as_the_list_goes(void **state) {
  harness_delivery_t ended = {HARNESS_DELIVERY_SPLIT_AT, 0, {5, 0, 9}};
  guarded_t most = full(170);

  (void)state;
  assert_int_equal(cut(&most.delivery, 0, 300, 300), 10);
  assert_int_equal(cut(&most.delivery, 9, 300, 300), 10);
  assert_int_equal(cut(&most.delivery, 10, 300, 300), 20);
  assert_int_equal(cut(&most.delivery, 10, 12, 15), 15);
  assert_int_equal(cut(&most.delivery, 159, 300, 300), 160);
  assert_int_equal(cut(&most.delivery, 160, 300, 300), 300);
  assert_int_equal(cut(&ended, 4, 20, 20), 5);
  assert_int_equal(cut(&ended, 5, 20, 20), 20);
}

/* A number for all the cuts that a seed makes in a stream of that size. */
static uint64_t sum_of_cuts(uint64_t seed, const char *name, uint64_t size) {
  harness_delivery_t delivery = {.kind = HARNESS_DELIVERY_SEEDED, .seed = seed};
  uint64_t random = 0;
  uint64_t sum = 0;
  uint64_t at = 0;

  for (int i = 0; i < 1000 && at < size; i++) {
    uint64_t next = harness__delivery_cut(&delivery, &(harness__cut_t){at, size, size}, &random, name);
    assert_true(next > at && next <= size);
    at = next;
    sum = sum * 31 + at;
  }
  return sum;
}

/* The cuts of a seed are part of what a test promises: they may never change. */
static void a_seed_cuts_alike_for_ever(void **state) {
  (void)state;
  assert_int_equal(sum_of_cuts(42, "server/1", 1000000), 0xe5a56a9a004574c2U);
  assert_int_equal(sum_of_cuts(42, "client", 1000000), 0xa7057cU);
  assert_int_equal(sum_of_cuts(0, "", 100000), 0x1ec9f89248de38e7U);
  assert_int_equal(sum_of_cuts(7, "client", 3), 0x22U);
  assert_int_equal(sum_of_cuts(1, "client", UINT64_MAX), 0xa070d134d68d6033U);
  assert_int_equal(sum_of_cuts(2, "client", UINT64_MAX / 2), 0xa7ccc46615968e7eU);
}

static void a_policy_is_read_from_text(void **state) {
  static const struct {
    const char *text;
    harness_delivery_t delivery;
  } cases[] = {
      {"as_written", {.kind = HARNESS_DELIVERY_AS_WRITTEN}},
      {"coalesced", {.kind = HARNESS_DELIVERY_COALESCED}},
      {"bytewise", {.kind = HARNESS_DELIVERY_BYTEWISE}},
      {"split_at:21", {HARNESS_DELIVERY_SPLIT_AT, 0, {21}}},
      {"split_at:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
       {HARNESS_DELIVERY_SPLIT_AT, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}},
      {"seeded:0", {.kind = HARNESS_DELIVERY_SEEDED}},
      {"seeded:9", {.kind = HARNESS_DELIVERY_SEEDED, .seed = 9}},
      {"seeded:18446744073709551615", {.kind = HARNESS_DELIVERY_SEEDED, .seed = UINT64_MAX}},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    harness_delivery_t delivery = {0};
    assert_int_equal(harness_delivery_parse(cases[i].text, &delivery), 0);
    assert_memory_equal(&delivery, &cases[i].delivery, sizeof delivery);
  }
}

static void what_is_no_policy_is_refused(void **state) {
  static const char *const cases[] = {
      "",
      "bytewise ",
      "seeded",
      "seeded;5",
      "seeded:",
      "seeded:/",
      "seeded::",
      "seeded: 5",
      "seeded:-5",
      "seeded:+5",
      "seeded:5 ",
      "seeded:18446744073709551616",
      "split_at",
      "split_at;5",
      "split_at:",
      "split_at:0",
      "split_at:5,",
      "split_at:5,0,9",
      "split_at:x",
      "split_at:5;6",
      "split_at:5,5",
      "split_at:5,x,7",
      "split_at:-5",
      "split_at:18446744073709551616",
      "split_at:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
  };
  harness_delivery_t untouched = {.kind = HARNESS_DELIVERY_BYTEWISE};

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(harness_delivery_parse(cases[i], &untouched), UV_EINVAL);
    assert_non_null(strstr(harness_error(NULL), "is no delivery policy"));
    assert_int_equal(untouched.kind, HARNESS_DELIVERY_BYTEWISE);
  }
  assert_int_equal(harness_delivery_parse(NULL, &untouched), UV_EINVAL);
  assert_int_equal(harness_delivery_parse("bytewise", NULL), UV_EINVAL);
  assert_int_equal(harness_delivery_parse(NULL, NULL), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(offsets_have_to_ascend),
    cmocka_unit_test(a_kind_has_to_exist),
    cmocka_unit_test(each_policy_cuts_where_it_says),
    cmocka_unit_test(splits_are_looked_for_as_far_as_the_list_goes),
    cmocka_unit_test(a_seed_cuts_alike_for_ever),
    cmocka_unit_test(a_policy_is_read_from_text),
    cmocka_unit_test(what_is_no_policy_is_refused),
};

HARNESS_CMOCKA_MAIN("network/delivery", tests)
