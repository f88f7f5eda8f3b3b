#include "store/table.h"

#include "common/buf.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/reasons.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Columns in front of the fields, in this order in every select and insert. */
enum {
    COL_ID,
    COL_FROM,
    COL_TO,
    COL_CREATE,
    COL_UPDATE,
    COL_SEED = TABLE_SEED_COLUMN,
    COL_FIELDS
};
static const char fixed_columns[] = "id, from_seq, to_seq, create_us, update_us, seed";

enum { SQL_LIMIT_BYTES = 64 << 10 };

#define SCAN_WHERE "WHERE id > $1 AND id < $2 AND from_seq <= $3 AND to_seq > $4 ORDER BY id"

static void add_columns(struct buf *sql, const struct kind *kind)
{
    buf_add_string(sql, fixed_columns);
    for (unsigned i = 0; i < kind->desc->n_fields; i++)
        buf_printf(sql, ", \"%s\"", kind->desc->fields[i].name);
}

/* Takes the text out of the buffer as a string of its own. */
static char *take(struct buf *sql)
{
    buf_add_u8(sql, 0);
    assert(!sql->failed);
    char *text = xstrdup((const char *)sql->data);
    buf_clear(sql);
    return text;
}

static char *build_select(const struct kind *kind, const char *rest)
{
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    buf_add_string(&sql, "SELECT ");
    add_columns(&sql, kind);
    buf_printf(&sql, " FROM \"%s\" %s", kind->table, rest);
    char *text = take(&sql);
    buf_release(&sql);
    return text;
}

static char *build_insert(const struct kind *kind)
{
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    buf_printf(&sql, "INSERT INTO \"%s\" (", kind->table);
    add_columns(&sql, kind);
    buf_add_string(&sql, ") VALUES ($1");
    for (unsigned i = 2; i <= COL_FIELDS + kind->desc->n_fields; i++)
        buf_printf(&sql, ", $%u", i);
    buf_add_string(&sql, ")");
    char *text = take(&sql);
    buf_release(&sql);
    return text;
}

static char *build_simple(const struct kind *kind, const char *before, const char *after)
{
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    buf_printf(&sql, "%s \"%s\" %s", before, kind->table, after);
    char *text = take(&sql);
    buf_release(&sql);
    return text;
}

/* Like the plain scan, with a comparison of the column that takes `parameters` parameters. */
static char *build_scan_where(const struct kind *kind, const char *column,
                              const char *comparison, int parameters)
{
    int at = parameters;
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    buf_printf(&sql,
               "WHERE \"%s\" %s AND id > $%d AND id < $%d AND from_seq <= $%d AND to_seq > $%d"
               " ORDER BY id",
               column, comparison, at + 1, at + 2, at + 3, at + 4);
    char *rest = take(&sql);
    buf_release(&sql);
    char *text = build_select(kind, rest);
    free(rest);
    return text;
}

/* Whether a field's column holds a number; the others hold text. */
static bool is_number(const ProtobufCFieldDescriptor *fd)
{
    switch (field_shape(fd)) {
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_TIME:
        return true;
    case FIELD_TEXT:
    case FIELD_ENUM:
    case FIELD_BYTES:
    case FIELD_MESSAGE:
    case FIELD_LIST:
        break;
    }
    return false;
}

static char *build_erase(const struct kind *kind, const ProtobufCFieldDescriptor *fd)
{
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    bool is_time = field_shape(fd) == FIELD_TIME; /* the one number that may be NULL */
    buf_printf(&sql, "UPDATE \"%s\" SET \"%s\" = %s WHERE id = $1 AND from_seq = $2",
               kind->table, fd->name, is_number(fd) && !is_time ? "0" : "NULL");
    char *text = take(&sql);
    buf_release(&sql);
    return text;
}

static char *build_unlogged(const struct kind *kind)
{
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    buf_printf(&sql,
               "SELECT v.id, v.from_seq FROM \"%s\" v\n"
               "WHERE NOT EXISTS (SELECT 1 FROM change_item i\n"
               "                  JOIN change_shape s ON s.shape = i.shape\n"
               "                  WHERE i.seq = v.from_seq AND i.id = v.id AND s.kind = '%s'\n"
               "                    AND s.operation IN ('CREATE', 'UPDATE'))\n"
               "LIMIT 20",
               kind->table, kind->collection);
    char *text = take(&sql);
    buf_release(&sql);
    return text;
}

