/* A budget line: the exact amount in pounds, from a cell and the scale of its column. */
#include "common/reasons.h"
#include "domain/money.h"
#include "service/cell.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

/* The two enums are one list, but for "not said". */
_Static_assert((int)MONEY_MILLION + 1 == PROVOST__V1__MONEY_SCALE__MONEY_SCALE_MILLION, "same");

static enum money_scale scale_of(Provost__V1__MoneyScale scale)
{
    return (int)scale <= 1 ? MONEY_GBP : (enum money_scale)((int)scale - 1);
}

static bool fields_touched(const struct understanding *what)
{
    return understand_touched(what, "verbatim") || understand_touched(what, "scale") ||
           understand_touched(what, "amount") || understand_touched(what, "state");
}

/* What a person would have written for a state that was said alone. */
static const char *state_text(struct arena *arena, enum value_state state)
{
    if (state == VALUE_STATE_BLANK || state == VALUE_STATE_UNKNOWN) return "";
    if (state == VALUE_STATE_DASH) return "-";
    if (state == VALUE_STATE_SUPPRESSED) return "[c]";
    if (state == VALUE_STATE_NOT_APPLICABLE) return "N/A";
    char *text = arena_strdup(arena, value_state_name(state));
    for (char *p = text; *p != '\0'; p++)
        if (*p == '_') *p = ' ';
    return text;
}

/* The text to read: the cell, else the amount, which is in pounds, else what stands for the
 * state. */
static void find_text(struct understanding *what, Provost__V1__BudgetLine *line)
{
    if (understand_said(what, "verbatim")) return;
    if (understand_said(what, "amount")) {
        if (understand_said(what, "scale") && scale_of(line->scale) != MONEY_GBP)
            understand_warn(what, REASON_UNIT_MISMATCH, "scale",
                            "an amount without its text is in pounds; the scale is not used");
        line->verbatim = line->amount;
        line->scale = PROVOST__V1__MONEY_SCALE__MONEY_SCALE_GBP;
    } else if (understand_said(what, "state")) {
        line->verbatim = (char *)state_text(what->arena, (enum value_state)line->state);
    } else if (understand_touched(what, "amount") || understand_touched(what, "state")) {
        line->verbatim = (char *)protobuf_c_empty_string; /* taken away */
    }
}

/* What was said besides the cell says the same. */
static struct status check_agreement(const struct understanding *what,
                                     const Provost__V1__BudgetLine *line,
                                     const struct money *money)
{
    struct decimal amount;
    if (understand_said(what, "state") && (int)line->state != (int)money->state)
        return understand_refuse(what, REASON_VERBATIM_CONTRADICTS, "state",
                                 "state is not what \"%.80s\" says, %s; send only one of them",
                                 line->verbatim, value_state_name(money->state));
    if (!understand_said(what, "amount")) return status_ok();
    if (money->state == VALUE_STATE_VALUE &&
        decimal_parse(line->amount, &amount) == DECIMAL_OK &&
        decimal_compare(amount, money->pounds) == 0)
        return status_ok();
    return understand_refuse(
        what, REASON_VERBATIM_CONTRADICTS, "amount",
        "amount is %s pounds, and \"%.80s\" in %s is not; send only one of "
        "them",
        line->amount, line->verbatim, money_scale_name(money->scale));
}

static void store_reading(struct understanding *what, Provost__V1__BudgetLine *line,
                          const struct money *money)
{
    line->state = (Provost__V1__ValueState)money->state;
    line->amount = money->state == VALUE_STATE_VALUE
                       ? cell_number_text(what->arena, money->pounds)
                       : (char *)protobuf_c_empty_string;
    if (!money->own_scale) return;
    Provost__V1__MoneyScale own = (Provost__V1__MoneyScale)((int)money->scale + 1);
    if (understand_said(what, "scale") && own != line->scale)
        understand_warn(what, REASON_UNIT_MISMATCH, "scale",
                        "\"%.80s\" names a scale of its own, %s, which is used", line->verbatim,
                        money_scale_name(money->scale));
    line->scale = own;
}

static struct status read_amount(struct understanding *what, Provost__V1__BudgetLine *line)
{
    if (what->before != NULL && !fields_touched(what)) return status_ok();
    struct money money;
    find_text(what, line);
    if (money_parse(line->verbatim, scale_of(line->scale), &money) == VALUE_STATE_UNKNOWN)
        return understand_refuse(
            what, REASON_NOT_UNDERSTOOD, "verbatim",
            "\"%.80s\" is not an amount of money: %s; write \"1,159\", \"(1.159)\", "
            "\"\xC2\xA3"
            "330k\", \"-\" or \"TBC\"",
            line->verbatim, money.reason == NULL ? "it is not a number" : money.reason);
    struct status st = check_agreement(what, line, &money);
    if (status_is_ok(st)) store_reading(what, line, &money);
    return st;
}

static struct status check_time(const struct understanding *what,
                                const Provost__V1__BudgetLine *line)
{
    if (line->period[0] == '\0' && line->date[0] == '\0')
        return understand_refuse(what, REASON_FIELD_REQUIRED, "period",
                                 "give the period of the amount, or the date it stands for");
    if (line->period[0] != '\0' && line->date[0] != '\0')
        return understand_refuse(
            what, REASON_VERBATIM_CONTRADICTS, "date",
            "an amount is of a period or of a date, not of both: %s and %s", line->period,
            line->date);
    return status_ok();
}

struct status understand_budget_line(struct understanding *what)
{
    Provost__V1__BudgetLine *line = (Provost__V1__BudgetLine *)what->after;
    struct status st = check_time(what, line);
    return status_is_ok(st) ? read_amount(what, line) : st;
}
