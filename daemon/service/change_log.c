#include "service/change_log.h"

#include "common/field_text.h"
#include "common/fields.h"
#include "common/mask.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "service/page_token.h"
#include "service/resource.h"
#include "service/sight.h"
#include "store/redact.h"

#include "provost/v1/change_log.pb-c.h"

#include <inttypes.h>
#include <string.h>

/* A change as told, alone and on a page; items beyond it are named without their fields, so
 * that even the largest change can be sent. */
enum { CHANGE_ALONE_MAX_BYTES = 3 << 20, CHANGE_LISTED_MAX_BYTES = 2 << 20, TAG_BYTES = 4 };

/* Changes looked at for one page of a list; then it ends short. */
enum { PAGE_LOOKED_MAX = 20000 };

/* What one answer is built from. */
struct telling {
    struct handler_call *call;
    const struct kind *kind; /* texts are told of resources of this kind; NULL for all */
    const char *id;          /* and this id, or below it; NULL for all of the kind */
    const char *field;       /* and of changes of this field; NULL for any */
    size_t told_bytes;       /* of this change, about */
    size_t limit_bytes;
};

/* ---- one change as a message ---- */

static const Provost__V1__Outcome outcomes[] = {
    [CHANGE_CREATE] = PROVOST__V1__OUTCOME__OUTCOME_CREATED,
    [CHANGE_UPDATE] = PROVOST__V1__OUTCOME__OUTCOME_UPDATED,
    [CHANGE_DELETE] = PROVOST__V1__OUTCOME__OUTCOME_DELETED,
    [CHANGE_REDACT] = PROVOST__V1__OUTCOME__OUTCOME_REDACTED,
};

/* One side of an item: a version, and which of its values were erased. */
struct side {
    const ProtobufCMessage *body; /* NULL when there is none */
    bool any_erased;
    bool erased[CATALOG_FIELDS_MAX];
};

/* The version that began at `from_seq`. */
static struct status read_side(struct telling *telling, const struct change_item *item,
                               int64_t from_seq, struct side *out_side)
{
    struct version version;
    bool found = false;
    out_side->body = NULL;
    out_side->any_erased = false;
    if (from_seq == 0) return status_ok();
    struct status st = txn_get_version(telling->call->txn, item->kind, item->id, from_seq,
                                       telling->call->arena, &version, &found);
    if (!status_is_ok(st) || !found) return st;
    out_side->body = version.body;
    return txn_redacted_fields(telling->call->txn, item->kind, item->id, from_seq,
                               out_side->erased, &out_side->any_erased);
}

static bool is_erased(const struct side *side, const char *field)
{
    if (!side->any_erased) return false;
    const ProtobufCMessageDescriptor *desc = side->body->descriptor;
    return side->erased[field_index(desc, fields_find(desc, field))];
}

/* Text of a field; "" without a body. */
static char *text_of(struct telling *telling, const ProtobufCMessage *body, const char *field)
{
    const ProtobufCFieldDescriptor *fd =
        body == NULL ? NULL : fields_find(body->descriptor, field);
    if (fd == NULL) return (char *)protobuf_c_empty_string;
    const char *text = field_to_text(body, fd, telling->call->arena);
    telling->told_bytes += strlen(text) + TAG_BYTES;
    return (char *)text;
}

static void tell_field(struct telling *telling, const char *name, const struct side *before,
                       const struct side *after, Provost__V1__ChangeItem *message)
{
    Provost__V1__FieldChange *field = arena_alloc(telling->call->arena, sizeof *field);
    provost__v1__field_change__init(field);
    field->field = (char *)name;
    field->before = text_of(telling, before->body, name);
    field->after = text_of(telling, after->body, name);
    field->before_redacted = is_erased(before, name);
    field->after_redacted = is_erased(after, name);
    telling->told_bytes += strlen(name) + TAG_BYTES;
    message->fields[message->n_fields++] = field;
}

