/* How much nuisance a peer may make: frames that cost us work and bring it nothing.
 *
 * A token bucket. Pings, resets, empty frames and the like take from it, time and good answers
 * give back; whoever empties it is sent away with ENHANCE_YOUR_CALM. nghttp2 1.52 counts only
 * the resets it receives (CVE-2023-44487), not those a peer makes us send (CVE-2025-8671).
 */
#ifndef NET_H2_BUDGET_H
#define NET_H2_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum h2_nuisance {
    H2_NUISANCE_CHEAP, /* WINDOW_UPDATE, RST_STREAM, SETTINGS, an empty DATA frame */
    H2_NUISANCE_PING,
    H2_NUISANCE_RESET,   /* a stream we had to reset because the peer broke a rule */
    H2_NUISANCE_INVALID, /* a frame that broke a rule */
};

struct h2_budget {
    int64_t tokens;
    uint64_t filled_ms; /* when time was last credited */
};

void h2_budget_init(struct h2_budget *budget, uint64_t now_ms);

/* Takes the cost of one nuisance; false when the budget is used up. */
bool h2_budget_take(struct h2_budget *budget, enum h2_nuisance nuisance, uint64_t now_ms);

/* A call was answered: gives some back. */
void h2_budget_credit(struct h2_budget *budget);

#endif
