/* The memory of one call: everything that lives as long as the call, freed at once.
 *
 * Not thread-safe; a call's arena belongs to the thread that has the call at that moment. In
 * sanitizer builds every block is a malloc of its own, so that overruns inside the arena show.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* Embedded by its owner; fields are the module's own. */
struct arena {
    struct arena_block *blocks;
    char *next; /* free bytes of the newest block */
    size_t left;
    size_t used_bytes;  /* handed out in all */
    size_t limit_bytes; /* what the protobuf allocator may bring `used_bytes` to */
    ProtobufCAllocator allocator;
};

/* Prepares an empty arena. `limit_bytes` bounds only what a peer can grow: allocations through
 * arena_allocator. */
void arena_init(struct arena *arena, size_t limit_bytes);

/* Frees everything. The arena may be used again after another arena_init. */
void arena_release(struct arena *arena);

/* `size` bytes, aligned for any type, not zeroed. Never NULL: the process ends when memory
 * does. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* The same, zeroed. */
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* Copies; `string` must not be NULL. */
char *arena_strdup(struct arena *arena, const char *string) __attribute__((returns_nonnull));

/* The same of a text that may be NULL, which gives "". */
char *arena_text(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *string, size_t size)
    __attribute__((returns_nonnull));
void *arena_memdup(struct arena *arena, const void *bytes, size_t size)
    __attribute__((returns_nonnull));

/* Texts one behind the other: for what is made often, printf is slow. */
#define arena_join(arena, ...) arena_join_texts(arena, (const char *const[]){__VA_ARGS__, NULL})
char *arena_join_texts(struct arena *arena, const char *const *texts)
    __attribute__((returns_nonnull));

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0), returns_nonnull));

/* A moment in an arena's life. */
struct arena_mark {
    struct arena_block *blocks;
    char *next;
    size_t left;
    size_t used_bytes;
};

/* arena_rewind gives back everything allocated since the mark; marks nest like brackets. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* For protobuf_c_message_unpack: NULL once the limit is passed, frees nothing (the arena does).
 */
ProtobufCAllocator *arena_allocator(struct arena *arena);

/* malloc family that ends the process when memory does; for things that outlive a call. */
void *xmalloc(size_t size) __attribute__((returns_nonnull, malloc));
void *xcalloc(size_t count, size_t size) __attribute__((returns_nonnull, malloc));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *string) __attribute__((returns_nonnull, malloc));

#endif
