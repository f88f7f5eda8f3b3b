/* A run of the load generator: closed loops over connections, each with its streams, on one thread.
 * A lane sends its next request when the last one was answered.
 */
#ifndef BENCH_LOAD_LOAD_H
#define BENCH_LOAD_LOAD_H

#include "address.h"
#include "common/buf.h"
#include "pipe.h"
#include "work.h"

enum { CODES = 17 };

struct load {
    /* as asked for */
    const struct work *work;
    struct address address;
    unsigned connections, streams;
    double seconds, warmup_seconds;
    uint64_t requests;         /* stop after so many; 0 for by time */
    const char *authorization; /* value of that header, or NULL */
    struct scale scale;
    /* as it goes */
    uv_loop_t *loop;
    unsigned connections_open;
    uint64_t started;          /* requests begun */
    uint64_t begin_ns, end_ns; /* of what is measured */
    bool is_stopping;
    /* what came of it, of requests answered between begin and end */
    uint64_t codes[CODES];  /* answers by grpc-status */
    uint64_t wrong;         /* status 0, but not the answer that was asked for */
    uint64_t broken;        /* streams that ended without a status */
    uint32_t *latencies_us; /* of good answers */
    size_t latency_count, latency_capacity;
};

/* Opens all connections and lets their lanes go; the loop then runs until all is over. False, with
 * a message on stderr, when the server cannot be reached. */
bool load_start(struct load *load);

/* Counts one answer. `code` is its grpc-status, -1 when none came. */
void load_count(struct load *load, int code, bool as_asked, uint64_t sent_ns);

/* False when no further request is to be begun. */
bool load_goes_on(struct load *load);

/* Prints one JSON object a line. True when every answer was good. */
bool load_report(struct load *load);

#endif
