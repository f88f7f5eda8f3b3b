/* The clocks of a connection: how long a client may keep us waiting, how long it may be idle, how
 * old its connection may become, and whether it is still there. Looked at once a second: a timer
 * per limit would be moved with every byte. Loop thread only. */
#ifndef NET_CONN_WATCHDOG_H
#define NET_CONN_WATCHDOG_H

#include "net/h2.h"
#include "net/transport.h"

#include <stdbool.h>
#include <stdint.h>

/* Time limits in milliseconds; 0: none. */
struct conn_limits {
    uint64_t preface_ms;           /* until the client's SETTINGS are here */
    uint64_t header_block_ms;      /* from the first to the last byte of a header block */
    uint64_t write_stalled_ms;     /* a write under way makes no progress */
    uint64_t idle_ms;              /* without an open call: GOAWAY, then the end */
    uint64_t age_ms;               /* give or take a tenth: GOAWAY, then the end */
    uint64_t age_grace_ms;         /* for the calls that are open then */
    uint64_t keepalive_ms;         /* nothing heard: we ping */
    uint64_t keepalive_timeout_ms; /* and give up when nothing is heard for so long */
    struct h2_limits h2;
};

/* Limits as a production server has them (docs/limits.md). */
struct conn_limits conn_default_limits(void);

/* Embedded in the connection; fields are the module's own. */
struct conn_watchdog {
    uint64_t opened_ms;
    uint64_t idle_since_ms; /* when the last call ended */
    uint64_t heard_ms;      /* when bytes came last */
    uint64_t pinged_ms;     /* our PING is under way since; 0: none */
    uint64_t noticed_ms;    /* when the client was told to go; 0: it was not */
    uint64_t shut_ms;       /* when it was told again, and new calls are refused; 0: not yet */
    uint64_t ending_ms;     /* when the session was found at its end; 0: not yet */
    uint64_t age_limit_ms;  /* this connection's, spread so that not all end together */
};

void conn_watchdog_init(struct conn_watchdog *dog, const struct conn_limits *limits,
                        uint64_t now_ms);

/* Bytes came; the last open call has gone. */
void conn_watchdog_heard(struct conn_watchdog *dog, uint64_t now_ms);
void conn_watchdog_calls_gone(struct conn_watchdog *dog, uint64_t now_ms);

/* Acts on what is overdue. False when the connection is to be closed at once. */
bool conn_watchdog_check(struct conn_watchdog *dog, const struct conn_limits *limits,
                         struct h2 *h2, const struct transport *transport, uint64_t now_ms);

#endif
