#include "service/kept.h"

#include "common/arena.h"

#include <stdlib.h>

enum { KEPT_MAX_BYTES = 64 << 20 };

struct slot {
    struct arena arena;
    bool filled;
    uint64_t generation; /* of the kind when it was made */
    uint64_t job;        /* that was handed it last */
    const void *made;
};

struct kept {
    struct slot slots[KEPT_PARTS];
};

static void release(void *data)
{
    struct kept *kept = data;
    for (int i = 0; i < KEPT_PARTS; i++)
        arena_release(&kept->slots[i].arena);
    free(kept);
}

static struct slot *slot_of(struct txn_memory *memory, enum kept_part part)
{
    struct kept *kept = memory->data;
    if (kept == NULL) {
        kept = xcalloc(1, sizeof *kept);
        for (int i = 0; i < KEPT_PARTS; i++)
            arena_init(&kept->slots[i].arena, KEPT_MAX_BYTES);
        *memory = (struct txn_memory){kept, release};
    }
    return &kept->slots[part];
}

static struct status fill(struct txn *txn, const struct kept_source *source, struct slot *slot)
{
    arena_release(&slot->arena);
    arena_init(&slot->arena, KEPT_MAX_BYTES);
    slot->generation = txn_generation(txn, source->kind);
    struct status st = source->make(txn, &slot->arena, &slot->made);
    slot->filled = status_is_ok(st);
    return st;
}

struct status kept_get(struct txn *txn, const struct kept_source *source, struct arena *arena,
                       const void **out_made)
{
    struct txn_memory *memory = txn_memory(txn);
    if (memory == NULL) return source->make(txn, arena, out_made);
    struct slot *slot = slot_of(memory, source->part);
    struct status st = status_ok();
    if (!slot->filled || slot->generation != txn_generation(txn, source->kind)) {
        /* It must not change under what this job was handed before it wrote such a resource. */
        if (slot->filled && slot->job == txn_job(txn))
            return source->make(txn, arena, out_made);
        st = fill(txn, source, slot);
    }
    slot->job = txn_job(txn);
    *out_made = slot->made;
    return st;
}
