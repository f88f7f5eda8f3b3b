#include "domain/value.h"

#include "domain/text.h"
#include "domain/value_number.h"

#include <string.h>

/* ---- states written in words ---- */

static const char *const state_names[] = {
    "UNKNOWN",
    "VALUE",
    "BLANK",
    "DASH",
    "NOT_DUE",
    "OVERDUE",
    "UNDER_DEVELOPMENT",
    "TBC",
    "NOT_APPLICABLE",
    "NEW_MEASURE",
    "NOT_COLLECTED",
    "SUPPRESSED",
    "AVAILABLE_FROM",
};

const char *value_state_name(enum value_state state)
{
    size_t count = sizeof state_names / sizeof state_names[0];
    return (size_t)state < count ? state_names[state] : state_names[0];
}

enum value_state value_state_from_name(const char *name)
{
    for (size_t i = 1; i < sizeof state_names / sizeof state_names[0]; i++)
        if (strcmp(name, state_names[i]) == 0) return (enum value_state)i;
    return VALUE_STATE_UNKNOWN;
}

struct state_word {
    const char *words;
    enum value_state state;
};

static const struct state_word state_table[] = {
    {"", VALUE_STATE_BLANK},
    {"-", VALUE_STATE_DASH},
    {"--", VALUE_STATE_DASH},
    {"---", VALUE_STATE_DASH},
    {"not due", VALUE_STATE_NOT_DUE},
    {"not yet due", VALUE_STATE_NOT_DUE},
    {"overdue", VALUE_STATE_OVERDUE},
    {"under development", VALUE_STATE_UNDER_DEVELOPMENT},
    {"in development", VALUE_STATE_UNDER_DEVELOPMENT},
    {"being developed", VALUE_STATE_UNDER_DEVELOPMENT},
    {"to be developed", VALUE_STATE_UNDER_DEVELOPMENT},
    {"tbc", VALUE_STATE_TBC},
    {"t.b.c", VALUE_STATE_TBC},
    {"to be confirmed", VALUE_STATE_TBC},
    {"tba", VALUE_STATE_TBC},
    {"to be agreed", VALUE_STATE_TBC},
    {"tbd", VALUE_STATE_TBC},
    {"to be determined", VALUE_STATE_TBC},
    {"n/a", VALUE_STATE_NOT_APPLICABLE},
    {"na", VALUE_STATE_NOT_APPLICABLE},
    {"n.a", VALUE_STATE_NOT_APPLICABLE},
    {"not applicable", VALUE_STATE_NOT_APPLICABLE},
    {"new measure", VALUE_STATE_NEW_MEASURE},
    {"new indicator", VALUE_STATE_NEW_MEASURE},
    {"new pi", VALUE_STATE_NEW_MEASURE},
    {"new performance indicator", VALUE_STATE_NEW_MEASURE},
    {"n/a - new measure", VALUE_STATE_NEW_MEASURE},
    {"n/a - new indicator", VALUE_STATE_NEW_MEASURE},
    {"new kpi", VALUE_STATE_NEW_MEASURE},
    {"new", VALUE_STATE_NEW_MEASURE},
    {"not due this quarter", VALUE_STATE_NOT_DUE},
    {"not due this period", VALUE_STATE_NOT_DUE},
    {"annual", VALUE_STATE_NOT_DUE},
    {"annual measure", VALUE_STATE_NOT_DUE},
    {"annual indicator", VALUE_STATE_NOT_DUE},
    {"annual figure", VALUE_STATE_NOT_DUE},
    {"annual target", VALUE_STATE_NOT_DUE},
    {"reported annually", VALUE_STATE_NOT_DUE},
    {"measured annually", VALUE_STATE_NOT_DUE},
    {"annually", VALUE_STATE_NOT_DUE},
    {"biennial", VALUE_STATE_NOT_DUE},
    {"awaiting data", VALUE_STATE_TBC},
    {"data awaited", VALUE_STATE_TBC},
    {"awaited", VALUE_STATE_TBC},
    {"pending", VALUE_STATE_TBC},
    {"not yet available", VALUE_STATE_TBC},
    {"data not yet available", VALUE_STATE_TBC},
    {"not yet known", VALUE_STATE_TBC},
    {"to be set", VALUE_STATE_TBC},
    {"not yet set", VALUE_STATE_TBC},
    {"target to be set", VALUE_STATE_TBC},
    {"baseline to be set", VALUE_STATE_TBC},
    {"baseline to be established", VALUE_STATE_TBC},
    {"establish baseline", VALUE_STATE_TBC},
    {"set baseline", VALUE_STATE_TBC},
    {"baselining", VALUE_STATE_TBC},
    {"no target", VALUE_STATE_NOT_APPLICABLE},
    {"no target set", VALUE_STATE_NOT_APPLICABLE},
    {"no target required", VALUE_STATE_NOT_APPLICABLE},
    {"monitor only", VALUE_STATE_NOT_APPLICABLE},
    {"monitoring only", VALUE_STATE_NOT_APPLICABLE},
    {"monitor", VALUE_STATE_NOT_APPLICABLE},
    {"data only", VALUE_STATE_NOT_APPLICABLE},
    {"contextual", VALUE_STATE_NOT_APPLICABLE},
    {"for information only", VALUE_STATE_NOT_APPLICABLE},
    {"not collected", VALUE_STATE_NOT_COLLECTED},
    {"data not collected", VALUE_STATE_NOT_COLLECTED},
    {"not reported", VALUE_STATE_NOT_COLLECTED},
    {"not recorded", VALUE_STATE_NOT_COLLECTED},
    {"not measured", VALUE_STATE_NOT_COLLECTED},
    {"not available", VALUE_STATE_NOT_COLLECTED},
    {"data not available", VALUE_STATE_NOT_COLLECTED},
    {"data unavailable", VALUE_STATE_NOT_COLLECTED},
    {"unavailable", VALUE_STATE_NOT_COLLECTED},
    {"no data", VALUE_STATE_NOT_COLLECTED},
    {"no data available", VALUE_STATE_NOT_COLLECTED},
    {"dna", VALUE_STATE_NOT_COLLECTED},
    {"suppressed", VALUE_STATE_SUPPRESSED},
    {"*", VALUE_STATE_SUPPRESSED},
    {"[c]", VALUE_STATE_SUPPRESSED},
};

