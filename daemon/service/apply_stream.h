/* provost.v1.RegisterService.ApplyStream: parts that are too much for one request, written in one
 * job of the writer, all or nothing; each part is one change of the log. How parts are gathered
 * stands in rpc/apply_stream.h.
 *
 * Memory: one part is decoded at a time, in an arena of its own. References that point at what a
 * later part makes are looked at again at the end, up to WRITE_OPEN_REFS_MAX of them.
 */
#ifndef SERVICE_APPLY_STREAM_H
#define SERVICE_APPLY_STREAM_H

#include "service/handler.h"

#include "provost/v1/register.pb-c.h"

enum { APPLY_STREAM_ID_MAX = 40 };

/* A provost.v1.ApplyStreamPart as it came. */
struct apply_stream_part {
    const uint8_t *bytes;
    size_t size;
};

/* What the client sent, and whom to tell what became of it. */
struct apply_stream {
    const Provost__V1__ApplyStreamHeader *header;
    const struct apply_stream_part *parts;
    size_t count;
    size_t decode_max_bytes; /* memory that one part may take when decoded */
    /* Takes a part's answer, which is gone when it returns; false: there is no room for it. */
    bool (*on_part)(void *context, const ProtobufCMessage *response);
    /* The client has given up. */
    bool (*is_cancelled)(void *context);
    void *context;
};

/* INVALID_ARGUMENT when a header cannot be used. */
struct status
apply_stream_check_header(struct arena *arena,
                          const Provost__V1__ApplyStreamHeader *header) MUST_CHECK;

/* Writes all parts in a write transaction, or finds the answers kept for them by an earlier try.
 * A failure names the part at fault ("parts[2].mutations[17]...") and nothing was written. */
struct status apply_stream_run(struct handler_call *call,
                               const struct apply_stream *stream) MUST_CHECK;

#endif
