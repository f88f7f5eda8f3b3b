/* From the bytes of a client's message to its protobuf form: inflated, checked, unpacked.
 *
 * What is soon done is done at once. A few kilobytes of gzip, or a megabyte of tiny fields, can take longer
 * than all the other connections should wait: such a message goes to libuv's pool, one at a time for the
 * whole server, so that who sends many takes no more than a part of one processor and the memory of one.
 * Its call waits meanwhile (`call->decoding`), and takes in no further message.
 *
 * Loop thread, but for the work in the pool, which has the call's arenas for itself.
 */
#ifndef RPC_DECODE_H
#define RPC_DECODE_H

#include "common/grpc_frame.h"

#include <uv.h>

struct call;
struct decode_work;

/* The messages in the pool and before it. Outlives the calls. */
struct decode_queue {
    uv_loop_t *loop;
    struct decode_work *first, *last;
};

/* Decodes `message`, whose bytes stay the caller's: sets call->request, or finishes the call with what is
 * wrong, now or, where call->decoding is set on return, later, and has the call run then. */
void decode_message(struct call *call, const struct grpc_message *message);

#endif
