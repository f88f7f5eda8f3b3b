/* The rival's side of W1 and W5: etcd's KV service, version 3 of its API. */
#include "work.h"

#include "etcd_kv.pb-c.h"

#include <string.h>

enum { VALUE_BYTES = 100 };

static const char path_put[] = "/etcdserverpb.KV/Put";
static const char path_txn[] = "/etcdserverpb.KV/Txn";
static const char path_range[] = "/etcdserverpb.KV/Range";

static ProtobufCBinaryData text(char *string)
{
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)string};
}

/* 32 bytes, one of 120,000. */
static ProtobufCBinaryData figure_key(struct lane *lane, struct arena *arena)
{
    return text(
        arena_printf(arena, "figures/%024llu", (unsigned long long)random_below(lane, 120000)));
}

static ProtobufCBinaryData random_value(struct lane *lane, struct arena *arena)
{
    char *value = arena_alloc(arena, VALUE_BYTES);
    for (int i = 0; i < VALUE_BYTES; i++)
        value[i] = (char)('a' + random_below(lane, 26));
    return (ProtobufCBinaryData){VALUE_BYTES, (uint8_t *)value};
}

static Etcdserverpb__PutRequest *put(struct arena *arena, ProtobufCBinaryData key,
                                     ProtobufCBinaryData value)
{
    Etcdserverpb__PutRequest *request = arena_alloc(arena, sizeof *request);
    etcdserverpb__put_request__init(request);
    request->key = key;
    request->value = value;
    return request;
}

static void make_put(struct lane *lane, const struct scale *scale, struct arena *arena,
                     struct ask *out_ask)
{
    (void)scale;
    *out_ask = (struct ask){
        path_put, &put(arena, figure_key(lane, arena), random_value(lane, arena))->base, NULL};
}

static Etcdserverpb__RequestOp *operation(struct arena *arena,
                                          Etcdserverpb__PutRequest *request)
{
    Etcdserverpb__RequestOp *op = arena_alloc(arena, sizeof *op);
    etcdserverpb__request_op__init(op);
    op->request_case = ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_PUT;
    op->request_put = request;
    return op;
}

/* The head has been written before or not: a compare that etcd has to make and that holds. */
static Etcdserverpb__Compare *head_compare(struct arena *arena)
{
    Etcdserverpb__Compare *compare = arena_alloc(arena, sizeof *compare);
    etcdserverpb__compare__init(compare);
    compare->result = ETCDSERVERPB__COMPARE__COMPARE_RESULT__GREATER;
    compare->target = ETCDSERVERPB__COMPARE__COMPARE_TARGET__VERSION;
    compare->key = text((char *)"head");
    compare->target_union_case = ETCDSERVERPB__COMPARE__TARGET_UNION_VERSION;
    compare->version = -1;
    return compare;
}

static void make_txn(struct lane *lane, const struct scale *scale, struct arena *arena,
                     struct ask *out_ask)
{
    Etcdserverpb__TxnRequest *request = arena_alloc(arena, sizeof *request);
    ProtobufCBinaryData value = random_value(lane, arena);
    char *entry = arena_printf(arena, "log/%s-%020llu", scale->run,
                               (unsigned long long)lane_count(lane, scale));
    etcdserverpb__txn_request__init(request);
    request->n_compare = 1;
    request->compare = arena_alloc(arena, sizeof *request->compare);
    request->compare[0] = head_compare(arena);
    request->n_success = 3;
    request->success = arena_alloc(arena, 3 * sizeof *request->success);
    request->success[0] = operation(arena, put(arena, figure_key(lane, arena), value));
    request->success[1] = operation(arena, put(arena, text(entry), value));
    request->success[2] = operation(arena, put(arena, text((char *)"head"), text(entry)));
    *out_ask = (struct ask){path_txn, &request->base, NULL};
}

static void make_range(struct lane *lane, const struct scale *scale, struct arena *arena,
                       struct ask *out_ask)
{
    Etcdserverpb__RangeRequest *request = arena_alloc(arena, sizeof *request);
    (void)scale;
    etcdserverpb__range_request__init(request);
    request->key = figure_key(lane, arena);
    *out_ask = (struct ask){path_range, &request->base, NULL};
}

/* For the bare echo server: what W1 sends, given back. */
static void make_echo(struct lane *lane, const struct scale *scale, struct arena *arena,
                      struct ask *out_ask)
{
    work_find("submit-one")->make(lane, scale, arena, out_ask);
}

const struct work works_etcd[] = {
    {"etcd-put", "etcd: Put of 100 bytes", make_put, NULL},
    {"etcd-txn", "etcd: Txn of a compare, figure, log entry and head", make_txn, NULL},
    {"etcd-range", "etcd: linearizable Range of one key", make_range, NULL},
    {"echo", "the bare echo server: W1's message", make_echo, NULL},
    {NULL, NULL, NULL, NULL},
};
