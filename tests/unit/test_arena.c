#include "common/arena.h"

#include <google/protobuf/field_mask.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct arena *arena = xmalloc(sizeof *arena);

    arena_init(arena, 4096);
    *state = arena;
    return 0;
}

static int teardown(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

static void blocks_of_all_sizes_are_aligned_and_apart(void **state)
{
    char *blocks[300];

    for (size_t i = 0; i < 300; i++) {
        blocks[i] = arena_alloc(*state, i * 37);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)(i & 127), i * 37);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i * 37; j++)
            assert_int_equal(blocks[i][j], i & 127);
}

static void zalloc_gives_zeros(void **state)
{
    static const char zeros[1000];

    memset(arena_alloc(*state, 1000), 0xFF, 1000);
    assert_memory_equal(arena_zalloc(*state, 1000), zeros, 1000);
}

static void copies_are_equal_and_terminated(void **state)
{
    assert_string_equal(arena_strdup(*state, "plan"), "plan");
    assert_string_equal(arena_strndup(*state, "planned", 4), "plan");
    assert_string_equal(arena_strndup(*state, "plan", 400), "plan");
    assert_memory_equal(arena_memdup(*state, "a\0b", 3), "a\0b", 3);
    assert_non_null(arena_memdup(*state, NULL, 0));
}

static void printf_takes_texts_of_any_length(void **state)
{
    char *text = arena_printf(*state, "%05000d|%s", 7, "end");

    assert_int_equal(strlen(text), 5004);
    assert_string_equal(text + 4999, "7|end");
}

static void the_allocator_stops_at_the_limit_and_the_arena_does_not(void **state)
{
    ProtobufCAllocator *allocator = arena_allocator(*state);

    assert_non_null(allocator->alloc(allocator->allocator_data, 4000));
    assert_null(allocator->alloc(allocator->allocator_data, 4000));
    assert_null(allocator->alloc(allocator->allocator_data, SIZE_MAX));
    assert_non_null(arena_alloc(*state, 100000));
    assert_null(allocator->alloc(allocator->allocator_data, 1));
    allocator->free(allocator->allocator_data, NULL);
}

static void a_message_over_the_limit_is_not_unpacked(void **state)
{
    /* 2,000 empty paths: small on the wire, large in memory. */
    uint8_t wire[4000];
    size_t used;

    for (size_t i = 0; i < sizeof wire; i += 2) {
        wire[i] = 0x0A;
        wire[i + 1] = 0;
    }
    assert_null(
        google__protobuf__field_mask__unpack(arena_allocator(*state), sizeof wire, wire));
    used = ((struct arena *)*state)->used_bytes;
    assert_true(used <= 4096 + 16);
    arena_release(*state);
    assert_non_null(google__protobuf__field_mask__unpack(arena_allocator(*state), 20, wire));
}

static void release_makes_the_arena_empty_and_usable(void **state)
{
    struct arena *arena = *state;

    arena_alloc(arena, 100);
    arena_release(arena);
    assert_int_equal(arena->used_bytes, 0);
    assert_string_equal(arena_strdup(arena, "again"), "again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_of_all_sizes_are_aligned_and_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(zalloc_gives_zeros, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_are_equal_and_terminated, setup, teardown),
        cmocka_unit_test_setup_teardown(printf_takes_texts_of_any_length, setup, teardown),
        cmocka_unit_test_setup_teardown(the_allocator_stops_at_the_limit_and_the_arena_does_not,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_over_the_limit_is_not_unpacked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(release_makes_the_arena_empty_and_usable, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
