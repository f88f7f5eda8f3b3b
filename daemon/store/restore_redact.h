/* What was erased from a register after a backup was made must be erased again when that backup
 * is restored: the list comes from the register that is being replaced. */
#ifndef STORE_RESTORE_REDACT_H
#define STORE_RESTORE_REDACT_H

#include "store/db.h"
#include "store/kind.h"

/* Both ends of a restore. Strings are not NULL. */
struct erase_again {
    const char *old_path;            /* the register being replaced */
    struct db *db;                   /* the one being made; nobody else's */
    int64_t seq;                     /* where the backup ends */
    const struct kind *const *kinds; /* NULL-terminated */
    const char *principal;           /* who restores */
};

/* Erases, each as a change of its own; the next start scrubs the file (writer.c). *out_count is
 * the number of redactions carried over, -1 when the old register cannot be read: what was
 * erased there must be erased anew by hand. */
struct status restore_redactions(const struct erase_again *what, struct arena *arena,
                                 int64_t *out_count) MUST_CHECK;

#endif
