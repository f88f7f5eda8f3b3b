/* Figures against those of others, and how documents put it in words (MODEL.md section 10).
 * "Above average" is a position; whether it is better or worse needs the polarity. Pure
 * functions.
 */
#ifndef DOMAIN_BENCHMARK_H
#define DOMAIN_BENCHMARK_H

#include "common/decimal.h"
#include "domain/rag.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define BENCHMARK_DECIMALS                                                                     \
    12 /* of a mean or median, rounded half up, without trailing zeros                         \
        */

/* ---- figures ---- */

struct benchmark_rank {
    size_t rank;     /* 1 is best; equal figures share one */
    size_t of;       /* n, all that have a figure */
    size_t sharing;  /* others with the same rank */
    size_t quartile; /* ceil(4 x rank / n): 1 is best */
};

/* The rank of `values[own]` among all `count` values, its own included. False without polarity
 * MAX or MIN, or when there is no such value. */
bool benchmark_rank(enum rag_polarity polarity, const struct decimal *values, size_t count,
                    size_t own, struct benchmark_rank *out_rank);

/* Of the comparators, own figure not included. False when there are none or a sum is too long.
 * The median of an even number is the mean of the two in the middle. */
bool benchmark_mean(const struct decimal *values, size_t count, struct decimal *out_mean);
bool benchmark_median(const struct decimal *values, size_t count, struct arena *arena,
                      struct decimal *out_median);

enum benchmark_position {
    BENCHMARK_POSITION_UNKNOWN = 0,
    BENCHMARK_ABOVE,
    BENCHMARK_AVERAGE,
    BENCHMARK_BELOW,
};

enum benchmark_judgement {
    BENCHMARK_NOT_JUDGED = 0, /* no position, or no polarity MAX or MIN */
    BENCHMARK_BETTER,
    BENCHMARK_SAME,
    BENCHMARK_WORSE,
};

/* Where `value` stands to `average`: AVERAGE within the tolerance (percent is of |average|),
 * UNKNOWN when the figures are too long. */
enum benchmark_position benchmark_compare(struct decimal value, struct decimal average,
                                          struct rag_tolerance tolerance);

/* What a position means: above average with polarity MIN is WORSE. */
enum benchmark_judgement benchmark_judge(enum benchmark_position position,
                                         enum rag_polarity polarity);

/* ---- words ---- */

/* How a cell answers. */
enum benchmark_answer {
    BENCHMARK_INVALID = 0, /* not understood; kept verbatim by the caller */
    BENCHMARK_STATED,
    BENCHMARK_BLANK, /* empty or a dash */
    BENCHMARK_TBC,
    BENCHMARK_NOT_APPLICABLE,
    BENCHMARK_NOT_AVAILABLE,
};

struct benchmark_text {
    enum benchmark_answer answer;
    enum benchmark_position position; /* STATED only */
    const char *qualifier; /* "except unclassified roads", "new measure", as written; or NULL */
};

/* Reads "<b>Below Average</b> except unclassified roads", "Average", "N/A". The qualifier is in
 * `arena`, without the parentheses or dash around it. */
struct benchmark_text benchmark_parse_position(const char *text, struct arena *arena);

enum benchmark_trajectory {
    BENCHMARK_TRAJECTORY_UNKNOWN = 0,
    BENCHMARK_IMPROVING,
    BENCHMARK_STABLE,
    BENCHMARK_DECLINING,
};

/* A trajectory is a judgement as it stands in the document, not a direction of figures. */
struct benchmark_course {
    enum benchmark_answer answer;
    enum benchmark_trajectory trajectory; /* STATED only */
    const char *qualifier;
};

/* Reads "Improving", "Stable", "Declining", "Up", "Same", arrows, "Not Available - new measure", "N/a - New measure".
 */
struct benchmark_course benchmark_parse_trajectory(const char *text, struct arena *arena);

/* "ABOVE"; "WORSE"; "IMPROVING"; "NOT_AVAILABLE"; "" for unknown and not judged, "INVALID" for
 * INVALID. Static. */
const char *benchmark_position_name(enum benchmark_position position);
const char *benchmark_judgement_name(enum benchmark_judgement judgement);
const char *benchmark_trajectory_name(enum benchmark_trajectory trajectory);
const char *benchmark_answer_name(enum benchmark_answer answer);

#endif
