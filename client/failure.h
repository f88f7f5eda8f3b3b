/* An error of the daemon, in words for the person and a number for scripts. */
#ifndef CLIENT_FAILURE_H
#define CLIENT_FAILURE_H

#include "client/channel.h"
#include "client/exit_code.h"
#include "common/arena.h"

/* What the person wanted, for "provost: cannot DOING: ...". */
struct failure_context {
    const char *doing; /* "get indicators/foi-cex" */
    /* Says where the user wrote a field of the request ("links.csv:7: column kind"); NULL where
     * it cannot tell, and then the path is shown. May be NULL itself. */
    const char *(*locate)(const void *context, const char *field_path, struct arena *arena);
    const void *context; /* of locate */
};

/* The exit code that goes with a gRPC code. */
enum exit_code failure_exit_code(enum grpc_code code);

/* All that is to be said: the message, then a line per field in conflict or in violation, with
 * what to do next. `with_details` adds code and reason (--debug). In `arena`. */
const char *failure_text(const struct channel_reply *reply,
                         const struct failure_context *context, bool with_details,
                         struct arena *arena);

/* Path of the first field that the refusal blames; NULL when it blames none. In `arena`. */
const char *failure_first_field(const struct channel_reply *reply, struct arena *arena);

/* Last part of a field path, without "[0]": "title" of
 * "mutations[3].patch.resource.plan.title". */
const char *failure_field_name(const char *field_path, struct arena *arena);

#endif
