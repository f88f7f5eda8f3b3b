/* The socket under a channel. */
#ifndef CLIENT_CHANNEL_SOCKET_H
#define CLIENT_CHANNEL_SOCKET_H

#include "client/address.h"
#include "common/arena.h"
#include "common/status.h"

#include <stdint.h>

/* No deadline. */
#define SOCKET_FOREVER UINT64_MAX

/* The monotonic clock in milliseconds. */
uint64_t socket_now_ms(void);

/* A connected, non-blocking socket. UNAVAILABLE, with the address and what to do, or
 * DEADLINE_EXCEEDED once socket_now_ms passes `deadline_ms`. */
struct status socket_connect(const struct address *address, uint64_t deadline_ms,
                             struct arena *arena, int *out_fd) MUST_CHECK;

/* Waits for `events` of poll(2). 1 when one is there, 0 when the deadline has passed, else
 * -errno. */
int socket_wait(int fd, short events, uint64_t deadline_ms);

#endif