static void build_erasure(struct table *table)
{
    const struct kind *kind = table->kind;
    table->erase = xcalloc(kind->desc->n_fields, sizeof *table->erase);
    for (unsigned i = 0; i < kind->desc->n_fields; i++)
        table->erase[i] = build_erase(kind, &kind->desc->fields[i]);
    table->select_seed =
        build_simple(kind, "SELECT seed FROM", "WHERE id = $1 AND from_seq = $2");
    table->forget_seed =
        build_simple(kind, "UPDATE", "SET seed = NULL WHERE id = $1 AND from_seq = $2");
    table->next =
        build_simple(kind, "SELECT min(from_seq) FROM", "WHERE id = $1 AND from_seq > $2");
    table->versions = build_simple(kind, "SELECT count(*) FROM", "");
    table->unlogged = build_unlogged(kind);
}

static void build_scans(struct table *table)
{
    const struct kind *kind = table->kind;
    table->scan_where = xcalloc(kind->desc->n_fields, sizeof *table->scan_where);
    table->scan_set = xcalloc(kind->desc->n_fields, sizeof *table->scan_set);
    for (unsigned i = 0; i < kind->desc->n_fields; i++) {
        const char *column = kind->desc->fields[i].name;
        table->scan_where[i] = build_scan_where(kind, column, "= $1", 1);
        table->scan_set[i] = build_scan_where(kind, column, "IS NOT NULL", 0);
    }
}

/* ---- columns and views ---- */

static struct table_column make_column(const ProtobufCFieldDescriptor *fd)
{
    struct table_column column = {
        .fd = fd, .shape = field_shape(fd), .is_number = is_number(fd)};
    if (column.shape != FIELD_ENUM) return column;
    const ProtobufCEnumDescriptor *desc = field_enum_type(fd);
    column.words = xcalloc(desc->n_values, sizeof *column.words);
    for (unsigned i = 0; i < desc->n_values; i++)
        column.words[i] = enum_short_name(desc, desc->values[i].value);
    return column;
}

static void build_columns(struct table *table)
{
    const ProtobufCMessageDescriptor *desc = table->kind->desc;
    table->columns = xcalloc(desc->n_fields, sizeof *table->columns);
    for (unsigned i = 0; i < desc->n_fields; i++)
        table->columns[i] = make_column(&desc->fields[i]);
}

static struct table_view build_view(const struct kind *kind, const struct kind_view *of)
{
    struct table_view view = {.view = of};
    struct buf sql;
    buf_init(&sql, SQL_LIMIT_BYTES);
    view.fields = xcalloc(kind->desc->n_fields, sizeof *view.fields);
    buf_add_string(&sql, "SELECT id");
    for (const char *const *name = of->fields; *name; name++) {
        const ProtobufCFieldDescriptor *fd = fields_find(kind->desc, *name);
        assert(fd && view.count < kind->desc->n_fields);
        view.fields[view.count++] = field_index(kind->desc, fd);
        buf_printf(&sql, ", \"%s\"", *name);
    }
    buf_printf(&sql, " FROM \"%s\" " SCAN_WHERE, kind->table);
    view.scan = take(&sql);
    buf_release(&sql);
    return view;
}

static void build_views(struct table *table)
{
    const struct kind_view *const *views = table->kind->views;
    unsigned count = 0;
    while (views && views[count])
        count++;
    table->views = xcalloc(count, sizeof *table->views);
    for (; table->view_count < count; table->view_count++)
        table->views[table->view_count] = build_view(table->kind, views[table->view_count]);
}

const struct table_view *table_view_of(const struct table *table, const struct kind_view *view)
{
    for (unsigned i = 0; i < table->view_count; i++)
        if (table->views[i].view == view) return &table->views[i];
    abort();
}

/* ---- a table ---- */

