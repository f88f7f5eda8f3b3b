#include "rpc/auth.h"

#include "common/arena.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "rpc/auth_bearer.h"
#include "rpc/auth_denials.h"
#include "rpc/call.h"
#include "rpc/methods.h"
#include "store/store.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_ID_BYTES = 40 };

struct auth {
    struct auth_options options;
    struct jwks *keys; /* NULL: no JWT is taken */
    const struct access *access;
    struct call *sessions;
    struct auth_denials denials;
    struct auth_stats stats;
    /* When a token was used last: one note at a time. */
    struct store_job touch;
    struct arena touch_arena;
    char touch_id[TOKEN_ID_BYTES];
    int64_t touch_us;
    bool touching;
};

/* ---- the keys of the identity provider ---- */

static struct status read_file(const char *path, struct arena *arena, char **out_text,
                               size_t *out_size)
{
    FILE *file = fopen(path, "re");
    char *text = arena_alloc(arena, JWKS_MAX_BYTES + 1);
    if (file == NULL)
        return status_invalid(arena, "CONFIG_INVALID", NULL, "cannot open the key set %s: %s",
                              path, strerror(errno));
    *out_size = fread(text, 1, JWKS_MAX_BYTES + 1, file);
    fclose(file);
    *out_text = text;
    return status_ok();
}

struct status auth_reload(struct auth *auth, struct arena *arena)
{
    const char *path = auth->options.jwks_path, *why = "";
    char *text = NULL;
    size_t size = 0;
    if (path[0] == '\0') return status_ok();
    struct status st = read_file(path, arena, &text, &size);
    if (!status_is_ok(st)) return st;
    struct jwks *keys = jwks_parse(text, size, &why);
    if (keys == NULL)
        return status_invalid(arena, "CONFIG_INVALID", NULL, "the key set %s %s", path, why);
    jwks_free(auth->keys);
    auth->keys = keys;
    return st;
}

struct status auth_new(const struct auth_options *options, struct arena *arena,
                       struct auth **out_auth)
{
    struct auth *auth = xcalloc(1, sizeof *auth);
    auth->options = *options;
    arena_init(&auth->touch_arena, SIZE_MAX);
    struct status st = auth_reload(auth, arena);
    if (status_is_ok(st))
        *out_auth = auth;
    else
        auth_free(auth);
    return st;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL) return;
    jwks_free(auth->keys);
    access_release(auth->access);
    arena_release(&auth->touch_arena);
    free(auth);
}

struct auth_stats auth_get_stats(const struct auth *auth)
{
    return auth->stats;
}

/* ---- when a token was used ---- */

static struct status run_touch(struct store_job *job, struct txn *txn)
{
    struct auth *auth = (struct auth *)((char *)job - offsetof(struct auth, touch));
    return auth->options.touch(txn, auth->touch_id, auth->touch_us);
}

static void on_touched(struct store_job *job)
{
    struct auth *auth = (struct auth *)((char *)job - offsetof(struct auth, touch));
    auth->touching = false;
    arena_release(&auth->touch_arena);
    arena_init(&auth->touch_arena, SIZE_MAX);
}

static void note_use(struct auth *auth, const struct access_token *token, int64_t now_us)
{
    if (auth->options.touch == NULL || auth->touching || !access_note_use(token, now_us))
        return;
    snprintf(auth->touch_id, sizeof auth->touch_id, "%s", token->id);
    auth->touch_us = now_us;
    auth->touch =
        (struct store_job){.arena = &auth->touch_arena, .run = run_touch, .done = on_touched};
    auth->touching = store_submit_write(auth->options.store, &auth->touch);
}

/* ---- who it is ---- */

static void refresh(struct auth *auth)
{
    const struct access *present = store_access(auth->options.store);
    access_release(auth->access);
    auth->access = present;
}

static struct auth_question question_of(const struct auth *auth, const struct call *call,
                                        struct arena *arena, int64_t now_us)
{
    return (struct auth_question){
        .access = auth->access,
        .rules = &auth->options.rules,
        .peer = call->setup.peer,
        .credential = &call->session.credential,
        .on_behalf_of = call->metadata.on_behalf_of,
        .now_us = now_us,
        .arena = arena,
    };
}

