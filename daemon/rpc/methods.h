/* The method table: one row per method, the only place where a method meets its handler, its
 * role and the thread it runs on. Special cases are columns here, never an `if` elsewhere. */
#ifndef RPC_METHODS_H
#define RPC_METHODS_H

#include "service/handler.h"
#include "service/rights.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct call;
struct dispatch;

/* Where a method runs. */
enum method_kind {
    METHOD_READ,  /* `handler` on a reader thread, in a snapshot */
    METHOD_WRITE, /* `handler` on the writer thread, in its transaction */
    METHOD_CHORE, /* `handler` on the store's thread for long work, without a transaction */
    METHOD_LOCAL, /* `stream` on the loop thread; must not block */
};

/* A method answered on the loop thread, at once or over time, for any of the four shapes. All
 * callbacks run on the loop thread; answers go through rpc/call.h (call_send, call_finish), work
 * on the register through rpc/stream_job.h. */
struct stream_ops {
    /* One message of the client. It is valid until call_take_next, which asks for another one;
     * until then nothing more is read and the client feels the back-pressure. A method without
     * client streaming gets exactly one. */
    void (*on_message)(struct call *call, const ProtobufCMessage *message);
    /* The client has sent all; NULL: nothing to do. Not called without client streaming. */
    void (*on_half_close)(struct call *call);
    /* Nothing queued by call_send is left: there is room for more. May come without need, and
     * only after the first message. NULL: nothing to do. */
    void (*on_writable)(struct call *call);
    /* The call is over, for whatever reason, exactly once: forget it. NULL: nothing to do. */
    void (*on_ended)(struct call *call);
};

/* How far a caller's role has to reach before a method is let run at all. */
enum method_reach {
    REACH_PART,     /* anywhere: what it reads and writes is looked at piece by piece */
    REACH_REGISTER, /* on the whole register */
};

struct method {
    const char *path; /* "/package.Service/Method" */
    const ProtobufCMessageDescriptor *input;
    const ProtobufCMessageDescriptor *output;
    enum method_kind kind;
    bool client_streams;
    bool server_streams;
    enum role min_role;              /* ROLE_UNSET: the table is refused */
    handler_fn *handler;             /* READ and WRITE; NULL: UNIMPLEMENTED as yet */
    const struct stream_ops *stream; /* LOCAL; NULL: UNIMPLEMENTED as yet */
    bool repeatable; /* WRITE: the handler leaves its request as it is, so that it may be called
                        again on it (store/store.h) */
    enum method_reach reach;
};

/* A stream that lasts until its client has enough. */
bool method_is_watch(const struct method *method);

/* The daemon's own table: all of provost.v1, health and reflection. */
extern const struct method method_table[];
extern const size_t method_table_count;

/* The services that the table must cover. */
extern const ProtobufCServiceDescriptor *const method_services[];
extern const size_t method_services_count;

/* Compares a table with service descriptors: every method of every service has exactly one row,
 * with its types. NULL when all is well, else a static-buffer sentence that names the first
 * method at fault. For start-up; loop thread. */
const char *methods_check(const struct method *methods, size_t count,
                          const ProtobufCServiceDescriptor *const *services,
                          size_t service_count);

#endif
