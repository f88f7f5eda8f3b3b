#include "rpc/descriptor_set.h"
#include "rpc/reflection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct arena arena;
    struct descriptor_set *set = NULL;
    size_t size = (size_t)(provost_descriptors_end - provost_descriptors_start);

    arena_init(&arena, 0);
    assert_true(
        status_is_ok(descriptor_set_new(provost_descriptors_start, size, &arena, &set)));
    arena_release(&arena);
    *state = set;
    return 0;
}

static int teardown(void **state)
{
    descriptor_set_free(*state);
    return 0;
}

static void every_kind_of_symbol_is_found(void **state)
{
    static const char *const symbols[] = {"grpc.health.v1.Health",
                                          "grpc.health.v1.Health.Check",
                                          "grpc.health.v1.HealthCheckResponse",
                                          "grpc.health.v1.HealthCheckResponse.ServingStatus"};

    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        assert_string_equal(descriptor_set_symbol(*state, symbols[i])->name,
                            "grpc/health/v1/health.proto");
}

static void unknown_names_are_not_found(void **state)
{
    assert_null(descriptor_set_symbol(*state, "grpc.health.v1"));
    assert_null(descriptor_set_symbol(*state, ""));
    assert_null(descriptor_set_file(*state, "no/such.proto"));
}

static void a_file_knows_what_it_imports(void **state)
{
    const struct descriptor_file *file =
        descriptor_set_file(*state, "google/rpc/error_details.proto");

    assert_int_equal(file->dependency_count, 1);
    assert_string_equal(file->dependencies[0], "google/protobuf/duration.proto");
}

static void our_services_are_listed(void **state)
{
    size_t count;
    const char *const *services = descriptor_set_services(*state, &count);
    bool found = false;

    for (size_t i = 0; i < count; i++)
        found |= strcmp(services[i], "provost.v1.RegisterService") == 0;
    assert_true(found);
}

/* Whatever is cut off or flipped: an error or a set, never a read out of bounds (sanitizers).
 */
static void broken_bytes_do_no_harm(void **state)
{
    size_t size = (size_t)(provost_descriptors_end - provost_descriptors_start);
    uint8_t *bytes = malloc(size);
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < 600; i++) {
        struct descriptor_set *set = NULL;
        size_t cut = i * 37 % size;
        uint8_t *copy = malloc(cut + 1);

        memcpy(bytes, provost_descriptors_start, size);
        bytes[i * 7919 % size] ^= (uint8_t)(1 + i % 255);
        if (status_is_ok(descriptor_set_new(bytes, size, &arena, &set)))
            descriptor_set_free(set);
        memcpy(copy, provost_descriptors_start, cut);
        if (status_is_ok(descriptor_set_new(copy, cut, &arena, &set))) descriptor_set_free(set);
        free(copy);
    }
    arena_release(&arena);
    free(bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_symbol_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_names_are_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_knows_what_it_imports, setup, teardown),
        cmocka_unit_test_setup_teardown(our_services_are_listed, setup, teardown),
        cmocka_unit_test(broken_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
