/* SPDX-License-Identifier: MIT */
/*
 * Finding messages in a stream.
 *
 * While nothing is kept, messages are found in the bytes that are fed, and only the rest is copied; else
 * those bytes are put behind what is kept, and messages are found there. A separator is not looked for again
 * where it was not found, but for its last bytes less one, which may be its beginning.
 *
 * What can go wrong is that the answer depends on the cut. A message that is too long is found out as soon as
 * no further byte can help: for a length when it is read, for a separator when it can't begin early enough
 * any more. Messages before it have been given out by then, however they came.
 */
#include "network/framer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/fault.h"
#include "network/bytes.h"

struct harness_framer {
  harness_framing_t framing;
  harness__bytes_t rest;
  size_t searched; /* bytes of the first message where no separator begins */
  int failure;
  bool feeding;
  harness_framer_t *next; /* among a harness's */
  harness_framer_t **link;
  unsigned char separator[];
};

/* Where a message stands: of `end` bytes, from start. */
typedef struct span {
  size_t start;
  size_t size;
  size_t end;
} span_t;

static size_t largest_of(const harness_framing_t *framing) {
  return framing->largest != 0 ? framing->largest : HARNESS_FRAMING_LARGEST;
}

/* What is wrong with a framing; NULL: nothing. */
static const char *fault_of(const harness_framing_t *framing) {
  size_t size;

  if (framing == NULL)
    return "the framing is NULL";
  size = framing->length_size;
  if ((framing->separator_size > 0) == (size > 0))
    return "a framing has either a separator or a length";
  if (framing->separator_size > 0 && framing->separator == NULL)
    return "the separator is NULL";
  if (framing->separator_size > HARNESS_FRAMING_LARGEST || framing->largest > SIZE_MAX / 8)
    return "the separator, or the largest message, is too large";
  if (size != 0 && size != 1 && size != 2 && size != 4 && size != 8)
    return "a length has 1, 2, 4 or 8 bytes";
  return NULL;
}

/* The offset of the first separator that begins at `from` or later, or size where there is none. */
static size_t find(const harness_framing_t *framing, const unsigned char *data, size_t size, size_t from) {
  const unsigned char *separator = framing->separator;
  size_t length = framing->separator_size;

  while (size >= length && from <= size - length) {
    const unsigned char *first = memchr(data + from, separator[0], size - length + 1 - from);

    if (first == NULL)
      return size;
    if (memcmp(first, separator, length) == 0)
      return (size_t)(first - data);
    from = (size_t)(first - data) + 1;
  }
  return size;
}

/* Whether a separator begins in the message, or by its last bytes and the first of the one that follows. */
static bool is_cut_early(const harness_framing_t *framing, const unsigned char *message, size_t size) {
  const unsigned char *separator = framing->separator;
  size_t length = framing->separator_size;
  size_t first = size >= length ? size - length + 1 : 0;

  if (find(framing, message, size, 0) < size)
    return true;
  for (size_t at = first; at < size; at++) {
    size_t inside = size - at;

    if (memcmp(message + at, separator, inside) == 0 &&
        memcmp(separator, separator + inside, length - inside) == 0)
      return true;
  }
  return false;
}

int harness_framing_check(const harness_framing_t *framing, const void *message, size_t size) {
  if (fault_of(framing) != NULL || (message == NULL && size > 0))
    return UV_EINVAL;
  if (size > largest_of(framing))
    return UV_EMSGSIZE;
  if (framing->length_size > 0)
    return framing->length_size < sizeof size && (size >> (8 * framing->length_size)) != 0 ? UV_EMSGSIZE : 0;
  return size > 0 && is_cut_early(framing, message, size) ? UV_EINVAL : 0;
}

void harness__framing_frame(const harness_framing_t *framing, size_t size, harness__frame_t *frame) {
  uint64_t value = size;

  memset(frame, 0, sizeof *frame);
  frame->length_size = framing->length_size;
  frame->separator = framing->separator;
  frame->separator_size = framing->separator_size;
  for (size_t i = framing->length_size; i > 0; i--) {
    frame->length[i - 1] = (unsigned char)(value & 0xff);
    value >>= 8;
  }
}

/* These return 1 and where the first message stands, 0 where it is not whole yet, or UV_EMSGSIZE. */
static int find_by_separator(harness_framer_t *framer, const unsigned char *data, size_t size, span_t *span) {
  const harness_framing_t *framing = &framer->framing;
  size_t most = largest_of(framing);
  size_t at = find(framing, data, size, framer->searched);

  if (at < size) {
    *span = (span_t){.size = at, .end = at + framing->separator_size};
    return at <= most ? 1 : UV_EMSGSIZE;
  }
  if (size >= framing->separator_size)
    framer->searched = size - framing->separator_size + 1;
  return size >= most + framing->separator_size ? UV_EMSGSIZE : 0;
}

static int find_by_length(const harness_framer_t *framer, const unsigned char *data, size_t size,
                          span_t *span) {
  size_t start = framer->framing.length_size;
  uint64_t length = 0;

  if (size < start)
    return 0;
  for (size_t i = 0; i < start; i++)
    length = length << 8 | data[i];
  if (length > largest_of(&framer->framing))
    return UV_EMSGSIZE;
  *span = (span_t){.start = start, .size = (size_t)length, .end = start + (size_t)length};
  return size >= span->end ? 1 : 0;
}

