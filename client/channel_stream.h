/* One call on the wire: what was sent and what came back so far. Used by channel.c alone. */
#ifndef CLIENT_CHANNEL_STREAM_H
#define CLIENT_CHANNEL_STREAM_H

#include "client/channel.h"
#include "common/buf.h"
#include "common/grpc_frame.h"

/* Fields are channel.c's and channel_stream.c's own. */
struct stream {
    const struct channel_call *call;
    int32_t id;
    uint8_t prefix[GRPC_PREFIX_BYTES];
    const void *request; /* the message that is being sent */
    size_t request_bytes;
    size_t sent_bytes; /* of its prefix and itself */
    bool request_over; /* no message comes behind it */
    bool closed;
    uint32_t close_code; /* HTTP/2 error code, 0 for a proper end */
    int http_status;     /* 0 until it came */
    bool is_grpc;        /* the content-type says so */
    int grpc_status;     /* -1 until it came */
    struct buf message;  /* grpc-message as it came */
    struct buf details;  /* grpc-status-details-bin as it came */
    struct grpc_deframer deframer;
    const char *broken; /* why the answer cannot be read, static; NULL while it can */
};

void stream_init(struct stream *stream, const struct channel_call *call);
void stream_release(struct stream *stream);

/* The next part of the request's messages with their prefixes, at most `size` bytes. Returns
 * their number, 0 at the end. */
size_t stream_take_request(struct stream *stream, uint8_t *out_bytes, size_t size);

/* True when stream_take_request has nothing more to give. */
bool stream_request_is_sent(const struct stream *stream);

/* A header or trailer; those that mean nothing here are passed over. */
void stream_header(struct stream *stream, const char *name, const char *value, size_t size);

/* Bytes of the answer. False when the call has to be cancelled: they cannot be read, or
 * on_message said so. */
bool stream_data(struct stream *stream, const uint8_t *bytes, size_t size);

/* What a closed stream ended with. */
void stream_reply(struct stream *stream, struct arena *arena, struct channel_reply *out_reply);

#endif
