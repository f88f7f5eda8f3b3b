/* What the load generator can ask for: one row a kind of work, each making request after request that
 * differ from one another. No thread but the loop's.
 */
#ifndef BENCH_LOAD_WORK_H
#define BENCH_LOAD_WORK_H

#include "common/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

/* What a run is about; the same for all its lanes. */
struct scale {
    uint64_t lanes;      /* requests in flight */
    uint64_t indicators; /* in the register: indicators/bench-0 and on */
    uint64_t first;  /* number of the first new figure: runs on one register do not overlap */
    const char *run; /* makes request ids unique */
};

/* One place for a request in flight, and what it remembers from one to the next. */
struct lane {
    uint64_t number; /* 0 .. lanes - 1 */
    uint64_t step;   /* requests made before this one */
    uint64_t random; /* state of random_below */
    int64_t base_seq;
};

/* One request; all of it lives in the arena or is static. */
struct ask {
    const char *path;
    const ProtobufCMessage *message;
    const char *service; /* provost-service, or NULL */
};

struct work {
    const char *name;
    const char *does; /* for --help */
    void (*make)(struct lane *lane, const struct scale *scale, struct arena *arena,
                 struct ask *out_ask);
    /* Looks at a good answer's message, or NULL; false when it is not what was asked for. */
    bool (*take)(struct lane *lane, const uint8_t *bytes, size_t size, struct arena *arena);
};

extern const struct work works_write[], works_read[], works_setup[], works_etcd[];

/* Its row, or NULL. */
const struct work *work_find(const char *name);

/* Prints name and meaning of every row. */
void work_print_all(void);

/* A number from 0 to below - 1; xorshift64*, good enough to spread load. */
uint64_t random_below(struct lane *lane, uint64_t below);

/* Number of this lane's present request among those of all lanes. */
uint64_t lane_count(const struct lane *lane, const struct scale *scale);

/* ---- the register that is measured ---- */

enum {
    HISTORY_FIRST_YEAR = 2011, /* of every indicator ... */
    HISTORY_MONTHS = 120,      /* ... so many; the other months are for new figures */
    FREE_MONTHS = 290 * 12, /* 1900 to 2010 and 2021 to 2199: periods can be written of these */
    BATCH = 100,
    DEPARTMENTS = 16,
};

extern const char path_apply[], path_submit[], path_get[], path_series[], path_scorecard[],
    path_progress[], path_due[], path_changes[];

/* "indicators/bench-N". */
char *indicator_name(struct arena *arena, uint64_t number);

/* Month `number` of the history, or of those that are free, as YYYY-MM. */
char *history_month(struct arena *arena, uint64_t number);
char *free_month(struct arena *arena, uint64_t number);

/* Who submits for an indicator: one of sixteen departments. */
const char *department(uint64_t indicator);

#endif
