#include "service/access_tokens.h"

#include "common/bearer.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "service/access_checks.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/waiting.h"

#include <openssl/crypto.h>
#include <string.h>

enum { TOKEN_ID_BYTES = 8, TOKENS_OF_ONE_MAX = 200 };
#define DAY_US (INT64_C(86400) * 1000000)
static const int64_t life_us = 90 * DAY_US, life_max_us = 366 * DAY_US;
static const int64_t one_time_life_us = DAY_US, one_time_life_max_us = 30 * DAY_US;

/* ---- making ---- */

/* Fills id and hash; *out_text is the secret, in the arena. */
static struct status make_secret(struct txn *txn, struct arena *arena,
                                 struct access_token *token, const char **out_text)
{
    uint8_t secret[BEARER_SECRET_BYTES];
    char *text = arena_alloc(arena, BEARER_TEXT_BYTES);
    if (!random_secret(secret, sizeof secret))
        return status_error(arena, GRPC_UNAVAILABLE, REASON_STORE_FAILED, NULL,
                            "the system gives no random numbers now; try again");
    bearer_format(secret, text);
    bearer_hash(secret, token->hash);
    OPENSSL_cleanse(secret, sizeof secret);
    token->id = arena_printf(arena, "t%s", txn_random_id(txn, TOKEN_ID_BYTES, arena));
    *out_text = text;
    return status_ok();
}

static const char *scope_text(struct arena *arena, const struct access_token *token)
{
    const char *text = "";
    for (int role = ROLE_VIEWER; role < ROLES; role++)
        if ((token->roles & 1U << role) != 0)
            text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? " or " : ", only as ",
                                role_name((enum role)role));
    if (token->organisation[0] != '\0')
        text = arena_printf(arena, "%s, only for %s", text, token->organisation);
    if (token->read_only) text = arena_printf(arena, "%s, only to read", text);
    return text;
}

static struct status add_token(struct handler_call *call, struct access_token *token,
                               const char **out_secret)
{
    int64_t seq;
    struct status st = make_secret(call->txn, call->arena, token, out_secret);
    if (status_is_ok(st)) st = txn_add_token(call->txn, token);
    if (!status_is_ok(st)) return st;
    return access_record(call,
                         arena_printf(call->arena, "%stoken %s for %s, until %s%s",
                                      token->one_time ? "one-time " : "", token->id,
                                      token->principal,
                                      time_to_text(token->expire_us, call->arena),
                                      scope_text(call->arena, token)),
                         "", &seq);
}

/* ---- GetCaller ---- */

static void tell_grants(struct handler_call *call, Provost__V1__GetCallerResponse *response)
{
    const struct rights *rights = call->caller->rights;
    size_t count = rights != NULL ? rights->count : 0;
    response->grants = arena_alloc(call->arena, (count + 1) * sizeof(Provost__V1__Grant *));
    for (size_t i = 0; i < count; i++) {
        const struct access_grant grant = {
            .id = "",
            .principal = call->caller->principal,
            .role = rights->grants[i].role,
            .groups = rights->grants[i].groups,
            .organisation = rights->grants[i].organisation,
            .created_by = "",
        };
        response->grants[response->n_grants++] = access_grant_message(call->arena, &grant);
    }
}

struct status access_get_caller(struct handler_call *call, const ProtobufCMessage *request,
                                ProtobufCMessage **out_response)
{
    (void)request;
    Provost__V1__GetCallerResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__get_caller_response__init(response);
    response->principal = (char *)call->caller->principal;
    response->auth_method = (char *)call->caller->auth_method;
    response->on_behalf_of = (char *)call->caller->on_behalf_of;
    response->seq = txn_seq(call->txn);
    tell_grants(call, response);
    const struct access *access = store_access(call->store);
    const char *id = call->caller->token_id;
    const struct access_token *token =
        id != NULL && *id != '\0' ? access_find_token(access, id) : NULL;
    if (token != NULL) response->token = access_token_message(call->arena, token);
    access_release(access);
    *out_response = &response->base;
    return status_ok();
}

/* ---- RedeemToken ---- */

static struct status redeem(struct handler_call *call, const char *title,
                            const struct access_token *used,
                            Provost__V1__RedeemTokenResponse *response)
{
    bool revoked = false;
    const char *secret = NULL;
    struct status st = txn_revoke_token(call->txn, used->id, call->now_us, &revoked);
    if (!status_is_ok(st)) return st;
    if (!revoked)
        return status_error(call->arena, GRPC_UNAUTHENTICATED, REASON_UNAUTHENTICATED, NULL,
                            "the one-time token was used already");
    struct access_token token = {
        .principal = used->principal,
        .title = *title != '\0' ? title : used->title,
        .organisation = used->organisation,
        .roles = used->roles,
        .read_only = used->read_only,
        .create_us = call->now_us,
        .expire_us = call->now_us + life_us,
        .created_by = used->principal,
    };
    st = add_token(call, &token, &secret);
    if (!status_is_ok(st)) return st;
    response->token = access_token_message(call->arena, &token);
    response->secret = (char *)secret;
    return st;
}

