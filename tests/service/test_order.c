#include "service/order.h"

#include "common/json.h"
#include "common/reasons.h"
#include "service/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

struct given {
    const char *id;
    const char *json;
};

static struct order_place place_of(const struct order *order, const struct kind *kind,
                                   const struct given *given)
{
    struct version version = {.kind = kind, .id = given->id, .from_seq = given->id[0]};
    struct status st =
        json_decode(kind->desc, given->json, strlen(given->json), &arena, &version.body);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    return order_place_of(order, &version, &arena);
}

/* The ids of `given` in an order, as "b a c". */
static const char *sorted(const char *collection, const char *order_by,
                          const struct given *given, size_t count)
{
    const struct kind *kind = &catalog_find(collection)->kind;
    struct order order;
    struct order_place places[16];
    struct status st = order_parse(&arena, kind, order_by, &order);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    for (size_t i = 0; i < count; i++)
        places[i] = place_of(&order, kind, &given[i]);
    order_sort(&order, places, count);
    const char *text = places[0].id;
    for (size_t i = 1; i < count; i++)
        text = arena_printf(&arena, "%s %s", text, places[i].id);
    return text;
}

static struct status refused(const char *collection, const char *order_by)
{
    struct order order;
    struct status st = order_parse(&arena, &catalog_find(collection)->kind, order_by, &order);
    if (status_is_ok(st)) fail_msg("was taken: %s", order_by);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.field, "order_by");
    return st;
}

static const struct given indicators[] = {
    {"a", "{\"title\":\"x\",\"code\":\"HB 10\",\"decimals\":1,\"polarity\":\"MIN\"}"},
    {"b", "{\"title\":\"x\",\"code\":\"HB 9\",\"decimals\":2,\"polarity\":\"MAX\"}"},
    {"c", "{\"title\":\"y\",\"code\":\"\",\"decimals\":2,\"dataOnly\":true}"},
};

static const struct given figures[] = {
    {"a", "{\"value\":\"10\",\"period\":\"2020-21\"}"},
    {"b", "{\"value\":\"9.5\",\"period\":\"2021-22\"}"},
    {"c", "{\"value\":\"-3\",\"period\":\"2019-20\"}"},
    {"d", "{\"value\":\"\",\"period\":\"2018-19\"}"},
    {"e", "{\"value\":\"9.50\",\"period\":\"2017-18\"}"},
};

static void test_texts_sort_naturally(void **state)
{
    (void)state;
    assert_string_equal(sorted("indicators", "code", indicators, 3), "c b a");
    assert_string_equal(sorted("indicators", "code desc", indicators, 3), "a b c");
}

static void test_the_name_decides_last(void **state)
{
    (void)state;
    assert_string_equal(sorted("indicators", "title", indicators, 3), "a b c");
    assert_string_equal(sorted("indicators", "title desc", indicators, 3), "c a b");
}

static void test_several_keys(void **state)
{
    (void)state;
    assert_string_equal(sorted("indicators", "title, decimals desc", indicators, 3), "b a c");
    assert_string_equal(sorted("indicators", " decimals  desc ,title desc", indicators, 3),
                        "c b a");
    assert_string_equal(sorted("indicators", "name desc", indicators, 3), "c b a");
    assert_string_equal(sorted("indicators", "revision desc", indicators, 3), "c b a");
}

static void test_enums_by_number_and_bools(void **state)
{
    (void)state;
    assert_string_equal(sorted("indicators", "polarity", indicators, 3), "c b a");
    assert_string_equal(sorted("indicators", "dataOnly asc", indicators, 3), "a b c");
}

static void test_decimals_by_value_and_unsaid_first(void **state)
{
    (void)state;
    assert_string_equal(sorted("observations", "value", figures, 5), "d c b e a");
    assert_string_equal(sorted("observations", "value desc", figures, 5), "a b e c d");
    assert_string_equal(sorted("observations", "period", figures, 5), "e d c a b");
}

static void test_empty_is_by_name(void **state)
{
    (void)state;
    struct order order;
    assert_true(status_is_ok(order_parse(&arena, &catalog_find("plans")->kind, "  ", &order)));
    assert_int_equal(order.count, 0);
}

static void test_refusals(void **state)
{
    (void)state;
    assert_non_null(strstr(refused("plans", "colour").message, "title"));
    (void)refused("plans", "title down");
    (void)refused("plans", "title,");
    (void)refused("plans", ",");
    (void)refused("plans", "title desc asc");
    assert_non_null(strstr(refused("plans", "ends").message, "no order"));
    assert_non_null(strstr(refused("plans", "ends.latest").message, "no order"));
    (void)refused("plans", "tags");
    (void)refused("plans", "title,kind,owner,period,status,summary");
    char text[ORDER_MAX_BYTES + 2];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)refused("plans", text);
}

int main(void)
{
    catalog_verify();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_texts_sort_naturally, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_name_decides_last, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_enums_by_number_and_bools, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decimals_by_value_and_unsaid_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_empty_is_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
