/* SPDX-License-Identifier: MIT */
/*
 * Names stand for values in a transcript, so a reader must be able to tell a name from data that looks like
 * it. Three things see to that. A name ends with a letter or an underscore, so that its number is not part of
 * it. It stands in braces where the stream goes on with what could be part of it: $token1 before a space,
 * ${token1} before a digit. And a literal text that reads like a name that is in use is trouble: each rule
 * has a second expression that finds it.
 */
#include "record/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/store.h"

enum { MOST_NAME = 64 };

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool harness__rule_reads_on(char byte) {
  return is_letter(byte) || is_digit(byte);
}

static bool is_name(const char *name) {
  size_t length = strlen(name);

  if (length == 0 || length > MOST_NAME || !is_letter(name[0]) || !is_letter(name[length - 1]))
    return false;
  for (size_t i = 0; i < length; i++)
    if (!harness__rule_reads_on(name[i]))
      return false;
  return true;
}

static const char *what(harness__rule_kind_t kind) {
  return kind == HARNESS__RULE_REDACTION ? "redaction" : "placeholder";
}

static char *literal_regex(harness__rule_kind_t kind, const char *name) {
  static const char *const formats[] = {[HARNESS__RULE_REDACTION] = "\\$\\{%s\\}",
                                        [HARNESS__RULE_NUMBERED] = "\\$\\{?%s[0-9]+(?![A-Za-z0-9_])",
                                        [HARNESS__RULE_SINGLE] = "\\$\\{?%s(?![A-Za-z0-9_])"};
  harness__buffer_t out = {0};
  const char *place = strstr(formats[kind], "%s");

  harness__buffer_add(&out, formats[kind], (size_t)(place - formats[kind]));
  harness__buffer_string(&out, name);
  harness__buffer_string(&out, place + 2);
  return harness__buffer_take(&out);
}

static void rule_free(harness__rule_t *rule) {
  free(rule->name);
  harness__pattern_free(rule->value);
  harness__pattern_free(rule->literal);
}

/* Makes the rule's parts. False with a sentence, or without one where memory is exhausted. */
static bool rule_make(harness__rule_t *rule, const char *name, const char *regex, char **sentence) {
  harness__buffer_t out = {0};
  const char *part;
  char *reason;
  char *literal;

  rule->value = harness__pattern_new(regex, &reason);
  if (rule->value == NULL) {
    if (reason != NULL)
      harness__buffer_printf(&out, "the %s \"%s\": %s", what(rule->kind), name, reason);
    free(reason);
    *sentence = out.text != NULL ? harness__buffer_take(&out) : NULL;
    return false;
  }
  if (harness__pattern_groups(rule->value) > 1) {
    harness__buffer_printf(
        &out, "the %s \"%s\" has %zu groups, and one can be the value: write (?:…) for the others",
        what(rule->kind), name, harness__pattern_groups(rule->value));
    *sentence = harness__buffer_take(&out);
    return false;
  }
  part = harness__pattern_unsearchable(rule->value);
  if (part != NULL) {
    harness__buffer_printf(&out, "the %s \"%s\" has %s: what it finds would depend on how the data is cut",
                           what(rule->kind), name, part);
    *sentence = harness__buffer_take(&out);
    return false;
  }
  rule->name = strdup(name);
  literal = literal_regex(rule->kind, name);
  if (literal != NULL) {
    rule->literal = harness__pattern_new(literal, &reason);
    free(reason);
  }
  free(literal);
  return rule->name != NULL && rule->literal != NULL;
}

static bool have(const harness__rules_t *rules, const char *name) {
  for (size_t i = 0; rules != NULL && i < rules->count; i++)
    if (strcmp(rules->list[i].name, name) == 0)
      return true;
  return false;
}

bool harness__rules_add(harness__rules_t *rules, const harness__rules_t *other, harness__rule_kind_t kind,
                        const char *name, const char *regex, char **sentence) {
  harness__rule_t rule = {.kind = kind};
  harness__rule_t *list;
  harness__buffer_t out = {0};
  size_t lookbehind;

  *sentence = NULL;
  if (!is_name(name)) {
    harness__buffer_printf(&out,
                           "the name of a %s must be letters, digits and _, at most %d, with no digit first "
                           "or last, not ",
                           what(kind), MOST_NAME);
    harness__text_escape(&out, name, strnlen(name, MOST_NAME + 1), '"');
  } else if (have(rules, name) || have(other, name)) {
    harness__buffer_printf(&out, "there is a placeholder or redaction \"%s\" already", name);
  }
  if (out.length > 0 || out.failed) {
    *sentence = harness__buffer_take(&out);
    return false;
  }
  list = harness__grow(rules->list, rules->count, &rules->capacity, sizeof *list);
  if (list == NULL)
    return false;
  rules->list = list;
  if (!rule_make(&rule, name, regex, sentence)) {
    rule_free(&rule);
    return false;
  }
  lookbehind = harness__pattern_lookbehind(rule.value);
  if (lookbehind > rules->lookbehind)
    rules->lookbehind = lookbehind;
  list[rules->count++] = rule;
  return true;
}

