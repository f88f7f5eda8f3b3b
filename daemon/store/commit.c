#include "store/commit.h"

#include <string.h>

static void be32(uint32_t value, uint8_t out[4])
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

static void add_text(struct sha256 *hasher, const char *text)
{
    sha256_add(hasher, text, strlen(text));
}

/* A length of 16 bits and the bytes. */
static void add_str16(struct sha256 *hasher, const char *text)
{
    size_t size = strlen(text);
    uint8_t length[2] = {(uint8_t)(size >> 8), (uint8_t)size};
    sha256_add(hasher, length, sizeof length);
    sha256_add(hasher, text, size);
}

void commit_salt(struct sha256 *hasher, const uint8_t seed[SALT_BYTES], uint32_t number,
                 uint8_t out_salt[SALT_BYTES])
{
    uint8_t be[4];
    be32(number, be);
    sha256_begin(hasher);
    add_text(hasher, "provost/v1/salt");
    sha256_add(hasher, seed, SALT_BYTES);
    sha256_add(hasher, be, sizeof be);
    sha256_end(hasher, out_salt);
}

void commit_field(struct sha256 *hasher, const uint8_t salt[SALT_BYTES], uint32_t number,
                  const char *value, uint8_t out_hash[SHA256_BYTES])
{
    uint8_t be[4];
    be32(number, be);
    sha256_begin(hasher);
    add_text(hasher, "provost/v1/field");
    sha256_add(hasher, salt, SALT_BYTES);
    sha256_add(hasher, be, sizeof be);
    add_text(hasher, value);
    sha256_end(hasher, out_hash);
}

void commit_actor(struct sha256 *hasher, const uint8_t salt[SALT_BYTES], const char *principal,
                  const char *on_behalf_of, uint8_t out_hash[SHA256_BYTES])
{
    sha256_begin(hasher);
    add_text(hasher, "provost/v1/actor");
    sha256_add(hasher, salt, SALT_BYTES);
    add_str16(hasher, principal);
    add_str16(hasher, on_behalf_of);
    sha256_end(hasher, out_hash);
}

void commit_reason(struct sha256 *hasher, const uint8_t salt[SALT_BYTES], const char *reason,
                   uint8_t out_hash[SHA256_BYTES])
{
    memset(out_hash, 0, SHA256_BYTES);
    if (!*reason) return;
    sha256_begin(hasher);
    add_text(hasher, "provost/v1/reason");
    sha256_add(hasher, salt, SALT_BYTES);
    add_text(hasher, reason);
    sha256_end(hasher, out_hash);
}

void commit_requester(struct sha256 *hasher, const uint8_t salt[SALT_BYTES],
                      const char *principal, uint8_t out_hash[SHA256_BYTES])
{
    sha256_begin(hasher);
    add_text(hasher, "provost/v1/requester");
    sha256_add(hasher, salt, SALT_BYTES);
    add_text(hasher, principal);
    sha256_end(hasher, out_hash);
}
