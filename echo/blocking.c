/* SPDX-License-Identifier: MIT */
/* A client as it is written without any library: it blocks in socket calls, so it runs in the background. */
#include <harness/echo.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUOTED_SIZE = 4 * HARNESS_ECHO_READ_SIZE + 3 };

/* A connected socket, or the negative errno, which is the libuv code on Unix. */
static int open_socket(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int status;

  if (fd < 0)
    return -errno;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  status = -errno;
  close(fd);
  return status;
}

/* Sends the message and reads the reply. Returns the reply's size or the negative errno. */
static ptrdiff_t exchange(harness_echo_blocking_client_t *client, int fd) {
  char quoted[QUOTED_SIZE];
  size_t length = strlen(client->message);
  ssize_t size;

  harness_quote(quoted, sizeof quoted, client->message, length);
  harness_log(client->harness, "-> Client sending: %s", quoted);
  if (send(fd, client->message, length, MSG_NOSIGNAL) < 0)
    return -errno;
  size = recv(fd, client->reply, HARNESS_ECHO_READ_SIZE, 0);
  if (size < 0)
    return -errno;
  harness_quote(quoted, sizeof quoted, client->reply, (size_t)size);
  harness_log(client->harness, "<- Client received: %s", quoted);
  return size;
}

void *harness_echo_blocking_client(void *arg) {
  harness_echo_blocking_client_t *client = arg;
  ptrdiff_t size;
  int fd;

  client->reply[0] = '\0';
  harness_log(client->harness, "-> Client connecting to %s", client->server_name);
  fd = open_socket(client->port);
  if (fd < 0) {
    client->status = fd;
    return NULL;
  }
  size = exchange(client, fd);
  harness_log(client->harness, "-- Terminating connection on client");
  close(fd);
  client->status = size < 0 ? (int)size : 0;
  if (size < 0)
    return NULL;
  client->reply[size] = '\0';
  return client->reply;
}
