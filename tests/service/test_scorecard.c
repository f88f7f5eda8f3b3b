/* GetScorecard: MODEL.md sections 5 to 7 as answers of the handler. */
#include "common/reasons.h"
#include "service/performance.h"
#include "service/read_fixture.h"
#include "support/register_fixture.h"

#include "provost/v1/performance.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAN "plans/cex-2021-24"
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- the Dundee plan ---- */

/* An indicator with its cells; NULL is an empty cell, which the importer stores as BLANK. */
struct dundee_row {
    const char *id; /* also its title */
    const char *objective;
    const char *polarity;
    const char *value_2019;
    const char *target_2019;
    const char *value_2020;
    const char *target_2020;
};

static const struct dundee_row dundee[] = {
    {"living-wage", "inequality", "MAX", "70", "63", NULL, "81"},
    {"city-plan", "direction", "MAX", "63", NULL, NULL, NULL},
    {"council-plan", "direction", "MAX", "61", NULL, NULL, NULL},
    {"bvar", "best-value", "MAX", "-", "-", "73", "70"},
    {"cftf", "best-value", "MAX", "51", "50", "55", "75"},
    {"nec", "partnership", "MAX", "68740", "68740", "66342", NULL},
    {"over-60s", "partnership", "MAX", "UD", NULL, NULL, NULL},
    {"visits", "reputation", "MAX", "UD", NULL, NULL, NULL},
    {"followers", "reputation", "MAX", "51313", "45000", "60769", "45000"},
    {"campaigns", "reputation", "MAX", "-", "-", "45000", "50000"},
    {"foi-cex", "all-service", "MAX", "93.8", "100", "98.7", "100"},
    {"stage1-cex", "all-service", "MAX", "66.7", "90", "100", "90"},
    {"stage1-council", "all-service", "MAX", "78.7", "90", "77.3", "90"},
    {"sickness", "all-service", "MIN", "7.63", "-", "4.69", "4.5"},
};

static const char *const dundee_objectives[] = {
    "inequality", "direction", "best-value", "partnership", "reputation", "all-service",
};

/* The fields of a cell. */
static const char *cell_json(struct arena *arena, const char *cell)
{
    if (cell == NULL) return "\"state\":\"BLANK\"";
    if (strcmp(cell, "-") == 0) return "\"state\":\"DASH\",\"verbatim\":\"-\"";
    if (strcmp(cell, "UD") == 0)
        return "\"state\":\"UNDER_DEVELOPMENT\",\"verbatim\":\"Under Development\"";
    return arena_printf(arena, "\"state\":\"VALUE\",\"value\":\"%s\",\"verbatim\":\"%s\"", cell,
                        cell);
}

static void put_cell(struct read_fixture *fixture, const char *collection, const char *id,
                     const char *period, const char *cell)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(fixture, arena_printf(arena, "%s/%s/%s", collection, id, period),
                     arena_printf(arena,
                                  "{\"indicator\":\"indicators/%s\",\"period\":\"%s\",%s}", id,
                                  period, cell_json(arena, cell)));
}

static void put_baseline(struct read_fixture *fixture, const char *id, const char *cell)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(fixture, arena_printf(arena, "targets/%s/2019-20/baseline", id),
                     arena_printf(arena,
                                  "{\"indicator\":\"indicators/%s\",\"period\":\"2019-20\","
                                  "\"kind\":\"BASELINE\",%s}",
                                  id, cell_json(arena, cell)));
}

static void put_link(struct read_fixture *fixture, const char *id, const char *to)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(
        fixture, arena_printf(arena, "links/measures/indicators/%s/%s", id, to),
        arena_printf(arena, "{\"from\":\"indicators/%s\",\"to\":\"%s\",\"kind\":\"MEASURES\"}",
                     id, to));
}

/* An indicator with `fields` of its own, linked to an objective. */
static void put_indicator(struct read_fixture *fixture, const char *id, const char *fields,
                          const char *objective)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(
        fixture, arena_printf(arena, "indicators/%s", id),
        arena_printf(arena, "{\"title\":\"%s\"%s%s}", id, *fields ? "," : "", fields));
    put_link(fixture, id, arena_printf(arena, "objectives/%s", objective));
}

static void put_dundee_row(struct read_fixture *fixture, const struct dundee_row *row)
{
    struct arena *arena = &fixture->arena;
    const char *fields = arena_printf(arena, "\"polarity\":\"%s\"%s", row->polarity,
                                      row->value_2019 && !strcmp(row->value_2019, "UD")
                                          ? ",\"lifecycle\":\"UNDER_DEVELOPMENT\""
                                          : "");
    put_indicator(fixture, row->id, fields, row->objective);
    put_cell(fixture, "observations", row->id, "2019-20", row->value_2019);
    put_baseline(fixture, row->id, row->target_2019);
    if (row->value_2020 != NULL)
        put_cell(fixture, "observations", row->id, "2020-21", row->value_2020);
    put_cell(fixture, "targets", row->id, "2020-21", row->target_2020);
}

