#include "domain/share.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Dundee's 14 indicators from 2019/20 to 2020/21: seven with both figures (CFTF, followers,
 * FOI, stage 1 CEX, sickness, NEC, stage 1 Council), two with the latest alone, five without.
 */
static void fill_dundee(struct share_member members[14], enum trend_direction last_two)
{
    for (size_t i = 0; i < 14; i++)
        members[i] = (struct share_member){i < 9, i < 5 ? TREND_IMPROVING : TREND_UNKNOWN};
    members[5].direction = members[6].direction = last_two;
}

static void assert_share(struct share share, size_t count, size_t denominator,
                         const char *percent)
{
    assert_int_equal(share.count, count);
    assert_int_equal(share.denominator, denominator);
    assert_int_equal(share.has_percent, percent != NULL);
    if (percent != NULL) assert_decimal(share.percent, percent);
}

static void dundee_without_materiality_has_five_of_7_9_or_14(void **state)
{
    struct share_member members[14];
    (void)state;
    fill_dundee(members, TREND_GETTING_WORSE);
    assert_share(share_maintained(SHARE_COMPARABLE, members, 14, NULL), 5, 7, "71.4");
    assert_share(share_maintained(SHARE_WITH_VALUE, members, 14, NULL), 5, 9, "55.6");
    assert_share(share_maintained(SHARE_ALL, members, 14, NULL), 5, 14, "35.7");
}

static void dundee_with_five_percent_has_seven_of_7_9_or_14(void **state)
{
    struct share_member members[14];
    (void)state;
    fill_dundee(members, TREND_NO_CHANGE);
    assert_share(share_maintained(SHARE_COMPARABLE, members, 14, NULL), 7, 7, "100.0");
    assert_share(share_maintained(SHARE_WITH_VALUE, members, 14, NULL), 7, 9, "77.8");
    assert_share(share_maintained(SHARE_ALL, members, 14, NULL), 7, 14, "50.0");
}

/* The directions come from the figures themselves; m = 5 % turns two of them. */
static void dundees_own_figures_give_the_same_directions(void **state)
{
    static const struct {
        enum rag_polarity polarity;
        const char *before, *now;
    } rows[] = {{RAG_POLARITY_MAX, "68740", "66342"}, {RAG_POLARITY_MAX, "78.7", "77.3"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct trend_point before = {true, false, dec(rows[i].before)};
        struct trend_point now = {true, false, dec(rows[i].now)};
        struct trend_rule rule = {.polarity = rows[i].polarity};
        assert_int_equal(trend_short(&rule, &now, &before, false).direction,
                         TREND_GETTING_WORSE);
        rule.materiality = (struct rag_tolerance){dec("5"), true};
        assert_int_equal(trend_short(&rule, &now, &before, false).direction, TREND_NO_CHANGE);
    }
}

static void every_member_is_placed_with_the_reason(void **state)
{
    static const struct share_member members[] = {{true, TREND_IMPROVING},
                                                  {true, TREND_GETTING_WORSE},
                                                  {true, TREND_UNKNOWN},
                                                  {true, TREND_INCREASING},
                                                  {false, TREND_UNKNOWN}};
    enum share_place places[5];
    (void)state;
    assert_share(share_maintained(SHARE_COMPARABLE, members, 5, places), 1, 2, "50.0");
    assert_int_equal(places[0], SHARE_COUNTED);
    assert_int_equal(places[1], SHARE_NOT_COUNTED);
    assert_int_equal(places[2], SHARE_NOT_COMPARABLE);
    assert_int_equal(places[3], SHARE_NOT_COMPARABLE);
    assert_int_equal(places[4], SHARE_NO_VALUE);
    (void)share_maintained(SHARE_ALL, members, 5, places);
    assert_int_equal(places[4], SHARE_NOT_COUNTED);
}

static void a_share_of_nothing_has_no_percentage(void **state)
{
    (void)state;
    assert_share(share_maintained(SHARE_COMPARABLE, NULL, 0, NULL), 0, 0, NULL);
}

static void percentages_are_rounded_half_up(void **state)
{
    (void)state;
    assert_share(share_of(1, 2000), 1, 2000, "0.1"); /* 0.05 */
    assert_share(share_of(2, 3), 2, 3, "66.7");
    assert_share(share_of(0, 3), 0, 3, "0.0");
}

static void names_are_the_words_of_the_model(void **state)
{
    (void)state;
    assert_string_equal(share_policy_name(SHARE_WITH_VALUE), "WITH_VALUE");
    assert_string_equal(share_place_name(SHARE_NOT_COMPARABLE), "NOT_COMPARABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dundee_without_materiality_has_five_of_7_9_or_14),
        cmocka_unit_test(dundee_with_five_percent_has_seven_of_7_9_or_14),
        cmocka_unit_test(dundees_own_figures_give_the_same_directions),
        cmocka_unit_test(every_member_is_placed_with_the_reason),
        cmocka_unit_test(a_share_of_nothing_has_no_percentage),
        cmocka_unit_test(percentages_are_rounded_half_up),
        cmocka_unit_test(names_are_the_words_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
