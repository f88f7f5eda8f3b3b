#include "domain/value_number.h"

#include "domain/text.h"

#include <string.h>

static const char *const not_a_number = "neither a number nor one of the known words";
static const char *const bad_separators = "thousands separators are not well placed";

/* Copies the digits of "68,740.50" into canonical text. False when not well formed. */
static const char *copy_digits(const char *at, char *text, const char **reason)
{
    char *out = text;
    size_t group = 0, groups = 0;
    const char *start = at;
    for (; text_is_digit(*at) || (*at == ',' && text_is_digit(at[1])); at++) {
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
    if (*at == '.' && text_is_digit(at[1])) {
        *out++ = *at++;
        while (text_is_digit(*at))
            *out++ = *at++;
    }
    *out = '\0';
    if (at == start) *reason = not_a_number;
    return *reason == NULL ? at : NULL;
}

/* Digits with separators; leading zeros dropped. Sets `reason` on failure. */
static const char *scan_digits(const char *at, struct decimal *number, const char **reason)
{
    char text[VALUE_TEXT_SIZE + 2];
    at = copy_digits(at, text, reason);
    if (at == NULL) return NULL;
    const char *canonical = text;
    while (canonical[0] == '0' && text_is_digit(canonical[1]))
        canonical++;
    enum decimal_error error = decimal_parse(canonical, number);
    if (error == DECIMAL_OK) return at;
    *reason = decimal_error_text(error);
    return NULL;
}

/* "1.2m", "310K", "£4.5 million": the number is multiplied out. */
static const char *scan_scale(const char *at, struct decimal *number)
{
    static const struct {
        const char *word;
        int zeros;
        int64_t factor;
    } scales[] = {{"million", 6, 1000000}, {"billion", 9, 1000000000}, {"thousand", 3, 1000},
                  {"mn", 6, 1000000},      {"bn", 9, 1000000000},      {"m", 6, 1000000},
                  {"k", 3, 1000}};
    const char *next = text_skip_space(at);
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        const char *end = text_skip_prefix(next, scales[i].word);
        struct decimal product;
        if (end == NULL || text_is_letter(*end) || text_is_digit(*end)) continue;
        if (strlen(scales[i].word) <= 2 && next != at) continue; /* "5 m" may be metres */
        if (decimal_mul(*number, decimal_from_int(scales[i].factor), &product) != DECIMAL_OK)
            return at;
        int decimals = number->scale > scales[i].zeros ? number->scale - scales[i].zeros : 0;
        *number = decimal_round(product, decimals); /* "1.31m" has no hundredths */
        return end;
    }
    return at;
}

/* A currency's sign. Only pounds are the register's money; others are figures like any. */
static const char *scan_pound(const char *at, bool *pound)
{
    static const char *const others[] = {"€", "$", "a$", "nz$", "us$", "ca$", "c$"};
    const char *next = text_skip_prefix(at, "£");
    for (size_t i = 0; next == NULL && i < sizeof others / sizeof others[0]; i++) {
        const char *end = text_skip_prefix(at, others[i]);
        if (end != NULL) return text_skip_space(end);
    }
    if (next == NULL) return at;
    *pound = true;
    return text_skip_space(next);
}