struct status access_redeem_token(struct handler_call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage **out_response)
{
    const Provost__V1__RedeemTokenRequest *request =
        (const Provost__V1__RedeemTokenRequest *)message;
    Provost__V1__RedeemTokenResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__redeem_token_response__init(response);
    struct status st = access_check_title(call->arena, "title", request->title);
    if (!status_is_ok(st)) return st;
    const struct access *access = store_access(call->store);
    const struct access_token *used = access_find_token(access, call->caller->token_id);
    st = used != NULL ? redeem(call, request->title, used, response)
                      : status_error(call->arena, GRPC_UNAUTHENTICATED, REASON_UNAUTHENTICATED,
                                     NULL, "the one-time token was forgotten; ask for another");
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- CreateToken ---- */

static struct status denied(struct handler_call *call, const char *why)
{
    return status_error(call->arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED, NULL,
                        "%s is not allowed to make this token: %s", call->caller->principal,
                        why);
}

/* What one makes for oneself is never worth more than what one came with. */
static struct status check_self(struct handler_call *call, const Provost__V1__Token *asked)
{
    if (!call->caller->registered)
        return denied(call,
                      "they are no principal of this register; an administrator adds them");
    if (call->caller->limited)
        return denied(call, "they came with a token that is itself for less than they may do");
    if (asked->one_time) return denied(call, "one-time tokens are made by administrators");
    return status_ok();
}

static struct status check_roles(struct handler_call *call, const Provost__V1__Token *asked,
                                 unsigned *out_roles)
{
    *out_roles = 0;
    for (size_t i = 0; i < asked->n_roles; i++) {
        if (asked->roles[i] < PROVOST__V1__ROLE__ROLE_VIEWER ||
            asked->roles[i] > PROVOST__V1__ROLE__ROLE_ADMIN)
            return status_invalid(call->arena, REASON_TOKEN_INVALID, "token.roles",
                                  "a role is one of viewer, contributor, approver, auditor, "
                                  "admin");
        *out_roles |= 1U << asked->roles[i];
    }
    return status_ok();
}

static struct status check_token_end(struct handler_call *call, const Provost__V1__Token *asked,
                                     bool self, int64_t *out_us)
{
    int64_t now_us = call->now_us, own_us = call->caller->credential_end_us;
    int64_t fallback_us = now_us + (asked->one_time ? one_time_life_us : life_us);
    int64_t max_us = now_us + (asked->one_time ? one_time_life_max_us : life_max_us);
    if (self && own_us != 0) {
        if (max_us > own_us) max_us = own_us;
        if (fallback_us > own_us) fallback_us = own_us;
    }
    return access_check_end(call, "token.expire_time", asked->expire_time, fallback_us, max_us,
                            out_us);
}

static struct status check_number(struct handler_call *call, const struct access *access,
                                  const char *principal)
{
    size_t count = 0;
    for (size_t i = 0; i < access->token_count; i++)
        if (access->tokens[i].revoke_us == 0 && access->tokens[i].expire_us > call->now_us &&
            strcmp(access->tokens[i].principal, principal) == 0)
            count++;
    if (count < TOKENS_OF_ONE_MAX) return status_ok();
    return status_error(
        call->arena, GRPC_RESOURCE_EXHAUSTED, REASON_ACCESS_FULL, "token.principal",
        "%s has %zu tokens, which is the limit; revoke some first", principal, count);
}

static struct status create(struct handler_call *call, const struct access *access,
                            const Provost__V1__Token *asked,
                            Provost__V1__CreateTokenResponse *response)
{
    struct access_token token = {
        .principal = asked->principal[0] != '\0' ? asked->principal : call->caller->principal,
        .title = asked->title,
        .organisation = asked->organisation,
        .read_only = asked->read_only,
        .one_time = asked->one_time,
        .create_us = call->now_us,
        .created_by = call->caller->principal,
    };
    const char *secret = NULL;
    bool admin = access_is_admin(call);
    bool self = strcmp(token.principal, call->caller->principal) == 0;
    struct status st = status_ok();
    if (!admin) st = self ? check_self(call, asked) : denied(call, "it is for somebody else");
    if (status_is_ok(st) && access_find_principal(access, token.principal) == NULL)
        st = status_error(call->arena, GRPC_NOT_FOUND, REASON_PRINCIPAL_UNKNOWN,
                          "token.principal", "there is no principal \"%.80s\"; add it first",
                          token.principal);
    if (status_is_ok(st)) st = access_check_title(call->arena, "token.title", token.title);
    if (status_is_ok(st)) st = check_roles(call, asked, &token.roles);
    if (status_is_ok(st))
        st = access_check_organisation(call, "token.organisation", token.organisation);
    if (status_is_ok(st)) st = check_token_end(call, asked, !admin, &token.expire_us);
    if (status_is_ok(st)) st = check_number(call, access, token.principal);
    if (status_is_ok(st)) st = add_token(call, &token, &secret);
    if (!status_is_ok(st)) return st;
    response->token = access_token_message(call->arena, &token);
    response->secret = (char *)secret;
    return st;
}

struct status access_create_token(struct handler_call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage **out_response)
{
    static const Provost__V1__Token nothing = PROVOST__V1__TOKEN__INIT;
    const Provost__V1__CreateTokenRequest *request =
        (const Provost__V1__CreateTokenRequest *)message;
    Provost__V1__CreateTokenResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__create_token_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st =
        create(call, access, request->token != NULL ? request->token : &nothing, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- RevokeToken ---- */

static struct status end_token(struct handler_call *call, const struct access *access,
                               const Provost__V1__RevokeTokenRequest *request,
                               Provost__V1__RevokeTokenResponse *response)
{
    const struct access_token *token = access_find_token(access, request->id);
    bool revoked = false;
    struct status st = access_check_reason(call->arena, request->reason);
    if (!status_is_ok(st)) return st;
    if (token == NULL || (!access_is_admin(call) && !access_is_own(call, token)))
        return status_error(call->arena, GRPC_NOT_FOUND, REASON_TOKEN_UNKNOWN, "id",
                            "there is no token \"%.80s\"", request->id);
    st = txn_revoke_token(call->txn, token->id, call->now_us, &revoked);
    response->seq = txn_seq(call->txn);
    if (!status_is_ok(st) || !revoked) return st;
    return access_record(
        call, arena_printf(call->arena, "token %s of %s revoked", token->id, token->principal),
        request->reason, &response->seq);
}

struct status access_revoke_token(struct handler_call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage **out_response)
{
    Provost__V1__RevokeTokenResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__revoke_token_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st =
        end_token(call, access, (const Provost__V1__RevokeTokenRequest *)message, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- the first start ---- */

static struct status make_first(struct handler_call *call, const char **out_secret)
{
    const struct access_principal principal = {
        .name = "admin",
        .title = "First administrator",
        .create_us = call->now_us,
        .created_by = call->caller->principal,
    };
    struct access_grant grant = {
        .principal = principal.name,
        .role = ROLE_ADMIN,
        .groups = GROUPS_ALL,
        .organisation = "",
        .create_us = call->now_us,
        .created_by = call->caller->principal,
    };
    struct access_token token = {
        .principal = principal.name,
        .title = "first start",
        .organisation = "",
        .one_time = true,
        .create_us = call->now_us,
        .expire_us = call->now_us + one_time_life_us,
        .created_by = call->caller->principal,
    };
    grant.id =
        arena_printf(call->arena, "g%s", txn_random_id(call->txn, TOKEN_ID_BYTES, call->arena));
    const char *secret = NULL;
    struct status st = make_secret(call->txn, call->arena, &token, &secret);
    if (status_is_ok(st)) st = txn_put_principal(call->txn, &principal, NULL, 0);
    if (status_is_ok(st)) st = txn_add_grant(call->txn, &grant);
    if (status_is_ok(st)) st = txn_add_token(call->txn, &token);
    if (status_is_ok(st)) *out_secret = secret;
    return st;
}

struct status access_bootstrap(struct txn *txn, struct store *store, struct arena *arena,
                               int64_t now_us, const char **out_secret)
{
    static const struct caller caller = {
        .principal = "provostd",
        .auth_method = "first-start",
        .service = "",
        .on_behalf_of = "",
        .trace_id = "",
        .address = "",
    };
    struct handler_call call = {
        .arena = arena,
        .txn = txn,
        .caller = &caller,
        .method = "first start",
        .store = store,
        .now_us = now_us,
    };
    const struct access *access = store_access(store);
    bool is_first = access->principal_count == 0;
    access_release(access);
    *out_secret = NULL;
    return is_first ? make_first(&call, out_secret) : status_ok();
}
