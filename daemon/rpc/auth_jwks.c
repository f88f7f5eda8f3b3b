#include "rpc/auth_jwks.h"

#include "common/arena.h"
#include "common/base64url.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

enum { RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 1024, EXPONENT_BYTES_MAX = 8, P256_BYTES = 32 };

/* ---- numbers ---- */

/* A base64url member of at most `max` bytes; its size, or 0. */
static size_t read_bytes(const json_t *key, const char *member, uint8_t *out_bytes, size_t max)
{
    const json_t *value = json_object_get(key, member);
    size_t size = 0;
    if (!json_is_string(value) || json_string_length(value) > (max * 4 + 2) / 3) return 0;
    return base64url_decode(json_string_value(value), json_string_length(value), out_bytes,
                            &size)
               ? size
               : 0;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    if (context == NULL || params == NULL || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *read_rsa(const json_t *json)
{
    uint8_t n[RSA_BYTES_MAX + 2], e[EXPONENT_BYTES_MAX + 2];
    size_t n_size = read_bytes(json, "n", n, RSA_BYTES_MAX);
    size_t e_size = read_bytes(json, "e", e, EXPONENT_BYTES_MAX);
    if (n_size < RSA_BYTES_MIN || e_size == 0) return NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_bin2bn(n, (int)n_size, NULL);
    BIGNUM *exponent = BN_bin2bn(e, (int)e_size, NULL);
    EVP_PKEY *key = NULL;
    if (builder != NULL && BN_num_bits(modulus) >= RSA_BYTES_MIN * 8 && BN_is_odd(exponent) &&
        !BN_is_one(exponent) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
        key = make_key("RSA", builder);
    BN_free(modulus);
    BN_free(exponent);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *read_p256(const json_t *json)
{
    uint8_t point[1 + 2 * P256_BYTES + 2] = {4}; /* uncompressed */
    const char *curve = json_string_value(json_object_get(json, "crv"));
    if (curve == NULL || strcmp(curve, "P-256") != 0 ||
        read_bytes(json, "x", point + 1, P256_BYTES) != P256_BYTES ||
        read_bytes(json, "y", point + 1 + P256_BYTES, P256_BYTES) != P256_BYTES)
        return NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         1 + 2 * P256_BYTES))
        key = make_key("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

/* ---- one key ---- */

static bool is_absent_or(const json_t *json, const char *member, const char *text)
{
    const json_t *value = json_object_get(json, member);
    return value == NULL ||
           (json_is_string(value) && strcmp(json_string_value(value), text) == 0);
}

/* What the key is said to be for (RFC 7517 section 4.3), if anything is said. */
static bool may_verify(const json_t *json)
{
    const json_t *operations = json_object_get(json, "key_ops");
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const char *operation = json_string_value(json_array_get(operations, i));
        if (operation != NULL && strcmp(operation, "verify") == 0) return true;
    }
    return operations == NULL;
}

/* False: not a key for us. */
static bool read_key(const json_t *json, struct jwks_key *out_key)
{
    const char *type = json_string_value(json_object_get(json, "kty"));
    const json_t *kid = json_object_get(json, "kid");
    struct jwks_key key = {.kid = ""};
    if (type == NULL || !is_absent_or(json, "use", "sig") || !may_verify(json)) return false;
    if (kid != NULL) {
        if (!json_is_string(kid) || json_string_length(kid) > JWKS_KID_MAX_BYTES ||
            json_string_length(kid) == 0)
            return false;
        memcpy(key.kid, json_string_value(kid), json_string_length(kid) + 1);
    }
    if (strcmp(type, "RSA") == 0 && is_absent_or(json, "alg", "RS256")) {
        key.algorithm = JWT_RS256;
        key.key = read_rsa(json);
    } else if (strcmp(type, "EC") == 0 && is_absent_or(json, "alg", "ES256")) {
        key.algorithm = JWT_ES256;
        key.key = read_p256(json);
    }
    if (key.key != NULL) *out_key = key;
    return key.key != NULL;
}

/* ---- the set ---- */

static bool read_keys(const json_t *keys, struct jwks *jwks)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        struct jwks_key key;
        if (!read_key(json_array_get(keys, i), &key)) continue;
        if (jwks->count == JWKS_KEYS_MAX) {
            EVP_PKEY_free(key.key);
            return false;
        }
        jwks->keys[jwks->count++] = key;
    }
    return true;
}

struct jwks *jwks_parse(const char *json, size_t size, const char **out_why)
{
    struct jwks *jwks = NULL;
    if (size > JWKS_MAX_BYTES) {
        *out_why = "is larger than 256 KiB";
        return NULL;
    }
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *keys = json_object_get(root, "keys");
    if (!json_is_array(keys)) {
        *out_why = "is no JSON Web Key Set: an object with a list \"keys\"";
    } else {
        jwks = xcalloc(1, sizeof *jwks);
        bool fine = read_keys(keys, jwks);
        *out_why = fine ? "has no RSA key of 2048 bits or more and no P-256 key for signatures"
                        : "has more than 64 keys";
        if (!fine || jwks->count == 0) {
            jwks_free(jwks);
            jwks = NULL;
        }
    }
    json_decref(root);
    return jwks;
}

void jwks_free(struct jwks *jwks)
{
    if (jwks == NULL) return;
    for (size_t i = 0; i < jwks->count; i++)
        EVP_PKEY_free(jwks->keys[i].key);
    free(jwks);
}

const struct jwks_key *jwks_find(const struct jwks *jwks, const char *kid,
                                 enum jwt_algorithm algorithm)
{
    const struct jwks_key *found = NULL;
    for (size_t i = 0; i < jwks->count; i++) {
        const struct jwks_key *key = &jwks->keys[i];
        if (key->algorithm != algorithm || (*kid != '\0' && strcmp(key->kid, kid) != 0))
            continue;
        if (found != NULL) return NULL;
        found = key;
    }
    return found;
}
