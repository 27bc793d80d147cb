/* SPDX-License-Identifier: MIT */
#include "outside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct sockaddr_in loopback(uint16_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

int dial(int type, uint16_t port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, type, 0);

  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    (void)close(fd);
    fd = -1;
  }
  return fd;
}

char *same_each_time(char *(*converse)(harness_t *h), int times) {
  char *first = NULL;

  for (int i = 0; i < times; i++) {
    harness_t *h = harness_open(NULL);
    char *json = converse(h);

    if (first == NULL)
      first = json;
    assert_string_equal(json, first);
    if (json != first)
      free(json);
    assert_int_equal(harness_close(h), 0);
  }
  return first;
}
