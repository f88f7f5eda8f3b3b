#include "store/guard.h"

#include "common/reasons.h"
#include "store/file.h"
#include "store/log_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "provost/UUID/epoch/N" (signer.h). */
static bool split_origin(const char *origin, struct published *out)
{
    static const char before[] = "provost/", between[] = "/epoch/";
    enum { BEFORE = sizeof before - 1, UUID = 36, BETWEEN = sizeof between - 1 };
    if (strlen(origin) <= BEFORE + UUID + BETWEEN || strncmp(origin, before, BEFORE) != 0 ||
        strncmp(origin + BEFORE + UUID, between, BETWEEN) != 0)
        return false;
    const char *digits = origin + BEFORE + UUID + BETWEEN;
    char *end;
    errno = 0;
    unsigned long epoch = strtoul(digits, &end, 10);
    if (*digits < '1' || *digits > '9' || *end || errno || epoch > INT32_MAX) return false;
    memcpy(out->register_id, origin + BEFORE, UUID);
    out->register_id[UUID] = '\0';
    out->epoch = (uint32_t)epoch;
    return true;
}

static struct status unreadable(struct arena *arena, const char *path, const char *what)
{
    return status_error(
        arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
        "%s cannot be read as a checkpoint: %s. Put it back from a copy; it says "
        "how far the register must be",
        path, what);
}

struct status published_read(const char *path, struct arena *arena,
                             struct published *out_published)
{
    struct published found = {.found = true};
    int error = file_read(path, NOTE_MAX_BYTES, arena, &found.note);
    if (error == -ENOENT || error == -ENOTDIR) {
        out_published->found = false;
        return status_ok();
    }
    if (error) return unreadable(arena, path, strerror(-error));
    const char *wrong = checkpoint_parse(found.note, &found.checkpoint);
    if (!wrong && !split_origin(found.checkpoint.origin, &found))
        wrong = "its origin is not provost/REGISTER/epoch/N";
    if (wrong) return unreadable(arena, path, wrong);
    *out_published = found;
    return status_ok();
}

/* An epoch is passed over where a restore was itself replaced before it was published. */
struct status published_before(const char *state_dir, uint32_t epoch, struct arena *arena,
                               const char **out_note)
{
    struct published published = {.found = false};
    struct status st = status_ok();
    for (uint32_t e = epoch - 1; status_is_ok(st) && !published.found && e > 0; e--)
        st = published_read(arena_printf(arena, "%s/checkpoints/epoch-%u", state_dir, e), arena,
                            &published);
    if (status_is_ok(st)) *out_note = published.found ? published.note : "";
    return st;
}

/* What is wrong with the head, NULL when nothing is. */
static const char *fault(const struct published *published, const struct log_head *head,
                         struct sha256 *hasher)
{
    uint8_t root[SHA256_BYTES];
    if (published->epoch > head->epoch) return "is of an earlier epoch than";
    if (published->epoch < head->epoch) return NULL;
    if (published->checkpoint.size > head->tree.size) return "is older than";
    tree_root(&head->tree, hasher, root);
    if (published->checkpoint.size == head->tree.size &&
        memcmp(root, published->checkpoint.root, sizeof root) != 0)
        return "has another log than";
    return NULL;
}

struct status checkpoint_guard(const char *state_dir, const struct log_head *head,
                               struct sha256 *hasher, struct arena *arena)
{
    struct published published = {.found = false};
    const char *path = arena_printf(arena, "%s/checkpoints/latest", state_dir);
    struct status st = published_read(path, arena, &published);
    if (!status_is_ok(st) || !published.found) return st;
    bool same = strcmp(published.register_id, head->register_id) == 0;
    const char *what =
        same ? fault(&published, head, hasher) : "is another register than that of";
    if (!what) return status_ok();
    return status_error(
        arena, GRPC_FAILED_PRECONDITION, REASON_REGISTER_OLD, NULL,
        "the register in %s (epoch %u, %llu changes in it) %s the checkpoint it has published "
        "(epoch %u, %llu changes), so others hold proof of changes that are not here. If it "
        "was "
        "put back from a copy: restore it with provostd --restore BACKUP_DIR --state-dir %s "
        "--force, which begins a new epoch and says so in the log. If not: look for the newer "
        "register.db and its -wal",
        state_dir, (unsigned)head->epoch, (unsigned long long)head->tree.size, what,
        (unsigned)published.epoch, (unsigned long long)published.checkpoint.size, state_dir);
}
