/* SPDX-License-Identifier: MIT */
/*
 * Private: a conversation as a sequence diagram, before it is drawn: who stands in which column, what stands
 * in which row, and which events are one arrow. mermaid.c, svg.c and html.c draw it.
 */
#ifndef HARNESS_REPORT_PICTURE_DIAGRAM_H
#define HARNESS_REPORT_PICTURE_DIAGRAM_H

#include "base/buffer.h"
#include "record/transcript.h"

/* No item, no column. */
#define HARNESS__NONE SIZE_MAX

typedef enum harness__message {
  HARNESS__MESSAGE_CONNECT,  /* connect, accept */
  HARNESS__MESSAGE_STREAM,   /* send, receive: bytes */
  HARNESS__MESSAGE_DATAGRAM, /* send, receive: whole */
  HARNESS__MESSAGE_END,      /* eof, close, reset */
  HARNESS__MESSAGE_NONE
} harness__message_t;

/* A party: a lane, or one that is only spoken of. */
typedef struct harness__column {
  const char *name;
  bool is_lane; /* else nothing of it was recorded */
  bool talks;   /* it has events of the network, not log lines only */
  char sign;    /* ' ', or '-' or '+' where one of two transcripts has no such party */
} harness__column_t;

/* An event; of two transcripts, one of either or a pair of both. */
typedef struct harness__item {
  const harness__entry_t *entry;    /* NULL never; where sign is '-', the expected transcript's */
  const harness__entry_t *expected; /* the expected transcript's where sign is ' ' or '~', else NULL */
  size_t number;                    /* of entry in its transcript, from 1 */
  size_t column;
  size_t peer; /* the column at the other end, or HARNESS__NONE */
  size_t row;
  size_t causes;      /* how many arrows end here */
  size_t cause;       /* the item where the first of them begins, or HARNESS__NONE */
  size_t effects;     /* how many arrows begin here */
  uint64_t delivered; /* of a stream's send: how many of its bytes were received */
  bool lost;          /* a send that nobody received though the other end was observed */
  bool is_paired;     /* arrives from the item before it, at once, and shares its row */
  char sign;          /* ' ' in both or in the only one, '-' expected only, '+' actual only, '~' changed */
} harness__item_t;

/* What went from one party to another. A send and each of its receives make one. */
typedef struct harness__arrow {
  size_t from; /* the item where it begins; HARNESS__NONE: at a party that was not observed */
  size_t to;   /* the item where it ends, or HARNESS__NONE likewise */
  size_t from_column;
  size_t to_column;
  harness__message_t message;
  char sign; /* ' ', '-' or '+' */
} harness__arrow_t;

typedef struct harness__diagram {
  harness__arena_t arena;
  const harness__transcript_t *sides[2]; /* expected (NULL where there is one transcript only), actual */
  harness__column_t *columns;
  harness__column_t **by_name; /* the same, sorted */
  size_t column_count;
  harness__item_t *items; /* in order of rows */
  size_t count;
  harness__arrow_t *arrows; /* by the rows where they end */
  size_t arrow_count;
  size_t row_count;
  size_t changes; /* items whose sign is not ' ' */
} harness__diagram_t;

/* Makes a diagram of one transcript (expected is NULL), or of two, laid upon each other. They must outlive
 * it. False when memory is exhausted. To be freed in either case. */
bool harness__diagram_make(harness__diagram_t *diagram, const harness__transcript_t *expected,
                           const harness__transcript_t *actual);

void harness__diagram_free(harness__diagram_t *diagram);

/* The event of an item as that side has it (0 expected, 1 actual); NULL where it has none. */
const harness__entry_t *harness__item_entry(const harness__item_t *item, int side);

/* What kind of message an event begins or ends; *arrives: whether it ends one. */
harness__message_t harness__entry_message(const harness__entry_t *entry, bool *arrives);

/* Whether a receive that shares the row of its send has just the same data, so that it need not be said
 * again. */
bool harness__item_repeats(const harness__diagram_t *diagram, size_t item);

/* Adds what is to be said of a send whose bytes did not, or not all, arrive: "never received". Nothing else.
 */
void harness__item_remark(harness__buffer_t *out, const harness__diagram_t *diagram, size_t item);

/* A zeroed array in the arena; NULL when memory is exhausted. */
void *harness__diagram_array(harness__diagram_t *diagram, size_t count, size_t size);

#endif
