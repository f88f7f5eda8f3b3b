#include "net/address_count.h"

#include "common/arena.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, V4_BYTES = 4, PREFIX_BYTES = 8 };

struct entry {
    struct entry *next;
    struct address_key key;
    size_t connections;
};

struct address_count {
    struct entry *slots[SLOTS];
};

struct address_count *address_count_new(void)
{
    return xcalloc(1, sizeof(struct address_count));
}

void address_count_free(struct address_count *count)
{
    if (count == NULL) return;
    for (size_t i = 0; i < SLOTS; i++) {
        while (count->slots[i] != NULL) {
            struct entry *entry = count->slots[i];

            count->slots[i] = entry->next;
            free(entry);
        }
    }
    free(count);
}

static struct address_key v4_key(const void *bytes)
{
    struct address_key key = {.bytes = {AF_INET}};

    memcpy(key.bytes + 1, bytes, V4_BYTES);
    key.is_loopback = key.bytes[1] == 127;
    return key;
}

struct address_key address_key_of(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    struct address_key key = {.bytes = {0}};

    if (address->ss_family == AF_INET) return v4_key(&v4->sin_addr);
    if (address->ss_family != AF_INET6) return key;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) return v4_key(v6->sin6_addr.s6_addr + 12);
    key.bytes[0] = AF_INET6;
    memcpy(key.bytes + 1, v6->sin6_addr.s6_addr, PREFIX_BYTES);
    key.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    return key;
}

void address_key_text(const struct address_key *key, char out_text[ADDRESS_KEY_TEXT_BYTES])
{
    out_text[0] = '\0';
    for (size_t i = 0; key->bytes[0] != 0 && i < sizeof key->bytes; i++)
        snprintf(out_text + 2 * i, 3, "%02x", key->bytes[i]);
}

/* Where the key's entry hangs, or where it would. */
static struct entry **find(struct address_count *count, const struct address_key *key)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    struct entry **link;

    for (size_t i = 0; i < sizeof key->bytes; i++)
        hash = (hash ^ key->bytes[i]) * 1099511628211u;
    link = &count->slots[(hash ^ hash >> 32) % SLOTS];
    while (*link != NULL && memcmp((*link)->key.bytes, key->bytes, sizeof key->bytes) != 0)
        link = &(*link)->next;
    return link;
}

size_t address_count_add(struct address_count *count, const struct address_key *key)
{
    struct entry **link = find(count, key);

    if (key->bytes[0] == 0) return 0;
    if (*link == NULL) {
        *link = xcalloc(1, sizeof **link);
        (*link)->key = *key;
    }
    return ++(*link)->connections;
}

void address_count_remove(struct address_count *count, const struct address_key *key)
{
    struct entry **link = find(count, key);
    struct entry *entry = *link;

    if (key->bytes[0] == 0) return;
    assert(entry != NULL);
    if (--entry->connections > 0) return;
    *link = entry->next;
    free(entry);
}
