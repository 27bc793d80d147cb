/* SPDX-License-Identifier: MIT */
/*
 * Hostile input. Each entry function takes any bytes, makes what its name says of them, and fails where a
 * promise does not hold: libfuzzer.c looks for such bytes, test_corpus.c goes through those in corpus/ with
 * the suite.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>

/* A fixture's text: read line by line and as a document, written and read again. */
void fuzz_fixture(const unsigned char *data, size_t size);

/* Expressions, and bytes for them: as a fixture's pattern, as redactions however the bytes are cut, as
 * placeholders. */
void fuzz_pattern(const unsigned char *data, size_t size);

/* A framing and a stream, however it is cut. */
void fuzz_framer(const unsigned char *data, size_t size);

/* A transcript and what becomes of it when it is changed: compared, told, drawn, captured, recorded again. */
void fuzz_chain(const unsigned char *data, size_t size);

/* Ends the test, or the fuzzer. */
_Noreturn void fuzz_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define fuzz_check(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, "%s", #condition))

#endif
