/* Risk scores: likelihood x impact under a matrix, and where risks stand in it (MODEL.md
 * section 1). The matrix is data with a version; scores of one are not comparable with those of
 * another. A risk without likelihood or impact is unscored, never low. Pure functions.
 */
#ifndef DOMAIN_RISK_H
#define DOMAIN_RISK_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define RISK_MAX_LEVELS 10
#define RISK_MAX_BANDS 10

/* Levels run from 1. Cell (likelihood l, impact i) is bands[(l - 1) * impacts + (i - 1)], an
 * index into `band_names`, the mildest first. */
struct risk_matrix {
    const char *version;
    int likelihoods;
    int impacts;
    const int *bands; /* likelihoods x impacts */
    const char *const *band_names;
    int band_count;
};

/* Levels; 0 where absent. */
struct risk {
    int likelihood;
    int impact;
};

enum risk_state {
    RISK_SCORED,
    RISK_UNSCORED,   /* likelihood or impact is absent */
    RISK_OFF_MATRIX, /* a level this matrix does not have */
};

struct risk_score {
    enum risk_state state;
    int score; /* SCORED only: likelihood x impact */
    int band;  /* SCORED only: index into band_names; else -1 */
};

/* Where each of many risks stands. */
struct risk_placement {
    const size_t *cells; /* how many in each cell, in the order of `bands` */
    const size_t *bands; /* how many in each band */
    size_t unscored;
    size_t off_matrix;
    const size_t *members; /* indices of the risks: cell by cell, then unscored, then off;
                            * within one bucket in the order given */
    size_t scored;
};

/* NULL when the matrix is sound, else what is wrong with it; static. */
const char *risk_matrix_fault(const struct risk_matrix *matrix);

/* A matrix whose bands begin at scores: band b + 1 from `starts[b]` on (rising, one fewer than
 * bands). Cells are in `arena`. */
struct risk_matrix risk_matrix_by_score(const struct risk_matrix *shape, const int *starts,
                                        struct arena *arena);

/* The score of one risk under a sound matrix. */
struct risk_score risk_score(const struct risk_matrix *matrix, struct risk risk);

/* Sorts risks into the cells of a sound matrix; arrays are in `arena`. */
struct risk_placement risk_place(const struct risk_matrix *matrix, const struct risk *risks,
                                 size_t count, struct arena *arena);

#endif
