#include "service/access_grants.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "service/access_checks.h"
#include "service/field_groups.h"
#include "store/txn.h"
#include "store/waiting.h"

#include <string.h>

enum { IDENTITIES_MAX = 50, GRANT_ID_BYTES = 8 };

/* ---- principals ---- */

/* Asked of the tables: another request of the same batch may have taken it just now. */
static struct status check_free(struct handler_call *call, const char *field,
                                const char *identity, const char *principal)
{
    const char *owner = NULL;
    struct status st = txn_find_identity(call->txn, identity, call->arena, &owner);
    if (!status_is_ok(st) || owner == NULL || strcmp(owner, principal) == 0) return st;
    return status_error(call->arena, GRPC_ALREADY_EXISTS, REASON_IDENTITY_TAKEN, field,
                        "%s is an identity of %s already", identity, owner);
}

static struct status check_identities(struct handler_call *call,
                                      const Provost__V1__Principal *asked,
                                      const char **out_identities)
{
    if (asked->n_identities > IDENTITIES_MAX)
        return status_invalid(call->arena, REASON_PRINCIPAL_INVALID, "principal.identities",
                              "%zu identities are given; at most %d are kept",
                              asked->n_identities, IDENTITIES_MAX);
    for (size_t i = 0; i < asked->n_identities; i++) {
        const char *field = arena_printf(call->arena, "principal.identities[%zu]", i);
        struct status st =
            access_check_identity(call->arena, field, asked->identities[i], &out_identities[i]);
        if (status_is_ok(st)) st = check_free(call, field, out_identities[i], asked->name);
        if (!status_is_ok(st)) return st;
        for (size_t j = 0; j < i; j++)
            if (strcmp(out_identities[i], out_identities[j]) == 0)
                return status_invalid(call->arena, REASON_PRINCIPAL_INVALID, field,
                                      "%s is given twice", out_identities[i]);
    }
    return status_ok();
}

static struct status check_set(struct handler_call *call,
                               const Provost__V1__SetPrincipalRequest *request,
                               const char **out_identities)
{
    const Provost__V1__Principal *asked = request->principal;
    if (asked == NULL)
        return status_invalid(call->arena, REASON_FIELD_REQUIRED, "principal",
                              "principal is required: say at least its name");
    struct status st = access_check_name(call->arena, "principal.name", asked->name);
    if (status_is_ok(st)) st = access_check_title(call->arena, "principal.title", asked->title);
    if (status_is_ok(st)) st = check_identities(call, asked, out_identities);
    return status_is_ok(st) ? access_check_reason(call->arena, request->reason) : st;
}

/* For the log: everything that decides who may come in. */
static const char *principal_text(struct arena *arena, const struct access_principal *principal,
                                  const char *const *identities, size_t count)
{
    const char *text = arena_printf(arena, "principal %s%s%s", principal->name,
                                    principal->disabled ? ", disabled" : "",
                                    principal->acts_for_others ? ", acts for others" : "");
    for (size_t i = 0; i < count && i < 8; i++)
        text = arena_printf(arena, "%s, %s", text, identities[i]);
    return count > 8 ? arena_printf(arena, "%s and %zu more", text, count - 8) : text;
}

static struct status set_principal(struct handler_call *call, const struct access *access,
                                   const Provost__V1__SetPrincipalRequest *request,
                                   Provost__V1__SetPrincipalResponse *response)
{
    const Provost__V1__Principal *asked = request->principal;
    const char *identities[IDENTITIES_MAX];
    struct status st = check_set(call, request, identities);
    if (!status_is_ok(st)) return st;
    const struct access_principal *before = access_find_principal(access, asked->name);
    const struct access_principal principal = {
        .name = asked->name,
        .title = asked->title,
        .disabled = asked->disabled,
        .acts_for_others = asked->acts_for_others,
        .create_us = before != NULL ? before->create_us : call->now_us,
        .created_by = before != NULL ? before->created_by : call->caller->principal,
    };
    st = txn_put_principal(call->txn, &principal, identities, asked->n_identities);
    if (status_is_ok(st))
        st = access_record(
            call, principal_text(call->arena, &principal, identities, asked->n_identities),
            request->reason, &response->seq);
    if (!status_is_ok(st)) return st;
    response->principal = access_principal_message(call->arena, &principal);
    if (asked->n_identities == 0) return st;
    response->principal->n_identities = asked->n_identities;
    response->principal->identities =
        arena_memdup(call->arena, identities, asked->n_identities * sizeof(char *));
    return st;
}

