/* The files of an export and the folder they go to. */
#include "client/collection.h"
#include "client/datapackage.h"
#include "client/export.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/field_text.h"
#include "common/fields.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 1 << 30, KEY_COLUMNS = 2, FOLDER_MODE = 0777, FILE_MODE = 0666 };

#define PACKAGE_FILE "datapackage.json"

static const char *path_in(const char *directory, const char *name, struct arena *arena)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

const char *export_check_folder(const char *directory, struct arena *arena)
{
    DIR *folder = opendir(directory);
    const struct dirent *entry;
    bool is_empty = true;
    bool is_bundle = false;

    if (folder == NULL) return errno == ENOENT ? NULL : arena_strdup(arena, strerror(errno));
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        is_empty = false;
        is_bundle |= strcmp(entry->d_name, PACKAGE_FILE) == 0;
    }
    closedir(folder);
    if (is_empty || is_bundle) return NULL;
    return "it has files in it and is no bundle (there is no " PACKAGE_FILE
           "); name a new or an empty folder";
}

/* ---- contents ---- */

static void write_header(const struct export_table *table, const char **cells, struct buf *buf)
{
    cells[0] = "id";
    cells[1] = "name";
    for (size_t i = 0; i < table->n_fields; i++)
        cells[KEY_COLUMNS + i] = table->fields[i]->name;
    csv_write_row(buf, cells, table->n_fields + KEY_COLUMNS);
}

static void write_rows(const struct export_table *table, struct arena *arena, struct buf *buf)
{
    const char **cells =
        arena_alloc(arena, (table->n_fields + KEY_COLUMNS) * sizeof(const char *));

    write_header(table, cells, buf);
    for (size_t i = 0; i < table->n_rows; i++) {
        struct arena_mark mark = arena_mark(arena);
        const Provost__V1__Resource *resource = table->rows[i];
        const ProtobufCMessage *body = collection_body(resource);

        cells[0] = resource->name + strlen(table->collection) + 1;
        cells[1] = resource->name;
        for (size_t at = 0; at < table->n_fields; at++)
            cells[KEY_COLUMNS + at] = field_to_text(body, table->fields[at], arena);
        csv_write_row(buf, cells, table->n_fields + KEY_COLUMNS);
        arena_rewind(arena, mark);
    }
}

/* ---- files ---- */

/* A folder being written. */
struct target {
    const char *directory;
    struct arena *arena;
    char **names; /* of the files made, without the suffix */
    size_t n_names;
    const char *wrong; /* what failed, or NULL */
};

static void fail(struct target *target, const char *name)
{
    if (target->wrong == NULL)
        target->wrong = arena_printf(target->arena, "%s: %s", name, strerror(errno));
}

static const char *draft_path(const struct target *target, const char *name)
{
    return arena_printf(target->arena, "%s/%s.tmp-%ld", target->directory, name,
                        (long)getpid());
}

static bool write_all(int fd, const struct buf *buf)
{
    size_t done = 0;

    while (done < buf->size) {
        ssize_t n = write(fd, buf->data + done, buf->size - done);

        if (n < 0 && errno != EINTR) return false;
        if (n > 0) done += (size_t)n;
    }
    return fsync(fd) == 0;
}

static void write_draft(struct target *target, const char *name, const struct buf *buf)
{
    int fd;

    if (target->wrong != NULL) return;
    if (buf->failed) {
        target->wrong = arena_printf(target->arena,
                                     "%s would have more than %d bytes; export "
                                     "plan by plan",
                                     name, FILE_MAX_BYTES);
        return;
    }
    fd = open(draft_path(target, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        fail(target, name);
        return;
    }
    target->names[target->n_names++] = arena_strdup(target->arena, name);
    if (!write_all(fd, buf)) fail(target, name);
    if (close(fd) != 0) fail(target, name);
}

static void write_drafts(struct target *target, const struct export *export)
{
    struct buf buf;

    buf_init(&buf, FILE_MAX_BYTES);
    for (size_t i = 0; i < export->n_tables; i++) {
        buf_clear(&buf);
        write_rows(&export->tables[i], target->arena, &buf);
        write_draft(target, arena_printf(target->arena, "%s.csv", export->tables[i].collection),
                    &buf);
    }
    buf_clear(&buf);
    datapackage_write(export, &buf);
    write_draft(target, PACKAGE_FILE, &buf);
    buf_release(&buf);
}

static void place_drafts(struct target *target)
{
    for (size_t i = 0; i < target->n_names; i++) {
        const char *name = target->names[i];

        if (target->wrong != NULL)
            (void)unlink(draft_path(target, name));
        else if (rename(draft_path(target, name),
                        path_in(target->directory, name, target->arena)) != 0)
            fail(target, name);
    }
}

static bool is_written(const struct target *target, const char *name)
{
    for (size_t i = 0; i < target->n_names; i++)
        if (strcmp(target->names[i], name) == 0) return true;
    return false;
}

/* The bundle that was there may have had kinds that are no longer in the register. */
static void remove_others(struct target *target)
{
    const ProtobufCFieldDescriptor *member;

    for (size_t i = 0; (member = collection_member(i)) != NULL; i++) {
        const char *name =
            arena_printf(target->arena, "%s.csv", collection_name(member, target->arena));

        if (is_written(target, name)) continue;
        if (unlink(path_in(target->directory, name, target->arena)) != 0 && errno != ENOENT)
            fail(target, name);
    }
}

const char *export_write(const struct export *export, const char *directory)
{
    struct arena *arena = export->session->arena;
    struct target target = {.directory = directory, .arena = arena};

    target.names = arena_alloc(arena, (export->n_tables + 1) * sizeof(char *));
    if (mkdir(directory, FOLDER_MODE) != 0 && errno != EEXIST)
        return arena_strdup(arena, strerror(errno));
    write_drafts(&target, export);
    place_drafts(&target);
    if (target.wrong == NULL) remove_others(&target);
    return target.wrong;
}
