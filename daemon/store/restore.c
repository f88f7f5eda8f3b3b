/* 1. Everything is prepared and synced in STATE_DIR/restore.tmp; one rename makes it the
 * register.
 * 2. The old register is moved, never removed, into STATE_DIR/replaced-TIME.
 * 3. The newest checkpoint of the old epoch stays, as checkpoints/epoch-N. It stops being
 * `latest` only after the new register is in place: a start in between is refused by the guard.
 */
#include "store/restore.h"

#include "common/reasons.h"
#include "common/time_text.h"
#include "store/backup.h"
#include "store/epoch.h"
#include "store/file.h"
#include "store/guard.h"
#include "store/migrations.h"
#include "store/restore_redact.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_LIMIT = 64 << 10, COPY_CHUNK = 256 << 10 };

/* The work of one restore. */
struct restoring {
    const struct restore_options *options;
    struct arena *arena;
    struct copy_facts facts;    /* of the backup */
    struct published published; /* newest checkpoint known of the backup's register */
    const char *from;           /* the backup's file */
    const char *making;         /* the file being made */
    const char *place;          /* where it goes */
};

static const char *in_state(const struct restoring *r, const char *name)
{
    return arena_printf(r->arena, "%s/%s", r->options->state_dir, name);
}

static struct status failure(const struct restoring *r, const char *path, int error)
{
    bool full = error == -ENOSPC || error == -EDQUOT;
    return status_error(r->arena, full ? GRPC_RESOURCE_EXHAUSTED : GRPC_INTERNAL,
                        full ? REASON_DISK_FULL : REASON_STORE_FAILED, NULL,
                        "nothing was restored: %s: %s", path, strerror(-error));
}

/* ---- before ---- */

static struct status lock(const struct restoring *r, int *out_fd)
{
    const char *path = in_state(r, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return failure(r, path, -errno);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *out_fd = fd;
        return status_ok();
    }
    close(fd);
    return status_error(r->arena, GRPC_FAILED_PRECONDITION, REASON_STORE_LOCKED, NULL,
                        "a provostd runs on %s: stop it first", r->options->state_dir);
}

/* The backup is sound, and the one its manifest speaks of. */
static struct status check_backup(struct restoring *r)
{
    char *manifest;
    const char *path = arena_printf(r->arena, "%s/manifest.json", r->options->backup_dir);
    int error = file_read(path, MANIFEST_LIMIT, r->arena, &manifest);
    if (error)
        return status_error(r->arena, GRPC_FAILED_PRECONDITION, REASON_STORE_FAILED, NULL,
                            "%s: %s; give the folder of one backup, as Backup made it", path,
                            strerror(-error));
    struct status st = copy_check(r->from, r->arena, &r->facts);
    if (!status_is_ok(st)) return st;
    if (strstr(manifest, manifest_hash_line(&r->facts, r->arena))) return st;
    return status_error(r->arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                        "%s is not the file that %s speaks of: its SHA-256 is another one",
                        r->from, path);
}

static struct status check_place(const struct restoring *r)
{
    if (r->options->force || access(r->place, F_OK) != 0) return status_ok();
    return status_error(r->arena, GRPC_FAILED_PRECONDITION, REASON_REGISTER_EXISTS, NULL,
                        "%s is there: give --force to move it aside, or an empty --state-dir",
                        r->place);
}

/* The checkpoint that came with the backup, where the state directory has none. */
static struct status read_backup_note(struct restoring *r)
{
    struct published *known = &r->published;
    const char *path = arena_printf(r->arena, "%s/checkpoint", r->options->backup_dir);
    return published_read(path, r->arena, known);
}

static struct status read_published(struct restoring *r)
{
    struct status st =
        published_read(in_state(r, "checkpoints/latest"), r->arena, &r->published);
    if (!status_is_ok(st)) return st;
    if (r->published.found && strcmp(r->published.register_id, r->facts.register_id) == 0)
        return st;
    return read_backup_note(r);
}

/* ---- the new register ---- */

static int copy_bytes(int from, int to, struct arena *arena)
{
    char *chunk = arena_alloc(arena, COPY_CHUNK);
    ssize_t got;
    while ((got = read(from, chunk, COPY_CHUNK)) > 0)
        for (ssize_t done = 0; done < got;) {
            ssize_t wrote = write(to, chunk + done, (size_t)(got - done));
            if (wrote < 0) return -errno;
            done += wrote;
        }
    return got == 0 && fsync(to) == 0 ? 0 : -errno;
}

static int copy_file(const char *from, const char *to, struct arena *arena)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) return -errno;
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    int error = out < 0 ? -errno : copy_bytes(in, out, arena);
    if (out >= 0) close(out);
    close(in);
    return error;
}

static void remove_making(const struct restoring *r)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        (void)unlink(arena_printf(r->arena, "%s%s", r->making, tails[i]));
    (void)rmdir(in_state(r, "restore.tmp"));
}

/* The newest checkpoint known of the log before: a published one where it knows more than the
 * backup. */
static const struct checkpoint *last_known(const struct restoring *r)
{
    const struct published *known = &r->published;
    bool same = known->found && strcmp(known->register_id, r->facts.register_id) == 0;
    if (!same || known->epoch < r->facts.epoch) return NULL;
    if (known->epoch == r->facts.epoch && known->checkpoint.size <= r->facts.tree_size)
        return NULL;
    return &known->checkpoint;
}

