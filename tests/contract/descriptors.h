/* SPDX-License-Identifier: MIT */
/* A process that runs out of descriptors, on purpose. */
#ifndef HARNESS_TESTS_DESCRIPTORS_H
#define HARNESS_TESTS_DESCRIPTORS_H

#include <stddef.h>

/* Takes every place there is, so that exactly `left` more descriptors can be opened. */
void leave_descriptors(size_t left);

/* Undoes that. */
void give_descriptors_back(void);

#endif
