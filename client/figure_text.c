#include "client/figure_text.h"

#include "common/decimal.h"
#include "common/fields.h"

#include <string.h>

enum { GROUP_DIGITS = 3 };

const char *figure_grouped(const char *value, struct arena *arena)
{
    const char *digits = value[0] == '-' ? value + 1 : value;
    size_t n = strspn(digits, "0123456789");
    size_t length = strlen(value);
    char *text = arena_alloc(arena, length * 2 + 1);
    char *at = text;

    if (n == 0 || (digits[n] != '\0' && digits[n] != '.')) return value;
    if (value[0] == '-') *at++ = '-';
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % GROUP_DIGITS == 0) *at++ = ',';
        *at++ = digits[i];
    }
    for (digits += n; *digits != '\0'; digits++)
        *at++ = *digits;
    *at = '\0';
    return text;
}

const char *figure_with_unit(const char *value, Provost__V1__Unit unit,
                             const struct style *style, struct arena *arena)
{
    const char *grouped = figure_grouped(value, arena);

    if (value[0] == '\0') return "";
    if (unit == PROVOST__V1__UNIT__UNIT_PERCENT) return arena_printf(arena, "%s%%", grouped);
    if (unit == PROVOST__V1__UNIT__UNIT_MONEY) {
        const char *pound = style_symbol(style, "£", "GBP ");

        if (grouped[0] == '-') return arena_printf(arena, "-%s%s", pound, grouped + 1);
        return arena_printf(arena, "%s%s", pound, grouped);
    }
    if (unit == PROVOST__V1__UNIT__UNIT_YES_NO && strcmp(value, "1") == 0) return "yes";
    if (unit == PROVOST__V1__UNIT__UNIT_YES_NO && strcmp(value, "0") == 0) return "no";
    return grouped;
}

const char *figure_reason(const Provost__V1__ScorecardRow *row, struct arena *arena)
{
    if (row->value[0] == '\0' && strcmp(row->status_reason, "NO_VALUE") == 0) return "";
    return figure_words(row->status_reason, arena);
}

const char *figure_words(const char *upper_snake, struct arena *arena)
{
    char *text = arena_strdup(arena, upper_snake);

    for (char *at = text; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') *at = (char)(*at - 'A' + 'a');
        if (*at == '_') *at = ' ';
    }
    return text;
}

const char *figure_value(const Provost__V1__ScorecardRow *row, const struct style *style,
                         struct arena *arena)
{
    const char *state;

    if (row->workflow == PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED) return "(rejected)";
    if (row->value[0] != '\0' && row->workflow == PROVOST__V1__WORKFLOW__WORKFLOW_SUBMITTED)
        return arena_printf(arena, "%s (to approve)",
                            figure_with_unit(row->value, row->unit, style, arena));
    if (row->value[0] != '\0') return figure_with_unit(row->value, row->unit, style, arena);
    state = enum_short_name(&provost__v1__value_state__descriptor, (int)row->value_state);
    if (state == NULL || state[0] == '\0') return "(no figure)";
    return arena_printf(arena, "(%s)", figure_words(state, arena));
}

/* What stands in front of a target; at least and at most go without where the polarity says so.
 */
static const char *operator_sign(const Provost__V1__ScorecardRow *row,
                                 const struct style *style)
{
    bool is_min = row->polarity == PROVOST__V1__POLARITY__POLARITY_MIN;

    switch (row->target_operator) {
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_LESS_THAN:
        return "< ";
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_MORE_THAN:
        return "> ";
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST:
        return is_min ? style_symbol(style, "≥ ", ">= ") : "";
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_MOST:
        return is_min ? "" : style_symbol(style, "≤ ", "<= ");
    default: /* also values of a newer daemon */
        return "";
    }
}

