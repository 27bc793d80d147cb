/* SPDX-License-Identifier: MIT */
/*
 * Cards stand over lines: lifelines first, then arrows, then cards. A level arrow crosses the gutter. Any
 * other leaves its card level, where no other card stands, crosses to the gutter before the column where it
 * ends, and falls there: so no line ever meets a text.
 */
#include "report/picture/svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/picture/markup.h"
#include "report/picture/palette.h"
#include "report/text.h"

enum { STUB = 30, TIP = 2, MOST_NAMES = 12, LEGEND = 40 };

static const harness__rule_t rules[] = {
    {".page", "fill", HARNESS__COLOUR_PAGE},
    {".number,.time,.empty", "fill", HARNESS__COLOUR_DIM},
    {".legend", "fill", HARNESS__COLOUR_TEXT},
    {".lifeline", "stroke", HARNESS__COLOUR_LIFELINE},
    {".band", "stroke", HARNESS__COLOUR_LIFELINE},
    {".arrow", "stroke", HARNESS__COLOUR_ARROW},
    {".tip", "fill", HARNESS__COLOUR_ARROW},
    {".arrow.minus", "stroke", HARNESS__COLOUR_MINUS_EDGE},
    {".tip.minus", "fill", HARNESS__COLOUR_MINUS_EDGE},
    {".arrow.plus", "stroke", HARNESS__COLOUR_PLUS_EDGE},
    {".tip.plus", "fill", HARNESS__COLOUR_PLUS_EDGE},
    {".head rect", "fill", HARNESS__COLOUR_HEAD},
    {".head rect", "stroke", HARNESS__COLOUR_HEAD},
    {".head text", "fill", HARNESS__COLOUR_HEAD_TEXT},
    {".head.absent rect", "fill", HARNESS__COLOUR_PAGE},
    {".head.absent rect", "stroke", HARNESS__COLOUR_LIFELINE},
    {".head.absent text", "fill", HARNESS__COLOUR_TEXT},
    {".head text.note", "fill", HARNESS__COLOUR_DIM},
    {".card rect", "fill", HARNESS__COLOUR_CARD},
    {".card rect", "stroke", HARNESS__COLOUR_CARD_EDGE},
    {".card text", "fill", HARNESS__COLOUR_CARD_TEXT},
    {".card .kind", "fill", HARNESS__COLOUR_CARD_KIND},
    {".card .dim", "fill", HARNESS__COLOUR_CARD_DIM},
    {".card .bad", "fill", HARNESS__COLOUR_CARD_BAD},
    {".card.log rect", "fill", HARNESS__COLOUR_LOG},
    {".card.log rect", "stroke", HARNESS__COLOUR_RULE},
    {".card.log text", "fill", HARNESS__COLOUR_LOG_TEXT},
    {".card.minus rect,.head.minus rect", "fill", HARNESS__COLOUR_MINUS},
    {".card.minus rect,.head.minus rect", "stroke", HARNESS__COLOUR_MINUS_EDGE},
    {".card.minus text,.card .old,.head.minus text", "fill", HARNESS__COLOUR_MINUS_TEXT},
    {".card.plus rect,.head.plus rect", "fill", HARNESS__COLOUR_PLUS},
    {".card.plus rect,.head.plus rect", "stroke", HARNESS__COLOUR_PLUS_EDGE},
    {".card.plus text,.head.plus text", "fill", HARNESS__COLOUR_PLUS_TEXT},
    {".card.change rect", "fill", HARNESS__COLOUR_CHANGE},
    {".card.change rect", "stroke", HARNESS__COLOUR_CHANGE_EDGE},
    {".card.change text", "fill", HARNESS__COLOUR_CHANGE_TEXT},
};

static const char shapes[] =
    "svg text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans "
    "Mono',monospace;white-space:pre}\n"
    "svg .kind,svg .number,svg .time,svg .legend,svg .note,svg .empty{font-family:system-ui,-apple-system,"
    "'Segoe UI','DejaVu Sans',sans-serif}\n"
    ".kind{font-size:11px;font-weight:600}.number{font-size:11px;text-anchor:end}.time{font-size:11px;"
    "font-weight:600}\n"
    ".head text{font-weight:600;text-anchor:middle}.head text.note{font-size:10px;font-weight:400}\n"
    ".lifeline,.band,.arrow{fill:none}.lifeline.absent{stroke-dasharray:2 5}.band{stroke-dasharray:1 4}\n"
    ".arrow{stroke-width:1.5}.arrow.end{stroke-dasharray:2 3}.arrow.connect{stroke-width:1}\n"
    ".arrow.minus{stroke-dasharray:7 4}.arrow.plus{stroke-width:3}\n"
    ".head.absent rect{stroke-dasharray:4 3}.card.log rect{stroke-dasharray:none}\n"
    ".card.minus rect,.head.minus rect{stroke-dasharray:7 4;stroke-width:1.5}\n"
    ".card.plus rect,.head.plus rect{stroke-width:2.5}.card.change rect{stroke-dasharray:2 "
    "2;stroke-width:2}\n";