/* What was erased after the backup was made is in it: it goes again. */
static struct status erase_again(const struct restoring *r, struct db *db,
                                 struct restored *restored)
{
    struct erase_again what = {
        .old_path = r->place,
        .db = db,
        .seq = r->facts.seq,
        .kinds = r->options->kinds,
        .principal = r->options->principal,
    };
    return restore_redactions(&what, r->arena, &restored->erased);
}

/* A token that was revoked after the backup would be good again: none is. */
static struct status end_tokens(const struct restoring *r, struct db *db)
{
    static const char sql[] = "UPDATE access_token SET revoke_us = create_us + 1\n"
                              "WHERE revoke_us = 0";
    return db_exec(db, sql) ? status_ok() : db_status(db, r->arena);
}

static struct status begin_epoch(const struct restoring *r, struct restored *restored)
{
    struct epoch_start start = {
        .last = last_known(r),
        .after_epoch = r->published.found ? r->published.epoch : 0,
        .backup = r->options->backup_dir,
        .principal = r->options->principal,
        .reason = r->options->reason,
    };
    struct db *db = NULL;
    struct status st = db_open(r->making, DB_WRITER, r->arena, &db);
    if (status_is_ok(st)) st = migrations_run(db, r->arena);
    if (status_is_ok(st))
        st = epoch_begin(db, &start, r->arena, &restored->epoch, &restored->seq);
    if (status_is_ok(st)) st = erase_again(r, db, restored);
    if (status_is_ok(st)) st = end_tokens(r, db);
    if (status_is_ok(st) && !db_checkpoint(db, true)) st = db_status(db, r->arena);
    db_close(db);
    return st;
}

static struct status make_register(const struct restoring *r, struct restored *restored)
{
    const char *folder = in_state(r, "restore.tmp");
    remove_making(r);
    if (mkdir(folder, 0750) != 0) return failure(r, folder, -errno);
    int error = copy_file(r->from, r->making, r->arena);
    if (error) return failure(r, r->making, error);
    struct status st = begin_epoch(r, restored);
    struct copy_facts facts;
    if (status_is_ok(st)) st = copy_check(r->making, r->arena, &facts);
    return st;
}

/* ---- into place ---- */

static struct status move_aside(const struct restoring *r, struct restored *restored)
{
    static const char *const files[] = {"register.db", "register.db-wal", "register.db-shm"};
    char time[TIME_TEXT_BYTES];
    if (access(r->place, F_OK) != 0) return status_ok();
    time_format(time_now_us(), time);
    const char *folder = in_state(r, arena_printf(r->arena, "replaced-%s", time));
    if (mkdir(folder, 0750) != 0) return failure(r, folder, -errno);
    /* The database last: while it is there, so is its log, or it was closed well. */
    for (int i = 2; i >= 0; i--) {
        const char *to = arena_printf(r->arena, "%s/%s", folder, files[i]);
        if (rename(in_state(r, files[i]), to) != 0 && errno != ENOENT)
            return failure(r, to, -errno);
    }
    int error = file_sync_folder(r->place);
    if (error) return failure(r, r->place, error);
    restored->aside = folder;
    return status_ok();
}

/* The old log's newest checkpoint keeps a name of its own. */
static struct status retire_checkpoint(const struct restoring *r)
{
    const char *latest = in_state(r, "checkpoints/latest");
    if (!r->published.found) return status_ok();
    const char *folder = in_state(r, "checkpoints");
    const char *kept =
        arena_printf(r->arena, "%s/epoch-%u", folder, (unsigned)r->published.epoch);
    int error = file_make_folder(folder);
    if (!error) error = file_replace(kept, r->published.note, 0644);
    if (!error && unlink(latest) != 0 && errno != ENOENT) error = -errno;
    if (!error) error = file_sync_folder(latest);
    return error ? failure(r, kept, error) : status_ok();
}

static struct status put_in_place(const struct restoring *r, struct restored *restored)
{
    struct status st = move_aside(r, restored);
    if (!status_is_ok(st)) return st;
    int error = file_rename(r->making, r->place);
    if (error) return failure(r, r->place, error);
    return retire_checkpoint(r);
}

struct status store_restore(const struct restore_options *options, struct arena *arena,
                            struct restored *out_restored)
{
    struct restoring r = {.options = options, .arena = arena};
    struct restored restored = {.aside = NULL};
    int lock_fd = -1;
    r.from = arena_printf(arena, "%s/register.db", options->backup_dir);
    r.making = in_state(&r, "restore.tmp/register.db");
    r.place = in_state(&r, "register.db");
    struct status st = lock(&r, &lock_fd);
    if (!status_is_ok(st)) return st;
    st = check_place(&r);
    if (status_is_ok(st)) st = check_backup(&r);
    if (status_is_ok(st)) st = read_published(&r);
    if (status_is_ok(st)) st = make_register(&r, &restored);
    if (status_is_ok(st)) st = put_in_place(&r, &restored);
    remove_making(&r);
    close(lock_fd);
    if (status_is_ok(st)) *out_restored = restored;
    return st;
}
