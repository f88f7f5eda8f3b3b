/* Actions and strategies. */
#include "client/sheet_build.h"

#include "client/sheet_join.h"

#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 8 };

/* --- Actions. --- */

/* Words of a status or of resourcing, folded, and what they are; the words are kept too. */
static const struct {
    enum sheet_field field;
    const char *word;
    const char *value;
} word_table[] = {
    {SHEET_STATUS, "not started", "NOT_STARTED"},
    {SHEET_STATUS, "in progress", "IN_PROGRESS"},
    {SHEET_STATUS, "ongoing", "IN_PROGRESS"},
    {SHEET_STATUS, "underway", "IN_PROGRESS"},
    {SHEET_STATUS, "under way", "IN_PROGRESS"},
    {SHEET_STATUS, "started", "IN_PROGRESS"},
    {SHEET_STATUS, "on going", "IN_PROGRESS"},
    {SHEET_STATUS, "in train", "IN_PROGRESS"},
    {SHEET_STATUS, "on track", "IN_PROGRESS"},
    {SHEET_STATUS, "on target", "IN_PROGRESS"},
    {SHEET_STATUS, "on schedule", "IN_PROGRESS"},
    {SHEET_STATUS, "delayed", "IN_PROGRESS"},
    {SHEET_STATUS, "behind schedule", "IN_PROGRESS"},
    {SHEET_STATUS, "off track", "IN_PROGRESS"},
    {SHEET_STATUS, "at risk", "IN_PROGRESS"},
    {SHEET_STATUS, "slipped", "IN_PROGRESS"},
    {SHEET_STATUS, "not yet started", "NOT_STARTED"},
    {SHEET_STATUS, "not begun", "NOT_STARTED"},
    {SHEET_STATUS, "achieved", "COMPLETED"},
    {SHEET_STATUS, "delivered", "COMPLETED"},
    {SHEET_STATUS, "implemented", "COMPLETED"},
    {SHEET_STATUS, "fully implemented", "COMPLETED"},
    {SHEET_STATUS, "partially implemented", "IN_PROGRESS"},
    {SHEET_STATUS, "partly implemented", "IN_PROGRESS"},
    {SHEET_STATUS, "commenced", "IN_PROGRESS"},
    {SHEET_STATUS, "not commenced", "NOT_STARTED"},
    {SHEET_STATUS, "yet to start", "NOT_STARTED"},
    {SHEET_STATUS, "closed", "COMPLETED"},
    {SHEET_STATUS, "abandoned", "CANCELLED"},
    {SHEET_STATUS, "discontinued", "CANCELLED"},
    {SHEET_STATUS, "complete", "COMPLETED"},
    {SHEET_STATUS, "completed", "COMPLETED"},
    {SHEET_STATUS, "done", "COMPLETED"},
    {SHEET_STATUS, "cancelled", "CANCELLED"},
    {SHEET_STATUS, "withdrawn", "CANCELLED"},
    {SHEET_RESOURCED, "ye", "YES"},
    {SHEET_RESOURCED, "yes", "YES"},
    {SHEET_RESOURCED, "y", "YES"},
    {SHEET_RESOURCED, "fully", "YES"},
    {SHEET_RESOURCED, "no", "NO"},
    {SHEET_RESOURCED, "n", "NO"},
    {SHEET_RESOURCED, "partly", "PARTLY"},
    {SHEET_RESOURCED, "partially", "PARTLY"},
    {SHEET_RESOURCED, "in part", "PARTLY"},
    {SHEET_RESOURCED, "within existing", "WITHIN_EXISTING_BUDGETS"},
    {SHEET_RESOURCED, "existing budget", "WITHIN_EXISTING_BUDGETS"},
    {SHEET_RESOURCED, "existing resource", "WITHIN_EXISTING_BUDGETS"},
    {SHEET_RESOURCED, "from existing", "WITHIN_EXISTING_BUDGETS"},
    {SHEET_RESOURCED, "unknown", "UNKNOWN"},
    {SHEET_RESOURCED, "not known", "UNKNOWN"},
    {SHEET_RESOURCED, "tbc", "UNKNOWN"},
    {SHEET_RESOURCED, "to be confirmed", "UNKNOWN"},
};

