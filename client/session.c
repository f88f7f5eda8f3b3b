#include "client/session.h"

#include "client/audit.h"
#include "client/moment.h"
#include "client/say.h"
#include "client/uuid.h"
#include "common/base64.h"
#include "common/fields.h"
#include "common/grpc_frame.h"

#include <provost/v1/admin.pb-c.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TRIES = 3,
    FIRST_PAUSE_MS = 150,
    PAUSE_FACTOR = 4,
    TIMEOUT_S = 60,
    TIMEOUT_MAX_S = 86400
};

static enum exit_code choose_output(struct session *session)
{
    const char *name = session->options->output;

    session->output = name == NULL ? &output_table : output_find(name);
    if (session->output != NULL) return EXIT_CODE_OK;
    say_error("--output: \"%s\" is not one of table, json, csv, plain", name);
    return EXIT_CODE_USAGE;
}

static const char *first_of(const char *flag, const char *variable, const char *stored)
{
    const char *set = getenv(variable);

    if (flag != NULL) return flag;
    return set != NULL && *set != '\0' ? set : stored;
}

/* From --token-file, else $PROVOST_TOKEN_FILE, else $PROVOST_TOKEN, else what was stored. */
static const char *choose_token(struct session *session)
{
    const char *path = first_of(session->options->token_file, "PROVOST_TOKEN_FILE", NULL);
    const char *token = getenv("PROVOST_TOKEN");

    session->token_given = path != NULL || (token != NULL && *token != '\0');
    if (path != NULL)
        return credentials_read_token(path, session->arena, &session->credentials.token);
    if (session->token_given) session->credentials.token = token;
    return NULL;
}

static enum exit_code choose_credentials(struct session *session)
{
    struct credentials *credentials = &session->credentials;
    const char *wrong = credentials_load(session->server, session->arena, credentials);

    if (wrong == NULL) wrong = choose_token(session);
    if (wrong != NULL) {
        say_error("%s", wrong);
        return EXIT_CODE_USAGE;
    }
    credentials->tls_ca =
        first_of(session->options->tls_ca, "PROVOST_TLS_CA", credentials->tls_ca);
    credentials->tls_cert =
        first_of(session->options->tls_cert, "PROVOST_TLS_CERT", credentials->tls_cert);
    credentials->tls_key =
        first_of(session->options->tls_key, "PROVOST_TLS_KEY", credentials->tls_key);
    return EXIT_CODE_OK;
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0;
}

/* TCP is by TLS. Plain only where it is asked for (tcp:), or on this machine with nothing that
 * speaks for TLS: a daemon on trial. */
static bool wants_tls(const struct session *session, const struct address *address)
{
    const struct credentials *credentials = &session->credentials;

    if (address->is_unix || address->is_plain) return false;
    return address->is_tls || credentials->tls_ca != NULL || credentials->tls_cert != NULL ||
           credentials->is_stored || !is_loopback(address->host);
}

static enum exit_code choose_channel(struct session *session, const struct address *address)
{
    bool secure = wants_tls(session, address);
    struct channel_security security = {session->credentials.tls_ca,
                                        session->credentials.tls_cert,
                                        session->credentials.tls_key};

    if (!address->is_unix && !secure && !is_loopback(address->host) &&
        session->credentials.token != NULL) {
        say_error("a token is not sent to %s over plain TCP; use tls:HOST:PORT", address->text);
        return EXIT_CODE_USAGE;
    }
    session->channel = channel_new(address, secure ? &security : NULL);
    return EXIT_CODE_OK;
}

static enum exit_code choose_server(struct session *session)
{
    const char *text = session->options->server;
    struct address address;
    const char *wrong;

    if (text == NULL) text = address_default(session->arena);
    wrong = address_parse(text, session->arena, &address);
    if (wrong != NULL) {
        say_error("the server \"%s\" is no address: %s", text, wrong);
        return EXIT_CODE_USAGE;
    }
    session->server = text;
    if (choose_credentials(session) != EXIT_CODE_OK) return EXIT_CODE_USAGE;
    return choose_channel(session, &address);
}

static bool is_request_id(const char *text)
{
    size_t length = strlen(text);

    for (const char *at = text; *at != '\0'; at++)
        if (*at < 0x21 || *at > 0x7e) return false;
    return length > 0 && length <= 64;
}

static enum exit_code choose_request_id(struct session *session)
{
    const char *given = session->options->request_id;
    char *made = arena_alloc(session->arena, UUID_TEXT_BYTES);

    session->request_id = given != NULL ? given : made;
    if (given != NULL && !is_request_id(given)) {
        say_error("--request-id: \"%s\" is not 1 to 64 characters of printable ASCII", given);
        return EXIT_CODE_USAGE;
    }
    if (given == NULL && uuid_new(made) != 0) {
        say_error("cannot get random numbers for a request id: %s; give one with --request-id",
                  strerror(errno));
        return EXIT_CODE_FAILURE;
    }
    return EXIT_CODE_OK;
}

