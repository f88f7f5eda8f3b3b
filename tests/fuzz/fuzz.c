#include "fuzz/fuzz.h"

#include "common/wire.h"
#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

void fuzz_same(const char *file, int line, const char *a, const char *b)
{
    if (strcmp(a, b) == 0) return;
    fprintf(stderr, "%s:%d: not the same:\n  \"%s\"\n  \"%s\"\n", file, line, a, b);
    abort();
}

uint8_t fuzz_take_byte(struct fuzz_input *input)
{
    if (input->size == 0) return 0;
    input->size--;
    return *input->bytes++;
}

uint64_t fuzz_take_number(struct fuzz_input *input)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | fuzz_take_byte(input);
    return number;
}

char *fuzz_take_text(struct fuzz_input *input, struct arena *arena)
{
    size_t length = strnlen((const char *)input->bytes, input->size);
    char *text = arena_strndup(arena, (const char *)input->bytes, length);
    size_t taken = length < input->size ? length + 1 : length;

    input->bytes += taken;
    input->size -= taken;
    return text;
}

char *fuzz_text(const uint8_t *bytes, size_t size, struct arena *arena)
{
    struct fuzz_input input = {bytes, size};

    return size == 0 ? arena_strdup(arena, "") : fuzz_take_text(&input, arena);
}

void fuzz_check_message(const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, size + 1);
    struct status status;

    FUZZ_CHECK(protobuf_c_message_pack(message, bytes) == size);
    status = fields_validate_wire(message->descriptor, bytes, size, arena);
    if (!status_is_ok(status)) fuzz_fail(message->descriptor->name, 0, status.message);
}

static char folder[TEMP_DIR_BYTES];

static void remove_folder(void)
{
    (void)temp_dir_remove(folder);
}

const char *fuzz_folder(void)
{
    const char *above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    if (folder[0] != '\0') return folder;
    FUZZ_CHECK(temp_dir_make(above, "fuzz", folder));
    atexit(remove_folder);
    return folder;
}
