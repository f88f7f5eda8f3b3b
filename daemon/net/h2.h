/* One HTTP/2 session on nghttp2: bytes in, calls out, and back again. Knows calls, not their
 * meaning; knows no sockets: its owner moves the bytes.
 *
 * nghttp2 callbacks and call callbacks only record and submit; nothing is pumped inside them.
 * Loop thread only.
 */
#ifndef NET_H2_H
#define NET_H2_H

#include "net/h2_budget.h"
#include "net/h2_mem.h"
#include "net/h2_scan.h"
#include "rpc/dispatch.h"

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct h2_stream;

enum {
    H2_STREAMS_MAX = 100,              /* open at once on a connection */
    H2_CALLS_MAX = 2 * H2_STREAMS_MAX, /* with those reset by the client but still at work */
    H2_STREAM_WINDOW_BYTES = 64 << 10,
    H2_CONNECTION_WINDOW_BYTES = 1 << 20,
    H2_MEMORY_MAX_BYTES = 4 << 20,    /* nghttp2's own, per connection */
    H2_OUTPUT_HIGH_BYTES = 512 << 10, /* queued answers past which a full socket is not read */
    H2_OUTPUT_MAX_BYTES = 64 << 20,   /* queued answers past which new calls are refused */
};

/* What a peer's streams and pings may do; milliseconds, 0: no limit. */
struct h2_limits {
    uint64_t ping_min_ms;           /* least time between a client's PINGs while it has calls */
    uint64_t ping_min_idle_ms;      /* and while it has none */
    uint64_t body_grace_ms;         /* a request's body may pause for so long ... */
    uint64_t body_bytes_per_second; /* ... and must come as fast as this */
    uint64_t output_stalled_ms;     /* an answer nobody takes */
};

/* What the owner does for a session. */
struct h2_owner_ops {
    void (*on_output)(void *owner);     /* there may be something for h2_take_output */
    void (*on_calls_gone)(void *owner); /* the last open call was released */
};

struct h2_setup {
    const struct h2_owner_ops *ops;
    void *owner;
    struct dispatch *dispatch;
    const struct auth_peer *peer;   /* outlives the session and its calls */
    const struct h2_limits *limits; /* the same */
    bool trusted;                   /* the unix socket: more nuisance is borne */
    uint64_t now_ms;
};

/* Embedded by its owner; fields are the module's own. */
struct h2 {
    struct h2_setup setup;
    nghttp2_session *session; /* NULL before h2_open and after h2_close */
    struct h2_mem mem;
    struct h2_scan scan;
    struct h2_budget budget;
    uint64_t now_ms;
    struct h2_stream *streams; /* all that still have a stream id */
    struct h2_stream *ready;   /* with something recorded that call_run must act on, in order */
    struct h2_stream **ready_end; /* where the next one is linked */
    size_t open_calls;            /* not yet released; may outlive their streams */
    size_t output_bytes;          /* answers queued in calls */
    const uint8_t *pending;       /* bytes handed out by nghttp2 and not yet taken */
    size_t pending_bytes;
    uint8_t farewell[17];           /* a GOAWAY, when nghttp2 can make none any more */
    uint64_t header_block_since_ms; /* a header block began and has not ended; 0: none */
    uint32_t nuisances;             /* counted so far, of all kinds */
    uint32_t calls_begun;           /* the same */
    size_t block_bytes;             /* of the present header block, as the limit counts */
    uint64_t pinged_ms;             /* the client's last PING; valid while `pinged` */
    unsigned ping_strikes;          /* PINGs that came too early */
    int32_t last_stream_id;         /* told by the second GOAWAY; 0: none yet */
    uint32_t error_code;            /* of a session that is being ended, for its last GOAWAY */
    const char *dismissal;          /* why the peer is sent away; NULL: it is not */
    bool pinged;                    /* and nothing was sent to it since */
    bool preface_done;              /* the client's SETTINGS have come */
    bool dismissed;                 /* the GOAWAY that sends the peer away is queued */
    bool broken;                    /* nghttp2 has given up: only we can say the last word */
    bool farewell_sent;             /* the last GOAWAY is handed out */
};

/* Starts a server session and queues its SETTINGS. 0 or UV_ENOMEM. */
int h2_open(struct h2 *h2, const struct h2_setup *setup);

/* Ends it at once: all calls are closed; those at work in the store live on and on_calls_gone
 * tells when the last has gone. Harmless when closed already. */
void h2_close(struct h2 *h2);

/* Takes in bytes from the peer and acts on them. What breaks the session ends it: h2_is_ending is
 * true from then on, and the GOAWAY that says why is there to be taken. */
void h2_receive(struct h2 *h2, const uint8_t *bytes, size_t size, uint64_t now_ms);

/* Copies up to `size` bytes to be sent; 0: nothing now; negative: UV_EPROTO. */
ssize_t h2_take_output(struct h2 *h2, uint8_t *out_bytes, size_t size);

/* True when no more requests should be read until some output has gone. */
bool h2_is_congested(const struct h2 *h2);

/* True when the session has nothing more to receive or to send. */
bool h2_is_over(const struct h2 *h2);

/* True when the peer is being sent away or has broken the session: what it sends is of no
 * interest any more. */
bool h2_is_ending(const struct h2 *h2);

/* Asks whether the peer is still there. Nothing happens once the session is ending, as with the
 * next two. */
void h2_ping(struct h2 *h2);

/* First GOAWAY: "no new calls soon", refuses none yet. */
void h2_announce_shutdown(struct h2 *h2);

/* Second GOAWAY: calls begun so far are finished, later ones refused. `why` is its debug data. */
void h2_shutdown(struct h2 *h2, const char *why);

#endif
