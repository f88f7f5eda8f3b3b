/* What stands in the texts of a plan, and what was entered twice. */
#include "service/check.h"

#include "common/fields.h"
#include "common/names.h"
#include "domain/similarity.h"
#include "service/excerpt.h"
#include "service/resource.h"

#include <ctype.h>
#include <string.h>

enum { PAIRS_MAX = 200, ALIKE_ITEMS_MAX = 2000 };

/* The codes of the plan's items, folded, and their letters. */
struct codes {
    struct name_map known;
    struct name_map letters; /* "HB" of "HB 6a" */
};

/* One text being looked at. */
struct place {
    struct check *check;
    const struct codes *codes;
    const char *resource;
    const char *field;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static void add(const struct place *place, Provost__V1__FindingLevel level, const char *reason,
                const char *value, const char *message)
{
    struct check_finding finding = {.level = level,
                                    .reason = reason,
                                    .resource = place->resource,
                                    .field = place->field,
                                    .value = value,
                                    .message = message};
    check_add(place->check, &finding);
}

/* ---- placeholders ---- */

static void look_for_placeholder(const struct place *place, const char *text)
{
    struct arena *arena = place->check->call->arena;
    size_t start, size;
    enum similarity_placeholder found = similarity_find_placeholder(text, &start, &size);
    if (found == SIMILARITY_NO_PLACEHOLDER) return;
    bool grave = found != SIMILARITY_TO_COME;
    add(place, grave ? CHECK_ERROR : CHECK_WARNING, "PLACEHOLDER",
        arena_strndup(arena, text + start, size),
        grave ? "a placeholder nobody has filled in: write what belongs here"
              : "still to come: say it, or leave it out, before the plan is published");
}

/* ---- periods ---- */

/* Digits from `text` on. */
static size_t digits_at(const char *text)
{
    size_t count = 0;
    while (is_digit(text[count]))
        count++;
    return count;
}

/* The size of "/", "-" or a typographic dash; 0 for none. */
static size_t separator_at(const char *text)
{
    static const char *const separators[] = {"/", "-", "\xe2\x80\x93", "\xe2\x80\x94"};
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        size_t size = strlen(separators[i]);
        if (strncmp(text, separators[i], size) == 0) return size;
    }
    return 0;
}

/* "2009/20010", "2021/20": the size of a text that begins as a period and is none, else 0. */
static size_t malformed_period_at(struct arena *arena, const char *text)
{
    struct period period;
    if (digits_at(text) != 4 || (strncmp(text, "19", 2) != 0 && strncmp(text, "20", 2) != 0))
        return 0;
    size_t at = 4, spaces = 0;
    while (text[at + spaces] == ' ')
        spaces++;
    size_t separator = separator_at(text + at + spaces);
    if (separator == 0) return 0;
    bool is_slash = separator == 1 && text[at + spaces] == '/';
    at += spaces + separator;
    while (text[at] == ' ')
        at++;
    size_t digits = digits_at(text + at);
    if (digits < 2 || is_word(text[at + digits]) || separator_at(text + at + digits) > 0)
        return 0;
    if ((digits == 3 || digits == 5) && (is_slash || digits == 5)) return at + digits;
    if (!is_slash || digits > 4) return 0;
    if (period_parse(arena_strndup(arena, text, at + digits), &period, NULL)) return 0;
    return at + digits;
}

static void look_for_periods(const struct place *place, const char *text)
{
    struct arena *arena = place->check->call->arena;
    for (const char *at = text; *at != '\0'; at++) {
        if (!is_digit(*at) || (at > text && (is_word(at[-1]) || at[-1] == '/'))) continue;
        size_t size = malformed_period_at(arena, at);
        if (size > 0)
            add(place, CHECK_ERROR, "PERIOD_MALFORMED", arena_strndup(arena, at, size),
                "begins as a period and is none: correct the years");
    }
}

/* ---- codes ---- */