static void put_plan(struct read_fixture *fixture)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(fixture, PLAN, "{\"title\":\"Chief Executive's Service Plan\"}");
    for (size_t i = 0; i < COUNT_OF(dundee_objectives); i++)
        read_fixture_put(
            fixture, arena_printf(arena, "objectives/%s", dundee_objectives[i]),
            arena_printf(arena, "{\"title\":\"%s\",\"plan\":\"" PLAN "\",\"position\":%zu}",
                         dundee_objectives[i], i + 1));
}

static int setup_plan(void **state)
{
    if (read_fixture_setup(state) != 0) return -1;
    put_plan(*state);
    return 0;
}

static int setup_dundee(void **state)
{
    if (setup_plan(state) != 0) return -1;
    for (size_t i = 0; i < COUNT_OF(dundee); i++)
        put_dundee_row(*state, &dundee[i]);
    return 0;
}

/* ---- asking ---- */

static struct status try_card(struct read_fixture *fixture, const char *scope,
                              const char *period, int64_t as_of,
                              Provost__V1__GetScorecardResponse **out)
{
    Provost__V1__GetScorecardRequest request = PROVOST__V1__GET_SCORECARD_REQUEST__INIT;
    ProtobufCMessage *response = NULL;
    request.scope = (char *)scope;
    request.period = (char *)period;
    request.as_of_seq = as_of;
    struct status st =
        read_fixture_call(fixture, performance_get_scorecard, &request.base, &response);
    *out = (void *)response;
    return st;
}

static Provost__V1__GetScorecardResponse *card(struct read_fixture *fixture, const char *period)
{
    Provost__V1__GetScorecardResponse *out;
    struct status st = try_card(fixture, PLAN, period, 0, &out);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    return out;
}

static const Provost__V1__ScorecardRow *row_of(const Provost__V1__GetScorecardResponse *out,
                                               const char *id)
{
    for (size_t i = 0; i < out->n_rows; i++)
        if (strcmp(strchr(out->rows[i]->indicator, '/') + 1, id) == 0) return out->rows[i];
    fail_msg("no row for %s", id);
    return NULL;
}

/* The row of one indicator in 2020/21. */
static const Provost__V1__ScorecardRow *row(struct read_fixture *fixture, const char *id)
{
    return row_of(card(fixture, "2020-21"), id);
}

#define OK PROVOST__V1__RAG_STATUS__RAG_STATUS_OK
#define WARNING PROVOST__V1__RAG_STATUS__RAG_STATUS_WARNING
#define ALERT PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT
#define NO_TARGET PROVOST__V1__RAG_STATUS__RAG_STATUS_NO_TARGET
#define UNKNOWN PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN
#define DATA_ONLY PROVOST__V1__RAG_STATUS__RAG_STATUS_DATA_ONLY
#define IMPROVING PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_IMPROVING
#define GETTING_WORSE PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_GETTING_WORSE
#define NO_CHANGE PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_NO_CHANGE
#define INCREASING PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_INCREASING
#define DIRECTION_UNKNOWN PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_UNKNOWN

static const char *row_ids(struct read_fixture *fixture,
                           const Provost__V1__GetScorecardResponse *out)
{
    const char *text = "";
    for (size_t i = 0; i < out->n_rows; i++)
        text = arena_printf(&fixture->arena, "%s%s%s", text, i > 0 ? " " : "",
                            strchr(out->rows[i]->indicator, '/') + 1);
    return text;
}

/* ---- Dundee ---- */

static void test_dundee_counts(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020/21");
    assert_string_equal(read_fixture_json(*state, &out->counts->base),
                        "{\"ok\":3,\"warning\":2,\"alert\":3,\"noTarget\":1,\"unknown\":5}");
    assert_int_equal(out->n_rows, 14);
    assert_string_equal(out->scope, PLAN);
    assert_string_equal(out->title, "Chief Executive's Service Plan");
    assert_string_equal(out->period, "2020-21");
    assert_string_equal(out->period_label, "2020/21");
}

static void test_dundee_shares_carry_their_parts(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020-21");
    assert_int_equal(out->on_target->count, 3);
    assert_int_equal(out->on_target->denominator, 8);
    assert_string_equal(out->on_target->percent, "37.5");
    assert_int_equal(out->improving_or_maintained->count, 5);
    assert_int_equal(out->improving_or_maintained->denominator, 7);
    assert_string_equal(out->improving_or_maintained->percent, "71.4");
    assert_non_null(strstr(out->improving_or_maintained->rule, "COMPARABLE"));
}

