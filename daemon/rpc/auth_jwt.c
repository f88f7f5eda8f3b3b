#include "rpc/auth_jwt.h"

#include "common/base64url.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

enum { PARTS = 3, ES256_BYTES = 64, ES256_DER_MAX = 80 };
static const int64_t time_max_s = INT64_C(253402300799); /* 9999-12-31 */

/* A part between the dots. */
struct part {
    const char *text;
    size_t size;
};

static bool split(const char *text, size_t size, struct part out_parts[PARTS])
{
    for (int i = 0; i < PARTS; i++) {
        const char *dot = memchr(text, '.', size);
        size_t part_size = dot != NULL ? (size_t)(dot - text) : size;
        if ((dot == NULL) != (i == PARTS - 1) || part_size == 0) return false;
        out_parts[i] = (struct part){text, part_size};
        text += part_size + 1;
        size -= dot != NULL ? part_size + 1 : part_size;
    }
    return true;
}

/* NULL when the part is no JSON object. */
static json_t *decode_object(struct arena *arena, struct part part)
{
    uint8_t *bytes = arena_alloc(arena, part.size + 1);
    size_t size = 0;
    if (!base64url_decode(part.text, part.size, bytes, &size)) return NULL;
    json_t *json = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json)) return json;
    json_decref(json);
    return NULL;
}

/* A text member of 1 to `max` bytes, or NULL. */
static const char *text_of(const json_t *json, const char *member, size_t max,
                           struct arena *arena)
{
    const json_t *value = json_object_get(json, member);
    if (!json_is_string(value) || json_string_length(value) == 0 ||
        json_string_length(value) > max)
        return NULL;
    return arena_strdup(arena, json_string_value(value));
}

/* ---- the header ---- */

static bool is_type(const json_t *header)
{
    const json_t *type = json_object_get(header, "typ");
    static const char *const types[] = {"JWT", "at+jwt", "application/at+jwt"};
    if (type == NULL) return true;
    for (size_t i = 0; json_is_string(type) && i < sizeof types / sizeof *types; i++)
        if (strcasecmp(json_string_value(type), types[i]) == 0) return true;
    return false;
}

static const char *read_header(const json_t *header, struct arena *arena, struct jwt *jwt)
{
    const char *algorithm = json_string_value(json_object_get(header, "alg"));
    if (algorithm == NULL) return "its header names no algorithm";
    if (strcmp(algorithm, "RS256") == 0)
        jwt->algorithm = JWT_RS256;
    else if (strcmp(algorithm, "ES256") == 0)
        jwt->algorithm = JWT_ES256;
    else
        return "its algorithm is neither RS256 nor ES256";
    if (json_object_get(header, "crit") != NULL) return "its header has critical extensions";
    if (!is_type(header)) return "its type is not JWT or at+jwt";
    jwt->kid = "";
    if (json_object_get(header, "kid") == NULL) return NULL;
    jwt->kid = text_of(header, "kid", JWKS_KID_MAX_BYTES, arena);
    return jwt->kid != NULL ? NULL : "its key id is no text of 1 to 200 bytes";
}

/* ---- the claims ---- */

/* Seconds; fractions are cut off. False when it is no time. */
static bool read_time(const json_t *claims, const char *member, int64_t *out_s)
{
    const json_t *value = json_object_get(claims, member);
    *out_s = 0;
    if (value == NULL) return true;
    if (!json_is_number(value)) return false;
    double seconds = json_number_value(value);
    if (!(seconds > 0 && seconds <= (double)time_max_s)) return false;
    *out_s = (int64_t)seconds;
    return true;
}

static bool read_audiences(const json_t *claims, struct arena *arena, struct jwt *jwt)
{
    const json_t *value = json_object_get(claims, "aud");
    jwt->audience_count = 0;
    if (json_is_string(value)) {
        jwt->audiences[jwt->audience_count++] = arena_strdup(arena, json_string_value(value));
        return true;
    }
    if (!json_is_array(value) || json_array_size(value) > JWT_AUDIENCES_MAX) return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *text = json_string_value(json_array_get(value, i));
        if (text == NULL) return false;
        jwt->audiences[jwt->audience_count++] = arena_strdup(arena, text);
    }
    return true;
}

