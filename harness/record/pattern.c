/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions, PCRE2's. They match bytes: a dot is a byte, and \xNN is that byte, so that binary data
 * and data that is cut within a character are matched like any other; text in an expression stands for its
 * UTF-8 bytes. No locale has a say: letters and digits are those of ASCII. A line ends with \r, \n or \r\n, a
 * dot does not match either unless (?s) says so, and $ is the very end. With (?m) a line begins behind each
 * end of a line, the last one too: otherwise a cut there, where no one knows what follows, would count. For
 * the same reason .* at the beginning is tried at each place, not only where a line begins or a search does.
 *
 * No expression can hang a test: a match from one place may take a number of steps that is the same on every
 * machine, and some memory; after that it gives up. The compiler that writes machine code is not used, since
 * it counts otherwise.
 *
 * A search tries many places, and each may take all that one may: so all places get few steps first. Which
 * one did not get along with them is not told, so it is looked for, some places at a time; that one gets
 * more, as long as those that did have not taken too many in all. There each step counts for what it may
 * cost: to repeat a byte is no step, so the longest repeat counts, and how many bytes there are.
 */
#include "record/pattern.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buffer.h"
#include "base/text.h"

enum {
  FEW_STEPS = 200,      /* at a place, at first */
  MOST_STEPS = 1000000, /* at one place */
  MOST_IN_ALL = 100000000,
  MOST_EACH_BYTE = 500, /* more of them */
  MOST_KIBIBYTES = 65536,
  MOST_REGEX = 16384
};

struct harness__pattern {
  pcre2_code *code;
  pcre2_match_context *limits;
  pcre2_match_context *few; /* the limits of a place at first */
  size_t repeats;           /* the most that it asks for */
  bool runs_on;             /* it repeats a group in which something repeats */
  _Atomic(const char *) given_up;
  char text[]; /* where fixtures point to */
};

static pcre2_code *compile(const char *regex, int *error, size_t *offset) {
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  pcre2_code *code = NULL;

  *error = PCRE2_ERROR_HEAP_FAILED;
  if (context == NULL)
    return NULL;
  (void)pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
  (void)pcre2_set_bsr(context, PCRE2_BSR_ANYCRLF);
  (void)pcre2_set_max_pattern_length(context, MOST_REGEX);
  code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
                       PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY |
                           PCRE2_ALT_CIRCUMFLEX | PCRE2_NO_DOTSTAR_ANCHOR | PCRE2_USE_OFFSET_LIMIT,
                       error, offset, context);
  pcre2_compile_context_free(context);
  return code;
}

static char *reason_of(const char *regex, int error, size_t offset) {
  harness__buffer_t out = {0};
  char message[256];

  if (error == PCRE2_ERROR_HEAP_FAILED || error == PCRE2_ERROR_NOMEMORY)
    return NULL;
  (void)pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof message);
  harness__buffer_printf(&out, "%s, at byte %zu of ", message, offset);
  harness__text_escape(&out, regex, strnlen(regex, 200), '"');
  return harness__buffer_take(&out);
}

/* "{2,5}" repeats five times at most. */
static size_t most_repeats(const char *regex) {
  size_t most = 0;

  for (const char *at = strchr(regex, '{'); at != NULL; at = strchr(at, '{')) {
    char *end = strchr(at, '{');
    do {
      size_t number = strtoul(end + 1, &end, 10);
      most = number > most ? number : most;
    } while (*end == ',');
    at++;
  }
  return most;
}

static bool is_repeated(const char *end) {
  return end[0] != '\0' && strchr("*+{", end[1]) != NULL && end[1] != '\0';
}

/* Whether a group such as (?:[^x]*y|.)* may run over the same bytes for each of them. What stands in classes
 * and the like is taken for what it looks like. */
static bool repeats_repeats(const char *regex) {
  uint64_t repeating =
      0; /* whether something repeats: a bit for each group that is open, the innermost lowest */

  for (const char *at = regex; *at != '\0'; at += at[0] == '\\' && at[1] != '\0' ? 2 : 1) {
    if (*at == '(') {
      repeating <<= 1;
    } else if (*at == ')') {
      if ((repeating & 1) != 0 && is_repeated(at))
        return true;
      repeating = repeating >> 1 | (repeating & 1) | is_repeated(at);
    } else if (strchr("*+{", *at) != NULL) {
      repeating |= 1;
    }
  }
  return false;
}

