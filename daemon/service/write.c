#include "service/write.h"

#include "common/diff.h"
#include "common/fields.h"
#include "common/mask.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "service/conflict.h"
#include "service/figure.h"
#include "service/formula_graph.h"
#include "service/refs.h"
#include "service/resource.h"
#include "service/second_person.h"
#include "service/write_gate.h"

#include <assert.h>
#include <string.h>

/* ---- one item that puts ---- */

/* "mutations[3].patch.base_seq": beside the resource, "mutations[3].patch.resource". */
static const char *base_seq_path(const struct write_item *item)
{
    struct place place = item->what.place;
    if (item->op == WRITE_PATCH && place.envelope[0] != '\0') place.envelope = "patch";
    return place_envelope(item->what.arena, &place, "base_seq");
}

static struct conflict_question question_of(const struct write_item *item, const char *field)
{
    return (struct conflict_question){
        .txn = item->what.lookup->txn,
        .arena = item->what.arena,
        .entry = item->entry,
        .fields = item->changed,
        .base_seq = item->base_seq,
        .field = field,
    };
}

static struct status missing(const struct write_item *item)
{
    if (item->base_seq > 0 && item->op == WRITE_PATCH) {
        struct conflict_question question = question_of(item, base_seq_path(item));
        struct status st = conflict_check_deleted(&question);
        if (!status_is_ok(st)) return st;
    }
    if (item->allow_missing) return status_ok();
    return status_error(item->what.arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
                        place_envelope(item->what.arena, &item->what.place, "name"),
                        "there is no %s%s", item->entry->name,
                        item->op == WRITE_PATCH ? "; create it, or set allow_missing" : "");
}

static struct status already_there(const struct write_item *item)
{
    return status_error(item->what.arena, GRPC_ALREADY_EXISTS, REASON_RESOURCE_EXISTS,
                        place_envelope(item->what.arena, &item->what.place, "name"),
                        "%s is there already, since change %lld; patch it instead",
                        item->entry->name, (long long)item->entry->version.from_seq);
}

/* The body of a new resource: all that was sent, whatever the mask (AIP-134). */
static struct status prepare_new(struct write_item *item)
{
    struct understanding *what = &item->what;
    const ProtobufCMessageDescriptor *desc = what->row->kind.desc;
    for (unsigned i = 0; i < desc->n_fields; i++)
        what->touched[i] = field_is_set(what->after, &desc->fields[i]);
    if (what->row->naming != NAMED_FROM_FIELDS || item->name_derived) return status_ok();
    const char *id;
    struct status st = what->row->derive_id(what, &id);
    if (!status_is_ok(st) || strcmp(id, item->entry->id) == 0) return st;
    return status_invalid(what->arena, REASON_NAME_MISMATCH,
                          place_envelope(what->arena, &what->place, "name"),
                          "name is \"%s\", but its fields make it \"%s/%s\"", item->entry->name,
                          what->row->kind.collection, id);
}

/* The body of one that is there: as it is, with the masked fields as sent. */
static void prepare_patch(struct write_item *item)
{
    struct understanding *what = &item->what;
    what->before = item->entry->version.body;
    ProtobufCMessage *after = message_copy(what->before, what->arena);
    mask_apply(after, what->after, what->touched);
    what->after = after;
}

static struct status prepare(struct write_item *item)
{
    if (item->op == WRITE_CREATE && item->entry->found) return already_there(item);
    if (item->entry->found) {
        prepare_patch(item);
        return status_ok();
    }
    struct status st = item->op == WRITE_PATCH ? missing(item) : status_ok();
    return status_is_ok(st) ? prepare_new(item) : st;
}

static struct status understand(struct write_item *item)
{
    struct understanding *what = &item->what;
    struct status st = understand_policy(what);
    if (status_is_ok(st) && what->row->understand != NULL) st = what->row->understand(what);
    if (status_is_ok(st) && item->submitted && what->before != NULL)
        figure_keep_wording((const Provost__V1__Observation *)what->before,
                            (Provost__V1__Observation *)what->after);
    return st;
}

