/* SPDX-License-Identifier: MIT */
/*
 * How a connection ends, as data: each line is a script of what its two ends do, in one total order, and of
 * what each of them is told. Two drivers play the same lines: test_kernel_ends.c with plain sockets, which
 * shows that they are what Linux TCP does, and test_ends.c with the harness's streams.
 * docs/architecture.md has the table for people, in the same order.
 *
 * A script is steps with ';' between them:   SIDE VERB [SIZE] [...] [= RESULT] [~]
 *
 *   SIDE    A and B are the two ends; L is whoever owns the listener.
 *   VERB    write SIZE, read [SIZE], half-close, close, abort, drain; fill (write until no more is taken);
 *           connect (in a line with this step A connects and B is accepted; elsewhere they are connected);
 *           cancel (A's connect is given up), stop (the server closes).
 *   RESULT  a count, 0, EOF (which is 0) or the name of an error. Without it nothing is expected.
 *   ...     the call is begun here, has to wait, and ends with the next step.
 *   ~       what was done is still on its way while the next step happens, and arrives after it.
 *           What other steps do has arrived before the next one begins.
 *
 * A read takes SIZE bytes however they are cut, or what comes instead of the first of them.
 */
#ifndef HARNESS_TESTS_ENDS_H
#define HARNESS_TESTS_ENDS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum end_verb {
  END_CONNECT,
  END_WRITE,
  END_READ,
  END_FILL,
  END_DRAIN,
  END_HALF_CLOSE,
  END_CLOSE,
  END_ABORT,
  END_STOP,
  END_CANCEL
} end_verb_t;

typedef struct end_step {
  char text[48]; /* as it stands in the script */
  char side;
  end_verb_t verb;
  size_t size;
  bool expects;
  bool waits;
  bool flies;
  int result; /* a count or a negative libuv code */
} end_step_t;

typedef struct end_line {
  const char *name; /* also the test's */
  const char *script;
  const char *unshown; /* why plain sockets can't show it; NULL: they do */
} end_line_t;

enum { END_STEPS_MOST = 16, END_LINES_MOST = 80 };

extern const end_line_t end_lines[];
extern const size_t end_line_count;

/* Takes a line's script apart. Returns how many steps it has, 0 where one of them is wrong. */
size_t end_parse(const end_line_t *line, end_step_t steps[END_STEPS_MOST]);

/* Whether the line begins before there is a connection. */
bool end_connects(const end_step_t *steps, size_t count);

/* "5", "ECONNRESET" … */
const char *end_result_text(int result, char buffer[16]);

#endif
