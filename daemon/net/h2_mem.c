#include "net/h2_mem.h"

#include <malloc.h>
#include <stdlib.h>

static void *counted_malloc(size_t size, void *data)
{
    struct h2_mem *mem = data;
    void *block;

    if (size > mem->limit_bytes - mem->used_bytes) return NULL;
    block = malloc(size);
    if (block != NULL) mem->used_bytes += malloc_usable_size(block);
    return block;
}

static void counted_free(void *block, void *data)
{
    struct h2_mem *mem = data;

    if (block != NULL) mem->used_bytes -= malloc_usable_size(block);
    free(block);
}

static void *counted_calloc(size_t count, size_t size, void *data)
{
    struct h2_mem *mem = data;
    void *block;

    if (size == 0 || count > (mem->limit_bytes - mem->used_bytes) / size) return NULL;
    block = calloc(count, size);
    if (block != NULL) mem->used_bytes += malloc_usable_size(block);
    return block;
}

static void *counted_realloc(void *old, size_t size, void *data)
{
    struct h2_mem *mem = data;
    size_t old_bytes = old ? malloc_usable_size(old) : 0;
    void *block;

    if (size > mem->limit_bytes - (mem->used_bytes - old_bytes)) return NULL;
    block = realloc(old, size);
    if (block != NULL) mem->used_bytes += malloc_usable_size(block) - old_bytes;
    return block;
}

void h2_mem_init(struct h2_mem *mem, size_t limit_bytes)
{
    *mem = (struct h2_mem){
        .mem = {.mem_user_data = mem,
                .malloc = counted_malloc,
                .free = counted_free,
                .calloc = counted_calloc,
                .realloc = counted_realloc},
        .limit_bytes = limit_bytes,
    };
}
