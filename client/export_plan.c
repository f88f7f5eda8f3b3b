/* One plan and what belongs to it.
 *
 * Of the plan ("own"): its objectives, actions, decisions, reporting periods and risks; the
 * indicators and risks linked to these, the indicators that formulas and parts of those read,
 * with all figures; money and notes about any of it. Whatever an own resource refers to comes
 * with it as a bare row, again and again: posts, organisations, plans. Links come when both
 * ends are own, or one is and the other is a plan, an organisation or a post.
 */
#include "client/collection.h"
#include "client/datapackage.h"
#include "client/export.h"
#include "client/say.h"
#include "client/sheet_keys.h"
#include "common/fields.h"

#include <string.h>

/* A list of one collection, fetched once. */
struct shelf {
    const char *collection;
    Provost__V1__Resource **items;
    size_t n_items;
    bool is_fetched;
};

/* The resources chosen so far. */
struct choice {
    struct export *export;
    struct arena *arena;
    const char *plan;
    struct shelf *shelves; /* one a kind */
    size_t n_shelves;
    struct sheet_keys known;  /* name to place on its shelf */
    struct sheet_keys chosen; /* name to whether it is own */
    Provost__V1__Resource **items;
    size_t n_items;
    size_t capacity;
    enum exit_code code;
};

static const char *text_of(const Provost__V1__Resource *resource, const char *field)
{
    const ProtobufCMessage *body = collection_body(resource);
    const ProtobufCFieldDescriptor *fd =
        body == NULL ? NULL : fields_find(body->descriptor, field);

    return fd == NULL || field_shape(fd) != FIELD_TEXT ? "" : field_get_text(body, fd);
}

static bool is_in(const char *name, const char *collection)
{
    size_t length = strlen(collection);

    return strncmp(name, collection, length) == 0 && name[length] == '/';
}

/* The whole of a collection; empty when it cannot be had, with choice->code saying so. */
static const struct shelf *shelf_of(struct choice *choice, const char *name)
{
    struct shelf *shelf = NULL;

    for (size_t i = 0; i < choice->n_shelves; i++)
        if (is_in(name, choice->shelves[i].collection)) shelf = &choice->shelves[i];
    if (shelf == NULL || shelf->is_fetched || choice->code != EXIT_CODE_OK) return shelf;
    shelf->is_fetched = true;
    choice->code =
        export_list(choice->export, shelf->collection, "", &shelf->items, &shelf->n_items);
    if (choice->code != EXIT_CODE_OK) shelf->n_items = 0;
    for (size_t i = 0; i < shelf->n_items; i++)
        sheet_keys_put(&choice->known, shelf->items[i]->name, i, choice->arena);
    return shelf;
}

static Provost__V1__Resource *find(struct choice *choice, const char *name)
{
    const struct shelf *shelf = shelf_of(choice, name);
    size_t at;

    if (shelf == NULL || !sheet_keys_find(&choice->known, name, &at)) return NULL;
    return shelf->items[at];
}

static bool is_own(const struct choice *choice, const char *name)
{
    size_t own;

    return sheet_keys_find(&choice->chosen, name, &own) && own != 0;
}

/* True when it was not there yet, or not as own. */
static bool choose(struct choice *choice, Provost__V1__Resource *resource, bool own)
{
    size_t was;
    bool is_there = sheet_keys_find(&choice->chosen, resource->name, &was);

    if (is_there && (was != 0 || !own)) return false;
    sheet_keys_put(&choice->chosen, resource->name, own, choice->arena);
    if (is_there) return true;
    if (choice->n_items == choice->capacity) {
        size_t capacity = choice->capacity == 0 ? 256 : choice->capacity * 2;
        Provost__V1__Resource **items =
            arena_alloc(choice->arena, capacity * sizeof(Provost__V1__Resource *));

        if (choice->n_items > 0)
            memcpy(items, choice->items, choice->n_items * sizeof(Provost__V1__Resource *));
        choice->items = items;
        choice->capacity = capacity;
    }
    choice->items[choice->n_items++] = resource;
    return true;
}