/* What the call brings along; the secret is wiped. */
static struct status read_credential(struct auth *auth, struct call *call)
{
    struct metadata *metadata = &call->metadata;
    const struct auth_bearer_rules rules = {
        .keys = auth->keys,
        .policy = {auth->options.jwt_issuer, auth->options.jwt_audience},
        .subject_claim = auth->options.jwt_subject_claim,
    };
    call->session.credential = (struct auth_credential){.kind = AUTH_BY_PEER, .identity = ""};
    if (metadata->authorization == NULL) return status_ok();
    struct status st =
        auth_bearer_read(metadata->authorization, metadata->authorization_size, &rules,
                         call->arrived_us, &call->arena, &call->session.credential);
    OPENSSL_cleanse(metadata->authorization, metadata->authorization_size);
    metadata->authorization = NULL;
    return st;
}

static void fill_caller(struct call *call, const struct auth_answer *answer)
{
    call->caller = (struct caller){
        .principal = answer->principal,
        .auth_method = answer->auth_method,
        .service = call->metadata.service,
        .on_behalf_of = call->metadata.on_behalf_of,
        .trace_id = call->metadata.trace_id,
        .address = call->setup.peer->address,
        .rights = answer->rights,
        .registered = answer->registered,
        .token_id = answer->token != NULL ? arena_strdup(&call->arena, answer->token->id) : "",
        .limited = answer->token != NULL &&
                   (answer->token->roles != 0 || answer->token->organisation[0] != '\0' ||
                    answer->token->read_only),
        .credential_end_us = answer->end_us,
    };
}

/* ---- whether they may ---- */

static struct status refuse(struct call *call, const char *what)
{
    return status_error(&call->arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED, NULL,
                        "%s is not allowed to call %s: %s", call->caller.principal,
                        call->method->path, what);
}

static struct status check_role(struct call *call, const struct auth_answer *answer)
{
    const struct method *method = call->method;
    if (answer->one_time)
        return method->min_role == ROLE_REDEEMER
                   ? status_ok()
                   : refuse(call, "a one-time token is only good to be exchanged, with "
                                  "\"provost login\"");
    if (method->min_role == ROLE_REDEEMER) return refuse(call, "it takes a one-time token");
    if (answer->rights != NULL && answer->rights->read_only &&
        (method->kind == METHOD_WRITE || method->kind == METHOD_CHORE))
        return refuse(call, "the token is for reading only");
    if (method->min_role == ROLE_SIGNED_IN) return status_ok();
    if (rights_hold(answer->rights, method->min_role, method->reach == REACH_REGISTER))
        return status_ok();
    return refuse(
        call, arena_printf(&call->arena, "it takes the role %s%s", role_name(method->min_role),
                           method->reach == REACH_REGISTER ? " on the whole register" : ""));
}

static struct status check(struct call *call, const struct auth_answer *answer)
{
    if (call->method->min_role == ROLE_ANYONE) return status_ok();
    if (answer->principal[0] == '\0')
        return status_error(
            &call->arena, GRPC_UNAUTHENTICATED, REASON_UNAUTHENTICATED, NULL,
            "sign in first: send a token in the metadata authorization, or show "
            "a client certificate that the register knows");
    return check_role(call, answer);
}

static void link_session(struct auth *auth, struct call *call)
{
    call->session.next = auth->sessions;
    call->session.previous = NULL;
    call->session.linked = true;
    if (auth->sessions != NULL) auth->sessions->session.previous = call;
    auth->sessions = call;
}

