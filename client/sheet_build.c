#include "client/sheet_build.h"

#include "client/collection.h"
#include "client/sheet_join.h"
#include "client/sheet_period.h"
#include "common/fields.h"

#include <string.h>

enum { NOTE_ID_MAX_BYTES = 110, NOTE_HEADER_MAX_BYTES = 40 };

const char *sheet_words(const struct sheet_at *at, const char *text)
{
    return sheet_clean(at->build->arena, text, &at->build->tables->changes);
}

static const char *take(const struct sheet_at *at, enum sheet_field field, bool is_raw)
{
    const struct sheet_header *header = &at->table->header;
    const char *text = "";

    for (size_t i = 0; i < header->n_columns; i++) {
        struct sheet_cell *cell = &at->row->cells[i];
        const char *part;

        if (header->columns[i].field != field) continue;
        if (cell->fate == SHEET_FATE_NONE) cell->fate = SHEET_FATE_STORED;
        if (sheet_is_blank(cell->text)) {
            cell->fate = SHEET_FATE_UNDERSTOOD;
            continue;
        }
        part = is_raw ? cell->text : sheet_words(at, cell->text);
        text = text[0] == '\0' ? part : arena_printf(at->build->arena, "%s\n%s", text, part);
    }
    return text;
}

const char *sheet_take_raw(const struct sheet_at *at, enum sheet_field field)
{
    return take(at, field, true);
}

const char *sheet_take(const struct sheet_at *at, enum sheet_field field)
{
    return take(at, field, false);
}

struct sheet_cell *sheet_cell_of(const struct sheet_at *at, enum sheet_field field)
{
    for (size_t i = 0; i < at->table->header.n_columns; i++)
        if (at->table->header.columns[i].field == field &&
            !sheet_is_blank(at->row->cells[i].text))
            return &at->row->cells[i];
    return NULL;
}

struct sheet_place sheet_place_of(const struct sheet_at *at, enum sheet_field field)
{
    const struct sheet_cell *cell = sheet_cell_of(at, field);

    if (cell == NULL) return (struct sheet_place){at->row->line, 0};
    return (struct sheet_place){cell->line, cell->column};
}

void sheet_unsure(const struct sheet_at *at, const struct sheet_cell *cell, const char *why)
{
    sheet_remark_add(&at->build->tables->unsure,
                     (struct sheet_remark){cell->line, cell->column,
                                           sheet_clean(at->build->arena, cell->text, NULL),
                                           why},
                     at->build->arena);
}

/* --- Names. --- */

static bool is_free(const struct sheet_build *build, const char *name)
{
    return sheet_known_get(build->known, name) == NULL &&
           sheet_draft_find(&build->draft, name) == NULL;
}

const char *sheet_new_name(struct sheet_build *build, const char *collection, const char *text)
{
    struct arena *arena = build->arena;
    const char *slug = sheet_slug(arena, text, SHEET_ID_MAX_BYTES);
    const char *plan_id = build->plan + strlen("plans/");
    const char *name;

    if (slug[0] == '\0')
        slug = arena_printf(arena, "item-%08llx", sheet_hash(text) & 0xffffffffULL);
    name = arena_printf(arena, "%s/%s", collection, slug);
    if (is_free(build, name)) return name;
    slug =
        sheet_slug(arena, arena_printf(arena, "%.30s %s", plan_id, slug), SHEET_ID_MAX_BYTES);
    name = arena_printf(arena, "%s/%s", collection, slug);
    for (int n = 2; !is_free(build, name); n++)
        name = arena_printf(arena, "%s/%.54s-%d", collection, slug, n);
    return name;
}

static const char *scope_of(const struct sheet_build *build, const char *collection)
{
    bool of_plan = strcmp(collection, "actions") == 0 || strcmp(collection, "objectives") == 0;

    return of_plan ? build->plan : "";
}

/* The code of an item of this document, else of the register; "" without one. */
static const char *code_of(const struct sheet_build *build, const char *name)
{
    const struct sheet_item *item = sheet_draft_find(&build->draft, name);
    const Provost__V1__Resource *there = sheet_known_get(build->known, name);
    const ProtobufCMessage *body = there == NULL ? NULL : collection_body(there);
    const ProtobufCFieldDescriptor *fd =
        body == NULL ? NULL : fields_find(body->descriptor, "code");

    if (item != NULL && sheet_item_get(item, "code")[0] != '\0')
        return sheet_item_get(item, "code");
    return fd == NULL ? "" : field_get_text(body, fd);
}

