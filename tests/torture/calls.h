/* SPDX-License-Identifier: MIT */
/*
 * Private to the torture: system calls that go wrong on purpose. The program that this is part of has
 * functions of the C library's names, which stand before the library's: so what the harness calls is reached,
 * and what libuv calls as well.
 */
#ifndef TORTURE_CALLS_H
#define TORTURE_CALLS_H

#include <stdbool.h>

/* What becomes of a call in place of an error. */
enum { CALLS_SHORT = -1, CALLS_TO_ITSELF = -2 };

/*
 * From now on these calls are operations of the torture: names, with a blank on each side of each. One whose
 * turn it is fails with that errno (`with`). Where that is
 *   EINTR, EAGAIN   the next such call of the same thread goes well, as one that is made again must at last;
 *                   connect and close do what they do first; and EAGAIN comes where a call may not wait
 *   CALLS_SHORT     it carries a part, where a part can be carried
 *   CALLS_TO_ITSELF a socket is connected to itself: nobody listens where it connects to
 */
void calls_choose(const char *chosen, int with);

/* Whether calls of this thread are left alone: those of a test that looks, or of a client that is no part of
 * what is tested. Returns what it was before. */
bool calls_spare(bool spared);

/* The call that went wrong last. */
const char *calls_last(void);

/* Whether every look at the clock's seconds is in another second: what waits for the next one need not. */
void calls_hurry(bool hurried);

/* From now on there may be so many threads more; negative: any number. */
void calls_limit_threads(int most);

#endif