harness__pattern_t *harness__pattern_new(const char *regex, char **reason) {
  size_t size = strlen(regex) + 1;
  harness__pattern_t *pattern = malloc(sizeof *pattern + size);
  size_t offset = 0;
  int error;

  *reason = NULL;
  if (pattern == NULL)
    return NULL;
  memcpy(pattern->text, regex, size);
  atomic_init(&pattern->given_up, NULL);
  pattern->limits = pattern->few = NULL;
  pattern->repeats = most_repeats(regex);
  pattern->runs_on = repeats_repeats(regex);
  pattern->code = compile(regex, &error, &offset);
  if (pattern->code == NULL)
    *reason = reason_of(regex, error, offset);
  else
    pattern->limits = pcre2_match_context_create(NULL);
  if (pattern->limits != NULL) {
    (void)pcre2_set_match_limit(pattern->limits, MOST_STEPS);
    (void)pcre2_set_heap_limit(pattern->limits, MOST_KIBIBYTES);
    pattern->few = pcre2_match_context_copy(pattern->limits);
  }
  if (pattern->few == NULL) {
    harness__pattern_free(pattern);
    return NULL;
  }
  (void)pcre2_set_match_limit(pattern->few, FEW_STEPS);
  return pattern;
}

void harness__pattern_free(harness__pattern_t *pattern) {
  if (pattern == NULL)
    return;
  pcre2_code_free(pattern->code);
  pcre2_match_context_free(pattern->limits);
  pcre2_match_context_free(pattern->few);
  free(pattern);
}

const char *harness__pattern_text(const harness__pattern_t *pattern) {
  return pattern->text;
}

harness__pattern_t *harness__pattern_of(const char *text) {
  return (harness__pattern_t *)(uintptr_t)(text - offsetof(harness__pattern_t, text));
}

static uint32_t info(const harness__pattern_t *pattern, uint32_t what) {
  uint32_t value = 0;

  (void)pcre2_pattern_info(pattern->code, what, &value);
  return value;
}

size_t harness__pattern_groups(const harness__pattern_t *pattern) {
  return info(pattern, PCRE2_INFO_CAPTURECOUNT);
}

/* PCRE2 knows how far the longest of them looks, but one may stand in another, and look from where that one
 * has got to: so all that there may be (some of these are names of groups) count as if they did. The end of a
 * line, for which (?m)^ looks back, has two bytes at most. */
size_t harness__pattern_lookbehind(const harness__pattern_t *pattern) {
  size_t count = 1;

  for (const char *at = pattern->text; (at = strchr(at, '(')) != NULL; at++)
    count += strncmp(at, "(?<", 3) == 0 || strncmp(at, "(*", 2) == 0;
  return count * info(pattern, PCRE2_INFO_MAXLOOKBEHIND) + 2;
}

const char *harness__pattern_unsearchable(const harness__pattern_t *pattern) {
  static const char *const parts[] = {"\\G", "(*COMMIT", "(*SKIP"};

  for (const char *at = pattern->text; *at != '\0'; at += at[0] == '\\' && at[1] != '\0' ? 2 : 1)
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
      if (strncmp(at, parts[i], strlen(parts[i])) == 0)
        return parts[i];
  return NULL;
}

static const char *trouble_of(int error) {
  if (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAPLIMIT)
    return "it takes too much memory";
  return error == PCRE2_ERROR_MATCHLIMIT || error == PCRE2_ERROR_DEPTHLIMIT
             ? "it takes more than 1,000,000 steps at one place"
             : "it can't be matched";
}

/* Takes over what a match found. Returns whether it has a value. */
static bool take_found(const pcre2_match_data *data, const harness__pattern_t *pattern,
                       harness__found_t *found) {
  pcre2_match_data *match = (pcre2_match_data *)(uintptr_t)data;
  const PCRE2_SIZE *places = pcre2_get_ovector_pointer(match);
  size_t group = harness__pattern_groups(pattern) > 0 ? 1 : 0;

  found->start = pcre2_get_startchar(match);
  found->end = places[1];
  found->from = places[2 * group];
  found->to = places[2 * group + 1];
  if (found->from == PCRE2_UNSET || found->to <= found->from)
    return false;
  if (found->end < found->to)
    found->end = found->to;
  return true;
}

typedef struct search {
  const harness__pattern_t *pattern;
  pcre2_match_data *match;
  pcre2_match_context *narrow; /* the limits of some places; NULL until they are needed */
  const char *bytes;
  size_t size;
  uint32_t options;
  harness__effort_t *effort;
  bool spent; /* the effort */
} search_t;

static int match_from(const search_t *search, size_t from, pcre2_match_context *limits) {
  return pcre2_match(search->pattern->code, (PCRE2_SPTR)search->bytes, search->size, from, search->options,
                     search->match, limits);
}

/* At that many places from there on. */
static int match_some(const search_t *search, size_t from, size_t places, uint32_t steps) {
  size_t rest = search->size - from;

  (void)pcre2_set_offset_limit(search->narrow, from + (places - 1 < rest ? places - 1 : rest));
  (void)pcre2_set_match_limit(search->narrow, steps);
  return match_from(search, from, search->narrow);
}

