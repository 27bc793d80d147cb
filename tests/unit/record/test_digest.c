/* SPDX-License-Identifier: MIT */
/* Digests are the same whatever the processor can do: what is compared here is the way for every processor.
 */
#include <harness/cmocka.h>

#include <xxhash.h>

#include "record/digest.h"

static void digests_do_not_depend_on_the_processor(void **state) {
  static unsigned char data[70000];
  XXH128_canonical_t plain;
  unsigned char hash[HARNESS__HASH_SIZE];

  (void)state;
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (unsigned char)(i * i + i / 256);
  for (size_t size = 0; size <= sizeof data; size += size < 1100 ? 1 : 1009) {
    XXH128_canonicalFromHash(&plain, XXH3_128bits(data + sizeof data - size, size));
    harness__hash(hash, data + sizeof data - size, size);
    assert_memory_equal(hash, plain.digest, sizeof hash);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(digests_do_not_depend_on_the_processor),
};

HARNESS_CMOCKA_MAIN("record/digest", tests)
