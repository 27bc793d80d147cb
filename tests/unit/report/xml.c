/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { MOST_DEPTH = 64, MOST_ATTRIBUTES = 32 };

typedef struct name {
  const char *text;
  size_t size;
} name_t;

typedef struct xml {
  const char *at;
  name_t open[MOST_DEPTH];
  size_t depth;
  const char *fault;
} xml_t;

static bool fail(xml_t *xml, const char *fault) {
  if (xml->fault == NULL)
    xml->fault = fault;
  return false;
}

static bool same(name_t a, name_t b) {
  return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

static name_t read_name(xml_t *xml) {
  name_t name = {xml->at,
                 strspn(xml->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_")};

  if (name.size == 0)
    (void)fail(xml, "a name is missing");
  xml->at += name.size;
  return name;
}

static bool read_entity(xml_t *xml) {
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strncmp(xml->at, known[i], strlen(known[i])) == 0) {
      xml->at += strlen(known[i]);
      return true;
    }
  }
  return fail(xml, "a bare &");
}

/* Text up to one of the two characters, or the end. */
static bool read_text(xml_t *xml, char end) {
  while (*xml->at != '\0' && *xml->at != end) {
    if (*xml->at == '&') {
      if (!read_entity(xml))
        return false;
      continue;
    }
    if (*xml->at == '<')
      return fail(xml, "a bare < in an attribute");
    if ((unsigned char)*xml->at < 0x20 && *xml->at != '\n')
      return fail(xml, "a control character");
    xml->at++;
  }
  return true;
}

static bool read_attributes(xml_t *xml) {
  name_t seen[MOST_ATTRIBUTES];
  size_t count = 0;

  while (*xml->at == ' ') {
    xml->at++;
    if (count == MOST_ATTRIBUTES)
      return fail(xml, "too many attributes");
    seen[count] = read_name(xml);
    for (size_t i = 0; i < count; i++)
      if (same(seen[i], seen[count]))
        return fail(xml, "an attribute stands twice");
    count++;
    if (strncmp(xml->at, "=\"", 2) != 0)
      return fail(xml, "an attribute without a quoted value");
    xml->at += 2;
    if (!read_text(xml, '"'))
      return false;
    if (*xml->at != '"')
      return fail(xml, "an attribute does not end");
    xml->at++;
  }
  return true;
}

static bool read_tag(xml_t *xml) {
  bool closes = xml->at[1] == '/';
  name_t name;

  xml->at += closes ? 2 : 1;
  name = read_name(xml);
  if (xml->fault != NULL || !read_attributes(xml))
    return false;
  if (!closes && strncmp(xml->at, "/>", 2) == 0) {
    xml->at += 2;
    return true;
  }
  if (*xml->at != '>')
    return fail(xml, "a tag does not end");
  xml->at++;
  if (closes)
    return (xml->depth > 0 && same(xml->open[--xml->depth], name)) || fail(xml, "a tag closes another");
  if (xml->depth == MOST_DEPTH)
    return fail(xml, "tags too deep");
  xml->open[xml->depth++] = name;
  return true;
}

const char *xml_fault(const char *text) {
  static const char doctype[] = "<!DOCTYPE html>\n";
  xml_t xml = {.at = text};

  if (strncmp(text, doctype, sizeof doctype - 1) == 0)
    xml.at += sizeof doctype - 1;
  while (*xml.at != '\0' && xml.fault == NULL) {
    if (*xml.at == '<')
      (void)read_tag(&xml);
    else if (xml.depth == 0 && *xml.at != '\n')
      (void)fail(&xml, "text outside of the root");
    else
      (void)read_text(&xml, '<');
  }
  if (xml.depth > 0)
    (void)fail(&xml, "a tag is not closed");
  return xml.fault;
}

const char *mermaid_fault(const char *text) {
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '#') {
      p += 1 + strspn(p + 1, "0123456789");
      if (*p != ';')
        return "a # that is no number";
    } else if (strchr(";%{}$`|[]^\"\\", *p) != NULL) {
      return "a character that means something";
    } else if ((unsigned char)*p < 0x20 && *p != '\n') {
      return "a control character";
    }
  }
  return NULL;
}