static const char *scan_percent(const char *at, bool *percent)
{
    static const char *const marks[] = {"%", "per cent", "percent"};
    const char *next = text_skip_space(at);
    for (size_t i = 0; i < 3; i++) {
        const char *end = text_skip_prefix(next, marks[i]);
        if (end == NULL || text_is_letter(*end)) {
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
    if (wrapped) at = text_skip_space(at + 1);
    at = scan_pound(at, &pound);
    bool negative = *at == '-';
    if (negative || *at == '+') at = text_skip_space(at + 1);
    at = scan_pound(at, &pound);
    at = scan_digits(at, number, &value->reason);
    if (at == NULL) return NULL;
    const char *behind = scan_scale(at, number);
    value->scaled |= behind != at;
    at = behind;
    at = scan_percent(at, &percent);
    if (wrapped && (negative || *text_skip_space(at) != ')')) {
        value->reason = not_a_number;
        return NULL;
    }
    if (wrapped) at = text_skip_space(at) + 1;
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
        const char *next = text_skip_prefix(at, prefix_table[i].words);
        if (next == NULL) continue;
        *op = prefix_table[i].op;
        return text_skip_space(next);
    }
    return at;
}

/* "90% or more"; not beside an operator in front. */
static const char *scan_suffix(const char *at, enum value_operator *op)
{
    const char *text = text_skip_space(at);
    for (size_t i = 0; i < sizeof suffix_table / sizeof suffix_table[0]; i++) {
        const char *next = text_skip_prefix(text, suffix_table[i].words);
        if (next == NULL || text_is_letter(*next) || *op != VALUE_OPERATOR_NONE) continue;
        *op = suffix_table[i].op;
        return next;
    }
    return at;
}

/* "-15%" or "to 15%" after a low end; `word` is what joins. */
static const char *scan_range(const char *at, const char *word, struct value *value)
{
    const char *next = text_skip_prefix(text_skip_space(at), word);
    if (next == NULL) return at;
    if (*text_skip_space(next) == '\0') return at;
    next = scan_amount(text_skip_space(next), value, &value->range_high);
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
        const char *next = text_skip_prefix(at, flag_table[i].words);
        if (next == NULL || text_is_letter(*next)) continue;
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
    if (text_is_letter(*at) && at[-1] != '%') return false;
    while (*at != '\0') {
        at = *at == ',' ? text_skip_space(at + 1) : text_skip_space(at);
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
        const char *next = text_skip_prefix(at, words[i]);
        if (next == NULL) continue;
        *flags |= VALUE_FLAG_ESTIMATED;
        return text_skip_space(next);
    }
    return at;
}

/* "48.9%*", "12 †", "87%¹", "3 (r)": a mark that leads to a footnote, or tells that the figure was revised,
 * says nothing of the figure. */
static const char *skip_footnote_marks(const char *at)
{
    static const char *const marks[] = {"*", "†",   "‡",   "§",         "¹",        "²", "³",
                                        "⁴", "⁵",   "⁶",   "⁷",         "⁸",        "⁹", "⁰",
                                        "^", "(r)", "[r]", "(revised)", "[revised]"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *next = text_skip_prefix(text_skip_space(at), marks[i]);
        if (next == NULL) continue;
        at = next;
        i = (size_t)-1; /* there may be several */
    }
    return at;
}

/* "76% (±4%)": how sure one is of the figure. */
static const char *skip_margin(const char *at)
{
    static const char *const signs[] = {"±", "+/-"};
    const char *next = text_skip_space(at);
    bool wrapped = *next == '(';
    if (wrapped) next++;
    for (size_t i = 0; i < 2; i++) {
        const char *end = text_skip_prefix(next, signs[i]);
        bool has_digit = false;
        if (end == NULL) continue;
        for (end = text_skip_space(end); text_is_digit(*end) || *end == '.' || *end == '%';
             end++)
            has_digit |= text_is_digit(*end);
        if (!has_digit || (wrapped && *end != ')')) return at;
        return end + wrapped;
    }
    return at;
}

/* "Not achieved - 92.3%", "Achieved (98%)": the judgement stands in front of the figure. */
static const char *skip_judgement(const char *text)
{
    static const char *const words[] = {"not achieved",           "achieved",
                                        "substantially achieved", "partially achieved",
                                        "target not met",         "target met"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *at = text_skip_prefix(text, words[i]);
        if (at == NULL) continue;
        if (*at == ':') return text_skip_space(at + 1);
        if (at[0] == ' ' && (at[1] == '-' || at[1] == ':') && at[2] == ' ') return at + 3;
        if (at[0] == ' ' && text_is_digit(at[1])) return at + 1;
    }
    return text;
}

/* "±1%": within it of nought. */
static bool parse_margin(const char *text, struct value *value)
{
    const char *at = text_skip_prefix(text, "±");
    if (at == NULL) at = text_skip_prefix(text, "+/-");
    if (at == NULL || !text_is_digit(*text_skip_space(at))) return false;
    at = scan_amount(text_skip_space(at), value, &value->range_high);
    if (at == NULL || *at != '\0') return false;
    value->number = decimal_neg(value->range_high);
    value->op = VALUE_OPERATOR_RANGE;
    return true;
}

bool value_parse_number(const char *text, struct value *value)
{
    if (parse_margin(text, value)) return true;
    if (strcmp(text, "nil") == 0 || strcmp(text, "zero") == 0) text = "0";
    const char *at = scan_estimate(skip_judgement(text), &value->flags);
    const char *between = text_skip_prefix(at, "between ");
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
    at = skip_footnote_marks(skip_margin(scan_suffix(at, &value->op)));
    if (scan_flags(at, &value->flags)) return true;
    value->reason = not_a_number;
    return false;
}
