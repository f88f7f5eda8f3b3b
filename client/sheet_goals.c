/* What for: the objectives that a row serves. */
#include "client/sheet_build.h"

#include "client/sheet_context.h"

#include <string.h>

enum { TITLE_MAX_BYTES = 300 };

static size_t find_goals(const struct sheet_build *build, const char *text,
                         const char **out_names)
{
    struct sheet_wanted wanted = {"objectives", build->plan, false, text};
    size_t n = sheet_known_find(build->known, &wanted, out_names, SHEET_NAMES_MAX);

    if (n > 0 || strlen(text) > 40) return n;
    wanted.is_code = true;
    return sheet_known_find(build->known, &wanted, out_names, SHEET_NAMES_MAX);
}

/* The text names the plan itself: "All Service Plan" may be an alias of it. */
static bool names_plan(const struct sheet_build *build, const char *text)
{
    struct sheet_wanted wanted = {"plans", "", false, text};
    const char *found[SHEET_NAMES_MAX];
    size_t n = sheet_known_find(build->known, &wanted, found, SHEET_NAMES_MAX);

    for (size_t i = 0; i < n; i++)
        if (strcmp(found[i], build->plan) == 0) return true;
    return false;
}

static size_t add_part(const struct sheet_build *build, const char *part, size_t length,
                       const char **names)
{
    const char *text = arena_strndup(build->arena, part, length);

    size_t n = sheet_is_blank(text) ? 0 : find_goals(build, text, names);

    return n > 0 ? n : find_goals(build, sheet_heading_words(text, build->arena), names);
}

/* All parts between separators name objectives: then they are all meant. */
static size_t find_parts(const struct sheet_build *build, const char *text,
                         const char *separator, const char **out_names)
{
    const char *names[SHEET_NAMES_MAX];
    size_t n = 0;

    while (*text != '\0') {
        const char *next = strstr(text, separator);
        size_t length = next == NULL ? strlen(text) : (size_t)(next - text);
        size_t found = add_part(build, text, length, names);

        if (found == 0 || n + found > SHEET_NAMES_MAX) return 0;
        memcpy(out_names + n, names, found * sizeof names[0]);
        n += found;
        text += length + (next == NULL ? 0 : strlen(separator));
    }
    return n;
}

static const char *new_goal(struct sheet_build *build, const char *text,
                            struct sheet_place place)
{
    const char *title = sheet_clean(build->arena, text, &build->tables->changes);
    const char *name = sheet_new_name(build, "objectives", title);
    struct sheet_draft *draft = &build->draft;
    bool is_new;
    struct sheet_item *item = sheet_draft_take(draft, "objectives", name, place, &is_new);

    item->is_shared = true;
    sheet_item_text(draft, item, "title", title);
    sheet_item_text(draft, item, "plan", build->plan);
    sheet_item_enum(draft, item, "kind", "PRIORITY");
    sheet_item_int(draft, item, "position", (int)++build->n_objectives);
    sheet_known_add_key(build->known, name, build->plan, false, title);
    sheet_remark_add(&build->tables->unsure,
                     (struct sheet_remark){place.line, place.column, title,
                                           "no such objective: made as a priority of the plan"},
                     build->arena);
    return name;
}

size_t sheet_goals(struct sheet_build *build, const char *text, bool may_create,
                   struct sheet_place place, const char **out_names)
{
    static const char *const separators[] = {"\n", ";", "/", " and ", " & ", ","};
    size_t n = find_goals(build, text, out_names);

    if (n == 0) n = find_goals(build, sheet_heading_words(text, build->arena), out_names);
    if (n == 0 && names_plan(build, text)) {
        out_names[0] = build->plan;
        return 1;
    }
    for (size_t i = 0; n == 0 && i < sizeof separators / sizeof separators[0]; i++)
        if (strstr(text, separators[i]) != NULL)
            n = find_parts(build, text, separators[i], out_names);
    if (n > 0 || !may_create || strlen(text) > TITLE_MAX_BYTES) return n;
    out_names[0] = new_goal(build, text, place);
    return 1;
}

/* Links to what is named, but an action does not deliver its own plan: that is said by its
 * plan. */
static void link_all(const struct sheet_at *at, const char *from, const char *kind,
                     const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], at->build->plan) != 0 || strcmp(kind, "DELIVERS") != 0)
            sheet_link(at->build, kind, from, names[i], sheet_place_of(at, SHEET_PRIORITY));
}

static bool names_nothing(const char *text, struct arena *arena)
{
    static const char *const words[] = {"", "n a", "na", "none", "tbc", "not applicable"};
    const char *key = sheet_fold(arena, text);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], key) == 0) return true;
    return false;
}

/* Columns of priorities. A line each where a cell has several lines that are not one sentence.
 */
static size_t link_cells(const struct sheet_at *at, const char *from, const char *kind)
{
    size_t linked = 0;

    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        struct sheet_cell *cell = &at->row->cells[i];
        struct sheet_place place = {cell->line, cell->column};
        const char *names[SHEET_NAMES_MAX];
        size_t n;

        if (at->table->header.columns[i].field != SHEET_PRIORITY || sheet_is_blank(cell->text))
            continue;
        cell->fate = SHEET_FATE_STORED;
        linked++;
        if (names_nothing(cell->text, at->build->arena)) {
            cell->fate = SHEET_FATE_UNDERSTOOD;
            continue;
        }
        n = sheet_goals(at->build, cell->text, true, place, names);
        if (n == 0) {
            cell->why = "no objective has this name";
            sheet_note(at, from, i, SHEET_FATE_KEPT);
        }
        link_all(at, from, kind, names, n);
    }
    return linked;
}

/* A heading may become an objective when it is marked as one or labelled, when classes of
 * measures stand under it, or when several tables of the kind each have their own. */
static bool may_become_goal(const struct sheet_at *at)
{
    static const char *const labels[] = {"priority", "theme",     "outcome",   "objective",
                                         "goal",     "aim",       "ambition",  "pillar",
                                         "section",  "strategic", "commitment"};
    const struct sheet_context *context = at->row->context;
    const char *key = sheet_fold(at->build->arena, context->heading);

    if (!context->is_sure || sheet_is_money(key)) return false;
    if (context->is_marked || context->class_name != NULL) return true;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strncmp(key, labels[i], strlen(labels[i])) == 0) return true;
    return at->build->n_headings > 1;
}

bool sheet_link_goals(const struct sheet_at *at, const char *from, const char *kind)
{
    const struct sheet_context *context = at->row->context;
    const char *names[SHEET_NAMES_MAX];
    size_t n = 0;

    if (link_cells(at, from, kind) > 0) return true;
    if (at->row->section != NULL)
        n = sheet_goals(at->build, at->row->section, true,
                        (struct sheet_place){at->row->line, 0}, names);
    else if (context->heading != NULL)
        n = sheet_goals(at->build, context->heading, may_become_goal(at),
                        (struct sheet_place){context->heading_line, 0}, names);
    link_all(at, from, kind, names, n);
    return n > 0;
}
