#include "domain/value.h"

#include <string.h>

#define VALUE_MAX_TEXT 256 /* bytes of a cell that can be a value */

/* ---- cleaning ---- */

struct replacement {
    const char *from;
    const char *to; /* never longer than `from`, so that cleaning never grows a text */
};

static const struct replacement replacement_table[] = {
    {"\u00a0", " "},  {"\u00ad", ""},   {"\u2000", " "}, {"\u2001", " "},  {"\u2002", " "},
    {"\u2003", " "},  {"\u2004", " "},  {"\u2005", " "}, {"\u2006", " "},  {"\u2007", " "},
    {"\u2008", " "},  {"\u2009", " "},  {"\u200a", " "}, {"\u200b", ""},   {"\u200c", ""},
    {"\u200d", ""},   {"\u2010", "-"},  {"\u2011", "-"}, {"\u2012", "-"},  {"\u2013", "-"},
    {"\u2014", "-"},  {"\u2015", "-"},  {"\u2018", "'"}, {"\u2019", "'"},  {"\u201c", "\""},
    {"\u201d", "\""}, {"\u202f", " "},  {"\u205f", " "}, {"\u2060", ""},   {"\u2212", "-"},
    {"\u2264", "<="}, {"\u2265", ">="}, {"\u3000", " "}, {"\ufeff", ""},   {"&nbsp;", " "},
    {"&amp;", "&"},   {"&lt;", "<"},    {"&gt;", ">"},   {"&ndash;", "-"}, {"&mdash;", "-"},
    {"&pound;", "£"}, {"<br>", " "},    {"<br/>", " "},  {"<br />", " "},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The length of a tag such as <b> or </u> at `at`; 0 when it is none ("<10%"). */
static size_t tag_length(const char *at)
{
    if (at[0] != '<') return 0;
    const char *name = at[1] == '/' ? at + 2 : at + 1;
    if (!is_letter(*name)) return 0;
    size_t size = strcspn(name, "<>");
    return name[size] == '>' ? (size_t)(name - at) + size + 1 : 0;
}

static const struct replacement *find_replacement(const char *at)
{
    /* Only these bytes begin an entry. */
    if (*at != '&' && *at != '<' && (unsigned char)*at < 0xc2) return NULL;
    for (size_t i = 0; i < sizeof replacement_table / sizeof replacement_table[0]; i++) {
        const struct replacement *entry = &replacement_table[i];
        if (strncmp(at, entry->from, strlen(entry->from)) == 0) return entry;
    }
    return NULL;
}

/* Bold marks come in pairs; a lone "**" is text. */
static size_t bold_length(const char *at, bool *is_open)
{
    if (at[0] != '*' || at[1] != '*') return 0;
    if (!*is_open && strstr(at + 2, "**") == NULL) return 0;
    *is_open = !*is_open;
    return 2;
}

/* Appends with runs of white space made one, none at the start. */
static char *append_clean(char *out, const char *start, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = is_white(bytes[i]) ? ' ' : bytes[i];
        if (c == ' ' && (out == start || out[-1] == ' ')) continue;
        *out++ = c;
    }
    return out;
}

bool value_clean_text(const char *text, size_t capacity, char *out_text)
{
    if (strlen(text) >= capacity) return false;
    bool bold_open = false;
    char *out = out_text;
    for (const char *at = text; *at != '\0';) {
        const struct replacement *entry = find_replacement(at);
        size_t skip;
        if (entry != NULL) {
            out = append_clean(out, out_text, entry->to, strlen(entry->to));
            at += strlen(entry->from);
        } else if ((skip = tag_length(at)) > 0 || (skip = bold_length(at, &bold_open)) > 0) {
            at += skip;
        } else {
            out = append_clean(out, out_text, at++, 1);
        }
    }
    if (out > out_text && out[-1] == ' ') out--;
    *out = '\0';
    return true;
}

void value_lower_text(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
}

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
    {"not collected", VALUE_STATE_NOT_COLLECTED},
    {"data not collected", VALUE_STATE_NOT_COLLECTED},
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

static enum value_state find_state(const char *text)
{
    for (size_t i = 0; i < sizeof state_table / sizeof state_table[0]; i++)
        if (is_phrase(text, state_table[i].words)) return state_table[i].state;
    return VALUE_STATE_UNKNOWN;
}