void harness__svg_style(harness__buffer_t *out) {
  harness__buffer_string(out, shapes);
  harness__palette_css(out, rules, sizeof rules / sizeof rules[0]);
}

static const char *sign_class(char sign) {
  return sign == '-' ? " minus" : sign == '+' ? " plus" : sign == '~' ? " change" : "";
}

/* A name cut to what fits into so many pixels. */
static void add_name(harness__buffer_t *out, const char *name, size_t width) {
  harness__markup_short(out, name, width * 4 / 29);
}

void harness__svg_heads(harness__buffer_t *out, const harness__picture_t *picture) {
  for (size_t i = 0; i < picture->diagram->column_count; i++) {
    const harness__column_t *column = &picture->diagram->columns[i];
    size_t middle = harness__picture_middle(picture, i);
    const char *sign = harness__markup_sign(column->sign);
    harness__buffer_printf(out, "<g class=\"head%s%s\"><title>", column->is_lane ? "" : " absent",
                           sign_class(column->sign));
    harness__markup_string(out, column->name);
    harness__buffer_printf(
        out,
        "</title><rect x=\"%zu\" y=\"%d\" width=\"%zu\" height=\"%d\" rx=\"6\"/>"
        "<text x=\"%zu\" y=\"%d\">%s%s",
        picture->lefts[i], HARNESS__PICTURE_MARGIN, picture->widths[i], HARNESS__PICTURE_HEAD, middle,
        HARNESS__PICTURE_MARGIN + (column->is_lane ? 21 : 16), sign, sign[0] != '\0' ? " " : "");
    add_name(out, column->name, picture->widths[i] - (size_t)2 * HARNESS__PICTURE_PAD);
    harness__buffer_string(out, "</text>");
    if (!column->is_lane)
      harness__buffer_printf(out, "<text class=\"note\" x=\"%zu\" y=\"%d\">not observed</text>", middle,
                             HARNESS__PICTURE_MARGIN + 28);
    harness__buffer_printf(out, "<path class=\"lifeline%s\" d=\"M%zu %dV%d\"/></g>\n",
                           column->is_lane ? "" : " absent", middle,
                           HARNESS__PICTURE_MARGIN + HARNESS__PICTURE_HEAD, HARNESS__PICTURE_HEADS);
  }
}

static void add_lifelines(harness__buffer_t *out, const harness__picture_t *picture) {
  for (size_t i = 0; i < picture->diagram->column_count; i++) {
    size_t middle = harness__picture_middle(picture, i);
    harness__buffer_printf(out, "<path class=\"lifeline%s\" d=\"M%zu 0V%zu\"/>\n",
                           picture->diagram->columns[i].is_lane ? "" : " absent", middle, picture->height);
  }
}

/* An arrow's tip is a marker, which can't take its line's colour in every viewer: so each colour has one. */
static void add_tips(harness__buffer_t *out) {
  static const char *const signs[] = {"", "minus", "plus"};

  harness__buffer_string(out, "<defs>\n");
  for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
    harness__buffer_printf(
        out,
        "<marker id=\"tip%s\" class=\"tip %s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" "
        "markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
        "orient=\"auto\"><path d=\"M0 .8L10 5L0 9.2z\"/></marker>\n",
        signs[i], signs[i]);
  harness__buffer_string(out, "</defs>\n");
}

/* Where an arrow meets an end of its: the edge of a card, or the lifeline of who was not observed. */
static size_t edge(const harness__picture_t *picture, size_t item, size_t column, bool on_right) {
  if (item == HARNESS__NONE)
    return harness__picture_middle(picture, column);
  return picture->lefts[column] + (on_right ? picture->widths[column] : 0);
}

