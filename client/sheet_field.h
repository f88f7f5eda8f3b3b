/* What a table can be and what its columns can mean: two lists of names, shared by the built-in
 * synonyms, mapping files and the report. */
#ifndef CLIENT_SHEET_FIELD_H
#define CLIENT_SHEET_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* As bits, for a synonym may hold for several. */
enum sheet_kind {
    SHEET_UNKNOWN = 0,
    SHEET_INDICATORS = 1, /* also measures with benchmark and trajectory */
    SHEET_ACTIONS = 2,
    SHEET_STRATEGIES = 4,
    SHEET_RISKS = 8,
    SHEET_MONEY = 16,
    SHEET_RESPONSIBILITY = 32, /* matrix: who is responsible for what */
    SHEET_IMPACT = 64,         /* matrix: what acts how on what */
    SHEET_ANY = 127,
};

enum sheet_field {
    SHEET_NONE = 0,
    SHEET_TITLE,
    SHEET_CODE,
    SHEET_PRIORITY,
    SHEET_FREQUENCY,
    SHEET_POSITION,
    SHEET_TRAJECTORY,
    SHEET_LEAD,
    SHEET_CONTRIBUTOR,
    SHEET_DEADLINE,
    SHEET_FIRST_DEADLINE, /* before it was revised */
    SHEET_OUTCOME,
    SHEET_RESOURCED,
    SHEET_STATUS,
    SHEET_PROGRESS,
    SHEET_COMPLETED,
    SHEET_NOTE,
    SHEET_SUCCESS,
    SHEET_BENEFIT,
    SHEET_DEFINITION,
    SHEET_SOURCE,
    SHEET_UNIT,
    SHEET_POLARITY,
    SHEET_CLASS,
    SHEET_TIER,
    SHEET_PERIOD,          /* of the figures in its row */
    SHEET_BASELINE_PERIOD, /* of the baseline in its row */
    SHEET_VALUE,
    SHEET_TARGET,
    SHEET_BASELINE_TARGET,
    SHEET_INTERIM_TARGET,
    SHEET_FINAL_TARGET,
    SHEET_FORECAST_TARGET,
    SHEET_COMPARATOR,
    SHEET_AMOUNT,
    SHEET_TOTAL,
    SHEET_END,
    SHEET_REVIEW,
    SHEET_SUMMARY,
    SHEET_CAUSE,
    SHEET_CONSEQUENCE,
    SHEET_CATEGORY,
    SHEET_LIKELIHOOD,
    SHEET_IMPACT_SCORE,
    SHEET_ORIGINAL_LIKELIHOOD,
    SHEET_ORIGINAL_IMPACT,
    SHEET_TARGET_LIKELIHOOD,
    SHEET_TARGET_IMPACT,
    SHEET_ORIGINAL_SCORE, /* likelihood and impact in one: "4 x 5 = 20" */
    SHEET_SCORE,
    SHEET_TARGET_SCORE,
    SHEET_CONTROL,
    SHEET_MITIGATION,
    SHEET_REVIEW_DATE,
    SHEET_TAG,
    SHEET_MARK,    /* a column of a matrix */
    SHEET_DERIVED, /* what the register computes itself: RAG, trend, totals */
    SHEET_IGNORE,
    SHEET_FIELDS, /* how many there are */
};

/* "indicators"; "unknown". Static. */
const char *sheet_kind_name(enum sheet_kind kind);
/* SHEET_UNKNOWN for no name; "any" is SHEET_ANY; the singular will do. */
enum sheet_kind sheet_kind_from_name(const char *name);

/* "baseline-target"; "" for none. Static. */
const char *sheet_field_name(enum sheet_field field);
/* SHEET_NONE for no name. */
enum sheet_field sheet_field_from_name(const char *name);

/* What is kept under the field, in a line, for help and report. Static. */
const char *sheet_field_help(enum sheet_field field);

/* It groups rows: an empty cell means "as above". */
bool sheet_field_groups(enum sheet_field field);

/* It is a place in a risk matrix, or part of one. */
bool sheet_field_is_score(enum sheet_field field);

/* It is of a period. */
bool sheet_field_is_figure(enum sheet_field field);

/* One heading as councils word it. */
struct sheet_synonym {
    const char *header;
    unsigned kinds; /* of enum sheet_kind, where it has this meaning */
    enum sheet_field field;
};

/* All that are built in; docs/import.md lists them. */
extern const struct sheet_synonym sheet_synonym_table[];
extern const size_t sheet_synonym_count;

#endif
