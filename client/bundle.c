#include "client/bundle.h"

#include "client/collection.h"
#include "client/read_file.h"
#include "common/csv.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/mask.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void problem(struct bundle *bundle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void problem(struct bundle *bundle, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (bundle->n_problems < BUNDLE_PROBLEMS_MAX)
        bundle->problems[bundle->n_problems] = arena_vprintf(bundle->arena, format, args);
    bundle->n_problems++;
    va_end(args);
}

/* What an export has and an import does not need. */
static bool is_passed_over(const char *title)
{
    return strcmp(title, "revision") == 0 || strcmp(title, "create_time") == 0 ||
           strcmp(title, "update_time") == 0;
}

static void read_title(struct bundle *bundle, struct bundle_file *file, size_t line, size_t at)
{
    const ProtobufCMessageDescriptor *desc = field_message_type(file->member);
    const char *title = file->titles[at];

    file->fields[at] = fields_find(desc, title);
    for (size_t i = 0; i < at; i++)
        if (strcmp(file->titles[i], title) == 0 ||
            (file->fields[at] != NULL && file->fields[i] == file->fields[at]))
            problem(bundle, "%s:%zu:%zu: the column \"%s\" is there twice", file->name, line,
                    at + 1, title);
    if (file->fields[at] != NULL) {
        file->mask->paths[file->mask->n_paths++] =
            arena_strdup(bundle->arena, file->fields[at]->name);
    } else if (strcmp(title, "id") == 0) {
        file->id_column = at;
    } else if (strcmp(title, "name") == 0) {
        file->name_column = at;
    } else if (!is_passed_over(title)) {
        struct status st = mask_unknown_field(desc, title, title, bundle->arena);

        problem(bundle, "%s:%zu:%zu: %s", file->name, line, at + 1, st.message);
    }
}

static void read_titles(struct bundle *bundle, struct bundle_file *file,
                        const struct csv_row *header)
{
    struct arena *arena = bundle->arena;

    file->n_columns = header->n_cells;
    file->id_column = header->n_cells;
    file->name_column = header->n_cells;
    file->titles = arena_zalloc(arena, (header->n_cells + 1) * sizeof *file->titles);
    file->fields =
        arena_zalloc(arena, (header->n_cells + 1) * sizeof(ProtobufCFieldDescriptor *));
    file->mask = (Google__Protobuf__FieldMask *)message_new(
        &google__protobuf__field_mask__descriptor, arena);
    file->mask->paths = arena_zalloc(arena, (header->n_cells + 1) * sizeof(char *));
    for (size_t at = 0; at < header->n_cells; at++) {
        file->titles[at] = header->cells[at];
        read_title(bundle, file, header->line, at);
    }
}

static const char *cell_at(const struct csv_row *row, size_t column)
{
    return column < row->n_cells ? row->cells[column] : "";
}

/* "indicators/foi-cex", or "" for the daemon to derive. */
static const char *row_name(const struct bundle_file *file, const struct csv_row *row,
                            struct arena *arena)
{
    const char *id = cell_at(row, file->id_column);

    if (id[0] == '\0') return cell_at(row, file->name_column);
    return arena_printf(arena, "%s/%s", file->collection, id);
}

static Provost__V1__Mutation *new_patch(const struct bundle_file *file,
                                        Provost__V1__Resource *resource, struct arena *arena)
{
    Provost__V1__Mutation *mutation =
        (Provost__V1__Mutation *)message_new(&provost__v1__mutation__descriptor, arena);
    Provost__V1__Patch *patch =
        (Provost__V1__Patch *)message_new(&provost__v1__patch__descriptor, arena);

    patch->resource = resource;
    patch->update_mask = file->mask;
    patch->allow_missing = true;
    mutation->operation_case = PROVOST__V1__MUTATION__OPERATION_PATCH;
    mutation->patch = patch;
    return mutation;
}

/* `bundle` gets what is wrong with a cell; NULL when it is known to be right. */
static void read_cells(struct bundle *bundle, const struct bundle_file *file,
                       const struct csv_row *row, ProtobufCMessage *body, struct arena *arena)
{
    for (size_t at = 0; at < row->n_cells; at++) {
        struct status st;

        if (file->fields[at] == NULL || row->cells[at][0] == '\0') continue;
        st = field_from_text(body, file->fields[at], row->cells[at], arena);
        if (!status_is_ok(st) && bundle != NULL)
            problem(bundle, "%s:%zu:%zu: %s", file->name, row->line, at + 1, st.message);
    }
}

