#include "service/conflict.h"

#include "common/diff.h"
#include "common/field_text.h"
#include "common/reasons.h"
#include "common/time_text.h"

#include "provost/v1/register.pb-c.h"

#include <inttypes.h>

/* Newest change of each field among the versions of one resource. */
struct history {
    int64_t changed_at[CATALOG_FIELDS_MAX];
    int64_t since_seq;
    int64_t last_to_seq; /* to_seq of the version before, 0 for none */
    const ProtobufCMessage *last_body;
};

/* scan_fn, oldest version first. A version that does not follow the one before was created
 * anew: then all that it holds is new. */
static enum scan_verdict note_version(void *data, const struct version *version)
{
    struct history *history = data;
    bool changed[CATALOG_FIELDS_MAX];
    bool follows = history->last_to_seq == version->from_seq;
    if (version->from_seq > history->since_seq) {
        diff_fields(follows ? history->last_body : NULL, version->body, changed);
        for (unsigned i = 0; i < version->kind->desc->n_fields; i++)
            if (changed[i]) history->changed_at[i] = version->from_seq;
    }
    history->last_to_seq = version->to_seq;
    history->last_body = version->body;
    return SCAN_KEEP;
}

static struct status read_history(const struct conflict_question *question, int64_t since_seq,
                                  struct history *out_history)
{
    const struct lookup_entry *entry = question->entry;
    *out_history = (struct history){.since_seq = since_seq};
    return txn_scan_versions(question->txn, &entry->row->kind, entry->id, since_seq,
                             question->arena, note_version, out_history);
}

/* Who made a change, for the detail. */
static struct status fill_who(const struct conflict_question *question, int64_t seq,
                              Provost__V1__FieldConflict *conflict)
{
    struct change_record record;
    bool found;
    struct status st = txn_get_change(question->txn, seq, question->arena, &record, &found);
    if (!status_is_ok(st) || !found) return st;
    conflict->time = timestamp_new(record.time_us, question->arena);
    conflict->principal = (char *)record.by.principal;
    conflict->service = (char *)record.by.service;
    conflict->on_behalf_of = (char *)record.by.on_behalf_of;
    return st;
}

static struct status new_conflict(const struct conflict_question *question, int64_t seq,
                                  Provost__V1__ConflictDetail *detail)
{
    Provost__V1__FieldConflict *conflict = arena_alloc(question->arena, sizeof *conflict);
    provost__v1__field_conflict__init(conflict);
    conflict->resource = (char *)question->entry->name;
    conflict->seq = seq;
    detail->conflicts[detail->n_conflicts++] = conflict;
    return fill_who(question, seq, conflict);
}

static struct status collect(const struct conflict_question *question,
                             const struct history *history, Provost__V1__ConflictDetail *detail)
{
    const ProtobufCMessageDescriptor *desc = question->entry->row->kind.desc;
    detail->conflicts =
        arena_alloc(question->arena, CATALOG_FIELDS_MAX * sizeof(Provost__V1__FieldConflict *));
    for (unsigned i = 0; i < desc->n_fields; i++) {
        if (!question->fields[i] || history->changed_at[i] == 0) continue;
        struct status st = new_conflict(question, history->changed_at[i], detail);
        if (!status_is_ok(st)) return st;
        Provost__V1__FieldConflict *conflict = detail->conflicts[detail->n_conflicts - 1];
        conflict->field = (char *)desc->fields[i].name;
        conflict->present_value = (char *)field_to_text(question->entry->version.body,
                                                        &desc->fields[i], question->arena);
    }
    return status_ok();
}

static struct status attach(const struct conflict_question *question, struct status st,
                            const Provost__V1__ConflictDetail *detail)
{
    struct status_detail *packed = arena_zalloc(question->arena, sizeof *packed);
    size_t size = provost__v1__conflict_detail__get_packed_size(detail);
    uint8_t *bytes = arena_alloc(question->arena, size + 1);
    packed->type_name = "provost.v1.ConflictDetail";
    packed->size = provost__v1__conflict_detail__pack(detail, bytes);
    packed->bytes = bytes;
    return status_with_detail(st, packed);
}

static const char *who_and_when(const struct conflict_question *question,
                                const Provost__V1__FieldConflict *conflict)
{
    const char *when = conflict->time == NULL
                           ? "an unknown time"
                           : time_to_text(timestamp_to_us(conflict->time), question->arena);
    return arena_printf(question->arena, "%s%s%s%s in change %" PRId64 " at %s",
                        conflict->principal, conflict->on_behalf_of[0] == '\0' ? "" : " for ",
                        conflict->on_behalf_of,
                        conflict->service[0] == '\0'
                            ? ""
                            : arena_printf(question->arena, " (%s)", conflict->service),
                        conflict->seq, when);
}

