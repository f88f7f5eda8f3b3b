/* Who: posts and organisations in the cells of a document. */
#include "client/sheet_build.h"

#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 64, PERSON_MAX_BYTES = 160 };

/* Words that only posts have; folded. */
static const char *const post_words[] = {
    "manager",    "officer",        "head",        "director",     "lead",       "leader",
    "chief",      "executive",      "coordinator", "co ordinator", "assistant",  "advisor",
    "adviser",    "clerk",          "solicitor",   "accountant",   "supervisor", "analyst",
    "consultant", "secretary",      "chair",       "convener",     "convenor",   "councillor",
    "cllr",       "superintendent", "planner",     "engineer",     "surveyor",   "treasurer",
    "principal",  "senior",         "commander",   "champion",     "mayor",      "deputy",
    "registrar",  "inspector",      "architect",   "librarian",    "archivist",  "specialist",
    "technician", "administrator",  "portfolio",   "cabinet",      "teacher",    "nurse",
    "strategist", "worker",         "member",      "ceo",          "leadership", "sro",
};

static const char *const organisation_words[] = {
    "council",
    "service",
    "team",
    "nh",
    "board",
    "partnership",
    "police",
    "group",
    "committee",
    "department",
    "directorate",
    "trust",
    "university",
    "college",
    "unit",
    "forum",
    "agency",
    "association",
    "all",
    "government",
    "partner",
    "section",
    "office",
    "division",
    "authority",
    "society",
    "alliance",
    "network",
    "company",
    "community",
    "communitie",
    "development",
    "finance",
    "housing",
    "planning",
    "legal",
    "economic",
    "education",
    "environment",
    "regeneration",
    "ict",
    "digital",
    "customer",
    "revenue",
    "benefit",
    "leisure",
    "transport",
    "highway",
    "property",
    "estate",
    "procurement",
    "strategy",
    "policy",
    "performance",
    "communication",
    "social",
    "care",
    "children",
    "adult",
    "culture",
    "licensing",
    "audit",
    "hr",
    "human resource",
    "corporate",
    "operation",
    "public",
    "health",
    "workforce",
};

static const char *const nobody_words[] = {"tbc",
                                           "tba",
                                           "n a",
                                           "none",
                                           "vacant",
                                           "na",
                                           "to be confirmed",
                                           "to be agreed",
                                           "various",
                                           "not applicable",
                                           "to be decided"};

static bool has_one(const char *key, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sheet_has_words(key, words[i])) return true;
    return false;
}

static bool is_post(const char *key)
{
    return has_one(key, post_words, sizeof post_words / sizeof post_words[0]);
}

static bool is_nobody(const char *key)
{
    for (size_t i = 0; i < sizeof nobody_words / sizeof nobody_words[0]; i++)
        if (strcmp(nobody_words[i], key) == 0) return true;
    return key[0] == '\0';
}

static void learn(struct sheet_build *build, const char *text)
{
    const char *key;

    if (sheet_is_blank(text) || strchr(text, '\n') != NULL || strlen(text) > PERSON_MAX_BYTES)
        return;
    key = sheet_fold(build->arena, text);
    sheet_keys_put(&build->vocabulary, key, build->posts.n, build->arena);
    sheet_texts_add(&build->posts, sheet_clean(build->arena, text, NULL), build->arena);
}

void sheet_people_read(struct sheet_build *build)
{
    for (size_t t = 0; t < build->tables->n; t++) {
        const struct sheet_table *table = build->tables->items[t];

        for (size_t c = 0; c < table->header.n_columns; c++) {
            enum sheet_field field = table->header.columns[c].field;

            if (field != SHEET_LEAD && field != SHEET_CONTRIBUTOR) continue;
            for (size_t i = 0; i < table->n_rows; i++)
                if (!table->rows[i].is_gone) learn(build, table->rows[i].cells[c].text);
        }
    }
}

/* A post or organisation of the register or of this document. */
static const char *find_known(const struct sheet_build *build, const char *text)
{
    struct sheet_wanted wanted = {"posts", "", false, text};
    const char *found[1];

    if (sheet_known_find(build->known, &wanted, found, 1) == 1) return found[0];
    wanted.collection = "organisations";
    return sheet_known_find(build->known, &wanted, found, 1) == 1 ? found[0] : NULL;
}

static const char *make_person(struct sheet_build *build, const char *text,
                               bool is_organisation, struct sheet_place place)
{
    const char *collection = is_organisation ? "organisations" : "posts";
    const char *title = sheet_clean(build->arena, text, &build->tables->changes);
    const char *name = sheet_new_name(build, collection, title);
    bool is_new;
    struct sheet_item *item = sheet_draft_take(&build->draft, collection, name, place, &is_new);

    item->is_shared = true;
    sheet_item_text(&build->draft, item, "title", title);
    sheet_known_add_key(build->known, name, "", false, title);
    return name;
}

