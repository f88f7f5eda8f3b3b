#include "service/understand_deadlines.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "domain/date.h"
#include "service/frequency.h"

#include <string.h>

enum { DEADLINES_MAX = 64 };

static const Provost__V1__DeadlineKind kinds[] = {
    [DEADLINE_NONE] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_NONE,
    [DEADLINE_EXACT] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_EXACT,
    [DEADLINE_MONTH] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_MONTH,
    [DEADLINE_YEAR] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_YEAR,
    [DEADLINE_SEASON] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_SEASON,
    [DEADLINE_WINDOW] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_WINDOW,
    [DEADLINE_RECURRING] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_RECURRING,
    [DEADLINE_EXACT_THEN_RECURRING] =
        PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_EXACT_THEN_RECURRING,
    [DEADLINE_ONGOING] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_ONGOING,
    [DEADLINE_TBC] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_TBC,
    [DEADLINE_INVALID] = PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_INVALID,
};

static char *day_text(struct arena *arena, int32_t day)
{
    if (day == DATE_NO_DAY) return (char *)protobuf_c_empty_string;
    char *text = arena_alloc(arena, DATE_TEXT_SIZE);
    date_format_iso(day, text);
    return text;
}

static Provost__V1__Deadline *message_of(struct arena *arena, const struct deadline *deadline,
                                         const char *words)
{
    Provost__V1__Deadline *message = arena_alloc(arena, sizeof *message);
    provost__v1__deadline__init(message);
    message->verbatim = (char *)words;
    message->kind = kinds[deadline->kind];
    message->earliest = day_text(arena, deadline->earliest);
    message->latest = day_text(arena, deadline->latest);
    message->recurrence = frequency_of_recurrence(deadline->recurrence);
    message->label = (char *)(deadline->label == NULL ? "" : deadline->label);
    message->statutory = deadline->statutory;
    return message;
}

static void warn_if_odd(struct understanding *what, const char *field,
                        const struct deadline *deadline, const struct deadline_context *plan)
{
    if (deadline->kind == DEADLINE_INVALID)
        understand_warn(what, REASON_DEADLINE_NOT_UNDERSTOOD, field,
                        "\"%.80s\" is not understood: %s; it is kept as it is", deadline->part,
                        deadline->reason);
    if (deadline->latest != DATE_NO_DAY && plan->plan_start != DATE_NO_DAY &&
        deadline->latest < plan->plan_start)
        understand_warn(what, REASON_DEADLINE_OUTSIDE_PLAN, field,
                        "\"%.80s\" lies before the plan begins", deadline->part);
    if (deadline->latest != DATE_NO_DAY && plan->plan_end != DATE_NO_DAY &&
        deadline->latest > plan->plan_end)
        understand_warn(what, REASON_DEADLINE_OUTSIDE_PLAN, field,
                        "\"%.80s\" lies after the plan ends", deadline->part);
}

/* What the cell holds, with a message for each. */
struct reading {
    const struct deadline *found;
    Provost__V1__Deadline **list;
    size_t count;
};

/* An empty cell gives an empty list. */
static struct reading parse_cell(const struct understanding *what, const char *cell,
                                 const struct deadline_context *context)
{
    struct reading reading = {0};
    if (cell[0] == '\0') return reading;
    reading.found = deadline_parse(cell, context, what->arena, &reading.count);
    reading.list = arena_alloc(what->arena, reading.count * sizeof(Provost__V1__Deadline *));
    for (size_t i = 0; i < reading.count; i++)
        reading.list[i] = message_of(what->arena, &reading.found[i],
                                     reading.count == 1 ? cell : reading.found[i].part);
    return reading;
}

/* The list from the cell. */
static void read_cell(struct understanding *what, const struct deadline_fields *fields,
                      const struct deadline_context *context)
{
    struct reading reading = parse_cell(what, *fields->verbatim, context);
    for (size_t i = 0; i < reading.count; i++)
        warn_if_odd(what, fields->verbatim_field, &reading.found[i], context);
    *fields->list = reading.list;
    *fields->count = reading.count;
}

/* The cell beside the list gives that very list, as in a bundle: its parts were understood in
 * the light of each other ("June and December 2022"), which their own words alone cannot. */
