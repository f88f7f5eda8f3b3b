/* A deadline cell while it is read: the steps behind deadline_parse, for
 * daemon/domain/deadline* alone. In order: deadline_scan_pieces finds the time expressions,
 * deadline_plan_resolve gives those their days that only the plan can, deadline_join_pieces joins what belongs together, deadline_lead_* looks at the words before
 * each, deadline_label_* makes the deadlines with the words around them.
 */
#ifndef DOMAIN_DEADLINE_CELL_H
#define DOMAIN_DEADLINE_CELL_H

#include "domain/date.h"
#include "domain/deadline.h"
#include "domain/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEADLINE_MAX_PIECES 32

/* One time expression found in the cell. Offsets count bytes of the cleaned text. */
struct deadline_piece {
    enum deadline_kind kind;
    enum deadline_recurrence recurrence;
    int32_t earliest;
    int32_t latest;
    size_t start;
    size_t end;
    struct date yearless; /* year 0: month (and day, or 0) wait for a year; month 0: not so */
    int season;           /* 1..4 when the expression is a season without a year */
    struct date guess;    /* month 0, or what "Mar 24" may be: a month of 2024, or a day */
    int plan_month;       /* "Year 2" begins so many months after the plan */
    int plan_months;      /* and is so long; 0: not so */
    const char *reason;
};

/* The cell being read. */
struct deadline_cell {
    const char *text;                  /* as written */
    const char *clean;                 /* the same, cleaned */
    const struct text_origin *origins; /* of the bytes of `clean` in `text` */
    const char *lower;                 /* `clean` in lower case, same offsets */
    struct deadline_piece pieces[DEADLINE_MAX_PIECES];
    size_t count;
};

/* Reasons said in several places. */
extern const char *const deadline_no_date;
extern const char *const deadline_bad_date;

/* A piece without days; one that is INVALID. */
struct deadline_piece deadline_piece_empty(enum deadline_kind kind);
struct deadline_piece deadline_piece_invalid(const char *reason);

/* Makes it the days of a month; of a season (1 is spring: March to May). */
void deadline_piece_set_month(struct deadline_piece *piece, int year, int month);
void deadline_piece_set_season(struct deadline_piece *piece, int season, int year);

/* Gives a yearless piece a year; INVALID when there is no such day in it. */
void deadline_piece_give_year(struct deadline_piece *piece, int year);

/* Has days and is no mere rhythm; waits for a year. */
bool deadline_piece_is_dated(const struct deadline_piece *piece);
bool deadline_piece_is_yearless(const struct deadline_piece *piece);

void deadline_cell_remove(struct deadline_cell *cell, size_t index);

/* Fills `pieces`; beyond DEADLINE_MAX_PIECES the last is INVALID. */
void deadline_scan_pieces(struct deadline_cell *cell);

/* "year 2", "years 1-2", "year 2 q3" at `at` of a cell in lower case; 0 when it is none. */
size_t deadline_plan_scan_year(const char *at, struct deadline_piece *out_piece);

/* Sets `guess` of a malformed date when it is a month and two digits. */
void deadline_plan_guess_year(const char *at, size_t size, struct deadline_piece *piece);

/* Gives both their days by the plan; INVALID where it has none such. */
void deadline_plan_resolve(struct deadline_cell *cell, const struct deadline_context *context);

/* Ranges, dates with rhythms, months that borrow their year. */
void deadline_join_pieces(struct deadline_cell *cell, const struct deadline_context *context);

/* Where the words that lead to a piece begin; whether those before `start` end in `word`;
 * words that say nothing of their own. */
size_t deadline_lead_start(const struct deadline_cell *cell, size_t index);
bool deadline_lead_ends_with(const struct deadline_cell *cell, size_t from, size_t start,
                             const char *word);
bool deadline_lead_is_filler(const char *word, size_t size);

/* "end of", "from", "after" and strange words before a piece. */
void deadline_lead_apply(struct deadline_cell *cell, size_t index,
                         const struct deadline_context *context);

/* Removes months and seasons without a year: such a word ("may") is no date. */
void deadline_lead_drop_bare(struct deadline_cell *cell);

/* The deadline of one piece with its label, `verbatim` not set. */
struct deadline deadline_label_build(const struct deadline_cell *cell, size_t index,
                                     struct arena *arena);

/* Words with a label of their own behind the last date: "External - meet deadlines". */
bool deadline_label_build_rest(const struct deadline_cell *cell, struct arena *arena,
                               struct deadline *out_deadline);

#endif
