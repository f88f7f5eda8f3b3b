/* Backups: checked copies of the register in folders of their own, made while writes go on.
 *
 *   BACKUP_DIR/NAME/register.db     one plain file, no log beside it
 *   BACKUP_DIR/NAME/manifest.json   what it holds, and the file's SHA-256
 *   BACKUP_DIR/NAME/checkpoint      the newest checkpoint published by then, if there was one
 *
 * A backup is made as ".NAME.partial", synced, checked by SQLite and against its tree root, and
 * only then gets its name; what is called NAME is whole. Restoring one: restore.h.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/copy_check.h"
#include "store/store.h"

enum { BACKUP_NAME_MAX = 64 };

/* A backup that was made and found sound. */
struct backup {
    const char *path; /* of the folder, in the arena */
    struct copy_facts facts;
};

/* Makes the backup `name` ("" for the time of now) and waits for it. INVALID_ARGUMENT for a
 * name that is none, ALREADY_EXISTS, RESOURCE_EXHAUSTED without room, DATA_LOSS when the copy
 * is not sound, UNAVAILABLE when the store stops or another one is being made. In a chore
 * (store_submit_chore). */
struct status store_backup(struct store *store, const char *name, struct arena *arena,
                           struct backup *out_backup) MUST_CHECK;

/* Removes what backups that were cut short left behind. */
void backup_clean(const struct store *store);

/* What a manifest must say of a file with these facts; for checking one. */
char *manifest_hash_line(const struct copy_facts *facts, struct arena *arena);

#endif
