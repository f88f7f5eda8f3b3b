#include "service/scorecard_period.h"

#include "common/diff.h"
#include "common/field_text.h"
#include "common/time_text.h"
#include "service/found.h"
#include "service/resource.h"

#include <string.h>

/* A figure that may have changed. */
struct candidate {
    const char *id;
    struct candidate *next;
};

/* A correction found; newest first until they are put in order. */
struct found_correction {
    Provost__V1__Correction *correction;
    struct found_correction *next;
};

/* The search for one scorecard. */
struct search {
    const struct scorecard *card;
    int64_t published_seq;
    const struct kind *kind;      /* the one looked through */
    bool is_spread;               /* the indicator's: its year's target judges the parts */
    struct candidate *candidates; /* of that kind and one indicator */
    struct found_correction *found;
    size_t count;
};

/* ---- the reporting period ---- */

/* scan_fn over its versions, oldest first: the first publication. */
static enum scan_verdict visit_state(void *data, const struct version *version)
{
    struct search *search = data;
    const Provost__V1__ReportingPeriod *body = (const void *)version->body;
    if (version->from_seq > search->card->moment.seq || body->published_seq == 0)
        return SCAN_SKIP;
    search->published_seq = body->published_seq;
    return SCAN_STOP;
}

static struct status read_period(struct search *search, Provost__V1__PeriodState *out_state)
{
    const struct scorecard *card = search->card;
    struct handler_call *call = card->call;
    const struct kind *kind =
        &catalog_of_desc(&provost__v1__reporting_period__descriptor)->kind;
    const char *id = scorecard_id(call->arena, card->scope.id, card->period_id);
    struct version version;
    bool found;
    struct status st =
        txn_get(call->txn, kind, id, card->moment.as_of, call->arena, &version, &found);
    if (!status_is_ok(st) || !found) return st;
    const Provost__V1__ReportingPeriod *body = (const void *)version.body;
    *out_state = body->state;
    if (body->published_seq == 0) return st;
    return txn_scan_versions(call->txn, kind, id, 0, call->arena, visit_state, search);
}

/* ---- which figures ---- */

static void add_candidate(struct search *search, const char *id)
{
    for (const struct candidate *c = search->candidates; c != NULL; c = c->next)
        if (strcmp(c->id, id) == 0) return;
    struct candidate *candidate = arena_alloc(search->card->call->arena, sizeof *candidate);
    *candidate = (struct candidate){id, search->candidates};
    search->candidates = candidate;
}

static const char *period_of(const struct version *version)
{
    if (version->body->descriptor == &provost__v1__observation__descriptor)
        return ((const Provost__V1__Observation *)(const void *)version->body)->period;
    return ((const Provost__V1__Target *)(const void *)version->body)->period;
}

/* Whether a figure or target has to do with the period: it is of the period or of a part that
 * it may be rolled up from; or it is the target that is spread over the year. */
static bool concerns(const struct search *search, const struct version *version)
{
    const struct period *reported = &search->card->period;
    struct period period;
    if (!period_parse(period_of(version), &period, NULL))
        return strcmp(period_of(version), search->card->period_id) == 0;
    return period_contains(reported, &period) ||
           (search->is_spread && period.kind == PERIOD_YEAR &&
            version->kind->desc == &provost__v1__target__descriptor &&
            period_contains(&period, reported));
}

/* Whether the ids have come to a year after the period's last. */
static bool is_behind(const struct search *search, const struct version *version)
{
    const char *text = period_of(version);
    struct period last;
    char id[PERIOD_TEXT_SIZE];
    if (*text < '0' || *text > '9' ||
        !period_of_day(PERIOD_CALENDAR_YEAR, search->card->period.end_day, &last))
        return false;
    period_format_id(&last, id); /* "cy2022" */
    return strncmp(text, id + 2, 4) > 0;
}

/* As it was published: gone or replaced by now. */
static enum scan_verdict visit_published(void *data, const struct version *version)
{
    struct search *search = data;
    if (is_behind(search, version)) return SCAN_STOP;
    if (version->to_seq > search->card->moment.seq || !concerns(search, version))
        return SCAN_SKIP;
    add_candidate(search, version->id);
    return SCAN_KEEP;
}