static void test_dundee_statuses(void **state)
{
    static const struct {
        const char *id;
        const char *value;
        const char *target;
        const char *percent;
        Provost__V1__RagStatus status;
    } wanted[] = {
        {"bvar", "73", "70", "-4.2857", OK},
        {"cftf", "55", "75", "26.6667", ALERT},
        {"followers", "60769", "45000", "-35.0422", OK},
        {"campaigns", "45000", "50000", "10.0000", ALERT},
        {"foi-cex", "98.7", "100", "1.3000", WARNING},
        {"stage1-cex", "100", "90", "-11.1111", OK},
        {"stage1-council", "77.3", "90", "14.1111", ALERT},
        {"sickness", "4.69", "4.5", "4.2222", WARNING},
    };
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020-21");
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        const Provost__V1__ScorecardRow *found = row_of(out, wanted[i].id);
        assert_int_equal(found->status, wanted[i].status);
        assert_string_equal(found->value, wanted[i].value);
        assert_string_equal(found->target, wanted[i].target);
        assert_string_equal(found->shortfall_percent, wanted[i].percent);
        assert_string_equal(found->status_reason, "");
    }
    assert_string_equal(row_of(out, "sickness")->shortfall, "0.19");
    assert_string_equal(row_of(out, "foi-cex")->rule, "max; amber 0, red 5% of target");
    assert_string_equal(row_of(out, "sickness")->rule, "min; amber 0, red 5% of target");
}

static void test_dundee_missing_figures_say_why(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020-21");
    static const char *const silent[] = {"living-wage", "city-plan", "council-plan"};
    static const char *const early[] = {"over-60s", "visits"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(row_of(out, silent[i])->status, UNKNOWN);
        assert_string_equal(row_of(out, silent[i])->status_reason, "NO_VALUE");
        assert_string_equal(row_of(out, silent[i])->short_trend->reason, "NO_VALUE");
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(row_of(out, early[i])->status, UNKNOWN);
        assert_string_equal(row_of(out, early[i])->status_reason, "UNDER_DEVELOPMENT");
    }
    assert_string_equal(row_of(out, "living-wage")->target, "81");
    assert_int_equal(row_of(out, "nec")->status, NO_TARGET);
    assert_string_equal(row_of(out, "nec")->target, "");
}

static void test_dundee_baseline_year(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "2019/20");
    const Provost__V1__ScorecardRow *nec = row_of(out, "nec");
    assert_int_equal(nec->status, OK);
    assert_string_equal(nec->shortfall, "0");
    assert_string_equal(nec->shortfall_percent, "0.0000");
    assert_int_equal(nec->target_kind, PROVOST__V1__TARGET_KIND__TARGET_KIND_BASELINE);
    assert_string_equal(row_of(out, "bvar")->status_reason, "DASH");
    assert_string_equal(row_of(out, "visits")->status_reason, "UNDER_DEVELOPMENT");
    assert_int_equal(row_of(out, "sickness")->status, NO_TARGET);
    assert_int_equal(out->improving_or_maintained->denominator, 0);
    assert_string_equal(out->improving_or_maintained->percent, "");
}

static void test_dundee_trends(void **state)
{
    static const char *const better[] = {"cftf", "followers", "foi-cex", "stage1-cex",
                                         "sickness"};
    static const char *const worse[] = {"nec", "stage1-council"};
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020-21");
    for (size_t i = 0; i < COUNT_OF(better); i++)
        assert_int_equal(row_of(out, better[i])->short_trend->direction, IMPROVING);
    for (size_t i = 0; i < COUNT_OF(worse); i++)
        assert_int_equal(row_of(out, worse[i])->short_trend->direction, GETTING_WORSE);
    const Provost__V1__Trend *nec = row_of(out, "nec")->short_trend;
    assert_string_equal(nec->change, "-2398");
    assert_string_equal(nec->change_percent, "-3.4885");
    assert_string_equal(nec->against_period, "2019-20");
    assert_string_equal(nec->against_value, "68740");
    assert_string_equal(row_of(out, "stage1-council")->short_trend->change_percent, "-1.7789");
    assert_string_equal(row_of(out, "sickness")->short_trend->change, "2.94");
    assert_int_equal(row_of(out, "bvar")->short_trend->direction, DIRECTION_UNKNOWN);
    assert_string_equal(row_of(out, "bvar")->short_trend->reason, "NO_COMPARATOR");
    assert_string_equal(row_of(out, "nec")->long_trend->reason, "NO_COMPARATOR");
}

static void test_dundee_with_a_materiality_of_five_per_cent(void **state)
{
    struct read_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT_OF(dundee); i++)
        put_indicator(fixture, dundee[i].id,
                      arena_printf(&fixture->arena,
                                   "\"polarity\":\"%s\",\"trendMateriality\":\"5%%\"",
                                   dundee[i].polarity),
                      dundee[i].objective);
    const Provost__V1__GetScorecardResponse *out = card(fixture, "2020-21");
    assert_int_equal(row_of(out, "nec")->short_trend->direction, NO_CHANGE);
    assert_int_equal(row_of(out, "stage1-council")->short_trend->direction, NO_CHANGE);
    assert_int_equal(out->improving_or_maintained->count, 7);
    assert_string_equal(out->improving_or_maintained->percent, "100.0");
}