struct sheet_named sheet_name_item(struct sheet_build *build, const char *collection,
                                   const char *code, const char *title)
{
    struct sheet_wanted wanted = {collection, scope_of(build, collection), true, code};
    bool telling = sheet_code_is_telling(code);
    struct sheet_named named = {0};
    const char *found[1];

    if (telling && sheet_known_find(build->known, &wanted, found, 1) == 1)
        named.name = found[0];
    wanted.is_code = false;
    wanted.text = title;
    /* A title that another code has already is another item. */
    if (named.name == NULL && sheet_known_find(build->known, &wanted, found, 1) == 1 &&
        (!telling || !sheet_code_is_telling(code_of(build, found[0]))))
        named.name = found[0];
    if (named.name == NULL)
        named.name = sheet_new_name(build, collection, telling ? code : title);
    named.exists = sheet_known_get(build->known, named.name) != NULL;
    return named;
}

/* Another wording of something that is there becomes an alias. */
static void add_alias(struct sheet_build *build, struct sheet_item *item, const char *title)
{
    const Provost__V1__Resource *there = sheet_known_get(build->known, item->name);
    const ProtobufCMessage *body = there != NULL ? collection_body(there) : item->body;
    const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, "title");
    const ProtobufCFieldDescriptor *list = fields_find(body->descriptor, "aliases");

    if (list == NULL || strcmp(field_get_text(body, fd), title) == 0) return;
    for (size_t i = 0; i < field_get_count(body, list); i++)
        if (strcmp(field_list_text(body, list, i), title) == 0) return;
    for (size_t i = 0; i < field_get_count(body, list); i++)
        sheet_item_add(&build->draft, item, "aliases", field_list_text(body, list, i));
    sheet_item_add(&build->draft, item, "aliases", title);
}

struct sheet_item *sheet_item_named(const struct sheet_at *at, const char *collection,
                                    const struct sheet_named *named, const char *code,
                                    const char *title)
{
    struct sheet_build *build = at->build;
    bool is_new;
    struct sheet_item *item = sheet_draft_take(&build->draft, collection, named->name,
                                               sheet_place_of(at, SHEET_TITLE), &is_new);
    const char *scope = scope_of(build, collection);

    item->exists = named->exists;
    if (named->exists || !is_new)
        add_alias(build, item, title);
    else
        sheet_item_text(&build->draft, item, "title", title);
    if (code[0] != '\0' && fields_find(item->body->descriptor, "code") != NULL)
        sheet_item_text(&build->draft, item, "code", code);
    sheet_known_add_key(build->known, named->name, scope, false, title);
    if (sheet_code_is_telling(code))
        sheet_known_add_key(build->known, named->name, scope, true, code);
    return item;
}

/* --- Links and notes. --- */

