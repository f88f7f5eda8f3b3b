#include "service/page_token.h"

#include "common/base64.h"
#include "common/reasons.h"
#include "common/utf8.h"

#include <string.h>

enum {
    TOKEN_VERSION = 1,
    TOKEN_HEAD_BYTES = 1 + 3 * 8, /* version, a, b, query hash */
    TOKEN_TEXT_MAX = 1024,        /* names are at most 200 bytes */
    PAGE_SIZE_DEFAULT = 100,
    PAGE_SIZE_MAX = 1000,
};

/* FNV-1a, 64 bits: only to notice that a question changed. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t page_query_start(const char *method)
{
    return page_query_add_text(UINT64_C(0xcbf29ce484222325), method);
}

uint64_t page_query_add_text(uint64_t hash, const char *text)
{
    if (text == NULL) text = "";
    return hash_bytes(hash, text, strlen(text) + 1);
}

static void put_u64(uint8_t *out, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | in[i];
    return number;
}

uint64_t page_query_add_int(uint64_t hash, int64_t number)
{
    uint8_t bytes[8];
    put_u64(bytes, (uint64_t)number);
    return hash_bytes(hash, bytes, sizeof bytes);
}

static void translate(char *text, const char *from, const char *to)
{
    for (char *p = text; *p != '\0'; p++)
        for (int i = 0; from[i] != '\0'; i++)
            if (*p == from[i]) {
                *p = to[i];
                break;
            }
}

char *page_token_encode(struct arena *arena, const struct page_token *token)
{
    size_t key_size = strlen(token->key);
    size_t size = TOKEN_HEAD_BYTES + key_size;
    uint8_t *bytes = arena_alloc(arena, size);
    bytes[0] = TOKEN_VERSION;
    put_u64(bytes + 1, (uint64_t)token->a);
    put_u64(bytes + 9, (uint64_t)token->b);
    put_u64(bytes + 17, token->query_hash);
    memcpy(bytes + TOKEN_HEAD_BYTES, token->key, key_size);
    char *text = arena_alloc(arena, base64_encoded_size(size, false) + 1);
    base64_encode(bytes, size, false, text);
    translate(text, "+/", "-_");
    return text;
}

static struct status not_a_token(struct arena *arena)
{
    return status_invalid(
        arena, REASON_PAGE_TOKEN_INVALID, "page_token",
        "page_token is not one that this method gave; send next_page_token of "
        "the page before, or none to start again");
}

struct status page_token_decode(struct arena *arena, const char *text, uint64_t query_hash,
                                struct page_token *out_token)
{
    size_t length = strlen(text);
    if (length > TOKEN_TEXT_MAX || strpbrk(text, "+/=") != NULL) return not_a_token(arena);
    char *standard = arena_strndup(arena, text, length);
    translate(standard, "-_", "+/");
    uint8_t *bytes = arena_alloc(arena, base64_decoded_size_max(length) + 1);
    size_t size;
    if (!base64_decode(standard, length, bytes, &size) || size < TOKEN_HEAD_BYTES ||
        bytes[0] != TOKEN_VERSION)
        return not_a_token(arena);
    const char *key = (const char *)bytes + TOKEN_HEAD_BYTES;
    if (!utf8_is_text(key, size - TOKEN_HEAD_BYTES)) return not_a_token(arena);
    if (get_u64(bytes + 17) != query_hash)
        return status_invalid(arena, REASON_PAGE_TOKEN_INVALID, "page_token",
                              "page_token was given for other conditions; everything but "
                              "page_size must be the same on every page");
    *out_token = (struct page_token){
        .a = (int64_t)get_u64(bytes + 1),
        .b = (int64_t)get_u64(bytes + 9),
        .key = arena_strndup(arena, key, size - TOKEN_HEAD_BYTES),
        .query_hash = query_hash,
    };
    return status_ok();
}

struct status page_size_resolve(struct arena *arena, int32_t asked, uint32_t *out_size)
{
    if (asked < 0)
        return status_invalid(arena, REASON_PAGE_SIZE_INVALID, "page_size",
                              "page_size is %d; it cannot be negative", (int)asked);
    *out_size = asked == 0              ? PAGE_SIZE_DEFAULT
                : asked > PAGE_SIZE_MAX ? PAGE_SIZE_MAX
                                        : (uint32_t)asked;
    return status_ok();
}
