/* SPDX-License-Identifier: MIT */
/*
 * The page is HTML that is XML as well, so that any parser can check it. Its policy forbids every request and
 * every script; the empty icon keeps browsers from asking the server for one.
 *
 * The page itself scrolls, not a box in it, so that the heads of the columns and of the table can stay in
 * view.
 */
#include "report/picture/html.h"

#include <string.h>

#include "report/picture/markup.h"
#include "report/picture/palette.h"
#include "report/picture/svg.h"

static const harness__rule_t rules[] = {
    {"html", "background", HARNESS__COLOUR_PAGE},
    {"html", "color", HARNESS__COLOUR_TEXT},
    {"a,summary", "color", HARNESS__COLOUR_LINK},
    {".skip:focus", "background", HARNESS__COLOUR_PAGE},
    {".sub,small", "color", HARNESS__COLOUR_DIM},
    {".heads,thead th", "background", HARNESS__COLOUR_PAGE},
    {"tbody th,tbody td", "border-top-color", HARNESS__COLOUR_RULE},
    {"tbody th", "color", HARNESS__COLOUR_DIM},
    {"pre", "background", HARNESS__COLOUR_CARD},
    {"pre", "color", HARNESS__COLOUR_CARD_TEXT},
    {"pre", "border-color", HARNESS__COLOUR_RULE},
    {".event", "color", HARNESS__COLOUR_LINK},
    {"nav a,.other,.at", "color", HARNESS__COLOUR_DIM},
    {"tr.minus .sign,.old,strong", "color", HARNESS__COLOUR_MINUS_EDGE},
    {"tr.plus .sign,.new", "color", HARNESS__COLOUR_PLUS_EDGE},
    {"tr.change .sign", "color", HARNESS__COLOUR_CHANGE_EDGE},
    {"tr.minus th", "border-left-color", HARNESS__COLOUR_MINUS_EDGE},
    {"tr.plus th", "border-left-color", HARNESS__COLOUR_PLUS_EDGE},
    {"tr.change th", "border-left-color", HARNESS__COLOUR_CHANGE_EDGE},
    {"tr:target td,tr:target th", "background", HARNESS__COLOUR_CHANGE},
    {"tr:target td,tr:target th,tr:target td *", "color", HARNESS__COLOUR_CHANGE_TEXT},
};

static const char shapes[] =
    ":root{color-scheme:light dark}\n"
    "body{margin:0;min-width:max-content;font:15px/1.5 system-ui,-apple-system,'Segoe UI','DejaVu "
    "Sans',sans-serif}\n"
    "header,h2,.legend-list,.words,footer{position:sticky;left:0;max-width:calc(100vw - 3rem);"
    "box-sizing:border-box;margin:0 1.25rem}\n"
    "header{padding:1.25rem 0 .25rem}h1{font-size:1.35rem;line-height:1.25;margin:0;overflow-wrap:anywhere}\n"
    "h2{font-size:1.05rem;margin-top:1.5rem;margin-bottom:.25rem}.sub{margin:.25rem 0 "
    "0;overflow-wrap:anywhere}\n"
    ".unseen{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)}\n"
    ".skip{position:absolute;left:-100vw}.skip:focus{left:1rem;top:.5rem;padding:.25rem .5rem;z-index:3}\n"
    ".heads{position:sticky;top:0;z-index:1}svg{display:block}\n"
    ".picture{position:relative}nav{position:absolute;left:0;top:0}nav "
    "a{position:absolute;right:0;min-width:24px;"
    "padding-right:8px;text-align:right;white-space:nowrap;font-size:11px;line-height:28px;text-decoration:"
    "none}\n"
    "nav a:hover,nav a:focus{text-decoration:underline}\n"
    ".legend-list{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;padding:.25rem 0;list-style:none}\n"
    ".legend-list li{display:flex;gap:.5rem;align-items:center}\n"
    "table{border-collapse:collapse;margin:.25rem 1.25rem 3rem;width:calc(100vw - 4rem);max-width:80rem;"
    "position:sticky;left:1.25rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0}\n"
    "thead th{position:sticky;top:0;z-index:1;font-size:.85rem}\n"
    "tbody th,tbody td{border-top:1px solid}tbody th{font-weight:400;text-align:right;padding-left:.5rem}\n"
    "tr.minus th{border-left:4px dashed}tr.plus th{border-left:4px solid}tr.change th{border-left:4px "
    "dotted}\n"
    "thead th:first-child{text-align:right}.sign,.event{font-weight:600;white-space:nowrap}\n"
    ".lane{overflow-wrap:anywhere;min-width:6rem}.other{font-size:.85rem;min-width:10rem}.at{text-align:"
    "right}\n"
    "tbody tr{scroll-margin-top:3rem}\n"
    "code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "unicode-bidi:isolate;direction:ltr}\n"
    "code{white-space:pre-wrap;overflow-wrap:anywhere}pre{margin:.35rem 0;padding:.5rem .75rem;border:1px "
    "solid;"
    "border-radius:5px;white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "details p{margin:0}summary{cursor:pointer}\n"
    ":focus-visible{outline:2px solid;outline-offset:2px}\n"
    "@media print{body{min-width:0}.heads,table,header,h2,thead "
    "th{position:static}svg{max-width:100%;height:auto}"
    ".skip{display:none}table{width:auto}details::details-content{content-visibility:visible;block-size:auto}"
    "tr{break-inside:avoid}}\n";