struct status conflict_newest_change(const struct conflict_question *question, int64_t *out_seq)
{
    struct history history;
    struct status st = read_history(question, 0, &history);
    if (!status_is_ok(st)) return st;
    *out_seq = 0;
    for (unsigned i = 0; i < question->entry->row->kind.desc->n_fields; i++)
        if (question->fields[i] && history.changed_at[i] > *out_seq)
            *out_seq = history.changed_at[i];
    return st;
}

struct status conflict_check(const struct conflict_question *question)
{
    Provost__V1__ConflictDetail detail = PROVOST__V1__CONFLICT_DETAIL__INIT;
    if (question->entry->version.from_seq <= question->base_seq) return status_ok();
    struct history history;
    struct status st = read_history(question, question->base_seq, &history);
    if (status_is_ok(st)) st = collect(question, &history, &detail);
    if (!status_is_ok(st) || detail.n_conflicts == 0) return st;
    const Provost__V1__FieldConflict *first = detail.conflicts[0];
    st = status_error(question->arena, GRPC_ABORTED, REASON_CONFLICT, question->field,
                      "%s of %s was changed since %" PRId64
                      " by %s; it is now \"%.200s\"%s; read "
                      "it again and decide anew",
                      first->field, first->resource, question->base_seq,
                      who_and_when(question, first), first->present_value,
                      detail.n_conflicts > 1 ? ", and other fields were changed too" : "");
    return attach(question, st, &detail);
}

/* scan_fn: remembers when the last version ended. */
static enum scan_verdict note_end(void *data, const struct version *version)
{
    *(int64_t *)data = version->to_seq;
    return SCAN_SKIP;
}

struct status conflict_check_deleted(const struct conflict_question *question)
{
    const struct lookup_entry *entry = question->entry;
    int64_t deleted_at = 0;
    struct status st =
        txn_scan_versions(question->txn, &entry->row->kind, entry->id, question->base_seq,
                          question->arena, note_end, &deleted_at);
    if (!status_is_ok(st) || deleted_at == 0) return st;
    Provost__V1__FieldConflict *slot[1] = {NULL};
    Provost__V1__ConflictDetail detail = PROVOST__V1__CONFLICT_DETAIL__INIT;
    detail.conflicts = slot;
    st = new_conflict(question, deleted_at, &detail);
    if (!status_is_ok(st)) return st;
    st = status_error(question->arena, GRPC_ABORTED, REASON_CONFLICT, question->field,
                      "%s was deleted since %" PRId64 " by %s", entry->name, question->base_seq,
                      who_and_when(question, slot[0]));
    return attach(question, st, &detail);
}

struct status conflict_figure_exists(const struct conflict_question *question)
{
    Provost__V1__ConflictDetail detail = PROVOST__V1__CONFLICT_DETAIL__INIT;
    struct history history;
    struct status st = read_history(question, 0, &history);
    if (status_is_ok(st)) st = collect(question, &history, &detail);
    if (!status_is_ok(st)) return st;
    const Provost__V1__FieldConflict *first =
        detail.n_conflicts > 0 ? detail.conflicts[0] : NULL;
    st = status_error(
        question->arena, GRPC_ABORTED, REASON_FIGURE_EXISTS, question->field,
        "%s has another figure already%s%s%s%s; send base_seq %" PRId64
        " to replace it, or revise with a reason",
        question->entry->name, first == NULL ? "" : ", \"",
        first == NULL ? "" : first->present_value, first == NULL ? "" : "\" from ",
        first == NULL ? "" : who_and_when(question, first), question->entry->version.from_seq);
    return attach(question, st, &detail);
}

struct status conflict_check_base(struct arena *arena, int64_t base_seq, int64_t head_seq,
                                  const char *field)
{
    if (base_seq < 0)
        return status_invalid(arena, REASON_BASE_SEQ_INVALID, field,
                              "base_seq is %" PRId64 "; it cannot be negative", base_seq);
    if (base_seq > head_seq)
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_BASE_SEQ_FUTURE, field,
                            "base_seq %" PRId64
                            " is newer than the register, which is at %" PRId64,
                            base_seq, head_seq);
    return status_ok();
}
