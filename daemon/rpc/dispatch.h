/* From a complete request to its answer: row found, caller let in, request decoded, handler run
 * on the thread its row names, response framed.
 *
 * The method table is a parameter, so that tests bring their own. Loop thread only.
 */
#ifndef RPC_DISPATCH_H
#define RPC_DISPATCH_H

#include "rpc/call.h"
#include "rpc/methods.h"
#include "rpc/quota.h"

#include <uv.h>

struct call_stats;
struct dispatch;
struct auth;
struct health;
struct reflection;
struct store;
struct watch_hub;

/* What a dispatcher is made of. Everything pointed to outlives it. */
struct dispatch_options {
    uv_loop_t *loop;
    const struct method *methods;
    size_t method_count;
    struct store *store;   /* NULL only when the table has no READ and WRITE rows */
    struct health *health; /* may be NULL when the table has no row for it */
    const struct reflection *reflection; /* the same */
    struct watch_hub *watch_hub;         /* the same */
    struct auth *auth;                   /* who may call */
    const struct handler_guard *guard;   /* around each handler; NULL only in tests */
    uint32_t message_max_bytes;          /* 0: GRPC_MESSAGE_MAX_BYTES */
    uint64_t unary_deadline_ms; /* cap for calls without client or server streaming; 0: 60 s */
    size_t compress_min_bytes;  /* answers from here on are compressed for those who accept it;
                                   0: 16 KiB. Never on a unix socket: nothing is gained there */
    struct quota_limits quota;  /* all zero: no limits */
    /* Metadata that methods look at; NULL-terminated, or NULL. */
    const char *const *keep_fields;
};

/* Figures since start. */
struct dispatch_stats {
    uint64_t calls;       /* header list complete */
    uint64_t open;        /* not yet ended */
    uint64_t by_code[17]; /* ended, by grpc_code */
};

struct dispatch *dispatch_new(const struct dispatch_options *options);

/* Stops the timer, once all calls are closed; then the loop runs its close callbacks; then
 * dispatch_free. */
void dispatch_close(struct dispatch *dispatch);
void dispatch_free(struct dispatch *dispatch);

/* Begins a call whose header fields follow. `peer` and `transport` outlive it. `held_max_bytes`
 * is the flow-control window of its stream. */
void dispatch_begin(struct dispatch *dispatch, struct call *call,
                    const struct call_transport_ops *transport, const struct auth_peer *peer,
                    size_t held_max_bytes);

struct quota *dispatch_get_quota(const struct dispatch *dispatch);

/* A peer was refused before it could make a call (its TLS handshake failed): logged as refused calls
 * are. */
void dispatch_refuse_peer(struct dispatch *dispatch, const struct auth_peer *peer,
                          const char *why);

/* The row of `path`, or NULL. */
const struct method *dispatch_find(const struct dispatch *dispatch, const char *path,
                                   size_t path_size);

/* One ended call out of `every` is logged; 0, as at the beginning: none. */
void dispatch_log_calls(struct dispatch *dispatch, unsigned every);

/* The cap counts for calls that arrive from now on; not 0. */
void dispatch_set_unary_deadline(struct dispatch *dispatch, uint64_t deadline_ms);

const struct dispatch_options *dispatch_get_options(const struct dispatch *dispatch);
const struct dispatch_stats *dispatch_get_stats(const struct dispatch *dispatch);

/* Durations of ended calls, by method and status. */
const struct call_stats *dispatch_get_call_stats(const struct dispatch *dispatch);

#endif
