/* SPDX-License-Identifier: MIT */
/* Private: the headers of IPv4 packets that carry TCP segments and UDP datagrams. */
#ifndef HARNESS_REPORT_CAPTURE_PACKET_H
#define HARNESS_REPORT_CAPTURE_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum {
  HARNESS__TCP_FIN = 0x01,
  HARNESS__TCP_SYN = 0x02,
  HARNESS__TCP_RST = 0x04,
  HARNESS__TCP_PSH = 0x08,
  HARNESS__TCP_ACK = 0x10,
  HARNESS__TCP_MOST = 65495,     /* bytes in a segment: what an IPv4 packet holds less two headers */
  HARNESS__UDP_MOST = 65507,     /* bytes in a datagram */
  HARNESS__TCP_WINDOW = 65535,   /* as a header tells it */
  HARNESS__TCP_WINDOW_SHIFT = 14 /* by how much it is really more */
};

/* The largest is that of a SYN, with its options. */
enum { HARNESS__HEADER_MOST = 52 };

typedef struct harness__place {
  uint32_t address;
  uint16_t port;
} harness__place_t;

/* What is sent. Of its size bytes the first `known` stand at data; where that is not all, there is no
 * checksum to be had, and it is 0. */
typedef struct harness__payload {
  const char *data;
  size_t known;
  size_t size;
} harness__payload_t;

/* Writes the headers, and returns how many bytes they are. A payload is at most HARNESS__TCP_MOST, or
 * HARNESS__UDP_MOST bytes. */
size_t harness__packet_tcp(unsigned char out[HARNESS__HEADER_MOST], harness__place_t from,
                           harness__place_t to, uint32_t seq, uint32_t ack, unsigned flags,
                           const harness__payload_t *payload);
size_t harness__packet_udp(unsigned char out[HARNESS__HEADER_MOST], harness__place_t from,
                           harness__place_t to, const harness__payload_t *payload);

#endif
