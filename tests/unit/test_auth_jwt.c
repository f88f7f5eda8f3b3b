/* Tokens of an identity provider: form, signature, and what they must say. */
#include "common/base64url.h"
#include "rpc/auth_jwt.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_S = 1700000000, TEXT_BYTES = 16384 };

struct fixture {
    struct arena arena;
    EVP_PKEY *rsa, *ec;
    struct jwks *keys;
};

static char *encoded(struct fixture *f, const void *bytes, size_t size)
{
    char *text = arena_alloc(&f->arena, size * 2 + 4);
    text[base64url_encode(bytes, size, text)] = '\0';
    return text;
}

static char *number(struct fixture *f, EVP_PKEY *key, const char *name)
{
    BIGNUM *value = NULL;
    uint8_t bytes[1024];
    assert_int_equal(EVP_PKEY_get_bn_param(key, name, &value), 1);
    int size = BN_num_bytes(value);
    int want = EVP_PKEY_is_a(key, "EC") ? 32 : size;
    assert_int_equal(BN_bn2binpad(value, bytes, want), want);
    BN_free(value);
    return encoded(f, bytes, (size_t)want);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *why = "";
    arena_init(&f->arena, SIZE_MAX);
    f->rsa = EVP_RSA_gen(2048);
    f->ec = EVP_EC_gen("P-256");
    const char *json = arena_printf(
        &f->arena,
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"%s\",\"e\":\"%s\"},"
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\",\"use\":\"sig\",\"x\":\"%s\",\"y\":\"%"
        "s\"},"
        "{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        number(f, f->rsa, OSSL_PKEY_PARAM_RSA_N), number(f, f->rsa, OSSL_PKEY_PARAM_RSA_E),
        number(f, f->ec, OSSL_PKEY_PARAM_EC_PUB_X), number(f, f->ec, OSSL_PKEY_PARAM_EC_PUB_Y));
    f->keys = jwks_parse(json, strlen(json), &why);
    if (f->keys == NULL) fail_msg("%s", why);
    assert_int_equal(f->keys->count, 2);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    jwks_free(f->keys);
    EVP_PKEY_free(f->rsa);
    EVP_PKEY_free(f->ec);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* r and s behind one another, as JWS has them. */
static size_t flatten(uint8_t *bytes, size_t size)
{
    const uint8_t *at = bytes;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)size);
    uint8_t flat[64];
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), flat, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), flat + 32, 32);
    ECDSA_SIG_free(signature);
    memcpy(bytes, flat, sizeof flat);
    return sizeof flat;
}

static char *sign(struct fixture *f, EVP_PKEY *key, const char *header, const char *claims)
{
    char *text = arena_printf(&f->arena, "%s.%s", encoded(f, header, strlen(header)),
                              encoded(f, claims, strlen(claims)));
    uint8_t bytes[1024];
    size_t size = sizeof bytes;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, bytes, &size, (const uint8_t *)text, strlen(text)),
                     1);
    EVP_MD_CTX_free(context);
    if (EVP_PKEY_is_a(key, "EC")) size = flatten(bytes, size);
    return arena_printf(&f->arena, "%s.%s", text, encoded(f, bytes, size));
}

static const char *judge(struct fixture *f, const char *text)
{
    const struct jwt_policy policy = {"https://id.example", "provost"};
    struct jwt jwt;
    const char *why = jwt_parse(text, strlen(text), "sub", &f->arena, &jwt);
    if (why == NULL) why = jwt_verify(&jwt, f->keys);
    if (why == NULL) why = jwt_check(&jwt, &policy, NOW_S);
    return why;
}

#define RS "{\"alg\":\"RS256\",\"kid\":\"r\"}"
#define ES "{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":\"at+jwt\"}"
#define BODY(more)                                                                             \
    "{\"iss\":\"https://"                                                                      \
    "id.example\",\"aud\":\"provost\",\"sub\":\"ann\",\"exp\":1700000600" more "}"

static void good_ones_pass(void **state)
{
    struct fixture *f = *state;
    assert_null(judge(f, sign(f, f->rsa, RS, BODY(""))));
    assert_null(judge(f, sign(f, f->ec, ES, BODY(",\"nbf\":1700000020"))));
    assert_null(judge(f, sign(f, f->rsa, "{\"alg\":\"RS256\"}", BODY(""))));
    assert_null(judge(f, sign(f, f->rsa, RS,
                              "{\"iss\":\"https://id.example\",\"aud\":[\"a\",\"provost\"],"
                              "\"sub\":\"ann\",\"exp\":1699999980}"))); /* within the leeway */
}