/* As it is: made since. */
static enum scan_verdict visit_present(void *data, const struct version *version)
{
    struct search *search = data;
    if (is_behind(search, version)) return SCAN_STOP;
    if (version->from_seq <= search->published_seq || !concerns(search, version))
        return SCAN_SKIP;
    add_candidate(search, version->id);
    return SCAN_KEEP;
}

/* Ids run with the years they begin with: those of the period's years, then those that begin
 * with letters ("at-2020-03-31", "cy2021"). */
static struct status find_from(struct search *search, const char *indicator, const char *begin)
{
    struct handler_call *call = search->card->call;
    struct scan scan = {.kind = search->kind,
                        .as_of = search->published_seq,
                        .prefix = indicator,
                        .after_id = arena_printf(call->arena, "%s/%s", indicator, begin)};
    struct status st = txn_scan(call->txn, &scan, call->arena, visit_published, search);
    scan.as_of = search->card->moment.as_of;
    if (status_is_ok(st)) st = txn_scan(call->txn, &scan, call->arena, visit_present, search);
    return st;
}

static struct status find_candidates(struct search *search, const char *indicator)
{
    struct arena *arena = search->card->call->arena;
    struct period year = search->card->period;
    search->candidates = NULL;
    (void)period_of_day(PERIOD_YEAR, year.start_day, &year);
    struct status st = find_from(search, indicator, arena_printf(arena, "%04d", year.year));
    return status_is_ok(st) ? find_from(search, indicator, "a") : st;
}

/* ---- what became of one ---- */

struct history {
    const struct search *search;
    const ProtobufCMessage *published; /* NULL: it was not there */
    const ProtobufCMessage *last;
    int64_t last_from, last_to;
    int64_t changed_at[CATALOG_FIELDS_MAX];
};

/* scan_fn over its versions since the publication, oldest first. */
static enum scan_verdict visit_version(void *data, const struct version *version)
{
    struct history *history = data;
    bool changed[CATALOG_FIELDS_MAX];
    if (version->from_seq > history->search->card->moment.seq) return SCAN_SKIP;
    if (version->from_seq <= history->search->published_seq) {
        history->published = version->body;
    } else {
        bool follows = history->last_to == version->from_seq;
        diff_fields(follows ? history->last : NULL, version->body, changed);
        for (unsigned i = 0; i < version->kind->desc->n_fields; i++)
            if (changed[i]) history->changed_at[i] = version->from_seq;
    }
    history->last = version->body;
    history->last_from = version->from_seq;
    history->last_to = version->to_seq;
    return SCAN_KEEP;
}

/* Who, when and why. */
static struct status fill_who(const struct search *search, Provost__V1__Correction *correction)
{
    struct handler_call *call = search->card->call;
    struct change_record record;
    bool found;
    struct status st = txn_get_change(call->txn, correction->seq, call->arena, &record, &found);
    if (!status_is_ok(st) || !found) return st;
    correction->time = timestamp_new(record.time_us, call->arena);
    correction->principal = (char *)record.by.principal;
    correction->on_behalf_of = (char *)record.by.on_behalf_of;
    correction->reason = (char *)record.by.reason;
    return st;
}

/* What is not part of what the figure is about. */
static bool is_key(const struct catalog_row *row, const ProtobufCFieldDescriptor *fd)
{
    for (const struct catalog_field *field = row->fields; field->name != NULL; field++)
        if (field->fd == fd) return (field->flags & CATALOG_IMMUTABLE) != 0;
    return false;
}

static char *text_of(const struct search *search, const ProtobufCMessage *body,
                     const ProtobufCFieldDescriptor *fd)
{
    if (body == NULL) return (char *)protobuf_c_empty_string;
    return (char *)field_to_text(body, fd, search->card->call->arena);
}

