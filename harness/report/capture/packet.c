/* SPDX-License-Identifier: MIT */
#include "report/capture/packet.h"

#include <string.h>

enum {
  IP_SIZE = 20,
  TCP_SIZE = 20,
  TCP_OPTIONS_SIZE = 12,
  UDP_SIZE = 8,
  TCP = 6,
  UDP = 17,
  TIME_TO_LIVE = 64
};

static void put16(unsigned char *out, unsigned value) {
  out[0] = (unsigned char)(value >> 8 & 0xff);
  out[1] = (unsigned char)(value & 0xff);
}

static void put32(unsigned char *out, uint32_t value) {
  put16(out, value >> 16);
  put16(out + 2, value & 0xffff);
}

/* The sum of 16-bit words; an odd last byte is the high half of one. 2^16 words fit into a sum. */
static uint32_t add_up(uint32_t sum, const void *data, size_t size) {
  const unsigned char *bytes = data;

  for (size_t i = 0; i + 1 < size; i += 2)
    sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
  if (size % 2 != 0)
    sum += (uint32_t)bytes[size - 1] << 8;
  return sum;
}

static unsigned checksum(uint32_t sum) {
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

static void put_ip(unsigned char *out, harness__place_t from, harness__place_t to, unsigned protocol,
                   size_t size) {
  memset(out, 0, IP_SIZE);
  out[0] = 0x45; /* version 4, five words */
  put16(out + 2, (unsigned)(IP_SIZE + size));
  put16(out + 6, 0x4000); /* don't fragment: so the identification may be 0 */
  out[8] = TIME_TO_LIVE;
  out[9] = (unsigned char)protocol;
  put32(out + 12, from.address);
  put32(out + 16, to.address);
  put16(out + 10, checksum(add_up(0, out, IP_SIZE)));
}

/* The checksum of what stands behind the IP header, which is header_size bytes and the payload. */
static unsigned checksum_of(const unsigned char *ip, size_t header_size, const harness__payload_t *payload) {
  uint32_t sum = ip[9] + (uint32_t)(header_size + payload->size);

  if (payload->known < payload->size)
    return 0;
  sum = add_up(sum, ip + 12, 8);
  sum = add_up(sum, ip + IP_SIZE, header_size);
  return checksum(add_up(sum, payload->data, payload->size));
}

static size_t put_options(unsigned char *out) {
  /* The largest segment; by how much windows are more; selective acknowledgements; between them nothing. */
  static const unsigned char options[] = {
      2, 4, HARNESS__TCP_MOST >> 8, HARNESS__TCP_MOST & 0xff, 1, 3, 3, HARNESS__TCP_WINDOW_SHIFT, 1, 1, 4, 2};

  memcpy(out, options, sizeof options);
  return sizeof options;
}

size_t harness__packet_tcp(unsigned char out[HARNESS__HEADER_MOST], harness__place_t from,
                           harness__place_t to, uint32_t seq, uint32_t ack, unsigned flags,
                           const harness__payload_t *payload) {
  unsigned char *tcp = out + IP_SIZE;
  size_t size = TCP_SIZE;

  memset(tcp, 0, TCP_SIZE);
  put16(tcp, from.port);
  put16(tcp + 2, to.port);
  put32(tcp + 4, seq);
  put32(tcp + 8, (flags & HARNESS__TCP_ACK) != 0 ? ack : 0);
  if ((flags & HARNESS__TCP_SYN) != 0)
    size += put_options(tcp + TCP_SIZE);
  tcp[12] = (unsigned char)(size / 4 << 4);
  tcp[13] = (unsigned char)flags;
  /* Of a reset, too: one byte that comes behind it must not look like a probe of a window of 0. */
  put16(tcp + 14, HARNESS__TCP_WINDOW);
  put_ip(out, from, to, TCP, size + payload->size);
  put16(tcp + 16, checksum_of(out, size, payload));
  return IP_SIZE + size;
}

size_t harness__packet_udp(unsigned char out[HARNESS__HEADER_MOST], harness__place_t from,
                           harness__place_t to, const harness__payload_t *payload) {
  unsigned char *udp = out + IP_SIZE;
  unsigned sum;

  memset(udp, 0, UDP_SIZE);
  put16(udp, from.port);
  put16(udp + 2, to.port);
  put16(udp + 4, (unsigned)(UDP_SIZE + payload->size));
  put_ip(out, from, to, UDP, UDP_SIZE + payload->size);
  sum = checksum_of(out, UDP_SIZE, payload);
  /* 0 says that there is none; a sum that comes to it is written as its other form. */
  put16(udp + 6, sum == 0 && payload->known == payload->size ? 0xffff : sum);
  return IP_SIZE + UDP_SIZE;
}