/* The value whose words stand first in the text; of status only when they are all of it. */
static const char *find_word(enum sheet_field field, const char *key)
{
    const char *best = NULL;
    const char *first = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < sizeof word_table / sizeof word_table[0]; i++) {
        const char *word = word_table[i].word;
        const char *at = strstr(key, word);

        if (word_table[i].field != field || !sheet_has_words(key, word)) continue;
        if (field == SHEET_STATUS && strcmp(key, word) != 0) continue;
        if (first != NULL && (at > first || (at == first && strlen(word) <= longest))) continue;
        first = at;
        longest = strlen(word);
        best = word_table[i].value;
    }
    return best;
}

/* Words that judge the course of an action that is under way. */
static bool is_judgement(const char *key)
{
    static const char *const words[] = {
        "on track",  "on target", "on schedule", "delayed", "behind schedule",
        "off track", "at risk",   "slipped",     "overdue", "red",
        "amber",     "green",     "r",           "a",       "g",
        "b",         "blue",      "outstanding", "on hold", "paused",
        "deferred"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(key, words[i]) == 0) return true;
    return false;
}

static void set_status(const struct sheet_at *at, struct sheet_item *item)
{
    struct sheet_cell *cell = sheet_cell_of(at, SHEET_STATUS);
    const char *value;

    /* A traffic light may say "Complete" or "Not started" instead of a colour. */
    if (cell == NULL) cell = sheet_cell_of(at, SHEET_DERIVED);
    if (cell == NULL) return;
    value = find_word(SHEET_STATUS, sheet_fold(at->build->arena, cell->text));
    if (value == NULL) {
        if (!is_judgement(sheet_fold(at->build->arena, cell->text))) return;
        sheet_note(at, item->name, (size_t)(cell - at->row->cells), SHEET_FATE_KEPT);
        cell->fate =
            SHEET_FATE_STORED; /* said with its heading, and understood as a judgement */
        return;
    }
    sheet_item_enum(&at->build->draft, item, "status", value);
    cell->fate = SHEET_FATE_STORED;
    /* How it goes is more than where it is: the words stay too. */
    if (is_judgement(sheet_fold(at->build->arena, cell->text)))
        sheet_note(at, item->name, (size_t)(cell - at->row->cells), SHEET_FATE_STORED);
}

/* "Within existing budgets" anywhere in the answer says more than its "Yes". */
static void set_resourced(const struct sheet_at *at, struct sheet_item *item)
{
    const char *text = sheet_take(at, SHEET_RESOURCED);
    const char *key = sheet_fold(at->build->arena, text);
    const char *value = find_word(SHEET_RESOURCED, key);

    if (text[0] == '\0') return;
    if (sheet_has_words(key, "existing") && value != NULL && strcmp(value, "YES") == 0)
        value = "WITHIN_EXISTING_BUDGETS";
    sheet_item_text(&at->build->draft, item, "resourced_note", text);
    if (value != NULL) {
        sheet_item_enum(&at->build->draft, item, "resourced", value);
        return;
    }
    sheet_unsure(at, sheet_cell_of(at, SHEET_RESOURCED),
                 "not clear whether it is resourced; the words are kept");
}

/* "50%", "50", "60% complete" and "Completed"; other words become a note. */
static void set_progress(const struct sheet_at *at, struct sheet_item *item)
{
    struct sheet_cell *cell = sheet_cell_of(at, SHEET_PROGRESS);
    const char *text;
    char *end;
    long number;

    if (cell == NULL) return;
    text = sheet_fold(at->build->arena, sheet_words(at, cell->text));
    number = strtol(text, &end, 10);
    end += strspn(end, " %");
    if (end == text) number = 100; /* "Complete" says no number */
    if ((end == text || *end != '\0') && strcmp(end, "complete") != 0 &&
        strcmp(end, "completed") != 0)
        return;
    if (number < 0 || number > 100) return;
    sheet_item_int(&at->build->draft, item, "progress", (int)number);
    cell->fate = SHEET_FATE_STORED;
}