static char *kebab(const char *name, struct arena *arena)
{
    char *text = arena_strdup(arena, name);

    for (char *c = text; *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return text;
}

void sheet_link(struct sheet_build *build, const char *kind, const char *from, const char *to,
                struct sheet_place place)
{
    const char *name =
        arena_printf(build->arena, "links/%s/%s/%s", kebab(kind, build->arena), from, to);
    bool is_new;
    struct sheet_item *item = sheet_draft_take(&build->draft, "links", name, place, &is_new);

    if (!is_new) return;
    sheet_item_text(&build->draft, item, "from", from);
    sheet_item_text(&build->draft, item, "to", to);
    sheet_item_enum(&build->draft, item, "kind", kind);
}

static const char *note_kind(const char *key)
{
    if (sheet_has_words(key, "current position") || sheet_has_words(key, "where are we now"))
        return "CURRENT_POSITION";
    return "COMMENTARY";
}

static const char *note_name(const struct sheet_build *build, const char *subject,
                             const char *header)
{
    const char *slash = strchr(subject, '/');
    const char *id = sheet_slug(build->arena, slash == NULL ? subject : slash + 1,
                                NOTE_ID_MAX_BYTES - NOTE_HEADER_MAX_BYTES);

    return arena_printf(
        build->arena, "notes/%s-%s", id,
        sheet_slug(build->arena, header[0] != '\0' ? header : "column", NOTE_HEADER_MAX_BYTES));
}

void sheet_note(const struct sheet_at *at, const char *subject, size_t column,
                enum sheet_fate fate)
{
    const struct sheet_column *heading = &at->table->header.columns[column];
    const struct sheet_cell *title = sheet_cell_of(at, SHEET_TITLE);
    struct sheet_cell *cell = &at->row->cells[column];
    struct sheet_draft *draft = &at->build->draft;
    const char *name = note_name(at->build, subject, heading->header);
    const char *text = cell->text;
    struct sheet_item *item;
    bool is_new;

    item = sheet_draft_take(draft, "notes", name,
                            (struct sheet_place){cell->line, cell->column}, &is_new);
    cell->fate = fate;
    if (fate == SHEET_FATE_KEPT || heading->is_named || heading->field == SHEET_DERIVED ||
        heading->field == SHEET_FIRST_DEADLINE || heading->field == SHEET_PROGRESS)
        text = arena_printf(draft->arena, "%s: %s", heading->header, cell->text);
    if (at->table->header.kind == SHEET_MONEY && title != NULL) /* a note of the plan: whose? */
        text = arena_printf(draft->arena, "%s: %s", sheet_words(at, title->text), text);
    if (!is_new) {
        const char *before = sheet_item_get(item, "text");

        if (strstr(before, text) == NULL)
            sheet_item_text(draft, item, "text",
                            arena_printf(draft->arena, "%s\n%s", before, text));
        return;
    }
    sheet_item_text(draft, item, "subject", subject);
    sheet_item_enum(draft, item, "kind", note_kind(heading->key));
    sheet_item_text(draft, item, "text", text);
    if (heading->period != NULL && heading->has_year)
        sheet_item_text(draft, item, "period", heading->period);
}

/* The resource in the register has the tag. */
static bool has_tag(const struct sheet_build *build, const char *name, const char *tag)
{
    const Provost__V1__Resource *resource = sheet_known_get(build->known, name);
    const ProtobufCMessage *body = resource == NULL ? NULL : collection_body(resource);
    const ProtobufCFieldDescriptor *tags =
        body == NULL ? NULL : fields_find(body->descriptor, "tags");

    for (size_t i = 0; tags != NULL && i < field_get_count(body, tags); i++)
        if (strcmp(field_list_text(body, tags, i), tag) == 0) return true;
    return false;
}

void sheet_add_tag(const struct sheet_at *at, struct sheet_item *item, struct sheet_cell *cell)
{
    const char *tag = sheet_words(at, cell->text);

    if (!item->exists) sheet_item_add(&at->build->draft, item, "tags", tag);
    if (!item->exists || has_tag(at->build, item->name, tag)) cell->fate = SHEET_FATE_STORED;
}

/* Said of the item, and stored as that: words on its progress too; and what the register works out
 * itself, as the document has it. */
static bool is_remark(enum sheet_field field)
{
    return field == SHEET_NOTE || field == SHEET_PROGRESS || field == SHEET_DERIVED;
}

void sheet_note_rest(const struct sheet_at *at, const char *subject)
{
    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        struct sheet_cell *cell = &at->row->cells[i];
        enum sheet_field field = at->table->header.columns[i].field;

        if (cell->fate != SHEET_FATE_NONE || sheet_is_blank(cell->text)) continue;
        if (field == SHEET_IGNORE) {
            cell->fate = SHEET_FATE_UNDERSTOOD;
            continue;
        }
        cell->why =
            field == SHEET_NONE ? "the heading is not known" : "the words are not known";
        sheet_note(at, subject, i, is_remark(field) ? SHEET_FATE_STORED : SHEET_FATE_KEPT);
    }
}

/* --- All tables. --- */

static const struct {
    enum sheet_kind kind;
    void (*build)(const struct sheet_at *at);
} builder_table[] = {
    {SHEET_INDICATORS, sheet_build_indicator}, {SHEET_ACTIONS, sheet_build_action},
    {SHEET_STRATEGIES, sheet_build_strategy},  {SHEET_RISKS, sheet_build_risk},
    {SHEET_MONEY, sheet_build_money},          {SHEET_RESPONSIBILITY, sheet_build_matrix},
    {SHEET_IMPACT, sheet_build_matrix},
};

