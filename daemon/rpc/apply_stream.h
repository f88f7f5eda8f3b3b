/* RegisterService.ApplyStream: gathers parts until the client has sent all, then one write job.
 *
 * Parts are kept as the bytes they came in, decoded one at a time by the job. All streams of the
 * daemon together may hold APPLY_STREAM_HELD_BYTES; one more is refused and may try again. While
 * the job is under way no other write is carried out, so it is bounded by APPLY_STREAM_BYTES and
 * APPLY_STREAM_MUTATIONS_MAX.
 *
 * Loop thread only.
 */
#ifndef RPC_APPLY_STREAM_H
#define RPC_APPLY_STREAM_H

#include "rpc/methods.h"

enum {
    APPLY_STREAM_BYTES = 64 << 20, /* of the parts of one stream */
    APPLY_STREAM_MUTATIONS_MAX = 250000,
    APPLY_STREAM_PARTS_MAX = 4096,
    APPLY_STREAM_HELD_BYTES = 128 << 20,
    APPLY_STREAM_ANSWER_BYTES = 96 << 20, /* of all answers of one stream */
};

extern const struct stream_ops apply_stream_ops;

#endif
