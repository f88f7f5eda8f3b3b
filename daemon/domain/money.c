#include "domain/money.h"

#include "domain/text.h"

#include <string.h>

#define MONEY_TEXT_SIZE 256 /* a cell or header, with its NUL */

static const char *const not_one_amount = "not one amount of money";
static const char *const too_long = "too long to be an amount";

struct scale_word {
    const char *words;
    enum money_scale scale;
};

/* ---- headers ---- */

/* Behind a pound sign; longer ones before those they begin with. */
static const struct scale_word header_table[] = {
    {"'000s", MONEY_THOUSAND},    {"'000", MONEY_THOUSAND}, {"000's", MONEY_THOUSAND},
    {"000s", MONEY_THOUSAND},     {"000", MONEY_THOUSAND},  {"thousands", MONEY_THOUSAND},
    {"thousand", MONEY_THOUSAND}, {"k", MONEY_THOUSAND},    {"millions", MONEY_MILLION},
    {"million", MONEY_MILLION},   {"'m", MONEY_MILLION},    {"mn", MONEY_MILLION},
    {"m", MONEY_MILLION},
};

/* What stands behind a pound sign; pounds when it is no scale ("£", "£ gross"). */
static enum money_scale scale_behind(const char *at)
{
    at = text_skip_space(at);
    for (size_t i = 0; i < sizeof header_table / sizeof header_table[0]; i++) {
        const char *rest = text_skip_prefix(at, header_table[i].words);
        if (rest == NULL || text_is_word(*rest)) continue;
        bool longer = (*rest == ',' || *rest == '.') && text_is_digit(rest[1]);
        if (!longer) return header_table[i].scale;
    }
    return MONEY_GBP;
}

bool money_parse_scale(const char *header, enum money_scale *out_scale)
{
    char clean[MONEY_TEXT_SIZE];
    enum money_scale found = MONEY_GBP;
    size_t count = 0;
    if (!text_clean(header, sizeof clean, clean)) return false;
    text_lower(clean);
    for (const char *at = clean; (at = strstr(at, "£")) != NULL;) {
        at += strlen("£");
        enum money_scale scale = scale_behind(at);
        if (count++ > 0 && scale != found) return false;
        found = scale;
    }
    if (count > 0) *out_scale = found;
    return count > 0;
}

/* ---- cells ---- */

/* Right behind the digits; longer ones before those they begin with. */
static const struct scale_word suffix_table[] = {
    {"thousand", MONEY_THOUSAND}, {"k", MONEY_THOUSAND}, {"millions", MONEY_MILLION},
    {"million", MONEY_MILLION},   {"mn", MONEY_MILLION}, {"m", MONEY_MILLION},
};

/* Takes the scale out of "£1.2m" or "(£1.2 million)" in place; false when there is none. */
static bool take_suffix(char *text, enum money_scale *out_scale)
{
    size_t end = strlen(text);
    while (end > 0 && !text_is_digit(text[end - 1]))
        end--;
    if (end == 0) return false;
    char *at = text + end + (text[end] == ' ');
    for (size_t i = 0; i < sizeof suffix_table / sizeof suffix_table[0]; i++) {
        const char *rest = text_skip_prefix(at, suffix_table[i].words);
        if (rest == NULL || text_is_word(*rest)) continue;
        memmove(text + end, rest, strlen(rest) + 1);
        *out_scale = suffix_table[i].scale;
        return true;
    }
    return false;
}

enum decimal_error money_to_pounds(struct decimal amount, enum money_scale scale,
                                   struct decimal *out_pounds)
{
    static const int64_t factors[] = {1, 1000, 1000000};
    static const int digits[] = {0, 3, 6};
    struct decimal pounds;
    enum decimal_error error = decimal_mul(amount, decimal_from_int(factors[scale]), &pounds);
    if (error != DECIMAL_OK) return error;
    /* The factor's zeros take the place of decimals; nothing but zeros is dropped. */
    int decimals = amount.scale > digits[scale] ? amount.scale - digits[scale] : 0;
    *out_pounds = decimal_round(pounds, decimals);
    return DECIMAL_OK;
}

static enum value_state refuse(struct money *out_money, const char *reason)
{
    *out_money = (struct money){.state = VALUE_STATE_UNKNOWN, .reason = reason};
    return VALUE_STATE_UNKNOWN;
}

enum value_state money_parse(const char *text, enum money_scale scale, struct money *out_money)
{
    char clean[MONEY_TEXT_SIZE];
    struct money money = {.scale = scale};
    struct value value;
    if (!text_clean(text, sizeof clean, clean)) return refuse(out_money, too_long);
    text_lower(clean);
    money.own_scale = take_suffix(clean, &money.scale);
    money.state = value_parse(clean, &value);
    if (money.state == VALUE_STATE_UNKNOWN) return refuse(out_money, value.reason);
    if (money.state == VALUE_STATE_VALUE) {
        /* Its own scale was taken out above; one that is left is of no scale of money. */
        if (value.scaled || value.unit == VALUE_UNIT_PERCENT || value.op != VALUE_OPERATOR_NONE)
            return refuse(out_money, not_one_amount);
        money.flags = value.flags;
        money.written = value.number;
        enum decimal_error error = money_to_pounds(money.written, money.scale, &money.pounds);
        if (error != DECIMAL_OK) return refuse(out_money, decimal_error_text(error));
    }
    *out_money = money;
    return money.state;
}

const char *money_scale_name(enum money_scale scale)
{
    static const char *const names[] = {"GBP", "THOUSAND", "MILLION"};
    return names[scale];
}