/* Nobody's work is overwritten unseen. */
static struct status check_conflicts(const struct write_item *item)
{
    const struct understanding *what = &item->what;
    if (what->before == NULL) return status_ok();
    if (item->base_seq > 0) {
        struct conflict_question asked = question_of(item, base_seq_path(item));
        return conflict_check(&asked);
    }
    if (!what->row->figures || item->revise ||
        !figure_is_other((const Provost__V1__Observation *)what->before,
                         (const Provost__V1__Observation *)what->after))
        return status_ok();
    const char *said = understand_touched(what, "value") ? "value" : "verbatim";
    struct conflict_question question =
        question_of(item, place_field(what->arena, &what->place, said));
    return conflict_figure_exists(&question);
}

static struct status put(struct write_item *item)
{
    struct understanding *what = &item->what;
    struct lookup_entry *entry = item->entry;
    struct version before = entry->version;
    item->outcome = entry->found ? PROVOST__V1__OUTCOME__OUTCOME_UPDATED
                                 : PROVOST__V1__OUTCOME__OUTCOME_CREATED;
    struct status st =
        txn_put(what->lookup->txn, &what->row->kind, entry->id, entry->found ? &before : NULL,
                what->after, item->changed, &entry->version);
    entry->found = true;
    return st;
}

static struct status run_put(struct write_request *request, struct write_item *item)
{
    struct understanding *what = &item->what;
    struct lookup_entry *entry;
    struct status st = lookup_get(what->lookup, what->row, item->entry->name, &entry);
    if (status_is_ok(st)) st = write_gate_enter(request, item);
    if (status_is_ok(st) && item->base_seq != 0)
        st = conflict_check_base(what->arena, item->base_seq, request->head_seq,
                                 base_seq_path(item));
    if (status_is_ok(st)) st = prepare(item);
    if (status_is_ok(st)) st = understand(item);
    if (status_is_ok(st)) st = approval_settle(&request->approval, what);
    if (!status_is_ok(st)) return st;
    size_t changes = diff_fields(what->before, what->after, item->changed);
    if (changes == 0 && what->before != NULL) {
        item->outcome = PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED;
        return st;
    }
    st = write_gate_check(request, item);
    if (status_is_ok(st) && request->approval.judged_plan != NULL)
        st = approval_judge(&request->approval, what, entry, item->base_seq,
                            base_seq_path(item));
    if (status_is_ok(st)) st = check_conflicts(item);
    if (status_is_ok(st)) st = period_lock_note(&request->lock, what, what->after);
    if (!status_is_ok(st)) return st;
    formulas_note(request->formulas, what, what->after);
    codes_note(&request->codes, what);
    return put(item);
}

/* ---- one item that deletes ---- */

static struct status run_delete(struct write_request *request, struct write_item *item)
{
    struct understanding *what = &item->what;
    struct lookup_entry *entry;
    struct status st = lookup_get(what->lookup, what->row, item->entry->name, &entry);
    if (status_is_ok(st)) st = write_gate_enter(request, item);
    if (status_is_ok(st) && item->base_seq != 0)
        st = conflict_check_base(what->arena, item->base_seq, request->head_seq,
                                 base_seq_path(item));
    if (!status_is_ok(st)) return st;
    item->outcome = PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED;
    if (!entry->found) return missing(item);
    st = write_gate_check_deletion(request, item, entry->version.body);
    if (!status_is_ok(st)) return st;
    if (item->base_seq > 0) {
        memset(item->changed, true, sizeof item->changed);
        struct conflict_question question = question_of(item, base_seq_path(item));
        st = conflict_check(&question);
        memset(item->changed, false, sizeof item->changed);
        if (!status_is_ok(st)) return st;
    }
    st = period_lock_check_deletion(what, entry->version.body);
    if (status_is_ok(st)) st = period_lock_note(&request->lock, what, entry->version.body);
    if (!status_is_ok(st)) return st;
    formulas_note(request->formulas, what, entry->version.body);
    item->outcome = PROVOST__V1__OUTCOME__OUTCOME_DELETED;
    st = txn_delete(what->lookup->txn, &entry->version);
    entry->found = false;
    return st;
}