/* The record of a deletion names no fields: all that was there is gone. */
static void tell_fields(struct telling *telling, const struct change_item *item,
                        const struct side *before, const struct side *after,
                        Provost__V1__ChangeItem *message)
{
    const ProtobufCMessageDescriptor *desc = item->kind->desc;
    size_t room = item->op == CHANGE_DELETE ? desc->n_fields : item->field_count;
    message->fields =
        arena_alloc(telling->call->arena, (room + 1) * sizeof(Provost__V1__FieldChange *));
    if (item->op != CHANGE_DELETE) {
        for (size_t i = 0; i < item->field_count; i++)
            tell_field(telling, item->fields[i], before, after, message);
        return;
    }
    for (unsigned i = 0; before->body != NULL && i < desc->n_fields; i++)
        if (field_is_set(before->body, &desc->fields[i]) ||
            is_erased(before, desc->fields[i].name))
            tell_field(telling, desc->fields[i].name, before, after, message);
}

/* Of an erasure it is told what went, who asked for it and nothing else. */
static struct status tell_redaction(struct telling *telling, const struct change_item *item,
                                    int64_t seq, Provost__V1__ChangeItem *message)
{
    const struct side none = {0};
    const char *requester = "";
    struct status st =
        txn_redaction_requester(telling->call->txn, seq, telling->call->arena, &requester);
    message->requested_by = (char *)requester;
    tell_fields(telling, item, &none, &none, message);
    for (size_t i = 0; i < message->n_fields; i++)
        message->fields[i]->before_redacted = message->fields[i]->after_redacted = true;
    return st;
}

/* Whether the item is of what was asked about. */
static bool is_asked_for(const struct telling *telling, const struct change_item *item)
{
    if (telling->kind != NULL && telling->kind != item->kind) return false;
    if (telling->id == NULL) return true;
    size_t length = strlen(telling->id);
    return strncmp(item->id, telling->id, length) == 0 &&
           (item->id[length] == '\0' || item->id[length] == '/');
}

static struct status tell_item(struct telling *telling, const struct change_item *item,
                               int64_t seq, Provost__V1__ChangeItem **out_message)
{
    struct arena *arena = telling->call->arena;
    Provost__V1__ChangeItem *message = arena_alloc(arena, sizeof *message);
    provost__v1__change_item__init(message);
    message->resource = resource_name(arena, item->kind, item->id);
    message->outcome = outcomes[item->op];
    message->previous_revision = item->previous_seq;
    telling->told_bytes += strlen(message->resource) + 4 * TAG_BYTES;
    *out_message = message;
    if (!is_asked_for(telling, item) || telling->told_bytes > telling->limit_bytes)
        return status_ok();
    if (item->op == CHANGE_REDACT) return tell_redaction(telling, item, seq, message);
    struct side before = {.body = NULL}, after = {.body = NULL};
    struct status st = read_side(telling, item, item->previous_seq, &before);
    if (status_is_ok(st))
        st = read_side(telling, item, item->op == CHANGE_DELETE ? 0 : seq, &after);
    if (status_is_ok(st)) tell_fields(telling, item, &before, &after, message);
    return st;
}

static struct status tell_items(struct telling *telling, const struct change_record *record,
                                Provost__V1__Change *change)
{
    change->items = arena_alloc(telling->call->arena,
                                (record->item_count + 1) * sizeof(Provost__V1__ChangeItem *));
    for (size_t i = 0; i < record->item_count; i++) {
        struct status st =
            tell_item(telling, &record->items[i], record->seq, &change->items[i]);
        if (!status_is_ok(st)) return st;
        change->n_items++;
    }
    return status_ok();
}

/* ---- what is kept from the caller ---- */

static bool changes_field(const struct telling *telling, const struct change_item *item)
{
    if (telling->field == NULL) return true;
    for (size_t i = 0; i < item->field_count; i++)
        if (strcmp(item->fields[i], telling->field) == 0) return true;
    return false;
}

/* Takes out of a record what its reader does not see. False: nothing is left of what was asked
 * for, so that for them there was no such change. What changed no resource was done to the register
 * itself: who may do what, its key. That is for those who may list it, too. */