static void test_a_boundary_belongs_to_the_better_side(void **state)
{
    struct read_fixture *fixture = *state;
    put_indicator(fixture, "campaigns", "\"toleranceRed\":\"10%\"", "reputation");
    assert_int_equal(row(fixture, "campaigns")->status, WARNING);
    assert_string_equal(row(fixture, "campaigns")->rule, "max; amber 0, red 10% of target");
    put_indicator(fixture, "campaigns", "\"toleranceAmber\":\"5000\"", "reputation");
    assert_int_equal(row(fixture, "campaigns")->status, OK);
    assert_string_equal(row(fixture, "campaigns")->rule, "max; amber 5000, red 5% of target");
    put_indicator(fixture, "campaigns", "\"toleranceAmber\":\"4999.99\"", "reputation");
    assert_int_equal(row(fixture, "campaigns")->status, ALERT);
}

static void test_rows_come_by_objective(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020-21");
    assert_string_equal(row_ids(*state, out),
                        "living-wage city-plan council-plan bvar cftf nec over-60s campaigns "
                        "followers visits foi-cex sickness stage1-cex stage1-council");
    assert_int_equal(out->rows[0]->n_objectives, 1);
    assert_string_equal(out->rows[0]->objectives[0], "objectives/inequality");
    assert_string_equal(out->rows[0]->objective_titles[0], "inequality");
}

static void test_the_past_keeps_its_scorecard(void **state)
{
    struct read_fixture *fixture = *state;
    const Provost__V1__GetScorecardResponse *before = card(fixture, "2020-21");
    const char *text = read_fixture_json(fixture, &before->base);
    Provost__V1__GetScorecardResponse *again;
    put_cell(fixture, "observations", "foi-cex", "2020-21", "100");
    put_indicator(fixture, "cftf", "\"toleranceRed\":\"50%\"", "best-value");
    read_fixture_delete(fixture, "links/measures/indicators/nec/objectives/partnership");
    read_fixture_delete(fixture, "targets/bvar/2020-21");
    assert_int_equal(row(fixture, "foi-cex")->status, OK);
    assert_int_equal(row(fixture, "bvar")->status, NO_TARGET);
    assert_int_equal(card(fixture, "2020-21")->n_rows, 13);
    assert_true(status_is_ok(try_card(fixture, PLAN, "2020-21", before->seq, &again)));
    assert_string_equal(read_fixture_json(fixture, &again->base), text);
}

/* ---- membership ---- */

static void test_an_objective_shows_what_lies_below_it(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__GetScorecardResponse *out;
    read_fixture_put(fixture, "objectives/child",
                     "{\"title\":\"C\",\"plan\":\"" PLAN "\",\"position\":9,"
                     "\"parent\":\"objectives/direction\"}");
    read_fixture_put(fixture, "objectives/grandchild",
                     "{\"title\":\"G\",\"plan\":\"" PLAN "\",\"position\":8,"
                     "\"parent\":\"objectives/child\"}");
    put_indicator(fixture, "one", "", "grandchild");
    put_indicator(fixture, "two", "", "direction");
    put_indicator(fixture, "three", "", "inequality");
    struct status st = try_card(fixture, "objectives/direction", "2020-21", 0, &out);
    assert_true(status_is_ok(st));
    assert_string_equal(row_ids(fixture, out), "two one");
    assert_string_equal(out->title, "direction");
    st = try_card(fixture, "objectives/child", "2020-21", 0, &out);
    assert_true(status_is_ok(st));
    assert_string_equal(row_ids(fixture, out), "one");
}

static void test_each_indicator_once_with_its_objectives(void **state)
{
    struct read_fixture *fixture = *state;
    put_indicator(fixture, "one", "", "reputation");
    put_link(fixture, "one", "objectives/inequality");
    put_link(fixture, "one", PLAN);
    read_fixture_put(fixture, "links/part-of/indicators/one/objectives/inequality",
                     "{\"from\":\"indicators/one\",\"to\":\"objectives/inequality\","
                     "\"kind\":\"PART_OF\"}");
    const Provost__V1__GetScorecardResponse *out = card(fixture, "2020-21");
    assert_int_equal(out->n_rows, 1);
    assert_int_equal(out->rows[0]->n_objectives, 2);
    assert_string_equal(out->rows[0]->objectives[0], "objectives/inequality");
    assert_string_equal(out->rows[0]->objectives[1], "objectives/reputation");
}

