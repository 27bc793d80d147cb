/* SPDX-License-Identifier: MIT */
/* Private: the digest that stands for data too long to keep. */
#ifndef HARNESS_RECORD_DIGEST_H
#define HARNESS_RECORD_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "record/transcript.h"

enum { HARNESS__HASH_SIZE = 16 };

/* The hash, most significant byte first. Not for secrets: it tells changes, not attackers. */
void harness__hash(unsigned char hash[HARNESS__HASH_SIZE], const void *data, size_t size);

/* "xxh3-128:" and the hash in hexadecimal. */
void harness__digest_text(char digest[HARNESS__DIGEST_SIZE], const unsigned char hash[HARNESS__HASH_SIZE]);

/* Both at once. */
void harness__digest(char digest[HARNESS__DIGEST_SIZE], const void *data, size_t size);

/* Whether a text is a digest as harness__digest_text writes it. */
bool harness__digest_is_valid(const char *text);

#endif