struct table *table_new(const struct kind *kind, int number)
{
    struct table *table = xcalloc(1, sizeof *table);
    table->kind = kind;
    table->number = number;
    table->select_as_of =
        build_select(kind, "WHERE id = $1 AND from_seq <= $2 ORDER BY from_seq DESC LIMIT 1");
    table->select_from = build_select(kind, "WHERE id = $1 AND from_seq = $2");
    table->select_since = build_select(kind, "WHERE id = $1 AND to_seq > $2 ORDER BY from_seq");
    table->scan = build_select(kind, SCAN_WHERE);
    table->count =
        build_simple(kind, "SELECT count(*) FROM", "WHERE to_seq = 9223372036854775807");
    table->close =
        build_simple(kind, "UPDATE", "SET to_seq = $1 WHERE id = $2 AND from_seq = $3");
    table->ends =
        build_simple(kind, "SELECT from_seq, to_seq FROM", "WHERE id = $1 ORDER BY from_seq");
    table->ends_below =
        build_simple(kind, "SELECT from_seq, to_seq FROM", "WHERE id > $1 AND id < $2");
    table->insert = build_insert(kind);
    build_erasure(table);
    build_scans(table);
    build_columns(table);
    build_views(table);
    return table;
}

void table_free(struct table *table)
{
    if (!table) return;
    for (unsigned i = 0; i < table->kind->desc->n_fields; i++) {
        free(table->scan_where[i]);
        free(table->scan_set[i]);
        free(table->erase[i]);
        free(table->columns[i].words);
    }
    free(table->scan_where);
    for (unsigned i = 0; i < table->view_count; i++) {
        free(table->views[i].scan);
        free(table->views[i].fields);
    }
    free(table->views);
    free(table->columns);
    free(table->scan_set);
    free(table->erase);
    free(table->select_seed);
    free(table->forget_seed);
    free(table->next);
    free(table->versions);
    free(table->unlogged);
    free(table->select_as_of);
    free(table->select_from);
    free(table->select_since);
    free(table->scan);
    free(table->count);
    free(table->ends);
    free(table->ends_below);
    free(table->insert);
    free(table->close);
    free(table);
}

static struct status mismatch(const struct table *table, const char *column, const char *what,
                              struct arena *arena)
{
    return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_STORE_MISMATCH, NULL,
                        "column %s.%s %s: the database and this program do not belong together",
                        table->kind->table, column, what);
}

static bool is_fixed(const char *name)
{
    static const char *const fixed[] = {"id",        "from_seq",  "to_seq",
                                        "create_us", "update_us", "seed"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(fixed[i], name) == 0) return true;
    return false;
}

/* One row of the table's column list against the descriptor. */
static struct status check_column(const struct table *table, const char *name, const char *type,
                                  struct arena *arena)
{
    if (is_fixed(name)) return status_ok();
    const ProtobufCFieldDescriptor *fd =
        protobuf_c_message_descriptor_get_field_by_name(table->kind->desc, name);
    if (!fd) return mismatch(table, name, "is not a field of the resource", arena);
    if (strcmp(type, is_number(fd) ? "INTEGER" : "TEXT") != 0)
        return mismatch(table, name, "has the wrong type", arena);
    return status_ok();
}

struct status table_check(const struct table *table, struct db *db, struct arena *arena)
{
    static const char sql[] = "SELECT name, type FROM pragma_table_info($1)";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    stmt_bind_text(stmt, 1, table->kind->table);
    unsigned columns = 0;
    struct status st = status_ok();
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        st = check_column(table, stmt_text(stmt, 0), stmt_text(stmt, 1), arena);
        if (!status_is_ok(st)) break;
        columns++;
    }
    stmt_done(stmt);
    if (!status_is_ok(st)) return st;
    if (step == STEP_FAILED) return db_status(db, arena);
    if (columns != COL_FIELDS + table->kind->desc->n_fields)
        return mismatch(table, "*", "are fewer than the resource has fields", arena);
    return status_ok();
}

int table_column(const struct table *table, const char *field)
{
    const ProtobufCMessageDescriptor *desc = table->kind->desc;
    const ProtobufCFieldDescriptor *fd = fields_find(desc, field);
    return fd ? COL_FIELDS + (int)field_index(desc, fd) : -1;
}

/* The value of a stored word; false for what is not written as enum_short_name has it. */
static bool read_word(const struct table_column *column, const char *text,
                      ProtobufCMessage *body, struct arena *arena)
{
    const ProtobufCEnumDescriptor *desc = field_enum_type(column->fd);
    for (unsigned i = 0; i < desc->n_values; i++) {
        if (strcmp(column->words[i], text) != 0) continue;
        field_set_int(body, column->fd, desc->values[i].value, arena);
        return true;
    }
    return false;
}

