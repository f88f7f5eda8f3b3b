/* Risks: one a row, with their places in the matrix. */
#include "client/sheet_build.h"

#include "common/fields.h"

#include <stdlib.h>
#include <string.h>

/* The one digit of "4", "4 - Likely" or "Likely (4)"; 0 when there is none or more. */
static int score_of(const char *text)
{
    int score = 0;

    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') continue;
        if (score != 0 || (text[1] >= '0' && text[1] <= '9')) return 0;
        score = *text - '0';
    }
    return score;
}

static void set_level(const struct sheet_at *at, struct sheet_item *item,
                      const char *score_name, const char *level, int number)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, score_name);
    ProtobufCMessage *score = field_get_message(item->body, fd);

    if (score == NULL) {
        score = message_new(field_message_type(fd), at->build->arena);
        sheet_item_touch(&at->build->draft, item, score_name);
        field_set_message(item->body, fd, score);
    }
    field_set_int(score, fields_find(score->descriptor, level), number, NULL);
}

/* One number of a score, "original", "current" or "target". */
static void set_score(const struct sheet_at *at, struct sheet_item *item,
                      enum sheet_field field, const char *score_name)
{
    bool is_likelihood = field == SHEET_LIKELIHOOD || field == SHEET_ORIGINAL_LIKELIHOOD ||
                         field == SHEET_TARGET_LIKELIHOOD;
    struct sheet_cell *cell = sheet_cell_of(at, field);
    int number;

    if (cell == NULL) return;
    number = score_of(cell->text);
    if (number == 0) return;
    set_level(at, item, score_name, is_likelihood ? "likelihood" : "impact", number);
    cell->fate = SHEET_FATE_STORED;
}

/* "Not scored", "TBC": said, and that it stands in no place of the matrix is all there is to say. */
static bool is_unscored(const char *folded)
{
    static const char *const words[] = {"not scored",    "unscored",        "not yet scored",
                                        "tbc",           "to be confirmed", "to be scored",
                                        "n a",           "not assessed",    "not yet assessed",
                                        "tba",           "to be assessed",  "new",
                                        "not applicable"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], folded) == 0) return true;
    return folded[0] == '\0';
}

/* "4 x 5 = 20", "5x5 (25)", "3 \xC3\x97 4": two numbers and, where it is said, their product. */
static bool read_product(const char *text, int *out_first, int *out_second)
{
    int numbers[3] = {0};
    size_t n = 0;
    bool has_times = false;

    while (*text != '\0') {
        if (*text >= '0' && *text <= '9') {
            if (n == 3) return false;
            numbers[n++] = (int)strtol(text, (char **)&text, 10);
            continue;
        }
        has_times |= n == 1 && (*text == 'x' || *text == 'X' || *text == '*' ||
                                strncmp(text, "\xC3\x97", 2) == 0);
        text++;
    }
    if (!has_times || n < 2 || numbers[0] > 9 || numbers[1] > 9) return false;
    if (n == 3 && numbers[2] != numbers[0] * numbers[1]) return false;
    *out_first = numbers[0];
    *out_second = numbers[1];
    return true;
}

/* A column for the whole score. A product alone ("16") has no place in the matrix: it stays a note,
 * as what the register works out. */
static void set_whole_score(const struct sheet_at *at, struct sheet_item *item,
                            enum sheet_field field, const char *score_name)
{
    struct sheet_cell *cell = sheet_cell_of(at, field);
    const struct sheet_column *heading;
    int first, second;
    bool impact_first;

    if (cell == NULL || !read_product(cell->text, &first, &second)) return;
    heading = &at->table->header.columns[cell - at->row->cells];
    impact_first = sheet_has_words(heading->key, "i x l") ||
                   sheet_has_words(heading->key, "ixl") ||
                   sheet_has_words(heading->key, "impact x likelihood");
    if (!impact_first && first != second && !sheet_has_words(heading->key, "l x i") &&
        !sheet_has_words(heading->key, "lxi") && strstr(heading->key, "likelihood") == NULL)
        sheet_unsure(at, cell, "taken for likelihood times impact, in this order");
    set_level(at, item, score_name, "likelihood", impact_first ? second : first);
    set_level(at, item, score_name, "impact", impact_first ? first : second);
    cell->fate = SHEET_FATE_STORED;
}

