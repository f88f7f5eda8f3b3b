#include "domain/share.h"

struct share share_of(size_t count, size_t denominator)
{
    struct share share = {.count = count, .denominator = denominator};
    struct decimal hundredfold;
    if (decimal_mul(decimal_from_int((int64_t)count), decimal_from_int(100), &hundredfold) !=
        DECIMAL_OK)
        return share;
    share.has_percent = decimal_div(hundredfold, decimal_from_int((int64_t)denominator),
                                    SHARE_DECIMALS, &share.percent) == DECIMAL_OK;
    return share;
}

static bool is_comparable(const struct share_member *member)
{
    return member->has_value &&
           (trend_is_maintained(member->direction) || member->direction == TREND_GETTING_WORSE);
}

enum share_place share_place_member(enum share_policy policy, const struct share_member *member)
{
    if (policy != SHARE_ALL && !member->has_value) return SHARE_NO_VALUE;
    if (policy == SHARE_COMPARABLE && !is_comparable(member)) return SHARE_NOT_COMPARABLE;
    bool counted = member->has_value && trend_is_maintained(member->direction);
    return counted ? SHARE_COUNTED : SHARE_NOT_COUNTED;
}

struct share share_maintained(enum share_policy policy, const struct share_member *members,
                              size_t count, enum share_place *out_places)
{
    size_t counted = 0, denominator = 0;
    for (size_t i = 0; i < count; i++) {
        enum share_place place = share_place_member(policy, &members[i]);
        counted += place == SHARE_COUNTED;
        denominator += place == SHARE_COUNTED || place == SHARE_NOT_COUNTED;
        if (out_places != NULL) out_places[i] = place;
    }
    return share_of(counted, denominator);
}

const char *share_policy_name(enum share_policy policy)
{
    static const char *const names[] = {"COMPARABLE", "WITH_VALUE", "ALL"};
    return names[policy];
}

const char *share_place_name(enum share_place place)
{
    static const char *const names[] = {"COUNTED", "NOT_COUNTED", "NO_VALUE", "NOT_COMPARABLE"};
    return names[place];
}
