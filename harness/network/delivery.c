/* SPDX-License-Identifier: MIT */
/*
 * The delivery policies. Each answers one question: this write is due; up to which byte does the reader get
 * to see now? What of the write is left over is due again at once, before anything that was done later, so
 * that a policy can cut but never reorder.
 */
#include "network/delivery.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/fault.h"

const harness_delivery_t harness__delivery_as_written = {.kind = HARNESS_DELIVERY_AS_WRITTEN};

bool harness__delivery_is_valid(const harness_delivery_t *delivery) {
  uint64_t before = 0;

  if ((unsigned)delivery->kind > HARNESS_DELIVERY_SEEDED)
    return false;
  if (delivery->kind != HARNESS_DELIVERY_SPLIT_AT)
    return true;
  for (size_t i = 0; i < HARNESS_DELIVERY_OFFSETS && delivery->offsets[i] != 0; i++) {
    if (delivery->offsets[i] <= before)
      return false;
    before = delivery->offsets[i];
  }
  return before != 0;
}

static uint64_t next_split(const harness_delivery_t *delivery, const harness__cut_t *cut) {
  for (size_t i = 0; i < HARNESS_DELIVERY_OFFSETS && delivery->offsets[i] != 0; i++) {
    if (delivery->offsets[i] > cut->delivered)
      return delivery->offsets[i] < cut->written ? delivery->offsets[i] : cut->written;
  }
  return cut->written;
}

/* splitmix64: every seed, also 0, gives a good sequence. */
static uint64_t draw(uint64_t *random) {
  uint64_t value = *random += 0x9e3779b97f4a7c15U;

  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27) * 0x94d049bb133111ebU;
  return value ^ value >> 31;
}

static uint64_t first_random(uint64_t seed, const char *name) {
  uint64_t random = seed;

  for (; *name != '\0'; name++)
    random = draw(&random) ^ (unsigned char)*name;
  return random != 0 ? random : 1;
}

/* A size whose magnitude is drawn first: pieces of a few bytes are as likely as those of thousands. */
static uint64_t next_random(const harness__cut_t *cut, uint64_t *random) {
  uint64_t most = cut->written - cut->delivered;
  unsigned bits = 1;
  uint64_t magnitude;
  uint64_t size;

  while (bits < 63 && most >> bits != 0)
    bits++;
  /* One draw a statement: C does not say which of two in one expression is first, and compilers differ. */
  magnitude = UINT64_C(1) << draw(random) % (bits + 1);
  size = 1 + draw(random) % magnitude;
  return cut->delivered + (size < most ? size : most);
}

uint64_t harness__delivery_cut(const harness_delivery_t *delivery, const harness__cut_t *cut,
                               uint64_t *random, const char *name) {
  if (cut->parcel <= cut->delivered)
    return cut->delivered; /* an earlier delivery ran ahead */
  switch (delivery->kind) {
  case HARNESS_DELIVERY_COALESCED:
    return cut->written;
  case HARNESS_DELIVERY_BYTEWISE:
    return cut->delivered + 1;
  case HARNESS_DELIVERY_SPLIT_AT:
    return next_split(delivery, cut);
  case HARNESS_DELIVERY_SEEDED:
    if (*random == 0)
      *random = first_random(delivery->seed, name);
    return next_random(cut, random);
  case HARNESS_DELIVERY_DEFAULT:
  case HARNESS_DELIVERY_AS_WRITTEN:
    break;
  }
  return cut->parcel;
}

bool harness__delivery_joins(const harness_delivery_t *delivery) {
  return delivery->kind == HARNESS_DELIVERY_COALESCED;
}

static bool parse_number(const char **text, uint64_t *number) {
  char *end;

  if (!isdigit((unsigned char)**text))
    return false; /* strtoull would take spaces and signs */
  errno = 0;
  *number = strtoull(*text, &end, 10);
  *text = end;
  return errno == 0;
}

static bool parse_offsets(const char *text, harness_delivery_t *delivery) {
  for (size_t i = 0; i < HARNESS_DELIVERY_OFFSETS; i++) {
    if (!parse_number(&text, &delivery->offsets[i]) || delivery->offsets[i] == 0)
      return false;
    if (*text == '\0')
      return true;
    if (*text++ != ',')
      return false;
  }
  return false;
}

static bool parse(const char *text, harness_delivery_t *delivery) {
  static const char *const plain[] = {"as_written", "coalesced", "bytewise"};
  static const harness_delivery_kind_t kinds[] = {HARNESS_DELIVERY_AS_WRITTEN, HARNESS_DELIVERY_COALESCED,
                                                  HARNESS_DELIVERY_BYTEWISE};

  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    if (strcmp(text, plain[i]) == 0) {
      delivery->kind = kinds[i];
      return true;
    }
  }
  if (strncmp(text, "split_at:", 9) == 0) {
    delivery->kind = HARNESS_DELIVERY_SPLIT_AT;
    return parse_offsets(text + 9, delivery) && harness__delivery_is_valid(delivery);
  }
  if (strncmp(text, "seeded:", 7) == 0) {
    text += 7;
    delivery->kind = HARNESS_DELIVERY_SEEDED;
    return parse_number(&text, &delivery->seed) && *text == '\0';
  }
  return false;
}

int harness_delivery_parse(const char *text, harness_delivery_t *delivery) {
  harness_delivery_t parsed = {0};

  if (text == NULL || delivery == NULL)
    return harness__fail(NULL, UV_EINVAL, "harness_delivery_parse: an argument is NULL");
  if (!parse(text, &parsed))
    return harness__fail(NULL, UV_EINVAL,
                         "'%s' is no delivery policy: as_written, coalesced, bytewise, split_at:N[,N]... "
                         "(ascending, at most %d), seeded:N",
                         text, HARNESS_DELIVERY_OFFSETS);
  *delivery = parsed;
  return 0;
}
