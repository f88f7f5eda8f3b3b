#include "service/access_checks.h"

#include "common/reasons.h"
#include "common/time_text.h"
#include "common/wire.h"
#include "service/catalog.h"
#include "service/resource.h"
#include "store/txn.h"

#include <ctype.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 63,
    TITLE_MAX_BYTES = 200,
    REASON_MAX_BYTES = 1500,
    IDENTITY_MAX_BYTES = 255,
    FINGERPRINT_DIGITS = 64,
};

bool access_is_admin(const struct handler_call *call)
{
    return rights_hold(call->caller->rights, ROLE_ADMIN, true);
}

bool access_is_own(const struct handler_call *call, const struct access_token *token)
{
    return call->caller->registered && strcmp(token->principal, call->caller->principal) == 0;
}

/* ---- texts ---- */

struct status access_check_name(struct arena *arena, const char *field, const char *name)
{
    size_t size = strlen(name);
    size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789._-@");
    if (size > 0 && size <= NAME_MAX_BYTES && good == size && isalnum((unsigned char)*name) &&
        strcmp(name, "loopback") != 0)
        return status_ok();
    return status_invalid(
        arena, REASON_PRINCIPAL_INVALID, field,
        "\"%.80s\" is no name for a principal: 1 to %d letters, digits, \".\", "
        "\"_\", \"-\", \"@\", a letter or digit first, and not \"loopback\"",
        name, NAME_MAX_BYTES);
}

static bool is_line(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
    return true;
}

struct status access_check_title(struct arena *arena, const char *field, const char *title)
{
    if (strlen(title) <= TITLE_MAX_BYTES && is_line(title)) return status_ok();
    return status_invalid(arena, REASON_TEXT_TOO_LONG, field,
                          "%s must be one line of at most %d bytes", field, TITLE_MAX_BYTES);
}

struct status access_check_reason(struct arena *arena, const char *reason)
{
    if (strlen(reason) <= REASON_MAX_BYTES) return status_ok();
    return status_invalid(arena, REASON_REASON_INVALID, "reason",
                          "reason has %zu bytes; at most %d are kept", strlen(reason),
                          REASON_MAX_BYTES);
}

/* ---- identities ---- */

static const char *const identity_kinds[] = {
    "unix-user:", "unix-uid:", "unix-group:", "cert-sha256:",
    "cert-uri:",  "cert-dns:", "cert-email:", "jwt:",
};

static bool is_kind(const char *text)
{
    for (size_t i = 0; i < sizeof identity_kinds / sizeof *identity_kinds; i++) {
        size_t size = strlen(identity_kinds[i]);
        if (strncmp(text, identity_kinds[i], size) == 0 && text[size] != '\0') return true;
    }
    return false;
}

/* "aa:bb..." or "AABB..." as "AABB..."; NULL when it is no SHA-256. */
static const char *read_fingerprint(struct arena *arena, const char *text)
{
    char *digits = arena_alloc(arena, FINGERPRINT_DIGITS + 1);
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text == ':') continue;
        if (!isxdigit((unsigned char)*text) || count == FINGERPRINT_DIGITS) return NULL;
        digits[count++] = (char)toupper((unsigned char)*text);
    }
    digits[count] = '\0';
    return count == FINGERPRINT_DIGITS ? digits : NULL;
}

