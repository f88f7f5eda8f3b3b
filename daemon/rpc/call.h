/* One call, between the transport that carries it and the dispatcher that answers it.
 *
 * The transport (net) embeds a struct call in its stream and feeds it; the call cuts messages
 * out of the bytes, keeps order and limits, and holds what is to be sent until the transport
 * takes it. It knows neither HTTP/2 nor methods: both sides hang on by callbacks.
 *
 * Invariants:
 *  1. A status is decided exactly once (call_finish); what comes later is dropped.
 *  2. While `in_store` is set the job's arena (`arena` of a unary call, `job_arena` of a
 * stream) belongs to a store thread; the loop thread touches only `job.cancelled`. A call
 * closed meanwhile is released when its job is done. The same holds while `decoding` is set, of
 * `arena`, or of a client's stream `message_arena`, and a thread of the pool.
 *  3. At most one message of the client is out with the handler; bytes behind it are held,
 *     unconsumed, so that the client's flow-control window closes.
 *  4. `on_released` is the last thing that happens to a call.
 *
 * Loop thread only, but for what the job does with the arena.
 */
#ifndef RPC_CALL_H
#define RPC_CALL_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/grpc_frame.h"
#include "common/status.h"
#include "rpc/auth.h"
#include "rpc/metadata.h"
#include "rpc/timeout.h"
#include "service/handler.h"
#include "store/store.h"

struct call;
struct dispatch;
struct method;
struct quota;
struct quota_account;
struct stream_job_ops;

/* What a client may do only so often on one connection. */
enum call_abuse {
    CALL_ABUSE_GZIP_BOMB, /* a message that inflates to more than the limit */
    CALL_ABUSE_REFUSED,   /* calls without good credentials, faster than its address may */
};

/* What the transport does for a call. All only record: nothing is sent inside. */
struct call_transport_ops {
    void (*on_output)(
        struct call *call); /* output or the end of the call is there to be sent */
    void (*on_consumed)(struct call *call, size_t bytes); /* give the client this much window */
    void (*on_abort)(struct call *call); /* reset the stream: its output will not go out */
    void (*on_abuse)(struct call *call, enum call_abuse abuse);
    void (*on_released)(struct call *call); /* free the memory that embeds the call */
};

/* What the dispatcher does for a call. */
struct call_events {
    void (*on_headers)(struct call *call); /* the header list is complete */
    void (*on_message)(struct call *call, const struct grpc_message *message);
    void (*on_run)(struct call *call);        /* act on what has been recorded */
    void (*on_writable)(struct call *call);   /* all queued output has been taken */
    void (*on_ended)(struct call *call);      /* the status is decided or the client is gone */
    void (*on_taken_back)(struct call *call); /* its job was not begun and will not be */
    void (*on_gone)(struct call *call);       /* nothing holds the call any more */
};

/* Framed messages on their way out, usually one. The bytes of one read can go out on many calls:
 * each has a chunk, but the bytes are those of the first. */
struct call_chunk {
    struct call_chunk *next;
    size_t size;
    size_t sent;
    struct call_chunk *lender; /* whose bytes these are; NULL: its own */
    unsigned borrowers;        /* that are left of those who send the bytes too */
    bool in_arena;             /* freed with the arena, else by call_drop_chunk */
    bool is_dropped;           /* but for its borrowers */
    uint8_t bytes[];
};

/* Which answers are sent as gzip, if the client accepts it. */
enum call_compression {
    CALL_COMPRESS_NEVER,
    CALL_COMPRESS_BIG, /* those of setup.compress_min_bytes and more */
    CALL_COMPRESS_ALWAYS,
};

/* What a call is made of; given to call_init. */
struct call_setup {
    const struct call_transport_ops *transport;
    const struct call_events *events;
    struct dispatch *dispatch;
    struct timeout_queue *deadlines;
    struct decode_queue *decode_queue;
    const struct auth_peer *peer; /* outlives the call */
    struct quota *quota;          /* the same */
    uint32_t message_max_bytes;
    size_t held_max_bytes;          /* the stream's flow-control window */
    size_t compress_min_bytes;      /* smaller answers are not worth it */
    const char *const *keep_fields; /* names of metadata to keep; NULL: none */
};

struct call {
    struct call_setup setup; /* read-only after call_init */

    /* The request. */
    struct metadata metadata;
    const struct method *method;     /* set by the dispatcher; NULL until known */
    const ProtobufCMessage *request; /* decoded, out with the handler or about to be */
    size_t request_bytes;            /* its size on the wire */
    size_t decoded_bytes;            /* and in memory, which can be many times that */
    bool decoding;          /* the next one, and its arena, are with the pool (rpc/decode.h) */
    const char *request_id; /* of the header of a client's stream; else NULL */
    unsigned messages;      /* received so far */
    struct grpc_deframer deframer;
    struct buf held;         /* bytes behind the message that is out */
    struct buf inflated;     /* a compressed message, while it is decoded */
    bool request_compressed; /* the last message came as gzip */
    bool headers_done;
    bool half_closed;       /* the client has sent all */
    bool half_close_told;   /* and the handler knows */
    bool request_delivered; /* `request` is out with the handler */

    /* The work. */
    struct arena arena;         /* as old as the call */
    struct arena message_arena; /* of a stream's present message */
    struct caller caller;
    struct auth_session session;
    _Atomic bool hid;    /* something was kept from the caller; set by a store thread */
    int64_t arrived_us;  /* microseconds since 1970 UTC */
    uint64_t started_us; /* the same moment by the monotonic clock */
    struct store_job job;
    struct call_chunk *reply; /* the job's answer, framed, until it is queued */
    bool in_store;
    struct quota_account *account; /* whose share the call takes; NULL until it was let in */
    size_t counted_bytes;          /* told to the quota */
    const struct stream_job_ops *stream_job; /* rpc/stream_job.h: these three are its own */
    struct arena job_arena;
    struct timeout job_retry;
    void *stream_state; /* of the stream_ops; owned by them, gone after on_ended */
    struct timeout deadline;

