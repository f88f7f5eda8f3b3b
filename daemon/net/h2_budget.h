/* How much nuisance a peer may make: frames that cost us work and bring it nothing.
 *
 * A token bucket for each kind. Each nuisance takes a token; time, answers and DATA we have sent
 * give some back, so that a client that works is never bothered. Whoever empties a bucket is sent
 * away with ENHANCE_YOUR_CALM. nghttp2 1.52 by itself counts only the resets it receives
 * (CVE-2023-44487), not after a GOAWAY, and not those a peer makes us send (CVE-2025-8671).
 */
#ifndef NET_H2_BUDGET_H
#define NET_H2_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum h2_nuisance {
    H2_PING,
    H2_SETTINGS,
    H2_RESET,        /* RST_STREAM from the peer, or a stream begun after we said no more */
    H2_RESET_CAUSED, /* a stream we had to reset because the peer broke a rule */
    H2_INVALID,      /* a frame that broke a rule */
    H2_EMPTY_DATA,   /* DATA without bytes and without an end */
    H2_WINDOW_UPDATE,
    H2_PRIORITY,
    H2_CONTINUATION,
    H2_UNKNOWN_FRAME,
    H2_HEADER_BOMB,  /* a header list over the limit */
    H2_GZIP_BOMB,    /* a message that inflates to more than the limit */
    H2_REFUSED_CALL, /* a call without good credentials, when its address had too many of them */
    H2_NUISANCES
};

struct h2_bucket {
    int32_t tokens;       /* thousandths */
    uint32_t filled_ms;   /* when time was last credited, since birth */
    uint32_t answers;     /* of the budget, when they were last credited */
    uint32_t data_frames; /* the same */
};

struct h2_budget {
    struct h2_bucket buckets[H2_NUISANCES];
    uint64_t born_ms;
    uint32_t answers;
    uint32_t data_frames;
    int32_t factor; /* what the table allows is multiplied by this */
};

/* `trusted`: a peer on this machine, which may do ten times as much. */
void h2_budget_init(struct h2_budget *budget, bool trusted, uint64_t now_ms);

/* Takes the cost of one nuisance; false when the bucket is empty. */
bool h2_budget_take(struct h2_budget *budget, enum h2_nuisance nuisance, uint64_t now_ms);

/* A call was answered, a DATA frame was sent: each gives some back. */
void h2_budget_credit_answer(struct h2_budget *budget);
void h2_budget_credit_data(struct h2_budget *budget);

/* What a kind is called in GOAWAY's debug data and in the metrics; static. */
const char *h2_nuisance_name(enum h2_nuisance nuisance);

/* Counts a connection that was sent away for it. */
void h2_nuisance_count(enum h2_nuisance nuisance);

#endif
