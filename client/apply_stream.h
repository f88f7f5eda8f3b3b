/* Any number of mutations as one: RegisterService.ApplyStream in parts that the daemon writes
 * together or not at all. Only one part is in memory at a time. */
#ifndef CLIENT_APPLY_STREAM_H
#define CLIENT_APPLY_STREAM_H

#include "client/session.h"

#include <provost/v1/register.pb-c.h>
#include <stddef.h>

enum {
    APPLY_PART_MUTATIONS_MAX = 10000,
    /* Of a part; its answer and its change in the log hold the same texts again, and each of the
     * three must stay below 4 MiB. */
    APPLY_PART_BYTES_MAX = 3 << 20,
    APPLY_ANSWER_EXTRA_BYTES = 96, /* an answer's share per resource beside its fields */
    /* What the daemon takes in one stream. */
    APPLY_STREAM_MUTATIONS_MAX = 250000,
};

/* Set by the caller. */
struct apply_stream {
    size_t count;       /* of mutations */
    const char *id;     /* of the request, at most 40 characters */
    const char *reason; /* NULL for none */
    bool validate_only;
    const char *phase; /* for the progress bar: "writing" */
    /* The i-th mutation, in the arena; asked for more than once. */
    const Provost__V1__Mutation *(*mutation)(void *context, size_t i, struct arena *arena);
    /* What became of the i-th; `result` lives in the session's arena. */
    void (*on_result)(void *context, size_t i, Provost__V1__MutationResult *result);
    /* Says where the user wrote a field of the i-th mutation; `path` is behind the mutation, or
     * NULL where it cannot tell. */
    const char *(*locate)(const void *context, size_t i, const char *path, struct arena *arena);
    void *context;
    const char *doing; /* "import folder" */
};

/* How many mutations from `first` on fit into one part; at least 1 while there are any. Takes
 * `scratch` for the mutations and gives it back. */
size_t apply_stream_part_size(const struct apply_stream *stream, size_t first,
                              struct arena *scratch);

/* Sends all, up to three times while the daemon cannot be reached. On success out_answer has seq
 * and time of the last change; a failure has been said, and nothing was written then. */
enum exit_code apply_stream_run(struct session *session, const struct apply_stream *stream,
                                Provost__V1__ApplyResponse *out_answer);

#endif