/* Resources whose field, a text or a list of texts, names something own. */
static void choose_by(struct choice *choice, const char *collection, const char *field)
{
    const struct shelf *shelf =
        shelf_of(choice, arena_printf(choice->arena, "%s/", collection));

    for (size_t i = 0; i < shelf->n_items; i++) {
        const ProtobufCMessage *body = collection_body(shelf->items[i]);
        const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, field);
        bool own = false;

        if (field_shape(fd) == FIELD_TEXT)
            own = is_own(choice, field_get_text(body, fd));
        else
            for (size_t at = 0; at < field_get_count(body, fd); at++)
                own |= is_own(choice, field_list_text(body, fd, at));
        if (own) (void)choose(choice, shelf->items[i], true);
    }
}

/* ---- indicators ---- */

/* The other end of a link of which one end is own; NULL when none is. */
static const char *other_end(const struct choice *choice, const Provost__V1__Resource *link)
{
    const char *from = text_of(link, "from");
    const char *to = text_of(link, "to");

    if (is_own(choice, from)) return to;
    return is_own(choice, to) ? from : NULL;
}

static bool is_goal(const char *name)
{
    return is_in(name, "plans") || is_in(name, "objectives") || is_in(name, "actions") ||
           is_in(name, "risks");
}

/* Indicators and risks linked to what the plan itself consists of. */
static void choose_linked(struct choice *choice, const char *collection)
{
    const struct shelf *links = shelf_of(choice, "links/");

    for (size_t i = 0; i < links->n_items; i++) {
        const char *other = other_end(choice, links->items[i]);
        bool from_goal = is_goal(text_of(links->items[i], "from"));
        bool to_goal = is_goal(text_of(links->items[i], "to"));
        Provost__V1__Resource *resource;

        if (other == NULL || !is_in(other, collection) || (!from_goal && !to_goal)) continue;
        resource = find(choice, other);
        if (resource != NULL) (void)choose(choice, resource, true);
    }
}

static void choose_indicator(struct choice *choice, const char *name)
{
    Provost__V1__Resource *resource = find(choice, name);

    if (resource != NULL && is_in(name, "indicators")) (void)choose(choice, resource, true);
}

