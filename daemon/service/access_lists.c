#include "service/access_lists.h"

#include "service/access_checks.h"
#include "service/page_token.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One of those that may be listed, and its place: texts in the order of the list. What parts them
 * sorts before every character of a name. */
struct entry {
    const char *key;
    const void *item;
};

/* A list being gathered, then cut to a page. */
struct list {
    struct handler_call *call;
    struct entry *entries; /* room for all there could be */
    size_t count;
    uint32_t page_size;
    const char *after; /* the last key of the page before; "" at first */
    uint64_t query_hash;
    char *next_page_token;
};

/* Paging as asked; the query is the method and what else decides what is listed. */
static struct status list_begin(struct handler_call *call, struct list *list, int32_t page_size,
                                const char *page_token, size_t room)
{
    struct page_token token = {.key = ""};
    list->call = call;
    list->entries = arena_alloc(call->arena, (room + 1) * sizeof *list->entries);
    list->next_page_token = (char *)protobuf_c_empty_string;
    struct status st = page_size_resolve(call->arena, page_size, &list->page_size);
    if (status_is_ok(st) && *page_token != '\0')
        st = page_token_decode(call->arena, page_token, list->query_hash, &token);
    list->after = token.key;
    return st;
}

static void list_add(struct list *list, const char *key, const void *item)
{
    if (strcmp(key, list->after) > 0) list->entries[list->count++] = (struct entry){key, item};
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* Puts them in order and cuts off what is for later pages. */
static void list_cut(struct list *list)
{
    if (list->count > 0) qsort(list->entries, list->count, sizeof *list->entries, compare);
    if (list->count <= list->page_size) return;
    list->count = list->page_size;
    const struct page_token token = {.key = list->entries[list->count - 1].key,
                                     .query_hash = list->query_hash};
    list->next_page_token = page_token_encode(list->call->arena, &token);
}

/* ---- principals ---- */

/* Each identity to its principal, if that is on the page. */
static void fill_identities(const struct list *list, const struct access *access,
                            Provost__V1__Principal *const *principals)
{
    struct arena *arena = list->call->arena;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->entries[i].key;
        size_t count = 0;
        for (size_t j = 0; j < access->identity_count; j++)
            count += strcmp(access->identities[j].principal, name) == 0;
        principals[i]->identities = arena_alloc(arena, (count + 1) * sizeof(char *));
        for (size_t j = 0; principals[i]->n_identities < count; j++)
            if (strcmp(access->identities[j].principal, name) == 0)
                principals[i]->identities[principals[i]->n_identities++] =
                    arena_strdup(arena, access->identities[j].text);
    }
}

static struct status list_principals(struct handler_call *call, const struct access *access,
                                     const Provost__V1__ListPrincipalsRequest *request,
                                     Provost__V1__ListPrincipalsResponse *response)
{
    struct list list = {.query_hash = page_query_start("ListPrincipals")};
    struct status st = list_begin(call, &list, request->page_size, request->page_token,
                                  access->principal_count);
    if (!status_is_ok(st)) return st;
    for (size_t i = 0; i < access->principal_count; i++)
        list_add(&list, access->principals[i].name, &access->principals[i]);
    list_cut(&list);
    response->principals =
        arena_alloc(call->arena, (list.count + 1) * sizeof(Provost__V1__Principal *));
    for (; response->n_principals < list.count; response->n_principals++)
        response->principals[response->n_principals] =
            access_principal_message(call->arena, list.entries[response->n_principals].item);
    fill_identities(&list, access, response->principals);
    response->next_page_token = list.next_page_token;
    return st;
}

struct status access_list_principals(struct handler_call *call, const ProtobufCMessage *request,
                                     ProtobufCMessage **out_response)
{
    Provost__V1__ListPrincipalsResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__list_principals_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st = list_principals(
        call, access, (const Provost__V1__ListPrincipalsRequest *)request, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- grants ---- */

static struct status list_grants(struct handler_call *call, const struct access *access,
                                 const Provost__V1__ListGrantsRequest *request,
                                 Provost__V1__ListGrantsResponse *response)
{
    struct list list = {
        .query_hash = page_query_add_text(page_query_start("ListGrants"), request->principal)};
    struct status st =
        list_begin(call, &list, request->page_size, request->page_token, access->grant_count);
    if (!status_is_ok(st)) return st;
    for (size_t i = 0; i < access->grant_count; i++) {
        const struct access_grant *grant = &access->grants[i];
        if (*request->principal != '\0' && strcmp(request->principal, grant->principal) != 0)
            continue;
        list_add(&list, arena_printf(call->arena, "%s %s", grant->principal, grant->id), grant);
    }
    list_cut(&list);
    response->grants =
        arena_alloc(call->arena, (list.count + 1) * sizeof(Provost__V1__Grant *));
    for (; response->n_grants < list.count; response->n_grants++)
        response->grants[response->n_grants] =
            access_grant_message(call->arena, list.entries[response->n_grants].item);
    response->next_page_token = list.next_page_token;
    return st;
}

struct status access_list_grants(struct handler_call *call, const ProtobufCMessage *request,
                                 ProtobufCMessage **out_response)
{
    Provost__V1__ListGrantsResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__list_grants_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st =
        list_grants(call, access, (const Provost__V1__ListGrantsRequest *)request, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- tokens ---- */

static bool is_wanted(const struct handler_call *call, const struct access_token *token,
                      const Provost__V1__ListTokensRequest *request)
{
    bool ended = token->revoke_us != 0 || token->expire_us <= call->now_us;
    if (*request->principal != '\0' && strcmp(request->principal, token->principal) != 0)
        return false;
    if (ended && !request->show_ended) return false;
    return rights_hold(call->caller->rights, ROLE_AUDITOR, true) || access_is_own(call, token);
}

static struct status list_tokens(struct handler_call *call, const struct access *access,
                                 const Provost__V1__ListTokensRequest *request,
                                 Provost__V1__ListTokensResponse *response)
{
    struct list list = {.query_hash = page_query_start("ListTokens")};
    list.query_hash = page_query_add_text(list.query_hash, request->principal);
    list.query_hash = page_query_add_int(list.query_hash, request->show_ended);
    struct status st =
        list_begin(call, &list, request->page_size, request->page_token, access->token_count);
    if (!status_is_ok(st)) return st;
    for (size_t i = 0; i < access->token_count; i++) {
        const struct access_token *token = &access->tokens[i];
        if (!is_wanted(call, token, request)) continue;
        list_add(&list,
                 arena_printf(call->arena, "%s %020" PRId64 " %s", token->principal,
                              token->create_us, token->id),
                 token);
    }
    list_cut(&list);
    response->tokens =
        arena_alloc(call->arena, (list.count + 1) * sizeof(Provost__V1__Token *));
    for (; response->n_tokens < list.count; response->n_tokens++)
        response->tokens[response->n_tokens] =
            access_token_message(call->arena, list.entries[response->n_tokens].item);
    response->next_page_token = list.next_page_token;
    return st;
}

struct status access_list_tokens(struct handler_call *call, const ProtobufCMessage *request,
                                 ProtobufCMessage **out_response)
{
    Provost__V1__ListTokensResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__list_tokens_response__init(response);
    const struct access *access = store_access(call->store);
    struct status st =
        list_tokens(call, access, (const Provost__V1__ListTokensRequest *)request, response);
    access_release(access);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}
