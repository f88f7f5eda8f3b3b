/* What a method handler is: one synchronous function on a store thread, with a transaction in
 * hand. It returns a status, so it cannot forget to answer or answer twice. */
#ifndef SERVICE_HANDLER_H
#define SERVICE_HANDLER_H

#include "common/arena.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

struct rights;
struct sight;
struct txn;
struct store;

/* Who asks. Strings live in the call's arena, never NULL, "" when unknown. What is authenticated
 * (principal, auth_method) stands apart from what the client merely declares. */
struct caller {
    const char *principal;       /* as the log has it */
    const char *auth_method;     /* "unix-peer", "loopback", "token", "jwt", "certificate" */
    const char *service;         /* declared: metadata provost-service */
    const char *on_behalf_of;    /* declared: metadata provost-on-behalf-of */
    const char *trace_id;        /* 32 hex digits from traceparent, or "" */
    const char *address;         /* of the peer, for logs */
    const struct rights *rights; /* what they may do; NULL: nothing */
    bool registered;             /* the principal is one of store/access.h */
    const char *token_id;        /* of the token used; "" or NULL when none was */
    bool limited;                /* the token is for less than its principal may do */
    int64_t credential_end_us;   /* when what they signed in with ends; 0: not known to */
};

/* Everything a handler may use. */
struct handler_call {
    struct arena *arena; /* request, response, status text, scratch */
    struct txn *txn;     /* read snapshot, or the write transaction */
    const struct caller *caller;
    const char *method;  /* full path, "/provost.v1.RegisterService/Apply" */
    struct store *store; /* only for its figures and who may do what (store/access.h) */
    struct sight *sight; /* what the caller does not see; NULL: they see all (gate.h) */
    int64_t now_us;      /* time the call arrived, microseconds since 1970 UTC */

    /* Set by a handler that has packed its answer, in the arena: it need not be packed again. */
    const ProtobufCMessage *packed; /* which message; NULL for none */
    const void *packed_bytes;
    size_t packed_size;
};

/* What is done around each handler: `enter` may give it a sight, `leave` takes it back and says
 * whether anything was kept from the caller. */
struct handler_guard {
    void (*enter)(struct handler_call *call);
    bool (*leave)(struct handler_call *call);
};

/* On success sets *out_response to a message in call->arena of the method's output type. On
 * failure leaves it alone; everything the handler wrote is undone by the store. */
typedef struct status handler_fn(struct handler_call *call, const ProtobufCMessage *request,
                                 ProtobufCMessage **out_response);

#endif
