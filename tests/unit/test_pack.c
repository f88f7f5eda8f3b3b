#include "common/fields.h"
#include "common/pack.h"
#include "support/arena_fixture.h"

#include <grpc/health/v1/health.pb-c.h>
#include <provost/v1/admin.pb-c.h>
#include <provost/v1/change_log.pb-c.h>
#include <provost/v1/performance.pb-c.h>
#include <provost/v1/register.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const ProtobufCServiceDescriptor *const services[] = {
    &provost__v1__register_service__descriptor,    &provost__v1__change_log_service__descriptor,
    &provost__v1__performance_service__descriptor, &provost__v1__admin_service__descriptor,
    &grpc__health__v1__health__descriptor,
};

/* The packer's bytes against protobuf-c's, and that they may not be one fewer. */
static void expect_same(const ProtobufCMessage *msg, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(msg);
    uint8_t *expected = arena_alloc(arena, size + 1);
    struct packer packer;
    assert_int_equal(protobuf_c_message_pack(msg, expected), size);
    packer_init(&packer, size);
    packer_put_message(&packer, msg);
    assert_false(packer.is_full);
    assert_int_equal(packer_size(&packer), size);
    if (size > 0) assert_memory_equal(packer.at, expected, size);
    packer_release(&packer);
    if (size == 0) return;
    packer_init(&packer, size - 1);
    packer_put_message(&packer, msg);
    assert_true(packer.is_full);
    packer_release(&packer);
}

/* ---- messages of all sorts ---- */

/* Decides what is in a message; the same from run to run. */
struct dice {
    uint64_t state;
    struct arena *arena;
};

static size_t roll(struct dice *dice, size_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(dice->state >> 33) % sides;
}

/* Lengths around those where the length's own length changes. */
static char *make_text(struct dice *dice)
{
    static const size_t lengths[] = {0, 1, 7, 60, 127, 128, 129, 5000, 16383, 16384};
    size_t kinds = roll(dice, 4) == 0 ? sizeof lengths / sizeof *lengths : 4;
    size_t length = lengths[roll(dice, kinds)];
    char *text = arena_alloc(dice->arena, length + 1);
    memset(text, (int)('a' + roll(dice, 26)), length);
    text[length] = '\0';
    return text;
}

static int64_t make_number(struct dice *dice)
{
    static const int64_t numbers[] = {
        0,    1,         -1,        127,       128,           16384,
        -129, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN / 2, 1795351404396663};
    return numbers[roll(dice, sizeof numbers / sizeof *numbers)];
}

/* NOLINTNEXTLINE(misc-no-recursion): messages do not contain themselves */
static ProtobufCMessage *make_message(struct dice *dice, const ProtobufCMessageDescriptor *desc)
{
    ProtobufCMessage *msg = message_new(desc, dice->arena);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &desc->fields[i];
        bool is_list = field_shape(fd) == FIELD_LIST;
        if (roll(dice, 3) == 0) continue;
        size_t count = is_list ? roll(dice, 4) : 1;
        if (is_list) field_list_reserve(msg, fd, count, dice->arena);
        for (size_t k = 0; k < count; k++) {
            char *text = make_text(dice);
            struct field_value value = {.number = make_number(dice),
                                        .text = text,
                                        .bytes = {strlen(text), (uint8_t *)text}};
            if (field_item_shape(fd) == FIELD_BOOL) value.number = (int64_t)roll(dice, 2);
            if (field_item_shape(fd) == FIELD_MESSAGE)
                value.message = make_message(dice, field_message_type(fd));
            if (is_list)
                field_list_set_value(msg, fd, k, &value, dice->arena);
            else
                field_set_value(msg, fd, &value, dice->arena);
        }
    }
    return msg;
}

static void all_messages_are_packed_as_protobuf_c_does(void **state)
{
    enum { ROUNDS = 12 };
    struct dice dice = {.state = 7, .arena = *state};
    for (size_t s = 0; s < sizeof services / sizeof *services; s++) {
        for (unsigned m = 0; m < services[s]->n_methods; m++) {
            for (int round = 0; round < ROUNDS; round++) {
                struct arena_mark mark = arena_mark(*state);
                const ProtobufCMethodDescriptor *method = &services[s]->methods[m];
                expect_same(make_message(&dice, method->input), *state);
                expect_same(make_message(&dice, method->output), *state);
                arena_rewind(*state, mark);
            }
        }
    }
}

/* ---- single cases ---- */

static void an_empty_message_is_nothing(void **state)
{
    Provost__V1__GetScorecardResponse empty;
    provost__v1__get_scorecard_response__init(&empty);
    expect_same(&empty.base, *state);
}

/* A oneof's case counts even where its value is the default. */
static void an_empty_member_of_a_oneof_is_packed(void **state)
{
    Provost__V1__Resource resource;
    Provost__V1__Indicator indicator;
    provost__v1__resource__init(&resource);
    provost__v1__indicator__init(&indicator);
    resource.body_case = PROVOST__V1__RESOURCE__BODY_INDICATOR;
    resource.indicator = &indicator;
    assert_true(protobuf_c_message_get_packed_size(&resource.base) > 0);
    expect_same(&resource.base, *state);
    resource.indicator = NULL;
    expect_same(&resource.base, *state);
}

/* What a newer client sent and this program does not know goes back as it came. */
static void unknown_fields_stay(void **state)
{
    static const uint8_t wire[] = {0x0a, 1, 'x', 0xfa, 0x3f, 2, 'h', 'i', 0xf0, 0x3f, 0x96, 1};
    ProtobufCMessage *msg =
        protobuf_c_message_unpack(&provost__v1__get_resource_request__descriptor,
                                  arena_allocator(*state), sizeof wire, wire);
    struct packer packer;
    assert_non_null(msg);
    assert_int_equal(msg->n_unknown_fields, 2);
    expect_same(msg, *state);
    packer_init(&packer, sizeof wire);
    packer_put_message(&packer, msg);
    assert_int_equal(packer_size(&packer), sizeof wire);
    assert_memory_equal(packer.at, wire, sizeof wire);
    packer_release(&packer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_messages_are_packed_as_protobuf_c_does, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_empty_message_is_nothing, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_empty_member_of_a_oneof_is_packed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(unknown_fields_stay, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
