/* SPDX-License-Identifier: MIT */
/* Private: framers that belong to a harness. */
#ifndef HARNESS_NETWORK_FRAMER_H
#define HARNESS_NETWORK_FRAMER_H

#include <harness/framing.h>

#include "network/network.h"

/* What a message gets before and behind it. */
typedef struct harness__frame {
  unsigned char length[8];
  size_t length_size;
  const void *separator;
  size_t separator_size;
} harness__frame_t;

void harness__framing_frame(const harness_framing_t *framing, size_t size, harness__frame_t *frame);

/* Checks a framing that the test gave, and copies it into the network's arena. NULL with a sentence. */
const harness_framing_t *harness__framing_keep(harness_t *h, const harness_framing_t *framing,
                                               const char *function);

/* A framer that is closed with the harness's network where nobody has done it before. */
harness_framer_t *harness__framer_open(harness_t *h, const harness_framing_t *framing);

/* How many bytes the message has, with its length, that is not whole yet; 0: not known, or there is none. */
size_t harness__framer_whole(const harness_framer_t *framer);

void harness__framers_close(struct harness__network *network);

#endif