static void check_row_name(struct bundle *bundle, const struct bundle_file *file,
                           const struct csv_row *row, const char *name)
{
    const char *given = cell_at(row, file->name_column);
    size_t column = file->id_column < file->n_columns ? file->id_column : file->name_column;

    if (given[0] != '\0' && strcmp(name, given) != 0)
        problem(
            bundle, "%s:%zu:%zu: the name is \"%s\", the id \"%s\"; leave one of them empty",
            file->name, row->line, file->name_column + 1, given, cell_at(row, file->id_column));
    if (name[0] != '\0' && collection_find(name) != file->member)
        problem(bundle, "%s:%zu:%zu: \"%s\" is not in the collection %s", file->name, row->line,
                column + 1, name, file->collection);
}

static void add_row(struct bundle *bundle, struct bundle_row row)
{
    if (bundle->n_rows == bundle->capacity) {
        size_t capacity = bundle->capacity == 0 ? 256 : bundle->capacity * 2;
        struct bundle_row *rows = arena_alloc(bundle->arena, capacity * sizeof *rows);

        if (bundle->n_rows > 0) memcpy(rows, bundle->rows, bundle->n_rows * sizeof *rows);
        bundle->rows = rows;
        bundle->capacity = capacity;
    }
    bundle->rows[bundle->n_rows++] = row;
}

/* Looks at a row; what it becomes is made again when it is sent. */
static void read_row(struct bundle *bundle, const struct bundle_file *file,
                     const struct csv_row *row, struct arena *scratch)
{
    const char *name;

    if (row->n_cells != file->n_columns) {
        problem(bundle, "%s:%zu: the row has %zu cells, the header %zu", file->name, row->line,
                row->n_cells, file->n_columns);
        return;
    }
    name = row_name(file, row, scratch);
    check_row_name(bundle, file, row, name);
    read_cells(bundle, file, row,
               collection_body(collection_new_resource(file->member, name, scratch)), scratch);
    add_row(bundle, (struct bundle_row){file, row});
}

const Provost__V1__Mutation *bundle_mutation(const struct bundle *bundle, size_t i,
                                             struct arena *arena)
{
    const struct bundle_file *file = bundle->rows[i].file;
    const struct csv_row *row = bundle->rows[i].row;
    Provost__V1__Resource *resource =
        collection_new_resource(file->member, row_name(file, row, arena), arena);

    read_cells(NULL, file, row, collection_body(resource), arena);
    return new_patch(file, resource, arena);
}

static void read_rows(struct bundle *bundle, const struct bundle_file *file,
                      const struct csv_table *table)
{
    struct arena scratch;

    arena_init(&scratch, SIZE_MAX);
    for (size_t i = 1; i < table->n_rows; i++) {
        struct arena_mark mark = arena_mark(&scratch);

        read_row(bundle, file, &table->rows[i], &scratch);
        arena_rewind(&scratch, mark);
    }
    arena_release(&scratch);
}

static void read_table(struct bundle *bundle, struct bundle_file *file, const char *bytes,
                       size_t size)
{
    struct csv_table table;
    struct status st = csv_read(bytes, size, ',', bundle->arena, &table);

    if (!status_is_ok(st)) {
        problem(bundle, "%s: %s", file->name, st.message);
        return;
    }
    if (table.n_rows == 0) {
        problem(bundle, "%s:1: the file is empty; it needs a header", file->name);
        return;
    }
    read_titles(bundle, file, &table.rows[0]);
    read_rows(bundle, file, &table);
}

