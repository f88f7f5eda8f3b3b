/* A serialised google.protobuf.FileDescriptorSet, indexed by file name and by symbol.
 *
 * protobuf-c keeps no descriptors in wire form, so the compiled .proto files are embedded and
 * walked here by hand, along the few fields that name things.
 */
#ifndef RPC_DESCRIPTOR_SET_H
#define RPC_DESCRIPTOR_SET_H

#include "common/arena.h"
#include "common/status.h"

#include <stddef.h>
#include <stdint.h>

struct descriptor_set;

struct descriptor_file {
    const char *name;
    const uint8_t *bytes; /* the FileDescriptorProto, inside the set's bytes */
    size_t size;
    const char **dependencies; /* names of files */
    size_t dependency_count;
    size_t index; /* of the file in its set */
};

/* Indexes `bytes`, which must outlive the set. INTERNAL when they are not a descriptor set. */
struct status descriptor_set_new(const uint8_t *bytes, size_t size, struct arena *arena,
                                 struct descriptor_set **out_set) MUST_CHECK;
void descriptor_set_free(struct descriptor_set *set);

/* By name, NULL when there is none. */
const struct descriptor_file *descriptor_set_file(const struct descriptor_set *set,
                                                  const char *name);

/* The file that defines a message, enum, service or method ("package.Service.Method"). */
const struct descriptor_file *descriptor_set_symbol(const struct descriptor_set *set,
                                                    const char *symbol);

size_t descriptor_set_file_count(const struct descriptor_set *set);

/* Full names of all services, in the order of the files. */
const char *const *descriptor_set_services(const struct descriptor_set *set, size_t *out_count);

#endif