static void test_only_measuring_links_count(void **state)
{
    struct read_fixture *fixture = *state;
    read_fixture_put(fixture, "indicators/one", "{\"title\":\"one\"}");
    read_fixture_put(fixture, "links/evidence/indicators/one/objectives/inequality",
                     "{\"from\":\"indicators/one\",\"to\":\"objectives/inequality\","
                     "\"kind\":\"EVIDENCE\"}");
    read_fixture_put(fixture, "links/part-of/objectives/reputation/objectives/inequality",
                     "{\"from\":\"objectives/reputation\",\"to\":\"objectives/inequality\","
                     "\"kind\":\"PART_OF\"}");
    assert_int_equal(card(fixture, "2020-21")->n_rows, 0);
    put_link(fixture, "one", PLAN);
    const Provost__V1__GetScorecardResponse *out = card(fixture, "2020-21");
    assert_string_equal(row_ids(fixture, out), "one");
    assert_int_equal(out->rows[0]->n_objectives, 0);
}

static void test_codes_order_as_people_sort(void **state)
{
    struct read_fixture *fixture = *state;
    put_indicator(fixture, "a", "\"code\":\"HB 10\"", "inequality");
    put_indicator(fixture, "b", "\"code\":\"HB 9\"", "inequality");
    put_indicator(fixture, "c", "\"code\":\"HB 1\"", "direction");
    read_fixture_put(fixture, "indicators/d", "{\"title\":\"d\",\"code\":\"HB 0\"}");
    put_link(fixture, "d", PLAN);
    assert_string_equal(row_ids(fixture, card(fixture, "2020-21")), "b a c d");
}

static void test_the_retired_show_only_with_a_figure(void **state)
{
    struct read_fixture *fixture = *state;
    put_indicator(fixture, "one", "\"lifecycle\":\"RETIRED\"", "inequality");
    put_cell(fixture, "observations", "one", "2019-20", "5");
    put_cell(fixture, "observations", "one", "2020-21", "-");
    assert_int_equal(card(fixture, "2020-21")->n_rows, 0);
    assert_int_equal(card(fixture, "2019-20")->n_rows, 1);
}

/* ---- status ---- */

/* An indicator "one" with a figure and a target for 2020/21. */
static void put_one(struct read_fixture *fixture, const char *fields, const char *value,
                    const char *target_json)
{
    put_indicator(fixture, "one", fields, "inequality");
    if (value != NULL) put_cell(fixture, "observations", "one", "2020-21", value);
    if (target_json != NULL)
        read_fixture_put(fixture, "targets/one/2020-21",
                         arena_printf(&fixture->arena,
                                      "{\"indicator\":\"indicators/one\","
                                      "\"period\":\"2020-21\",%s}",
                                      target_json));
}

#define VALUE_OF(number) "\"state\":\"VALUE\",\"value\":\"" number "\""

static void test_data_only_has_no_status(void **state)
{
    put_one(*state, "\"dataOnly\":true", "5", VALUE_OF("10"));
    const Provost__V1__ScorecardRow *one = row(*state, "one");
    assert_int_equal(one->status, DATA_ONLY);
    assert_string_equal(one->rule, "data only: shown without a status");
    assert_string_equal(one->shortfall, "");
    assert_int_equal(card(*state, "2020-21")->counts->data_only, 1);
}

static void test_without_polarity_there_is_no_status(void **state)
{
    struct read_fixture *fixture = *state;
    put_one(fixture, "\"polarity\":\"NONE\"", "5", VALUE_OF("10"));
    put_cell(fixture, "observations", "one", "2019-20", "4");
    const Provost__V1__ScorecardRow *one = row(fixture, "one");
    assert_int_equal(one->status, DATA_ONLY);
    assert_non_null(strstr(one->rule, "no polarity"));
    assert_int_equal(one->short_trend->direction, INCREASING);
}

static void test_polarity_not_said_is_higher_is_better(void **state)
{
    put_one(*state, "", "11", VALUE_OF("10"));
    const Provost__V1__ScorecardRow *one = row(*state, "one");
    assert_int_equal(one->status, OK);
    assert_int_equal(one->target_operator,
                     PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST);
    assert_int_equal(one->target_kind, PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET);
}

static void test_a_strict_target_met_by_equality_is_a_warning(void **state)
{
    struct read_fixture *fixture = *state;
    put_one(fixture, "\"polarity\":\"MIN\"", "10",
            VALUE_OF("10") ",\"operator\":\"LESS_THAN\"");
    assert_int_equal(row(fixture, "one")->status, WARNING);
    assert_string_equal(row(fixture, "one")->rule, "min, less than; amber 0, red 5% of target");
    put_cell(fixture, "observations", "one", "2020-21", "9.99");
    assert_int_equal(row(fixture, "one")->status, OK);
}

static void test_the_targets_operator_goes_before_the_polarity(void **state)
{
    put_one(*state, "", "5", VALUE_OF("10") ",\"operator\":\"AT_MOST\"");
    assert_int_equal(row(*state, "one")->status, OK);
}