static const char *skip_prefix(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);
    return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

static bool parse_available(const char *text, struct value *value)
{
    const char *at = skip_prefix(text, "data ");
    at = skip_prefix(at != NULL ? at : text, "available ");
    if (at == NULL) return false;
    static const char *const links[] = {"from ", "in ", "on "};
    for (size_t i = 0; i < 3; i++) {
        const char *next = skip_prefix(at, links[i]);
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

/* ---- numbers ---- */

static const char *const not_a_number = "neither a number nor one of the known words";
static const char *const bad_separators = "thousands separators are not well placed";

static const char *skip_space(const char *at)
{
    return *at == ' ' ? at + 1 : at;
}

/* Copies the digits of "68,740.50" into canonical text. False when not well formed. */
static const char *copy_digits(const char *at, char *text, const char **reason)
{
    char *out = text;
    size_t group = 0, groups = 0;
    const char *start = at;
    for (; is_digit(*at) || (*at == ',' && is_digit(at[1])); at++) {
        if (*at == ',') {
            if (group == 0 || group > 3 || (groups > 0 && group != 3)) *reason = bad_separators;
            groups++;
            group = 0;
        } else {
            *out++ = *at;
            group++;
        }
    }
    if (groups > 0 && group != 3) *reason = bad_separators;
    if (out == text) *out++ = '0'; /* ".5" */
    if (*at == '.' && is_digit(at[1])) {
        *out++ = *at++;
        while (is_digit(*at))
            *out++ = *at++;
    }
    *out = '\0';
    if (at == start) *reason = not_a_number;
    return *reason == NULL ? at : NULL;
}

/* Digits with separators; leading zeros dropped. Sets `reason` on failure. */
static const char *scan_digits(const char *at, struct decimal *number, const char **reason)
{
    char text[VALUE_MAX_TEXT + 2];
    at = copy_digits(at, text, reason);
    if (at == NULL) return NULL;
    const char *canonical = text;
    while (canonical[0] == '0' && is_digit(canonical[1]))
        canonical++;
    enum decimal_error error = decimal_parse(canonical, number);
    if (error == DECIMAL_OK) return at;
    *reason = decimal_error_text(error);
    return NULL;
}

static const char *scan_pound(const char *at, bool *pound)
{
    const char *next = skip_prefix(at, "£");
    if (next == NULL) return at;
    *pound = true;
    return skip_space(next);
}

static const char *scan_percent(const char *at, bool *percent)
{
    static const char *const marks[] = {"%", "per cent", "percent"};
    const char *next = skip_space(at);
    for (size_t i = 0; i < 3; i++) {
        const char *end = skip_prefix(next, marks[i]);
        if (end == NULL || is_letter(*end)) {
            /* "%p" is a percent sign and a flag. */
            if (end == NULL || i != 0) continue;
        }
        *percent = true;
        return end;
    }
    return at;
}

/* One amount: "-12", "£1,159", "(£1.159)", "63 %". NULL with a reason when there is none. */
static const char *scan_amount(const char *at, struct value *value, struct decimal *number)
{
    bool pound = false, percent = false;
    bool wrapped = *at == '(';
    if (wrapped) at = skip_space(at + 1);
    at = scan_pound(at, &pound);
    bool negative = *at == '-';
    if (negative || *at == '+') at = skip_space(at + 1);
    at = scan_pound(at, &pound);
    at = scan_digits(at, number, &value->reason);
    if (at == NULL) return NULL;
    at = scan_percent(at, &percent);
    if (wrapped && (negative || *skip_space(at) != ')')) {
        value->reason = not_a_number;
        return NULL;
    }
    if (wrapped) at = skip_space(at) + 1;
    if (wrapped && !percent) at = scan_percent(at, &percent);
    if (negative || wrapped) *number = decimal_neg(*number);
    enum value_unit unit = percent ? VALUE_UNIT_PERCENT
                           : pound ? VALUE_UNIT_GBP
                                   : VALUE_UNIT_NONE;
    bool clash = (percent && pound) || (unit != VALUE_UNIT_NONE &&
                                        value->unit != VALUE_UNIT_NONE && unit != value->unit);
    if (clash) value->reason = "two different units";
    if (unit != VALUE_UNIT_NONE) value->unit = unit;
    return clash ? NULL : at;
}

struct operator_word {
    const char *words;
    enum value_operator op;
};

/* Longer ones before those they begin with. */
static const struct operator_word prefix_table[] = {
    {"<=", VALUE_OPERATOR_AT_MOST},
    {"=<", VALUE_OPERATOR_AT_MOST},
    {">=", VALUE_OPERATOR_AT_LEAST},
    {"=>", VALUE_OPERATOR_AT_LEAST},
    {"<", VALUE_OPERATOR_LESS},
    {">", VALUE_OPERATOR_MORE},
    {"=", VALUE_OPERATOR_NONE},
    {"less than or equal to ", VALUE_OPERATOR_AT_MOST},
    {"no less than ", VALUE_OPERATOR_AT_LEAST},
    {"not less than ", VALUE_OPERATOR_AT_LEAST},
    {"less than ", VALUE_OPERATOR_LESS},
    {"no fewer than ", VALUE_OPERATOR_AT_LEAST},
    {"fewer than ", VALUE_OPERATOR_LESS},
    {"under ", VALUE_OPERATOR_LESS},
    {"below ", VALUE_OPERATOR_LESS},
    {"greater than or equal to ", VALUE_OPERATOR_AT_LEAST},
    {"no more than ", VALUE_OPERATOR_AT_MOST},
    {"not more than ", VALUE_OPERATOR_AT_MOST},
    {"no greater than ", VALUE_OPERATOR_AT_MOST},
    {"more than ", VALUE_OPERATOR_MORE},
    {"greater than ", VALUE_OPERATOR_MORE},
    {"over ", VALUE_OPERATOR_MORE},
    {"above ", VALUE_OPERATOR_MORE},
    {"at least ", VALUE_OPERATOR_AT_LEAST},
    {"minimum of ", VALUE_OPERATOR_AT_LEAST},
    {"minimum ", VALUE_OPERATOR_AT_LEAST},
    {"at most ", VALUE_OPERATOR_AT_MOST},
    {"maximum of ", VALUE_OPERATOR_AT_MOST},
    {"maximum ", VALUE_OPERATOR_AT_MOST},
    {"up to ", VALUE_OPERATOR_AT_MOST},
};

static const struct operator_word suffix_table[] = {
    {"or less", VALUE_OPERATOR_AT_MOST},  {"or fewer", VALUE_OPERATOR_AT_MOST},
    {"or below", VALUE_OPERATOR_AT_MOST}, {"or under", VALUE_OPERATOR_AT_MOST},
    {"or more", VALUE_OPERATOR_AT_LEAST}, {"or above", VALUE_OPERATOR_AT_LEAST},
    {"or over", VALUE_OPERATOR_AT_LEAST}, {"or better", VALUE_OPERATOR_NONE},
    {"+", VALUE_OPERATOR_AT_LEAST},
};

static const char *scan_operator(const char *at, enum value_operator *op)
{
    for (size_t i = 0; i < sizeof prefix_table / sizeof prefix_table[0]; i++) {
        const char *next = skip_prefix(at, prefix_table[i].words);
        if (next == NULL) continue;
        *op = prefix_table[i].op;
        return skip_space(next);
    }
    return at;
}

/* "90% or more"; not beside an operator in front. */
static const char *scan_suffix(const char *at, enum value_operator *op)
{
    const char *text = skip_space(at);
    for (size_t i = 0; i < sizeof suffix_table / sizeof suffix_table[0]; i++) {
        const char *next = skip_prefix(text, suffix_table[i].words);
        if (next == NULL || is_letter(*next) || *op != VALUE_OPERATOR_NONE) continue;
        *op = suffix_table[i].op;
        return next;
    }
    return at;
}

/* "-15%" or "to 15%" after a low end; `word` is what joins. */
static const char *scan_range(const char *at, const char *word, struct value *value)
{
    const char *next = skip_prefix(skip_space(at), word);
    if (next == NULL) return at;
    if (*skip_space(next) == '\0') return at;
    next = scan_amount(skip_space(next), value, &value->range_high);
    if (next == NULL) return NULL;
    value->op = VALUE_OPERATOR_RANGE;
    if (decimal_compare(value->number, value->range_high) <= 0) return next;
    value->reason = "a range whose low end is above its high end";
    return NULL;
}

struct flag_word {
    const char *words;
    unsigned flag;
};

static const struct flag_word flag_table[] = {
    {"provisional", VALUE_FLAG_PROVISIONAL},
    {"prov", VALUE_FLAG_PROVISIONAL},
    {"p", VALUE_FLAG_PROVISIONAL},
    {"estimated", VALUE_FLAG_ESTIMATED},
    {"estimate", VALUE_FLAG_ESTIMATED},
    {"est", VALUE_FLAG_ESTIMATED},
    {"e", VALUE_FLAG_ESTIMATED},
    {"forecast", VALUE_FLAG_FORECAST},
    {"f", VALUE_FLAG_FORECAST},
    {"break in series", VALUE_FLAG_BREAK},
    {"break", VALUE_FLAG_BREAK},
    {"b", VALUE_FLAG_BREAK},
};

/* One flag at `at`, bare or in parentheses or brackets. NULL when there is none. */
static const char *scan_flag(const char *at, unsigned *flags)
{
    char close = *at == '(' ? ')' : *at == '[' ? ']' : '\0';
    if (close != '\0') at++;
    for (size_t i = 0; i < sizeof flag_table / sizeof flag_table[0]; i++) {
        const char *next = skip_prefix(at, flag_table[i].words);
        if (next == NULL || is_letter(*next)) continue;
        if (*next == '.') next++;
        if (close != '\0' && *next++ != close) continue;
        *flags |= flag_table[i].flag;
        return next;
    }
    return NULL;
}

/* All that may follow the number. False when something else does. */
static bool scan_flags(const char *at, unsigned *flags)
{
    if (is_letter(*at) && at[-1] != '%') return false;
    while (*at != '\0') {
        at = *at == ',' ? skip_space(at + 1) : skip_space(at);
        at = scan_flag(at, flags);
        if (at == NULL) return false;
    }
    return true;
}

static const char *scan_estimate(const char *at, unsigned *flags)
{
    static const char *const words[] = {
        "approximately ", "approx. ", "approx ", "circa ", "c. ", "estimated ", "~"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *next = skip_prefix(at, words[i]);
        if (next == NULL) continue;
        *flags |= VALUE_FLAG_ESTIMATED;
        return skip_space(next);
    }
    return at;
}

/* Fills `value`; on failure its reason is set. */
static bool parse_number(const char *text, struct value *value)
{
    const char *at = scan_estimate(text, &value->flags);
    const char *between = skip_prefix(at, "between ");
    at = scan_amount(between != NULL ? between : scan_operator(at, &value->op), value,
                     &value->number);
    if (at == NULL) return false;
    if (between != NULL) {
        at = scan_range(at, "and ", value);
    } else if (value->op == VALUE_OPERATOR_NONE) {
        at = scan_range(at, "to ", value);
        if (at != NULL && value->op == VALUE_OPERATOR_NONE) at = scan_range(at, "-", value);
    }
    if (at == NULL) return false;
    if (between != NULL && value->op != VALUE_OPERATOR_RANGE) {
        value->reason = not_a_number;
        return false;
    }
    at = scan_suffix(at, &value->op);
    if (scan_flags(at, &value->flags)) return true;
    value->reason = not_a_number;
    return false;
}

enum value_state value_parse(const char *text, struct value *out_value)
{
    const struct value nothing = {.available_from = DATE_NO_DAY};
    char clean[VALUE_MAX_TEXT] = "";
    struct value value = nothing;
    *out_value = nothing;
    if (!value_clean_text(text, sizeof clean, clean)) {
        out_value->reason = "too long to be a value";
        return VALUE_STATE_UNKNOWN;
    }
    value_lower_text(clean);
    out_value->state = find_state(clean);
    if (out_value->state != VALUE_STATE_UNKNOWN || parse_available(clean, out_value))
        return out_value->state;
    if (!parse_number(clean, &value)) {
        out_value->reason = value.reason;
        return VALUE_STATE_UNKNOWN;
    }
    *out_value = value;
    out_value->state = VALUE_STATE_VALUE;
    return VALUE_STATE_VALUE;
}
