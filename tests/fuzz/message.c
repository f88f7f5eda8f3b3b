/* Messages of every kind of resource and request: from the wire, from JSON, field by field.
 *
 * Checks: what passes the wire check unpacks, packs to bytes that pass again, and is the same
 * message after a turn through JSON; JSON that was read is written in a form that reads back as
 * itself; a field's text is canonical; a refused text leaves the field alone; a mask selects
 * what it names and applying it touches nothing else. */
#include "fuzz/fuzz.h"

#include "common/diff.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/mask.h"
#include "common/wire.h"

#include <provost/v1/change_log.pb-c.h>
#include <provost/v1/performance.pb-c.h>
#include <provost/v1/register.pb-c.h>
#include <string.h>

static const ProtobufCMessageDescriptor *const types[] = {
    &provost__v1__apply_request__descriptor,
    &provost__v1__resource__descriptor,
    &provost__v1__indicator__descriptor,
    &provost__v1__target__descriptor,
    &provost__v1__observation__descriptor,
    &provost__v1__action__descriptor,
    &provost__v1__submit_observations_request__descriptor,
    &provost__v1__list_resources_request__descriptor,
    &provost__v1__change__descriptor,
    &provost__v1__get_scorecard_response__descriptor,
    &google__protobuf__field_mask__descriptor,
};

static const ProtobufCMessageDescriptor *type_of(uint8_t number)
{
    return types[number % (sizeof types / sizeof types[0])];
}

/* The canonical JSON reads back as the message, and is written the same again. */
static void check_json_turn(const ProtobufCMessage *message, struct arena *arena)
{
    ProtobufCMessage *back;
    char *text;
    char *again;

    if (!status_is_ok(json_encode(message, 0, arena, &text))) return;
    struct status st = json_decode(message->descriptor, text, strlen(text), arena, &back);
    if (!status_is_ok(st)) fuzz_fail(text, 0, st.message);
    FUZZ_CHECK(status_is_ok(json_encode(back, 0, arena, &again)));
    FUZZ_SAME(text, again);
}

static void check_wire(const ProtobufCMessageDescriptor *type, const struct fuzz_input *input,
                       struct arena *arena)
{
    struct status st = fields_validate_wire(type, input->bytes, input->size, arena);
    ProtobufCMessage *message;

    if (!status_is_ok(st)) {
        FUZZ_CHECK(st.message != NULL && st.message[0] != '\0');
        return;
    }
    message =
        protobuf_c_message_unpack(type, arena_allocator(arena), input->size, input->bytes);
    if (message == NULL) return; /* over the arena's limit, or unknown groups */
    fuzz_check_message(message, arena);
    check_json_turn(message, arena);
    FUZZ_CHECK(message_equal(message, message_copy(message, arena)));
}

static void check_json(const ProtobufCMessageDescriptor *type, const struct fuzz_input *input,
                       struct arena *arena)
{
    ProtobufCMessage *message;
    struct status st =
        json_decode(type, (const char *)input->bytes, input->size, arena, &message);

    if (!status_is_ok(st)) {
        FUZZ_CHECK(st.message != NULL && st.message[0] != '\0');
        return;
    }
    fuzz_check_message(message, arena);
    check_json_turn(message, arena);
}

static void check_field(const ProtobufCMessageDescriptor *type, struct fuzz_input *input,
                        struct arena *arena)
{
    const ProtobufCFieldDescriptor *fd =
        &type->fields[fuzz_take_byte(input) % (type->n_fields > 0 ? type->n_fields : 1)];
    ProtobufCMessage *message = message_new(type, arena);
    ProtobufCMessage *again = message_new(type, arena);
    char *text = fuzz_take_text(input, arena);
    struct status st = field_from_text(message, fd, text, arena);

    if (!status_is_ok(st)) {
        FUZZ_CHECK(!field_is_set(message, fd) && st.message != NULL);
        return;
    }
    const char *canonical = field_to_text(message, fd, arena);
    if (text[0] == '\0') FUZZ_SAME(canonical, "");
    st = field_from_text(again, fd, canonical, arena);
    if (!status_is_ok(st)) fuzz_fail(canonical, 0, st.message);
    FUZZ_SAME(canonical, field_to_text(again, fd, arena));
}

static void check_mask(const ProtobufCMessageDescriptor *type, struct fuzz_input *input,
                       struct arena *arena)
{
    char *paths[20];
    size_t n = 0;
    bool *selected;

    while (n < 20 && input->size > 0)
        paths[n++] = fuzz_take_text(input, arena);
    struct status st = mask_resolve(type, paths, n, arena, &selected);
    if (!status_is_ok(st)) {
        FUZZ_CHECK(n > 0);
        FUZZ_SAME(st.field, "update_mask");
        return;
    }
    for (size_t i = 0; i < n && strcmp(paths[0], "*") != 0; i++) {
        const ProtobufCFieldDescriptor *fd = fields_find(type, paths[i]);

        FUZZ_CHECK(fd != NULL && selected[field_index(type, fd)]);
    }
    mask_apply(message_new(type, arena), message_new(type, arena), selected);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    const ProtobufCMessageDescriptor *type = type_of(fuzz_take_byte(&input));
    struct arena arena;

    arena_init(&arena, 64 << 20);
    if (what % 4 == 0) check_wire(type, &input, &arena);
    if (what % 4 == 1) check_json(type, &input, &arena);
    if (what % 4 == 2) check_field(type, &input, &arena);
    if (what % 4 == 3) check_mask(type, &input, &arena);
    arena_release(&arena);
    return 0;
}
