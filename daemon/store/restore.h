/* Makes a register of a backup again. A restore is a fork: it begins a new epoch of the log
 * whose first change names the last checkpoint known of the old one (epoch.h), since changes
 * made after the backup are gone while others may hold proof of them. */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include "common/status.h"

#include <stdbool.h>
#include <stdint.h>

struct kind;

/* What to restore. Strings are not NULL. */
struct restore_options {
    const char *backup_dir;          /* the folder of one backup */
    const char *state_dir;           /* must exist; no daemon may run on it */
    const char *principal;           /* who does it */
    const char *reason;              /* why, for the log; may be empty */
    bool force;                      /* move a register that is there aside */
    const struct kind *const *kinds; /* as of store_options */
};

struct restored {
    const char *aside; /* where the old register went; NULL: there was none */
    uint32_t epoch;
    int64_t seq;    /* of the change that begins the epoch */
    int64_t erased; /* redactions made after the backup and made again now; -1: the register
                       that was there cannot be read, so nobody knows which there were */
};

/* Checks the backup, copies it, begins the epoch and only then puts the register in place: cut
 * short at any moment it can be run again. FAILED_PRECONDITION: a daemon runs there, or a
 * register is there and `force` is not given; DATA_LOSS: the backup is not sound; INTERNAL,
 * RESOURCE_EXHAUSTED: it cannot be written. */
struct status store_restore(const struct restore_options *options, struct arena *arena,
                            struct restored *out_restored) MUST_CHECK;

#endif