/* A phrase may be in parentheses and end in a full stop. */
static bool is_phrase(const char *text, const char *phrase)
{
    size_t size = strlen(phrase);
    bool wrapped = text[0] == '(' && size > 0;
    if (strncmp(text + wrapped, phrase, size) != 0) return false;
    const char *rest = text + wrapped + size;
    if (size > 1 && *rest == '.') rest++;
    if (wrapped && *rest++ != ')') return false;
    return *rest == '\0';
}

/* "n/a - annual measure", "TBC (survey in autumn)": words behind the phrase say why. With a digit among
 * them there may be a figure, and nothing is taken for said. */
static bool is_phrase_and_why(const char *text, const char *phrase)
{
    static const char *const links[] = {" - ", " (", ": ", "; ", ", "};
    size_t size = strlen(phrase);
    if (size < 3 || strncmp(text, phrase, size) != 0) return false;
    const char *why = text + size;
    if (strpbrk(why, "0123456789") != NULL) return false;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (strncmp(why, links[i], strlen(links[i])) == 0) return true;
    return false;
}

/* "New in 2023-24", "Not due until Q4": what comes behind belongs to it. */
static enum value_state find_opening(const char *text)
{
    static const struct state_word openings[] = {
        {"new in ", VALUE_STATE_NEW_MEASURE},
        {"new for ", VALUE_STATE_NEW_MEASURE},
        {"new measure for ", VALUE_STATE_NEW_MEASURE},
        {"new measure in ", VALUE_STATE_NEW_MEASURE},
        {"new measure from ", VALUE_STATE_NEW_MEASURE},
        {"new indicator for ", VALUE_STATE_NEW_MEASURE},
        {"new indicator from ", VALUE_STATE_NEW_MEASURE},
        {"not due until ", VALUE_STATE_NOT_DUE},
        {"not due to be reported", VALUE_STATE_NOT_DUE},
        {"not reported until ", VALUE_STATE_NOT_DUE},
    };
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++)
        if (strncmp(text, openings[i].words, strlen(openings[i].words)) == 0)
            return openings[i].state;
    return VALUE_STATE_UNKNOWN;
}

static enum value_state find_state(const char *text)
{
    if (text_is_digit(text[0])) return VALUE_STATE_UNKNOWN; /* no phrase begins with one */
    for (size_t i = 0; i < sizeof state_table / sizeof state_table[0]; i++)
        if (is_phrase(text, state_table[i].words)) return state_table[i].state;
    for (size_t i = 0; i < sizeof state_table / sizeof state_table[0]; i++)
        if (is_phrase_and_why(text, state_table[i].words)) return state_table[i].state;
    return find_opening(text);
}

static bool parse_available(const char *text, struct value *value)
{
    const char *at = text_skip_prefix(text, "data ");
    at = text_skip_prefix(at != NULL ? at : text, "available ");
    if (at == NULL) return false;
    static const char *const links[] = {"from ", "in ", "on "};
    for (size_t i = 0; i < 3; i++) {
        const char *next = text_skip_prefix(at, links[i]);
        if (next == NULL) continue;
        at = next;
        break;
    }
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    size_t size = date_scan(at, &kind, &date);
    if (kind != DATE_SCAN_DAY && kind != DATE_SCAN_MONTH) return false;
    if (at[size] != '\0' ||
        !date_from_civil(date.year, date.month, date.day, &value->available_from))
        return false;
    value->state = VALUE_STATE_AVAILABLE_FROM;
    return true;
}

/* ---- the whole cell ---- */

bool value_clean_text(const char *text, size_t capacity, char *out_text)
{
    return text_clean(text, capacity, out_text);
}

void value_lower_text(char *text)
{
    text_lower(text);
}

enum value_state value_parse(const char *text, struct value *out_value)
{
    const struct value nothing = {.available_from = DATE_NO_DAY};
    char clean[VALUE_TEXT_SIZE] = "";
    struct value value = nothing;
    *out_value = nothing;
    if (!text_clean(text, sizeof clean, clean)) {
        out_value->reason = "too long to be a value";
        return VALUE_STATE_UNKNOWN;
    }
    text_lower(clean);
    out_value->state = find_state(clean);
    if (out_value->state != VALUE_STATE_UNKNOWN || parse_available(clean, out_value))
        return out_value->state;
    if (!value_parse_number(clean, &value)) {
        out_value->reason = value.reason;
        return VALUE_STATE_UNKNOWN;
    }
    *out_value = value;
    out_value->state = VALUE_STATE_VALUE;
    return VALUE_STATE_VALUE;
}