void harness__rules_free(harness__rules_t *rules) {
  for (size_t i = 0; i < rules->count; i++)
    rule_free(&rules->list[i]);
  free(rules->list);
  memset(rules, 0, sizeof *rules);
}

void harness__rule_write(harness__buffer_t *out, const harness__rule_t *rule, uint32_t number, bool braces) {
  bool closed = braces || rule->kind == HARNESS__RULE_REDACTION;

  harness__buffer_printf(out, closed ? "${%s" : "$%s", rule->name);
  if (rule->kind == HARNESS__RULE_NUMBERED && number != 0)
    harness__buffer_printf(out, "%u", number);
  if (closed)
    harness__buffer_char(out, '}');
}

bool harness__scan_begin(harness__scan_t *scan, const harness__rules_t *rules, const harness__rules_t *marks,
                         const char *bytes, size_t size, bool partial) {
  size_t count = 2 * rules->count + (marks != NULL ? marks->count : 0);

  *scan = (harness__scan_t){.bytes = bytes, .size = size, .partial = partial, .count = count};
  scan->effort.bytes = size;
  scan->next = calloc(count + 1, sizeof *scan->next);
  scan->known = calloc(count + 1, sizeof *scan->known);
  if (scan->next == NULL || scan->known == NULL) {
    harness__scan_end(scan);
    return false;
  }
  for (size_t i = 0; i < rules->count; i++) {
    scan->next[i] = (harness__hit_t){.kind = HARNESS__HIT_VALUE, .rule = &rules->list[i]};
    scan->next[rules->count + i] = (harness__hit_t){.kind = HARNESS__HIT_LITERAL, .rule = &rules->list[i]};
  }
  for (size_t i = 2 * rules->count; i < count; i++)
    scan->next[i] = (harness__hit_t){.kind = HARNESS__HIT_MARK, .rule = &marks->list[i - 2 * rules->count]};
  return true;
}

void harness__scan_end(harness__scan_t *scan) {
  free(scan->next);
  free(scan->known);
  scan->next = NULL;
  scan->known = NULL;
}

/* What was found once stays true as long as it begins at from or later, so that no rule looks at bytes twice.
 */
static void look(harness__scan_t *scan, size_t index, size_t from) {
  harness__hit_t *hit = &scan->next[index];
  const harness__pattern_t *pattern = hit->kind == HARNESS__HIT_VALUE ? hit->rule->value : hit->rule->literal;

  if (scan->known[index] && (hit->match == HARNESS__MATCH_NONE || hit->found.start >= from))
    return;
  scan->known[index] = true;
  hit->match = harness__pattern_find(pattern, scan->bytes, scan->size, from, scan->partial, &scan->effort,
                                     &hit->found);
}

void harness__scan_next(harness__scan_t *scan, size_t from, harness__hit_t *hit) {
  const harness__hit_t *first = NULL;

  for (size_t i = 0; i < scan->count; i++) {
    const harness__hit_t *next = &scan->next[i];
    look(scan, i, from);
    if (next->match == HARNESS__MATCH_GAVE_UP) {
      *hit = *next;
      return;
    }
    if (next->match != HARNESS__MATCH_NONE && (first == NULL || next->found.start < first->found.start))
      first = next;
  }
  *hit = first != NULL ? *first : (harness__hit_t){.match = HARNESS__MATCH_NONE};
}

size_t harness__hit_next(const harness__hit_t *hit) {
  return hit->kind == HARNESS__HIT_VALUE ? hit->found.to : hit->found.end;
}

char *harness__hit_trouble(const harness__scan_t *scan, const harness__hit_t *hit) {
  const char *kind = what(hit->rule->kind);
  harness__buffer_t out = {0};

  if (hit->match == HARNESS__MATCH_GAVE_UP) {
    harness__buffer_printf(&out, "the %s \"%s\" gave up: %s", kind, hit->rule->name, hit->found.trouble);
    return harness__buffer_take(&out);
  }
  harness__buffer_string(&out, "the text ");
  harness__text_escape(&out, scan->bytes + hit->found.start, hit->found.end - hit->found.start, '"');
  harness__buffer_printf(&out,
                         " occurs by itself, and can't be told from what stands for the %s \"%s\": give "
                         "that another name",
                         kind, hit->rule->name);
  return harness__buffer_take(&out);
}
