#include "service/frequency.h"

#include "domain/date.h"

static const Provost__V1__Frequency of_recurrence[] = {
    [DEADLINE_ONCE] = PROVOST__V1__FREQUENCY__FREQUENCY_UNSPECIFIED,
    [DEADLINE_WEEKLY] = PROVOST__V1__FREQUENCY__FREQUENCY_OTHER,
    [DEADLINE_MONTHLY] = PROVOST__V1__FREQUENCY__FREQUENCY_MONTHLY,
    [DEADLINE_QUARTERLY] = PROVOST__V1__FREQUENCY__FREQUENCY_QUARTERLY,
    [DEADLINE_HALF_YEARLY] = PROVOST__V1__FREQUENCY__FREQUENCY_SIX_MONTHLY,
    [DEADLINE_YEARLY] = PROVOST__V1__FREQUENCY__FREQUENCY_ANNUAL,
    [DEADLINE_TWO_YEARLY] = PROVOST__V1__FREQUENCY__FREQUENCY_OTHER,
    [DEADLINE_THREE_YEARLY] = PROVOST__V1__FREQUENCY__FREQUENCY_OTHER,
    [DEADLINE_FOUR_YEARLY] = PROVOST__V1__FREQUENCY__FREQUENCY_OTHER,
    [DEADLINE_FIVE_YEARLY] = PROVOST__V1__FREQUENCY__FREQUENCY_OTHER,
};

static const char *const texts[] = {
    [PROVOST__V1__FREQUENCY__FREQUENCY_UNSPECIFIED] = "",
    [PROVOST__V1__FREQUENCY__FREQUENCY_MONTHLY] = "Monthly",
    [PROVOST__V1__FREQUENCY__FREQUENCY_QUARTERLY] = "Quarterly",
    [PROVOST__V1__FREQUENCY__FREQUENCY_SIX_MONTHLY] = "6 Monthly",
    [PROVOST__V1__FREQUENCY__FREQUENCY_ANNUAL] = "Annually",
    [PROVOST__V1__FREQUENCY__FREQUENCY_OTHER] = "",
};

Provost__V1__Frequency frequency_of_recurrence(enum deadline_recurrence recurrence)
{
    return of_recurrence[recurrence];
}

const char *frequency_text(Provost__V1__Frequency frequency)
{
    return (size_t)frequency < sizeof texts / sizeof texts[0] ? texts[frequency] : "";
}

Provost__V1__Frequency frequency_read(struct arena *arena, const char *text)
{
    if (text[0] == '\0') return PROVOST__V1__FREQUENCY__FREQUENCY_UNSPECIFIED;
    const struct deadline_context nothing = {DATE_NO_DAY, DATE_NO_DAY};
    size_t count;
    const struct deadline *found = deadline_parse(text, &nothing, arena, &count);
    if (count != 1 || found->kind != DEADLINE_RECURRING || found->label != NULL)
        return PROVOST__V1__FREQUENCY__FREQUENCY_OTHER;
    return frequency_of_recurrence(found->recurrence);
}