/* The score that a column is the whole of; NULL. */
static const char *whole_score(enum sheet_field field)
{
    if (field == SHEET_ORIGINAL_SCORE) return "original";
    if (field == SHEET_TARGET_SCORE) return "target";
    return field == SHEET_SCORE ? "current" : NULL;
}

/* The product of a score's numbers; 0 when one is missing. */
static long product_of(const struct sheet_item *item, const char *score_name)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, score_name);
    const ProtobufCMessage *score = field_get_message(item->body, fd);

    if (score == NULL) return 0;
    return (long)(field_get_int(score, fields_find(score->descriptor, "likelihood")) *
                  field_get_int(score, fields_find(score->descriptor, "impact")));
}

/* A product beside its factors is what the register works out; alone it says no place in the
 * matrix. */
static void note_product(const struct sheet_at *at, const struct sheet_item *item,
                         size_t column)
{
    struct sheet_cell *cell = &at->row->cells[column];
    const char *score = whole_score(at->table->header.columns[column].field);
    long product = product_of(item, score);
    const char *number = strpbrk(cell->text, "0123456789");

    sheet_note(at, item->name, column, SHEET_FATE_KEPT);
    if (number == NULL || product != 0) cell->fate = SHEET_FATE_STORED;
    if (cell->fate == SHEET_FATE_KEPT)
        cell->why = "says no likelihood and impact: the risk has no place in the matrix";
    else if (number != NULL && strtol(number, NULL, 10) != product)
        sheet_unsure(at, cell, "is not likelihood times impact, which are said too");
}

/* What was said of a score that is none. */
static void note_unscored(const struct sheet_at *at, const struct sheet_item *item)
{
    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        struct sheet_cell *cell = &at->row->cells[i];
        enum sheet_field field = at->table->header.columns[i].field;

        if (!sheet_field_is_score(field) || cell->fate != SHEET_FATE_NONE ||
            sheet_is_blank(cell->text))
            continue;
        if (whole_score(field) != NULL) {
            note_product(at, item, i);
        } else if (is_unscored(sheet_fold(at->build->arena, cell->text))) {
            sheet_note(at, item->name, i, SHEET_FATE_KEPT);
            cell->fate = SHEET_FATE_STORED;
        }
    }
}

static void set_scores(const struct sheet_at *at, struct sheet_item *item)
{
    set_score(at, item, SHEET_LIKELIHOOD, "current");
    set_score(at, item, SHEET_IMPACT_SCORE, "current");
    set_score(at, item, SHEET_ORIGINAL_LIKELIHOOD, "original");
    set_score(at, item, SHEET_ORIGINAL_IMPACT, "original");
    set_score(at, item, SHEET_TARGET_LIKELIHOOD, "target");
    set_score(at, item, SHEET_TARGET_IMPACT, "target");
    set_whole_score(at, item, SHEET_ORIGINAL_SCORE, "original");
    set_whole_score(at, item, SHEET_SCORE, "current");
    set_whole_score(at, item, SHEET_TARGET_SCORE, "target");
    note_unscored(at, item);
}

static void add_controls(const struct sheet_at *at, struct sheet_item *item)
{
    const char *text = sheet_take_raw(at, SHEET_CONTROL);

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *part = sheet_words(at, arena_strndup(at->build->arena, text, length));

        if (part[0] != '\0') sheet_item_add(&at->build->draft, item, "controls", part);
        text += length;
        text += *text == '\n';
    }
}

void sheet_build_risk(const struct sheet_at *at)
{
    static const struct {
        enum sheet_field field;
        const char *name;
    } texts[] = {{SHEET_CAUSE, "cause"},
                 {SHEET_CONSEQUENCE, "consequence"},
                 {SHEET_CATEGORY, "category"},
                 {SHEET_MITIGATION, "mitigation"},
                 {SHEET_REVIEW_DATE, "review_verbatim"}};
    const char *code = sheet_take(at, SHEET_CODE);
    const char *title = sheet_take(at, SHEET_TITLE);
    struct sheet_named named = sheet_name_item(at->build, "risks", code, title);
    struct sheet_item *item = sheet_item_named(at, "risks", &named, code, title);

    if (!item->exists) sheet_item_add(&at->build->draft, item, "plans", at->build->plan);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = sheet_take(at, texts[i].field);

        if (text[0] != '\0') sheet_item_text(&at->build->draft, item, texts[i].name, text);
    }
    set_scores(at, item);
    add_controls(at, item);
    sheet_set_owner(at, item);
    sheet_note_rest(at, item->name);
}