/* What a step may cost there. */
static uint64_t weight_at(const search_t *search, size_t from) {
  size_t rest = search->size - from;
  size_t repeats = search->pattern->repeats < rest ? search->pattern->repeats : rest;
  size_t most = rest < 65536 ? rest : 65536;

  return 1 + repeats / 4 + most / (search->pattern->runs_on ? 16 : 4096);
}

/* At a place that needs more than few steps. */
static int insist(search_t *search, size_t from) {
  harness__effort_t *effort = search->effort;
  uint32_t steps = FEW_STEPS;
  int result = PCRE2_ERROR_MATCHLIMIT;

  while (result == PCRE2_ERROR_MATCHLIMIT && steps < MOST_STEPS) {
    steps = 4 * steps < MOST_STEPS ? 4 * steps : MOST_STEPS;
    effort->steps += steps * weight_at(search, from);
    search->spent = effort->steps > MOST_IN_ALL + effort->bytes * MOST_EACH_BYTE;
    if (search->spent)
      return result;
    result = match_some(search, from, 1, steps);
  }
  return result;
}

/* The first match from there on, or why there is none, as PCRE2 says it. */
static int match_next(search_t *search, size_t from) {
  int result = match_from(search, from, search->pattern->few);
  size_t places = 1;

  if (result != PCRE2_ERROR_MATCHLIMIT)
    return result;
  if (search->narrow == NULL)
    search->narrow = pcre2_match_context_copy(search->pattern->few);
  if (search->narrow == NULL)
    return PCRE2_ERROR_NOMEMORY;
  while (from <= search->size) {
    bool alone = places == 1;

    result = match_some(search, from, places, FEW_STEPS);
    if (result == PCRE2_ERROR_MATCHLIMIT && alone)
      result = insist(search, from);
    else if (result == PCRE2_ERROR_MATCHLIMIT) {
      places /= 2;
      continue;
    } else
      alone = false;
    if (result != PCRE2_ERROR_NOMATCH)
      return result;
    from += places;
    places *= alone ? 1 : 2;
  }
  return PCRE2_ERROR_NOMATCH;
}

static harness__match_t find(search_t *search, size_t from, harness__found_t *found) {
  while (from <= search->size) {
    int result = match_next(search, from);
    if (result == PCRE2_ERROR_NOMATCH)
      return HARNESS__MATCH_NONE;
    if (result == PCRE2_ERROR_PARTIAL) {
      found->start = pcre2_get_ovector_pointer(search->match)[0];
      return HARNESS__MATCH_PARTIAL;
    }
    if (result < 0) {
      found->trouble = search->spent ? "it takes too many steps at too many places" : trouble_of(result);
      return HARNESS__MATCH_GAVE_UP;
    }
    if (take_found(search->match, search->pattern, found)) {
      /* Such bytes may have been shown before the match was known of. */
      if (found->from >= found->start)
        return HARNESS__MATCH_FOUND;
      found->trouble = "its group stands where it looks behind";
      return HARNESS__MATCH_GAVE_UP;
    }
    /* Not behind the match: a search that began within it, where data was cut, would find another value. */
    from = found->start + 1;
  }
  return HARNESS__MATCH_NONE;
}

harness__match_t harness__pattern_find(const harness__pattern_t *pattern, const char *bytes, size_t size,
                                       size_t from, bool partial, harness__effort_t *effort,
                                       harness__found_t *found) {
  search_t search = {.pattern = pattern, .bytes = bytes != NULL ? bytes : "", .size = size, .effort = effort};
  harness__match_t result = HARNESS__MATCH_GAVE_UP;

  search.options = PCRE2_NOTEMPTY | (partial ? PCRE2_PARTIAL_HARD : 0);
  search.match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
  memset(found, 0, sizeof *found);
  found->trouble = trouble_of(PCRE2_ERROR_NOMEMORY);
  if (search.match != NULL)
    result = find(&search, from, found);
  pcre2_match_data_free(search.match);
  pcre2_match_context_free(search.narrow);
  return result;
}

bool harness__pattern_matches(harness__pattern_t *pattern, const char *bytes, size_t size,
                              const char **trouble) {
  const char *given_up = atomic_load(&pattern->given_up);
  int result = PCRE2_ERROR_NOMEMORY;

  if (given_up == NULL) {
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
    if (match != NULL)
      result = pcre2_match(pattern->code, (PCRE2_SPTR)(bytes != NULL ? bytes : ""), size, 0,
                           PCRE2_ANCHORED | PCRE2_ENDANCHORED, match, pattern->limits);
    pcre2_match_data_free(match);
    if (result < 0 && result != PCRE2_ERROR_NOMATCH) {
      given_up = trouble_of(result);
      atomic_store(&pattern->given_up, given_up);
    }
  }
  if (trouble != NULL)
    *trouble = given_up;
  return result >= 0;
}
