/* export: the register, or one plan of it, as a bundle. */
#include "client/collection.h"
#include "client/command.h"
#include "client/export.h"
#include "client/say.h"
#include "common/fields.h"

#include <provost/v1/admin.pb-c.h>
#include <stdlib.h>
#include <string.h>

struct export_flags {
    const char *plan;
};

static const struct flag export_flag_table[] = {
    {"plan", 0, "PLAN", "only this plan and what belongs to it", flag_set_text,
     offsetof(struct export_flags, plan)},
    {0},
};

/* An empty table for every kind. */
static void make_tables(struct export *export)
{
    struct arena *arena = export->session->arena;
    const ProtobufCFieldDescriptor *member;
    size_t n = 0;

    while (collection_member(n) != NULL)
        n++;
    export->tables = arena_zalloc(arena, n * sizeof *export->tables);
    export->n_tables = n;
    for (size_t i = 0; (member = collection_member(i)) != NULL; i++)
        export->tables[i] = (struct export_table){.member = member,
                                                  .collection = collection_name(member, arena)};
}

static int compare_names(const void *left, const void *right)
{
    const Provost__V1__Resource *const *a = left;
    const Provost__V1__Resource *const *b = right;

    return strcmp((*a)->name, (*b)->name);
}

/* What the register gives a resource itself and takes from nobody. */
static bool is_output_only(const ProtobufCFieldDescriptor *fd)
{
    return strcmp(fd->name, "published_seq") == 0;
}

static bool is_used(const struct export_table *table, const ProtobufCFieldDescriptor *fd)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        const ProtobufCMessage *body = collection_body(table->rows[i]);

        if (body != NULL && field_is_set(body, fd)) return true;
    }
    return false;
}

static void find_fields(struct export_table *table, struct arena *arena)
{
    const ProtobufCMessageDescriptor *desc = field_message_type(table->member);

    table->fields = arena_zalloc(arena, desc->n_fields * sizeof(ProtobufCFieldDescriptor *));
    for (unsigned i = 0; i < desc->n_fields; i++)
        if (!is_output_only(&desc->fields[i]) && is_used(table, &desc->fields[i]))
            table->fields[table->n_fields++] = &desc->fields[i];
}

/* Puts the tables in order and drops those without rows. */
static void settle_tables(struct export *export)
{
    size_t n = 0;

    for (size_t i = 0; i < export->n_tables; i++) {
        struct export_table *table = &export->tables[i];

        if (table->n_rows == 0) continue;
        qsort(table->rows, table->n_rows, sizeof(Provost__V1__Resource *), compare_names);
        find_fields(table, export->session->arena);
        export->tables[n++] = *table;
    }
    export->n_tables = n;
}

static const struct grid_column count_columns[] = {
    {"collection", NULL, 0},
    {"rows", NULL, GRID_RIGHT},
    {"columns", NULL, GRID_RIGHT},
};

static void fill_counts(const struct view *view, struct grid *grid)
{
    const struct export *export = view->context;

    grid_set_columns(grid, count_columns, sizeof count_columns / sizeof count_columns[0]);
    for (size_t i = 0; i < export->n_tables; i++) {
        const struct export_table *table = &export->tables[i];
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = table->collection;
        row[1].text = arena_printf(grid->arena, "%zu", table->n_rows);
        row[2].text = arena_printf(grid->arena, "%zu", table->n_fields + 2);
    }
}

static void fill_report(const struct view *view, struct grid *grid)
{
    const struct export *export = view->context;

    fill_counts(view, grid);
    grid_note(grid, "as of seq %lld", (long long)export->seq);
    if (export->n_links_left > 0)
        grid_note(grid, "%zu links to what belongs to other plans are left out",
                  export->n_links_left);
}

/* For -o json: the counts in the words of GetStatus. */
static enum exit_code show(const struct export *export)
{
    Provost__V1__GetStatusResponse counts = PROVOST__V1__GET_STATUS_RESPONSE__INIT;
    struct arena *arena = export->session->arena;

    counts.seq = export->seq;
    counts.n_collections = export->n_tables;
    counts.collections =
        arena_alloc(arena, (export->n_tables + 1) * sizeof(Provost__V1__CollectionSize *));
    for (size_t i = 0; i < export->n_tables; i++) {
        Provost__V1__CollectionSize *size = arena_alloc(arena, sizeof *size);

        provost__v1__collection_size__init(size);
        size->collection = arena_strdup(arena, export->tables[i].collection);
        size->size = (int64_t) export->tables[i].n_rows;
        counts.collections[i] = size;
    }
    return session_show(export->session, &(struct view){.message = &counts.base,
                                                        .fill_rows = fill_counts,
                                                        .fill_table = fill_report,
                                                        .context = export});
}

static enum exit_code cannot(const char *directory, const char *why)
{
    say_error("cannot export to %s: %s", directory, why);
    return EXIT_CODE_FAILURE;
}

static enum exit_code run_export(struct session *session, const struct command_input *input)
{
    const struct export_flags *flags = input->flags;
    const char *directory = input->words[0];
    struct export export = {.session = session};
    const char *wrong = export_check_folder(directory, session->arena);
    enum exit_code code;

    if (wrong != NULL) return cannot(directory, wrong);
    make_tables(&export);
    code =
        flags->plan == NULL ? export_read_all(&export) : export_read_plan(&export, flags->plan);
    if (code != EXIT_CODE_OK) return code;
    settle_tables(&export);
    if (export.n_tables == 0) return cannot(directory, "the register is empty at that moment");
    wrong = export_write(&export, directory);
    return wrong == NULL ? show(&export) : cannot(directory, wrong);
}

const struct command command_export = {
    .name = "export",
    .usage = "DIR [--plan PLAN]",
    .summary = "Save the register, or one plan, as a bundle of CSV files",
    .examples = "provost export register-2024-03\n"
                "provost export plan/ --plan cex-2021-24\n"
                "provost export then/ --as-of 2022-03-31\n",
    .details =
        "DIR gets a file for each kind and datapackage.json, which says what the columns\n"
        "are. It is created, or empty, or holds a bundle, which is replaced. All files\n"
        "show one moment. \"provost import DIR\" takes them; equal registers give equal\n"
        "files.\n",
    .flags = export_flag_table,
    .flags_size = sizeof(struct export_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_export,
};
