/* SPDX-License-Identifier: MIT */
/* What a header needs to compile must come with it: it is the first and only one here. */
#include HEADER

typedef int alone_t;
