/* What a peer may do to a session beyond making calls, frame by frame; whoever does too much is
 * marked for h2_dismiss. Called inside nghttp2's callbacks. */
#ifndef NET_H2_JUDGE_H
#define NET_H2_JUDGE_H

#include "net/h2.h"

/* A frame's head has come. */
void h2_judge_frame(struct h2 *h2, const nghttp2_frame_hd *head);

/* A PING that asks for an answer: also against the interval that gRPC demands. */
void h2_judge_ping(struct h2 *h2);

/* HEADERS or DATA go out: pings in between are the client's good right [gRFC A8]. */
void h2_judge_sent(struct h2 *h2);

/* One field of a header block. False when the block is beyond all measure. */
bool h2_judge_header(struct h2 *h2, size_t name_size, size_t value_size);

/* One nuisance of a kind. */
void h2_judge(struct h2 *h2, enum h2_nuisance nuisance);

#endif