/* What difference it makes: a line or a bullet each. */
static void add_outcomes(const struct sheet_at *at, struct sheet_item *item)
{
    const char *text = sheet_take_raw(at, SHEET_OUTCOME);

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *bullet = strstr(text, "\xE2\x80\xA2");
        const char *part;

        if (bullet != NULL && bullet > text && (size_t)(bullet - text) < length)
            length = (size_t)(bullet - text);
        part = arena_strndup(at->build->arena, text, length);
        if (strncmp(part, "\xE2\x80\xA2", 3) == 0) part += 3;
        part = sheet_words(at, part);
        if (part[0] != '\0') sheet_item_add(&at->build->draft, item, "outcomes", part);
        text += length;
        text += *text == '\n';
    }
}

static bool says_nothing(const char *text, struct arena *arena)
{
    static const char *const words[] = {"", "n a", "na", "none", "not applicable", "no change"};
    const char *key = sheet_fold(arena, text);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], key) == 0) return true;
    return false;
}

/* The date that counts: the newest, else the first one, which else is a remark. */
static void set_deadline(const struct sheet_at *at, struct sheet_item *item)
{
    struct sheet_cell *first = sheet_cell_of(at, SHEET_FIRST_DEADLINE);
    const char *text = sheet_take_raw(at, SHEET_DEADLINE);

    if (first != NULL && (text[0] == '\0' || says_nothing(text, at->build->arena)))
        text = sheet_take_raw(at, SHEET_FIRST_DEADLINE);
    else if (first != NULL)
        sheet_note(at, item->name, (size_t)(first - at->row->cells), SHEET_FATE_STORED);
    if (text[0] != '\0') sheet_item_text(&at->build->draft, item, "deadline_verbatim", text);
}

static void set_action_texts(const struct sheet_at *at, struct sheet_item *item)
{
    static const struct {
        enum sheet_field field;
        const char *name;
        bool is_raw;
    } texts[] = {{SHEET_SUCCESS, "success_criterion", false},
                 {SHEET_BENEFIT, "benefit_verbatim", false}};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = texts[i].is_raw ? sheet_take_raw(at, texts[i].field)
                                           : sheet_take(at, texts[i].field);

        if (text[0] != '\0') sheet_item_text(&at->build->draft, item, texts[i].name, text);
    }
}

/* Dates that must be dates for the register; it says so when they are none. */
static void set_completed(const struct sheet_at *at, struct sheet_item *item)
{
    struct sheet_cell *cell = sheet_cell_of(at, SHEET_COMPLETED);
    const char *text;

    if (cell == NULL) return;
    text = sheet_words(at, cell->text);
    if (strpbrk(text, "0123456789") == NULL) return;
    sheet_item_text(&at->build->draft, item, "completed_on", text);
    cell->fate = SHEET_FATE_STORED;
}

static void add_tags(const struct sheet_at *at, struct sheet_item *item)
{
    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        enum sheet_field field = at->table->header.columns[i].field;
        struct sheet_cell *cell = &at->row->cells[i];

        if ((field != SHEET_TAG && field != SHEET_CATEGORY) || sheet_is_blank(cell->text))
            continue;
        sheet_item_add(&at->build->draft, item, "tags", sheet_words(at, cell->text));
        cell->fate = SHEET_FATE_STORED;
    }
}

/* Two rows of a document that share their words and differ in code or deadline are two
 * actions. */
static bool is_other_action(const struct sheet_at *at, const struct sheet_item *item,
                            const char *code)
{
    const struct sheet_cell *deadline = sheet_cell_of(at, SHEET_DEADLINE);

    if (strcmp(sheet_item_get(item, "code"), code) != 0) return true;
    return strcmp(sheet_item_get(item, "deadline_verbatim"),
                  deadline == NULL ? "" : deadline->text) != 0;
}