static const char *read_claims(const json_t *claims, const char *subject_claim,
                               struct arena *arena, struct jwt *jwt)
{
    jwt->issuer = text_of(claims, "iss", JWT_MAX_BYTES, arena);
    jwt->subject = text_of(claims, subject_claim, JWT_SUBJECT_MAX_BYTES, arena);
    if (jwt->issuer == NULL) return "it names no issuer";
    if (jwt->subject == NULL) return "it names no subject of 1 to 200 bytes";
    if (!read_audiences(claims, arena, jwt)) return "its audience is no text or list of texts";
    if (!read_time(claims, "exp", &jwt->expire_s) || jwt->expire_s == 0)
        return "it does not say when it expires";
    if (!read_time(claims, "nbf", &jwt->not_before_s) ||
        !read_time(claims, "iat", &jwt->issued_s))
        return "one of its times is none";
    return NULL;
}

/* ---- the whole ---- */

static const char *read_signature(struct part part, struct arena *arena, struct jwt *jwt)
{
    jwt->signature = arena_alloc(arena, part.size);
    if (!base64url_decode(part.text, part.size, jwt->signature, &jwt->signature_size) ||
        jwt->signature_size == 0)
        return "its signature is not base64url";
    return NULL;
}

const char *jwt_parse(const char *text, size_t size, const char *subject_claim,
                      struct arena *arena, struct jwt *out_jwt)
{
    struct part parts[PARTS];
    struct jwt jwt = {.kid = ""};
    if (size > JWT_MAX_BYTES) return "it is larger than 8192 bytes";
    if (!split(text, size, parts)) return "it is neither a token of this register nor a JWT";
    json_t *header = decode_object(arena, parts[0]);
    json_t *claims = decode_object(arena, parts[1]);
    const char *why = header == NULL || claims == NULL
                          ? "its header or its claims are no JSON object in base64url"
                          : read_header(header, arena, &jwt);
    if (why == NULL) why = read_claims(claims, subject_claim, arena, &jwt);
    if (why == NULL) why = read_signature(parts[2], arena, &jwt);
    json_decref(header);
    json_decref(claims);
    if (why != NULL) return why;
    jwt.signed_text = text;
    jwt.signed_size = parts[0].size + 1 + parts[1].size;
    *out_jwt = jwt;
    return NULL;
}

/* ---- the signature ---- */

/* JWS has the two numbers one after the other, OpenSSL wants DER; 0 when it cannot be. */
static size_t ecdsa_to_der(const struct jwt *jwt, uint8_t out_der[ES256_DER_MAX])
{
    if (jwt->signature_size != ES256_BYTES) return 0;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(jwt->signature, ES256_BYTES / 2, NULL);
    BIGNUM *s = BN_bin2bn(jwt->signature + ES256_BYTES / 2, ES256_BYTES / 2, NULL);
    uint8_t *end = out_der;
    int size = 0;
    if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s)) {
        r = s = NULL; /* the signature's now */
        size = i2d_ECDSA_SIG(signature, &end);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    return size > 0 ? (size_t)size : 0;
}

const char *jwt_verify(const struct jwt *jwt, const struct jwks *jwks)
{
    uint8_t der[ES256_DER_MAX];
    const uint8_t *signature = jwt->signature;
    size_t size = jwt->signature_size;
    const struct jwks_key *key = jwks_find(jwks, jwt->kid, jwt->algorithm);
    if (key == NULL) return "no key of the identity provider is the one it is signed with";
    if (jwt->algorithm == JWT_ES256) {
        size = ecdsa_to_der(jwt, der);
        signature = der;
    }
    if (size == 0) return "its signature is not right";
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->key) == 1 &&
                EVP_DigestVerify(context, signature, size, (const uint8_t *)jwt->signed_text,
                                 jwt->signed_size) == 1;
    EVP_MD_CTX_free(context);
    return good ? NULL : "its signature is not right";
}

/* ---- what it says ---- */

const char *jwt_check(const struct jwt *jwt, const struct jwt_policy *policy, int64_t now_s)
{
    bool audience = false;
    for (size_t i = 0; i < jwt->audience_count; i++)
        audience = audience || strcmp(jwt->audiences[i], policy->audience) == 0;
    if (strcmp(jwt->issuer, policy->issuer) != 0) return "it is by another issuer";
    if (!audience) return "it is for another audience";
    if (now_s >= jwt->expire_s + JWT_LEEWAY_S) return "it has expired";
    if (jwt->not_before_s > now_s + JWT_LEEWAY_S) return "it is not valid yet";
    if (jwt->issued_s > now_s + JWT_LEEWAY_S) return "it was issued in the future";
    return NULL;
}
