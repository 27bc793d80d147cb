/* SPDX-License-Identifier: MIT */
#include "record/digest.h"

#include <string.h>

#include <xxhash.h>
#ifdef HARNESS_HAVE_XXH_DISPATCH
#include <xxh_x86dispatch.h> /* the same hash, with the widest vectors that the processor has */
#endif

static const char prefix[] = "xxh3-128:";
static const char hex[] = "0123456789abcdef";

enum { PREFIX_SIZE = sizeof prefix - 1, TEXT_SIZE = PREFIX_SIZE + 2 * HARNESS__HASH_SIZE };

_Static_assert((int)TEXT_SIZE < (int)HARNESS__DIGEST_SIZE, "a digest and its NUL fit");

void harness__hash(unsigned char hash[HARNESS__HASH_SIZE], const void *data, size_t size) {
  XXH128_canonical_t canonical;

  XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
  memcpy(hash, canonical.digest, HARNESS__HASH_SIZE);
}

void harness__digest_text(char digest[HARNESS__DIGEST_SIZE], const unsigned char hash[HARNESS__HASH_SIZE]) {
  char *p = digest + PREFIX_SIZE;

  memcpy(digest, prefix, PREFIX_SIZE);
  for (size_t i = 0; i < HARNESS__HASH_SIZE; i++) {
    *p++ = hex[hash[i] >> 4];
    *p++ = hex[hash[i] & 15];
  }
  *p = '\0';
}

void harness__digest(char digest[HARNESS__DIGEST_SIZE], const void *data, size_t size) {
  unsigned char hash[HARNESS__HASH_SIZE];

  harness__hash(hash, data, size);
  harness__digest_text(digest, hash);
}

bool harness__digest_is_valid(const char *text) {
  return strlen(text) == TEXT_SIZE && memcmp(text, prefix, PREFIX_SIZE) == 0 &&
         strspn(text + PREFIX_SIZE, hex) == TEXT_SIZE - PREFIX_SIZE;
}
