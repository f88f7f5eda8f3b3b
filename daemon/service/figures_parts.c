/* Which parts a period has, and their figures. */
#include "service/approval.h"
#include "service/derived.h"
#include "service/figures.h"

#include <string.h>

/* ---- reading ---- */

/* Period and breakdown of a figure as its id has them ("foi-cex/2021-22.q1/north"); false when it
 * is of another breakdown. */
static bool read_place(const struct figures *figures, const struct version *version)
{
    Provost__V1__Observation *observation = (void *)version->body;
    char *period = (char *)version->id + strlen(figures->member->id) + 1;
    char *slash = strchr(period, '/');
    observation->period = period;
    if (slash == NULL) return *figures->breakdown == '\0';
    if (strcmp(slash + 1, figures->breakdown) != 0) return false;
    observation->period =
        arena_strndup(figures->card->call->arena, period, (size_t)(slash - period));
    observation->breakdown = slash + 1;
    return true;
}

static bool is_of_breakdown(void *data, const struct version *version)
{
    return read_place(data, version);
}

struct status figures_load(struct figures *figures)
{
    struct handler_call *call = figures->card->call;
    struct found_query query = {.collection = "observations",
                                .prefix = figures->member->id,
                                .view = &catalog_figures,
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

/* The id of the month that holds a day. */
static bool month_id(int32_t day, char out_id[PERIOD_TEXT_SIZE])
{
    struct period month;
    if (!period_of_day(PERIOD_MONTH, day, &month)) return false;
    period_format_id(&month, out_id);
    return true;
}

static enum scan_verdict keep_one(void *data, const struct version *version)
{
    struct figures *figures = data;
    Provost__V1__Observation *observation = (void *)version->body;
    if (!read_place(figures, version)) return SCAN_SKIP;
    struct arena *arena = figures->card->call->arena;
    (void)name_map_add(arena, &figures->stored, observation->period,
                       (void *)approval_in_force(arena, observation));
    return SCAN_KEEP;
}

/* From and to are ids of periods. Those behind the last, but of its breakdowns, are not read. */
static struct status load_between(struct figures *figures, const struct kind_view *view,
                                  const char *from, const char *to)
{
    struct handler_call *call = figures->card->call;
    char *just_before = arena_join(call->arena, figures->member->id, "/", from, "\x7f");
    just_before[strlen(just_before) - 2]--;
    struct scan scan = {
        .kind = &catalog_of_desc(&provost__v1__observation__descriptor)->kind,
        .as_of = figures->card->moment.as_of,
        .prefix = figures->member->id,
        .after_id = just_before,
        .before_id = arena_join(call->arena, figures->member->id, "/", to, "0"),
        .view = view,
    };
    figures->lacks_words |= view == &catalog_numbers;
    return txn_scan(call->txn, &scan, call->arena, keep_one, figures);
}

/* Whether the ids from one to the other were read together. */
static bool is_known(const struct figures *figures, const char *from, const char *to)
{
    return figures->is_loaded ||
           (figures->known_from != NULL && strcmp(figures->known_from, from) <= 0 &&
            strcmp(to, figures->known_to) <= 0);
}

struct status figures_load_days(struct figures *figures, const struct kind_view *view,
                                int32_t first_day, int32_t last_day)
{
    struct arena *arena = figures->card->call->arena;
    char from[PERIOD_TEXT_SIZE], to[PERIOD_TEXT_SIZE];
    if (figures->card->moment.is_empty || figures->is_loaded || !month_id(first_day, from) ||
        !month_id(last_day, to))
        return status_ok();
    if (is_known(figures, from, to)) return status_ok();
    if (figures->known_from == NULL || strcmp(from, figures->known_from) < 0)
        figures->known_from = arena_strdup(arena, from);
    if (figures->known_to == NULL || strcmp(to, figures->known_to) > 0)
        figures->known_to = arena_strdup(arena, to);
    return load_between(figures, view, figures->known_from, figures->known_to);
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
    if (*out_observation != NULL || name_map_has(&figures->stored, period_id) ||
        is_known(figures, period_id, period_id))
        return status_ok();
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

static struct rollup_child child_of(const struct period *period,
                                    const Provost__V1__Observation *observation)
{
    struct rollup_child child = {.period = *period};
    child.has_value = observation != NULL && figure_number(observation, &child.value);
    child.has_parts = child.has_value &&
                      decimal_parse(observation->numerator, &child.numerator) == DECIMAL_OK &&
                      decimal_parse(observation->denominator, &child.denominator) == DECIMAL_OK;
    return child;
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
        parts->children[i] = child_of(&parts->periods[i], parts->observations[i]);
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