struct status access_set_principal(struct handler_call *call, const ProtobufCMessage *request,
                                   ProtobufCMessage **out_response)
{
    Provost__V1__SetPrincipalResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__set_principal_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st = set_principal(
        call, access, (const Provost__V1__SetPrincipalRequest *)request, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- grants ---- */

static struct status check_groups(struct arena *arena, const Provost__V1__Grant *asked,
                                  unsigned *out_groups)
{
    unsigned groups = 0;
    for (size_t i = 0; i < asked->n_field_groups; i++) {
        if (asked->field_groups[i] < PROVOST__V1__FIELD_GROUP__FIELD_GROUP_REPORTING ||
            asked->field_groups[i] > PROVOST__V1__FIELD_GROUP__FIELD_GROUP_APPROVAL)
            return status_invalid(arena, REASON_GRANT_INVALID, "grant.field_groups",
                                  "a field group is one of REPORTING, DEFINITIONS, APPROVAL");
        groups |= 1U << (asked->field_groups[i] - 1);
    }
    *out_groups = groups != 0 ? groups : rights_default_groups((enum role)asked->role);
    if (groups == 0) return status_ok();
    if (asked->role != PROVOST__V1__ROLE__ROLE_CONTRIBUTOR &&
        asked->role != PROVOST__V1__ROLE__ROLE_APPROVER)
        return status_invalid(arena, REASON_GRANT_INVALID, "grant.field_groups",
                              "field groups are for contributors and approvers: leave them out "
                              "for the role %s",
                              role_name((enum role)asked->role));
    if (asked->role == PROVOST__V1__ROLE__ROLE_CONTRIBUTOR && (groups & GROUP_APPROVAL) != 0)
        return status_invalid(arena, REASON_GRANT_INVALID, "grant.field_groups",
                              "a contributor does not approve: grant the role approver");
    return status_ok();
}

static struct status check_grant(struct handler_call *call, const struct access *access,
                                 const Provost__V1__Grant *asked,
                                 struct access_grant *out_grant)
{
    if (asked == NULL)
        return status_invalid(call->arena, REASON_FIELD_REQUIRED, "grant",
                              "grant is required: say principal and role");
    if (access_find_principal(access, asked->principal) == NULL)
        return status_error(call->arena, GRPC_NOT_FOUND, REASON_PRINCIPAL_UNKNOWN,
                            "grant.principal", "there is no principal \"%.80s\"; add it first",
                            asked->principal);
    if (asked->role < PROVOST__V1__ROLE__ROLE_VIEWER ||
        asked->role > PROVOST__V1__ROLE__ROLE_ADMIN)
        return status_invalid(call->arena, REASON_GRANT_INVALID, "grant.role",
                              "say the role: viewer, contributor, approver, auditor or admin");
    *out_grant = (struct access_grant){
        .principal = asked->principal,
        .role = asked->role,
        .organisation = asked->organisation,
        .create_us = call->now_us,
        .created_by = call->caller->principal,
    };
    struct status st = check_groups(call->arena, asked, &out_grant->groups);
    if (status_is_ok(st))
        st = access_check_organisation(call, "grant.organisation", asked->organisation);
    if (status_is_ok(st))
        st = access_check_end(call, "grant.expire_time", asked->expire_time, 0, 0,
                              &out_grant->expire_us);
    return st;
}

static const char *grant_text(struct arena *arena, const struct access_grant *grant)
{
    const char *groups = field_groups_text(grant->groups);
    return arena_printf(
        arena, "%s as %s of %s%s%s%s%s", grant->principal, role_name((enum role)grant->role),
        grant->organisation[0] != '\0' ? grant->organisation : "the whole register",
        *groups != '\0' && grant->role != ROLE_ADMIN ? ", writes " : "",
        grant->role != ROLE_ADMIN ? groups : "", grant->expire_us != 0 ? ", until " : "",
        grant->expire_us != 0 ? time_to_text(grant->expire_us, arena) : "");
}

static struct status add_grant(struct handler_call *call, const struct access *access,
                               const Provost__V1__AddGrantRequest *request,
                               Provost__V1__AddGrantResponse *response)
{
    struct access_grant grant = {.id = "", .principal = "", .organisation = ""};
    struct status st = check_grant(call, access, request->grant, &grant);
    if (status_is_ok(st)) st = access_check_reason(call->arena, request->reason);
    if (!status_is_ok(st)) return st;
    grant.id =
        arena_printf(call->arena, "g%s", txn_random_id(call->txn, GRANT_ID_BYTES, call->arena));
    st = txn_add_grant(call->txn, &grant);
    if (status_is_ok(st))
        st = access_record(call,
                           arena_printf(call->arena, "grant %s: %s", grant.id,
                                        grant_text(call->arena, &grant)),
                           request->reason, &response->seq);
    if (status_is_ok(st)) response->grant = access_grant_message(call->arena, &grant);
    return st;
}

struct status access_add_grant(struct handler_call *call, const ProtobufCMessage *request,
                               ProtobufCMessage **out_response)
{
    Provost__V1__AddGrantResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__add_grant_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st =
        add_grant(call, access, (const Provost__V1__AddGrantRequest *)request, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

static struct status remove_grant(struct handler_call *call, const struct access *access,
                                  const Provost__V1__RemoveGrantRequest *request,
                                  Provost__V1__RemoveGrantResponse *response)
{
    const struct access_grant *grant = access_find_grant(access, request->id);
    struct status st = access_check_reason(call->arena, request->reason);
    if (!status_is_ok(st)) return st;
    bool removed = false;
    if (grant != NULL) st = txn_remove_grant(call->txn, grant->id, &removed);
    if (!status_is_ok(st)) return st;
    if (!removed)
        return status_error(call->arena, GRPC_NOT_FOUND, REASON_GRANT_UNKNOWN, "id",
                            "there is no grant \"%.80s\"", request->id);
    if (status_is_ok(st))
        st = access_record(call,
                           arena_printf(call->arena, "no grant %s any more: %s", grant->id,
                                        grant_text(call->arena, grant)),
                           request->reason, &response->seq);
    return st;
}

struct status access_remove_grant(struct handler_call *call, const ProtobufCMessage *request,
                                  ProtobufCMessage **out_response)
{
    Provost__V1__RemoveGrantResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__remove_grant_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st =
        remove_grant(call, access, (const Provost__V1__RemoveGrantRequest *)request, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}
