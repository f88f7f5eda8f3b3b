#include "service/redact.h"

#include "common/field_text.h"
#include "common/fields.h"
#include "common/mask.h"
#include "common/reasons.h"
#include "service/catalog.h"
#include "service/excerpt.h"
#include "service/request_id.h"
#include "service/resource.h"
#include "service/second_person.h"
#include "store/redact.h"

#include "provost/v1/change_log.pb-c.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { REASON_MAX_BYTES = 2000, REPEATED_MIN_BYTES = 4 };
static const int64_t request_life_us = INT64_C(7) * 24 * 3600 * 1000000;

/* ---- fields that say the same ---- */

/* Values that are told more than once: a cell as it was written and what was understood of it.
 * Erasing one erases the others of its group. */
struct twins {
    const char *collection;
    const char *fields[8]; /* NULL-terminated */
};

static const struct twins twins_table[] = {
    {"observations", {"state", "value", "numerator", "denominator", "flags", "verbatim"}},
    {"targets", {"state", "operator", "value", "value_high", "verbatim"}},
    {"budget-lines", {"amount", "scale", "state", "verbatim"}},
    {"benchmarks", {"position", "position_qualifier", "position_verbatim"}},
    {"benchmarks", {"trajectory", "trajectory_verbatim"}},
    {"benchmarks", {"value", "group_values"}},
    {"actions", {"deadline_verbatim", "deadlines"}},
    {"actions", {"benefit_amount", "benefit_period", "benefit_verbatim"}},
    {"plans", {"review_frequency", "review_verbatim"}},
    {"plans", {"end_date", "end_verbatim", "ends"}},
    {"indicators", {"frequency", "frequency_verbatim"}},
};

static const char *const *find_twins(const struct catalog_row *row, const char *field)
{
    for (size_t i = 0; i < sizeof twins_table / sizeof *twins_table; i++) {
        if (strcmp(twins_table[i].collection, row->kind.collection) != 0) continue;
        for (const char *const *p = twins_table[i].fields; *p != NULL; p++)
            if (strcmp(*p, field) == 0) return twins_table[i].fields;
    }
    return NULL;
}

/* ---- what is asked for ---- */

/* Part of the resource's name, which every entry tells: it cannot be erased. */
static bool is_in_name(const struct catalog_row *row, const char *field)
{
    for (const struct catalog_field *f = row->fields; f->name != NULL; f++)
        if (strcmp(f->name, field) == 0) return (f->flags & CATALOG_IMMUTABLE) != 0;
    return false;
}

static struct status bad_target(struct arena *arena, const char *field, const char *text)
{
    return status_invalid(arena, REASON_REDACT_TARGET, field, "%s", text);
}

static struct status resolve_field(struct arena *arena,
                                   const Provost__V1__RedactChangeRequest *request,
                                   struct redaction *out_what)
{
    const struct catalog_row *row = catalog_of_name(request->resource);
    if (row == NULL || resource_id(request->resource)[0] == '\0')
        return bad_target(arena, "resource",
                          "to erase a field, say of which resource: \"posts/manager\"");
    const ProtobufCFieldDescriptor *fd = fields_find(row->kind.desc, request->field);
    if (fd == NULL) return mask_unknown_field(row->kind.desc, request->field, "field", arena);
    if (is_in_name(row, fd->name))
        return bad_target(
            arena, "field",
            "this field is part of the resource's name, which stands in the log's "
            "entries: it cannot be erased");
    out_what->kind = &row->kind;
    out_what->id = resource_id(request->resource);
    out_what->field = fd->name;
    out_what->along = find_twins(row, fd->name);
    return status_ok();
}

