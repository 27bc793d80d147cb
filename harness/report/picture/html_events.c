/* SPDX-License-Identifier: MIT */
/*
 * All that the picture shows, as a table: for who reads it with the ears, for who wants the whole data, and
 * for printing. What an arrow shows is told at both of its ends by the numbers of the events at the other.
 */
#include <inttypes.h>
#include <string.h>

#include "record/compare.h"
#include "report/picture/html.h"
#include "report/picture/markup.h"

/* An event that was cut into many pieces tells the first ones. */
enum { MOST_TOLD = 8 };

typedef struct table {
  harness__buffer_t *out;
  const harness__diagram_t *diagram;
  bool is_difference;
  bool has_time;
  size_t *first; /* item -> the first arrow that begins there, or HARNESS__NONE */
  size_t *next;  /* arrow -> the next one of the same item */
} table_t;

static bool sort_arrows(table_t *table, harness__diagram_t *diagram) {
  table->first = harness__diagram_array(diagram, diagram->count, sizeof *table->first);
  table->next = harness__diagram_array(diagram, diagram->arrow_count, sizeof *table->next);
  if (table->first == NULL || table->next == NULL)
    return false;
  for (size_t i = 0; i < diagram->count; i++)
    table->first[i] = HARNESS__NONE;
  for (size_t i = diagram->arrow_count; i-- > 0;) {
    size_t from = diagram->arrows[i].from;
    if (from == HARNESS__NONE)
      continue;
    table->next[i] = table->first[from];
    table->first[from] = i;
  }
  return true;
}

static const char *sign_word(char sign) {
  return sign == '-' ? "− missing" : sign == '+' ? "+ new" : sign == '~' ? "~ changed" : "";
}

static const char *row_class(char sign) {
  return sign == '-' ? "minus" : sign == '+' ? "plus" : sign == '~' ? "change" : "same";
}

/* A link to another event, by its number. */
static void add_link(table_t *table, size_t item) {
  const harness__item_t *other = &table->diagram->items[item];
  const char *sign = harness__markup_sign(other->sign);

  harness__buffer_printf(table->out, "<a href=\"#e%zu\">%s%zu</a>", item + 1, sign, other->number);
}

/* "to server/1 (5, 7)": the arrows that begin at an item. */
static void add_effects(table_t *table, size_t index) {
  const harness__item_t *item = &table->diagram->items[index];
  size_t told = 0;

  harness__buffer_string(table->out, "to ");
  harness__markup_string(table->out, table->diagram->columns[item->peer].name);
  for (size_t i = table->first[index]; i != HARNESS__NONE && told < MOST_TOLD; i = table->next[i]) {
    if (table->diagram->arrows[i].to == HARNESS__NONE)
      continue;
    harness__buffer_string(table->out, told++ == 0 ? ", seen as " : ", ");
    add_link(table, table->diagram->arrows[i].to);
  }
  if (told == MOST_TOLD && item->effects > told)
    harness__buffer_printf(table->out, " … (%zu in all)", item->effects);
}

/* "from client (4)": the arrows that end at an item, which stand together from arrow `at` on. */
static void add_causes(table_t *table, size_t index, size_t at) {
  const harness__item_t *item = &table->diagram->items[index];
  size_t told = 0;

  harness__buffer_string(table->out, "from ");
  harness__markup_string(table->out, table->diagram->columns[item->peer].name);
  for (size_t i = at; i < at + item->causes && told < MOST_TOLD; i++) {
    if (table->diagram->arrows[i].from == HARNESS__NONE)
      continue;
    harness__buffer_string(table->out, told++ == 0 ? ", done as " : ", ");
    add_link(table, table->diagram->arrows[i].from);
  }
  if (told == MOST_TOLD && item->causes > told)
    harness__buffer_printf(table->out, " … (%zu in all)", item->causes);
}

static void add_value(table_t *table, const harness__entry_t *entry, bool with_time) {
  const char *words = entry->text != NULL ? entry->text : entry->code;
  const char *name = entry->to != NULL ? entry->to : entry->from;
  const char *pattern = entry->text_pattern != NULL ? entry->text_pattern : entry->data.pattern;

  if (pattern != NULL) {
    size_t size = strlen(pattern);
    harness__buffer_string(table->out, "matches ");
    harness__html_value(table->out, &(harness__data_t){.head = pattern, .head_size = size, .bytes = size},
                        '\'');
  } else if (entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE) {
    harness__html_value(table->out, &entry->data, '\'');
  } else if (words != NULL) {
    size_t size = entry->text != NULL ? entry->text_size : strlen(words);
    harness__html_value(table->out, &(harness__data_t){.head = words, .head_size = size, .bytes = size},
                        '\0');
  } else if (name != NULL) {
    harness__buffer_string(table->out, entry->to != NULL ? "to " : "from ");
    harness__markup_string(table->out, name);
  }
  if (with_time)
    harness__buffer_printf(table->out, " at %" PRIu64 " ms", entry->at_ms);
}

