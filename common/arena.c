#include "common/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef PROVOST_SANITIZED
enum { ONE_BLOCK_EACH = 1 }; /* so that the sanitizer knows where every allocation ends */
#else
enum { ONE_BLOCK_EACH = 0 };
#endif

enum { BLOCK_MIN_BYTES = 8 << 10, ALIGNMENT = alignof(max_align_t) };

struct arena_block {
    struct arena_block *older;
    alignas(max_align_t) char bytes[];
};

static void die_of_memory(void)
{
    static const char text[] = "out of memory\n";

    (void)fwrite(text, 1, sizeof text - 1, stderr);
    abort();
}

void *xmalloc(size_t size)
{
    void *memory = malloc(size == 0 ? 1 : size);

    if (memory == NULL) die_of_memory();
    return memory;
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);

    if (memory == NULL) die_of_memory();
    return memory;
}

void *xrealloc(void *old, size_t size)
{
    void *memory = realloc(old, size == 0 ? 1 : size);

    if (memory == NULL) die_of_memory();
    return memory;
}

char *xstrdup(const char *string)
{
    size_t size = strlen(string) + 1;

    return memcpy(xmalloc(size), string, size);
}

void arena_init(struct arena *arena, size_t limit_bytes)
{
    memset(arena, 0, sizeof *arena);
    arena->limit_bytes = limit_bytes;
}

void arena_release(struct arena *arena)
{
    arena_rewind(arena, (struct arena_mark){0});
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->blocks, arena->next, arena->left, arena->used_bytes};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->blocks != mark.blocks) {
        struct arena_block *older = arena->blocks->older;

        free(arena->blocks);
        arena->blocks = older;
    }
    arena->next = mark.next;
    arena->left = mark.left;
    arena->used_bytes = mark.used_bytes;
}

/* A new block with `size` bytes. Returns its bytes. */
static char *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block;

    if (size > SIZE_MAX - sizeof *block) die_of_memory();
    block = xmalloc(sizeof *block + size);
    block->older = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

static size_t round_up(size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT) die_of_memory();
    if (size == 0) return ALIGNMENT;
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = round_up(size);
    char *memory;

    arena->used_bytes += rounded;
    if (ONE_BLOCK_EACH) return add_block(arena, size);
    if (rounded > BLOCK_MIN_BYTES / 4 && rounded > arena->left)
        return add_block(arena, rounded);
    if (rounded > arena->left) {
        arena->next = add_block(arena, BLOCK_MIN_BYTES);
        arena->left = BLOCK_MIN_BYTES;
    }
    memory = arena->next;
    arena->next += rounded;
    arena->left -= rounded;
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strdup(struct arena *arena, const char *string)
{
    return arena_memdup(arena, string, strlen(string) + 1);
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_strdup(arena, text != NULL ? text : "");
}

char *arena_strndup(struct arena *arena, const char *string, size_t size)
{
    size_t length = strnlen(string, size);
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t size)
{
    void *copy = arena_alloc(arena, size);

    return size == 0 ? copy : memcpy(copy, bytes, size);
}

char *arena_join_texts(struct arena *arena, const char *const *texts)
{
    size_t size = 1;
    char *joined, *at;

    for (const char *const *text = texts; *text != NULL; text++)
        size += strlen(*text);
    joined = at = arena_alloc(arena, size);
    for (const char *const *text = texts; *text != NULL; text++)
        at = stpcpy(at, *text);
    *at = '\0';
    return joined;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    char short_text[256]; /* most texts fit: then they are made once */
    char *text;
    int length;

    va_copy(again, args);
    length = vsnprintf(short_text, sizeof short_text, format, again);
    va_end(again);
    if (length < 0) return arena_strdup(arena, ""); /* only an impossible format or > INT_MAX */
    if ((size_t)length < sizeof short_text)
        return arena_memdup(arena, short_text, (size_t)length + 1);
    text = arena_alloc(arena, (size_t)length + 1);
    (void)vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

static void *allocator_alloc(void *data, size_t size)
{
    struct arena *arena = data;

    if (arena->used_bytes > arena->limit_bytes) return NULL;
    if (size > arena->limit_bytes - arena->used_bytes) return NULL;
    return arena_alloc(arena, size);
}

static void allocator_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

ProtobufCAllocator *arena_allocator(struct arena *arena)
{
    arena->allocator.alloc = allocator_alloc;
    arena->allocator.free = allocator_free;
    arena->allocator.allocator_data = arena;
    return &arena->allocator;
}
