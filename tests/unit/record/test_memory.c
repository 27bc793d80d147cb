/* SPDX-License-Identifier: MIT */
/*
 * Memory is exhausted at every place where a transcript is recorded and made, and nobody reaches beyond what
 * was asked for. The linker puts the functions below in front of the arenas' and the C library's, so that
 * each request can be the one that fails, or is given memory that ends where the process's does; an arena's
 * own blocks hide both. A transcript must be whole or absent.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/slow.h"
#include "record/json.h"
#include "record/recorder.h"
#include "record/symmetry.h"

static size_t requests;   /* so far */
static size_t first_lost; /* which fails, from 1; 0: none */
static size_t live;       /* blocks that are not freed */

/* Memory between two pages that nobody may touch, at the end of what lies between. */
typedef struct fence {
  const harness__arena_t *arena;
  void *pages;
  size_t size;
} fence_t;

static fence_t fences[8192];
static size_t fence_count;
static bool is_fenced;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_harness__arena_alloc(harness__arena_t *arena, size_t size);
void *__real_harness__arena_bytes(harness__arena_t *arena, size_t size);
char *__real_harness__arena_copy(harness__arena_t *arena, const void *data, size_t size);
char *__real_harness__arena_string(harness__arena_t *arena, const char *text);
void __real_harness__arena_free(harness__arena_t *arena);
char *__real_strdup(const char *string);
char *__wrap_strdup(const char *string);
void __real_free(void *memory);
void __wrap_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_bytes(harness__arena_t *arena, size_t size);
char *__wrap_harness__arena_copy(harness__arena_t *arena, const void *data, size_t size);
char *__wrap_harness__arena_string(harness__arena_t *arena, const char *text);
void __wrap_harness__arena_free(harness__arena_t *arena);

static bool is_lost(void) {
  return first_lost != 0 && ++requests == first_lost;
}

static void *fenced(const harness__arena_t *arena, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  fence_t fence = {arena, NULL, (size + page - 1) / page * page + 2 * page};
  char *pages;

  assert_true(fence_count < sizeof fences / sizeof fences[0]);
  pages = mmap(NULL, fence.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(pages != MAP_FAILED);
  assert_int_equal(mprotect(pages, page, PROT_NONE), 0);
  assert_int_equal(mprotect(pages + fence.size - page, page, PROT_NONE), 0);
  fence.pages = pages;
  fences[fence_count++] = fence;
  return pages + fence.size - page - size;
}

void *__wrap_malloc(size_t size) {
  void *memory = is_lost() ? NULL : __real_malloc(size);
  live += memory != NULL;
  return memory;
}

void *__wrap_calloc(size_t count, size_t size) {
  void *memory = is_lost() ? NULL : __real_calloc(count, size);
  live += memory != NULL;
  return memory;
}

void *__wrap_realloc(void *memory, size_t size) {
  void *moved = is_lost() ? NULL : __real_realloc(memory, size);
  live += memory == NULL && moved != NULL;
  return moved;
}

char *__wrap_strdup(const char *string) {
  char *copy = __real_strdup(string);
  live += copy != NULL;
  return copy;
}

void __wrap_free(void *memory) {
  live -= memory != NULL;
  __real_free(memory);
}

void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size) {
  if (is_fenced)
    return fenced(arena, size);
  return is_lost() ? NULL : __real_harness__arena_alloc(arena, size);
}

void *__wrap_harness__arena_bytes(harness__arena_t *arena, size_t size) {
  if (is_fenced)
    return fenced(arena, size);
  return is_lost() ? NULL : __real_harness__arena_bytes(arena, size);
}

char *__wrap_harness__arena_copy(harness__arena_t *arena, const void *data, size_t size) {
  if (is_fenced) {
    char *copy = fenced(arena, size + 1);
    memcpy(copy, data, size);
    return copy;
  }
  return is_lost() ? NULL : __real_harness__arena_copy(arena, data, size);
}

char *__wrap_harness__arena_string(harness__arena_t *arena, const char *text) {
  if (is_fenced)
    return __wrap_harness__arena_copy(arena, text, strlen(text));
  return is_lost() ? NULL : __real_harness__arena_string(arena, text);
}

void __wrap_harness__arena_free(harness__arena_t *arena) {
  size_t kept = 0;

  for (size_t i = 0; i < fence_count; i++) {
    if (fences[i].arena == arena)
      (void)munmap(fences[i].pages, fences[i].size);
    else
      fences[kept++] = fences[i];
  }
  fence_count = kept;
  __real_harness__arena_free(arena);
}

static harness__event_ref_t text(harness__recorder_t *recorder, harness__lane_t lane,
                                 harness__event_kind_t kind, const char *data) {
  return harness__record(recorder, lane,
                         &(harness__note_t){.kind = kind, .data = data, .size = strlen(data)});
}