static bool keep_seen(const struct telling *telling, struct change_record *record)
{
    struct handler_call *call = telling->call;
    size_t kept = 0, asked = 0;
    if (record->item_count == 0) return rights_see_administration(call->caller->rights);
    if (call->sight == NULL) return true;
    for (size_t i = 0; i < record->item_count; i++) {
        const struct change_item *item = &record->items[i];
        const char *name = resource_name(call->arena, item->kind, item->id);
        if (!sight_sees(call->sight, call->txn, name)) continue;
        if (is_asked_for(telling, item) && changes_field(telling, item)) asked++;
        record->items[kept++] = *item;
    }
    if (kept < record->item_count) { /* the bytes name what was taken out */
        record->items_bytes = "";
        record->items_size = 0;
    }
    record->item_count = kept;
    return asked > 0;
}

static struct status tell_change(struct telling *telling, const struct change_record *record,
                                 Provost__V1__Change **out_change)
{
    struct arena *arena = telling->call->arena;
    Provost__V1__Change *change = arena_alloc(arena, sizeof *change);
    provost__v1__change__init(change);
    change->seq = record->seq;
    change->time = timestamp_new(record->time_us, arena);
    change->principal = (char *)record->by.principal;
    change->auth_method = (char *)record->by.auth_method;
    change->service = (char *)record->by.service;
    change->on_behalf_of = (char *)record->by.on_behalf_of;
    change->method = (char *)record->by.method;
    change->request_id = (char *)record->by.request_id;
    change->reason = (char *)record->by.reason;
    change->trace_id = (char *)record->by.trace_id;
    change->actor_redacted = record->actor_redacted;
    change->reason_redacted = record->reason_redacted;
    change->leaf_hash.data = arena_memdup(arena, record->leaf_hash, sizeof record->leaf_hash);
    change->leaf_hash.len = sizeof record->leaf_hash;
    *out_change = change;
    return tell_items(telling, record, change);
}

static struct status no_such_change(struct arena *arena, int64_t seq, int64_t head)
{
    return status_error(arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, "change_seq",
                        "there is no change %" PRId64 "; the log goes from 1 to %" PRId64, seq,
                        head);
}

/* ---- GetChange ---- */

struct status change_log_get_change(struct handler_call *call, const ProtobufCMessage *message,
                                    ProtobufCMessage **out_response)
{
    const Provost__V1__GetChangeRequest *request =
        (const Provost__V1__GetChangeRequest *)message;
    int64_t head = txn_seq(call->txn);
    struct change_record record;
    bool found = false;
    if (request->change_seq <= 0)
        return status_invalid(call->arena, REASON_SEQ_INVALID, "change_seq",
                              "change_seq is %" PRId64 "; the first change is 1",
                              request->change_seq);
    if (request->change_seq > head)
        return no_such_change(call->arena, request->change_seq, head);
    struct status st =
        txn_get_change(call->txn, request->change_seq, call->arena, &record, &found);
    if (!status_is_ok(st)) return st;
    struct telling telling = {.call = call, .limit_bytes = CHANGE_ALONE_MAX_BYTES};
    if (!found || !keep_seen(&telling, &record))
        return no_such_change(call->arena, request->change_seq, head);
    telling.told_bytes = record.entry_size + record.items_size;
    Provost__V1__GetChangeResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__get_change_response__init(response);
    st = tell_change(&telling, &record, &response->change);
    if (!status_is_ok(st)) return st;
    response->seq = head;
    response->entry = (ProtobufCBinaryData){record.entry_size, (uint8_t *)record.entry};
    response->items = (ProtobufCBinaryData){record.items_size, (uint8_t *)record.items_bytes};
    *out_response = &response->base;
    return st;
}

/* ---- ListChanges ---- */

static struct status resolve_resource(struct arena *arena, const char *resource,
                                      struct change_query *query)
{
    if (resource[0] == '\0') return status_ok();
    const struct catalog_row *row = catalog_of_name(resource);
    if (row == NULL)
        return status_invalid(
            arena, REASON_UNKNOWN_COLLECTION, "resource",
            "\"%.200s\" is in no collection of the register; write for example "
            "\"indicators\" or \"observations/foi-cex\"",
            resource);
    const char *id = resource_id(resource);
    size_t length = strlen(id);
    if (length > 0 && id[length - 1] == '/') length--;
    query->kind = &row->kind;
    if (length > 0) query->id = arena_strndup(arena, id, length);
    return status_ok();
}

