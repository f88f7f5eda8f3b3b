/* grpc.reflection, v1 and v1alpha with one handler: lets a stock tool call the daemon without
 * its .proto files. */
#ifndef RPC_REFLECTION_H
#define RPC_REFLECTION_H

#include "common/arena.h"
#include "common/status.h"
#include "rpc/methods.h"

#include <stddef.h>
#include <stdint.h>

struct reflection;

/* The compiled .proto files (proto/descriptors.S.in). */
extern const uint8_t provost_descriptors_start[];
extern const uint8_t provost_descriptors_end[];

/* Answers from a serialised FileDescriptorSet, which must outlive it. Only services that have a
 * row in `methods` are listed. INTERNAL when the bytes are broken. */
struct reflection_source {
    const uint8_t *bytes;
    size_t size;
    const struct method *methods;
    size_t method_count;
};
struct status reflection_new(const struct reflection_source *source, struct arena *arena,
                             struct reflection **out_reflection) MUST_CHECK;
void reflection_free(struct reflection *reflection);

/* For both paths: the two versions differ in nothing but the package name. */
extern const struct stream_ops reflection_ops;

#endif
