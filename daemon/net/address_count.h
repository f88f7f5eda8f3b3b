/* How many connections each IP address has open. IPv6 addresses count by their /64: that is what
 * one household or office gets. Loop thread only. */
#ifndef NET_ADDRESS_COUNT_H
#define NET_ADDRESS_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr_storage;

/* What is counted as one; all zero: not counted (a unix socket). */
struct address_key {
    uint8_t bytes[9]; /* family, then address or prefix */
    bool is_loopback;
};

struct address_count;

struct address_count *address_count_new(void);
void address_count_free(struct address_count *count); /* NULL is allowed */

struct address_key address_key_of(const struct sockaddr_storage *address);

/* As text, "" for what is not counted; the same for all that are counted as one. */
enum { ADDRESS_KEY_TEXT_BYTES = 24 };
void address_key_text(const struct address_key *key, char out_text[ADDRESS_KEY_TEXT_BYTES]);

/* One more, one less; the first returns how many there are then. */
size_t address_count_add(struct address_count *count, const struct address_key *key);
void address_count_remove(struct address_count *count, const struct address_key *key);

#endif