static void read_number(struct stmt *stmt, int at, const struct table_column *column,
                        ProtobufCMessage *body, struct arena *arena)
{
    if (column->shape == FIELD_TIME && stmt_is_null(stmt, at)) return;
    field_set_int(body, column->fd, stmt_int(stmt, at), arena);
}

/* What is neither a number nor plain text, nor a word that is known. */
static struct status read_written(const struct table *table, const struct table_column *column,
                                  char *text, struct arena *arena,
                                  const struct version *version)
{
    struct status st = field_from_text(version->body, column->fd, text, arena);
    if (status_is_ok(st)) return st;
    return status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                        "the stored %s %s does not read back: %s", table->kind->table,
                        version->id, st.message);
}

/* The fields of a version from the columns that begin at one. `fields` says which of the kind's
 * each is; NULL: all in their order. Most are NULL, which is what a new message has anyway, or
 * plain text. */
static struct status read_columns(const struct table *table, struct stmt *stmt, int first,
                                  const unsigned *fields, unsigned count, struct arena *arena,
                                  const struct version *version)
{
    for (unsigned i = 0; i < count; i++) {
        const struct table_column *column = &table->columns[fields ? fields[i] : i];
        int at = first + (int)i;
        if (column->is_number) {
            read_number(stmt, at, column, version->body, arena);
            continue;
        }
        const char *stored = stmt_text_or_null(stmt, at);
        if (!stored || (column->words && read_word(column, stored, version->body, arena)))
            continue;
        char *text = arena_strdup(arena, stored);
        if (column->shape == FIELD_TEXT) {
            field_set_text(version->body, column->fd, text);
            continue;
        }
        struct status st = read_written(table, column, text, arena, version);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

struct status table_read(const struct table *table, const struct table_view *view,
                         struct stmt *stmt, struct arena *arena, struct version *out_version)
{
    struct version version = {
        .kind = table->kind,
        .id = stmt_text_dup(stmt, COL_ID, arena),
        .body = message_new(table->kind->desc, arena),
    };
    struct status st;
    if (view) {
        st = read_columns(table, stmt, COL_ID + 1, view->fields, view->count, arena, &version);
    } else {
        version.from_seq = stmt_int(stmt, COL_FROM);
        version.to_seq = stmt_int(stmt, COL_TO);
        version.create_us = stmt_int(stmt, COL_CREATE);
        version.update_us = stmt_int(stmt, COL_UPDATE);
        st = read_columns(table, stmt, COL_FIELDS, NULL, table->kind->desc->n_fields, arena,
                          &version);
    }
    if (status_is_ok(st)) *out_version = version;
    return st;
}

static void bind_field(struct stmt *stmt, int at, const ProtobufCMessage *body,
                       const ProtobufCFieldDescriptor *fd, struct arena *arena)
{
    switch (field_shape(fd)) {
    case FIELD_INT:
    case FIELD_BOOL:
        stmt_bind_int(stmt, at, field_get_int(body, fd));
        return;
    case FIELD_TIME:
        if (field_is_set(body, fd))
            stmt_bind_int(stmt, at, field_get_int(body, fd));
        else
            stmt_bind_null(stmt, at);
        return;
    case FIELD_TEXT:
    case FIELD_ENUM:
    case FIELD_BYTES:
    case FIELD_MESSAGE:
    case FIELD_LIST:
        break;
    }
    if (field_is_set(body, fd))
        stmt_bind_text(stmt, at, field_to_text(body, fd, arena));
    else
        stmt_bind_null(stmt, at);
}

void table_bind(const struct version *version, const void *seed, size_t seed_size,
                struct stmt *stmt, struct arena *arena)
{
    const ProtobufCMessageDescriptor *desc = version->kind->desc;
    stmt_bind_text(stmt, COL_ID + 1, version->id);
    stmt_bind_int(stmt, COL_FROM + 1, version->from_seq);
    stmt_bind_int(stmt, COL_TO + 1, version->to_seq);
    stmt_bind_int(stmt, COL_CREATE + 1, version->create_us);
    stmt_bind_int(stmt, COL_UPDATE + 1, version->update_us);
    stmt_bind_blob(stmt, COL_SEED + 1, seed, seed_size);
    for (unsigned i = 0; i < desc->n_fields; i++)
        bind_field(stmt, COL_FIELDS + 1 + (int)i, version->body, &desc->fields[i], arena);
}
