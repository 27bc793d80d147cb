/* SPDX-License-Identifier: MIT */
/* Private: what is called seldom by something that is called often is kept out of it, which then has fewer
 * registers to save. */
#ifndef HARNESS_BASE_SELDOM_H
#define HARNESS_BASE_SELDOM_H

#define HARNESS__SELDOM __attribute__((noinline, cold))

#endif
