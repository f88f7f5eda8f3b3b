/* Page tokens: where a listing goes on, opaque to clients, valid only for the same question.
 *
 * A token holds two numbers (usually the seq the listing is pinned to and a position), a text
 * (the last name shown) and a hash of everything that was asked for. It is not a secret and not
 * signed: whoever makes one up can at most ask for another place of a listing he may read
 * anyway.
 */
#ifndef SERVICE_PAGE_TOKEN_H
#define SERVICE_PAGE_TOKEN_H

#include "common/arena.h"
#include "common/status.h"

#include <stdint.h>

struct page_token {
    int64_t a;
    int64_t b;
    const char *key;     /* "" for none; never NULL */
    uint64_t query_hash; /* of the question, see page_query_* */
};

/* A question's hash: start, then add every condition in a fixed order, page_size and page_token
 * excepted. NULL texts count as "". */
uint64_t page_query_start(const char *method);
uint64_t page_query_add_text(uint64_t hash, const char *text);
uint64_t page_query_add_int(uint64_t hash, int64_t number);

/* Base64url text, in the arena. */
char *page_token_encode(struct arena *arena, const struct page_token *token);

/* Reads a token that answers the question `query_hash`. INVALID_ARGUMENT on "page_token",
 * REASON_PAGE_TOKEN_INVALID, when it is not a token or was given for another question. */
struct status page_token_decode(struct arena *arena, const char *text, uint64_t query_hash,
                                struct page_token *out_token) MUST_CHECK;

/* Sizes of pages as both lists have them (AIP-158): 0 is 100, more than 1000 is 1000.
 * INVALID_ARGUMENT on "page_size" when negative. */
struct status page_size_resolve(struct arena *arena, int32_t asked,
                                uint32_t *out_size) MUST_CHECK;

/* A page is not filled beyond this many bytes of messages, so that it stays far below the
 * message limit. */
enum { PAGE_BYTES_SOFT_MAX = 1 << 20 };

#endif
