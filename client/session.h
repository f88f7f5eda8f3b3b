/* One run of the program: what the command line said for all commands, the connection, and the
 * two things a command does with them: call, and show. */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "client/channel.h"
#include "client/exit_code.h"
#include "client/failure.h"
#include "client/output.h"
#include "client/style.h"
#include "common/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

/* The options of every command, as given; NULL or 0 where not. */
struct options {
    const char *server;
    const char *output;
    const char *as_of;
    const char *service;
    const char *on_behalf_of;
    const char *request_id;
    int64_t timeout_s;
    bool no_color;
    bool debug;
    bool help;
    bool version;
};

/* Fields are for reading. */
struct session {
    const struct options *options;
    struct arena *arena; /* of the run: everything a command allocates */
    struct style style;
    const struct output *output;
    struct channel *channel;
    const char *request_id; /* of this run: given, or a new UUID */
    int64_t timeout_s;
};

/* Checks the options and prepares the connection, without making it. OK, or USAGE after saying
 * why. */
enum exit_code session_init(struct session *session, const struct options *options,
                            struct arena *arena);
void session_release(struct session *session);

/* What to call. */
struct session_call {
    const ProtobufCServiceDescriptor *service;
    const char *method;
    const ProtobufCMessage *request;
    struct failure_context failure; /* for words about a failure */
};

/* Calls a unary method with --as-of and a request id put in where the request has such fields,
 * up to three times while the daemon cannot be reached: a repeated write carries the same
 * request id, so it never doubles. On success the response, in the session's arena; on failure
 * it has been said. */
enum exit_code session_run(struct session *session, const struct session_call *call,
                           ProtobufCMessage **out_response);

/* Shows an answer on stdout. */
enum exit_code session_show(struct session *session, const struct view *view);

#endif
