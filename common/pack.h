/* Messages in wire form, written from their ends to their beginnings: how long a message is, is
 * known when its length has to stand in front of it. protobuf-c, which writes forwards, asks every
 * field for its size first, and that is half of its work on a large answer.
 *
 * The bytes are those of protobuf_c_message_pack. For what fields.h knows: proto3 without floats,
 * fixed-width and zigzag numbers; another type ends the process. Not thread-safe.
 */
#ifndef COMMON_PACK_H
#define COMMON_PACK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKER_FIRST_BYTES = 4096 }; /* most answers fit */

/* Fields are the module's. */
struct packer {
    uint8_t *at;    /* what is packed begins here, and goes to `end` */
    uint8_t *bytes; /* `first`, or owned */
    uint8_t *end;
    size_t max_bytes;
    bool is_full; /* more was put than may be */
    uint8_t first[PACKER_FIRST_BYTES];
};

/* Empty, for at most `max_bytes`; to be released. It must not be moved. */
void packer_init(struct packer *packer, size_t max_bytes);
void packer_release(struct packer *packer);

/* Packs a message. When that would be more than max_bytes is_full is set, and nothing of what is
 * packed means anything. */
void packer_put_message(struct packer *packer, const ProtobufCMessage *msg);

/* How many bytes are packed. */
size_t packer_size(const struct packer *packer);

#endif
