/* A thread that has had nothing to do for a second gives the pages that its connection keeps back to
 * the system: a register at rest should not hold what a busy one needed. One for each thread. */
#ifndef STORE_REST_H
#define STORE_REST_H

#include <stdbool.h>
#include <stdint.h>

struct db;

struct rest {
    uint64_t worked_ns; /* when it last did, by uv_hrtime; 0: it rests */
};

/* How long to wait for work at most: until it is time to rest, or 0, for any time. */
uint64_t rest_patience(const struct rest *rest);

/* After each turn: notes work, or gives back what `db` keeps when it is long enough ago. */
void rest_turn(struct rest *rest, struct db *db, bool worked);

#endif
