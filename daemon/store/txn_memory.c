/* What lets a handler keep from one write job to the next what it has read (txn.h). */
#include "store/txn_impl.h"

#include <stdlib.h>

static size_t place_of(const struct txn *txn, const struct kind *kind)
{
    size_t i = 0;
    while (txn->schema->tables[i]->kind != kind)
        i++;
    return i;
}

void txn_note_change(struct txn *txn, const struct kind *kind)
{
    if (!txn->changes) txn->changes = xcalloc(txn->schema->count, sizeof *txn->changes);
    size_t place = place_of(txn, kind);
    txn->changes[place]++;
    atomic_store(&txn->schema->tables[place]->changed_seq, txn->draft.seq);
}

void txn_note_undone(struct txn *txn)
{
    txn->undone++;
}

void txn_note_erased(struct txn *txn)
{
    struct schema *schema = (struct schema *)txn->schema;
    txn_note_undone(txn);
    for (size_t i = 0; i < schema->count; i++)
        atomic_store(&schema->tables[i]->changed_seq, txn->log->head.seq);
    atomic_fetch_add(&schema->erasures, 1);
}

bool txn_kept_generation(const struct txn *txn, const struct kind *kind,
                         uint64_t *out_generation)
{
    if (txn->log) {
        *out_generation = txn_generation(txn, kind);
        return true;
    }
    int64_t changed = atomic_load(&txn->schema->tables[place_of(txn, kind)]->changed_seq);
    *out_generation = (uint64_t)changed;
    return changed <= txn->seq;
}

uint64_t txn_job(const struct txn *txn)
{
    return txn->job;
}

uint64_t txn_generation(const struct txn *txn, const struct kind *kind)
{
    return txn->undone + (txn->changes ? txn->changes[place_of(txn, kind)] : 0);
}

struct txn_memory *txn_memory(struct txn *txn)
{
    return txn->log ? &txn->memory : NULL;
}
