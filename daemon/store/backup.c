#include "store/backup.h"

#include "common/reasons.h"
#include "common/time_text.h"
#include "store/file.h"
#include "store/store_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char partial[] = ".partial";
enum { PARTIAL_FILES_MAX = 8 }; /* more than a partial backup ever has */

/* ---- names and folders ---- */

static const char *backups_folder(const struct store *store, struct arena *arena)
{
    if (store->options.backup_dir && *store->options.backup_dir)
        return store->options.backup_dir;
    return arena_printf(arena, "%s/backups", store->options.state_dir);
}

static bool name_is_fine(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t size = strlen(name);
    return size > 0 && size <= BACKUP_NAME_MAX && *name != '.' && strspn(name, allowed) == size;
}

static const char *time_name(struct arena *arena)
{
    char text[32];
    struct tm tm;
    time_t now = (time_t)(time_now_us() / 1000000);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm);
    return arena_strdup(arena, text);
}

/* Removes a partial backup: a folder of a few plain files. */
static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return;
    const struct dirent *entry;
    for (int i = 0; i < PARTIAL_FILES_MAX && (entry = readdir(dir)) != NULL; i++)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    (void)rmdir(path);
}

static bool is_partial(const char *name)
{
    size_t size = strlen(name), tail = sizeof partial - 1;
    return *name == '.' && size > tail && strcmp(name + size - tail, partial) == 0;
}

void backup_clean(const struct store *store)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const char *folder = backups_folder(store, &arena);
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL)
        if (is_partial(entry->d_name))
            remove_folder(arena_printf(&arena, "%s/%s", folder, entry->d_name));
    if (dir) closedir(dir);
    arena_release(&arena);
}

/* ---- failures ---- */

static struct status file_failure(struct arena *arena, const char *path, int error)
{
    if (error == -ENOSPC || error == -EDQUOT)
        return status_error(
            arena, GRPC_RESOURCE_EXHAUSTED, REASON_DISK_FULL, NULL,
            "there is no room for the backup; the register itself is untouched");
    return status_error(
        arena, GRPC_INTERNAL, REASON_BACKUP_FAILED, NULL,
        "the backup could not be made: %s: %s; the register itself is untouched", path,
        strerror(-error));
}

static struct status exists(struct arena *arena, const char *path)
{
    return status_error(arena, GRPC_ALREADY_EXISTS, REASON_BACKUP_EXISTS, "name",
                        "%s is there already: give another name", path);
}

/* ---- the parts of a backup ---- */

static char *hex_text(const uint8_t hash[SHA256_BYTES], struct arena *arena)
{
    char *text = arena_alloc(arena, 2 * SHA256_BYTES + 1);
    for (int i = 0; i < SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    return text;
}

char *manifest_hash_line(const struct copy_facts *facts, struct arena *arena)
{
    return arena_printf(arena, "\"sha256\": \"%s\"", hex_text(facts->file_hash, arena));
}

static int write_manifest(const char *folder, const struct copy_facts *facts,
                          struct arena *arena)
{
    const char *text = arena_printf(
        arena,
        "{\n  \"register_id\": \"%s\",\n  \"epoch\": %u,\n  \"seq\": %lld,\n"
        "  \"tree_size\": %llu,\n  \"root\": \"%s\",\n  \"time\": \"%s\",\n"
        "  \"bytes\": %lld,\n  %s\n}\n",
        facts->register_id, (unsigned)facts->epoch, (long long)facts->seq,
        (unsigned long long)facts->tree_size, hex_text(facts->root, arena), time_name(arena),
        (long long)facts->bytes, manifest_hash_line(facts, arena));
    return file_replace(arena_printf(arena, "%s/manifest.json", folder), text, 0640);
}

/* The checkpoint others hold: what a restore must name. Copied before the register is, so that
 * it is never ahead of the copy. */
static int copy_checkpoint(const struct store *store, const char *folder, struct arena *arena)
{
    enum { NOTE_LIMIT = 64 << 10 };
    char *note;
    const char *latest = arena_printf(arena, "%s/checkpoints/latest", store->options.state_dir);
    int error = file_read(latest, NOTE_LIMIT, arena, &note);
    if (error == -ENOENT || error == -ENOTDIR) return 0;
    if (error) return error;
    return file_replace(arena_printf(arena, "%s/checkpoint", folder), note, 0640);
}

static int sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int error = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return error ? error : file_sync_folder(path);
}

/* Fills the partial folder; what it returns as facts is what was found in the synced copy. */
static struct status fill(struct store *store, const char *folder, struct arena *arena,
                          struct copy_facts *out_facts)
{
    const char *path = arena_printf(arena, "%s/register.db", folder);
    int error = copy_checkpoint(store, folder, arena);
    int fd = error ? -1 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (!error && fd < 0) error = -errno;
    if (fd >= 0) close(fd);
    if (error) return file_failure(arena, folder, error);
    struct status st = copy_register(store, path, arena);
    if (!status_is_ok(st)) return st;
    error = sync_file(path);
    if (error) return file_failure(arena, path, error);
    st = copy_check(path, arena, out_facts);
    if (!status_is_ok(st)) return st;
    error = write_manifest(folder, out_facts, arena);
    return error ? file_failure(arena, folder, error) : st;
}

static struct status make_folder(const char *path, struct arena *arena)
{
    remove_folder(path); /* of an earlier attempt */
    if (mkdir(path, 0750) == 0) return status_ok();
    return file_failure(arena, path, -errno);
}

/* Gives the finished backup its name. */
static struct status publish(const char *from, const char *to, struct arena *arena)
{
    if (access(to, F_OK) == 0) return exists(arena, to);
    int error = file_rename(from, to);
    return error ? file_failure(arena, to, error) : status_ok();
}

struct status store_backup(struct store *store, const char *name, struct arena *arena,
                           struct backup *out_backup)
{
    if (*name == '\0') name = time_name(arena);
    if (!name_is_fine(name))
        return status_invalid(
            arena, REASON_BACKUP_NAME, "name",
            "\"%s\" is no name for a backup: it has 1 to 64 letters, digits, '.', '_' and "
            "'-' and does not begin with '.'",
            name);
    const char *folder = backups_folder(store, arena);
    const char *path = arena_printf(arena, "%s/%s", folder, name);
    const char *making = arena_printf(arena, "%s/.%s%s", folder, name, partial);
    if (mkdir(folder, 0750) != 0 && errno != EEXIST) return file_failure(arena, folder, -errno);
    if (access(path, F_OK) == 0) return exists(arena, path);
    struct status st = make_folder(making, arena);
    struct copy_facts facts;
    if (status_is_ok(st)) st = fill(store, making, arena, &facts);
    if (status_is_ok(st)) st = publish(making, path, arena);
    if (status_is_ok(st))
        *out_backup = (struct backup){path, facts};
    else
        remove_folder(making);
    return st;
}