/* Gives out the whole messages of data; *used is where the rest begins. Returns as harness_framer_feed. */
static int give_out(harness_framer_t *framer, const unsigned char *data, size_t size,
                    harness_message_t message, void *arg, size_t *used) {
  span_t span = {0};

  while (*used < size) {
    const unsigned char *front = data + *used;
    int status = framer->framing.length_size > 0 ? find_by_length(framer, front, size - *used, &span)
                                                 : find_by_separator(framer, front, size - *used, &span);

    if (status < 0)
      framer->failure = status;
    if (status <= 0)
      return status;
    *used += span.end;
    framer->searched = 0;
    status = message(arg, front + span.start, span.size);
    if (status != 0)
      return status;
  }
  return 0;
}

static int give_out_directly(harness_framer_t *framer, const void *data, size_t size,
                             harness_message_t message, void *arg) {
  size_t used = 0;
  int status = give_out(framer, data, size, message, arg, &used);

  if (framer->failure == 0 && used < size &&
      !harness__bytes_add(&framer->rest, (const unsigned char *)data + used, size - used))
    framer->failure = UV_ENOMEM;
  return framer->failure != 0 ? framer->failure : status;
}

static int give_out_from_rest(harness_framer_t *framer, const void *data, size_t size,
                              harness_message_t message, void *arg) {
  harness__bytes_t *rest = &framer->rest;
  size_t used = 0;
  int status;

  if (size > 0 && !harness__bytes_add(rest, data, size)) {
    framer->failure = UV_ENOMEM;
    return UV_ENOMEM;
  }
  status = give_out(framer, rest->data + rest->start, harness__bytes_count(rest), message, arg, &used);
  harness__bytes_drop(rest, used);
  return status;
}

int harness_framer_feed(harness_framer_t *framer, const void *data, size_t size, harness_message_t message,
                        void *arg) {
  int status;

  if (framer == NULL || message == NULL || (data == NULL && size > 0))
    return UV_EINVAL;
  if (framer->feeding)
    return UV_EBUSY;
  if (framer->failure != 0)
    return framer->failure;
  framer->feeding = true;
  if (harness__bytes_count(&framer->rest) > 0)
    status = give_out_from_rest(framer, data, size, message, arg);
  else
    status = size > 0 ? give_out_directly(framer, data, size, message, arg) : 0;
  framer->feeding = false;
  if (framer->failure != 0)
    harness__bytes_free(&framer->rest);
  return status;
}

size_t harness_framer_pending(const harness_framer_t *framer) {
  return framer != NULL ? harness__bytes_count(&framer->rest) : 0;
}

size_t harness__framer_whole(const harness_framer_t *framer) {
  span_t span = {0};

  if (framer == NULL || framer->framing.length_size == 0 || harness_framer_pending(framer) == 0)
    return 0;
  (void)find_by_length(framer, framer->rest.data + framer->rest.start, harness__bytes_count(&framer->rest),
                       &span);
  return span.end;
}

harness_framer_t *harness_framer_open(const harness_framing_t *framing) {
  const char *fault = fault_of(framing);
  harness_framer_t *framer;

  if (fault != NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_framer_open: %s", fault);
    return NULL;
  }
  framer = malloc(sizeof *framer + framing->separator_size);
  if (framer == NULL) {
    harness__fail(NULL, UV_ENOMEM, "harness_framer_open: no memory for a framer");
    return NULL;
  }
  memset(framer, 0, sizeof *framer);
  framer->framing = *framing;
  framer->framing.separator = NULL;
  if (framing->separator_size > 0) {
    memcpy(framer->separator, framing->separator, framing->separator_size);
    framer->framing.separator = framer->separator;
  }
  return framer;
}

void harness_framer_close(harness_framer_t *framer) {
  if (framer == NULL)
    return;
  if (framer->link != NULL) {
    *framer->link = framer->next;
    if (framer->next != NULL)
      framer->next->link = framer->link;
  }
  harness__bytes_free(&framer->rest);
  free(framer);
}

const harness_framing_t *harness__framing_keep(harness_t *h, const harness_framing_t *framing,
                                               const char *function) {
  const char *fault = fault_of(framing);
  harness_framing_t *kept;

  if (fault != NULL) {
    harness__fail(h, UV_EINVAL, "%s: %s", function, fault);
    return NULL;
  }
  kept = harness__arena_store(&h->network->arena, framing, sizeof *framing);
  if (kept != NULL && framing->separator_size > 0) {
    kept->separator = harness__arena_copy(&h->network->arena, framing->separator, framing->separator_size);
    if (kept->separator == NULL)
      kept = NULL;
  }
  if (kept == NULL)
    harness__fail(h, UV_ENOMEM, "%s: no memory for a framing", function);
  return kept;
}

harness_framer_t *harness__framer_open(harness_t *h, const harness_framing_t *framing) {
  harness_framer_t *framer = harness_framer_open(framing);

  if (framer == NULL)
    return NULL;
  framer->next = h->network->framers;
  framer->link = &h->network->framers;
  if (framer->next != NULL)
    framer->next->link = &framer->next;
  h->network->framers = framer;
  return framer;
}

void harness__framers_close(struct harness__network *network) {
  harness_framer_t *next;

  for (harness_framer_t *framer = network->framers; framer != NULL; framer = next) {
    next = framer->next;
    framer->link = NULL;
    harness_framer_close(framer);
  }
  network->framers = NULL;
}