/* "PSNI", "SEPA": a body by its letters; fewer may be a person's. */
static bool is_acronym(const char *text)
{
    size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ&");

    return letters >= 4 && letters <= 8 && text[letters] == '\0';
}

bool sheet_names_body(const struct sheet_build *build, const char *text)
{
    const char *key = sheet_fold(build->arena, text);

    return is_post(key) || is_acronym(text) || find_known(build, text) != NULL ||
           has_one(key, organisation_words,
                   sizeof organisation_words / sizeof organisation_words[0]);
}

const char *sheet_person(struct sheet_build *build, const char *text, bool is_organisation,
                         struct sheet_place place)
{
    const char *key = sheet_fold(build->arena, text);
    const char *name;

    if (is_nobody(key)) return NULL;
    name = find_known(build, text);
    if (name != NULL) return name;
    if (!is_organisation && !is_post(key))
        is_organisation = has_one(key, organisation_words,
                                  sizeof organisation_words / sizeof organisation_words[0]) ||
                          is_acronym(text);
    if (!is_organisation && !is_post(key)) return NULL;
    return make_person(build, text, is_organisation && !is_post(key), place);
}

bool sheet_is_nobody(const struct sheet_build *build, const char *text)
{
    return is_nobody(sheet_fold(build->arena, text));
}

/* --- Several in a cell. --- */

/* The text of the words [from, to) of a folded text. */
static const char *span(const char *const *words, size_t from, size_t to, struct arena *arena)
{
    const char *end = words[to - 1] + strcspn(words[to - 1], " ");

    return arena_strndup(arena, words[from], (size_t)(end - words[from]));
}

/* The name that a folded text is, as written; NULL when it is none that is known. */
static const char *spelling(const struct sheet_build *build, const char *key)
{
    size_t at;

    if (sheet_keys_find(&build->vocabulary, key, &at)) return build->posts.items[at];
    return find_known(build, key) != NULL ? key : NULL;
}

/* Cuts a folded text into known names, the longest first; 0 when something is left over. */
static size_t cut_known(const struct sheet_build *build, const char *key,
                        struct sheet_texts *out_parts)
{
    const char *words[WORDS_MAX];
    size_t n = 0;
    size_t from = 0;

    for (const char *c = key; *c != '\0' && n < WORDS_MAX; c += *c == ' ') {
        words[n++] = c;
        c += strcspn(c, " ");
    }
    while (from < n) {
        size_t to = n;
        const char *name = NULL;

        for (; to > from && name == NULL; to--) {
            if (from == 0 && to == n) continue; /* the whole is what is to be cut */
            name = spelling(build, span(words, from, to, build->arena));
        }
        if (name == NULL) return 0;
        sheet_texts_add(out_parts, name, build->arena);
        from = to + 1;
    }
    return out_parts->n;
}

/* What separates names: the first always does, others only between names of posts. */
static const char *const separators[] = {"\n", ";", " / ", "/", ", ", " and ", " & "};

static void split_at(const char *text, const char *separator, struct sheet_texts *out_parts,
                     struct arena *arena)
{
    const char *next;

    while ((next = strstr(text, separator)) != NULL) {
        if (next > text)
            sheet_texts_add(out_parts, arena_strndup(arena, text, (size_t)(next - text)),
                            arena);
        text = next + strlen(separator);
    }
    if (*text != '\0') sheet_texts_add(out_parts, text, arena);
}

/* Behind a post and a slash a body may stand too: "Fleet Manager / Police Scotland", while
 * "Policy / Performance Manager" is one post. */
static bool all_name_someone(const struct sheet_build *build, const struct sheet_texts *parts,
                             bool after_slash)
{
    bool is_led_by_post = parts->n > 0 && is_post(sheet_fold(build->arena, parts->items[0]));

    for (size_t i = 0; i < parts->n; i++) {
        const char *key = sheet_fold(build->arena, parts->items[i]);

        if (is_post(key) || find_known(build, parts->items[i]) != NULL) continue;
        if (!after_slash || !is_led_by_post ||
            !sheet_names_body(build, sheet_clean(build->arena, parts->items[i], NULL)))
            return false;
    }
    return parts->n > 1;
}

/* Partners stand in lists: each begins like a name. */
static bool is_list_of_names(const struct sheet_texts *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        const char *text = parts->items[i] + strspn(parts->items[i], " ");

        if (strlen(text) < 3 || sheet_starts_low(text) || strncmp(text, "and ", 4) == 0)
            return false;
    }
    return parts->n > 1;
}