enum exit_code session_init(struct session *session, const struct options *options,
                            struct arena *arena)
{
    enum exit_code code;

    *session = (struct session){.options = options, .arena = arena};
    session->style = style_detect(!options->no_color);
    session->timeout_s = options->timeout_s > 0 ? options->timeout_s : TIMEOUT_S;
    if (session->timeout_s > TIMEOUT_MAX_S) session->timeout_s = TIMEOUT_MAX_S;
    code = choose_output(session);
    if (code == EXIT_CODE_OK) code = choose_request_id(session);
    if (code == EXIT_CODE_OK) code = choose_server(session);
    return code;
}

void session_release(struct session *session)
{
    channel_free(session->channel);
    session->channel = NULL;
    if (session->token_given && getenv("PROVOST_TOKEN") == session->credentials.token) return;
    credentials_wipe(session->credentials.token);
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e) return false;
    return true;
}

/* Adds one declaration, as base64 where it is not plain ASCII. */
static void declare(struct arena *arena, const char *name, const char *value,
                    struct channel_metadata *metadata, size_t *n)
{
    if (value == NULL || *value == '\0') return;
    if (!is_printable(value)) {
        size_t size = strlen(value);
        char *text = arena_alloc(arena, base64_encoded_size(size, false) + 1);

        base64_encode(value, size, false, text);
        name = arena_printf(arena, "%s-bin", name);
        value = text;
    }
    metadata[(*n)++] = (struct channel_metadata){name, value};
}

/* The one message of a unary answer. */
struct unary {
    const ProtobufCMessageDescriptor *type;
    struct arena *arena;
    ProtobufCMessage *message;
};

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct unary *unary = context;

    if (unary->message != NULL) return false;
    unary->message =
        protobuf_c_message_unpack(unary->type, arena_allocator(unary->arena), size, bytes);
    return unary->message != NULL;
}

static void pause_before_try(int attempt)
{
    long pause_ms = FIRST_PAUSE_MS;

    for (int i = 1; i < attempt; i++)
        pause_ms *= PAUSE_FACTOR;
    nanosleep(
        &(struct timespec){.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000},
        NULL);
}

/* Calls until there is an answer or the tries are used up. */
static void call_with_retries(struct session *session, const struct channel_call *call,
                              struct unary *unary, struct channel_reply *out_reply)
{
    for (int attempt = 1;; attempt++) {
        unary->message = NULL;
        channel_run(session->channel, call, session->arena, out_reply);
        if (out_reply->code != GRPC_UNAVAILABLE || attempt == TRIES) break;
        if (session->options->debug)
            say("provost: try %d of %d of %s: %s", attempt, TRIES, call->path,
                out_reply->message);
        pause_before_try(attempt);
    }
    if (out_reply->code == GRPC_OK && unary->message == NULL)
        *out_reply = (struct channel_reply){
            .code = GRPC_INTERNAL, .message = "the server sent no answer", .is_local = true};
}

enum { DECLARATIONS = 3 };

/* The call as the channel takes it; texts in `arena`. */
static struct channel_call wire_call(struct session *session, const struct session_call *call,
                                     struct arena *arena)
{
    struct channel_metadata *metadata = arena_alloc(arena, DECLARATIONS * sizeof *metadata);
    size_t n_metadata = 0;
    const char *service = session->options->service;
    size_t size = protobuf_c_message_get_packed_size(call->request);
    uint8_t *bytes = arena_alloc(arena, size + 1);

    protobuf_c_message_pack(call->request, bytes);
    if (service == NULL) service = getenv("PROVOST_SERVICE");
    declare(arena, "provost-service", service, metadata, &n_metadata);
    if (session->credentials.token != NULL)
        metadata[n_metadata++] = (struct channel_metadata){
            "authorization", arena_printf(arena, "Bearer %s", session->credentials.token)};
    declare(arena, "provost-on-behalf-of", session->options->on_behalf_of, metadata,
            &n_metadata);
    return (struct channel_call){
        .path = arena_printf(arena, "/%s/%s", call->service->name, call->method),
        .request = bytes,
        .request_bytes = size,
        .timeout_ms = (uint64_t)session->timeout_s * 1000,
        .metadata = metadata,
        .n_metadata = n_metadata,
    };
}

void session_stream(struct session *session, const struct session_stream *stream,
                    struct arena *arena, struct channel_reply *out_reply)
{
    struct channel_call wire = wire_call(session, &stream->call, arena);

    wire.timeout_ms = stream->timeout_ms;
    wire.next_message = stream->next_message;
    wire.on_message = stream->on_message;
    wire.context = stream->context;
    channel_run(session->channel, &wire, arena, out_reply);
}