static Provost__V1__Correction *add_correction(struct search *search)
{
    struct arena *arena = search->card->call->arena;
    Provost__V1__Correction *correction = arena_alloc(arena, sizeof *correction);
    struct found_correction *found = arena_alloc(arena, sizeof *found);
    provost__v1__correction__init(correction);
    *found = (struct found_correction){correction, search->found};
    search->found = found;
    search->count++;
    return correction;
}

static struct status add_fields(struct search *search, const char *id,
                                const struct history *history, const ProtobufCMessage *now)
{
    const ProtobufCMessageDescriptor *desc = search->kind->desc;
    bool changed[CATALOG_FIELDS_MAX];
    int64_t otherwise = now == NULL ? history->last_to : history->last_from;
    diff_fields(history->published, now, changed);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &desc->fields[i];
        if (!changed[i] || is_key(catalog_of_kind(search->kind), fd)) continue;
        Provost__V1__Correction *correction = add_correction(search);
        correction->resource = resource_name(search->card->call->arena, search->kind, id);
        correction->field = (char *)fd->name;
        correction->before = text_of(search, history->published, fd);
        correction->after = text_of(search, now, fd);
        correction->seq =
            now != NULL && history->changed_at[i] != 0 ? history->changed_at[i] : otherwise;
        struct status st = fill_who(search, correction);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status read_candidate(struct search *search, const char *id)
{
    struct handler_call *call = search->card->call;
    struct history history = {.search = search};
    struct status st = txn_scan_versions(call->txn, search->kind, id, search->published_seq,
                                         call->arena, visit_version, &history);
    if (!status_is_ok(st) || history.last == NULL) return st;
    bool deleted = history.last_to <= search->card->moment.seq;
    const ProtobufCMessage *now = deleted ? NULL : history.last;
    if (now == NULL && history.published == NULL) return status_ok();
    return add_fields(search, id, &history, now);
}

static struct status search_kind(struct search *search, const ProtobufCMessageDescriptor *desc,
                                 const char *indicator)
{
    search->kind = &catalog_of_desc(desc)->kind;
    struct status st = find_candidates(search, indicator);
    for (const struct candidate *c = search->candidates; status_is_ok(st) && c != NULL;
         c = c->next)
        st = read_candidate(search, c->id);
    return st;
}

/* ---- the answer ---- */

static void store_found(const struct search *search, Provost__V1__GetScorecardResponse *out)
{
    size_t i = search->count;
    out->corrections = arena_alloc(search->card->call->arena,
                                   search->count * sizeof(Provost__V1__Correction *));
    out->n_corrections = search->count;
    for (const struct found_correction *f = search->found; f != NULL; f = f->next)
        out->corrections[--i] = f->correction;
}

static struct status read_spread(struct search *search, const char *indicator)
{
    struct found found = {0};
    search->is_spread = false;
    if (search->card->period.kind == PERIOD_YEAR) return status_ok();
    struct status st = found_get(search->card->call, &search->card->moment, indicator, &found);
    if (status_is_ok(st) && found.count > 0)
        search->is_spread =
            ((const Provost__V1__Indicator *)(const void *)found.items[0].body)
                ->target_profile != PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_UNSPECIFIED;
    return st;
}

static struct status find_corrections(struct search *search,
                                      Provost__V1__GetScorecardResponse *out)
{
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && i < out->n_rows; i++) {
        const char *indicator = resource_id(out->rows[i]->indicator);
        st = search_kind(search, &provost__v1__observation__descriptor, indicator);
        if (status_is_ok(st)) st = read_spread(search, out->rows[i]->indicator);
        if (status_is_ok(st))
            st = search_kind(search, &provost__v1__target__descriptor, indicator);
    }
    if (status_is_ok(st)) store_found(search, out);
    return st;
}

struct status scorecard_add_period(const struct scorecard *card,
                                   Provost__V1__GetScorecardResponse *out)
{
    struct search search = {.card = card};
    if (card->scope.kind == NULL || card->scope.kind->desc != &provost__v1__plan__descriptor)
        return status_ok();
    struct status st = read_period(&search, &out->period_state);
    if (!status_is_ok(st) || search.published_seq == 0 ||
        search.published_seq >= card->moment.seq)
        return st;
    return find_corrections(&search, out);
}
