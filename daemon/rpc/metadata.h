/* The request's header fields, understood: each is looked at once, as HTTP/2 delivers it, and
 * only what a call needs is kept. */
#ifndef RPC_METADATA_H
#define RPC_METADATA_H

#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Not NUL-terminated; lives as long as the call to metadata_add. */
struct header_field {
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
};

enum {
    METADATA_LIST_MAX_BYTES = 8192,   /* as SETTINGS_MAX_HEADER_LIST_SIZE counts */
    METADATA_FIELD_OVERHEAD = 32,     /* counted per field on top of name and value */
    METADATA_DECLARED_MAX_BYTES = 200 /* provost-service, provost-on-behalf-of */
};

/* What a message of the client may be compressed with. */
enum metadata_encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_UNKNOWN };

/* A field that a method has asked to see (struct dispatch_options). */
struct kept_field {
    struct header_field field; /* NUL-terminated besides, in the call's arena */
    const struct kept_field *next;
};

struct metadata {
    const char *path; /* in the arena; "" when there was none */
    size_t path_size;
    bool is_post;
    bool is_grpc; /* content-type is application/grpc or application/grpc+proto */
    enum metadata_encoding encoding; /* grpc-encoding */
    bool accepts_gzip;               /* grpc-accept-encoding names it */
    bool has_timeout;
    uint64_t timeout_ms;
    const char *service;      /* declared by the client; "" when absent */
    const char *on_behalf_of; /* the same */
    const char *trace_id;     /* 32 hex digits or "" */
    char *authorization;      /* a secret: in the arena, to be wiped; NULL when absent */
    size_t authorization_size;
    unsigned traceparents;   /* seen so far */
    size_t list_bytes;       /* past METADATA_LIST_MAX_BYTES nothing is kept */
    struct status error;     /* the first value that was wrong */
    const char *const *keep; /* names to be kept, NULL-terminated; NULL: none */
    const struct kept_field *kept;
};

/* `keep` may be NULL; it outlives the metadata. */
void metadata_init(struct metadata *metadata, const char *const *keep);

/* Takes one field; copies into `arena` what must be kept. Never fails: what is wrong stands in
 * metadata->error, to be answered when the list is complete. */
void metadata_add(struct metadata *metadata, struct arena *arena,
                  const struct header_field *field);

/* A kept field, the last of that name; NULL when the client sent none. */
const struct header_field *metadata_find(const struct metadata *metadata, const char *name);

/* True when the list is over the limit. */
bool metadata_is_too_large(const struct metadata *metadata);

#endif
