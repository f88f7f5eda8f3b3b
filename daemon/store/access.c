/* Searching the picture of who may do what. */
#include "store/access.h"

#include <stdlib.h>
#include <string.h>

/* ---- searching ---- */

static int compare_principals(const void *a, const void *b)
{
    return strcmp(((const struct access_principal *)a)->name,
                  ((const struct access_principal *)b)->name);
}

static int compare_identities(const void *a, const void *b)
{
    return strcmp(((const struct access_identity *)a)->text,
                  ((const struct access_identity *)b)->text);
}

static int compare_tokens(const void *a, const void *b)
{
    return memcmp(((const struct access_token *)a)->hash,
                  ((const struct access_token *)b)->hash, SHA256_BYTES);
}

const struct access_principal *access_find_principal(const struct access *access,
                                                     const char *name)
{
    const struct access_principal key = {.name = name};
    if (access->principal_count == 0) return NULL;
    return bsearch(&key, access->principals, access->principal_count, sizeof key,
                   compare_principals);
}

const struct access_identity *access_find_identity(const struct access *access,
                                                   const char *text)
{
    const struct access_identity key = {.text = text};
    if (access->identity_count == 0) return NULL;
    return bsearch(&key, access->identities, access->identity_count, sizeof key,
                   compare_identities);
}

const struct access_grant *access_find_grant(const struct access *access, const char *id)
{
    for (size_t i = 0; i < access->grant_count; i++)
        if (strcmp(access->grants[i].id, id) == 0) return &access->grants[i];
    return NULL;
}

const struct access_token *access_find_token(const struct access *access, const char *id)
{
    for (size_t i = 0; i < access->token_count; i++)
        if (strcmp(access->tokens[i].id, id) == 0) return &access->tokens[i];
    return NULL;
}

/* How long the search takes tells something of hashes, not of the secrets behind them: who can
 * choose a secret cannot choose its SHA-256. */
const struct access_token *access_find_secret(const struct access *access,
                                              const uint8_t hash[SHA256_BYTES])
{
    struct access_token key = {0};
    if (access->token_count == 0) return NULL;
    memcpy(key.hash, hash, SHA256_BYTES);
    return bsearch(&key, access->tokens, access->token_count, sizeof key, compare_tokens);
}

const struct access_grant *access_grants_of(const struct access *access, const char *principal,
                                            size_t *out_count)
{
    size_t low = 0, high = access->grant_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(access->grants[middle].principal, principal) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < access->grant_count && strcmp(access->grants[end].principal, principal) == 0)
        end++;
    *out_count = end - low;
    return access->grants == NULL ? NULL : access->grants + low;
}

bool access_note_use(const struct access_token *token, int64_t now_us)
{
    static const int64_t pause_us = INT64_C(600) * 1000000;
    struct access_token *own = (struct access_token *)(uintptr_t)token;
    if (now_us - own->last_use_us < pause_us) return false;
    own->last_use_us = now_us;
    return true;
}
