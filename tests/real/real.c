/* SPDX-License-Identifier: MIT */
#include "real.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

const char *real_complaint(const harness_t *h) {
  const char *sentence = harness_error(h);

  return sentence != NULL ? sentence : "the client did not get what it should";
}

const char *real_serve(harness_t *h, harness_server_t **server, harness_handler_t handler, void *arg) {
  *server = harness_start_server(h, handler, arg, NULL);
  return *server != NULL ? NULL : real_complaint(h);
}

const char *real_run(harness_t *h, harness_task_t *task) {
  (void)harness_run_in_foreground(h, task);
  return harness_task_status(task) == 0 ? NULL : real_complaint(h);
}

int real_own_port(int listening, uint16_t *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || (listening && listen(fd, 1) != 0) ||
      getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
    close(fd);
    return -1;
  }
  *port = ntohs(address.sin_port);
  return fd;
}