static void test_a_range(void **state)
{
    struct read_fixture *fixture = *state;
    put_one(fixture, "\"polarity\":\"RANGE\"", "19",
            VALUE_OF("10") ",\"valueHigh\":\"20\",\"operator\":\"RANGE\"");
    const Provost__V1__ScorecardRow *one = row(fixture, "one");
    assert_int_equal(one->status, OK);
    assert_string_equal(one->target_high, "20");
    assert_string_equal(one->rule, "range; amber 0, red 5% of target");
    put_cell(fixture, "observations", "one", "2020-21", "21");
    assert_int_equal(row(fixture, "one")->status, WARNING);
    put_cell(fixture, "observations", "one", "2020-21", "9");
    assert_int_equal(row(fixture, "one")->status, ALERT);
}

static void test_a_zero_target_with_a_percent_tolerance_is_unknown(void **state)
{
    struct read_fixture *fixture = *state;
    put_one(fixture, "\"polarity\":\"MIN\"", "1", VALUE_OF("0"));
    assert_int_equal(row(fixture, "one")->status, UNKNOWN);
    assert_string_equal(row(fixture, "one")->status_reason, "ZERO_TARGET");
    put_one(fixture, "\"polarity\":\"MIN\",\"toleranceRed\":\"2\"", "1", VALUE_OF("0"));
    assert_int_equal(row(fixture, "one")->status, WARNING);
    assert_string_equal(row(fixture, "one")->shortfall_percent, "");
}

static void test_tolerances_that_cannot_be_read_are_told(void **state)
{
    put_one(*state, "\"toleranceRed\":\"five\"", "1", VALUE_OF("2"));
    assert_int_equal(row(*state, "one")->status, UNKNOWN);
    assert_string_equal(row(*state, "one")->status_reason, "BAD_TOLERANCE");
}

static void test_a_missing_figure_goes_before_a_missing_target(void **state)
{
    struct read_fixture *fixture = *state;
    static const char *const states[] = {"TBC",          "NOT_DUE", "SUPPRESSED",
                                         "NEW_MEASURE",  "OVERDUE", "NOT_APPLICABLE",
                                         "NOT_COLLECTED"};
    put_one(fixture, "", NULL, NULL);
    assert_string_equal(row(fixture, "one")->status_reason, "NO_VALUE");
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        read_fixture_put(fixture, "observations/one/2020-21",
                         arena_printf(&fixture->arena,
                                      "{\"indicator\":\"indicators/one\","
                                      "\"period\":\"2020-21\",\"state\":\"%s\"}",
                                      states[i]));
        assert_int_equal(row(fixture, "one")->status, UNKNOWN);
        assert_string_equal(row(fixture, "one")->status_reason, states[i]);
    }
}

static void test_parts_of_a_figure_are_not_the_figure(void **state)
{
    struct read_fixture *fixture = *state;
    put_one(fixture, "", NULL, VALUE_OF("10"));
    read_fixture_put(fixture, "observations/one/2020-21/area=lochee",
                     "{\"indicator\":\"indicators/one\",\"period\":\"2020-21\","
                     "\"breakdown\":\"area=lochee\"," VALUE_OF("12") "}");
    assert_string_equal(row(fixture, "one")->status_reason, "NO_VALUE");
}

static void put_target(struct read_fixture *fixture, const char *kind, const char *cell)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(fixture, arena_printf(arena, "targets/one/2020-21/%s", kind),
                     arena_printf(arena,
                                  "{\"indicator\":\"indicators/one\",\"period\":\"2020-21\","
                                  "\"kind\":\"%s\",%s}",
                                  kind, cell));
}

static void test_which_target_is_used(void **state)
{
    struct read_fixture *fixture = *state;
    put_one(fixture, "", "5", NULL);
    put_target(fixture, "forecast", VALUE_OF("1"));
    assert_int_equal(row(fixture, "one")->status, NO_TARGET);
    put_target(fixture, "baseline", VALUE_OF("2"));
    assert_string_equal(row(fixture, "one")->target, "2");
    put_target(fixture, "final", VALUE_OF("3"));
    assert_string_equal(row(fixture, "one")->target, "3");
    put_target(fixture, "interim", VALUE_OF("4"));
    assert_string_equal(row(fixture, "one")->target, "4");
    put_one(fixture, "", "5", "\"state\":\"DASH\"");
    assert_string_equal(row(fixture, "one")->target, "4");
    put_one(fixture, "", "5", VALUE_OF("5"));
    assert_string_equal(row(fixture, "one")->target, "5");
    assert_int_equal(row(fixture, "one")->status, OK);
}

/* ---- trends ---- */

static void put_figures(struct read_fixture *fixture, const char *const *periods,
                        const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_cell(fixture, "observations", "one", periods[i], values[i]);
}

static void put_break(struct read_fixture *fixture, const char *period, const char *value)
{
    struct arena *arena = &fixture->arena;
    read_fixture_put(fixture, arena_printf(arena, "observations/one/%s", period),
                     arena_printf(arena,
                                  "{\"indicator\":\"indicators/one\",\"period\":\"%s\","
                                  "\"state\":\"VALUE\",\"value\":\"%s\","
                                  "\"flags\":[\"BREAK\"]}",
                                  period, value));
}