static void build_row(const struct sheet_at *at)
{
    const struct sheet_cell *title = sheet_cell_of(at, SHEET_TITLE);

    for (size_t i = 0; i < at->table->header.n_columns; i++)
        if (title == NULL && !sheet_is_blank(at->row->cells[i].text)) {
            at->row->cells[i].fate = SHEET_FATE_UNKNOWN;
            at->row->cells[i].why = "the row has no title";
        }
    for (size_t i = 0; title != NULL && i < sizeof builder_table / sizeof builder_table[0]; i++)
        if (builder_table[i].kind == at->table->header.kind) builder_table[i].build(at);
}

/* The year that a column's figures are taken for, because its targets are of that year; NULL when
 * the table says one. */
static const char *guessed_year(const struct sheet_build *build,
                                const struct sheet_table *table,
                                const struct sheet_column *column)
{
    if (build->period != NULL || table->n_rows == 0) return NULL;
    if (table->rows[0].context->year != NULL) return NULL;
    if (column->period != NULL && table->rows[0].context->year_within != NULL) return NULL;
    return sheet_guess_year(table, column);
}

static void remark_column(struct sheet_build *build, const struct sheet_table *table,
                          size_t index, const char *what)
{
    const struct sheet_remark remark = {table->line, index + 1,
                                        table->header.columns[index].header, what};

    sheet_remark_add(&build->tables->unsure, remark, build->arena);
}

static void remark_guesses(struct sheet_build *build, const struct sheet_table *table)
{
    for (size_t i = 0; i < table->header.n_columns; i++) {
        const struct sheet_column *column = &table->header.columns[i];
        const char *year = guessed_year(build, table, column);

        if (column->is_guess)
            remark_column(build, table, i, "taken for a target: it stands behind one");
        if (year != NULL)
            remark_column(build, table, i,
                          arena_printf(build->arena, "taken for %s, the targets' year", year));
        if (column->period != NULL && sheet_period_is_ending_year(column->period))
            remark_column(build, table, i, "taken for the financial year that ends then");
        if (column->is_guess_title)
            remark_column(build, table, i, "not known; taken for what the rows are about");
        if (column->is_loose)
            remark_column(
                build, table, i,
                arena_printf(build->arena, "taken for %s", sheet_field_name(column->field)));
    }
}

/* How many of a collection the plan has in the register: new ones come behind them. */
static size_t count_of_plan(const struct sheet_build *build, const char *collection)
{
    size_t n = 0;

    for (size_t i = 0; i < build->known->n_resources; i++) {
        const Provost__V1__Resource *resource = build->known->resources[i];
        const ProtobufCMessage *body = collection_body(resource);
        const ProtobufCFieldDescriptor *plan;

        if (strncmp(resource->name, collection, strlen(collection)) != 0) continue;
        plan = fields_find(body->descriptor, "plan");
        n += plan != NULL && strcmp(field_get_text(body, plan), build->plan) == 0;
    }
    return n;
}

/* Different headings over the tables of a kind. */
static size_t count_headings(const struct sheet_build *build, enum sheet_kind kind)
{
    struct sheet_texts headings = {0};

    for (size_t t = 0; t < build->tables->n; t++) {
        const struct sheet_table *table = build->tables->items[t];
        const char *heading = table->n_rows == 0 ? NULL : table->rows[0].context->heading;

        if (table->header.kind == kind && heading != NULL &&
            !sheet_texts_has(&headings, heading))
            sheet_texts_add(&headings, heading, build->arena);
    }
    return headings.n;
}

void sheet_build(struct sheet_build *build)
{
    build->draft.arena = build->arena;
    build->n_actions = count_of_plan(build, "actions/");
    build->n_objectives = count_of_plan(build, "objectives/");
    sheet_people_read(build);
    for (size_t t = 0; t < build->tables->n; t++) {
        struct sheet_table *table = build->tables->items[t];

        remark_guesses(build, table);
        build->n_headings = count_headings(build, table->header.kind);
        for (size_t i = 0; i < table->n_rows; i++) {
            struct sheet_at at = {build, table, &table->rows[i]};

            if (!table->rows[i].is_gone) build_row(&at);
        }
    }
}
