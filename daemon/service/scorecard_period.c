#include "service/scorecard_period.h"

#include "common/diff.h"
#include "common/field_text.h"
#include "common/time_text.h"
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

/* As it was published: gone or replaced by now. */
static enum scan_verdict visit_published(void *data, const struct version *version)
{
    struct search *search = data;
    if (version->to_seq > search->card->moment.seq) return SCAN_SKIP;
    add_candidate(search, version->id);
    return SCAN_KEEP;
}

/* As it is: made since. */
static enum scan_verdict visit_present(void *data, const struct version *version)
{
    struct search *search = data;
    if (version->from_seq <= search->published_seq) return SCAN_SKIP;
    add_candidate(search, version->id);
    return SCAN_KEEP;
}

static struct status find_candidates(struct search *search, const char *prefix)
{
    struct handler_call *call = search->card->call;
    struct scan scan = {.kind = search->kind, .as_of = search->published_seq, .prefix = prefix};
    search->candidates = NULL;
    struct status st = txn_scan(call->txn, &scan, call->arena, visit_published, search);
    scan.as_of = search->card->moment.as_of;
    if (status_is_ok(st)) st = txn_scan(call->txn, &scan, call->arena, visit_present, search);
    return st;
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
                                 const char *prefix)
{
    search->kind = &catalog_of_desc(desc)->kind;
    struct status st = find_candidates(search, prefix);
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

static struct status find_corrections(struct search *search,
                                      Provost__V1__GetScorecardResponse *out)
{
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && i < out->n_rows; i++) {
        const char *prefix =
            scorecard_id(search->card->call->arena, resource_id(out->rows[i]->indicator),
                         search->card->period_id);
        st = search_kind(search, &provost__v1__observation__descriptor, prefix);
        if (status_is_ok(st))
            st = search_kind(search, &provost__v1__target__descriptor, prefix);
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
