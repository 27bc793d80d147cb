/* SPDX-License-Identifier: MIT */
/* Private: what this process has open, as the kernel says (/proc/self). */
#ifndef HARNESS_BASE_PROCESS_H
#define HARNESS_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"

/* A number alone says little: it is given to the next one when it was closed. */
typedef struct harness__descriptor {
  int fd;
  dev_t device;
  ino_t inode;
} harness__descriptor_t;

typedef struct harness__descriptors {
  harness__descriptor_t *list; /* by number */
  size_t count;
  size_t capacity;
} harness__descriptors_t;

/* Those that are open. Returns 0 or an errno value; the list is to be freed in either case. */
int harness__descriptors_read(harness__descriptors_t *out);
void harness__descriptors_free(harness__descriptors_t *descriptors);

/* Whether some other is open, too. True where that can't be found out without reading them. */
bool harness__descriptors_have_others(const harness__descriptors_t *descriptors);

bool harness__descriptors_have(const harness__descriptors_t *descriptors, const harness__descriptor_t *one);

/* What a descriptor that is no socket is: "a pipe", "the file '/tmp/x'". */
void harness__descriptor_describe(int fd, harness__buffer_t *out);

/* How many threads there are; 0 where that can't be found out. */
size_t harness__threads_count(void);

/* Adds a line for each thread that is there beside the `known` oldest ones, but for those that are about to
 * end (a thread that was joined may be there a moment longer). Returns how many. */
int harness__threads_list(size_t known, harness__buffer_t *out);

#endif
