/* A blocking gRPC client on one connection: HTTP/2 by nghttp2 over a unix or TCP socket.
 *
 * The connection is made at the first call and again after it was lost. One call at a time, one
 * thread. What a peer can grow is bounded: messages by GRPC_MESSAGE_MAX_BYTES, headers by
 * nghttp2's 64 KiB.
 */
#ifndef CLIENT_CHANNEL_H
#define CLIENT_CHANNEL_H

#include "client/address.h"
#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;

/* Printable ASCII, or base64 under a name that ends in "-bin". */
struct channel_metadata {
    const char *name;
    const char *value;
};

/* Set by the caller. */
struct channel_call {
    const char *path;    /* "/provost.v1.RegisterService/Apply" */
    const void *request; /* the message, or the first of a stream of them */
    size_t request_bytes;
    /* The next message of the request, valid until it is called again; false when there is
     * none. NULL: `request` is all. It is asked only when the peer takes more, and may not use
     * the channel. */
    bool (*next_message)(void *context, const void **out_bytes, size_t *out_size);
    uint64_t timeout_ms; /* 0 is no limit */
    const struct channel_metadata *metadata;
    size_t n_metadata;
    /* Gets every message of the answer; `bytes` are its only for the time being, and it may not
     * use the channel. False cancels the call. */
    bool (*on_message)(void *context, const void *bytes, size_t size);
    void *context; /* of both */
};

/* What a call ended with. */
struct channel_reply {
    enum grpc_code code;
    const char *message; /* never NULL */
    const void *details; /* serialised google.rpc.Status, NULL when none came */
    size_t details_bytes;
    bool is_local; /* the code was made here: the peer gave no status */
};

/* What a channel is secured with; files in PEM, NULL where there is none. */
struct channel_security {
    const char *ca;   /* authorities; NULL: the system's */
    const char *cert; /* the client's own */
    const char *key;  /* NULL: in the certificate's file */
};

/* A channel to `address`, by TLS unless `security` is NULL; their texts must outlive it. Connects
 * nothing yet. */
struct channel *channel_new(const struct address *address,
                            const struct channel_security *security);

/* Closes the connection. NULL is allowed. */
void channel_free(struct channel *channel);

/* Makes one call and waits for its end. Texts of the reply live in `arena`. A call that got no
 * answer ends UNAVAILABLE (safe to repeat when it carries a request id) or DEADLINE_EXCEEDED.
 */
void channel_run(struct channel *channel, const struct channel_call *call, struct arena *arena,
                 struct channel_reply *out_reply);

#endif