static void exchange(struct session *session, const struct session_call *call,
                     struct unary *unary, struct channel_reply *out_reply)
{
    struct channel_call wire = wire_call(session, call, session->arena);
    size_t size = wire.request_bytes;

    wire.on_message = on_message;
    wire.context = unary;
    if (size <= GRPC_MESSAGE_MAX_BYTES) {
        call_with_retries(session, &wire, unary, out_reply);
        return;
    }
    *out_reply = (struct channel_reply){
        .code = GRPC_RESOURCE_EXHAUSTED,
        .message = arena_printf(
            session->arena, "the request has %zu bytes, the limit is 4 MiB; send it in parts",
            size),
        .is_local = true};
}

/* Puts the options of every command into the request. */
static enum exit_code complete(struct session *session, const struct session_call *call)
{
    /* Requests are built by the commands in the run's arena; const is for the readers. */
    ProtobufCMessage *request = (ProtobufCMessage *)(uintptr_t)call->request;
    const ProtobufCFieldDescriptor *id = fields_find(request->descriptor, "request_id");
    const char *wrong = NULL;

    if (id != NULL && !field_is_set(request, id))
        field_set_text(request, id, session->request_id);
    if (session->options->as_of != NULL)
        wrong = moment_set_as_of(request, session->options->as_of, session->arena);
    if (wrong == NULL) return EXIT_CODE_OK;
    say_error("--as-of: \"%s\" %s", session->options->as_of, wrong);
    return EXIT_CODE_USAGE;
}

/* Says of a write that got no answer how to find out. */
static void say_uncertain(const struct session_call *call, const struct channel_reply *reply)
{
    const ProtobufCFieldDescriptor *id = fields_find(call->request->descriptor, "request_id");

    if (id == NULL || reply->code != GRPC_DEADLINE_EXCEEDED) return;
    say("  It is not known whether the change was made; repeat with --request-id %s, which "
        "never "
        "makes it twice",
        field_get_text(call->request, id));
}

static struct unary unary_of(struct session *session, const struct session_call *call)
{
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(call->service, call->method);

    return (struct unary){.type = method->output, .arena = session->arena};
}

/* One exchange as it is. */
static enum exit_code run_once(struct session *session, const struct session_call *call,
                               ProtobufCMessage **out_response, struct channel_reply *out_reply)
{
    struct unary unary = unary_of(session, call);

    exchange(session, call, &unary, out_reply);
    if (out_reply->code != GRPC_OK) return failure_exit_code(out_reply->code);
    *out_response = unary.message;
    return EXIT_CODE_OK;
}

bool session_probe(struct session *session, const struct session_call *call,
                   ProtobufCMessage **out_response)
{
    struct channel_reply reply;

    return run_once(session, call, out_response, &reply) == EXIT_CODE_OK;
}

const char *session_server(const struct session *session)
{
    return session->server;
}

void session_say_refusal(struct session *session, const struct session_call *call,
                         const struct channel_reply *reply)
{
    say_error("%s",
              failure_text(reply, &call->failure, session->options->debug, session->arena));
    say_uncertain(call, reply);
}

enum exit_code session_try(struct session *session, const struct session_call *call,
                           ProtobufCMessage **out_response, struct channel_reply *out_reply)
{
    enum exit_code code = complete(session, call);

    *out_reply = (struct channel_reply){.code = GRPC_OK};
    if (code == EXIT_CODE_OK && !session->audited) {
        session->audited = true;
        code = audit_on_connect(session);
    }
    return code == EXIT_CODE_OK ? run_once(session, call, out_response, out_reply) : code;
}

enum exit_code session_run(struct session *session, const struct session_call *call,
                           ProtobufCMessage **out_response)
{
    struct channel_reply reply;
    enum exit_code code = session_try(session, call, out_response, &reply);

    if (reply.code != GRPC_OK) session_say_refusal(session, call, &reply);
    return code;
}

enum exit_code session_call_admin(struct session *session, const char *method,
                                  const ProtobufCMessage *request, const char *doing,
                                  ProtobufCMessage **out_response)
{
    struct session_call call = {
        .service = &provost__v1__admin_service__descriptor,
        .method = method,
        .request = request,
        .failure.doing = doing,
    };

    return session_run(session, &call, out_response);
}

enum exit_code session_run_unchecked(struct session *session, const struct session_call *call,
                                     ProtobufCMessage **out_response)
{
    struct channel_reply reply;
    enum exit_code code = run_once(session, call, out_response, &reply);

    if (reply.code != GRPC_OK) session_say_refusal(session, call, &reply);
    return code;
}

enum exit_code session_show(struct session *session, const struct view *view)
{
    struct view styled = *view;
    struct status st;

    styled.style = &session->style;
    st = session->output->write(&styled, session->arena, stdout);
    if (status_is_ok(st)) return EXIT_CODE_OK;
    say_error("cannot show the answer: %s", st.message);
    return EXIT_CODE_FAILURE;
}
