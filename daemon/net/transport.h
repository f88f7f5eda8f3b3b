/* A stream of plain bytes to and from one peer: over the socket itself, or over TLS on it. The owner
 * sees plain bytes only.
 *
 * At most one uv_write is under way, so a peer that does not read holds one buffer of ours.
 * A turn of the loop reads one buffer at most from each, so one that sends much does not hold up the
 * others; the buffer is small at first, grows while it is filled, and shrinks for those whose bytes
 * are dear (transport_read_less).
 * Embedded by its owner; loop thread only. No callback comes from inside one of the functions.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct tls_context;
struct tls_session;

enum { TRANSPORT_BUFFER_BYTES = 64 << 10 };

/* What the owner does for a transport. */
struct transport_ops {
    void (*on_bytes)(void *owner, const uint8_t *bytes, size_t size); /* valid inside only */
    void (*on_secured)(
        void *owner); /* TLS: the handshake is done; it may ask who the peer is */
    void (*on_refused)(void *owner, const char *why); /* TLS failed; on_lost follows */
    void (*on_written)(void *owner); /* what transport_write had left behind has gone */
    void (*on_paused)(
        void *owner);             /* its share of this turn is read: set_reading in the next */
    void (*on_lost)(void *owner); /* the peer has closed or the socket failed: close it */
    void (*on_closed)(void *owner); /* after transport_close, last of all: memory may go */
};

struct transport_setup {
    uv_loop_t *loop;
    const struct transport_ops *ops;
    void *owner;
    uint8_t *read_buffer;    /* TRANSPORT_BUFFER_BYTES, shared: used inside one callback only */
    uint8_t *plain_buffer;   /* the same, for what TLS has decrypted */
    struct tls_context *tls; /* NULL: plain */
};

/* Fields are the module's own. */
struct transport {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct transport_setup setup;
    struct tls_session *tls; /* NULL: plain */
    uint64_t write_since_ms; /* valid while `writing` */
    uv_shutdown_t shutdown;
    bool finished;
    size_t discarded_bytes; /* since then */
    size_t read_bytes;      /* that a turn reads at most */
    bool reading;
    bool writing;
    bool closing;
    bool handle_closed;
};

/* Prepares a transport for what `listener` has to accept. 0 or a libuv error; nothing is to be
 * closed then. */
int transport_init(struct transport *transport, const struct transport_setup *setup,
                   const uv_stream_t *listener);

/* Accepts from `listener`; *out_fd is the socket, to ask who the peer is. 0 or a libuv error,
 * and then it must be closed like any other. Reading is off. */
int transport_accept(struct transport *transport, uv_stream_t *listener, uv_os_fd_t *out_fd);

/* Reads from now on, or no longer. 0 or a libuv error. */
int transport_set_reading(struct transport *transport, bool reading);

/* What is read costs more than its bytes: the others come first. Inside on_bytes only. */
void transport_read_less(struct transport *transport);

/* Sends `size` bytes: what the socket takes at once, and the rest behind it (on_written tells
 * when). Must not be called while it is writing. 0 or a libuv error. */
int transport_write(struct transport *transport, const uint8_t *bytes, size_t size);

/* The same, but leaves everything to the loop: nothing is written inside. */
int transport_write_later(struct transport *transport, const uint8_t *bytes, size_t size);

/* The session, NULL when plain. */
struct tls_session *transport_get_tls(const struct transport *transport);

/* True until on_written; with TLS also until the handshake is done. */
bool transport_is_writing(const struct transport *transport);

/* For how long the present write has been under way, 0 when none is. */
uint64_t transport_write_age_ms(const struct transport *transport);

/* Nothing more will be written: tells the peer so. Some of what it still sends is read and
 * thrown away, so that closing later does not take the last words back (a close with bytes unread
 * resets the connection); whoever sends on and on is not read any more. */
void transport_finish(struct transport *transport);

/* Closes at once; on_closed follows, later. Once only. */
void transport_close(struct transport *transport);

#endif