/* Two rings of three, which need to be tried, with children, and what is tied to them. */
static void record_rings(harness__recorder_t *recorder) {
  harness__lane_t lanes[6];

  for (uint32_t i = 0; i < 6; i++)
    lanes[i] = harness__recorder_lane(recorder, "ring", i + 1, HARNESS__LANE_BY_CONTENT);
  for (uint32_t i = 0; i < 6; i++) {
    harness__lane_t next = lanes[i / 3 * 3 + (i + 1) % 3];
    (void)harness__record(recorder, lanes[i],
                          &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = next});
    (void)text(recorder, harness__recorder_child(recorder, lanes[i], 2), HARNESS__EVENT_LOG, "child");
  }
}

/* Values that were cut, as two lanes have received them. */
static void record_values(harness__recorder_t *recorder) {
  for (uint32_t i = 1; i <= 2; i++) {
    harness__lane_t lane = harness__recorder_lane(recorder, "server", i, HARNESS__LANE_BY_CONTENT);
    (void)text(recorder, lane, HARNESS__EVENT_RECEIVE, "t=a");
    (void)text(recorder, lane, HARNESS__EVENT_RECEIVE, "bc ");
    (void)text(recorder, lane, HARNESS__EVENT_SEND, i == 1 ? "t=xyz" : "t=abc");
    (void)harness__record(recorder, lane, &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = 99});
  }
}

/* Parties with pasts; some that are told and say nothing. */
static void record_pasts(harness__recorder_t *recorder) {
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t z = harness__recorder_lane(recorder, "z", 0, 0);
  harness__past_t told = {0};
  harness__past_t silent = {0};
  harness__past_t next = {0};

  for (int i = 0; i < 20; i++) {
    harness__past_add(recorder, &told, text(recorder, z, HARNESS__EVENT_LOG, "z"));
    harness__past_add(recorder, &told, text(recorder, a, HARNESS__EVENT_LOG, "a"));
    harness__past_add(recorder, &silent, harness__past_share(&told));
    harness__past_add(recorder, &next, harness__past_share(&silent));
    next.gathers = false;
    harness__past_add(recorder, &next, harness__past_share(&told));
    if (i % 2 == 0)
      (void)harness__record_by(recorder, &next, harness__recorder_lane(recorder, "b", 0, 0),
                               &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = "b", .size = 1});
  }
  harness__recorder_after(recorder, harness__recorder_lane(recorder, "last", 0, 0), 1);
  harness__recorder_after(recorder, z, 1);
  (void)harness__record(recorder, a, &(harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = "EPIPE"});
  (void)harness__record(recorder, a,
                        &(harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = z, .cause = 1});
}

/* Joined, its receives wait for themselves. */
static void record_circle(harness__recorder_t *recorder) {
  harness__lane_t lane = harness__recorder_lane(recorder, "reader", 0, 0);
  harness__note_t note = {.kind = HARNESS__EVENT_RECEIVE, .data = "x", .size = 1};

  note.cause = harness__record(recorder, lane, &note);
  note.kind = HARNESS__EVENT_LOG;
  note.cause = harness__record(recorder, harness__recorder_lane(recorder, "told", 0, 0), &note);
  note.kind = HARNESS__EVENT_RECEIVE;
  (void)harness__record(recorder, lane, &note);
}

static void record_all(harness__recorder_t *recorder) {
  record_rings(recorder);
  record_values(recorder);
  record_pasts(recorder);
  record_circle(recorder);
}

/* How a recording is made. */
typedef struct manner {
  bool is_free;
  bool joined;
  bool places; /* values by name */
} manner_t;

static harness__recorder_t *recorder_new(const manner_t *manner) {
  harness__recorder_t *recorder = harness__recorder_new(manner->joined ? SIZE_MAX : 0);
  char *sentence;

  assert_non_null(recorder);
  if (manner->is_free)
    harness__recorder_set_free_running(recorder);
  if (manner->places)
    assert_true(harness__recorder_add_placeholder(recorder, "token", "t=(\\w+)", false, &sentence));
  return recorder;
}

static harness__transcript_t *transcript_of(harness__recorder_t *recorder, const manner_t *manner) {
  return manner->joined ? harness__recorder_joined_transcript(recorder)
                        : harness__recorder_transcript(recorder);
}

/* Begins to lose the nth request from now on. */
static void lose(size_t nth) {
  requests = 0;
  first_lost = nth;
}

/* Returns whether a request was lost. */
static bool end_losing(void) {
  bool lost = requests >= first_lost;

  first_lost = 0;
  return lost;
}

static void assert_json(harness__transcript_t *transcript, const char *expected) {
  char *json = harness__transcript_json(transcript);

  assert_string_equal(json, expected);
  free(json);
  harness__transcript_free(transcript);
}

