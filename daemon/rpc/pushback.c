#include "rpc/pushback.h"

#include "rpc/call.h"

#include <google/rpc/error_details.pb-c.h>

/* Spreads without a random source: calls refused together differ in their address. */
static uint32_t spread(const struct call *call, uint32_t retry_ms)
{
    uint64_t mixed = (uintptr_t)call / sizeof(void *) * 0x9e3779b97f4a7c15u;

    return retry_ms + (uint32_t)(mixed >> 40) % (retry_ms / 4 + 1);
}

static struct status_detail *make_retry_info(struct call *call, uint32_t retry_ms)
{
    Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
    Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
    struct status_detail *detail = arena_zalloc(&call->arena, sizeof *detail);
    uint8_t *bytes;

    delay.seconds = retry_ms / 1000;
    delay.nanos = (int32_t)(retry_ms % 1000 * 1000000);
    info.retry_delay = &delay;
    bytes = arena_alloc(&call->arena, google__rpc__retry_info__get_packed_size(&info) + 1);
    detail->size = google__rpc__retry_info__pack(&info, bytes);
    detail->bytes = bytes;
    detail->type_name = google__rpc__retry_info__descriptor.name;
    return detail;
}

void pushback_finish(struct call *call, struct status status, uint32_t retry_ms)
{
    if (call->ended) return;
    call->retry_after_ms = spread(call, retry_ms);
    call_finish(call, status_with_detail(status, make_retry_info(call, call->retry_after_ms)));
}
