#include "service/measure.h"

#include "domain/text.h"
#include "domain/value.h"

#include <stdbool.h>
#include <string.h>

enum { CELL_MAX_BYTES = 96, TITLE_MAX_BYTES = 1000 };

/* Words of one group are one unit. The longer before those they end in. */
static const struct {
    const char *words;
    const char *group;
} unit_table[] = {
    {"working days", "day"},
    {"calendar days", "day"},
    {"days", "day"},
    {"day", "day"},
    {"weeks", "week"},
    {"week", "week"},
    {"months", "month"},
    {"month", "month"},
    {"years", "year"},
    {"year", "year"},
    {"hours", "hour"},
    {"hour", "hour"},
    {"hrs", "hour"},
    {"minutes", "minute"},
    {"minute", "minute"},
    {"mins", "minute"},
    {"min", "minute"},
    {"seconds", "second"},
    {"secs", "second"},
    {"tonnes", "tonne"},
    {"kg", "kg"},
    {"km", "km"},
    {"miles", "mile"},
    {"per 1,000", "1000"},
    {"per 10,000", "10000"},
    {"per 100,000", "100000"},
};

/* The unit at the end of a cleaned small text; its index, or the table's size. */
static size_t find_unit(const char *text)
{
    size_t count = sizeof unit_table / sizeof unit_table[0], length = strlen(text);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(unit_table[i].words);
        if (length > size + 1 && text[length - size - 1] == ' ' &&
            strcmp(text + length - size, unit_table[i].words) == 0)
            return i;
    }
    return count;
}

/* `words` stand in the text, not within longer ones. */
static bool has_words(const char *text, const char *words)
{
    for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
        if ((at == text || !text_is_word(at[-1])) && !text_is_word(at[strlen(words)]))
            return true;
    return false;
}

static bool names_group(struct arena *arena, const char *text, const char *group)
{
    char *small = arena_strndup(arena, text, TITLE_MAX_BYTES);
    text_lower(small);
    for (size_t i = 0; i < sizeof unit_table / sizeof unit_table[0]; i++)
        if (strcmp(unit_table[i].group, group) == 0 && has_words(small, unit_table[i].words))
            return true;
    return false;
}

static bool is_of(struct arena *arena, const Provost__V1__Indicator *indicator,
                  const char *group)
{
    if (indicator->unit == PROVOST__V1__UNIT__UNIT_DAYS) return strcmp(group, "day") == 0;
    if (indicator->unit == PROVOST__V1__UNIT__UNIT_DURATION) return strcmp(group, "hour") == 0;
    if (indicator->unit == PROVOST__V1__UNIT__UNIT_RATE && indicator->unit_base[0] != '\0')
        return strcmp(group, indicator->unit_base) == 0;
    return names_group(arena, indicator->title, group) ||
           names_group(arena, indicator->definition, group);
}

const char *measure_strip(struct arena *arena, const Provost__V1__Indicator *indicator,
                          const char *text)
{
    char clean[CELL_MAX_BYTES];
    if (!text_clean(text, sizeof clean, clean)) return NULL;
    text_lower(clean);
    size_t unit = find_unit(clean);
    if (unit == sizeof unit_table / sizeof unit_table[0]) return NULL;
    if (!is_of(arena, indicator, unit_table[unit].group)) return NULL;
    return arena_strndup(arena, clean, strlen(clean) - strlen(unit_table[unit].words) - 1);
}