/* The text with lower-case letters, from `at` on. */
static const char *lower(struct arena *arena, const char *text, size_t at)
{
    char *copy = arena_strdup(arena, text);
    for (char *c = copy + at; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

struct status access_check_identity(struct arena *arena, const char *field, const char *text,
                                    const char **out_text)
{
    static const char sha256[] = "cert-sha256:", dns[] = "cert-dns:", uid[] = "unix-uid:";
    if (strlen(text) > IDENTITY_MAX_BYTES || !is_line(text) || !is_kind(text))
        return status_invalid(arena, REASON_PRINCIPAL_INVALID, field,
                              "\"%.100s\" is no identity; write one of unix-user:, unix-uid:, "
                              "unix-group:, cert-sha256:, cert-uri:, cert-dns:, cert-email:, "
                              "jwt: and the value behind it, at most %d bytes",
                              text, IDENTITY_MAX_BYTES);
    *out_text = text;
    if (strncmp(text, dns, sizeof dns - 1) == 0) *out_text = lower(arena, text, 0);
    if (strncmp(text, uid, sizeof uid - 1) == 0 &&
        text[sizeof uid - 1 + strspn(text + sizeof uid - 1, "0123456789")] != '\0')
        return status_invalid(
            arena, REASON_PRINCIPAL_INVALID, field,
            "\"%.100s\": a user id is a number; of a name write unix-user:", text);
    if (strncmp(text, sha256, sizeof sha256 - 1) != 0) return status_ok();
    const char *digits = read_fingerprint(arena, text + sizeof sha256 - 1);
    if (digits == NULL)
        return status_invalid(arena, REASON_PRINCIPAL_INVALID, field,
                              "\"%.100s\": a SHA-256 fingerprint has %d hex digits", text,
                              FINGERPRINT_DIGITS);
    *out_text = arena_printf(arena, "%s%s", sha256, digits);
    return status_ok();
}

/* ---- places and times ---- */

struct status access_check_organisation(struct handler_call *call, const char *field,
                                        const char *name)
{
    struct version version;
    bool found = false;
    if (name[0] == '\0') return status_ok();
    const struct catalog_row *row = catalog_of_name(name);
    if (row == NULL || strcmp(row->kind.collection, "organisations") != 0 ||
        resource_id(name)[0] == '\0')
        return status_invalid(call->arena, REASON_UNKNOWN_REFERENCE, field,
                              "\"%.200s\" is no organisation; write \"organisations/...\", or "
                              "nothing for the whole register",
                              name);
    struct status st = txn_get(call->txn, &row->kind, resource_id(name), AS_OF_NOW, call->arena,
                               &version, &found);
    if (!status_is_ok(st) || found) return st;
    return status_invalid(call->arena, REASON_UNKNOWN_REFERENCE, field,
                          "there is no \"%.200s\"; create it first", name);
}

struct status access_check_end(struct handler_call *call, const char *field,
                               const Google__Protobuf__Timestamp *time, int64_t fallback_us,
                               int64_t max_us, int64_t *out_us)
{
    *out_us = fallback_us;
    if (time == NULL) return status_ok();
    if (!timestamp_is_valid(time))
        return status_invalid(call->arena, REASON_TIME_INVALID, field, "%s is not a valid time",
                              field);
    int64_t us = timestamp_to_us(time);
    if (us <= call->now_us)
        return status_invalid(call->arena, REASON_TIME_INVALID, field,
                              "%s %s has passed already", field,
                              time_to_text(timestamp_to_us(time), call->arena));
    if (max_us != 0 && us > max_us)
        return status_invalid(
            call->arena, REASON_TIME_INVALID, field,
            "%s %s is too late: at most %lld days from now", field,
            time_to_text(timestamp_to_us(time), call->arena),
            (long long)((max_us - call->now_us) / (INT64_C(86400) * 1000000)));
    *out_us = us;
    return status_ok();
}

/* ---- the log ---- */

struct status access_record(struct handler_call *call, const char *what, const char *reason,
                            int64_t *out_seq)
{
    const struct change_by by = {
        .principal = call->caller->principal,
        .auth_method = call->caller->auth_method,
        .service = call->caller->service,
        .on_behalf_of = call->caller->on_behalf_of,
        .method = call->method,
        .request_id = "",
        .reason = reason[0] == '\0' ? what : arena_printf(call->arena, "%s: %s", what, reason),
        .trace_id = call->caller->trace_id,
    };
    txn_set_change_by(call->txn, &by);
    struct status st = txn_record_change(call->txn);
    *out_seq = txn_change_seq(call->txn);
    return st;
}

/* ---- messages ---- */

static Google__Protobuf__Timestamp *time_or_null(int64_t us, struct arena *arena)
{
    return us == 0 ? NULL : timestamp_new(us, arena);
}

Provost__V1__Principal *access_principal_message(struct arena *arena,
                                                 const struct access_principal *principal)
{
    Provost__V1__Principal *message = arena_alloc(arena, sizeof *message);
    provost__v1__principal__init(message);
    message->name = arena_strdup(arena, principal->name);
    message->title = arena_strdup(arena, principal->title);
    message->disabled = principal->disabled;
    message->acts_for_others = principal->acts_for_others;
    message->create_time = time_or_null(principal->create_us, arena);
    message->created_by = arena_strdup(arena, principal->created_by);
    return message;
}

Provost__V1__Grant *access_grant_message(struct arena *arena, const struct access_grant *grant)
{
    enum { GROUPS = 3 };
    Provost__V1__Grant *message = arena_alloc(arena, sizeof *message);
    provost__v1__grant__init(message);
    message->id = arena_strdup(arena, grant->id);
    message->principal = arena_strdup(arena, grant->principal);
    message->role = (Provost__V1__Role)grant->role;
    message->organisation = arena_strdup(arena, grant->organisation);
    message->field_groups = arena_alloc(arena, GROUPS * sizeof *message->field_groups);
    for (int i = 0; i < GROUPS; i++)
        if ((grant->groups & 1U << i) != 0)
            message->field_groups[message->n_field_groups++] = (Provost__V1__FieldGroup)(i + 1);
    message->expire_time = time_or_null(grant->expire_us, arena);
    message->create_time = time_or_null(grant->create_us, arena);
    message->created_by = arena_strdup(arena, grant->created_by);
    return message;
}

Provost__V1__Token *access_token_message(struct arena *arena, const struct access_token *token)
{
    Provost__V1__Token *message = arena_alloc(arena, sizeof *message);
    provost__v1__token__init(message);
    message->id = arena_strdup(arena, token->id);
    message->principal = arena_strdup(arena, token->principal);
    message->title = arena_strdup(arena, token->title);
    message->roles = arena_alloc(arena, ROLES * sizeof *message->roles);
    for (int role = ROLE_VIEWER; role < ROLES; role++)
        if ((token->roles & 1U << role) != 0)
            message->roles[message->n_roles++] = (Provost__V1__Role)role;
    message->organisation = arena_strdup(arena, token->organisation);
    message->read_only = token->read_only;
    message->one_time = token->one_time;
    message->expire_time = time_or_null(token->expire_us, arena);
    message->create_time = time_or_null(token->create_us, arena);
    message->created_by = arena_strdup(arena, token->created_by);
    message->revoke_time = time_or_null(token->revoke_us, arena);
    message->last_use_time = time_or_null(token->last_use_us, arena);
    return message;
}