/* " (interim)" for all kinds but the plain target. */
static const char *kind_suffix(const Provost__V1__ScorecardRow *row, struct arena *arena)
{
    const char *kind;

    if (row->target_kind == PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET) return "";
    kind = enum_short_name(&provost__v1__target_kind__descriptor, (int)row->target_kind);
    if (kind == NULL || kind[0] == '\0') return "";
    return arena_printf(arena, " (%s)", figure_words(kind, arena));
}

const char *figure_target(const Provost__V1__ScorecardRow *row, const struct style *style,
                          struct arena *arena)
{
    if (row->target[0] == '\0') return "";
    if (row->target_high[0] != '\0')
        return arena_printf(arena, "%s to %s%s",
                            figure_with_unit(row->target, row->unit, style, arena),
                            figure_with_unit(row->target_high, row->unit, style, arena),
                            kind_suffix(row, arena));
    return arena_printf(arena, "%s%s%s", operator_sign(row, style),
                        figure_with_unit(row->target, row->unit, style, arena),
                        kind_suffix(row, arena));
}

const char *figure_shortfall(const Provost__V1__ScorecardRow *row, struct arena *arena)
{
    struct decimal percent;
    char text[DECIMAL_TEXT_SIZE];

    if (row->shortfall[0] == '\0') return "";
    if (decimal_parse(row->shortfall_percent, &percent) != DECIMAL_OK)
        return figure_grouped(row->shortfall, arena);
    decimal_format_rounded(percent, 1, text);
    return arena_printf(arena, "%s (%s%%)", figure_grouped(row->shortfall, arena), text);
}

/* How a value of an enum looks. */
struct mark_row {
    int value;
    enum tone tone;
    const char *utf8;
    const char *ascii;
    const char *words;
};

static const struct mark_row status_table[] = {
    {PROVOST__V1__RAG_STATUS__RAG_STATUS_OK, TONE_GOOD, "✔", "+", "OK"},
    {PROVOST__V1__RAG_STATUS__RAG_STATUS_WARNING, TONE_WARNING, "▲", "!", "WARNING"},
    {PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT, TONE_BAD, "✖", "x", "ALERT"},
    {PROVOST__V1__RAG_STATUS__RAG_STATUS_NO_TARGET, TONE_FAINT, "–", "-", "NO TARGET"},
    {PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN, TONE_FAINT, "?", "?", "UNKNOWN"},
    {PROVOST__V1__RAG_STATUS__RAG_STATUS_DATA_ONLY, TONE_FAINT, "·", ".", "DATA ONLY"},
};

static const struct mark_row trend_table[] = {
    {PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_IMPROVING, TONE_GOOD, "↗", "/", "improving"},
    {PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_GETTING_WORSE, TONE_BAD, "↘", "\\",
     "getting worse"},
    {PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_NO_CHANGE, TONE_PLAIN, "→", "=",
     "no change"},
    {PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_INCREASING, TONE_PLAIN, "↑", "^",
     "increasing"},
    {PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_DECREASING, TONE_PLAIN, "↓", "v",
     "decreasing"},
};

static const struct mark_row *find_mark(const struct mark_row *table, size_t n, int value)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].value == value) return &table[i];
    return NULL;
}

static const char *show_mark(const struct mark_row *mark, const struct style *style,
                             struct arena *arena, enum tone *out_tone)
{
    *out_tone = mark != NULL ? mark->tone : TONE_PLAIN;
    if (mark == NULL) return "";
    return arena_printf(arena, "%s %s", style_symbol(style, mark->utf8, mark->ascii),
                        mark->words);
}

const char *figure_status(Provost__V1__RagStatus status, const struct style *style,
                          struct arena *arena, enum tone *out_tone)
{
    return show_mark(
        find_mark(status_table, sizeof status_table / sizeof status_table[0], (int)status),
        style, arena, out_tone);
}

const char *figure_trend(const Provost__V1__Trend *trend, const struct style *style,
                         struct arena *arena, enum tone *out_tone)
{
    int direction = trend != NULL ? (int)trend->direction : 0;

    return show_mark(
        find_mark(trend_table, sizeof trend_table / sizeof trend_table[0], direction), style,
        arena, out_tone);
}