/* Whatever in a formula is the id of an indicator. */
static void choose_inputs(struct choice *choice, const char *formula)
{
    static const char id[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.~/";

    while (*formula != '\0') {
        size_t length = strspn(formula, id);
        const char *word = arena_strndup(choice->arena, formula, length);

        if (length > 0)
            choose_indicator(choice, is_in(word, "indicators")
                                         ? word
                                         : arena_printf(choice->arena, "indicators/%s", word));
        formula += length;
        if (*formula != '\0') formula++;
    }
}

/* The scope of "on-target:plans/x" comes as a bare row. */
static void choose_scope(struct choice *choice, const char *computed)
{
    const char *scope = strchr(computed, ':');
    Provost__V1__Resource *resource = scope == NULL ? NULL : find(choice, scope + 1);

    if (resource != NULL) (void)choose(choice, resource, false);
}

/* What own indicators are made of; those found are looked at in their turn. */
static void choose_made_of(struct choice *choice)
{
    for (size_t i = 0; i < choice->n_items; i++) {
        const Provost__V1__Resource *resource = choice->items[i];
        const Provost__V1__Indicator *indicator = resource->indicator;

        if (resource->body_case != PROVOST__V1__RESOURCE__BODY_INDICATOR ||
            !is_own(choice, resource->name))
            continue;
        choose_inputs(choice, indicator->formula);
        for (size_t at = 0; at < indicator->n_definitions; at++)
            choose_inputs(choice, indicator->definitions[at]->formula);
        for (size_t at = 0; at < indicator->n_parts; at++)
            choose_indicator(choice, indicator->parts[at]);
        choose_scope(choice, indicator->computed);
    }
}

/* Figures are many: only those of the indicators chosen are asked for. */
static void choose_figures(struct choice *choice, const char *collection)
{
    size_t n = choice->n_items;

    for (size_t i = 0; i < n && choice->code == EXIT_CODE_OK; i++) {
        const char *name = choice->items[i]->name;
        Provost__V1__Resource **found = NULL;
        size_t n_found = 0;

        if (!is_in(name, "indicators")) continue;
        choice->code = export_list(choice->export, collection,
                                   arena_printf(choice->arena, "indicator = \"%s\"", name),
                                   &found, &n_found);
        for (size_t at = 0; choice->code == EXIT_CODE_OK && at < n_found; at++)
            (void)choose(choice, found[at], true);
    }
}

/* ---- links, and what is referred to ---- */

static bool may_be_bare(const char *name)
{
    return name[0] == '\0' || is_in(name, "plans") || is_in(name, "organisations") ||
           is_in(name, "posts");
}

static void choose_links(struct choice *choice)
{
    const struct shelf *links = shelf_of(choice, "links/");

    for (size_t i = 0; i < links->n_items; i++) {
        const char *other = other_end(choice, links->items[i]);

        if (other == NULL) continue;
        if (is_own(choice, other) || may_be_bare(other))
            (void)choose(choice, links->items[i], true);
        else
            choice->export->n_links_left++;
    }
}

static void choose_referred(struct choice *choice, const char *name)
{
    size_t own;
    Provost__V1__Resource *resource;

    if (name[0] == '\0' || sheet_keys_find(&choice->chosen, name, &own)) return;
    resource = find(choice, name);
    if (resource != NULL) (void)choose(choice, resource, false);
}

/* Everything that a chosen resource refers to; those found are looked at in their turn. */
static void choose_references(struct choice *choice)
{
    for (size_t i = 0; i < choice->n_items; i++) {
        const ProtobufCMessage *body = collection_body(choice->items[i]);
        const char *kind = message_oneof_case(&choice->items[i]->base, "body")->name;

        for (unsigned f = 0; f < body->descriptor->n_fields; f++) {
            const ProtobufCFieldDescriptor *fd = &body->descriptor->fields[f];

            if (datapackage_references(kind, fd->name) == NULL) continue;
            if (field_shape(fd) == FIELD_TEXT)
                choose_referred(choice, field_get_text(body, fd));
            else
                for (size_t at = 0; at < field_get_count(body, fd); at++)
                    choose_referred(choice, field_list_text(body, fd, at));
        }
    }
}

static void choose_all(struct choice *choice)
{
    choose_by(choice, "objectives", "plan");
    choose_by(choice, "actions", "plan");
    choose_by(choice, "reporting-periods", "plan");
    choose_by(choice, "decisions", "plan");
    choose_by(choice, "risks", "plans");
    choose_linked(choice, "risks");
    choose_linked(choice, "indicators");
    choose_made_of(choice);
    choose_figures(choice, "targets");
    choose_figures(choice, "observations");
    choose_figures(choice, "benchmarks");
    choose_by(choice, "budget-lines", "subject");
    choose_by(choice, "notes", "subject");
    choose_links(choice);
    choose_by(choice, "notes", "subject"); /* also those about the links */
    choose_references(choice);
}

/* Package names have fewer letters than ids. */
static const char *package_name(const char *plan, struct arena *arena)
{
    char *name = arena_strdup(arena, plan + strlen("plans/"));

    for (char *at = name; *at != '\0'; at++)
        if (strchr("=,~", *at) != NULL) *at = '-';
    return name;
}

enum exit_code export_read_plan(struct export *export, const char *plan)
{
    struct choice choice = {.export = export, .arena = export->session->arena};
    Provost__V1__Resource *resource;

    choice.n_shelves = export->n_tables;
    choice.shelves = arena_zalloc(choice.arena, choice.n_shelves * sizeof *choice.shelves);
    for (size_t i = 0; i < choice.n_shelves; i++)
        choice.shelves[i].collection = export->tables[i].collection;
    choice.plan = is_in(plan, "plans") ? plan : arena_printf(choice.arena, "plans/%s", plan);
    resource = find(&choice, choice.plan);
    if (choice.code != EXIT_CODE_OK) return choice.code;
    if (resource == NULL) {
        say_error("cannot export: there is no %s; \"provost list plans\" shows those there are",
                  choice.plan);
        return EXIT_CODE_NOT_FOUND;
    }
    export->name = package_name(choice.plan, choice.arena);
    export->title = text_of(resource, "title");
    (void)choose(&choice, resource, true);
    choose_all(&choice);
    for (size_t i = 0; choice.code == EXIT_CODE_OK && i < choice.n_items; i++)
        export_add(export, choice.items[i]);
    return choice.code;
}
