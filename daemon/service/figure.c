#include "service/figure.h"

#include "common/decimal.h"

#include <string.h>

static bool same_number(const char *a, const char *b)
{
    struct decimal x, y;
    if (strcmp(a, b) == 0) return true;
    return decimal_parse(a, &x) == DECIMAL_OK && decimal_parse(b, &y) == DECIMAL_OK &&
           decimal_compare(x, y) == 0;
}

static bool part_is_other(const char *before, const char *after)
{
    return before[0] != '\0' && !same_number(before, after);
}

bool figure_is_other(const Provost__V1__Observation *before,
                     const Provost__V1__Observation *after)
{
    if (before->state != PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE ||
        before->workflow == PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED)
        return false;
    return after->state != before->state || !same_number(before->value, after->value) ||
           part_is_other(before->numerator, after->numerator) ||
           part_is_other(before->denominator, after->denominator);
}

void figure_keep_wording(const Provost__V1__Observation *before,
                         Provost__V1__Observation *after)
{
    if (after->state != before->state || strcmp(after->value, before->value) != 0 ||
        strcmp(after->available_from, before->available_from) != 0)
        return;
    after->verbatim = before->verbatim;
    if (after->n_flags == 0) {
        after->n_flags = before->n_flags;
        after->flags = before->flags;
    }
}
