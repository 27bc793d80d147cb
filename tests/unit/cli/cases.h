/* SPDX-License-Identifier: MIT */
/* Fixtures and pending files for tests of `harness review`, and what has become of them. */
#ifndef TESTS_UNIT_CLI_CASES_H
#define TESTS_UNIT_CLI_CASES_H

#define CASE(data)                                                                                           \
  "{\"format\": \"harness-transcript/1\", \"lanes\": [\"client\"], \"events\": [\n"                          \
  "{\"lane\": \"client\", \"event\": \"send\", \"data\": \"" data "\"}\n]}\n"

#define OLD CASE("Hello World!")
#define NEW CASE("Hello Mars!")
#define NEWER CASE("Hello Venus!")
#define CORRUPT "{\"format\": \"harness-tran"

/* A file of a folder, and what it holds; NULL: it is not there. */
typedef struct case_file {
  const char *name;
  const char *text;
} case_file_t;

/* Writes those files. */
void cases_put(const char *folder, const case_file_t *files);

/* The folder must hold those files and no other. Lists end with a NULL name. */
void cases_assert(const char *folder, const case_file_t *files);

#endif
