#include "rpc/auth_identify.h"

#include "common/reasons.h"

#include <assert.h>
#include <string.h>

enum { BUILT_IN_MAX = 2 };

/* ---- what a principal may do ---- */

static bool is_running(const struct access_grant *grant, int64_t now_us)
{
    return grant->expire_us == 0 || grant->expire_us > now_us;
}

/* Grants of a principal that count now, behind `count` that are there already. */
static size_t add_grants(const struct auth_question *question, const char *principal,
                         unsigned roles, struct rights_grant *grants, size_t count)
{
    size_t found = 0;
    const struct access_grant *rows = access_grants_of(question->access, principal, &found);
    for (size_t i = 0; i < found; i++) {
        if (!is_running(&rows[i], question->now_us) ||
            (roles != 0 && (roles & 1U << rows[i].role) == 0))
            continue;
        grants[count++] = (struct rights_grant){
            .role = (enum role)rows[i].role,
            .groups = rows[i].groups,
            .organisation = arena_strdup(question->arena, rows[i].organisation)};
    }
    return count;
}

static struct rights_grant *new_grants(const struct auth_question *question,
                                       const char *principal)
{
    size_t found = 0;
    if (principal[0] != '\0') access_grants_of(question->access, principal, &found);
    return arena_alloc(question->arena, (found + BUILT_IN_MAX) * sizeof(struct rights_grant));
}

static struct rights *new_rights(const struct auth_question *question,
                                 const struct rights_grant *grants, size_t count)
{
    struct rights *rights = arena_alloc(question->arena, sizeof *rights);
    *rights = (struct rights){.grants = grants, .count = count, .organisation = ""};
    return rights;
}

static struct status refuse(const struct auth_question *question, enum grpc_code code,
                            const char *message)
{
    return status_error(question->arena, code,
                        code == GRPC_UNAUTHENTICATED ? REASON_UNAUTHENTICATED
                                                     : REASON_PERMISSION_DENIED,
                        NULL, "%s", message);
}

/* PERMISSION_DENIED unless there is such a principal and it may call. */
static struct status check_principal(const struct auth_question *question, const char *name,
                                     const struct access_principal **out_principal)
{
    *out_principal = access_find_principal(question->access, name);
    if (*out_principal != NULL && !(*out_principal)->disabled) return status_ok();
    return status_error(question->arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED, NULL,
                        "the principal %s is disabled; ask an administrator", name);
}

/* ---- by what the connection proves ---- */

static bool is_in_group(const struct auth_question *question)
{
    const struct auth_peer *peer = question->peer;
    const char *group = question->rules->reader_group;
    static const char prefix[] = "unix-group:";
    for (size_t i = 0; group[0] != '\0' && i < peer->identity_count; i++)
        if (strncmp(peer->identities[i], prefix, sizeof prefix - 1) == 0 &&
            strcmp(peer->identities[i] + sizeof prefix - 1, group) == 0)
            return true;
    return false;
}

/* The first identity that a principal has. */
static const struct access_identity *find_mapped(const struct auth_question *question)
{
    for (size_t i = 0; i < question->peer->identity_count; i++) {
        const struct access_identity *found =
            access_find_identity(question->access, question->peer->identities[i]);
        if (found != NULL) return found;
    }
    return NULL;
}

/* What is granted to a group is done by its member, and the log says who that was. */
static bool is_of_group(const struct access_identity *identity)
{
    return strncmp(identity->text, "unix-group:", 11) == 0;
}

static struct status identify_peer(const struct auth_question *question,
                                   struct auth_answer *answer)
{
    const struct auth_peer *peer = question->peer;
    const struct access_identity *mapped = find_mapped(question);
    const struct access_principal *principal = NULL;
    if (peer->auth_method[0] == '\0') return status_ok();
    answer->auth_method = peer->auth_method;
    if (strcmp(peer->auth_method, "loopback") == 0) {
        answer->principal = peer->principal;
        answer->rights = &rights_of_everyone_on_trial;
        return status_ok();
    }
    if (peer->is_distrusted)
        return refuse(question, GRPC_UNAUTHENTICATED,
                      "the client certificate was revoked, or its authority is not trusted any "
                      "more; connect with a new one");
    if (peer->end_us != 0 && peer->end_us <= question->now_us)
        return refuse(question, GRPC_UNAUTHENTICATED,
                      "the client certificate has expired; connect with a new one");
    /* A certificate that no principal has is as good as none. */
    if (mapped == NULL && peer->end_us != 0) return status_ok();
    answer->end_us = peer->end_us;
    if (mapped != NULL) {
        struct status st = check_principal(question, mapped->principal, &principal);
        if (!status_is_ok(st)) return st;
    }
    struct rights_grant *grants = new_grants(question, mapped != NULL ? mapped->principal : "");
    size_t count = 0;
    if (peer->is_operator && question->rules->operator_is_admin)
        grants[count++] = (struct rights_grant){ROLE_ADMIN, GROUPS_ALL, ""};
    if (is_in_group(question)) grants[count++] = (struct rights_grant){ROLE_VIEWER, 0, ""};
    if (mapped != NULL) count = add_grants(question, mapped->principal, 0, grants, count);
    answer->principal = mapped != NULL && !is_of_group(mapped)
                            ? arena_strdup(question->arena, mapped->principal)
                            : peer->principal;
    answer->registered = mapped != NULL && !is_of_group(mapped);
    answer->rights = new_rights(question, grants, count);
    return status_ok();
}

