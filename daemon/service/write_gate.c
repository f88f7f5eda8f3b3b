#include "service/write_gate.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "service/belonging.h"
#include "service/field_groups.h"
#include "service/resource.h"
#include "service/sight.h"

#include <string.h>

static const struct rights *rights_of(const struct write_request *request)
{
    return request->call->caller->rights;
}

static const char *owner_text(const struct belonging *belonging)
{
    if (belonging->count == 0 || belonging->lineages[0].count == 0) return "no organisation";
    return belonging->lineages[0].names[0];
}

static struct status denied(const struct write_request *request, const struct write_item *item,
                            const struct belonging *belonging, unsigned groups)
{
    const char *what = groups == 0 ? "anything" : field_groups_text(groups);
    return status_error(item->what.arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED,
                        place_envelope(item->what.arena, &item->what.place, "name"),
                        "%s is not allowed to write %s of %s, which belongs to %s",
                        request->call->caller->principal, what, item->entry->name,
                        owner_text(belonging));
}

/* Whether the caller may write these groups of a body, 0 for any at all. */
static struct status check_body(const struct write_request *request,
                                const struct write_item *item, const ProtobufCMessage *body,
                                unsigned groups)
{
    struct belonging belonging;
    struct status st = belonging_of_body(request->call->txn, item->what.arena, item->what.row,
                                         item->entry->name, body, &belonging);
    if (!status_is_ok(st) || belonging_may_write(&belonging, rights_of(request), groups))
        return st;
    return denied(request, item, &belonging, groups);
}

/* Administrators of the whole register need no search for owners. */
static bool may_write_all(const struct write_request *request)
{
    return rights_hold(rights_of(request), ROLE_ADMIN, true);
}

/* ---- what is not seen ---- */

static struct status refuse_reference(const struct write_item *item, const char *path,
                                      const char *name)
{
    return understand_refuse(&item->what, REASON_UNKNOWN_REFERENCE, path,
                             "there is no \"%.200s\"; create it first, or in the same request",
                             name);
}

/* Whether a name stands for something that the caller may refer to. */
static struct status is_there(const struct write_request *request,
                              const struct write_item *item, const char *name, bool *out_there)
{
    const struct catalog_row *row = catalog_of_name(name);
    struct lookup_entry *entry;
    *out_there = name[0] == '\0';
    if (*out_there || row == NULL) return status_ok();
    struct status st = lookup_get(item->what.lookup, row, name, &entry);
    *out_there = status_is_ok(st) && entry->found &&
                 sight_sees(request->call->sight, request->call->txn, name);
    return st;
}

/* What says whom a body belongs to must be there; what is kept from the caller is refused as what
 * never was. */
static struct status check_holders(const struct write_request *request,
                                   const struct write_item *item)
{
    const ProtobufCMessage *body = item->what.after;
    for (const char *const *field = belonging_fields(item->what.row); *field != NULL; field++) {
        const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, *field);
        bool there = true;
        if (field_shape(fd) != FIELD_TEXT) continue;
        struct status st = is_there(request, item, field_get_text(body, fd), &there);
        if (!status_is_ok(st)) return st;
        if (!there) return refuse_reference(item, *field, field_get_text(body, fd));
    }
    return status_ok();
}

static struct status check_reference(const struct write_request *request,
                                     const struct write_item *item,
                                     const struct catalog_field *field)
{
    const ProtobufCMessage *body = item->what.after;
    struct handler_call *call = request->call;
    if (field_shape(field->fd) == FIELD_TEXT) {
        const char *name = field_get_text(body, field->fd);
        if (sight_sees(call->sight, call->txn, name)) return status_ok();
        return refuse_reference(item, field->name, name);
    }
    for (size_t i = 0; i < field_get_count(body, field->fd); i++) {
        const char *name = field_list_text(body, field->fd, i);
        if (!sight_sees(call->sight, call->txn, name))
            return refuse_reference(
                item, arena_printf(item->what.arena, "%s[%zu]", field->name, i), name);
    }
    return status_ok();
}

/* Whatever a caller newly refers to must be seen. */
static struct status check_references(const struct write_request *request,
                                      const struct write_item *item)
{
    struct status st = status_ok();
    if (request->call->sight == NULL) return st;
    for (const struct catalog_field *field = item->what.row->fields;
         status_is_ok(st) && field->name != NULL; field++)
        if (field->targets != NULL &&
            item->changed[field_index(item->what.row->kind.desc, field->fd)])
            st = check_reference(request, item, field);
    return st;
}

/* Of a name that somebody else has and the caller does not see. A new resource cannot have it,
 * and saying so tells no more than that it is taken. */
static struct status refuse_unseen(const struct write_request *request,
                                   const struct write_item *item)
{
    struct status st = item->op == WRITE_DELETE ? status_ok() : check_holders(request, item);
    if (!status_is_ok(st)) return st;
    struct arena *arena = item->what.arena;
    const char *field = place_envelope(arena, &item->what.place, "name");
    if (item->op == WRITE_CREATE || item->allow_missing)
        return status_error(arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED, field,
                            "%s is not allowed to write %s", request->call->caller->principal,
                            item->entry->name);
    return status_error(arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, field,
                        "there is no %s%s", item->entry->name,
                        item->op == WRITE_PATCH ? "; create it, or set allow_missing" : "");
}

/* ---- the gate ---- */

struct status write_gate_enter(const struct write_request *request,
                               const struct write_item *item)
{
    if (may_write_all(request)) return status_ok();
    if (item->entry->found) {
        if (!sight_sees(request->call->sight, request->call->txn, item->entry->name))
            return refuse_unseen(request, item);
        return check_body(request, item, item->entry->version.body, 0);
    }
    if (item->op == WRITE_DELETE || (item->op == WRITE_PATCH && !item->allow_missing))
        return status_ok(); /* it will be said that there is none */
    struct status st = check_holders(request, item);
    return status_is_ok(st) ? check_body(request, item, item->what.after, 0) : st;
}

struct status write_gate_check(const struct write_request *request,
                               const struct write_item *item)
{
    const struct understanding *what = &item->what;
    if (may_write_all(request)) return status_ok();
    unsigned groups = field_groups_of(what->row, what->before, what->after, item->changed);
    struct status st =
        what->before == NULL ? status_ok() : check_body(request, item, what->before, groups);
    if (status_is_ok(st)) st = check_body(request, item, what->after, groups);
    return status_is_ok(st) ? check_references(request, item) : st;
}

struct status write_gate_check_deletion(const struct write_request *request,
                                        const struct write_item *item,
                                        const ProtobufCMessage *body)
{
    bool changed[CATALOG_FIELDS_MAX];
    if (may_write_all(request)) return status_ok();
    for (unsigned i = 0; i < item->what.row->kind.desc->n_fields; i++)
        changed[i] = field_is_set(body, &item->what.row->kind.desc->fields[i]);
    return check_body(request, item, body,
                      field_groups_of(item->what.row, body, body, changed));
}