static struct status check_field(struct arena *arena, const char *field,
                                 const struct change_query *query)
{
    if (field[0] == '\0') return status_ok();
    if (query->kind != NULL) {
        if (protobuf_c_message_descriptor_get_field_by_name(query->kind->desc, field) != NULL)
            return status_ok();
        return mask_unknown_field(query->kind->desc, field, "field", arena);
    }
    if (catalog_has_field(field)) return status_ok();
    return status_invalid(arena, REASON_UNKNOWN_FIELD, "field",
                          "no kind of resource has a field \"%.80s\"", field);
}

static struct status check_times(struct arena *arena,
                                 const Provost__V1__ListChangesRequest *request)
{
    if (request->since != NULL && !timestamp_is_valid(request->since))
        return status_invalid(arena, REASON_TIME_INVALID, "since", "since is not a valid time");
    if (request->until != NULL && !timestamp_is_valid(request->until))
        return status_invalid(arena, REASON_TIME_INVALID, "until", "until is not a valid time");
    if (request->since == NULL || request->until == NULL) return status_ok();
    int64_t since_us = timestamp_to_us(request->since),
            until_us = timestamp_to_us(request->until);
    if (until_us < since_us)
        return status_invalid(arena, REASON_TIME_INVALID, "until",
                              "until %s is before since %s", time_to_text(until_us, arena),
                              time_to_text(since_us, arena));
    return status_ok();
}