/* The file of one collection, where there is one. */
static void read_collection(struct bundle *bundle, const char *directory,
                            const ProtobufCFieldDescriptor *member)
{
    struct arena *arena = bundle->arena;
    struct arena file_bytes; /* csv_read copies the cells */
    struct bundle_file *file = arena_zalloc(arena, sizeof *file);
    char *bytes;
    size_t size;
    int error;

    arena_init(&file_bytes, SIZE_MAX);

    file->member = member;
    file->collection = collection_name(member, arena);
    file->name = arena_printf(arena, "%s.csv", file->collection);
    error = read_file(arena_printf(arena, "%s/%s", directory, file->name),
                      BUNDLE_FILE_MAX_BYTES, &file_bytes, &bytes, &size);
    bundle->n_files += error != -ENOENT;
    if (error == -EFBIG)
        problem(bundle, "%s: it is larger than %d MiB; export and import plan by plan",
                file->name, BUNDLE_FILE_MAX_BYTES >> 20);
    else if (error != 0 && error != -ENOENT)
        problem(bundle, "%s: %s", file->name, strerror(-error));
    else if (error == 0)
        read_table(bundle, file, bytes, size);
    arena_release(&file_bytes);
}

/* Every CSV file must be some collection's; a misspelt one would be missed in silence. */
static void check_names(struct bundle *bundle, const char *directory)
{
    DIR *folder = opendir(directory);
    struct dirent *entry;

    if (folder == NULL) {
        problem(bundle, "%s: %s", directory, strerror(errno));
        return;
    }
    while ((entry = readdir(folder)) != NULL) {
        size_t length = strlen(entry->d_name);
        const char *word;
        const ProtobufCFieldDescriptor *member;
        struct status st;

        if (strcmp(entry->d_name, "datapackage.json") == 0) bundle->has_package = true;
        if (entry->d_name[0] == '.' || length < 4) continue;
        if (strcmp(entry->d_name + length - 4, ".csv") != 0) continue;
        word = arena_strndup(bundle->arena, entry->d_name, length - 4);
        st = collection_require(word, bundle->arena, &member);
        if (!status_is_ok(st)) problem(bundle, "%s: %s", entry->d_name, st.message);
    }
    closedir(folder);
}

/* Links and notes may point at anything, links at all but notes: they come behind the rest. */
static int turn_of(const ProtobufCFieldDescriptor *member)
{
    if (strcmp(member->name, "link") == 0) return 1;
    return strcmp(member->name, "note") == 0 ? 2 : 0;
}

void bundle_read(const char *directory, struct arena *arena, struct bundle *out_bundle)
{
    const ProtobufCFieldDescriptor *member;

    *out_bundle = (struct bundle){.arena = arena};
    out_bundle->problems =
        arena_zalloc(arena, BUNDLE_PROBLEMS_MAX * sizeof *out_bundle->problems);
    check_names(out_bundle, directory);
    for (int turn = 0; turn < 3; turn++)
        for (size_t i = 0; (member = collection_member(i)) != NULL; i++)
            if (turn_of(member) == turn) read_collection(out_bundle, directory, member);
    if (out_bundle->n_problems == 0 && out_bundle->n_files == 0)
        problem(out_bundle, "%s: there is no CSV file of a collection in it", directory);
}

/* The column whose field stands in the path as a whole segment; n_columns when none does. */
static size_t find_column(const struct bundle_file *file, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, ".[");

        for (size_t at = 0; at < file->n_columns; at++) {
            const char *name = file->fields[at] != NULL ? file->fields[at]->name : "";

            if (length > 0 && strlen(name) == length && strncmp(name, path, length) == 0)
                return at;
        }
        path += length;
        if (*path != '\0') path++;
    }
    return file->n_columns;
}

/* What follows "resource.indicator." in a path; else what follows the mutation. */
static const char *body_path(const struct bundle_file *file, const char *path)
{
    const char *resource = strstr(path, "resource.");
    size_t length = strlen(file->member->name);

    if (resource == NULL) return path;
    resource += strlen("resource.");
    if (strncmp(resource, file->member->name, length) == 0 && resource[length] == '.')
        return resource + length + 1;
    return resource;
}

const char *bundle_locate(const struct bundle *bundle, size_t i, const char *path,
                          struct arena *arena)
{
    const struct bundle_row *row = &bundle->rows[i];
    size_t column = find_column(row->file, body_path(row->file, path));

    if (column < row->file->n_columns)
        return arena_printf(arena, "%s:%zu:%zu (%s)", row->file->name, row->row->line,
                            column + 1, row->file->titles[column]);
    return arena_printf(arena, "%s:%zu", row->file->name, row->row->line);
}
