/* An observation: its cell, the marks on it, and its parts. */
#include "common/fields.h"
#include "common/reasons.h"
#include "domain/date.h"
#include "domain/rollup.h"
#include "service/cell.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

enum { FLAG_COUNT = 4 };

/* The two enums are one list, there as bits. */
_Static_assert(VALUE_FLAG_PROVISIONAL ==
                   1 << (PROVOST__V1__VALUE_FLAG__VALUE_FLAG_PROVISIONAL - 1),
               "same");
_Static_assert(VALUE_FLAG_BREAK == 1 << (PROVOST__V1__VALUE_FLAG__VALUE_FLAG_BREAK - 1),
               "same");

static Provost__V1__Unit unit_of(const Provost__V1__Indicator *indicator)
{
    return indicator == NULL ? PROVOST__V1__UNIT__UNIT_UNSPECIFIED : indicator->unit;
}

/* Marks seen in the text and marks the client sent besides, each once, in order. */
static void set_flags(const struct understanding *what, Provost__V1__Observation *observation,
                      unsigned flags)
{
    if (understand_touched(what, "flags"))
        for (size_t i = 0; i < observation->n_flags; i++)
            if (observation->flags[i] >= 1 && (int)observation->flags[i] <= FLAG_COUNT)
                flags |= 1U << (observation->flags[i] - 1);
    observation->n_flags = 0;
    observation->flags = NULL;
    if (flags == 0) return;
    observation->flags = arena_alloc(what->arena, FLAG_COUNT * sizeof *observation->flags);
    for (int i = 0; i < FLAG_COUNT; i++)
        if (flags & 1U << i)
            observation->flags[observation->n_flags++] = (Provost__V1__ValueFlag)(i + 1);
}

static void warn_unit(struct understanding *what, const struct value *value,
                      Provost__V1__Unit unit)
{
    if (unit == PROVOST__V1__UNIT__UNIT_UNSPECIFIED || value->state != VALUE_STATE_VALUE)
        return;
    if (value->unit == VALUE_UNIT_PERCENT && unit != PROVOST__V1__UNIT__UNIT_PERCENT)
        understand_warn(what, REASON_UNIT_MISMATCH, "verbatim",
                        "the figure is written in per cent, the indicator is not");
    if (value->unit == VALUE_UNIT_GBP && unit != PROVOST__V1__UNIT__UNIT_MONEY)
        understand_warn(what, REASON_UNIT_MISMATCH, "verbatim",
                        "the figure is written in pounds, the indicator is not");
}

static bool any_touched(const struct understanding *what, const char *const *fields)
{
    for (; *fields != NULL; fields++)
        if (understand_touched(what, *fields)) return true;
    return false;
}

/* The parts of a figure go with it: another figure without parts has none. */
static void drop_stale_parts(const struct understanding *what,
                             Provost__V1__Observation *observation)
{
    const Provost__V1__Observation *before = (const Provost__V1__Observation *)what->before;
    if (before == NULL ||
        (before->state == observation->state && strcmp(before->value, observation->value) == 0))
        return;
    if (!understand_touched(what, "numerator"))
        observation->numerator = (char *)protobuf_c_empty_string;
    if (!understand_touched(what, "denominator"))
        observation->denominator = (char *)protobuf_c_empty_string;
}

static struct status read_cell(struct understanding *what,
                               Provost__V1__Observation *observation,
                               const Provost__V1__Indicator *indicator)
{
    static const char *const cell_fields[] = {"verbatim", "value",          "state",
                                              "flags",    "available_from", NULL};
    if (what->before != NULL && !any_touched(what, cell_fields)) return status_ok();
    struct cell cell = {observation->verbatim, observation->value, observation->state,
                        observation->available_from, indicator};
    struct cell_reading reading;
    struct status st = cell_read(what, &cell, &reading);
    if (!status_is_ok(st)) return st;
    if (reading.value.op != VALUE_OPERATOR_NONE)
        return understand_refuse(what, REASON_NOT_UNDERSTOOD, "verbatim",
                                 "\"%.80s\" is a bound or a range, and a figure is one number; "
                                 "write \"[c]\" for one that is suppressed",
                                 reading.verbatim);
    observation->verbatim = (char *)reading.verbatim;
    observation->state = (Provost__V1__ValueState)reading.value.state;
    observation->value = (char *)reading.number;
    observation->available_from = (char *)protobuf_c_empty_string;
    if (reading.value.available_from != DATE_NO_DAY) {
        char *day = arena_alloc(what->arena, DATE_TEXT_SIZE);
        date_format_iso(reading.value.available_from, day);
        observation->available_from = day;
    }
    set_flags(what, observation, reading.value.flags);
    drop_stale_parts(what, observation);
    warn_unit(what, &reading.value, unit_of(indicator));
    return status_ok();
}

/* A percentage of which only the parts were given: 100 n / d, rounded once where it has no end,
 * as roll-ups are. The parts stay beside it, and it is they that are rolled up. */
static void compute_percent(struct understanding *what, Provost__V1__Observation *observation,
                            struct decimal n, struct decimal d)
{
    struct decimal hundredfold, percent;
    if (decimal_mul(n, decimal_from_int(100), &hundredfold) != DECIMAL_OK ||
        decimal_div(hundredfold, d, ROLLUP_DECIMALS, &percent) != DECIMAL_OK) {
        understand_warn(what, REASON_VALUE_NOT_COMPUTED, "value",
                        "100 x %s / %s cannot be computed; send the value as the department "
                        "states it",
                        observation->numerator, observation->denominator);
        return;
    }
    observation->state = PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE;
    observation->value = cell_number_text(what->arena, decimal_strip(percent));
    observation->verbatim = observation->value;
}

static void check_parts(struct understanding *what, Provost__V1__Observation *observation,
                        Provost__V1__Unit unit)
{
    struct decimal n, d;
    if (unit != PROVOST__V1__UNIT__UNIT_PERCENT ||
        decimal_parse(observation->numerator, &n) != DECIMAL_OK ||
        decimal_parse(observation->denominator, &d) != DECIMAL_OK)
        return;
    if (observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK &&
        (understand_touched(what, "numerator") || understand_touched(what, "denominator")))
        compute_percent(what, observation, n, d);
    if (decimal_compare(n, d) > 0)
        understand_warn(what, REASON_NUMERATOR_OVER_DENOMINATOR, "numerator",
                        "the numerator %s is more than the denominator %s",
                        observation->numerator, observation->denominator);
}

static void check_percent(struct understanding *what,
                          const Provost__V1__Observation *observation, Provost__V1__Unit unit)
{
    struct decimal value;
    if (unit != PROVOST__V1__UNIT__UNIT_PERCENT || observation->value[0] == '\0' ||
        decimal_parse(observation->value, &value) != DECIMAL_OK)
        return;
    if (decimal_sign(value) < 0 || decimal_compare(value, decimal_from_int(100)) > 0)
        understand_warn(what, REASON_PERCENT_OUT_OF_RANGE, "value",
                        "%s%% is not within 0 to 100", observation->value);
}

struct status understand_observation(struct understanding *what)
{
    Provost__V1__Observation *observation = (Provost__V1__Observation *)what->after;
    const Provost__V1__Indicator *indicator;
    struct status st = cell_indicator(what, observation->indicator, &indicator);
    if (status_is_ok(st)) st = read_cell(what, observation, indicator);
    if (!status_is_ok(st)) return st;
    check_parts(what, observation, unit_of(indicator));
    check_percent(what, observation, unit_of(indicator));
    return status_ok();
}