/* ---- all items ---- */

static struct status run_puts(struct write_request *request)
{
    size_t row_count;
    const struct catalog_row *rows = catalog_rows(&row_count);
    for (size_t r = 0; r < row_count; r++)
        for (size_t i = 0; i < request->count; i++) {
            struct write_item *item = &request->items[i];
            if (item->what.row != &rows[r] || item->op == WRITE_DELETE) continue;
            struct status st = run_put(request, item);
            if (!status_is_ok(st)) return st;
        }
    return status_ok();
}

static struct status run_deletes(struct write_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        if (request->items[i].op != WRITE_DELETE) continue;
        struct status st = run_delete(request, &request->items[i]);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* Leaves a reference to be looked at when more is written. False when it cannot be left. */
static bool leave_open(struct write_request *request, const struct write_item *item,
                       const struct status *st)
{
    struct write_open_refs *refs = request->open_refs;
    if (refs == NULL || strcmp(st->reason, REASON_UNKNOWN_REFERENCE) != 0) return false;
    if (refs->count == WRITE_OPEN_REFS_MAX) return false;
    if (refs->count == refs->room) {
        size_t room = refs->room == 0 ? 64 : refs->room * 2;
        struct write_open_ref *items = arena_alloc(refs->arena, room * sizeof *items);
        if (refs->count > 0) memcpy(items, refs->items, refs->count * sizeof *items);
        refs->items = items;
        refs->room = room;
    }
    struct write_open_ref *ref = &refs->items[refs->count++];
    *ref =
        (struct write_open_ref){arena_strdup(refs->arena, item->entry->name), item->what.place};
    ref->place.list = arena_strdup(refs->arena, ref->place.list);
    return true;
}

static struct status check_points(const struct understanding *what, const bool *changed,
                                  const char *name)
{
    struct status st = refs_check(what, changed, name);
    return status_is_ok(st) ? formula_graph_check(what) : st;
}

struct status write_check_open_refs(const struct write_open_refs *refs, struct txn *txn,
                                    struct arena *arena)
{
    struct lookup lookup;
    lookup_init(&lookup, txn, arena, refs->count * 2 + 1);
    for (size_t i = 0; i < refs->count; i++) {
        struct understanding what = {.arena = arena, .lookup = &lookup};
        struct lookup_entry *entry;
        what.row = catalog_of_name(refs->items[i].name);
        what.place = refs->items[i].place;
        struct status st = lookup_get(&lookup, what.row, refs->items[i].name, &entry);
        if (!status_is_ok(st)) return st;
        if (!entry->found) continue; /* a later part deleted it */
        what.name = entry->name;
        what.after = entry->version.body;
        memset(what.touched, true, sizeof what.touched);
        st = check_points(&what, what.touched, entry->name);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status check_references(struct write_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct write_item *item = &request->items[i];
        if (item->op == WRITE_DELETE ||
            item->outcome == PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED)
            continue;
        struct status st = check_points(&item->what, item->changed, item->entry->name);
        if (!status_is_ok(st) && leave_open(request, item, &st)) st = status_ok();
        if (status_is_ok(st)) st = approval_check_published(&request->approval, &item->what);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status check_deleted(struct write_request *request)
{
    size_t count = 0;
    struct refs_deletion *deletions =
        arena_alloc(request->call->arena, request->count * sizeof *deletions);
    for (size_t i = 0; i < request->count; i++)
        if (request->items[i].outcome == PROVOST__V1__OUTCOME__OUTCOME_DELETED)
            deletions[count++] =
                (struct refs_deletion){request->items[i].entry, request->items[i].what.place};
    struct status st = refs_check_unused(&request->lookup, deletions, count);
    return status_is_ok(st) ? formula_graph_check_unused(&request->lookup, deletions, count)
                            : st;
}

/* ---- the answer ---- */

static Provost__V1__MutationResult *result_of(const struct write_request *request,
                                              const struct write_item *item)
{
    const struct understanding *what = &item->what;
    const ProtobufCMessageDescriptor *desc = what->row->kind.desc;
    Provost__V1__MutationResult *result = arena_alloc(what->arena, sizeof *result);
    provost__v1__mutation_result__init(result);
    result->name = (char *)item->entry->name;
    result->outcome = item->outcome;
    result->warnings = what->warnings;
    result->n_warnings = what->warning_count;
    if (item->entry->found && !request->brief)
        result->resource = resource_from_version(what->arena, &item->entry->version);
    if (item->outcome == PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED) return result;
    result->changed_fields = arena_alloc(what->arena, desc->n_fields * sizeof(char *));
    for (unsigned i = 0; i < desc->n_fields; i++)
        if (item->changed[i])
            result->changed_fields[result->n_changed_fields++] = (char *)desc->fields[i].name;
    return result;
}

static void build_answer(const struct write_request *request, struct write_answer *answer)
{
    const struct handler_call *call = request->call;
    bool is_change = !request->validate_only && txn_change_seq(call->txn) != 0;
    answer->seq = is_change ? txn_change_seq(call->txn) : request->head_seq;
    answer->commit_time =
        is_change ? timestamp_new(txn_change_time_us(call->txn), call->arena) : NULL;
    answer->n_results = request->count;
    answer->results =
        arena_alloc(call->arena, request->count * sizeof(Provost__V1__MutationResult *));
    for (size_t i = 0; i < request->count; i++)
        answer->results[i] = result_of(request, &request->items[i]);
}

/* ---- a second person ---- */

static bool is_closed(const ProtobufCMessage *body)
{
    return ((const Provost__V1__ReportingPeriod *)body)->state !=
           PROVOST__V1__PERIOD_STATE__PERIOD_STATE_OPEN;
}

/* Whether a reporting period is opened again. */
static bool reopens(const struct write_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct understanding *what = &request->items[i].what;
        if (what->row->kind.desc == &provost__v1__reporting_period__descriptor &&
            request->items[i].op != WRITE_DELETE && what->before != NULL &&
            is_closed(what->before) && !is_closed(what->after))
            return true;
    }
    return false;
}

/* Of a request that needs one: asks for a second person, or is that person's. */
static struct status check_approval(struct write_request *request, struct write_answer *answer)
{
    const struct second_person_question question = {request->message, request->reason,
                                                    "opening the period again"};
    const char *requester;
    if (request->validate_only || !reopens(request)) return status_ok();
    if (request->approval_id == NULL)
        return status_error(request->call->arena, GRPC_FAILED_PRECONDITION,
                            REASON_SECOND_PERSON_NEEDED, request->list,
                            "opening a period again needs a second person: do it with Apply");
    if (request->approval_id[0] != '\0')
        return second_person_take(request->call, &question, request->approval_id, &requester);
    struct status st = txn_undo(request->call->txn);
    if (status_is_ok(st))
        st = second_person_ask(request->call, &question, &answer->approval_id);
    answer->seq = request->head_seq;
    return st;
}

struct status write_run(struct write_request *request, struct write_answer *out_answer)
{
    *out_answer = (struct write_answer){.seq = 0};
    struct status st = run_puts(request);
    if (status_is_ok(st)) st = run_deletes(request);
    if (status_is_ok(st)) st = check_references(request);
    if (status_is_ok(st)) st = period_lock_check(&request->lock);
    if (status_is_ok(st)) st = check_deleted(request);
    if (status_is_ok(st)) st = codes_check(&request->codes);
    if (status_is_ok(st)) st = formulas_run(request->formulas);
    if (status_is_ok(st)) st = check_approval(request, out_answer);
    if (!status_is_ok(st) || out_answer->approval_id != NULL) return st;
    build_answer(request, out_answer);
    return request->validate_only ? txn_undo(request->call->txn) : st;
}

struct status write_end(struct write_request *request, const ProtobufCMessage *response)
{
    struct request_id none = {.id = ""};
    int64_t change_seq = txn_change_seq(request->call->txn);
    return request_id_keep(request->call, request->validate_only ? &none : &request->request_id,
                           response, change_seq != 0 ? change_seq : request->head_seq);
}
