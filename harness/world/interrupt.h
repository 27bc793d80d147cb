/* SPDX-License-Identifier: MIT */
/* Private: an interrupt (SIGINT, SIGTERM, SIGHUP) while there is something on the disk to be removed. */
#ifndef HARNESS_WORLD_INTERRUPT_H
#define HARNESS_WORLD_INTERRUPT_H

/* From now on an interrupt whose effect is the default, the end of the process, is kept back. Returns a
 * descriptor that can be read when one has come; negative where none is kept back. One at a time. */
int harness__interrupt_hold(void);

/* What was kept back comes now, and ends the process. */
void harness__interrupt_release(void);

#endif
