/* SPDX-License-Identifier: MIT */
/* Private: the ports that a process's servers have had (network/ports.c). */
#ifndef HARNESS_NETWORK_PORTS_H
#define HARNESS_NETWORK_PORTS_H

#include "network/address.h"

/* A server that clients outside had connected to has left a port of the kernel's choice. Any thread. */
void harness__ports_give(uint16_t port);

/* The port that was left longest ago, where there are so many that it is time to use them again; else 0. Any
 * thread. */
uint16_t harness__ports_take(void);

#endif
