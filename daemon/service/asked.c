#include "service/asked.h"

#include "common/reasons.h"
#include "domain/date.h"
#include "service/excerpt.h"

#include <string.h>

struct status asked_period(struct arena *arena, const char *field, const char *text,
                           struct period *out_period)
{
    const char *why;
    if (*text == '\0')
        return status_invalid(arena, REASON_PERIOD_INVALID, field,
                              "%s is empty; give one like \"2021-22\" or \"Q1 2021/22\"",
                              field);
    if (period_parse(text, out_period, &why)) return status_ok();
    return status_invalid(arena, REASON_PERIOD_INVALID, field, "\"%s\" is %s",
                          excerpt(arena, text), why);
}

struct status asked_day(const struct handler_call *call, const struct moment *moment,
                        const char *text, int32_t *out_day)
{
    static const int64_t day_us = INT64_C(86400000000);
    int64_t time_us = moment->time_us != 0 ? moment->time_us : call->now_us;
    *out_day = (int32_t)(time_us / day_us);
    if (*text == '\0' || date_parse_iso(text, out_day)) return status_ok();
    return status_invalid(call->arena, REASON_DATE_INVALID, "date",
                          "\"%s\" is no date; write it as 2021-11-30",
                          excerpt(call->arena, text));
}

char *asked_day_text(struct arena *arena, int32_t day)
{
    char text[DATE_TEXT_SIZE] = "";
    if (day != DATE_NO_DAY) date_format_iso(day, text);
    return arena_strdup(arena, text);
}

int32_t asked_stored_day(const char *text)
{
    int32_t day = DATE_NO_DAY;
    (void)date_parse_iso(text, &day);
    return day;
}

Provost__V1__Share *asked_share(struct arena *arena, const struct share *share,
                                const char *rule)
{
    Provost__V1__Share *made = arena_alloc(arena, sizeof *made);
    char percent[DECIMAL_TEXT_SIZE] = "";
    provost__v1__share__init(made);
    made->count = (int32_t)share->count;
    made->denominator = (int32_t)share->denominator;
    if (share->has_percent) decimal_format_rounded(share->percent, SHARE_DECIMALS, percent);
    made->percent = arena_strdup(arena, percent);
    made->rule = (char *)rule;
    return made;
}