static struct status resolve(struct arena *arena,
                             const Provost__V1__RedactChangeRequest *request,
                             struct redaction *out_what)
{
    *out_what = (struct redaction){.change_seq = request->change_seq};
    if (request->change_seq <= 0)
        return status_invalid(arena, REASON_SEQ_INVALID, "change_seq",
                              "change_seq is %" PRId64 "; name the change that brought in what "
                              "is to be erased",
                              request->change_seq);
    switch (request->target) {
    case PROVOST__V1__REDACT_TARGET__REDACT_TARGET_FIELD:
        out_what->target = REDACT_FIELD;
        return resolve_field(arena, request, out_what);
    case PROVOST__V1__REDACT_TARGET__REDACT_TARGET_REASON:
        out_what->target = REDACT_REASON;
        break;
    case PROVOST__V1__REDACT_TARGET__REDACT_TARGET_ACTOR:
        out_what->target = REDACT_ACTOR;
        break;
    case PROVOST__V1__REDACT_TARGET__REDACT_TARGET_UNSPECIFIED:
    default: /* protobuf-c's enum has a hidden member */
        return bad_target(arena, "target", "say what to erase: FIELD, REASON or ACTOR");
    }
    if (request->resource[0] == '\0' && request->field[0] == '\0') return status_ok();
    return bad_target(arena, "resource",
                      "resource and field are for the target FIELD only: leave them empty");
}

static struct status check_reason(struct arena *arena, const char *reason, bool required)
{
    if (required && reason[0] == '\0')
        return status_invalid(arena, REASON_REASON_REQUIRED, "reason",
                              "an erasure needs its legal basis and reason");
    if (strlen(reason) > REASON_MAX_BYTES)
        return status_invalid(arena, REASON_REASON_INVALID, "reason",
                              "reason has %zu bytes; at most %d are kept", strlen(reason),
                              REASON_MAX_BYTES);
    return status_ok();
}

/* ---- the reason must not tell what is erased ---- */

static bool repeats(const char *reason, const char *erased)
{
    return strlen(erased) >= REPEATED_MIN_BYTES && strcasestr(reason, erased) != NULL;
}

static struct status find_repeated(struct handler_call *call, const struct redaction *what,
                                   const char *reason, bool *out_repeated)
{
    struct change_record change;
    struct version version;
    bool found = false;
    struct status st =
        txn_get_change(call->txn, what->change_seq, call->arena, &change, &found);
    *out_repeated = false;
    if (!status_is_ok(st) || !found) return st;
    if (what->target == REDACT_REASON) *out_repeated = repeats(reason, change.by.reason);
    if (what->target == REDACT_ACTOR)
        *out_repeated =
            repeats(reason, change.by.principal) || repeats(reason, change.by.on_behalf_of);
    if (what->target != REDACT_FIELD) return st;
    assert(what->kind != NULL);
    st = txn_get_version(call->txn, what->kind, what->id, what->change_seq, call->arena,
                         &version, &found);
    if (status_is_ok(st) && found)
        *out_repeated = repeats(
            reason, field_to_text(version.body, fields_find(what->kind->desc, what->field),
                                  call->arena));
    return st;
}

static struct status check_repeated(struct handler_call *call, const struct redaction *what,
                                    const char *reason)
{
    bool repeated = false;
    struct status st = find_repeated(call, what, reason, &repeated);
    if (!status_is_ok(st) || !repeated) return st;
    return status_invalid(call->arena, REASON_REASON_INVALID, "reason",
                          "the reason repeats what is to be erased, and it stays in the log");
}

/* ---- erasing ---- */

static struct status erase(struct handler_call *call, const struct redaction *what,
                           const char *reason, const char *request_id, int64_t *out_erased)
{
    struct status st = check_repeated(call, what, reason);
    if (!status_is_ok(st)) return st;
    const struct change_by by = {
        .principal = call->caller->principal,
        .auth_method = call->caller->auth_method,
        .service = call->caller->service,
        .on_behalf_of = call->caller->on_behalf_of,
        .method = call->method,
        .request_id = request_id,
        .reason = reason,
        .trace_id = call->caller->trace_id,
    };
    txn_set_change_by(call->txn, &by);
    return txn_redact(call->txn, what, call->arena, out_erased);
}

/* The first call. The erasure is tried and undone, so that who asks hears at once when there is
 * nothing to erase. */
static struct status ask(struct handler_call *call,
                         const Provost__V1__RedactChangeRequest *request,
                         struct redaction *what, Provost__V1__RedactChangeResponse *response)
{
    int64_t erased = 0;
    struct status st = check_reason(call->arena, request->reason, true);
    what->requester = call->caller->principal;
    if (status_is_ok(st)) st = erase(call, what, request->reason, request->request_id, &erased);
    if (status_is_ok(st)) st = txn_undo(call->txn);
    if (!status_is_ok(st)) return st;
    struct redact_request waiting = {
        .principal = call->caller->principal,
        .on_behalf_of = call->caller->on_behalf_of,
        .target = what->target,
        .change_seq = what->change_seq,
        .resource = request->resource,
        .field = what->field != NULL ? what->field : "",
        .reason = request->reason,
        .expire_us = call->now_us + request_life_us,
    };
    st = txn_add_redact_request(call->txn, &waiting, call->now_us, call->arena);
    if (status_is_ok(st)) response->approval_id = (char *)waiting.id;
    return st;
}

