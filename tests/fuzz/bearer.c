/* The authorization metadata with a token of this register, and base64url under it.
 *
 * Checks: a token has one text, and with any byte of it changed it is another token or none; what
 * base64url takes is its only spelling; a refusal is one of a few printable lines. */
#include "fuzz/fuzz.h"

#include "common/base64url.h"
#include "common/bearer.h"
#include "rpc/auth_bearer.h"

#include <string.h>

static void check_base64url(const uint8_t *bytes, size_t size, struct arena *arena)
{
    uint8_t *decoded = arena_alloc(arena, size + 1);
    char *text = arena_alloc(arena, size * 2 + 4);
    size_t decoded_size = 0;

    if (base64url_decode((const char *)bytes, size, decoded, &decoded_size)) {
        FUZZ_CHECK(base64url_encode(decoded, decoded_size, text) == size);
        FUZZ_CHECK(size == 0 || memcmp(text, bytes, size) == 0);
    }
    size_t length = base64url_encode(bytes, size, text);
    FUZZ_CHECK(length == (size * 8 + 5) / 6);
    FUZZ_CHECK(base64url_decode(text, length, decoded, &decoded_size) && decoded_size == size);
    FUZZ_CHECK(size == 0 || memcmp(decoded, bytes, size) == 0);
}

static bool parse(const char *text, size_t size, uint8_t out_secret[BEARER_SECRET_BYTES])
{
    char again[BEARER_TEXT_BYTES];

    if (!bearer_parse(text, size, out_secret)) return false;
    bearer_format(out_secret, again);
    FUZZ_CHECK(size == strlen(again) && memcmp(again, text, size) == 0);
    return true;
}

/* A secret of the input, then steps that each change a byte of its text. */
static void check_changed(struct fuzz_input *input)
{
    uint8_t secret[BEARER_SECRET_BYTES], read[BEARER_SECRET_BYTES];
    uint8_t hash[SHA256_BYTES], other[SHA256_BYTES];
    char text[BEARER_TEXT_BYTES], changed[BEARER_TEXT_BYTES];

    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = fuzz_take_byte(input);
    bearer_format(secret, text);
    FUZZ_CHECK(parse(text, sizeof text - 1, read));
    FUZZ_CHECK(memcmp(read, secret, sizeof secret) == 0);
    memcpy(changed, text, sizeof text);
    while (input->size > 0) {
        size_t at = fuzz_take_byte(input) % (sizeof text - 1);
        changed[at] = (char)(changed[at] ^ fuzz_take_byte(input));
    }
    if (memcmp(changed, text, sizeof text) == 0 || !parse(changed, sizeof text - 1, read))
        return;
    bearer_hash(secret, hash);
    bearer_hash(read, other);
    FUZZ_CHECK(memcmp(hash, other, sizeof hash) != 0);
}

static void check_metadata(const uint8_t *bytes, size_t size, struct arena *arena)
{
    const struct auth_bearer_rules rules = {.keys = NULL, .subject_claim = "sub"};
    struct auth_credential credential;
    struct status st =
        auth_bearer_read((const char *)bytes, size, &rules, 0, arena, &credential);

    if (status_is_ok(st)) {
        uint8_t secret[BEARER_SECRET_BYTES], hash[SHA256_BYTES];
        size_t token = size - (BEARER_TEXT_BYTES - 1);
        FUZZ_CHECK(credential.kind == AUTH_BY_TOKEN && size > BEARER_TEXT_BYTES);
        FUZZ_CHECK(parse((const char *)bytes + token, BEARER_TEXT_BYTES - 1, secret));
        bearer_hash(secret, hash);
        FUZZ_CHECK(memcmp(hash, credential.hash, sizeof hash) == 0);
        return;
    }
    FUZZ_CHECK(st.code == GRPC_UNAUTHENTICATED && strlen(st.message) < 200);
    for (const char *at = st.message; *at != '\0'; at++)
        FUZZ_CHECK(*at >= 0x20 && *at <= 0x7e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    if (what % 3 == 0) check_metadata(input.bytes, input.size, &arena);
    if (what % 3 == 1) check_changed(&input);
    if (what % 3 == 2) check_base64url(input.bytes, input.size, &arena);
    arena_release(&arena);
    return 0;
}
