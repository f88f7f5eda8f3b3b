/* The file with an identity provider's public keys.
 *
 * Checks: a refusal says why; of what is taken each key is public, for signatures, of a size and
 * curve we trust, and lies on its curve; a search gives the key of that id and algorithm, or none
 * where there are two; a token that is not ours to believe verifies only by the key that signed it. */
#include "fuzz/fuzz.h"

#include "fuzz/signed_tokens.h"
#include "rpc/auth_jwt.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

static void check_key(const struct jwks_key *key)
{
    BIGNUM *secret = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->key, NULL);

    FUZZ_CHECK(strlen(key->kid) <= JWKS_KID_MAX_BYTES);
    if (key->algorithm == JWT_RS256) {
        FUZZ_CHECK(EVP_PKEY_is_a(key->key, "RSA"));
        FUZZ_CHECK(EVP_PKEY_get_bits(key->key) >= 2048 && EVP_PKEY_get_bits(key->key) <= 8192);
        FUZZ_CHECK(EVP_PKEY_get_bn_param(key->key, OSSL_PKEY_PARAM_RSA_D, &secret) != 1);
    } else {
        FUZZ_CHECK(EVP_PKEY_is_a(key->key, "EC") && EVP_PKEY_get_bits(key->key) == 256);
        FUZZ_CHECK(EVP_PKEY_public_check(context) == 1);
        FUZZ_CHECK(EVP_PKEY_get_bn_param(key->key, OSSL_PKEY_PARAM_PRIV_KEY, &secret) != 1);
    }
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
}

static size_t count_matching(const struct jwks *jwks, const char *kid,
                             enum jwt_algorithm algorithm)
{
    size_t count = 0;

    for (size_t i = 0; i < jwks->count; i++)
        count += jwks->keys[i].algorithm == algorithm &&
                 (*kid == '\0' || strcmp(jwks->keys[i].kid, kid) == 0);
    return count;
}

static void check_search(const struct jwks *jwks, const char *kid, enum jwt_algorithm algorithm)
{
    const struct jwks_key *found = jwks_find(jwks, kid, algorithm);

    FUZZ_CHECK((found != NULL) == (count_matching(jwks, kid, algorithm) == 1));
    if (found == NULL) return;
    FUZZ_CHECK(found->algorithm == algorithm);
    if (*kid != '\0') FUZZ_SAME(found->kid, kid);
}

/* `ours` has the keys that signed. */
static void check_verify(const struct jwks *jwks, const struct jwks *ours,
                         const struct signed_token *token, struct arena *arena)
{
    struct jwt jwt;

    FUZZ_CHECK(jwt_parse(token->text, strlen(token->text), "sub", arena, &jwt) == NULL);
    if (jwt_verify(&jwt, jwks) != NULL) return;
    const struct jwks_key *used = jwks_find(jwks, jwt.kid, jwt.algorithm);
    const struct jwks_key *right = jwks_find(ours, jwt.kid, jwt.algorithm);
    FUZZ_CHECK(EVP_PKEY_eq(used->key, right->key) == 1);
}

static void check_set(const struct jwks *jwks, struct arena *arena)
{
    const char *why = "";
    struct jwks *ours = jwks_parse(signed_tokens_jwks, strlen(signed_tokens_jwks), &why);

    FUZZ_CHECK(jwks->count > 0 && jwks->count <= JWKS_KEYS_MAX);
    for (size_t i = 0; i < jwks->count; i++) {
        check_key(&jwks->keys[i]);
        check_search(jwks, jwks->keys[i].kid, JWT_RS256);
        check_search(jwks, jwks->keys[i].kid, JWT_ES256);
    }
    check_search(jwks, "", JWT_RS256);
    check_search(jwks, "", JWT_ES256);
    for (size_t i = 0; i < SIGNED_TOKENS; i++)
        check_verify(jwks, ours, &signed_tokens[i], arena);
    jwks_free(ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *why = NULL;
    struct jwks *jwks = jwks_parse((const char *)bytes, size, &why);
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    if (jwks == NULL)
        FUZZ_CHECK(why != NULL && why[0] != '\0');
    else
        check_set(jwks, &arena);
    jwks_free(jwks);
    ERR_clear_error();
    arena_release(&arena);
    return 0;
}