    /* The answer. */
    struct call_chunk *output_head;
    struct call_chunk *output_tail;
    size_t output_bytes; /* queued and not yet taken */
    struct status status;
    int http_status;                          /* 200, or 4xx for what is not gRPC */
    const struct header_field *extra_trailer; /* static, or NULL */
    uint32_t retry_after_ms;                  /* grpc-retry-pushback-ms; 0: none */
    const struct header_field *custom_header; /* further metadata, before the answer; or NULL */
    const struct header_field *custom_trailer; /* the same, behind it */
    enum call_compression compression;
    bool output_gzip;        /* grpc-encoding: gzip; single messages may still be plain */
    bool method_streams_out; /* set by the dispatcher: many messages, each freed when sent */
    bool ended;              /* `status` is decided */
    bool closed;             /* the transport has let go */
    bool running;            /* inside on_run: messages are being delivered */
};

#define CALL_RESPONSE_TOO_LARGE                                                                \
    "the answer is larger than a message may be; ask for less, with a smaller page_size"

/* --- The transport's side --- */

/* Prepares a call; the memory stays the transport's until on_released. */
void call_init(struct call *call, const struct call_setup *setup);

/* One header field of the request; then, once, the end of the list. */
void call_add_header(struct call *call, const struct header_field *field);
void call_headers_complete(struct call *call);

/* Bytes of the body. They are the call's to account for: on_consumed reports them all in time.
 */
void call_add_data(struct call *call, const uint8_t *bytes, size_t size);

/* The client will send no more. */
void call_half_close(struct call *call);

/* Acts on what was recorded; to be called after the bytes of one read were taken in. */
void call_run(struct call *call);

/* Copies up to `size` bytes of output; 0: nothing now. */
size_t call_take_output(struct call *call, uint8_t *out_bytes, size_t size);

/* True when the status is decided and all output was taken: time for the trailers. */
bool call_is_complete(const struct call *call);

/* The request_id the client gave, "" when it has not given one (yet). As old as the call. */
const char *call_get_request_id(const struct call *call);

/* True while the client owes bytes: inside a message, or before the end of a call with only one. */
bool call_awaits_body(const struct call *call);

/* Ends the call with `status`; what is queued will not go out and the stream is reset. */
void call_give_up(struct call *call, struct status status);

/* The stream is gone: answered, reset by the client, or lost with its connection. The call is
 * released now or, when a store thread has it, later. */
void call_close(struct call *call);

/* --- The dispatcher's and the handlers' side --- */

/* Decides the status. Output queued before still goes out. Later calls have no effect. */
void call_finish(struct call *call, struct status status);

/* Queues one message. False, and the call has then ended with RESOURCE_EXHAUSTED or was over
 * already, when it cannot be sent. */
bool call_send(struct call *call, const ProtobufCMessage *message);

/* Frames `message` into the arena (job thread) for call_queue_chunk, compressed as asked; NULL
 * when it is over the size limit. */
struct call_chunk *call_frame(struct call *call, const ProtobufCMessage *message);

/* The same of a message that is packed. */
struct call_chunk *call_frame_packed(struct call *call, const void *bytes, size_t size);

/* From the next message on. Before the first one when any shall be compressed, because the
 * headers announce it. Loop thread. */
void call_set_compression(struct call *call, enum call_compression compression);

/* Messages on their way into one chunk. */
struct call_messages {
    const ProtobufCMessage *const *messages;
    const size_t *sizes; /* as protobuf_c_message_get_packed_size tells them */
    size_t count;
};

/* The same as call_frame for several, in one chunk, never compressed; for methods that stream their answers. */
struct call_chunk *call_frame_all(struct call *call, const struct call_messages *all);

/* Puts one more framed message behind those in call->reply (job thread; of methods that stream
 * their answers). False when it is over the size limit of a message, or all are over `max_bytes`. */
bool call_add_frame(struct call *call, const ProtobufCMessage *message, size_t max_bytes);

/* A chunk of the same bytes for another call, before anything of them was sent; both of methods
 * that stream. The bytes live until both are dropped. Loop thread, as is dropping. */
struct call_chunk *call_borrow_chunk(struct call_chunk *lender);

/* Done with a chunk, sent or not. NULL is allowed. */
void call_drop_chunk(struct call_chunk *chunk);

/* Empties the job's arena. */
void call_reset_job_arena(struct call *call);

/* Queues a framed message (loop thread). */
void call_queue_chunk(struct call *call, struct call_chunk *chunk);

/* Ends the call because too much is held in memory, unless its work is under way. */
void call_refuse_memory(struct call *call);

/* Tells the quota what the call holds by now. False when all calls together hold too much. */
bool call_count_bytes(struct call *call);

/* Forgets what is queued and was not taken. */
void call_drop_output(struct call *call);

/* Done with the present message of a client stream: forget it and deliver the next. */
void call_take_next(struct call *call);

/* Nothing further is to come: all messages were delivered and the client has half-closed. */
bool call_input_is_over(const struct call *call);

/* The store is done with the call's job. True when the call is still wanted; false when it was
 * released just now and must not be touched. */
bool call_leave_store(struct call *call);

/* The same for the pool, of the message that it decoded. */
bool call_leave_decoder(struct call *call);

#endif
