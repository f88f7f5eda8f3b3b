#include "client/sheet_field.h"

#include <string.h>
#include <strings.h>

static const struct {
    enum sheet_kind kind;
    const char *name;
} kind_table[] = {
    {SHEET_UNKNOWN, "unknown"},
    {SHEET_INDICATORS, "indicators"},
    {SHEET_ACTIONS, "actions"},
    {SHEET_STRATEGIES, "strategies"},
    {SHEET_RISKS, "risks"},
    {SHEET_MONEY, "money"},
    {SHEET_RESPONSIBILITY, "responsibility"},
    {SHEET_IMPACT, "impact"},
    {SHEET_ANY, "any"},
    {SHEET_INDICATORS, "indicator"},
    {SHEET_INDICATORS, "measures"},
    {SHEET_INDICATORS, "measure"},
    {SHEET_ACTIONS, "action"},
    {SHEET_STRATEGIES, "strategy"},
    {SHEET_RISKS, "risk"},
};

enum { GROUPS = 1, FIGURE = 2, SCORE = 4 };

static const struct {
    const char *name;
    const char *help;
    unsigned flags;
} field_table[SHEET_FIELDS] = {
    [SHEET_NONE] = {"", "", 0},
    [SHEET_TITLE] = {"title", "what the row is about", 0},
    [SHEET_CODE] = {"code", "code as written, or a running number", 0},
    [SHEET_PRIORITY] = {"priority", "objective it serves: links; \"as above\" when empty",
                        GROUPS},
    [SHEET_FREQUENCY] = {"frequency", "how often it is measured", 0},
    [SHEET_POSITION] = {"position", "position against others: a benchmark", 0},
    [SHEET_TRAJECTORY] = {"trajectory", "where it is going, as judged: a benchmark", 0},
    [SHEET_LEAD] = {"lead", "posts or organisations that lead or own", 0},
    [SHEET_CONTRIBUTOR] = {"contributor", "posts or organisations that contribute", 0},
    [SHEET_DEADLINE] = {"deadline", "when it is due, as worded", 0},
    [SHEET_FIRST_DEADLINE] = {"first-deadline", "when it was due before that was revised", 0},
    [SHEET_OUTCOME] = {"outcome", "what difference it makes", 0},
    [SHEET_RESOURCED] = {"resourced", "whether and how it is resourced", 0},
    [SHEET_STATUS] = {"status", "where an action or risk is in its life", 0},
    [SHEET_PROGRESS] = {"progress", "how far it is, in per cent", 0},
    [SHEET_COMPLETED] = {"completed", "when it was completed", 0},
    [SHEET_NOTE] = {"note", "a remark: a note", 0},
    [SHEET_SUCCESS] = {"success", "how one will know that it worked", 0},
    [SHEET_BENEFIT] = {"benefit", "what it saves or brings, as worded", 0},
    [SHEET_DEFINITION] = {"definition", "what is counted and how", 0},
    [SHEET_SOURCE] = {"source", "where figures come from", 0},
    [SHEET_UNIT] = {"unit", "what a figure is: percent, number, money, days", 0},
    [SHEET_POLARITY] = {"polarity", "which way is better", 0},
    [SHEET_CLASS] = {"class", "population outcome or process", GROUPS},
    [SHEET_TIER] = {"tier", "strategic or operational", GROUPS},
    [SHEET_PERIOD] = {"period", "period of the figures in the row", 0},
    [SHEET_BASELINE_PERIOD] = {"baseline-period", "period of the baseline in the row", 0},
    [SHEET_VALUE] = {"value", "figure of a period: an observation", FIGURE},
    [SHEET_TARGET] = {"target", "target of a period", FIGURE},
    [SHEET_BASELINE_TARGET] = {"baseline-target", "target the baseline was measured against",
                               FIGURE},
    [SHEET_INTERIM_TARGET] = {"interim-target", "a step on the way", FIGURE},
    [SHEET_FINAL_TARGET] = {"final-target", "what is to be reached in the end", FIGURE},
    [SHEET_FORECAST_TARGET] = {"forecast-target", "what is expected", FIGURE},
    [SHEET_COMPARATOR] = {"comparator", "figure of others: a benchmark", FIGURE},
    [SHEET_AMOUNT] = {"amount", "money of a period: a budget line", FIGURE},
    [SHEET_TOTAL] = {"total", "sum over the row: checked, not stored", 0},
    [SHEET_END] = {"end", "end date or dates, as worded", 0},
    [SHEET_REVIEW] = {"review", "how often it is reviewed, as worded", 0},
    [SHEET_SUMMARY] = {"summary", "what it is for", 0},
    [SHEET_CAUSE] = {"cause", "what may bring a risk about", 0},
    [SHEET_CONSEQUENCE] = {"consequence", "what would follow from a risk", 0},
    [SHEET_CATEGORY] = {"category", "category in the council's words; \"as above\" when empty",
                        GROUPS},
    [SHEET_LIKELIHOOD] = {"likelihood", "how likely a risk is now", SCORE},
    [SHEET_IMPACT_SCORE] = {"impact", "how bad a risk is now", SCORE},
    [SHEET_ORIGINAL_LIKELIHOOD] = {"original-likelihood", "how likely before controls", SCORE},
    [SHEET_ORIGINAL_IMPACT] = {"original-impact", "how bad before controls", SCORE},
    [SHEET_TARGET_LIKELIHOOD] = {"target-likelihood", "how likely it is to become", SCORE},
    [SHEET_TARGET_IMPACT] = {"target-impact", "how bad it is to become", SCORE},
    [SHEET_ORIGINAL_SCORE] = {"original-score", "likelihood x impact before controls", SCORE},
    [SHEET_SCORE] = {"score", "likelihood x impact now", SCORE},
    [SHEET_TARGET_SCORE] = {"target-score", "likelihood x impact it is to come to", SCORE},
    [SHEET_CONTROL] = {"control", "controls in place", 0},
    [SHEET_MITIGATION] = {"mitigation", "what will be done about a risk", 0},
    [SHEET_REVIEW_DATE] = {"review-date", "when a risk is looked at again", 0},
    [SHEET_TAG] = {"tag", "free labels", GROUPS},
    [SHEET_MARK] = {"mark", "a column of a matrix", 0},
    [SHEET_DERIVED] = {"derived", "what the register computes itself; kept as a note", 0},
    [SHEET_IGNORE] = {"ignore", "left out", 0},
};