/* ---- by a token of the register ---- */

static struct status check_token(const struct auth_question *question,
                                 const struct access_token *token)
{
    if (token == NULL)
        return refuse(question, GRPC_UNAUTHENTICATED,
                      "the token is not one of this register; sign in with a new one");
    if (token->revoke_us != 0)
        return refuse(question, GRPC_UNAUTHENTICATED,
                      token->one_time ? "the one-time token was used already, or revoked"
                                      : "the token was revoked; sign in with a new one");
    if (token->expire_us <= question->now_us)
        return refuse(question, GRPC_UNAUTHENTICATED,
                      "the token has expired; sign in with a new one");
    return status_ok();
}

static struct status identify_token(const struct auth_question *question,
                                    struct auth_answer *answer)
{
    const struct access_principal *principal = NULL;
    const struct access_token *token =
        access_find_secret(question->access, question->credential->hash);
    struct status st = check_token(question, token);
    if (status_is_ok(st)) st = check_principal(question, token->principal, &principal);
    if (!status_is_ok(st)) return st;
    assert(principal != NULL);
    struct rights_grant *grants = new_grants(question, principal->name);
    size_t count = 0;
    if (!token->one_time)
        count = add_grants(question, principal->name, token->roles, grants, 0);
    struct rights *rights = new_rights(question, grants, count);
    rights->organisation = arena_strdup(question->arena, token->organisation);
    rights->read_only = token->read_only;
    answer->rights = rights;
    answer->principal = arena_strdup(question->arena, principal->name);
    answer->auth_method = "token";
    answer->registered = true;
    answer->token = token;
    answer->one_time = token->one_time;
    answer->end_us = token->expire_us;
    return status_ok();
}

/* ---- by the identity provider ---- */

static struct status identify_jwt(const struct auth_question *question,
                                  struct auth_answer *answer)
{
    const struct auth_credential *credential = question->credential;
    const struct access_principal *principal = NULL;
    if (credential->end_us <= question->now_us)
        return refuse(question, GRPC_UNAUTHENTICATED,
                      "the access token has expired; get a new one");
    const struct access_identity *identity =
        access_find_identity(question->access, credential->identity);
    if (identity == NULL)
        return status_error(question->arena, GRPC_PERMISSION_DENIED, REASON_PRINCIPAL_UNKNOWN,
                            NULL,
                            "the identity provider knows you, this register does not: ask an "
                            "administrator to add the identity %s to a principal",
                            credential->identity);
    struct status st = check_principal(question, identity->principal, &principal);
    if (!status_is_ok(st)) return st;
    assert(principal != NULL);
    struct rights_grant *grants = new_grants(question, principal->name);
    size_t count = add_grants(question, principal->name, 0, grants, 0);
    answer->rights = new_rights(question, grants, count);
    answer->principal = arena_strdup(question->arena, principal->name);
    answer->auth_method = "jwt";
    answer->registered = true;
    answer->end_us = credential->end_us;
    return status_ok();
}

/* ---- for somebody else ---- */

static bool may_act_for_others(const struct auth_question *question,
                               const struct auth_answer *answer)
{
    const struct access_principal *principal =
        answer->registered ? access_find_principal(question->access, answer->principal) : NULL;
    if (rights_hold(answer->rights, ROLE_ADMIN, true)) return true;
    return principal != NULL && principal->acts_for_others;
}

/* Who acts for a principal of this register may do what both may; for others the name is only
 * noted. */
static struct status narrow(const struct auth_question *question, struct auth_answer *answer)
{
    const struct access_principal *other = NULL;
    if (question->on_behalf_of[0] == '\0' || answer->principal[0] == '\0') return status_ok();
    if (!may_act_for_others(question, answer))
        return status_error(question->arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED,
                            NULL, "%s is not allowed to act on behalf of others",
                            answer->principal);
    if (access_find_principal(question->access, question->on_behalf_of) == NULL)
        return status_ok();
    struct status st = check_principal(question, question->on_behalf_of, &other);
    if (!status_is_ok(st)) return st;
    assert(other != NULL);
    struct rights_grant *grants = new_grants(question, other->name);
    size_t count = add_grants(question, other->name, 0, grants, 0);
    struct rights *both = arena_alloc(question->arena, sizeof *both);
    *both = *answer->rights;
    both->also = new_rights(question, grants, count);
    answer->rights = both;
    return st;
}

static struct status identify(const struct auth_question *question, struct auth_answer *answer)
{
    switch (question->credential->kind) {
    case AUTH_BY_PEER:
        return identify_peer(question, answer);
    case AUTH_BY_TOKEN:
        return identify_token(question, answer);
    case AUTH_BY_JWT:
        return identify_jwt(question, answer);
    }
    return status_ok();
}

struct status auth_identify(const struct auth_question *question,
                            struct auth_answer *out_answer)
{
    struct auth_answer answer = {.principal = "", .auth_method = ""};
    struct status st = identify(question, &answer);
    if (status_is_ok(st)) st = narrow(question, &answer);
    if (status_is_ok(st)) *out_answer = answer;
    return st;
}