static void bad_ones_are_told_apart(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *header, *claims, *why;
    } cases[] = {
        {"{\"alg\":\"none\"}", BODY(""), "algorithm"},
        {"{\"alg\":\"HS256\",\"kid\":\"r\"}", BODY(""), "algorithm"},
        {"{\"alg\":\"RS512\",\"kid\":\"r\"}", BODY(""), "algorithm"},
        {"{\"kid\":\"r\"}", BODY(""), "algorithm"},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}", BODY(""), "no key"},
        {"{\"alg\":\"ES256\",\"kid\":\"r\"}", BODY(""), "no key"},
        {"{\"alg\":\"RS256\",\"kid\":7}", BODY(""), "key id"},
        {"{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[\"x\"]}", BODY(""), "critical"},
        {"{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"dpop+jwt\"}", BODY(""), "type"},
        {"{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"r\"}", BODY(""), "JSON"},
        {RS, BODY(",\"nbf\":1700000100"), "not valid yet"},
        {RS, BODY(",\"iat\":1700000100"), "future"},
        {RS, BODY(",\"nbf\":\"x\""), "times"},
        {RS,
         "{\"iss\":\"https://"
         "id.example\",\"aud\":\"provost\",\"sub\":\"a\",\"exp\":1699999900}",
         "expired"},
        {RS, "{\"iss\":\"https://id.example\",\"aud\":\"provost\",\"sub\":\"a\"}", "expires"},
        {RS,
         "{\"iss\":\"https://id.example\",\"aud\":\"other\",\"sub\":\"a\",\"exp\":1700000600}",
         "audience"},
        {RS, "{\"iss\":\"https://id.example\",\"sub\":\"a\",\"exp\":1700000600}", "audience"},
        {RS,
         "{\"iss\":\"https://"
         "evil.example\",\"aud\":\"provost\",\"sub\":\"a\",\"exp\":1700000600}",
         "issuer"},
        {RS, "{\"iss\":\"https://id.example\",\"aud\":\"provost\",\"exp\":1700000600}",
         "subject"},
        {RS, "[]", "JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = judge(f, sign(f, f->rsa, cases[i].header, cases[i].claims));
        if (why == NULL || strstr(why, cases[i].why) == NULL)
            fail_msg("case %zu: %s, not %s", i, why != NULL ? why : "accepted", cases[i].why);
    }
}

static void signatures_of_others_are_refused(void **state)
{
    struct fixture *f = *state;
    EVP_PKEY *stranger = EVP_RSA_gen(2048);
    assert_string_equal(judge(f, sign(f, stranger, RS, BODY(""))),
                        "its signature is not right");
    EVP_PKEY_free(stranger);
}

static void every_changed_bit_is_refused(void **state)
{
    struct fixture *f = *state;
    char *text = sign(f, f->ec, ES, BODY(""));
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 7; bit += 3) {
            text[i] = (char)(text[i] ^ 1 << bit);
            if (memchr(text, '\0', size) == NULL && judge(f, text) == NULL)
                fail_msg("accepted with bit %d of byte %zu changed", bit, i);
            text[i] = (char)(text[i] ^ 1 << bit);
        }
}

static void what_is_no_token_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "", ".", "..", "...", "a.b.c", "a.b.c.d", "e30.e30.", "e30.e30.e30", "e30..e30"};
    char *large = arena_alloc(&f->arena, TEXT_BYTES + 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_non_null(judge(f, texts[i]));
    memset(large, 'a', TEXT_BYTES);
    large[TEXT_BYTES] = '\0';
    assert_non_null(strstr(judge(f, large), "8192"));
}

static void key_sets_without_a_key_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":[1,null,\"x\"]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}"};
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_null(jwks_parse(texts[i], strlen(texts[i]), &why));
}

static size_t count_keys(struct fixture *f, const char *more)
{
    const char *why = "";
    const char *json = arena_printf(
        &f->arena,
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"%s}]}",
        number(f, f->ec, OSSL_PKEY_PARAM_EC_PUB_X), number(f, f->ec, OSSL_PKEY_PARAM_EC_PUB_Y),
        more);
    struct jwks *keys = jwks_parse(json, strlen(json), &why);
    size_t count = keys != NULL ? keys->count : 0;
    jwks_free(keys);
    return count;
}

static void keys_for_something_else_are_passed_over(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(count_keys(f, ""), 1);
    assert_int_equal(count_keys(f, ",\"use\":\"sig\",\"key_ops\":[\"verify\"]"), 1);
    assert_int_equal(count_keys(f, ",\"use\":\"enc\""), 0);
    assert_int_equal(count_keys(f, ",\"key_ops\":[\"deriveKey\"]"), 0);
    assert_int_equal(count_keys(f, ",\"key_ops\":[]"), 0);
    assert_int_equal(count_keys(f, ",\"key_ops\":\"verify\""), 0);
    assert_int_equal(count_keys(f, ",\"alg\":\"ES384\""), 0);
    assert_int_equal(count_keys(f, ",\"kid\":\"\""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_pass),
        cmocka_unit_test(bad_ones_are_told_apart),
        cmocka_unit_test(signatures_of_others_are_refused),
        cmocka_unit_test(every_changed_bit_is_refused),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(key_sets_without_a_key_are_refused),
        cmocka_unit_test(keys_for_something_else_are_passed_over),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
