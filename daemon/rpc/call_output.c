/* What a call sends: messages framed into chunks, queued, and taken by the transport. */
#include "common/gzip.h"
#include "common/pack.h"
#include "common/reasons.h"
#include "rpc/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- framing --- */

static struct call_chunk *new_chunk(struct call *call, size_t size)
{
    bool in_arena = !call->method_streams_out;
    size_t bytes = sizeof(struct call_chunk) + size;
    struct call_chunk *chunk = in_arena ? arena_alloc(&call->arena, bytes) : xmalloc(bytes);

    *chunk = (struct call_chunk){.size = size, .in_arena = in_arena};
    return chunk;
}

struct call_chunk *call_frame_all(struct call *call, const struct call_messages *all)
{
    size_t chunk_size = 0;
    uint8_t *end;
    struct call_chunk *chunk;

    for (size_t i = 0; i < all->count; i++) {
        if (all->sizes[i] > call->setup.message_max_bytes) return NULL;
        chunk_size += GRPC_PREFIX_BYTES + all->sizes[i];
    }
    chunk = new_chunk(call, chunk_size);
    end = chunk->bytes;
    for (size_t i = 0; i < all->count; i++) {
        grpc_prefix_write(end, false, (uint32_t)all->sizes[i]);
        end += GRPC_PREFIX_BYTES;
        end += protobuf_c_message_pack(all->messages[i], end);
    }
    assert(end == chunk->bytes + chunk_size);
    return chunk;
}

bool call_add_frame(struct call *call, const ProtobufCMessage *message, size_t max_bytes)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    size_t present = call->reply != NULL ? call->reply->size : 0;
    size_t total = present + GRPC_PREFIX_BYTES + size;

    assert(call->method_streams_out);
    if (size > call->setup.message_max_bytes || total > max_bytes) return false;
    call->reply = xrealloc(call->reply, sizeof *call->reply + total);
    if (present == 0) *call->reply = (struct call_chunk){.in_arena = false};
    call->reply->size = total; /* by itself: the struct's padding overlaps the first bytes */
    grpc_prefix_write(call->reply->bytes + present, false, (uint32_t)size);
    protobuf_c_message_pack(message, call->reply->bytes + present + GRPC_PREFIX_BYTES);
    return true;
}

static bool compresses(const struct call *call, size_t size)
{
    if (!call->metadata.accepts_gzip || size == 0) return false;
    if (call->compression == CALL_COMPRESS_ALWAYS) return true;
    return call->compression == CALL_COMPRESS_BIG && size >= call->setup.compress_min_bytes;
}

/* In place: what is gained is cut off the end of the chunk. */
static void compress(struct call *call, struct call_chunk *chunk)
{
    uint8_t *body = chunk->bytes + GRPC_PREFIX_BYTES;
    size_t size = chunk->size - GRPC_PREFIX_BYTES;
    uint8_t *smaller = xmalloc(size);
    size_t smaller_size = gzip_deflate(body, size, smaller);

    if (smaller_size > 0) {
        memcpy(body, smaller, smaller_size);
        grpc_prefix_write(chunk->bytes, true, (uint32_t)smaller_size);
        chunk->size = GRPC_PREFIX_BYTES + smaller_size;
        call->output_gzip = true;
    }
    free(smaller);
}

static struct call_chunk *maybe_compressed(struct call *call, struct call_chunk *chunk)
{
    if (chunk != NULL && compresses(call, chunk->size - GRPC_PREFIX_BYTES))
        compress(call, chunk);
    return chunk;
}

struct call_chunk *call_frame_packed(struct call *call, const void *bytes, size_t size)
{
    struct call_chunk *chunk;

    if (size > call->setup.message_max_bytes) return NULL;
    chunk = new_chunk(call, GRPC_PREFIX_BYTES + size);
    grpc_prefix_write(chunk->bytes, false, (uint32_t)size);
    memcpy(chunk->bytes + GRPC_PREFIX_BYTES, bytes, size);
    return maybe_compressed(call, chunk);
}