/* "data differs from byte 38 on". */
static void add_field(table_t *table, const harness__item_t *item) {
  harness__divergence_t divergence;
  harness__field_t field = harness__entry_compare(table->diagram->sides[0], item->expected,
                                                  table->diagram->sides[1], item->entry, &divergence);

  harness__buffer_printf(table->out, "<div><small>%s differs", harness__field_name(field));
  if (divergence.has_offset)
    harness__buffer_printf(table->out, " from byte %" PRIu64 " on", divergence.offset);
  harness__buffer_string(table->out, "</small></div>");
}

static void add_content(table_t *table, size_t index) {
  const harness__item_t *item = &table->diagram->items[index];
  harness__buffer_t remark = {0};

  if (item->sign == '~') {
    bool with_time = item->expected->at_ms != item->entry->at_ms;
    harness__buffer_string(table->out, "<div class=\"old\">− expected: ");
    add_value(table, item->expected, with_time);
    harness__buffer_string(table->out, "</div><div class=\"new\">+ there is: ");
    add_value(table, item->entry, with_time);
    harness__buffer_string(table->out, "</div>");
    add_field(table, item);
  } else {
    add_value(table, item->entry, false);
  }
  harness__item_remark(&remark, table->diagram, index);
  if (remark.length > 0)
    harness__buffer_printf(table->out, " <strong>%s</strong>", remark.text);
  if (remark.failed)
    table->out->failed = true;
  harness__buffer_free(&remark);
}

static void add_row(table_t *table, size_t index, size_t first_cause) {
  const harness__item_t *item = &table->diagram->items[index];

  harness__buffer_printf(table->out, "<tr id=\"e%zu\" class=\"%s\"><th scope=\"row\">%zu</th>", index + 1,
                         row_class(item->sign), item->number);
  if (table->is_difference)
    harness__buffer_printf(table->out, "<td class=\"sign\">%s</td>", sign_word(item->sign));
  if (table->has_time)
    harness__buffer_printf(table->out, "<td class=\"at\">%" PRIu64 "</td>", item->entry->at_ms);
  harness__buffer_string(table->out, "<td class=\"lane\">");
  harness__markup_string(table->out, table->diagram->columns[item->column].name);
  harness__buffer_printf(table->out, "</td><td class=\"event\">%s</td><td>",
                         harness__event_kind_name(item->entry->kind));
  add_content(table, index);
  harness__buffer_string(table->out, "</td><td class=\"other\">");
  if (item->effects > 0)
    add_effects(table, index);
  else if (item->causes > 0)
    add_causes(table, index, first_cause);
  harness__buffer_string(table->out, "</td></tr>\n");
}

static bool has_time(const harness__diagram_t *diagram) {
  for (size_t i = 0; i < diagram->count; i++)
    if (diagram->items[i].entry->at_ms != 0)
      return true;
  return false;
}

void harness__html_events(harness__buffer_t *out, const harness__picture_t *picture) {
  harness__diagram_t *diagram = picture->diagram;
  table_t table = {.out = out, .diagram = diagram, .is_difference = picture->names[0] != NULL};
  size_t arrow = 0;

  table.has_time = has_time(diagram);
  if (!sort_arrows(&table, diagram)) {
    out->failed = true;
    return;
  }
  harness__buffer_printf(out,
                         "<table>\n<thead><tr><th scope=\"col\">No.</th>%s%s<th scope=\"col\">Lane</th>"
                         "<th scope=\"col\">Event</th><th scope=\"col\">What</th>"
                         "<th scope=\"col\">Other end</th></tr></thead>\n<tbody>\n",
                         table.is_difference ? "<th scope=\"col\">Difference</th>" : "",
                         table.has_time ? "<th scope=\"col\">Time (ms)</th>" : "");
  for (size_t i = 0; i < diagram->count && !out->failed; i++) {
    /* Arrows stand in the order of the items where they end, or begin where they end nowhere. */
    while (arrow < diagram->arrow_count &&
           (diagram->arrows[arrow].to != HARNESS__NONE ? diagram->arrows[arrow].to
                                                       : diagram->arrows[arrow].from) < i)
      arrow++;
    add_row(&table, i, arrow);
  }
  harness__buffer_string(out, "</tbody>\n</table>\n");
}
