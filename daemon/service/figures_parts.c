/* Which parts a period has, and their figures. */
#include "service/approval.h"
#include "service/derived.h"
#include "service/figures.h"

#include <string.h>

/* ---- reading ---- */

static bool is_of_breakdown(void *data, const struct version *version)
{
    const struct figures *figures = data;
    const Provost__V1__Observation *observation = (const void *)version->body;
    return strcmp(observation->breakdown, figures->breakdown) == 0;
}

struct status figures_load(struct figures *figures)
{
    struct handler_call *call = figures->card->call;
    struct found_query query = {.collection = "observations",
                                .prefix = figures->member->id,
                                .wants = is_of_breakdown,
                                .data = figures};
    struct status st = found_scan(call, &figures->card->moment, &query, &figures->everything);
    for (size_t i = 0; i < figures->everything.count; i++) {
        Provost__V1__Observation *observation = (void *)figures->everything.items[i].body;
        (void)name_map_add(call->arena, &figures->stored, observation->period,
                           (void *)approval_in_force(call->arena, observation));
    }
    figures->is_loaded = true;
    return st;
}

/* The year an id ("i/2021-22.q1") begins with behind the indicator; 0 for none. */
static int year_of_id(const char *period_id)
{
    int year = 0;
    for (int i = 0; i < 4; i++) {
        if (period_id[i] < '0' || period_id[i] > '9') return 0;
        year = year * 10 + (period_id[i] - '0');
    }
    return year;
}

static enum scan_verdict visit_in_years(void *data, const struct version *version)
{
    struct figures *figures = data;
    Provost__V1__Observation *observation = (void *)version->body;
    int year = year_of_id(observation->period);
    if (year == 0 || year > figures->last_year) return SCAN_STOP;
    if (strcmp(observation->breakdown, figures->breakdown) != 0) return SCAN_SKIP;
    struct arena *arena = figures->card->call->arena;
    (void)name_map_add(arena, &figures->stored, observation->period,
                       (void *)approval_in_force(arena, observation));
    return SCAN_KEEP;
}

struct status figures_load_years(struct figures *figures, int first, int last)
{
    struct handler_call *call = figures->card->call;
    if (figures->is_loaded || figures->last_year != 0 || figures->card->moment.is_empty)
        return status_ok();
    figures->first_year = first;
    figures->last_year = last;
    struct scan scan = {
        .kind = &catalog_find("observations")->kind,
        .as_of = figures->card->moment.as_of,
        .prefix = figures->member->id,
        .after_id = arena_printf(call->arena, "%s/%04d", figures->member->id, first),
        .light = true,
    };
    return txn_scan(call->txn, &scan, call->arena, visit_in_years, figures);
}

/* Whether everything is known that is stored for the period. */
static bool is_known(const struct figures *figures, const char *period_id)
{
    int year = year_of_id(period_id);
    return figures->is_loaded || name_map_has(&figures->stored, period_id) ||
           (figures->last_year != 0 && year >= figures->first_year &&
            year <= figures->last_year);
}

static struct status read_one(struct figures *figures, const char *period_id,
                              const Provost__V1__Observation **out_observation)
{
    struct handler_call *call = figures->card->call;
    struct version version;
    bool found = false;
    const char *id = scorecard_id(call->arena, figures->member->id, period_id);
    if (*figures->breakdown != '\0') id = scorecard_id(call->arena, id, figures->breakdown);
    struct status st = txn_get(call->txn, &catalog_find("observations")->kind, id,
                               figures->card->moment.as_of, call->arena, &version, &found);
    if (status_is_ok(st) && found)
        *out_observation = approval_in_force(call->arena, (const void *)version.body);
    return st;
}

struct status figures_in_full(struct figures *figures, const char *period_id,
                              const Provost__V1__Observation **out_observation)
{
    *out_observation = NULL;
    return read_one(figures, period_id, out_observation);
}

