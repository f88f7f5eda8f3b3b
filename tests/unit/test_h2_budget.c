#include "net/h2_budget.h"

#include "common/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* How many of a kind are borne at `now_ms` before it is too much, at most 100,000. */
static unsigned borne(struct h2_budget *budget, enum h2_nuisance kind, uint64_t now_ms)
{
    unsigned count = 0;

    while (count < 100000 && h2_budget_take(budget, kind, now_ms))
        count++;
    return count;
}

static void every_kind_is_bounded_and_has_a_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < H2_NUISANCES; kind++) {
        struct h2_budget budget;
        unsigned count;

        h2_budget_init(&budget, false, 5000);
        count = borne(&budget, (enum h2_nuisance)kind, 5000);
        assert_in_range(count, 3, 1000);
        assert_int_equal(borne(&budget, (enum h2_nuisance)kind, 5000), 0);
        assert_non_null(h2_nuisance_name((enum h2_nuisance)kind));
        for (unsigned other = 0; other < kind; other++)
            assert_string_not_equal(h2_nuisance_name((enum h2_nuisance)kind),
                                    h2_nuisance_name((enum h2_nuisance)other));
    }
}

static void kinds_do_not_share(void **state)
{
    struct h2_budget budget;

    (void)state;
    h2_budget_init(&budget, false, 0);
    borne(&budget, H2_PING, 0);
    assert_int_equal(borne(&budget, H2_RESET, 0), 1000);
}

static void time_gives_back_up_to_the_burst(void **state)
{
    struct h2_budget budget;

    (void)state;
    h2_budget_init(&budget, false, 0);
    borne(&budget, H2_RESET, 0);
    assert_int_equal(borne(&budget, H2_RESET, 1000), 33);
    assert_int_equal(borne(&budget, H2_RESET, 1000 + 3600 * 1000), 1000);
}

static void answers_and_data_give_back(void **state)
{
    struct h2_budget budget;

    (void)state;
    h2_budget_init(&budget, false, 0);
    borne(&budget, H2_RESET, 0);
    borne(&budget, H2_WINDOW_UPDATE, 0);
    for (unsigned i = 0; i < 7; i++)
        h2_budget_credit_answer(&budget);
    for (unsigned i = 0; i < 10; i++)
        h2_budget_credit_data(&budget);
    assert_int_equal(borne(&budget, H2_RESET, 0), 7);
    assert_int_equal(borne(&budget, H2_WINDOW_UPDATE, 0), 7 * 4 + 10 * 4);
}

static void a_peer_on_this_machine_may_do_ten_times_as_much(void **state)
{
    struct h2_budget budget;

    (void)state;
    h2_budget_init(&budget, true, 0);
    assert_int_equal(borne(&budget, H2_RESET, 0), 10000);
    assert_int_equal(borne(&budget, H2_RESET, 1000), 330);
}

static void whoever_is_sent_away_is_counted_by_kind(void **state)
{
    uint64_t before = metric_read(METRIC_ABUSE_EMPTY_DATA);

    (void)state;
    h2_nuisance_count(H2_EMPTY_DATA);
    assert_int_equal(metric_read(METRIC_ABUSE_EMPTY_DATA), before + 1);
    assert_string_equal(h2_nuisance_name(H2_EMPTY_DATA), "empty_data");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_bounded_and_has_a_name),
        cmocka_unit_test(kinds_do_not_share),
        cmocka_unit_test(time_gives_back_up_to_the_burst),
        cmocka_unit_test(answers_and_data_give_back),
        cmocka_unit_test(a_peer_on_this_machine_may_do_ten_times_as_much),
        cmocka_unit_test(whoever_is_sent_away_is_counted_by_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