static void add_arrow(harness__buffer_t *out, const harness__picture_t *picture,
                      const harness__arrow_t *arrow) {
  const harness__item_t *items = picture->diagram->items;
  bool right = arrow->from_column < arrow->to_column;
  size_t from_row = items[arrow->from != HARNESS__NONE ? arrow->from : arrow->to].row;
  size_t to_row = items[arrow->to != HARNESS__NONE ? arrow->to : arrow->from].row;
  size_t y = picture->tops[from_row] + HARNESS__PICTURE_LEVEL;
  size_t end_y = picture->tops[to_row] + HARNESS__PICTURE_LEVEL;
  size_t x = edge(picture, arrow->from, arrow->from_column, right);
  size_t end_x = edge(picture, arrow->to, arrow->to_column, !right);
  const char *sign = arrow->sign == '-' ? "minus" : arrow->sign == '+' ? "plus" : "";
  const char *kind = arrow->message == HARNESS__MESSAGE_CONNECT ? " connect"
                     : arrow->message == HARNESS__MESSAGE_END   ? " end"
                                                                : "";

  end_x = right ? end_x - TIP : end_x + TIP;
  harness__buffer_printf(out, "<path class=\"arrow%s%s\" marker-end=\"url(#tip%s)\" d=\"M%zu %zu", kind,
                         sign_class(arrow->sign), sign, x, y);
  if (y == end_y) {
    harness__buffer_printf(out, "H%zu\"/>\n", end_x);
    return;
  }
  x = right ? end_x + TIP - HARNESS__PICTURE_GUTTER : end_x - TIP + HARNESS__PICTURE_GUTTER;
  harness__buffer_printf(out, "H%zuC%zu %zu %zu %zu %zu %zu\"/>\n", x, right ? x + 36 : x - 36, y,
                         right ? end_x - 36 : end_x + 36, end_y, end_x, end_y);
}

/* A send that nobody received: its line breaks off, with a cross. */
static void add_lost(harness__buffer_t *out, const harness__picture_t *picture, const harness__item_t *item) {
  bool right = item->column < item->peer;
  size_t y = picture->tops[item->row] + HARNESS__PICTURE_LEVEL;
  size_t x = edge(picture, 0, item->column, right);
  size_t end = right ? x + STUB : x - STUB;

  harness__buffer_printf(out, "<path class=\"arrow%s\" d=\"M%zu %zuH%zuM%zu %zul10 10m0 -10l-10 10\"/>\n",
                         sign_class(item->sign == '~' ? ' ' : item->sign), x, y, end, end - 5, y - 5);
}

static void add_arrows(harness__buffer_t *out, const harness__picture_t *picture) {
  const harness__diagram_t *diagram = picture->diagram;

  for (size_t i = 0; i < diagram->arrow_count; i++)
    add_arrow(out, picture, &diagram->arrows[i]);
  for (size_t i = 0; i < diagram->count; i++)
    if (diagram->items[i].lost)
      add_lost(out, picture, &diagram->items[i]);
}

/* Where time passes, a line across, with the time. */
static void add_band(harness__buffer_t *out, const harness__picture_t *picture, const harness__item_t *item) {
  size_t y = picture->tops[item->row] - HARNESS__PICTURE_BAND / 2 - HARNESS__PICTURE_GAP / 2;
  size_t x = HARNESS__PICTURE_MARGIN + 36;

  for (uint64_t rest = item->entry->at_ms; rest > 0; rest /= 10)
    x += 8;
  x = x > picture->left ? x : picture->left;
  harness__buffer_printf(out,
                         "<path class=\"band\" d=\"M%zu %zuH%zu\"/><text class=\"time\" x=\"%d\" y=\"%zu\">"
                         "%" PRIu64 " ms</text>\n",
                         x, y, picture->width - HARNESS__PICTURE_MARGIN, HARNESS__PICTURE_MARGIN, y + 4,
                         item->entry->at_ms);
}

void harness__svg_number(harness__buffer_t *out, const harness__picture_t *picture, size_t index) {
  const harness__item_t *item = &picture->diagram->items[index];
  bool has_pair = index + 1 < picture->diagram->count && item[1].is_paired;
  const char *sign = harness__markup_sign(item->sign);

  if (sign[0] == '\0' && has_pair)
    sign = harness__markup_sign(item[1].sign);
  harness__buffer_printf(out, "%s%s%zu", sign, sign[0] != '\0' ? " " : "", item->number);
  if (has_pair)
    harness__buffer_printf(out, "–%zu", item[1].number);
}

/* What stands at the left of a row. */
static void add_margin(harness__buffer_t *out, const harness__picture_t *picture, size_t index,
                       bool with_number) {
  const harness__item_t *item = &picture->diagram->items[index];

  if (item->is_paired)
    return;
  if (harness__picture_has_band(picture, index))
    add_band(out, picture, item);
  if (!with_number)
    return;
  harness__buffer_printf(out, "<text class=\"number\" x=\"%zu\" y=\"%zu\">",
                         picture->left - HARNESS__PICTURE_MARGIN,
                         picture->tops[item->row] + HARNESS__PICTURE_BASE);
  harness__svg_number(out, picture, index);
  harness__buffer_string(out, "</text>\n");
}