const char *sheet_kind_name(enum sheet_kind kind)
{
    for (size_t i = 0; i < sizeof kind_table / sizeof kind_table[0]; i++)
        if (kind_table[i].kind == kind) return kind_table[i].name;
    return "unknown";
}

enum sheet_kind sheet_kind_from_name(const char *name)
{
    for (size_t i = 0; i < sizeof kind_table / sizeof kind_table[0]; i++)
        if (strcasecmp(kind_table[i].name, name) == 0) return kind_table[i].kind;
    return SHEET_UNKNOWN;
}

const char *sheet_field_name(enum sheet_field field)
{
    return field_table[field].name;
}

enum sheet_field sheet_field_from_name(const char *name)
{
    for (int i = 1; i < SHEET_FIELDS; i++)
        if (strcasecmp(field_table[i].name, name) == 0) return (enum sheet_field)i;
    return SHEET_NONE;
}

const char *sheet_field_help(enum sheet_field field)
{
    return field_table[field].help;
}

bool sheet_field_groups(enum sheet_field field)
{
    return (field_table[field].flags & GROUPS) != 0;
}

bool sheet_field_is_score(enum sheet_field field)
{
    return (field_table[field].flags & SCORE) != 0;
}

bool sheet_field_is_figure(enum sheet_field field)
{
    return (field_table[field].flags & FIGURE) != 0;
}