static struct sheet_named name_action(const struct sheet_at *at, const char *code,
                                      const char *title)
{
    struct sheet_build *build = at->build;
    struct sheet_wanted wanted = {"actions", build->plan, false, title};
    const char *found[CANDIDATES];
    struct sheet_named named = {0};
    size_t n;

    if (sheet_code_is_telling(code)) return sheet_name_item(build, "actions", code, title);
    n = sheet_known_find(build->known, &wanted, found, CANDIDATES);
    for (size_t i = 0; i < n && named.name == NULL; i++) {
        const struct sheet_item *item = sheet_draft_find(&build->draft, found[i]);

        if (item == NULL || !is_other_action(at, item, code)) named.name = found[i];
    }
    if (named.name == NULL) named.name = sheet_new_name(build, "actions", title);
    named.exists = sheet_known_get(build->known, named.name) != NULL;
    return named;
}

void sheet_build_action(const struct sheet_at *at)
{
    const char *code = sheet_take(at, SHEET_CODE);
    const char *title = sheet_take(at, SHEET_TITLE);
    struct sheet_named named = name_action(at, code, title);
    size_t n_items = at->build->draft.n;
    struct sheet_item *item = sheet_item_named(at, "actions", &named, code, title);

    if (at->build->draft.n > n_items && !item->exists) {
        sheet_item_text(&at->build->draft, item, "plan", at->build->plan);
        sheet_item_int(&at->build->draft, item, "position", (int)++at->build->n_actions);
    }
    add_outcomes(at, item);
    set_deadline(at, item);
    set_action_texts(at, item);
    set_resourced(at, item);
    set_status(at, item);
    set_progress(at, item);
    set_completed(at, item);
    sheet_add_people(at, SHEET_LEAD, item, "leads");
    sheet_add_people(at, SHEET_CONTRIBUTOR, item, "contributors");
    add_tags(at, item);
    sheet_link_goals(at, item->name, "DELIVERS");
    sheet_note_rest(at, item->name);
}

/* --- Strategies. --- */

/* The plan contributes to it already: no circle is made. */
static bool is_served(const struct sheet_build *build, const char *strategy)
{
    const char *name =
        arena_printf(build->arena, "links/contributes/%s/%s", build->plan, strategy);

    return sheet_known_get(build->known, name) != NULL;
}

void sheet_build_strategy(const struct sheet_at *at)
{
    static const struct {
        enum sheet_field field;
        const char *name;
        bool is_raw;
    } texts[] = {{SHEET_SUMMARY, "summary", false},
                 {SHEET_PERIOD, "period", false},
                 {SHEET_END, "end_verbatim", true},
                 {SHEET_REVIEW, "review_verbatim", true}};
    const char *title = sheet_take(at, SHEET_TITLE);
    struct sheet_named named = sheet_name_item(at->build, "plans", "", title);
    struct sheet_item *item = sheet_item_named(at, "plans", &named, "", title);

    item->is_shared = true;
    if (!item->exists) sheet_item_enum(&at->build->draft, item, "kind", "STRATEGY");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = texts[i].is_raw ? sheet_take_raw(at, texts[i].field)
                                           : sheet_take(at, texts[i].field);

        if (text[0] != '\0') sheet_item_text(&at->build->draft, item, texts[i].name, text);
    }
    sheet_set_owner(at, item);
    add_tags(at, item);
    if (strcmp(item->name, at->build->plan) != 0 && !is_served(at->build, item->name))
        sheet_link(at->build, "CONTRIBUTES", item->name, at->build->plan,
                   sheet_place_of(at, SHEET_TITLE));
    if (sheet_cell_of(at, SHEET_PRIORITY) != NULL)
        sheet_link_goals(at, item->name, "CONTRIBUTES");
    sheet_note_rest(at, item->name);
}
