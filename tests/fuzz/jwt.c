/* Access tokens of an identity provider.
 *
 * Checks: what verifies is, byte for byte, a token that was signed; with any bit changed, cut or
 * lengthened it does not; header and claims of one's own do not verify under the signature of
 * another; what jwt_check lets pass says the issuer, the audience and the times asked for, as
 * another reader of the same JSON finds them. */
#include "fuzz/fuzz.h"

#include "common/base64url.h"
#include "fuzz/signed_tokens.h"
#include "rpc/auth_jwt.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct jwt_policy policy = {SIGNED_TOKENS_ISSUER, SIGNED_TOKENS_AUDIENCE};
static struct jwks *keys;

static void free_keys(void)
{
    jwks_free(keys);
}

static void have_keys(void)
{
    const char *why = "";

    if (keys != NULL) return;
    keys = jwks_parse(signed_tokens_jwks, strlen(signed_tokens_jwks), &why);
    FUZZ_CHECK(keys != NULL && keys->count == 2);
    atexit(free_keys);
}

static const struct signed_token *find_signed(const char *text, size_t size)
{
    for (size_t i = 0; i < SIGNED_TOKENS; i++)
        if (strlen(signed_tokens[i].text) == size &&
            memcmp(signed_tokens[i].text, text, size) == 0)
            return &signed_tokens[i];
    return NULL;
}

/* ---- the claims, read once more ---- */

static json_t *claims_of(const char *text, size_t size, struct arena *arena)
{
    const char *from = (const char *)memchr(text, '.', size) + 1;
    const char *end = memchr(from, '.', size - (size_t)(from - text));
    uint8_t *bytes = arena_alloc(arena, size);
    size_t bytes_size = 0;

    FUZZ_CHECK(base64url_decode(from, (size_t)(end - from), bytes, &bytes_size));
    return json_loadb((const char *)bytes, bytes_size, 0, NULL);
}

static bool names_audience(const json_t *audience)
{
    size_t i;
    const json_t *one;

    if (json_is_string(audience))
        return strcmp(json_string_value(audience), policy.audience) == 0;
    json_array_foreach(audience, i, one)
    {
        if (strcmp(json_string_value(one), policy.audience) == 0) return true;
    }
    return false;
}

static void check_passed(const char *text, size_t size, struct arena *arena)
{
    json_t *claims = claims_of(text, size, arena);
    const json_t *nbf = json_object_get(claims, "nbf");
    const json_t *sub = json_object_get(claims, "sub");

    FUZZ_CHECK(strcmp(json_string_value(json_object_get(claims, "iss")), policy.issuer) == 0);
    FUZZ_CHECK(names_audience(json_object_get(claims, "aud")));
    FUZZ_CHECK(json_string_length(sub) > 0 && json_string_length(sub) <= JWT_SUBJECT_MAX_BYTES);
    FUZZ_CHECK(json_number_value(json_object_get(claims, "exp")) >
               SIGNED_TOKENS_NOW_S - JWT_LEEWAY_S);
    FUZZ_CHECK(nbf == NULL || json_number_value(nbf) < SIGNED_TOKENS_NOW_S + JWT_LEEWAY_S + 1);
    json_decref(claims);
}

/* ---- a token ---- */

static void check_token(const char *text, size_t size, struct arena *arena)
{
    const struct signed_token *known = find_signed(text, size);
    struct jwt jwt;
    const char *why = jwt_parse(text, size, "sub", arena, &jwt);

    FUZZ_CHECK(known == NULL || why == NULL);
    if (why != NULL) return;
    FUZZ_CHECK(jwt.signed_size < size && strlen(jwt.kid) <= JWKS_KID_MAX_BYTES);
    FUZZ_CHECK(jwt.audience_count <= JWT_AUDIENCES_MAX && jwt.expire_s > 0);
    FUZZ_CHECK((jwt_verify(&jwt, keys) == NULL) == (known != NULL));
    why = jwt_check(&jwt, &policy, SIGNED_TOKENS_NOW_S);
    if (why == NULL) check_passed(text, size, arena);
    if (known != NULL) FUZZ_CHECK((why == NULL) == known->is_good);
}

/* A signed token, then steps that each change, take out or put in a byte. */
static void check_changed(struct fuzz_input *input, struct arena *arena)
{
    const char *from = signed_tokens[fuzz_take_byte(input) % SIGNED_TOKENS].text;
    size_t size = strlen(from);
    char *text = arena_alloc(arena, size + input->size + 1);

    memcpy(text, from, size + 1);
    while (input->size >= 4 && size > 0) {
        uint8_t step = fuzz_take_byte(input);
        size_t at = (size_t)fuzz_take_byte(input) << 8;
        at = (at | fuzz_take_byte(input)) % size;
        uint8_t byte = fuzz_take_byte(input);
        if (step % 4 < 2) text[at] = (char)(text[at] ^ byte);
        if (step % 4 == 2) memmove(text + at, text + at + 1, size-- - at);
        if (step % 4 == 3) {
            memmove(text + at + 1, text + at, size++ - at + 1);
            text[at] = (char)byte;
        }
    }
    check_token(text, size, arena);
}

static size_t encode_text(struct fuzz_input *input, struct arena *arena, char *out_text)
{
    const char *text = fuzz_take_text(input, arena);
    return base64url_encode(text, strlen(text), out_text);
}

/* Header and claims in plain words, under a signature of something else. */
static void check_forged(struct fuzz_input *input, struct arena *arena)
{
    const char *signature = signed_tokens[fuzz_take_byte(input) % SIGNED_TOKENS].text;
    char *text = arena_alloc(arena, input->size * 2 + strlen(signature) + 8);
    size_t size = encode_text(input, arena, text);

    text[size++] = '.';
    size += encode_text(input, arena, text + size);
    signature = strrchr(signature, '.');
    memcpy(text + size, signature, strlen(signature));
    check_token(text, size + strlen(signature), arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;

    have_keys();
    arena_init(&arena, SIZE_MAX);
    if (what % 3 == 0)
        check_token(fuzz_text(input.bytes, input.size, &arena),
                    strnlen((const char *)input.bytes, input.size), &arena);
    if (what % 3 == 1) check_changed(&input, &arena);
    if (what % 3 == 2) check_forged(&input, &arena);
    arena_release(&arena);
    return 0;
}