static void add_line(harness__buffer_t *out, const harness__card_t *card, size_t index, size_t x, size_t y) {
  const harness__line_t *line = &card->lines[index];
  const char *name = line->sign == '-' ? " class=\"old\"" : line->sign == '!' ? " class=\"bad\"" : "";
  bool is_first = index == 0 || card->lines[index - 1].sign != line->sign;
  const char *sign = line->sign == '-' || line->sign == '+' ? harness__markup_sign(line->sign) : "";

  if (sign[0] != '\0' && is_first)
    harness__buffer_printf(out, "<text%s x=\"%zu\" y=\"%zu\">%s</text>", name, x - 12, y, sign);
  harness__buffer_printf(out, "<text%s x=\"%zu\" y=\"%zu\">%s", name, x, y, line->is_begun ? "…" : "");
  harness__markup_add(out, card->text.text + line->start, line->size);
  harness__buffer_printf(out, "%s</text>", line->is_cut ? "…" : "");
}

static void add_title(harness__buffer_t *out, const harness__item_t *item,
                      const harness__diagram_t *diagram) {
  harness__buffer_t text = {0};

  harness__report_entry(&text, diagram->columns[item->column].name, 0, item->entry);
  harness__buffer_string(out, "<title>");
  if (text.text != NULL)
    harness__markup_add(out, text.text, text.length);
  harness__buffer_string(out, "</title>");
  if (text.failed)
    out->failed = true;
  harness__buffer_free(&text);
}

static bool is_bad(const harness__entry_t *entry) {
  return entry->kind == HARNESS__EVENT_ERROR || entry->kind == HARNESS__EVENT_RESET;
}

static void add_card(harness__buffer_t *out, const harness__picture_t *picture, harness__card_t *card,
                     size_t index) {
  const harness__item_t *item = &picture->diagram->items[index];
  bool is_log = item->entry->kind == HARNESS__EVENT_LOG;
  size_t x = picture->lefts[item->column];
  size_t y = picture->tops[item->row];
  const char *sign = harness__markup_sign(item->sign);

  harness__card_make(card, picture->diagram, index, picture->room[item->column]);
  harness__buffer_printf(out, "<g class=\"card%s%s\">", is_log ? " log" : "", sign_class(item->sign));
  add_title(out, item, picture->diagram);
  harness__buffer_printf(out,
                         "<rect x=\"%zu\" y=\"%zu\" width=\"%zu\" height=\"%zu\" rx=\"5\"/>"
                         "<text class=\"kind%s\" x=\"%zu\" y=\"%zu\">%s%s%s</text>",
                         x, y, picture->widths[item->column], harness__picture_card_height(card->count),
                         is_bad(item->entry) ? " bad" : "", x + HARNESS__PICTURE_PAD,
                         y + HARNESS__PICTURE_BASE, sign, sign[0] != '\0' ? " " : "",
                         harness__event_kind_name(item->entry->kind));
  for (size_t i = 0; i < card->count; i++)
    add_line(out, card, i, x + HARNESS__PICTURE_PAD + picture->kind,
             y + HARNESS__PICTURE_BASE + i * HARNESS__PICTURE_LINE);
  harness__buffer_string(out, "</g>\n");
  if (card->text.failed)
    out->failed = true;
}

void harness__svg_body(harness__buffer_t *out, const harness__picture_t *picture, bool with_numbers) {
  harness__card_t card = {0};

  add_tips(out);
  add_lifelines(out, picture);
  for (size_t i = 0; i < picture->diagram->count; i++)
    add_margin(out, picture, i, with_numbers);
  add_arrows(out, picture);
  for (size_t i = 0; i < picture->diagram->count && !out->failed; i++)
    add_card(out, picture, &card, i);
  if (picture->diagram->count == 0)
    harness__buffer_printf(out, "<text class=\"empty\" x=\"%d\" y=\"%d\">(no events)</text>\n",
                           HARNESS__PICTURE_MARGIN, HARNESS__PICTURE_BASE);
  harness__buffer_free(&card.text);
}

