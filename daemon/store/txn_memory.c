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
    txn->changes[place_of(txn, kind)]++;
}

void txn_note_undone(struct txn *txn)
{
    txn->undone++;
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
