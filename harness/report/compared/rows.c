/* SPDX-License-Identifier: MIT */
/*
 * The alignment says which events are the same. Between two of those stand events that are missing and events
 * that are new; a change of one event is one of each. So they are paired in their order, each missing one
 * with the next new one of its lane and kind, if that is near: one that is far is rather another event, and
 * looking no further keeps this linear.
 */
#include "report/compared/rows.h"

#include <stdlib.h>
#include <string.h>

#include "report/align.h"

enum { NEAR = 16 };

typedef struct making {
  harness__rows_t *rows;
  const harness__transcript_t *left;
  const harness__transcript_t *right;
  const harness__step_t **missing; /* of the stretch that is looked at */
  const harness__step_t **added;
  size_t missing_count;
  size_t added_count;
} making_t;

static harness__row_t *add(making_t *making, char kind, size_t left, size_t right) {
  harness__rows_t *rows = making->rows;
  harness__row_t *row = &rows->rows[rows->count++];

  *row = (harness__row_t){.kind = kind, .events = {left, right}};
  rows->changed += kind == HARNESS__ROW_CHANGED;
  rows->left += kind == HARNESS__ROW_LEFT;
  rows->right += kind == HARNESS__ROW_RIGHT;
  return row;
}

static void add_pair(making_t *making, size_t left, size_t right) {
  harness__divergence_t divergence;
  harness__field_t field = harness__entry_compare(making->left, &making->left->entries[left], making->right,
                                                  &making->right->entries[right], &divergence);
  harness__row_t *row =
      add(making, field == HARNESS__FIELD_NONE ? HARNESS__ROW_SAME : HARNESS__ROW_CHANGED, left, right);

  row->field = field;
  row->divergence = divergence;
}

static bool is_alike(const making_t *making, size_t left, size_t right) {
  const harness__entry_t *a = &making->left->entries[left];
  const harness__entry_t *b = &making->right->entries[right];

  return a->kind == b->kind && strcmp(making->left->lanes[a->lane], making->right->lanes[b->lane]) == 0;
}

static bool is_equal(const making_t *making, size_t missing, size_t added) {
  size_t left = making->missing[missing]->expected;
  size_t right = making->added[added]->actual;

  return harness__entry_compare(making->left, &making->left->entries[left], making->right,
                                &making->right->entries[right], NULL) == HARNESS__FIELD_NONE;
}

/* Whether a new event equals a missing one that comes after this: then it is not this one's. */
static bool is_of_later(const making_t *making, size_t missing, size_t added) {
  for (size_t i = missing + 1; i < making->missing_count && i <= missing + NEAR; i++)
    if (is_equal(making, i, added))
      return true;
  return false;
}

/* The new event, from the one at next on, that the missing one is or may have become; else added_count. */
static size_t find_partner(const making_t *making, size_t missing, size_t next) {
  size_t end = making->added_count - next < NEAR ? making->added_count : next + NEAR;

  for (size_t i = next; i < end; i++)
    if (is_equal(making, missing, i))
      return i;
  for (size_t i = next; i < end; i++) {
    if (is_of_later(making, missing, i))
      break;
    if (is_alike(making, making->missing[missing]->expected, making->added[i]->actual))
      return i;
  }
  return making->added_count;
}

static void add_stretch(making_t *making) {
  size_t next = 0;

  for (size_t i = 0; i < making->missing_count; i++) {
    size_t partner = find_partner(making, i, next);
    if (partner == making->added_count) {
      add(making, HARNESS__ROW_LEFT, making->missing[i]->expected, 0);
      continue;
    }
    for (; next < partner; next++)
      add(making, HARNESS__ROW_RIGHT, 0, making->added[next]->actual);
    add_pair(making, making->missing[i]->expected, making->added[next++]->actual);
  }
  for (; next < making->added_count; next++)
    add(making, HARNESS__ROW_RIGHT, 0, making->added[next]->actual);
  making->missing_count = 0;
  making->added_count = 0;
}

static void add_all(making_t *making, const harness__alignment_t *alignment) {
  for (size_t i = 0; i < alignment->count; i++) {
    const harness__step_t *step = &alignment->steps[i];
    if (step->sign == '-') {
      making->missing[making->missing_count++] = step;
    } else if (step->sign == '+') {
      making->added[making->added_count++] = step;
    } else {
      add_stretch(making);
      add(making, HARNESS__ROW_SAME, step->expected, step->actual);
    }
  }
  add_stretch(making);
}

bool harness__rows_make(harness__rows_t *rows, const harness__transcript_t *left,
                        const harness__transcript_t *right) {
  making_t making = {.rows = rows, .left = left, .right = right};
  harness__alignment_t alignment;
  bool made = false;

  *rows = (harness__rows_t){0};
  if (!harness__align(left, right, &alignment))
    return false;
  rows->rows = calloc(alignment.count + 1, sizeof *rows->rows);
  making.missing = calloc(alignment.missing + 1, sizeof(const harness__step_t *));
  making.added = calloc(alignment.added + 1, sizeof(const harness__step_t *));
  if (rows->rows != NULL && making.missing != NULL && making.added != NULL) {
    add_all(&making, &alignment);
    made = true;
  }
  free(making.missing);
  free(making.added);
  free(alignment.steps);
  if (!made)
    harness__rows_free(rows);
  return made;
}

bool harness__rows_hunk(const harness__rows_t *rows, size_t at, size_t context, size_t *begin, size_t *end) {
  size_t first = at;
  size_t same = 0; /* how many the last rows looked at are the same */

  while (first < rows->count && rows->rows[first].kind == HARNESS__ROW_SAME)
    first++;
  if (first == rows->count)
    return false;
  *begin = first - at > context ? first - context : at;
  *end = first;
  for (size_t i = first; i < rows->count && (same <= context || same - context <= context); i++) {
    same = rows->rows[i].kind == HARNESS__ROW_SAME ? same + 1 : 0;
    if (same == 0)
      *end = i + 1;
  }
  *end = rows->count - *end > context ? *end + context : rows->count;
  return true;
}

void harness__rows_free(harness__rows_t *rows) {
  free(rows->rows);
  *rows = (harness__rows_t){0};
}
