#include "service/admin.h"

#include "common/time_text.h"
#include "service/catalog.h"
#include "store/store.h"
#include "store/txn.h"

#include "provost/v1/admin.pb-c.h"

static int64_t started_us; /* written once, before main */

__attribute__((constructor)) static void note_start(void)
{
    started_us = time_now_us();
}

static void fill_store(Provost__V1__GetStatusResponse *response, struct arena *arena,
                       struct store *store)
{
    struct store_stats stats;
    store_get_stats(store, &stats);
    response->register_id = arena_strdup(arena, stats.register_id);
    response->tree_size = (int64_t)stats.tree_size;
    response->tree_root.data = arena_memdup(arena, stats.tree_root, sizeof stats.tree_root);
    response->tree_root.len = sizeof stats.tree_root;
    response->epoch = (int32_t)stats.epoch;
    response->seq = (int64_t)stats.seq;
    response->database_bytes = (int64_t)stats.database_bytes;
    response->wal_pages = (int64_t)stats.wal_pages;
    response->write_queue = (int64_t)stats.write_queue;
    response->read_queue = (int64_t)stats.read_queue;
    response->batches = (int64_t)stats.batches;
    response->writes = (int64_t)stats.jobs_written;
    response->read_only = stats.read_only;
}

static struct status fill_collections(Provost__V1__GetStatusResponse *response,
                                      struct handler_call *call)
{
    size_t count;
    const struct catalog_row *rows = catalog_rows(&count);
    response->collections =
        arena_alloc(call->arena, count * sizeof(Provost__V1__CollectionSize *));
    for (size_t i = 0; i < count; i++) {
        Provost__V1__CollectionSize *size = arena_alloc(call->arena, sizeof *size);
        provost__v1__collection_size__init(size);
        size->collection = (char *)rows[i].kind.collection;
        struct status st = txn_count(call->txn, &rows[i].kind, &size->size);
        if (!status_is_ok(st)) return st;
        response->collections[response->n_collections++] = size;
    }
    return status_ok();
}

struct status admin_get_status(struct handler_call *call, const ProtobufCMessage *request,
                               ProtobufCMessage **out_response)
{
    (void)request;
    Provost__V1__GetStatusResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__get_status_response__init(response);
    fill_store(response, call->arena, call->store);
    response->version = (char *)PROVOST_VERSION;
    response->start_time = timestamp_new(started_us, call->arena);
    response->now = timestamp_new(time_now_us(), call->arena);
    response->principal = (char *)call->caller->principal;
    struct status st = status_ok();
    /* Who does not see all is told no sizes: they would tell of what is kept from them. */
    if (call->sight == NULL) st = fill_collections(response, call);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}