/* The size of a code ("HB 9", "EP21a") at `text`, else 0; *out_letters the size of its letters.
 */
static size_t code_at(const char *text, size_t *out_letters)
{
    size_t at = 0;
    while (is_upper(text[at]))
        at++;
    *out_letters = at;
    if (at < 2 || at > 5) return 0;
    if (text[at] == ' ') at++;
    size_t digits = digits_at(text + at);
    if (digits == 0 || digits > 3) return 0;
    at += digits;
    if (text[at] >= 'a' && text[at] <= 'z' && !is_word(text[at + 1])) at++;
    return is_word(text[at]) ? 0 : at;
}

static void look_for_codes(const struct place *place, const char *text)
{
    struct arena *arena = place->check->call->arena;
    for (const char *at = text; *at != '\0'; at++) {
        size_t letters;
        if (!is_upper(*at) || (at > text && is_word(at[-1]))) continue;
        size_t size = code_at(at, &letters);
        if (size == 0) continue;
        const char *code = arena_strndup(arena, at, size);
        if (name_map_has(&place->codes->letters, arena_strndup(arena, at, letters)) &&
            !name_map_has(&place->codes->known, code_fold(arena, code)))
            add(place, CHECK_WARNING, "CODE_UNKNOWN", code,
                "nothing in the plan has this code: correct it, or add what it means");
        at += size - 1;
    }
}

static void know_code(struct arena *arena, struct codes *codes, const char *code)
{
    size_t letters = 0;
    char *folded = code_fold(arena, code);
    if (*folded == '\0') return;
    (void)name_map_add(arena, &codes->known, folded, NULL);
    while (is_upper(folded[letters]))
        letters++;
    if (letters >= 2 && is_digit(folded[letters]))
        (void)name_map_add(arena, &codes->letters, arena_strndup(arena, folded, letters), NULL);
}

static void know_codes_of(struct arena *arena, struct codes *codes, const struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const ProtobufCMessage *body = found->items[i].body;
        const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, "code");
        if (fd != NULL) know_code(arena, codes, field_get_text(body, fd));
    }
}

/* ---- texts ---- */

static void look_at_text(const struct place *place, const char *text)
{
    if (*text == '\0') return;
    look_for_placeholder(place, text);
    look_for_periods(place, text);
    if (strcmp(place->field, "code") != 0) look_for_codes(place, text);
}

/* References, dates, periods and figures are no texts. */
static bool is_prose(const struct catalog_row *row, const ProtobufCFieldDescriptor *fd)
{
    if (field_item_shape(fd) != FIELD_TEXT) return false;
    for (const struct catalog_field *field = row->fields; field && field->name; field++)
        if (strcmp(field->name, fd->name) == 0)
            return field->targets == NULL &&
                   (field->flags & (CATALOG_DATE | CATALOG_DECIMAL | CATALOG_PERIOD)) == 0;
    return strcmp(fd->name, "formula") != 0 && strcmp(fd->name, "computed") != 0 &&
           strcmp(fd->name, "tags") != 0;
}

static void look_at_body(struct check *check, const struct codes *codes, const char *resource,
                         const ProtobufCMessage *body)
{
    const struct catalog_row *row = catalog_of_desc(body->descriptor);
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &body->descriptor->fields[i];
        struct place place = {check, codes, resource, fd->name};
        if (!is_prose(row, fd)) continue;
        if (field_shape(fd) == FIELD_TEXT) {
            look_at_text(&place, field_get_text(body, fd));
            continue;
        }
        for (size_t k = 0; k < field_get_count(body, fd); k++)
            look_at_text(&place, field_list_text(body, fd, k));
    }
}

static void look_at_all(struct check *check, const struct codes *codes,
                        const struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        look_at_body(check, codes, check_name(check, &found->items[i]), found->items[i].body);
}

