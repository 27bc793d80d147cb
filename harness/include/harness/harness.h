/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_HARNESS_H
#define HARNESS_HARNESS_H

/* Everything but the adapters (harness/cmocka.h). */
#include <harness/core.h>
#include <harness/datagram.h>
#include <harness/deliveries.h>
#include <harness/delivery.h>
#include <harness/fail.h>
#include <harness/framed.h>
#include <harness/framing.h>
#include <harness/normalise.h>
#include <harness/place.h>
#include <harness/protocol.h>
#include <harness/runner.h>
#include <harness/server.h>
#include <harness/stream.h>
#include <harness/task.h>
#include <harness/transcript.h>
#include <harness/transport.h>

#endif