/* Loses each request by turns: while all is recorded, or while the transcript is made. Returns how many. */
static size_t lose_each(const manner_t *manner, bool recording, const char *expected) {
  for (size_t nth = 1;; nth++) {
    size_t before = live;
    harness__recorder_t *recorder = recorder_new(manner);
    harness__transcript_t *transcript;
    bool lost;

    lose(recording ? nth : SIZE_MAX);
    record_all(recorder);
    lost = end_losing();
    assert_true(harness__recorder_failed(recorder) == lost);
    lose(recording ? SIZE_MAX : nth);
    transcript = transcript_of(recorder, manner);
    lost = end_losing() || lost;
    assert_true((transcript == NULL) == lost);
    if (!lost)
      assert_json(transcript, expected);
    harness__recorder_free(recorder);
    assert_int_equal(live, before);
    if (!lost)
      return nth - 1;
  }
}

static char *record_fenced(const manner_t *manner) {
  harness__recorder_t *recorder;
  harness__transcript_t *transcript;
  char *json;

  is_fenced = true;
  recorder = recorder_new(manner);
  record_all(recorder);
  transcript = transcript_of(recorder, manner);
  is_fenced = false;
  assert_non_null(transcript);
  harness__recorder_free(recorder); /* what the transcript points at is its own */
  json = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  assert_int_equal(fence_count, 0);
  return json;
}

static void is_whole_or_absent(void **state) {
  (void)state;
  for (unsigned i = 0; i < 8; i++) {
    manner_t manner = {.is_free = (i & 1U) != 0, .joined = (i & 2U) != 0, .places = (i & 4U) != 0};
    char *json = record_fenced(&manner);

    assert_true(lose_each(&manner, true, json) > 10);
    assert_true(lose_each(&manner, false, json) > 20);
    free(json);
  }
}

/* As many lanes as fill pages with what is kept of each, and a peer that is none. */
static void stays_within_its_bounds(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__transcript_t *transcript;

  (void)state;
  for (uint32_t i = 1; i <= 512; i++)
    (void)text(recorder, harness__recorder_lane(recorder, "lane", i, 0), HARNESS__EVENT_LOG, "x");
  (void)harness__record(recorder, 1, &(harness__note_t){.kind = HARNESS__EVENT_CONNECT});
  for (int joined = 0; joined < 2; joined++) {
    is_fenced = true;
    transcript =
        joined != 0 ? harness__recorder_joined_transcript(recorder) : harness__recorder_transcript(recorder);
    is_fenced = false;
    assert_non_null(transcript);
    assert_int_equal(transcript->count, 513);
    harness__transcript_free(transcript);
  }
  harness__recorder_free(recorder);
}

/* Two ties from each vertex, and two to it: all look alike, and what tells them apart is found by trying, the
 * least neither first nor last; of the second graph two can be mapped upon each other. */
enum { VERTICES = 6, ENDS = 2 * VERTICES };

static const size_t tied_to[2][ENDS] = {{0, 5, 3, 3, 2, 5, 1, 4, 1, 2, 0, 4},
                                        {3, 2, 0, 2, 3, 0, 4, 1, 1, 5, 5, 4}};

static bool order_graph(const size_t *to, size_t *order) {
  size_t colours[VERTICES] = {0};
  size_t from[VERTICES + 1] = {0};
  size_t filled[VERTICES] = {0};
  harness__tie_t ties[2 * ENDS];
  harness__graph_t graph = {VERTICES, colours, from, ties};
  size_t work;

  for (size_t i = 0; i <= VERTICES; i++)
    from[i] = 4 * i;
  for (size_t i = 0; i < ENDS; i++) {
    ties[from[i / 2] + filled[i / 2]++] = (harness__tie_t){.other = to[i]};
    ties[from[to[i]] + filled[to[i]]++] = (harness__tie_t){.other = i / 2, .kind = 1};
  }
  return harness__graph_order(&graph, order, &work);
}

static void an_order_is_whole_or_absent(void **state) {
  for (size_t i = 0; i < 2; i++) {
    size_t expected[VERTICES];
    bool lost = true;

    is_fenced = true;
    assert_true(order_graph(tied_to[i], expected));
    is_fenced = false;
    assert_int_equal(fence_count, 0);
    for (size_t nth = 1; lost; nth++) {
      size_t order[VERTICES];
      size_t before = live;
      bool done;

      lose(nth);
      done = order_graph(tied_to[i], order);
      lost = end_losing();
      assert_true(done == !lost);
      if (done)
        assert_memory_equal(order, expected, sizeof order);
      assert_int_equal(live, before);
    }
  }
  (void)state;
}

/* What an arena keeps for the next one is not freed. */
static int keep_nothing(void **state) {
  char *sentence = NULL;

  (void)state;
  return setenv("HARNESS_SLOW", "pools", 1) == 0 && harness__slow_choose(&sentence) ? 0 : -1;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(is_whole_or_absent, keep_nothing),
    cmocka_unit_test(stays_within_its_bounds),
    cmocka_unit_test_setup(an_order_is_whole_or_absent, keep_nothing),
};

HARNESS_CMOCKA_MAIN("record/memory", tests)
