/* Which ended calls become lines of the journal: those that failed inside, so many a second, and a
 * sample of all. Loop thread. */
#ifndef RPC_CALL_LOG_H
#define RPC_CALL_LOG_H

#include <stdint.h>

struct call;

enum { CALL_LOG_FAILURES_PER_SECOND = 10 };

/* Zero to begin with. */
struct call_log {
    unsigned every; /* one call out of so many is logged; 0: none */
    unsigned since; /* calls since the last one that was */
    uint64_t second;
    unsigned failures; /* logged in this second */
    unsigned dropped;  /* not logged since the last that was */
};

/* `call` has ended, by the monotonic clock at `now_us`. */
void call_log_ended(struct call_log *log, const struct call *call, uint64_t now_us);

#endif
