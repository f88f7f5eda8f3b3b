#include "rpc/auth_bearer.h"

#include "common/bearer.h"
#include "common/reasons.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>
#include <strings.h>

static struct status refuse(struct arena *arena, const char *why)
{
    return status_error(arena, GRPC_UNAUTHENTICATED, REASON_UNAUTHENTICATED, NULL,
                        "the token is refused: %s", why);
}

static struct status read_own(const char *text, size_t size, struct arena *arena,
                              struct auth_credential *out_credential)
{
    uint8_t secret[BEARER_SECRET_BYTES];
    if (!bearer_parse(text, size, secret))
        return refuse(arena, "it has a slip in it; copy it whole");
    *out_credential = (struct auth_credential){.kind = AUTH_BY_TOKEN, .identity = ""};
    bearer_hash(secret, out_credential->hash);
    OPENSSL_cleanse(secret, sizeof secret);
    return status_ok();
}

static struct status read_jwt(const char *text, size_t size,
                              const struct auth_bearer_rules *rules, int64_t now_us,
                              struct arena *arena, struct auth_credential *out_credential)
{
    struct jwt jwt;
    const char *why = jwt_parse(text, size, rules->subject_claim, arena, &jwt);
    if (why == NULL) why = jwt_verify(&jwt, rules->keys);
    if (why == NULL) why = jwt_check(&jwt, &rules->policy, now_us / 1000000);
    ERR_clear_error(); /* what is left there would confuse TLS */
    if (why != NULL) return refuse(arena, why);
    *out_credential = (struct auth_credential){
        .kind = AUTH_BY_JWT,
        .identity = arena_printf(arena, "jwt:%s", jwt.subject),
        .end_us = (jwt.expire_s + JWT_LEEWAY_S) * 1000000,
    };
    return status_ok();
}

struct status auth_bearer_read(const char *text, size_t size,
                               const struct auth_bearer_rules *rules, int64_t now_us,
                               struct arena *arena, struct auth_credential *out_credential)
{
    static const char scheme[] = "bearer ";
    if (size < sizeof scheme || strncasecmp(text, scheme, sizeof scheme - 1) != 0)
        return status_error(arena, GRPC_UNAUTHENTICATED, REASON_UNAUTHENTICATED, NULL,
                            "the metadata authorization must be \"Bearer\" and a token");
    text += sizeof scheme - 1;
    size -= sizeof scheme - 1;
    while (size > 0 && *text == ' ') {
        text++;
        size--;
    }
    if (size >= sizeof BEARER_PREFIX - 1 &&
        memcmp(text, BEARER_PREFIX, sizeof BEARER_PREFIX - 1) == 0)
        return read_own(text, size, arena, out_credential);
    if (rules->keys == NULL)
        return refuse(arena, "it is no token of this register, and no other kind is taken");
    return read_jwt(text, size, rules, now_us, arena, out_credential);
}