static void add_title(harness__buffer_t *out, const harness__picture_t *picture) {
  if (picture->names[0] != NULL) {
    harness__markup_string(out, picture->names[0]);
    harness__buffer_string(out, " and ");
  }
  harness__markup_string(out, picture->names[1]);
}

static void add_head(harness__buffer_t *out, const harness__picture_t *picture) {
  harness__buffer_string(out,
                         "<!DOCTYPE html>\n"
                         "<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
                         "<meta charset=\"utf-8\"/>\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                         "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\"/>\n"
                         "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                         "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
                         "<link rel=\"icon\" href=\"data:,\"/>\n<title>");
  add_title(out, picture);
  harness__buffer_string(out, "</title>\n<style>\n");
  harness__buffer_string(out, shapes);
  harness__palette_css(out, rules, sizeof rules / sizeof rules[0]);
  harness__svg_style(out);
  harness__buffer_string(out, "</style>\n</head>\n");
}

static void add_legend(harness__buffer_t *out, const harness__picture_t *picture) {
  static const char *const samples[] = {"minus", "plus", "change"};

  if (picture->names[0] == NULL)
    return;
  harness__buffer_string(out, "<ul class=\"legend-list\">\n");
  for (size_t i = 0; i < 3; i++) {
    harness__buffer_printf(out,
                           "<li><svg width=\"30\" height=\"22\" aria-hidden=\"true\"><g class=\"card %s\">"
                           "<rect x=\"2\" y=\"2\" width=\"26\" height=\"18\" rx=\"4\"/>"
                           "<text class=\"kind\" x=\"11\" y=\"15\">%s</text></g></svg><span>",
                           samples[i], harness__markup_sign("-+~"[i]));
    harness__buffer_string(out, i == 0   ? "− missing: only in "
                                : i == 1 ? "+ new: only in "
                                         : "~ changed: in both, but not the same");
    if (i < 2)
      harness__markup_string(out, picture->names[i]);
    harness__buffer_string(out, "</span></li>\n");
  }
  harness__buffer_string(out, "</ul>\n");
}

/* The numbers of the rows, each a link to the event in the table. A picture's parts can't be links for all,
 * so they lie upon it. */
static void add_numbers(harness__buffer_t *out, const harness__picture_t *picture) {
  harness__buffer_printf(out, "<nav aria-label=\"Rows of the picture\" style=\"width:%zupx\">\n",
                         picture->left - HARNESS__PICTURE_MARGIN / 2);
  for (size_t i = 0; i < picture->diagram->count; i++) {
    if (picture->diagram->items[i].is_paired)
      continue;
    harness__buffer_printf(out, "<a href=\"#e%zu\" style=\"top:%zupx\">", i + 1,
                           picture->tops[picture->diagram->items[i].row]);
    harness__svg_number(out, picture, i);
    harness__buffer_string(out, "</a>\n");
  }
  harness__buffer_string(out, "</nav>\n");
}

static void add_picture(harness__buffer_t *out, const harness__picture_t *picture) {
  harness__buffer_printf(
      out,
      "<section aria-labelledby=\"picture\">\n<h2 class=\"unseen\" id=\"picture\">Picture</h2>\n"
      "<svg class=\"heads\" width=\"%zu\" height=\"%d\" viewBox=\"0 0 %zu %d\" "
      "aria-hidden=\"true\">\n",
      picture->width, HARNESS__PICTURE_HEADS, picture->width, HARNESS__PICTURE_HEADS);
  harness__svg_heads(out, picture);
  harness__buffer_printf(out,
                         "</svg>\n<div class=\"picture\">\n<svg width=\"%zu\" height=\"%zu\" viewBox=\"0 0 "
                         "%zu %zu\" role=\"img\" "
                         "aria-labelledby=\"title description\">\n<title id=\"title\">Sequence diagram of ",
                         picture->width, picture->height, picture->width, picture->height);
  add_title(out, picture);
  harness__buffer_string(out, "</title>\n<desc id=\"description\">");
  harness__svg_summary(out, picture);
  harness__buffer_string(out, ". The table of events below tells all that the picture shows.</desc>\n");
  harness__svg_body(out, picture, false);
  harness__buffer_string(out, "</svg>\n");
  add_numbers(out, picture);
  harness__buffer_string(out, "</div>\n</section>\n");
}

char *harness__html(const harness__picture_t *picture) {
  harness__buffer_t out = {0};

  add_head(&out, picture);
  harness__buffer_string(&out,
                         "<body>\n<a class=\"skip\" href=\"#events\">Skip the picture</a>\n<header>\n<h1>");
  add_title(&out, picture);
  harness__buffer_string(&out, "</h1>\n<p class=\"sub\">");
  harness__svg_summary(&out, picture);
  harness__buffer_string(&out, "</p>\n</header>\n<main>\n");
  add_legend(&out, picture);
  add_picture(&out, picture);
  harness__buffer_string(&out, "<section aria-labelledby=\"events\">\n<h2 id=\"events\">Events</h2>\n");
  harness__html_events(&out, picture);
  harness__buffer_string(&out, "</section>\n</main>\n</body>\n</html>\n");
  return harness__buffer_take(&out);
}