struct call_chunk *call_frame(struct call *call, const ProtobufCMessage *message)
{
    struct packer packer;
    struct call_chunk *chunk = NULL;

    packer_init(&packer, call->setup.message_max_bytes);
    packer_put_message(&packer, message);
    if (!packer.is_full) chunk = call_frame_packed(call, packer.at, packer_size(&packer));
    packer_release(&packer);
    return chunk;
}

void call_set_compression(struct call *call, enum call_compression compression)
{
    call->compression = compression;
    if (compression == CALL_COMPRESS_ALWAYS && call->metadata.accepts_gzip)
        call->output_gzip = true;
}

/* --- the queue --- */

struct call_chunk *call_borrow_chunk(struct call_chunk *lender)
{
    struct call_chunk *chunk = xmalloc(sizeof *chunk);

    assert(!lender->in_arena && lender->lender == NULL && lender->sent == 0);
    *chunk = (struct call_chunk){.size = lender->size, .lender = lender};
    lender->borrowers++;
    return chunk;
}

static void free_unless_lent(struct call_chunk *chunk)
{
    if (chunk->is_dropped && chunk->borrowers == 0) free(chunk);
}

void call_drop_chunk(struct call_chunk *chunk)
{
    if (chunk == NULL || chunk->in_arena) return;
    if (chunk->lender != NULL) {
        chunk->lender->borrowers--;
        free_unless_lent(chunk->lender);
    }
    chunk->is_dropped = true;
    free_unless_lent(chunk);
}

static const uint8_t *bytes_of(const struct call_chunk *chunk)
{
    return chunk->lender != NULL ? chunk->lender->bytes : chunk->bytes;
}

void call_queue_chunk(struct call *call, struct call_chunk *chunk)
{
    if (call->ended) {
        call_drop_chunk(chunk);
        return;
    }
    chunk->next = NULL;
    if (call->output_tail != NULL)
        call->output_tail->next = chunk;
    else
        call->output_head = chunk;
    call->output_tail = chunk;
    call->output_bytes += chunk->size;
    call_count_bytes(call);
    call->setup.transport->on_output(call);
}

bool call_send(struct call *call, const ProtobufCMessage *message)
{
    if (call->ended) return false;

    struct call_chunk *chunk = call_frame(call, message);

    if (chunk == NULL) {
        call_finish(call, (struct status){.code = GRPC_RESOURCE_EXHAUSTED,
                                          .reason = REASON_RESPONSE_TOO_LARGE,
                                          .message = CALL_RESPONSE_TOO_LARGE});
        return false;
    }
    call_queue_chunk(call, chunk);
    return true;
}

size_t call_take_output(struct call *call, uint8_t *out_bytes, size_t size)
{
    size_t taken = 0;

    while (call->output_head != NULL && taken < size) {
        struct call_chunk *chunk = call->output_head;
        size_t step = chunk->size - chunk->sent;

        if (step > size - taken) step = size - taken;
        memcpy(out_bytes + taken, bytes_of(chunk) + chunk->sent, step);
        chunk->sent += step;
        taken += step;
        if (chunk->sent < chunk->size) break;
        call->output_head = chunk->next;
        if (call->output_head == NULL) call->output_tail = NULL;
        call_drop_chunk(chunk);
    }
    call->output_bytes -= taken;
    call_count_bytes(call);
    return taken;
}

bool call_is_complete(const struct call *call)
{
    return call->ended && call->output_bytes == 0;
}

void call_drop_output(struct call *call)
{
    while (call->output_head != NULL) {
        struct call_chunk *chunk = call->output_head;

        call->output_head = chunk->next;
        call_drop_chunk(chunk);
    }
    call->output_tail = NULL;
    call->output_bytes = 0;
    call_count_bytes(call);
}
