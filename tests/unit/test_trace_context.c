#include "rpc/metadata.h"
#include "rpc/trace_context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define GOOD "00-" TRACE "-00f067aa0ba902b7-01"

static bool parses(const char *value)
{
    size_t at = 0;
    bool valid = trace_context_parse(value, strlen(value), &at);

    if (valid) assert_memory_equal(value + at, TRACE, TRACE_ID_SIZE);
    return valid;
}

static void the_example_of_the_standard_is_valid(void **state)
{
    (void)state;
    assert_true(parses(GOOD));
    assert_true(parses("00-" TRACE "-00f067aa0ba902b7-00"));
}

static void later_versions_are_read_as_far_as_known(void **state)
{
    (void)state;
    assert_true(parses("cc-" TRACE "-00f067aa0ba902b7-01"));
    assert_true(parses("cc-" TRACE "-00f067aa0ba902b7-01-what-comes-later"));
    assert_false(parses("cc-" TRACE "-00f067aa0ba902b7-01x"));
}

static void what_is_not_valid_is_no_trace(void **state)
{
    static const char *const values[] = {
        "",
        "00",
        "00-" TRACE "-00f067aa0ba902b7",
        "00-" TRACE "-00f067aa0ba902b7-1",
        "00-" TRACE "-00f067aa0ba902b7-01-more",
        "00-" TRACE "-00f067aa0ba902b7-0g",
        "ff-" TRACE "-00f067aa0ba902b7-01",
        "0x-" TRACE "-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-" TRACE "_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (parses(values[i])) fail_msg("taken: %s", values[i]);
}

static const char *trace_of(struct arena *arena, const char *const *values, size_t count)
{
    struct metadata metadata;

    metadata_init(&metadata, NULL);
    for (size_t i = 0; i < count; i++) {
        struct header_field field = {"traceparent", 11, values[i], strlen(values[i])};

        metadata_add(&metadata, arena, &field);
    }
    assert_true(status_is_ok(metadata.error));
    return metadata.trace_id;
}

static void a_second_header_makes_the_first_worthless(void **state)
{
    static const char *const values[] = {GOOD, "00-" TRACE "-00f067aa0ba902b8-01"};
    static const char *const broken[] = {"nonsense", GOOD};
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(trace_of(&arena, values, 1), TRACE);
    assert_string_equal(trace_of(&arena, values, 2), "");
    assert_string_equal(trace_of(&arena, broken, 2), "");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_is_valid),
        cmocka_unit_test(later_versions_are_read_as_far_as_known),
        cmocka_unit_test(what_is_not_valid_is_no_trace),
        cmocka_unit_test(a_second_header_makes_the_first_worthless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