struct status figures_stored(struct figures *figures, const char *period_id,
                             const Provost__V1__Observation **out_observation)
{
    struct arena *arena = figures->card->call->arena;
    *out_observation = name_map_get(&figures->stored, period_id);
    if (*out_observation != NULL || is_known(figures, period_id)) return status_ok();
    struct status st = read_one(figures, period_id, out_observation);
    if (status_is_ok(st))
        (void)name_map_add(arena, &figures->stored, arena_strdup(arena, period_id),
                           (void *)*out_observation);
    return st;
}

/* ---- parts ---- */

bool figures_kind_of(Provost__V1__Frequency frequency, enum period_kind *out_kind)
{
    switch ((int)frequency) {
    case PROVOST__V1__FREQUENCY__FREQUENCY_MONTHLY:
        *out_kind = PERIOD_MONTH;
        return true;
    case PROVOST__V1__FREQUENCY__FREQUENCY_QUARTERLY:
        *out_kind = PERIOD_QUARTER;
        return true;
    case PROVOST__V1__FREQUENCY__FREQUENCY_SIX_MONTHLY:
        *out_kind = PERIOD_HALF;
        return true;
    case PROVOST__V1__FREQUENCY__FREQUENCY_ANNUAL:
        *out_kind = PERIOD_YEAR;
        return true;
    default:
        return false;
    }
}

/* The periods of a kind inside a longer one; none unless they fill it. */
static void list_parts(const struct period *whole, enum period_kind kind,
                       struct figure_parts *parts)
{
    struct period part;
    bool ok = period_of_day(kind, whole->start_day, &part);
    parts->count = 0;
    if (!ok || part.start_day != whole->start_day || part.end_day >= whole->end_day) return;
    while (ok && period_contains(whole, &part) && parts->count < FIGURES_PARTS_MAX) {
        parts->periods[parts->count++] = part;
        ok = period_next(&part, &part);
    }
    if (parts->periods[parts->count - 1].end_day != whole->end_day) parts->count = 0;
}

/* A part that is derived is made; else only what is stored counts. */
static struct status read_part(struct figures *figures, const struct period *part,
                               const char *id, const Provost__V1__Observation **out_observation)
{
    enum derived_kind kind = DERIVED_NOT;
    struct figure figure = {.observation = NULL};
    struct status st = status_ok();
    if (*figures->breakdown == '\0')
        st = derived_kind_of(figures->card->derived, figures->member, &kind);
    if (!status_is_ok(st) || kind == DERIVED_NOT)
        return status_is_ok(st) ? figures_stored(figures, id, out_observation) : st;
    st = figures_get(figures, part, &figure);
    *out_observation = figure.observation;
    return st;
}

static struct status fill_parts(struct figures *figures, struct figure_parts *parts,
                                size_t *out_said)
{
    struct status st = status_ok();
    *out_said = 0;
    for (size_t i = 0; status_is_ok(st) && i < parts->count; i++) {
        char id[PERIOD_TEXT_SIZE];
        period_format_id(&parts->periods[i], id);
        parts->observations[i] = NULL;
        st = read_part(figures, &parts->periods[i], id, &parts->observations[i]);
        if (parts->observations[i] != NULL) (*out_said)++;
    }
    return st;
}

struct status figures_read_parts(struct figures *figures, const struct period *whole,
                                 struct figure_parts *out_parts)
{
    static const enum period_kind kinds[] = {PERIOD_HALF, PERIOD_QUARTER, PERIOD_MONTH};
    enum period_kind kind;
    size_t said = 0;
    struct status st = status_ok();
    out_parts->count = 0;
    if (figures_kind_of(figures->member->indicator->frequency, &kind)) {
        list_parts(whole, kind, out_parts);
        return fill_parts(figures, out_parts, &said);
    }
    for (size_t i = 0; status_is_ok(st) && said == 0 && i < sizeof kinds / sizeof *kinds; i++) {
        list_parts(whole, kinds[i], out_parts);
        st = fill_parts(figures, out_parts, &said);
    }
    if (said == 0) out_parts->count = 0;
    return st;
}