struct status auth_admit(struct auth *auth, struct call *call)
{
    struct auth_answer answer = {.principal = "", .auth_method = ""};
    fill_caller(call, &answer); /* for the log, whatever follows */
    refresh(auth);
    struct status st = read_credential(auth, call);
    struct auth_question question = question_of(auth, call, &call->arena, call->arrived_us);
    /* Health answers whoever asks, whatever else they bring. */
    if (call->method->min_role == ROLE_ANYONE) st = status_ok();
    if (status_is_ok(st)) st = auth_identify(&question, &answer);
    if (call->method->min_role == ROLE_ANYONE) {
        fill_caller(call, &answer); /* for its quota */
        return status_ok();
    }
    if (!status_is_ok(st)) return st;
    fill_caller(call, &answer);
    st = check(call, &answer);
    if (!status_is_ok(st)) return st;
    auth->stats.admitted++;
    if (answer.token != NULL) note_use(auth, answer.token, call->arrived_us);
    if (call->method->client_streams || call->method->server_streams) link_session(auth, call);
    return st;
}

static void unlink_session(struct auth *auth, struct auth_session *session)
{
    session->linked = false;
    if (session->next != NULL) session->next->session.previous = session->previous;
    if (session->previous != NULL)
        session->previous->session.next = session->next;
    else
        auth->sessions = session->next;
}

/* That something was left out of a list is no refusal; that what was asked for "is not there" is
 * one, when it was kept from the caller. */
static bool is_denial(const struct call *call)
{
    switch (call->status.code) {
    case GRPC_PERMISSION_DENIED:
    case GRPC_UNAUTHENTICATED:
        return true;
    case GRPC_NOT_FOUND:
    case GRPC_INVALID_ARGUMENT:
    case GRPC_FAILED_PRECONDITION:
        return call->hid;
    default:
        return false;
    }
}

static void count_denial(struct auth *auth, const struct auth_denial *denial)
{
    auth->stats.denied++;
    metric_count(METRIC_DENIALS);
    auth_denials_log(&auth->denials, denial, time_now_us());
}

void auth_end(struct auth *auth, struct call *call)
{
    const struct auth_denial denial = {
        .caller = &call->caller,
        .method = call->method != NULL ? call->method->path : "-",
        .request_id = call_get_request_id(call),
        .status = call->status,
    };
    if (call->session.linked) unlink_session(auth, &call->session);
    if (is_denial(call)) count_denial(auth, &denial);
}

void auth_refuse_peer(struct auth *auth, const struct auth_peer *peer, const char *why)
{
    const struct caller caller = {.address = peer->address};
    const struct auth_denial denial = {
        .caller = &caller,
        .method = "TLS",
        .status = {.code = GRPC_UNAUTHENTICATED, .message = why},
    };
    metric_count(METRIC_TLS_HANDSHAKES_FAILED);
    count_denial(auth, &denial);
}

/* ---- calls that go on ---- */

/* The status to end it with, or OK. Texts in `arena`. */
static struct status look_again(struct auth *auth, struct call *call, struct arena *arena,
                                int64_t now_us)
{
    struct auth_question question = question_of(auth, call, arena, now_us);
    struct auth_answer answer = {.principal = ""};
    struct status st = auth_identify(&question, &answer);
    if (!status_is_ok(st)) return st;
    if (rights_equal(answer.rights, call->caller.rights)) return st;
    return status_error(arena, GRPC_PERMISSION_DENIED, REASON_CREDENTIALS_ENDED, NULL,
                        "what %s may do has changed; call again", call->caller.principal);
}

static void look_at_all(struct auth *auth)
{
    int64_t now_us = time_now_us();
    struct call *next;
    for (struct call *call = auth->sessions; call != NULL; call = next) {
        struct arena arena;
        next = call->session.next;
        arena_init(&arena, SIZE_MAX);
        struct status st = look_again(auth, call, &arena, now_us);
        if (!status_is_ok(st)) {
            auth->stats.ended++;
            st.message = arena_strdup(&call->arena, st.message);
            call_finish(call, st);
        }
        arena_release(&arena);
    }
}

void auth_on_commit(struct auth *auth)
{
    uint64_t before = auth->access != NULL ? auth->access->number : 0;
    refresh(auth);
    if (auth->access->number != before) look_at_all(auth);
}

void auth_on_second(struct auth *auth)
{
    if (auth->access != NULL && auth->sessions != NULL) look_at_all(auth);
    auth_denials_tell(&auth->denials, time_now_us());
}