static const char *const years[] = {"2015-16", "2016-17", "2017-18", "2018-19", "2019-20"};

static void test_the_long_trend_is_against_a_mean(void **state)
{
    struct read_fixture *fixture = *state;
    static const char *const values[] = {"1000", "10", "20", "30", "41"};
    put_one(fixture, "", "26", NULL);
    put_figures(fixture, years, values, 5);
    const Provost__V1__Trend *trend = row(fixture, "one")->long_trend;
    assert_int_equal(trend->direction, IMPROVING);
    assert_string_equal(trend->against_period, "2016-17");
    assert_string_equal(trend->against_value, "25.2500");
    assert_string_equal(trend->change, "0.7500");
    assert_string_equal(trend->change_percent, "2.9703");
    put_one(fixture, "\"trendLongPeriods\":2", "26", NULL);
    trend = row(fixture, "one")->long_trend;
    assert_int_equal(trend->direction, GETTING_WORSE);
    assert_string_equal(trend->against_value, "35.5000");
    assert_string_equal(trend->against_period, "2018-19");
}

static void test_the_long_trend_needs_two(void **state)
{
    struct read_fixture *fixture = *state;
    static const char *const values[] = {"-", "-", "20", "-", "-"};
    put_one(fixture, "", "26", NULL);
    put_figures(fixture, years, values, 5);
    assert_string_equal(row(fixture, "one")->long_trend->reason, "NO_COMPARATOR");
    put_cell(fixture, "observations", "one", "2016-17", "26");
    assert_int_equal(row(fixture, "one")->long_trend->direction, IMPROVING);
}

static void test_a_break_ends_comparison(void **state)
{
    struct read_fixture *fixture = *state;
    static const char *const values[] = {"1", "2", "3", "4", "5"};
    put_one(fixture, "", "6", NULL);
    put_figures(fixture, years, values, 5);
    put_break(fixture, "2018-19", "4");
    assert_int_equal(row(fixture, "one")->short_trend->direction, IMPROVING);
    assert_string_equal(row(fixture, "one")->long_trend->reason, "BREAK");
    put_break(fixture, "2020-21", "6");
    assert_string_equal(row(fixture, "one")->short_trend->reason, "BREAK");
    assert_int_equal(row(fixture, "one")->short_trend->direction, DIRECTION_UNKNOWN);
    assert_int_equal(row(fixture, "one")->n_flags, 1);
}

static void test_quarters_against_the_one_before_or_last_year(void **state)
{
    struct read_fixture *fixture = *state;
    static const char *const quarters[] = {"2019-20.q1", "2019-20.q4", "2020-21.q1"};
    static const char *const values[] = {"5", "9", "7"};
    put_one(fixture, "", NULL, NULL);
    put_figures(fixture, quarters, values, 3);
    const Provost__V1__Trend *trend = row_of(card(fixture, "Q1 2020/21"), "one")->short_trend;
    assert_string_equal(trend->against_period, "2019-20.q4");
    assert_int_equal(trend->direction, GETTING_WORSE);
    put_one(fixture, "\"trendMode\":\"SAME_PERIOD_LAST_YEAR\"", NULL, NULL);
    trend = row_of(card(fixture, "2020-21.q1"), "one")->short_trend;
    assert_string_equal(trend->against_period, "2019-20.q1");
    assert_int_equal(trend->direction, IMPROVING);
    put_break(fixture, "2019-20.q3", "8");
    trend = row_of(card(fixture, "2020-21.q1"), "one")->short_trend;
    assert_string_equal(trend->reason, "BREAK");
}

/* ---- refusals ---- */

static void assert_refused(struct read_fixture *fixture, const char *scope, const char *period,
                           enum grpc_code code, const char *field)
{
    Provost__V1__GetScorecardResponse *out;
    struct status st = try_card(fixture, scope, period, 0, &out);
    assert_int_equal(st.code, code);
    assert_string_equal(st.field, field);
}

static void test_bad_requests(void **state)
{
    Provost__V1__GetScorecardResponse *out;
    assert_refused(*state, "plans/other", "2020-21", GRPC_NOT_FOUND, "scope");
    assert_refused(*state, "indicators/foi", "2020-21", GRPC_INVALID_ARGUMENT, "scope");
    assert_refused(*state, "cex", "2020-21", GRPC_INVALID_ARGUMENT, "scope");
    assert_refused(*state, "", "2020-21", GRPC_INVALID_ARGUMENT, "scope");
    assert_refused(*state, PLAN, "2009/ 20010", GRPC_INVALID_ARGUMENT, "period");
    assert_refused(*state, PLAN, "2020-21.q5", GRPC_INVALID_ARGUMENT, "period");
    assert_refused(*state, PLAN, "", GRPC_INVALID_ARGUMENT, "period");
    assert_int_equal(try_card(*state, PLAN, "2020-21", 1000, &out).code, GRPC_OUT_OF_RANGE);
    struct status st = try_card(*state, "objectives/reputation", "2020-21", 1, &out);
    assert_int_equal(st.code, GRPC_NOT_FOUND);
    assert_non_null(strstr(st.message, "as of seq 1"));
}

