/* SPDX-License-Identifier: MIT */
#include "base/slow.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static const struct {
  const char *name;
  unsigned ways;
} names[] = {
    {"receive", HARNESS__SLOW_RECEIVE},
    {"send", HARNESS__SLOW_SEND},
    {"pools", HARNESS__SLOW_POOLS},
    {"store", HARNESS__SLOW_STORE},
    {"turns", HARNESS__SLOW_TURNS},
    {"fixtures", HARNESS__SLOW_FIXTURES},
    {"polls", HARNESS__SLOW_POLLS},
    {"all", HARNESS__SLOW_RECEIVE | HARNESS__SLOW_SEND | HARNESS__SLOW_POOLS | HARNESS__SLOW_STORE |
                HARNESS__SLOW_TURNS | HARNESS__SLOW_FIXTURES | HARNESS__SLOW_POLLS},
};

atomic_uint harness__slow_ways;

static unsigned find(const char *word, size_t length) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strlen(names[i].name) == length && strncmp(names[i].name, word, length) == 0)
      return names[i].ways;
  return 0;
}

bool harness__slow_choose(char **sentence) {
  const char *text = getenv("HARNESS_SLOW");
  harness__buffer_t out = {0};
  unsigned ways = 0;

  for (const char *p = text != NULL ? text : ""; *p != '\0';) {
    size_t length = strcspn(p, ",");
    unsigned found = find(p, length);

    if (found == 0) {
      harness__buffer_printf(&out,
                             "HARNESS_SLOW is '%s': it takes receive, send, pools, store, turns, "
                             "fixtures and polls, between commas, or all",
                             text);
      *sentence = harness__buffer_take(&out);
      return false;
    }
    ways |= found;
    p += length + (p[length] == ',' ? 1 : 0);
  }
  atomic_store_explicit(&harness__slow_ways, ways, memory_order_relaxed);
  return true;
}
