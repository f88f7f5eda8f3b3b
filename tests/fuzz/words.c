/* Words of the client's command line, and what its server answers: flags, FIELD=VALUE, addresses,
 * moments, the checkpoint remembered from another run, and the headers and messages of an answer.
 *
 * Checks: what a parser takes, it takes again from its own spelling; an answer, however broken,
 * ends in one status with a message; flags that are accepted leave no word unread. */
#include "fuzz/fuzz.h"

#include "client/address.h"
#include "client/assignment.h"
#include "client/channel_stream.h"
#include "client/collection.h"
#include "client/flags.h"
#include "client/heads.h"
#include "client/moment.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/time_text.h"

#include <provost/v1/register.pb-c.h>
#include <stdio.h>
#include <string.h>

struct settings {
    bool yes;
    const char *text;
    int64_t count;
    struct flag_list list;
};

static const struct flag flag_rows[] = {
    {"yes", 'y', NULL, "", flag_set_bool, offsetof(struct settings, yes)},
    {"text", 't', "TEXT", "", flag_set_text, offsetof(struct settings, text)},
    {"count", 'n', "N", "", flag_set_count, offsetof(struct settings, count)},
    {"also", 0, "TEXT", "", flag_add_text, offsetof(struct settings, list)},
    {.name = NULL},
};

static void check_flags(struct fuzz_input *input, struct arena *arena)
{
    static char program[] = "provost";
    char *argv[20] = {program};
    int argc = 1;
    struct settings settings = {0};
    struct flag_parser parser = {.arena = arena, .common = {flag_rows, &settings}};
    struct flag_words words;

    while (input->size > 0 && argc < 19)
        argv[argc++] = fuzz_take_text(input, arena);
    const char *wrong = flags_parse(&parser, argc, argv, &words);
    if (wrong != NULL) {
        FUZZ_CHECK(wrong[0] != '\0');
        return;
    }
    FUZZ_CHECK(words.n + settings.list.n <= (size_t)argc && settings.count >= 0);
}

static void check_assignment(struct fuzz_input *input, struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = &provost__v1__indicator__descriptor;
    ProtobufCMessage *body = message_new(type, arena);
    ProtobufCMessage *again = message_new(type, arena);
    struct assignment assignment;
    char *word = fuzz_take_text(input, arena);

    if (strchr(word, '@') != NULL) return; /* would read any file */
    if (!status_is_ok(assignment_parse(word, type, arena, &assignment)) ||
        !status_is_ok(assignment_apply(&assignment, body, arena)))
        return;
    const char *canonical = field_to_text(body, assignment.fd, arena);
    if (assignment.kind == ASSIGN_REMOVE) {
        FUZZ_SAME(canonical, "");
        return;
    }
    FUZZ_CHECK(status_is_ok(field_from_text(again, assignment.fd, canonical, arena)));
    FUZZ_SAME(canonical, field_to_text(again, assignment.fd, arena));
}

static void check_place(struct fuzz_input *input, struct arena *arena)
{
    struct address address;
    const char *text = fuzz_take_text(input, arena);
    int64_t us;

    if (address_parse(text, arena, &address) == NULL)
        FUZZ_CHECK(address.is_unix ? address.path != NULL
                                   : address.host != NULL && address.port != NULL);
    if (moment_parse(text, MOMENT_DAY_END, INT64_C(1700000000) * 1000000, &us)) {
        FUZZ_CHECK(us >= TIME_MIN_US && us <= TIME_MAX_US + INT64_C(86400) * 1000000);
        moment_show(us, arena);
    }
    Provost__V1__ListResourcesRequest request = PROVOST__V1__LIST_RESOURCES_REQUEST__INIT;
    moment_set_as_of(&request.base, text, arena);
}

static void check_head(const struct fuzz_input *input, struct arena *arena)
{
    char *path = arena_printf(arena, "%s/head", fuzz_folder());
    FILE *file = fopen(path, "w");
    struct seen_head head;
    struct seen_head again;

    FUZZ_CHECK(file != NULL);
    fwrite(input->bytes, 1, input->size, file);
    fclose(file);
    if (!heads_load(path, arena, &head)) return;
    FUZZ_CHECK(heads_save(path, &head, arena) == 0 && heads_load(path, arena, &again));
    FUZZ_SAME(head.verifier_key, again.verifier_key);
    FUZZ_SAME(head.note, again.note);
}

/* --- an answer --- */

static bool count_message(void *context, const void *bytes, size_t size)
{
    size_t *messages = context;

    (void)bytes;
    FUZZ_CHECK(size <= GRPC_MESSAGE_MAX_BYTES);
    return ++*messages < 5;
}

static void check_answer(struct fuzz_input *input, struct arena *arena)
{
    size_t messages = 0;
    struct channel_call call = {
        .path = "/a/b", .on_message = count_message, .context = &messages};
    struct channel_reply reply;
    struct stream stream;

    stream_init(&stream, &call);
    while (input->size > 0) {
        uint8_t what = fuzz_take_byte(input);
        char *name = fuzz_take_text(input, arena);

        if (what % 2 == 0) {
            char *value = fuzz_take_text(input, arena);

            stream_header(&stream, name, value, strlen(value));
        } else {
            size_t size = input->size < what ? input->size : what;

            if (!stream_data(&stream, input->bytes, size)) break;
            input->bytes += size;
            input->size -= size;
        }
    }
    stream.closed = true;
    stream_reply(&stream, arena, &reply);
    FUZZ_CHECK(reply.message != NULL && reply.code <= GRPC_UNAUTHENTICATED);
    FUZZ_CHECK(messages <= 5 && (reply.details != NULL || reply.details_bytes == 0));
    stream_release(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    if (what % 5 == 0) check_flags(&input, &arena);
    if (what % 5 == 1) check_assignment(&input, &arena);
    if (what % 5 == 2) check_place(&input, &arena);
    if (what % 5 == 3) check_head(&input, &arena);
    if (what % 5 == 4) check_answer(&input, &arena);
    arena_release(&arena);
    return 0;
}
