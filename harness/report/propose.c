/* SPDX-License-Identifier: MIT */
/*
 * From two values a pattern. Where two events first differ in bytes, the value that varies is taken to be the
 * word there: what lies around that byte and consists of letters, digits and underscores, and of the hyphens
 * of a UUID or the colons of a time of day. The pattern is the narrowest usual class that has all of its
 * characters, and the length where both have one. The name is the word before it: "token" in "token=5f3a…".
 */
#include "report/propose.h"

#include <string.h>

#include "base/text.h"
#include "record/compare.h"

enum { NAME_SIZE = 32, MOST_GAP = 4 };

typedef struct word {
  const char *text;
  size_t size;
} word_t;

/* A class of characters, in a form that a regular expression and isalnum's locale agree on. */
typedef struct class {
  const char *set;
  const char *expression;
} class_t;

static const class_t classes[] = {
    {"0123456789", "[0-9]"},
    {"0123456789abcdef", "[0-9a-f]"},
    {"0123456789ABCDEF", "[0-9A-F]"},
    {"0123456789abcdefghijklmnopqrstuvwxyz", "[0-9a-z]"},
    {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "[0-9A-Za-z]"},
    {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", "[0-9A-Za-z_]"},
};

enum { CLASSES = sizeof classes / sizeof classes[0] };

static bool is_word(const char *text, size_t size, size_t at, char extra) {
  return at < size &&
         ((extra != '\0' && text[at] == extra) || strchr(classes[CLASSES - 1].set, text[at]) != NULL) &&
         text[at] != '\0';
}

static word_t word_at(const char *text, size_t size, size_t at, char extra) {
  size_t start = at;
  size_t end = at;

  while (start > 0 && is_word(text, size, start - 1, extra))
    start--;
  while (is_word(text, size, end, extra))
    end++;
  return (word_t){text + start, end - start};
}

static bool is_in(const char *set, word_t word, char separator) {
  for (size_t i = 0; i < word.size; i++)
    if (word.text[i] == '\0' || (word.text[i] != separator && strchr(set, word.text[i]) == NULL))
      return false;
  return true;
}

/* The class of all characters of both words, but for the separator. */
static const class_t *class_of(word_t a, word_t b, char separator) {
  for (size_t i = 0; i < CLASSES; i++)
    if (is_in(classes[i].set, a, separator) && is_in(classes[i].set, b, separator))
      return &classes[i];
  return NULL;
}

/* Of two words of the same length, with the separator in the same places: the length of each part between. */
static bool add_parts(harness__buffer_t *out, word_t a, word_t b, char separator) {
  const class_t *class = class_of(a, b, separator);
  size_t start = 0;

  if (class == NULL || a.size != b.size)
    return false;
  for (size_t i = 0; i <= a.size; i++) {
    bool ends = i == a.size || a.text[i] == separator;

    if (ends != (i == a.size || b.text[i] == separator) || (ends && i == start))
      return false;
    if (!ends)
      continue;
    harness__buffer_printf(out, "%s{%zu}", class->expression, i - start);
    if (i < a.size)
      harness__buffer_char(out, separator);
    start = i + 1;
  }
  return true;
}

static bool add_whole(harness__buffer_t *out, word_t a, word_t b) {
  const class_t *class = class_of(a, b, '\0');

  if (class == NULL || a.size == 0 || b.size == 0)
    return false;
  if (a.size == b.size)
    harness__buffer_printf(out, "%s{%zu}", class->expression, a.size);
  else
    harness__buffer_printf(out, "%s+", class->expression);
  return true;
}

/* Of ASCII, whatever the locale. */
static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Where the word before a value begins, or the value itself where there is none near it on its line. */
static const char *find_context(const char *text, const char *value) {
  const char *end = value;
  const char *start;

  while (end > text && value - end < MOST_GAP && !is_letter(end[-1]) && (unsigned char)end[-1] >= 0x20 &&
         (unsigned char)end[-1] < 0x7f)
    end--;
  start = end;
  while (start > text && is_letter(start[-1]))
    start--;
  return start == end || end == value || end - start >= NAME_SIZE ? value : start;
}

static void add_name(harness__buffer_t *out, const char *context, const char *value) {
  if (context == value)
    harness__buffer_string(out, "value");
  while (context < value && is_letter(*context)) {
    harness__buffer_char(out, *context >= 'A' && *context <= 'Z' ? (char)(*context | 0x20) : *context);
    context++;
  }
}

/* The context as an expression in a string of C: what has a meaning there has a backslash, which is two here.
 */
static void add_context(harness__buffer_t *out, const char *context, const char *value) {
  for (; context < value; context++) {
    if (strchr("\\^$.[]|()?*+{}", *context) != NULL)
      harness__buffer_string(out, *context == '\\' ? "\\\\\\" : "\\\\");
    else if (*context == '"')
      harness__buffer_char(out, '\\');
    harness__buffer_char(out, *context);
  }
}

/* A call with the expression of a value; with the word before it, as the first value has it, no other number
 * or word passes for the value. */
static void add_call(harness__buffer_t *out, const char *text, const char *value, const char *expression) {
  const char *context = find_context(text, value);

  harness__buffer_string(out, "  harness_placeholder(h, \"");
  add_name(out, context, value);
  harness__buffer_string(out, "\", \"");
  add_context(out, context, value);
  harness__buffer_printf(out, context < value ? "(%s)\");\n" : "%s\");\n", expression);
}

static void add_quoted(harness__buffer_t *out, word_t word) {
  enum { MOST = 40 };
  bool is_long = word.size > MOST;

  harness__text_escape(out, word.text, is_long ? MOST : word.size, '\'');
  if (is_long)
    harness__buffer_string(out, "…");
}

/* Proposes a placeholder for the values at that byte. Returns whether there is one. */
static bool propose_value(harness__buffer_t *out, word_t a, word_t b, size_t at) {
  static const char separators[] = {'\0', '-', ':'};
  harness__buffer_t expression = {0};
  word_t value_a = {0};
  word_t value_b = {0};
  bool found = false;

  /* The longest reading goes first: a part of a UUID is a word, too. */
  for (size_t i = sizeof separators; i-- > 0 && !found;) {
    value_a = word_at(a.text, a.size, at, separators[i]);
    value_b = word_at(b.text, b.size, at, separators[i]);
    if (separators[i] != '\0' && memchr(value_a.text, separators[i], value_a.size) == NULL)
      continue;
    harness__buffer_free(&expression);
    found = separators[i] != '\0' ? add_parts(&expression, value_a, value_b, separators[i])
                                  : add_whole(&expression, value_a, value_b);
  }
  if (found && !expression.failed) {
    harness__buffer_string(out, "what varies: ");
    add_quoted(out, value_a);
    harness__buffer_string(out, " and ");
    add_quoted(out, value_b);
    harness__buffer_string(
        out, "\nWhere that is as it should be, give the value a name before anything is connected:\n");
    add_call(out, a.text, value_a.text, expression.text);
  }
  harness__buffer_free(&expression);
  return found;
}

static word_t bytes_of(const harness__entry_t *entry, harness__field_t field) {
  if (field == HARNESS__FIELD_TEXT)
    return (word_t){entry->text, entry->text_size};
  return (word_t){entry->data.head, entry->data.head_size};
}

void harness__propose(harness__buffer_t *out, const harness__transcript_t *a,
                      const harness__transcript_t *b) {
  harness__divergence_t divergence;

  if (harness__transcript_equal(a, b, &divergence))
    return;
  if ((divergence.field == HARNESS__FIELD_DATA || divergence.field == HARNESS__FIELD_TEXT) &&
      divergence.has_offset &&
      propose_value(out, bytes_of(&a->entries[divergence.index], divergence.field),
                    bytes_of(&b->entries[divergence.index], divergence.field), (size_t)divergence.offset))
    return;
  if (divergence.field == HARNESS__FIELD_AT_MS)
    harness__buffer_string(out,
                           "what varies is a time: something real is waited for, or a real clock is asked\n");
  else if (divergence.field == HARNESS__FIELD_DATA || divergence.field == HARNESS__FIELD_TEXT)
    harness__buffer_string(
        out, "what varies is data: a value that is made anew in each run can be given a name with "
             "harness_placeholder\n");
  else
    harness__buffer_string(
        out, "what varies is what happens, or its order: the test depends on chance, on the real "
             "clock, or on what an earlier run left\n");
}