void check_texts(struct check *check)
{
    struct arena *arena = check->call->arena;
    struct codes codes = {.known = {0}};
    know_codes_of(arena, &codes, &check->objectives);
    know_codes_of(arena, &codes, &check->actions);
    know_codes_of(arena, &codes, &check->risks);
    for (size_t i = 0; i < check->member_count; i++)
        know_code(arena, &codes, check->members[i].indicator->code);
    look_at_body(check, &codes, check->in->plan, &check->plan->base);
    look_at_all(check, &codes, &check->objectives);
    look_at_all(check, &codes, &check->actions);
    look_at_all(check, &codes, &check->risks);
    look_at_all(check, &codes, &check->decisions);
    look_at_all(check, &codes, &check->money);
    for (size_t i = 0; i < check->member_count; i++)
        look_at_body(check, &codes, check->members[i].name, &check->members[i].indicator->base);
}

/* ---- things entered twice ---- */

static void compare_titles(struct check *check, const char *const *names,
                           const char *const *titles, size_t count)
{
    struct arena *arena = check->call->arena;
    size_t pair_count;
    if (count > ALIKE_ITEMS_MAX) count = ALIKE_ITEMS_MAX;
    struct similarity_pair *pairs =
        similarity_find_pairs(titles, count, SIMILARITY_ALIKE, PAIRS_MAX, arena, &pair_count);
    for (size_t i = 0; i < pair_count; i++) {
        const struct similarity_pair *pair = &pairs[i];
        struct check_finding finding = {
            .level = CHECK_WARNING,
            .reason = "DUPLICATE",
            .resource = names[pair->second],
            .field = "title",
            .value = titles[pair->second],
            .message =
                arena_printf(arena, "reads like \"%s\": join the two, or word them apart",
                             excerpt(arena, titles[pair->first])),
            .other = names[pair->first],
        };
        check_add(check, &finding);
    }
}

static void compare_found(struct check *check, const struct found *found)
{
    struct arena *arena = check->call->arena;
    const char **names = arena_alloc(arena, found->count * sizeof *names);
    const char **titles = arena_alloc(arena, found->count * sizeof *titles);
    for (size_t i = 0; i < found->count; i++) {
        const ProtobufCMessage *body = found->items[i].body;
        names[i] = check_name(check, &found->items[i]);
        titles[i] = field_get_text(body, fields_find(body->descriptor, "title"));
    }
    compare_titles(check, names, titles, found->count);
}

/* The codes of one kind, folded, to the names of the first that has each. */
static void compare_code(struct check *check, struct name_map *codes, const char *name,
                         const char *code)
{
    struct arena *arena = check->call->arena;
    const char *folded = code_fold(arena, code);
    if (*folded == '\0' || name_map_add(arena, codes, folded, (void *)name)) return;
    const char *other = name_map_get(codes, folded);
    struct check_finding finding = {
        .level = CHECK_WARNING,
        .reason = "DUPLICATE_CODE",
        .resource = name,
        .field = "code",
        .value = code,
        .message = arena_printf(arena, "%s has the same code: give each its own", other),
        .other = other,
    };
    check_add(check, &finding);
}

static void compare_codes(struct check *check, const struct found *found)
{
    struct name_map codes = {0};
    for (size_t i = 0; i < found->count; i++) {
        const ProtobufCMessage *body = found->items[i].body;
        const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, "code");
        if (fd != NULL)
            compare_code(check, &codes, check_name(check, &found->items[i]),
                         field_get_text(body, fd));
    }
}

static void compare_indicator_codes(struct check *check)
{
    struct name_map codes = {0};
    for (size_t i = 0; i < check->member_count; i++)
        compare_code(check, &codes, check->members[i].name, check->members[i].indicator->code);
}

void check_duplicates(struct check *check)
{
    compare_found(check, &check->actions);
    compare_found(check, &check->risks);
    compare_codes(check, &check->objectives);
    compare_codes(check, &check->actions);
    compare_codes(check, &check->risks);
    compare_indicator_codes(check);
}
