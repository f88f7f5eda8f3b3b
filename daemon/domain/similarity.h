/* What a careful reader notices in titles and texts before a plan is published (MODEL.md
 * section 12): placeholders nobody replaced, the same thing entered twice, a title that names
 * other years than its period. Deterministic; pure functions; memory only from the arena; any
 * bytes are safe. All of it warns, nothing is refused by it.
 */
#ifndef DOMAIN_SIMILARITY_H
#define DOMAIN_SIMILARITY_H

#include "domain/period.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* ---- placeholders ---- */

enum similarity_placeholder {
    SIMILARITY_NO_PLACEHOLDER = 0,
    SIMILARITY_TO_COME,     /* "TBC", "to be agreed", "TBD" */
    SIMILARITY_INSTRUCTION, /* "[ADD LINK]", "insert name here", "<insert date>" */
    SIMILARITY_FILLER,      /* "xx", "£xxx", "dd/mm/yyyy", "???", "lorem ipsum" */
};

/* The first placeholder in `text`; `out_start` and `out_size` say where it stands, in bytes. */
enum similarity_placeholder similarity_find_placeholder(const char *text, size_t *out_start,
                                                        size_t *out_size);

/* ---- near-duplicates ---- */

#define SIMILARITY_ALIKE 800 /* per mille from which two titles are near-duplicates */

/* A title made ready for comparison: its words folded (lower case, no marks, no plural s),
 * without "the", "of" and their like, sorted, each once. In the arena it was read into. */
struct similarity_title {
    const char *const *words;
    size_t word_count;
    const char *const *numbers; /* the words with digits, "2021", "21a" */
    size_t number_count;
};

struct similarity_title similarity_read_title(const char *text, struct arena *arena);

/* Twice the words they share of all words of both, per mille, rounded down: 1000 is the same
 * words. 0 when either has no words, or the numbers differ: "Review 2021" and "Review 2022" are
 * two things however alike they are written. */
int similarity_compare(const struct similarity_title *a, const struct similarity_title *b);

struct similarity_pair {
    size_t first; /* first < second */
    size_t second;
    int per_mille;
};

/* All pairs of at least `per_mille`, by first and second, at most `limit` of them. Returns the
 * array, in `arena`. Time grows with the square of `count`. */
struct similarity_pair *similarity_find_pairs(const char *const *titles, size_t count,
                                              int per_mille, size_t limit, struct arena *arena,
                                              size_t *out_count);

/* ---- titles against periods ---- */

enum similarity_years {
    SIMILARITY_NO_YEARS = 0, /* the title names none */
    SIMILARITY_AGREE,
    SIMILARITY_CONTRADICT,
};

/* Whether the years a title names ("Council Plan 2017 - 2022", "2018-24", "2021/22") are those
 * the period begins and ends in; one year alone must lie in the period. The first years named
 * count; `out_first` and `out_last` (equal for a single year) are set unless NO_YEARS. */
enum similarity_years similarity_compare_years(const char *title, const struct period *period,
                                               int *out_first, int *out_last);

/* "INSTRUCTION", "" for none; "CONTRADICT". Static. */
const char *similarity_placeholder_name(enum similarity_placeholder placeholder);
const char *similarity_years_name(enum similarity_years years);

#endif
