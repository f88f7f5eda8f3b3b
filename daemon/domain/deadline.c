#include "domain/deadline.h"

#include "common/arena.h"
#include "domain/date.h"
#include "domain/deadline_cell.h"
#include "domain/period.h"
#include "domain/text.h"

#include <string.h>

#define MAX_TEXT 4096

static void apply_plan(struct deadline_piece *piece, const struct deadline_context *context)
{
    struct period year;
    if (piece->kind == DEADLINE_ONGOING && piece->earliest == DATE_NO_DAY) {
        piece->earliest = context->plan_start;
        piece->latest = context->plan_end;
    }
    if (piece->kind == DEADLINE_RECURRING && piece->latest == DATE_NO_DAY &&
        context->plan_start != DATE_NO_DAY &&
        period_of_day(PERIOD_YEAR, context->plan_start, &year)) {
        piece->earliest = context->plan_start;
        piece->latest = year.end_day;
    }
}

static struct deadline *build_all(const struct deadline_cell *cell, const char *verbatim,
                                  struct arena *arena, size_t *out_count)
{
    struct deadline *deadlines = arena_zalloc(arena, (cell->count + 1) * sizeof *deadlines);
    size_t count = 0;
    for (; count < cell->count; count++)
        deadlines[count] = deadline_label_build(cell, count, arena);
    if (deadline_label_build_rest(cell, arena, &deadlines[count])) count++;
    for (size_t i = 0; i < count; i++) {
        deadlines[i].verbatim = verbatim;
        if (deadlines[i].part == NULL) deadlines[i].part = "";
    }
    *out_count = count;
    return deadlines;
}

/* A cell without any time expression. */
static struct deadline *build_single(const struct deadline_cell *cell, const char *verbatim,
                                     struct arena *arena, size_t *out_count)
{
    static const char *const empty[] = {"", "-", "--", "n/a", "none", "not applicable"};
    struct deadline *deadline = arena_zalloc(arena, sizeof *deadline);
    bool none = text_is_one_of(cell->lower, strlen(cell->lower), empty, 6);
    *deadline = (struct deadline){
        .kind = none ? DEADLINE_NONE : DEADLINE_INVALID,
        .earliest = DATE_NO_DAY,
        .latest = DATE_NO_DAY,
        .part = cell->clean,
        .verbatim = verbatim,
        .reason = none ? NULL : deadline_no_date,
    };
    *out_count = 1;
    return deadline;
}

struct deadline *deadline_parse(const char *text, const struct deadline_context *context,
                                struct arena *arena, size_t *out_count)
{
    size_t size = strlen(text);
    char *clean = arena_alloc(arena, size + 1);
    struct text_origin *origins = arena_alloc(arena, (size + 1) * sizeof *origins);
    (void)text_clean_mapped(text, size + 1, clean, origins);
    char *lower = arena_strdup(arena, clean);
    const char *verbatim = arena_strdup(arena, text);
    text_lower(lower);
    struct deadline_cell cell = {
        .text = verbatim, .clean = clean, .origins = origins, .lower = lower};
    if (size <= MAX_TEXT) deadline_scan_pieces(&cell);
    deadline_plan_resolve(&cell, context);
    deadline_join_pieces(&cell, context);
    deadline_lead_drop_bare(&cell);
    if (cell.count == 0) return build_single(&cell, verbatim, arena, out_count);
    for (size_t i = 0; i < cell.count; i++) {
        deadline_lead_apply(&cell, i, context);
        apply_plan(&cell.pieces[i], context);
    }
    return build_all(&cell, verbatim, arena, out_count);
}

/* ---- asking ---- */

static bool is_scheduled(const struct deadline *deadline)
{
    return deadline->kind != DEADLINE_NONE && deadline->kind != DEADLINE_TBC &&
           deadline->kind != DEADLINE_INVALID;
}

bool deadline_is_scheduled(const struct deadline *deadlines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_scheduled(&deadlines[i])) return true;
    return false;
}

bool deadline_is_overdue(const struct deadline *deadlines, size_t count, bool complete,
                         int32_t today)
{
    for (size_t i = 0; i < count && !complete; i++) {
        const struct deadline *deadline = &deadlines[i];
        if (deadline->latest != DATE_NO_DAY && deadline->latest < today) return true;
    }
    return false;
}

static const int recurrence_months[] = {
    [DEADLINE_ONCE] = 0,         [DEADLINE_WEEKLY] = 0,        [DEADLINE_MONTHLY] = 1,
    [DEADLINE_QUARTERLY] = 3,    [DEADLINE_HALF_YEARLY] = 6,   [DEADLINE_YEARLY] = 12,
    [DEADLINE_TWO_YEARLY] = 24,  [DEADLINE_THREE_YEARLY] = 36, [DEADLINE_FOUR_YEARLY] = 48,
    [DEADLINE_FIVE_YEARLY] = 60,
};

int32_t deadline_next_due(const struct deadline *deadline, int32_t after)
{
    int32_t first = deadline->latest;
    if (first == DATE_NO_DAY || first > after) return first;
    if (deadline->recurrence == DEADLINE_WEEKLY)
        return (int32_t)(first + ((int64_t)after - first) / 7 * 7 + 7);
    int step = recurrence_months[deadline->recurrence];
    if (step == 0) return DATE_NO_DAY;
    struct date from = date_to_civil(first), to = date_to_civil(after);
    int months = (to.year - from.year) * 12 + to.month - from.month;
    int32_t due = date_add_months(first, months / step * step);
    return due > after ? due : date_add_months(first, (months / step + 1) * step);
}

const char *deadline_kind_name(enum deadline_kind kind)
{
    static const char *const names[] = {
        "NONE",    "EXACT",  "MONTH",     "YEAR",
        "SEASON",  "WINDOW", "RECURRING", "EXACT_THEN_RECURRING",
        "ONGOING", "TBC",    "INVALID"};
    return names[kind];
}

const char *deadline_recurrence_name(enum deadline_recurrence recurrence)
{
    static const char *const names[] = {
        "ONCE",   "WEEKLY",     "MONTHLY",      "QUARTERLY",   "HALF_YEARLY",
        "YEARLY", "TWO_YEARLY", "THREE_YEARLY", "FOUR_YEARLY", "FIVE_YEARLY"};
    return names[recurrence];
}