static void test_an_empty_plan_has_an_empty_card(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "2020-21");
    assert_int_equal(out->n_rows, 0);
    assert_string_equal(out->on_target->percent, "");
    assert_int_equal(out->on_target->denominator, 0);
}

/* ---- from what departments write ---- */

static void test_from_apply_and_submissions(void **state)
{
    struct register_fixture *f = *state;
    (void)register_must_apply(
        f, "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\"}}},"
           "{\"create\":{\"name\":\"indicators/foi\","
           "\"indicator\":{\"title\":\"FOI\",\"unit\":\"UNIT_PERCENT\"}}},"
           "{\"create\":{\"link\":{\"from\":\"indicators/foi\",\"to\":\"plans/p\","
           "\"kind\":\"LINK_KIND_MEASURES\"}}},"
           "{\"create\":{\"target\":{\"indicator\":\"indicators/foi\","
           "\"period\":\"2020/21\",\"verbatim\":\"100%\"}}}");
    assert_non_null(register_submit_json(
        f, "{\"submissions\":["
           "{\"indicator\":\"foi\",\"period\":\"2019/20\",\"value\":\"93.8%\"},"
           "{\"indicator\":\"foi\",\"period\":\"2020/21\",\"value\":\"98.7%\"}]}"));
    const Provost__V1__GetScorecardResponse *out = (const void *)register_read(
        f, performance_get_scorecard, &provost__v1__get_scorecard_request__descriptor,
        "{\"scope\":\"plans/p\",\"period\":\"FY2020/21\"}");
    assert_non_null(out);
    assert_int_equal(out->n_rows, 1);
    assert_int_equal(out->rows[0]->status, WARNING);
    assert_string_equal(out->rows[0]->shortfall_percent, "1.3000");
    assert_int_equal(out->rows[0]->short_trend->direction, IMPROVING);
    assert_int_equal(out->seq, 2);
}

#define WITH_DUNDEE(test)                                                                      \
    cmocka_unit_test_setup_teardown(test, setup_dundee, read_fixture_teardown)
#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, setup_plan, read_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DUNDEE(test_dundee_counts),
        WITH_DUNDEE(test_dundee_shares_carry_their_parts),
        WITH_DUNDEE(test_dundee_statuses),
        WITH_DUNDEE(test_dundee_missing_figures_say_why),
        WITH_DUNDEE(test_dundee_baseline_year),
        WITH_DUNDEE(test_dundee_trends),
        WITH_DUNDEE(test_dundee_with_a_materiality_of_five_per_cent),
        WITH_DUNDEE(test_a_boundary_belongs_to_the_better_side),
        WITH_DUNDEE(test_rows_come_by_objective),
        WITH_DUNDEE(test_the_past_keeps_its_scorecard),
        WITH_PLAN(test_an_objective_shows_what_lies_below_it),
        WITH_PLAN(test_each_indicator_once_with_its_objectives),
        WITH_PLAN(test_only_measuring_links_count),
        WITH_PLAN(test_codes_order_as_people_sort),
        WITH_PLAN(test_the_retired_show_only_with_a_figure),
        WITH_PLAN(test_data_only_has_no_status),
        WITH_PLAN(test_without_polarity_there_is_no_status),
        WITH_PLAN(test_polarity_not_said_is_higher_is_better),
        WITH_PLAN(test_a_strict_target_met_by_equality_is_a_warning),
        WITH_PLAN(test_the_targets_operator_goes_before_the_polarity),
        WITH_PLAN(test_a_range),
        WITH_PLAN(test_a_zero_target_with_a_percent_tolerance_is_unknown),
        WITH_PLAN(test_tolerances_that_cannot_be_read_are_told),
        WITH_PLAN(test_a_missing_figure_goes_before_a_missing_target),
        WITH_PLAN(test_parts_of_a_figure_are_not_the_figure),
        WITH_PLAN(test_which_target_is_used),
        WITH_PLAN(test_the_long_trend_is_against_a_mean),
        WITH_PLAN(test_the_long_trend_needs_two),
        WITH_PLAN(test_a_break_ends_comparison),
        WITH_PLAN(test_quarters_against_the_one_before_or_last_year),
        WITH_PLAN(test_bad_requests),
        WITH_PLAN(test_an_empty_plan_has_an_empty_card),
        cmocka_unit_test_setup_teardown(test_from_apply_and_submissions, register_setup,
                                        register_teardown),
    };
    return cmocka_run_group_tests_name("scorecard", tests, NULL, NULL);
}