/* The names in one line of a cell. */
static void split_line(const struct sheet_build *build, const char *text, bool of_partners,
                       struct sheet_texts *out_parts)
{
    for (size_t i = 2; i < sizeof separators / sizeof separators[0]; i++) {
        struct sheet_texts parts = {0};

        if (find_known(build, text) != NULL) break;
        split_at(text, separators[i], &parts, build->arena);
        if (!all_name_someone(build, &parts, strchr(separators[i], '/') != NULL) &&
            !(of_partners && separators[i][0] == ',' && is_list_of_names(&parts)))
            continue;
        for (size_t p = 0; p < parts.n; p++)
            sheet_texts_add(out_parts, parts.items[p], build->arena);
        return;
    }
    sheet_texts_add(out_parts, text, build->arena);
}

/* The names in a cell: a row split over pages may have cut names in two, so the cell as a whole
 * is tried with the names that the document has elsewhere. */
static void split_cell(const struct sheet_build *build, const char *text, bool of_partners,
                       struct sheet_texts *out_parts)
{
    struct sheet_texts lines = {0};
    struct sheet_texts parts = {0};

    if (strchr(text, '\n') != NULL &&
        cut_known(build, sheet_fold(build->arena, text), out_parts) > 0)
        return;
    out_parts->n = 0;
    split_at(text, "\n", &lines, build->arena);
    /* Cleaned first: "&amp;" has a semicolon. */
    for (size_t i = 0; i < lines.n; i++)
        split_at(sheet_clean(build->arena, lines.items[i], NULL), ";", &parts, build->arena);
    for (size_t i = 0; i < parts.n; i++)
        split_line(build, parts.items[i], of_partners, out_parts);
}

/* One name of a cell. What is no post and no organisation is somebody's own name: it stays text,
 * and the officer is asked. */
static void take_person(const struct sheet_at *at, const struct sheet_item *item, size_t column,
                        const char *text, struct sheet_texts *out_names)
{
    struct sheet_cell *cell = &at->row->cells[column];
    const char *key = at->table->header.columns[column].key;
    bool of_organisations = sheet_has_words(key, "service") || sheet_has_words(key, "agency") ||
                            sheet_has_words(key, "organisation") ||
                            sheet_has_words(key, "partner") || sheet_has_words(key, "team");
    const char *name = sheet_person(at->build, text, of_organisations,
                                    (struct sheet_place){cell->line, cell->column});

    if (name != NULL) {
        sheet_texts_add(out_names, name, at->build->arena);
        return;
    }
    if (sheet_is_nobody(at->build, text)) {
        if (cell->fate == SHEET_FATE_NONE) cell->fate = SHEET_FATE_UNDERSTOOD;
        return;
    }
    cell->why = "not known as a post or organisation: kept as text; name the post instead";
    sheet_unsure(at, cell, cell->why);
    sheet_note(at, item->name, column, SHEET_FATE_KEPT);
}

/* The persons of the columns of a field. */
static void people_of(const struct sheet_at *at, const struct sheet_item *item,
                      enum sheet_field field, struct sheet_texts *out_names)
{
    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        struct sheet_cell *cell = &at->row->cells[i];
        struct sheet_texts parts = {0};
        size_t before = out_names->n;

        if (at->table->header.columns[i].field != field || sheet_is_blank(cell->text)) continue;
        split_cell(at->build, cell->text,
                   sheet_has_words(at->table->header.columns[i].key, "partner"), &parts);
        if (parts.n > 1) sheet_unsure(at, cell, "read as several names");
        for (size_t p = 0; p < parts.n; p++)
            take_person(at, item, i, parts.items[p], out_names);
        if (out_names->n > before && cell->fate != SHEET_FATE_KEPT)
            cell->fate = SHEET_FATE_STORED;
    }
}

void sheet_add_people(const struct sheet_at *at, enum sheet_field field,
                      struct sheet_item *item, const char *list)
{
    struct sheet_texts names = {0};

    people_of(at, item, field, &names);
    for (size_t i = 0; i < names.n; i++)
        sheet_item_add(&at->build->draft, item, list, names.items[i]);
}

void sheet_set_owner(const struct sheet_at *at, struct sheet_item *item)
{
    struct sheet_texts names = {0};

    people_of(at, item, SHEET_LEAD, &names);
    people_of(at, item, SHEET_CONTRIBUTOR, &names);
    if (names.n > 0) sheet_item_text(&at->build->draft, item, "owner", names.items[0]);
    if (names.n < 2) return;
    for (size_t i = 0; i < at->table->header.n_columns; i++)
        if (at->table->header.columns[i].field == SHEET_LEAD ||
            at->table->header.columns[i].field == SHEET_CONTRIBUTOR)
            if (!sheet_is_blank(at->row->cells[i].text))
                sheet_note(at, item->name, i, SHEET_FATE_STORED);
}
