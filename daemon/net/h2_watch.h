/* Streams that come to nothing: bodies that trickle, answers that nobody takes. */
#ifndef NET_H2_WATCH_H
#define NET_H2_WATCH_H

#include "net/h2.h"

/* To be called about once a second: ends the calls whose client is past the session's limits. */
void h2_watch_streams(struct h2 *h2, uint64_t now_ms);

#endif
