/* From what a request says to items that can be run: which resource, which fields. */
#include "common/fields.h"
#include "common/names.h"
#include "common/reasons.h"
#include "service/resource.h"
#include "service/write.h"

#include <inttypes.h>
#include <string.h>

enum { REASON_MAX_BYTES = 2000 };

static struct status check_around(const struct write_request *request)
{
    struct arena *arena = request->call->arena;
    if (request->count == 0 || request->count > request->count_max)
        return status_invalid(arena, REASON_MUTATION_COUNT, request->list,
                              "%s has %zu entries; it must have 1 to %zu", request->list,
                              request->count, request->count_max);
    size_t reason_size = strlen(request->reason);
    if (reason_size > REASON_MAX_BYTES)
        return status_invalid(arena, REASON_REASON_INVALID, "reason",
                              "reason has %zu bytes; at most %d are kept", reason_size,
                              REASON_MAX_BYTES);
    return request_id_check(arena, request->request_id.id);
}

static void say_who(const struct write_request *request)
{
    const struct handler_call *call = request->call;
    const struct change_by by = {
        .principal = call->caller->principal,
        .auth_method = call->caller->auth_method,
        .service = call->caller->service,
        .on_behalf_of = call->caller->on_behalf_of,
        .method = call->method,
        .request_id = request->request_id.id,
        .reason = request->reason,
        .trace_id = call->caller->trace_id,
    };
    txn_set_change_by(call->txn, &by);
}

struct status write_begin(struct write_request *request, const ProtobufCMessage *message,
                          const ProtobufCMessageDescriptor *response_type,
                          ProtobufCMessage **out_response)
{
    struct handler_call *call = request->call;
    *out_response = NULL;
    request->message = message;
    struct status st = check_around(request);
    if (status_is_ok(st) && !request->validate_only)
        st = request_id_find(call, &request->request_id, message, response_type, out_response);
    if (!status_is_ok(st) || *out_response != NULL) return st;
    lookup_init(&request->lookup, call->txn, call->arena, request->count * 2);
    request->lookup.sight = call->sight;
    request->lock = (struct period_lock){.lookup = &request->lookup};
    request->codes = (struct codes){.lookup = &request->lookup};
    request->formulas = formulas_new(&request->lookup, &request->lock);
    request->items = arena_zalloc(call->arena, request->count * sizeof *request->items);
    for (size_t i = 0; i < request->count; i++) {
        struct understanding *what = &request->items[i].what;
        what->arena = call->arena;
        what->lookup = &request->lookup;
        what->reason = request->reason;
        what->place = (struct place){request->list, i, "", "", NULL};
    }
    request->head_seq = txn_seq(call->txn);
    request->approval = (struct approval){
        .lookup = &request->lookup, .caller = call->caller, .head_seq = request->head_seq};
    say_who(request);
    return approval_begin(&request->approval);
}

void write_open_body(struct write_item *item, const struct catalog_row *row,
                     const ProtobufCMessage *body, const bool *touched)
{
    struct understanding *what = &item->what;
    what->row = row;
    what->after = message_copy(body, what->arena);
    for (unsigned i = 0; i < row->kind.desc->n_fields; i++)
        what->touched[i] =
            touched != NULL ? touched[i] : field_is_set(body, &row->kind.desc->fields[i]);
}

/* A resource may be named once in a request. */
static struct status claim(struct write_request *request, struct write_item *item,
                           const char *name)
{
    struct arena *arena = request->call->arena;
    size_t index = item->what.place.index;
    item->entry = lookup_entry(&request->lookup, item->what.row, name);
    if (item->entry->claimed)
        return status_invalid(
            arena, REASON_DUPLICATE_RESOURCE,
            arena_printf(arena, "%s[%zu]", request->list, index),
            "%s is written by %s[%zu] too; a resource may be written once in a "
            "request",
            name, request->list, item->entry->claimed_by);
    item->what.name = item->entry->name;
    item->entry->claimed = true;
    item->entry->claimed_by = index;
    return status_ok();
}

static const char *name_path(const struct write_item *item)
{
    return place_envelope(item->what.arena, &item->what.place, "name");
}

/* The name fits the kind of the body. */
static struct status check_name(const struct write_item *item, const char *name)
{
    const struct understanding *what = &item->what;
    if (!name_is_valid(name)) return name_check(what->arena, name_path(item), name);
    if (catalog_of_name(name) != what->row)
        return status_invalid(
            what->arena, REASON_NAME_MISMATCH, name_path(item),
            "\"%s\" does not begin with \"%s/\", but the body is of that kind", name,
            what->row->kind.collection);
    if (what->row->naming != NAMED_FROM_FIELDS && strchr(resource_id(name), '/') != NULL)
        return status_invalid(what->arena, REASON_NAME_INVALID, name_path(item),
                              "\"%s\": an id in %s has one segment, without \"/\"", name,
                              what->row->kind.collection);
    return status_ok();
}

static struct status derive_name(const struct write_request *request, struct write_item *item,
                                 const char *given, const char **out_name)
{
    struct understanding *what = &item->what;
    const char *id;
    if (what->row->naming == NAMED_BY_SEQ) {
        id = arena_printf(what->arena, "n%" PRId64 "-%zu", request->head_seq + 1,
                          what->place.index);
    } else {
        struct status st = what->row->derive_id(what, &id);
        if (!status_is_ok(st)) return st;
    }
    *out_name = resource_name(what->arena, &what->row->kind, id);
    if (given[0] != '\0' && strcmp(given, *out_name) != 0)
        return status_invalid(
            what->arena, REASON_NAME_MISMATCH, name_path(item),
            "name is \"%s\", but its fields make it \"%s\"; leave the name empty "
            "or correct the fields",
            given, *out_name);
    return status_ok();
}

struct status write_open_name(struct write_request *request, struct write_item *item,
                              const char *name)
{
    struct understanding *what = &item->what;
    struct status st = understand_canonical(what);
    if (!status_is_ok(st)) return st;
    bool derived =
        what->row->naming == NAMED_FROM_FIELDS && (name[0] == '\0' || item->op == WRITE_CREATE);
    bool generated =
        what->row->naming == NAMED_BY_SEQ && name[0] == '\0' && item->op == WRITE_CREATE;
    item->name_derived = derived;
    if (derived || generated) st = derive_name(request, item, name, &name);
    if (status_is_ok(st)) st = check_name(item, name);
    return status_is_ok(st) ? claim(request, item, name) : st;
}

struct status write_open_deletion(struct write_request *request, struct write_item *item,
                                  const char *name)
{
    struct understanding *what = &item->what;
    if (!name_is_valid(name)) return name_check(what->arena, name_path(item), name);
    what->row = catalog_of_name(name);
    if (what->row == NULL)
        return status_invalid(what->arena, REASON_UNKNOWN_COLLECTION, name_path(item),
                              "\"%s\" is in no collection of the register", name);
    return claim(request, item, name);
}
