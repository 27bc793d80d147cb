/* SPDX-License-Identifier: MIT */
/* One of the entry functions, FUZZ_ENTRY, for libFuzzer, which has the main function. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  FUZZ_ENTRY(data, size);
  return 0;
}

void fuzz_fail(const char *file, int line, const char *format, ...) {
  va_list values;

  (void)fprintf(stderr, "%s:%d: ", file, line);
  va_start(values, format);
  (void)vfprintf(stderr, format, values);
  va_end(values);
  (void)fputc('\n', stderr);
  abort();
}
