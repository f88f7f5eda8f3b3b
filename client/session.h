/* One run of the program: what the command line said for all commands, the connection, and the
 * two things a command does with them: call, and show. */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "client/channel.h"
#include "client/credentials.h"
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
    const char *token_file;
    const char *tls_ca, *tls_cert, *tls_key;
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
    const char *server; /* as given or chosen */
    struct credentials credentials;
    bool token_given; /* by this run, not by an earlier login */
    bool audited;     /* the log was held against the checkpoint seen last */
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

/* The same of AdminService; `doing` is for words about a failure. */
enum exit_code session_call_admin(struct session *session, const char *method,
                                  const ProtobufCMessage *request, const char *doing,
                                  ProtobufCMessage **out_response);

/* The same as session_run without the check of the log that comes before a run's first call, and without --as-of:
 * for what the check itself is made of. */
enum exit_code session_run_unchecked(struct session *session, const struct session_call *call,
                                     ProtobufCMessage **out_response);

/* The same in silence: false when it failed, for whatever reason. */
bool session_probe(struct session *session, const struct session_call *call,
                   ProtobufCMessage **out_response);

/* The server's address as given or chosen. */
const char *session_server(const struct session *session);

/* A call that streams. */
struct session_stream {
    struct session_call call; /* with the first message of the request */
    /* As in struct channel_call. */
    bool (*next_message)(void *context, const void **out_bytes, size_t *out_size);
    bool (*on_message)(void *context, const void *bytes, size_t size);
    void *context;
    uint64_t timeout_ms; /* 0 is no limit */
};

/* Makes a streaming call, once, and waits for its end; nothing is said about a failure. Texts of
 * the reply live in `arena`. */
void session_stream(struct session *session, const struct session_stream *stream,
                    struct arena *arena, struct channel_reply *out_reply);

/* The same, but a refusal is not said: it is in *out_reply, for callers that can do something
 * about it. */
enum exit_code session_try(struct session *session, const struct session_call *call,
                           ProtobufCMessage **out_response, struct channel_reply *out_reply);

/* Says a refusal that session_try gave. */
void session_say_refusal(struct session *session, const struct session_call *call,
                         const struct channel_reply *reply);

/* Shows an answer on stdout. */
enum exit_code session_show(struct session *session, const struct view *view);

#endif