void harness__svg_summary(harness__buffer_t *out, const harness__picture_t *picture) {
  const harness__diagram_t *diagram = picture->diagram;
  size_t shown = diagram->column_count < MOST_NAMES ? diagram->column_count : MOST_NAMES;

  harness__buffer_printf(out, "%zu event%s", diagram->count, diagram->count == 1 ? "" : "s");
  for (size_t i = 0; i < shown; i++) {
    harness__buffer_string(out, i == 0 ? " of " : ", ");
    harness__markup_string(out, diagram->columns[i].name);
  }
  if (shown < diagram->column_count)
    harness__buffer_printf(out, " and %zu more", diagram->column_count - shown);
  if (picture->names[0] != NULL && diagram->changes == 0)
    harness__buffer_string(out, "; no difference");
  else if (picture->names[0] != NULL)
    harness__buffer_printf(out, "; %zu differ", diagram->changes);
}

/* Everything that the picture shows, in words, an event a line. */
static void add_description(harness__buffer_t *out, const harness__picture_t *picture) {
  const harness__diagram_t *diagram = picture->diagram;
  harness__buffer_t line = {0};

  harness__buffer_string(out, "<desc id=\"description\">A sequence diagram: ");
  harness__svg_summary(out, picture);
  harness__buffer_string(out, ".\n");
  for (size_t i = 0; i < diagram->count && !out->failed; i++) {
    const harness__item_t *item = &diagram->items[i];
    line.length = 0;
    if (item->sign != ' ')
      harness__buffer_string(&line, item->sign == '-'   ? "missing: "
                                    : item->sign == '+' ? "new: "
                                                        : "changed: ");
    harness__report_entry(&line, diagram->columns[item->column].name, 0, item->entry);
    if (item->sign == '~') {
      harness__buffer_string(&line, "; expected: ");
      harness__report_entry(&line, diagram->columns[item->column].name, 0, item->expected);
    }
    harness__buffer_char(&line, '\n');
    if (!line.failed)
      harness__markup_add(out, line.text, line.length);
  }
  if (line.failed)
    out->failed = true;
  harness__buffer_free(&line);
  harness__buffer_string(out, "</desc>\n");
}

/* What the signs of a difference mean. */
static void add_legend(harness__buffer_t *out, const harness__picture_t *picture, size_t y) {
  static const char *const samples[] = {"minus", "plus", "change"};
  size_t x = HARNESS__PICTURE_MARGIN;

  for (size_t i = 0; i < 3; i++) {
    size_t row = y + i * 26;
    harness__buffer_printf(
        out,
        "<g class=\"card %s\"><rect x=\"%zu\" y=\"%zu\" width=\"26\" height=\"18\" rx=\"4\"/>"
        "<text class=\"kind\" x=\"%zu\" y=\"%zu\">%s</text></g>"
        "<text class=\"legend\" x=\"%zu\" y=\"%zu\">",
        samples[i], x, row, x + 9, row + 13, harness__markup_sign("-+~"[i]), x + 36, row + 13);
    harness__buffer_string(out, i == 2 ? "in both, but changed" : "only in ");
    if (i < 2)
      harness__markup_short(out, picture->names[i], 60);
    harness__buffer_string(out, "</text>\n");
  }
}

char *harness__svg(const harness__picture_t *picture) {
  harness__buffer_t out = {0};
  bool is_difference = picture->names[0] != NULL;
  size_t width = is_difference && picture->width < 520 ? 520 : picture->width < 120 ? 120 : picture->width;
  size_t height = HARNESS__PICTURE_HEADS + picture->height + (is_difference ? 94 : 0);

  harness__buffer_printf(&out,
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" "
                         "viewBox=\"0 0 %zu %zu\" role=\"img\" xml:lang=\"en\" xml:space=\"preserve\" "
                         "aria-labelledby=\"title description\">\n<title id=\"title\">",
                         width, height, width, height);
  for (size_t i = is_difference ? 0 : 1; i < 2; i++) {
    harness__markup_string(&out, picture->names[i]);
    harness__buffer_string(&out, i == 0 ? " and " : "</title>\n");
  }
  add_description(&out, picture);
  harness__buffer_string(&out, "<style>\n");
  harness__svg_style(&out);
  harness__buffer_printf(&out, "</style>\n<rect class=\"page\" width=\"%zu\" height=\"%zu\"/>\n", width,
                         height);
  harness__svg_heads(&out, picture);
  harness__buffer_printf(&out, "<g transform=\"translate(0 %d)\">\n", HARNESS__PICTURE_HEADS);
  harness__svg_body(&out, picture, true);
  harness__buffer_string(&out, "</g>\n");
  if (is_difference)
    add_legend(&out, picture, HARNESS__PICTURE_HEADS + picture->height);
  harness__buffer_string(&out, "</svg>\n");
  return harness__buffer_take(&out);
}
