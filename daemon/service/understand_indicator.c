/* An indicator: how often it is measured, and its tolerances. */
#include "common/decimal.h"
#include "common/reasons.h"
#include "service/frequency.h"
#include "service/understand.h"

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

/* An amount, or a percentage of the target; sets what it is. */
static bool read_tolerance(const char *text, struct decimal *out_amount, bool *out_percent)
{
    char number[DECIMAL_TEXT_SIZE];
    size_t length = strlen(text);
    *out_percent = length > 0 && text[length - 1] == '%';
    if (*out_percent) length--;
    if (length >= sizeof number) return false;
    memcpy(number, text, length);
    number[length] = '\0';
    return decimal_parse(number, out_amount) == DECIMAL_OK && decimal_sign(*out_amount) >= 0;
}

static struct status check_tolerance(const struct understanding *what, const char *field,
                                     const char *text)
{
    struct decimal amount;
    bool percent;
    if (text[0] == '\0' || read_tolerance(text, &amount, &percent)) return status_ok();
    return understand_refuse(
        what, REASON_TOLERANCE_INVALID, field,
        "\"%.80s\" is not a tolerance; write \"2\" or \"2%%\", not negative", text);
}

/* Amber and red of the same sort must be in order; others cannot be compared before a target is
 * known. */
static struct status check_order(const struct understanding *what,
                                 const Provost__V1__Indicator *indicator)
{
    struct decimal amber, red;
    bool amber_percent, red_percent;
    const char *red_text = indicator->tolerance_red;
    if (!read_tolerance(indicator->tolerance_amber, &amber, &amber_percent) ||
        !read_tolerance(red_text[0] == '\0' ? "5%" : red_text, &red, &red_percent) ||
        amber_percent != red_percent || decimal_compare(red, amber) >= 0)
        return status_ok();
    return understand_refuse(what, REASON_TOLERANCE_INVALID, "tolerance_red",
                             "the red tolerance %s is less than the amber one, %s",
                             red_text[0] == '\0' ? "5% (not said)" : red_text,
                             indicator->tolerance_amber);
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
    if (status_is_ok(st))
        st = check_tolerance(what, "tolerance_amber", indicator->tolerance_amber);
    if (status_is_ok(st)) st = check_tolerance(what, "tolerance_red", indicator->tolerance_red);
    if (status_is_ok(st))
        st = check_tolerance(what, "trend_materiality", indicator->trend_materiality);
    return status_is_ok(st) ? check_order(what, indicator) : st;
}