static struct status find_waiting(struct handler_call *call, const char *id,
                                  struct redact_request *out_waiting)
{
    bool found = false;
    struct status st = txn_find_redact_request(call->txn, id, call->arena, out_waiting, &found);
    if (!status_is_ok(st)) return st;
    if (found && out_waiting->expire_us > call->now_us) return st;
    return status_error(call->arena, GRPC_NOT_FOUND, REASON_APPROVAL_UNKNOWN, "approval_id",
                        "no request for erasure waits under \"%s\": it was carried out, is "
                        "older than 7 days, or never was; ask anew without approval_id",
                        excerpt(call->arena, id));
}

static struct status check_waiting(struct handler_call *call,
                                   const Provost__V1__RedactChangeRequest *request,
                                   const struct redaction *what,
                                   const struct redact_request *waiting)
{
    const char *field = what->field != NULL ? what->field : "";
    assert(waiting->resource != NULL && waiting->field != NULL && waiting->principal != NULL);
    if (waiting->target != what->target || waiting->change_seq != what->change_seq ||
        strcmp(waiting->resource, request->resource) != 0 || strcmp(waiting->field, field) != 0)
        return status_invalid(call->arena, REASON_APPROVAL_MISMATCH, "approval_id",
                              "what waits under this id is another erasure: approve exactly "
                              "what was asked for");
    if (!second_person_is_same(call->caller, waiting->principal, waiting->on_behalf_of))
        return status_ok();
    return status_error(
        call->arena, GRPC_FAILED_PRECONDITION, REASON_SECOND_PERSON_NEEDED, "approval_id",
        "%s asked for this erasure: another person must approve it", waiting->principal);
}

/* The second call. */
static struct status approve(struct handler_call *call,
                             const Provost__V1__RedactChangeRequest *request,
                             struct redaction *what,
                             Provost__V1__RedactChangeResponse *response)
{
    struct redact_request waiting = {.id = NULL};
    struct status st = check_reason(call->arena, request->reason, false);
    if (status_is_ok(st)) st = find_waiting(call, request->approval_id, &waiting);
    if (status_is_ok(st)) st = check_waiting(call, request, what, &waiting);
    if (!status_is_ok(st)) return st;
    assert(waiting.reason != NULL);
    const char *reason = waiting.reason;
    if (request->reason[0] != '\0' && strcmp(request->reason, reason) != 0)
        reason = arena_printf(call->arena, "%s; approved: %s", reason, request->reason);
    what->requester = waiting.principal;
    st = txn_drop_redact_request(call->txn, waiting.id);
    if (status_is_ok(st))
        st = erase(call, what, reason, request->request_id, &response->erased);
    response->seq = txn_change_seq(call->txn);
    return st;
}

struct status change_log_redact_change(struct handler_call *call,
                                       const ProtobufCMessage *message,
                                       ProtobufCMessage **out_response)
{
    const Provost__V1__RedactChangeRequest *request =
        (const Provost__V1__RedactChangeRequest *)message;
    struct request_id id = {.id = request->request_id};
    struct redaction what;
    ProtobufCMessage *kept = NULL;
    struct status st = request_id_check(call->arena, id.id);
    if (status_is_ok(st))
        st = request_id_find(call, &id, message,
                             &provost__v1__redact_change_response__descriptor, &kept);
    if (status_is_ok(st) && kept != NULL) *out_response = kept;
    if (!status_is_ok(st) || kept != NULL) return st;
    st = resolve(call->arena, request, &what);
    if (!status_is_ok(st)) return st;
    int64_t head = txn_seq(call->txn);
    Provost__V1__RedactChangeResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__redact_change_response__init(response);
    st = request->approval_id[0] == '\0' ? ask(call, request, &what, response)
                                         : approve(call, request, &what, response);
    if (status_is_ok(st))
        st = request_id_keep(call, &id, &response->base, response->seq ? response->seq : head);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}
