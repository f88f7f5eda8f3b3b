#include "client/flags.h"

#include "common/suggest.h"

#include <string.h>

const char *flag_set_bool(void *target, const char *value, struct arena *arena)
{
    (void)value;
    (void)arena;
    *(bool *)target = true;
    return NULL;
}

const char *flag_set_text(void *target, const char *value, struct arena *arena)
{
    (void)arena;
    *(const char **)target = value;
    return NULL;
}

const char *flag_set_count(void *target, const char *value, struct arena *arena)
{
    int64_t number = 0;

    (void)arena;
    if (*value == '\0') return "is not a whole number";
    for (; *value != '\0'; value++) {
        if (*value < '0' || *value > '9') return "is not a whole number";
        if (number > (INT64_MAX - 9) / 10) return "is too large";
        number = number * 10 + (*value - '0');
    }
    *(int64_t *)target = number;
    return NULL;
}

const char *flag_set_positive(void *target, const char *value, struct arena *arena)
{
    int64_t number;
    const char *wrong = flag_set_count(&number, value, arena);

    if (wrong != NULL) return wrong;
    if (number == 0) return "is too little: give 1 or more";
    *(int64_t *)target = number;
    return NULL;
}

const char *flag_add_text(void *target, const char *value, struct arena *arena)
{
    struct flag_list *list = target;
    const char **values = arena_alloc(arena, (list->n + 1) * sizeof *values);

    if (list->n > 0) memcpy(values, list->values, list->n * sizeof *values);
    values[list->n++] = value;
    list->values = values;
    return NULL;
}

static const struct flag *find_name(const struct flag *table, const char *name, size_t size)
{
    for (const struct flag *flag = table; flag != NULL && flag->name != NULL; flag++)
        if (strncmp(flag->name, name, size) == 0 && flag->name[size] == '\0') return flag;
    return NULL;
}

static const struct flag *find_letter(const struct flag *table, char letter)
{
    for (const struct flag *flag = table; flag != NULL && flag->name != NULL; flag++)
        if (flag->letter == letter) return flag;
    return NULL;
}

static const char *unknown_flag(const struct flag_parser *parser, const char *word)
{
    struct suggest suggest = {.word = word + 2};
    const struct flag *tables[] = {parser->own.table, parser->common.table};

    if (strncmp(word, "--", 2) != 0)
        return arena_printf(parser->arena, "unknown option %s", word);
    for (size_t i = 0; i < 2; i++)
        for (const struct flag *at = tables[i]; at != NULL && at->name != NULL; at++)
            suggest_offer(&suggest, at->name);
    if (suggest.best == NULL) return arena_printf(parser->arena, "unknown option %s", word);
    return arena_printf(parser->arena, "unknown option %s; did you mean --%s?", word,
                        suggest.best);
}

/* A flag as found in the command line. */
struct found {
    const struct flag *flag;
    void *values;
    const char *value; /* in the same word, or NULL */
};

static struct found find_long(const struct flag_parser *parser, const char *word)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    struct found found = {.value = equals != NULL ? equals + 1 : NULL};

    found.flag = find_name(parser->own.table, name, size);
    found.values = parser->own.values;
    if (found.flag != NULL) return found;
    found.flag = find_name(parser->common.table, name, size);
    found.values = parser->common.values;
    return found;
}

static struct found find_short(const struct flag_parser *parser, const char *word)
{
    struct found found = {.value = word[2] != '\0' ? word + 2 : NULL};

    found.flag = find_letter(parser->own.table, word[1]);
    found.values = parser->own.values;
    if (found.flag != NULL) return found;
    found.flag = find_letter(parser->common.table, word[1]);
    found.values = parser->common.values;
    return found;
}

/* One flag at argv[*at]; moves *at to its last word. */
static const char *take_flag(struct flag_parser *parser, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    struct found found = word[1] == '-' ? find_long(parser, word) : find_short(parser, word);
    const char *wrong;

    if (found.flag == NULL) return unknown_flag(parser, word);
    if (found.flag->argument == NULL && found.value != NULL)
        return arena_printf(parser->arena, "--%s takes no value", found.flag->name);
    if (found.flag->argument != NULL && found.value == NULL) {
        if (*at + 1 >= argc)
            return arena_printf(parser->arena, "--%s needs a value: --%s %s", found.flag->name,
                                found.flag->name, found.flag->argument);
        found.value = argv[++*at];
    }
    wrong =
        found.flag->set((char *)found.values + found.flag->offset, found.value, parser->arena);
    if (wrong == NULL) return NULL;
    return arena_printf(parser->arena, "--%s: \"%s\" %s", found.flag->name,
                        found.value != NULL ? found.value : "", wrong);
}

/* "-", "-5" and "-.5" are values that officers write. */
static bool is_flag(const char *word)
{
    if (word[0] != '-' || word[1] == '\0') return false;
    return !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

const char *flags_parse(struct flag_parser *parser, int argc, char **argv,
                        struct flag_words *out_words)
{
    bool flags_ended = false;

    *out_words = (struct flag_words){
        .words = arena_zalloc(parser->arena, ((size_t)argc + 1) * sizeof(char *))};
    for (int at = 1; at < argc; at++) {
        const char *wrong = NULL;

        if (!flags_ended && strcmp(argv[at], "--") == 0) {
            flags_ended = true;
        } else if (!flags_ended && is_flag(argv[at])) {
            wrong = take_flag(parser, argc, argv, &at);
        } else {
            out_words->words[out_words->n++] = argv[at];
            if (parser->on_word != NULL) wrong = parser->on_word(parser->context, argv[at]);
        }
        if (wrong != NULL) return wrong;
    }
    return NULL;
}