static bool cell_gives_list(const struct understanding *what,
                            const struct deadline_fields *fields,
                            const struct deadline_context *context)
{
    if (!understand_said(what, fields->verbatim_field)) return false;
    struct reading reading = parse_cell(what, *fields->verbatim, context);
    if (reading.count != *fields->count) return false;
    for (size_t i = 0; i < reading.count; i++)
        if (!message_equal(&reading.list[i]->base, &(*fields->list)[i]->base)) return false;
    return true;
}

/* One entry by its own wording; label and mark of the client count more than those in the
 * words. */
static Provost__V1__Deadline *read_entry(struct understanding *what,
                                         const struct deadline_fields *fields,
                                         const Provost__V1__Deadline *said,
                                         const struct deadline_context *context)
{
    size_t count;
    struct deadline *found = deadline_parse(said->verbatim, context, what->arena, &count);
    if (count != 1)
        *found = (struct deadline){.kind = DEADLINE_INVALID,
                                   .earliest = DATE_NO_DAY,
                                   .latest = DATE_NO_DAY,
                                   .part = said->verbatim,
                                   .reason = "it holds several deadlines; send one an entry"};
    warn_if_odd(what, fields->list_field, found, context);
    Provost__V1__Deadline *message = message_of(what->arena, found, said->verbatim);
    if (said->label[0] != '\0') message->label = said->label;
    if (said->statutory) message->statutory = true;
    return message;
}

static const char *join(struct arena *arena, Provost__V1__Deadline *const *list, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s%s%s", text, i == 0 ? "" : "; ", list[i]->label,
                            list[i]->label[0] == '\0' ? "" : ": ", list[i]->verbatim);
    return text;
}

static struct status read_list(struct understanding *what, const struct deadline_fields *fields,
                               const struct deadline_context *context)
{
    size_t count = *fields->count;
    if (count > DEADLINES_MAX)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, fields->list_field,
                                 "%zu deadlines in one item; at most %d are kept", count,
                                 DEADLINES_MAX);
    Provost__V1__Deadline **list =
        arena_alloc(what->arena, (count + 1) * sizeof(Provost__V1__Deadline *));
    for (size_t i = 0; i < count; i++)
        list[i] = read_entry(what, fields, (*fields->list)[i], context);
    *fields->list = list;
    if (!understand_said(what, fields->verbatim_field))
        *fields->verbatim = (char *)join(what->arena, list, count);
    return status_ok();
}

static bool same_wording(const Provost__V1__Deadline *a, const Provost__V1__Deadline *b)
{
    return strcmp(a->verbatim, b->verbatim) == 0 && strcmp(a->label, b->label) == 0 &&
           a->statutory == b->statutory;
}

/* The client sent back the list it had read. */
static bool list_is_as_before(const struct deadline_fields *fields)
{
    if (*fields->count != fields->count_before) return false;
    for (size_t i = 0; i < fields->count_before; i++)
        if (!same_wording((*fields->list)[i], fields->list_before[i])) return false;
    return true;
}

struct status understand_deadlines(struct understanding *what,
                                   const struct deadline_fields *fields,
                                   const struct deadline_context *context)
{
    bool cell_touched = understand_touched(what, fields->verbatim_field);
    if (!cell_touched && !understand_touched(what, fields->list_field)) return status_ok();
    bool list_said = understand_said(what, fields->list_field);
    bool cell_edited = cell_touched && what->before != NULL &&
                       strcmp(*fields->verbatim, fields->verbatim_before) != 0;
    if (list_said && !(cell_edited && list_is_as_before(fields)) &&
        !cell_gives_list(what, fields, context))
        return read_list(what, fields, context);
    if (!cell_touched)
        *fields->verbatim = (char *)protobuf_c_empty_string; /* the list was taken away */
    read_cell(what, fields, context);
    return status_ok();
}

static int32_t day_of(const char *text)
{
    int32_t day;
    return date_parse_iso(text, &day) ? day : DATE_NO_DAY;
}

struct deadline_context deadline_context_of(const Provost__V1__Plan *plan)
{
    return (struct deadline_context){day_of(plan->start_date), day_of(plan->end_date)};
}
