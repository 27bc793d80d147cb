/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_FRAMING_H
#define HARNESS_FRAMING_H

#include <stddef.h>

#include <harness/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How messages stand in a stream of bytes, and a framer that finds them again, however the bytes are cut. It
 * knows of no harness and no connection: any thread may use one, one at a time.
 */

enum { HARNESS_FRAMING_LARGEST = 16 * 1024 * 1024 };

/* Either a separator or a length: the other is 0. */
typedef struct harness_framing {
  /* Each message ends with these bytes; they may hold any value. */
  const void *separator;
  size_t separator_size;
  /* Or its size stands before each message, in 1, 2, 4 or 8 bytes, the highest first. */
  size_t length_size;
  /* The most bytes that a message may have, without separator and length; 0: HARNESS_FRAMING_LARGEST. */
  size_t largest;
} harness_framing_t;

/* Whether a framer at the other end gives this message back as it is. Returns 0; UV_EMSGSIZE where it is
 * larger than allowed, or than its length can say; UV_EINVAL where the separator is found too early in it, or
 * an argument is NULL or the framing bad. */
HARNESS_API int harness_framing_check(const harness_framing_t *framing, const void *message, size_t size);

typedef struct harness_framer harness_framer_t;

/* Gets one whole message, without separator and length. The bytes are valid until it returns. Returns 0 to go
 * on, or a code to stop: the rest is kept for the next feeding, and this one returns the code. */
typedef int (*harness_message_t)(void *arg, const void *message, size_t size);

/* Makes a framer that has been fed with nothing; the framing is copied. Returns NULL where it is bad or
 * memory is exhausted: harness_error(NULL) tells. The caller ends it with harness_framer_close. */
HARNESS_API harness_framer_t *harness_framer_open(const harness_framing_t *framing);

/* Takes the next bytes of the stream, 0 or more, and calls message for each message that is whole now, in
 * order. The rest is kept as the start of the next one. What is called, and what is returned when all has
 * been fed, does not depend on how the bytes were cut. Returns 0, what message returned, UV_EMSGSIZE for a
 * message that is or will be too large (also from then on: the stream has no more messages), UV_ENOMEM (the
 * same), UV_EINVAL for a NULL argument, or UV_EBUSY from inside message. */
HARNESS_API int harness_framer_feed(harness_framer_t *framer, const void *data, size_t size,
                                    harness_message_t message, void *arg);

/* How many bytes are kept: those of a message that is not whole yet, and where message stopped the feeding,
 * what follows it. */
HARNESS_API size_t harness_framer_pending(const harness_framer_t *framer);

/* Frees it. NULL is ignored. Not from inside message. */
HARNESS_API void harness_framer_close(harness_framer_t *framer);

#ifdef __cplusplus
}
#endif

#endif
