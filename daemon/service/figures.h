/* An indicator's figures, also those made from others (MODEL.md section 8): a year from its
 * quarters, the year to date, and what a year's target asks for part of the way. The rows that
 * scorecards, series and progress show are made here, so that they all say the same.
 *
 * Readings where section 8 leaves room:
 *   - parts are those of the indicator's frequency; without one the longest sort of period that
 * has a figure inside the whole;
 *   - a figure that was submitted goes before a roll-up;
 *   - with a target profile, a part of the year without a target of its own is judged by the
 * year to date against the profile's target to date; figures that are not rolled up are taken
 * as cumulative.
 */
#ifndef SERVICE_FIGURES_H
#define SERVICE_FIGURES_H

#include "domain/rollup.h"
#include "service/found.h"
#include "service/scorecard_members.h"
#include "service/scorecard_trend.h"

struct made_figure;

/* The figures of one indicator (and breakdown). Set by figures_init. */
struct figures {
    const struct scorecard *card; /* call and moment are used */
    const struct scorecard_member *member;
    const char *breakdown; /* "" for the whole */
    enum rollup_completeness completeness;
    bool is_loaded;          /* all that are stored were read at once */
    const char *known_from;  /* or those with ids from this to that, both included; */
    const char *known_to;    /* NULL: none */
    bool lacks_words;        /* of some of them the numbers alone */
    struct name_map stored;  /* period id to observation, NULL for none: what was read */
    bool has_targets;        /* all that are stored were read at once: */
    struct name_map targets; /* period id to the one that counts */
    struct name_map made;    /* period id to struct made_figure */
    struct found everything; /* when loaded: in the order of ids */
    const struct figure_parts *year_parts; /* those of the year last asked for to date */
    struct period parts_of;                /* that year */
    struct made_figure *current; /* of the period whose row is made, or was last; or NULL */
    struct made_figure *given;   /* for one judgement: in the place of the figure there is */
    const Provost__V1__Target *given_target;
};

/* How a figure came about. */
struct figure {
    const Provost__V1__Observation
        *observation;   /* NULL: nothing was said, nothing can be made */
    const char *rule;   /* "submitted", "roll-up sum of 4/4"; "" for nothing */
    const char *reason; /* why there is none: "INCOMPLETE"; "" when nothing was tried */
    char **inputs;      /* of a formula or measure: names of what it was made from */
    size_t input_count;
    const struct figure_parts *parts;            /* of a roll-up: what it was made from, */
    size_t part_count;                           /* so many of them */
    Provost__V1__ProgressExclusion **exclusions; /* of a measure: what was left out */
    size_t exclusion_count;
};

void figures_init(struct figures *figures, const struct scorecard *card,
                  const struct scorecard_member *member);

/* Reads all figures at once: for a series. */
struct status figures_load(struct figures *figures) MUST_CHECK;

/* Reads in one go what is stored from the month of one day to that of another, years and
 * quarters in between included: cheaper than one by one. `view`: catalog_figures, or
 * catalog_numbers for what is only reckoned with. */
struct status figures_load_days(struct figures *figures, const struct kind_view *view,
                                int32_t first_day, int32_t last_day) MUST_CHECK;

/* Takes the targets of the indicator, all that the register has: for a series. */
void figures_take_targets(struct figures *figures, const struct found *targets);

/* The figure of a period, submitted or rolled up. */
struct status figures_get(struct figures *figures, const struct period *period,
                          struct figure *out_figure) MUST_CHECK;

/* The year to date through the end of a month, quarter or half. */
struct status figures_to_date(struct figures *figures, const struct period *through,
                              struct figure *out_figure) MUST_CHECK;

/* The target of the year that `period` is a part of, by the profile, at the end of the period;
 * NULL when there is no profile, no such target or the period is no part of a year. *out_rule
 * says how it was made. */
struct status figures_target_to_date(struct figures *figures, const struct period *period,
                                     const Provost__V1__Target **out_target,
                                     const char **out_rule) MUST_CHECK;

/* The row of a period. *out_row as scorecard_make_row. */
struct status figures_make_row(struct figures *figures, const struct period *period,
                               Provost__V1__ScorecardRow **out_row) MUST_CHECK;

/* The same for card->period, and of the year's end when `with_forecast` is set. */
struct status figures_row_of(const struct scorecard *card,
                             const struct scorecard_member *member, bool with_forecast,
                             Provost__V1__ScorecardRow **out_row) MUST_CHECK;

/* How another figure or target would be judged in a period; either may be NULL for the one
 * there is. */
struct status figures_judge(struct figures *figures, const struct period *period,
                            const Provost__V1__Observation *figure,
                            const Provost__V1__Target *target,
                            Provost__V1__ScorecardRow **out_row) MUST_CHECK;

/* A figure that is a number. */
bool figure_number(const Provost__V1__Observation *observation, struct decimal *out_number);

/* An observation that was made, not submitted. */
Provost__V1__Observation *figure_make(struct arena *arena, const char *indicator,
                                      const char *period_id, struct decimal value);

/* The financial year a period is part of. False for periods of other sorts. */
bool figures_year_of(const struct period *period, struct period *out_year);

/* Year's end: fills row->forecast (figures_forecast.c). */
struct status figures_add_forecast(struct figures *figures, const struct period *period,
                                   Provost__V1__ScorecardRow *row) MUST_CHECK;

/* Parts of a period by the indicator's frequency (figures_parts.c). */
enum { FIGURES_PARTS_MAX = 12 };
struct figure_parts {
    struct period periods[FIGURES_PARTS_MAX];
    const Provost__V1__Observation *observations[FIGURES_PARTS_MAX];
    struct rollup_child children[FIGURES_PARTS_MAX]; /* the same as numbers */
    size_t count;
};
struct status figures_read_parts(struct figures *figures, const struct period *whole,
                                 struct figure_parts *out_parts) MUST_CHECK;

/* What is stored for a period; NULL for nothing. */
struct status figures_stored(struct figures *figures, const char *period_id,
                             const Provost__V1__Observation **out_observation) MUST_CHECK;

/* The same with its note, however it was read before. */
struct status figures_in_full(struct figures *figures, const char *period_id,
                              const Provost__V1__Observation **out_observation) MUST_CHECK;

/* The sort of period an indicator is submitted for; false when its frequency does not say. */
bool figures_kind_of(Provost__V1__Frequency frequency, enum period_kind *out_kind);

#endif
