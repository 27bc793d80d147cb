/* SPDX-License-Identifier: MIT */
/* Private to record/: what is looked for in data and logs, and under which name it stands in a transcript. */
#ifndef HARNESS_RECORD_RULES_H
#define HARNESS_RECORD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "record/pattern.h"

typedef enum harness__rule_kind {
  HARNESS__RULE_REDACTION, /* ${name}, whatever the value */
  HARNESS__RULE_NUMBERED,  /* $name1, $name2 …, one a value */
  HARNESS__RULE_SINGLE     /* $name, of one value */
} harness__rule_kind_t;

typedef struct harness__rule {
  harness__rule_kind_t kind;
  char *name;
  harness__pattern_t *value;
  harness__pattern_t *literal; /* what looks like its name where it stands in a transcript */
} harness__rule_t;

/* Zeroed, it is empty. */
typedef struct harness__rules {
  harness__rule_t *list;
  size_t count;
  size_t capacity;
  size_t lookbehind; /* the most that any of them looks behind */
} harness__rules_t;

/* Adds a rule of a name that no rule of either list has (other may be NULL). False with a sentence (NULL:
 * memory is exhausted). */
bool harness__rules_add(harness__rules_t *rules, const harness__rules_t *other, harness__rule_kind_t kind,
                        const char *name, const char *regex, char **sentence);
void harness__rules_free(harness__rules_t *rules);

/* Adds the name of a value, with that number where the rule numbers; 0: no number. */
void harness__rule_write(harness__buffer_t *out, const harness__rule_t *rule, uint32_t number, bool braces);

/* Whether a name without braces would read on with that byte. */
bool harness__rule_reads_on(char byte);

typedef enum harness__hit_kind {
  HARNESS__HIT_VALUE,
  HARNESS__HIT_LITERAL,
  HARNESS__HIT_MARK
} harness__hit_kind_t;

typedef struct harness__hit {
  harness__match_t match;
  harness__hit_kind_t kind;
  const harness__rule_t *rule;
  harness__found_t found;
} harness__hit_t;

/* A walk through bytes: the rules' values and literal names, and what stands for redacted values (marks, may
 * be NULL), in order of where they begin; of two that begin at one place the rule that was added first. */
typedef struct harness__scan {
  const char *bytes;
  size_t size;
  bool partial; /* more will follow */
  harness__hit_t *next;
  bool *known;
  size_t count;
  harness__effort_t effort; /* what it has cost */
} harness__scan_t;

bool harness__scan_begin(harness__scan_t *scan, const harness__rules_t *rules, const harness__rules_t *marks,
                         const char *bytes, size_t size, bool partial);
void harness__scan_end(harness__scan_t *scan);

/* The next one from there on; hit->match is NONE where there is none. */
void harness__scan_next(harness__scan_t *scan, size_t from, harness__hit_t *hit);

/* Where the walk goes on: behind a value, since what its expression asks for behind that (the "pass=" of
 * "user=(\\w+) pass=") may be what another value's begins with. */
size_t harness__hit_next(const harness__hit_t *hit);

/* Why a literal name, or a pattern that gave up, is trouble: a sentence, NULL when memory is exhausted. */
char *harness__hit_trouble(const harness__scan_t *scan, const harness__hit_t *hit);

#endif