static struct status check_seqs(struct arena *arena,
                                const Provost__V1__ListChangesRequest *request)
{
    if (request->from_seq < 0 || request->to_seq < 0)
        return status_invalid(arena, REASON_SEQ_INVALID,
                              request->from_seq < 0 ? "from_seq" : "to_seq",
                              "from_seq and to_seq cannot be negative");
    if (request->to_seq != 0 && request->from_seq > request->to_seq)
        return status_invalid(arena, REASON_SEQ_INVALID, "to_seq",
                              "to_seq %" PRId64 " is before from_seq %" PRId64, request->to_seq,
                              request->from_seq);
    return status_ok();
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* The conditions of a request; not yet where to go on. */
static struct status build_query(struct arena *arena,
                                 const Provost__V1__ListChangesRequest *request,
                                 struct change_query *query)
{
    *query = (struct change_query){
        .field = or_null(request->field),
        .principal = or_null(request->principal),
        .service = or_null(request->service),
        .on_behalf_of = or_null(request->on_behalf_of),
        .since_us = timestamp_to_us(request->since),
        .until_us = timestamp_to_us(request->until),
        .from_seq = request->from_seq,
        .to_seq = request->to_seq,
        .reason_contains = or_null(request->reason_contains),
        .oldest_first = request->oldest_first,
    };
    struct status st = resolve_resource(arena, request->resource, query);
    if (status_is_ok(st)) st = check_field(arena, request->field, query);
    if (status_is_ok(st)) st = check_times(arena, request);
    if (status_is_ok(st)) st = check_seqs(arena, request);
    return status_is_ok(st) ? page_size_resolve(arena, request->page_size, &query->limit) : st;
}

static uint64_t hash_query(const Provost__V1__ListChangesRequest *request)
{
    uint64_t hash = page_query_start("ListChanges");
    hash = page_query_add_text(hash, request->resource);
    hash = page_query_add_text(hash, request->field);
    hash = page_query_add_text(hash, request->principal);
    hash = page_query_add_text(hash, request->service);
    hash = page_query_add_text(hash, request->on_behalf_of);
    hash = page_query_add_int(hash, timestamp_to_us(request->since));
    hash = page_query_add_int(hash, timestamp_to_us(request->until));
    hash = page_query_add_int(hash, request->from_seq);
    hash = page_query_add_int(hash, request->to_seq);
    hash = page_query_add_text(hash, request->reason_contains);
    return page_query_add_int(hash, request->oldest_first);
}

/* Where this page begins, and the head that all pages of the listing share. */
static struct status place_page(struct handler_call *call,
                                const Provost__V1__ListChangesRequest *request,
                                struct change_query *query, int64_t *out_head)
{
    int64_t head = txn_seq(call->txn);
    if (request->page_token[0] != '\0') {
        struct page_token token;
        struct status st =
            page_token_decode(call->arena, request->page_token, hash_query(request), &token);
        if (!status_is_ok(st)) return st;
        if (token.a <= 0 || token.b < 0 || token.b > head)
            return status_invalid(call->arena, REASON_PAGE_TOKEN_INVALID, "page_token",
                                  "page_token is not one of this register");
        query->after_seq = token.a;
        head = token.b;
    }
    if (query->to_seq == 0 || query->to_seq > head) query->to_seq = head;
    *out_head = head;
    return status_ok();
}

/* A page being filled. */
struct change_page {
    Provost__V1__ListChangesResponse *out;
    uint32_t size;     /* at most so many changes */
    size_t bytes;      /* of those on it */
    size_t looked;     /* changes looked at */
    int64_t last_seq;  /* of the last one on it */
    int64_t after_seq; /* where the next page begins; 0: there is none */
};

static bool is_full(const struct change_page *page)
{
    return page->out->n_changes == page->size || page->bytes >= PAGE_BYTES_SOFT_MAX;
}

/* Puts a change on the page; one that is seen and finds it full only says that there is more. */
static struct status add_change(struct telling *telling, int64_t seq, struct change_page *page)
{
    struct arena *arena = telling->call->arena;
    struct arena_mark mark = arena_mark(arena);
    struct change_record record;
    bool found = false;
    Provost__V1__Change *change = NULL;
    struct status st = txn_get_change(telling->call->txn, seq, arena, &record, &found);
    if (!status_is_ok(st)) return st;
    page->looked++;
    if (!found || !keep_seen(telling, &record)) {
        arena_rewind(arena, mark);
        return st;
    }
    if (is_full(page)) {
        page->after_seq = page->last_seq;
        return st;
    }
    telling->told_bytes = 0;
    st = tell_change(telling, &record, &change);
    if (!status_is_ok(st)) return st;
    page->out->changes[page->out->n_changes++] = change;
    page->bytes += protobuf_c_message_get_packed_size(&change->base);
    page->last_seq = seq;
    return st;
}

/* Goes on until the page is full and it is known whether anything follows that its reader sees: a
 * short page, or a place to go on with nothing behind it, would tell of what is kept from them. */
static struct status fill_page(struct telling *telling, struct change_query *query,
                               struct change_page *page)
{
    struct arena *arena = telling->call->arena;
    struct status st;
    page->out->changes = arena_alloc(arena, page->size * sizeof(Provost__V1__Change *));
    query->limit = page->size + 1;
    do {
        int64_t *seqs = NULL, next_seq = 0;
        size_t count = 0;
        st = txn_find_changes(telling->call->txn, query, arena, &seqs, &count, &next_seq);
        for (size_t i = 0; status_is_ok(st) && i < count && page->after_seq == 0; i++)
            st = add_change(telling, seqs[i], page);
        query->after_seq = next_seq;
        page->looked++; /* a search may find nothing */
    } while (status_is_ok(st) && page->after_seq == 0 && query->after_seq != 0 &&
             page->looked < PAGE_LOOKED_MAX);
    if (page->after_seq == 0) page->after_seq = query->after_seq;
    return st;
}

struct status change_log_list_changes(struct handler_call *call,
                                      const ProtobufCMessage *message,
                                      ProtobufCMessage **out_response)
{
    const Provost__V1__ListChangesRequest *request =
        (const Provost__V1__ListChangesRequest *)message;
    struct change_query query;
    int64_t head = 0;
    struct status st = build_query(call->arena, request, &query);
    if (status_is_ok(st)) st = place_page(call, request, &query, &head);
    if (!status_is_ok(st)) return st;
    Provost__V1__ListChangesResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__list_changes_response__init(response);
    response->seq = head;
    *out_response = &response->base;
    if (head == 0 || query.from_seq > query.to_seq) return st; /* nothing can match */
    struct change_page page = {.out = response, .size = query.limit};
    struct telling telling = {
        .call = call,
        .kind = query.kind,
        .id = query.id,
        .field = query.field,
        .limit_bytes = CHANGE_LISTED_MAX_BYTES,
    };
    st = fill_page(&telling, &query, &page);
    if (!status_is_ok(st) || page.after_seq == 0) return st;
    const struct page_token token = {page.after_seq, head, "", hash_query(request)};
    response->next_page_token = page_token_encode(call->arena, &token);
    return st;
}
