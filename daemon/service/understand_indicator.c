/* An indicator: how often it is measured, its numbers; understand_definitions.h has the rest.
 */
#include "common/reasons.h"
#include "service/frequency.h"
#include "service/understand_definitions.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

enum { DECIMALS_MAX = 9, LONG_PERIODS_MAX = 100 };

static struct status read_frequency(const struct understanding *what,
                                    Provost__V1__Indicator *indicator)
{
    Provost__V1__Frequency read = frequency_read(what->arena, indicator->frequency_verbatim);
    bool said = understand_said(what, "frequency");
    if (!understand_said(what, "frequency_verbatim")) {
        if (said && read != indicator->frequency && indicator->frequency_verbatim[0] != '\0')
            indicator->frequency_verbatim = (char *)frequency_text(indicator->frequency);
        return status_ok();
    }
    if (said && read != indicator->frequency && read != PROVOST__V1__FREQUENCY__FREQUENCY_OTHER)
        return understand_refuse(what, REASON_VERBATIM_CONTRADICTS, "frequency",
                                 "frequency is not what \"%.80s\" says; send only one of them",
                                 indicator->frequency_verbatim);
    if (!said) indicator->frequency = read;
    return status_ok();
}

static struct status check_numbers(const struct understanding *what,
                                   const Provost__V1__Indicator *indicator)
{
    if (indicator->decimals < 0 || indicator->decimals > DECIMALS_MAX)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "decimals",
                                 "decimals is %d; it must be 0 to %d", (int)indicator->decimals,
                                 DECIMALS_MAX);
    if (indicator->trend_long_periods < 0 || indicator->trend_long_periods > LONG_PERIODS_MAX)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "trend_long_periods",
                                 "trend_long_periods is %d; it must be 0 to %d",
                                 (int)indicator->trend_long_periods, LONG_PERIODS_MAX);
    return status_ok();
}

struct status understand_indicator(struct understanding *what)
{
    Provost__V1__Indicator *indicator = (Provost__V1__Indicator *)what->after;
    struct status st = check_numbers(what, indicator);
    if (status_is_ok(st)) st = read_frequency(what, indicator);
    return status_is_ok(st) ? understand_definitions(what, indicator) : st;
}
