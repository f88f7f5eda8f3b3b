#include "client/channel_stream.h"

#include "common/base64.h"

#include <nghttp2/nghttp2.h>
#include <string.h>

enum { TRAILER_MAX_BYTES = 64 << 10 };

static void set_request(struct stream *stream, const void *bytes, size_t size)
{
    stream->request = bytes;
    stream->request_bytes = size;
    stream->sent_bytes = 0;
    grpc_prefix_write(stream->prefix, false, (uint32_t)size);
}

void stream_init(struct stream *stream, const struct channel_call *call)
{
    *stream = (struct stream){.call = call, .id = -1, .grpc_status = -1};
    set_request(stream, call->request, call->request_bytes);
    stream->request_over = call->next_message == NULL;
    buf_init(&stream->message, TRAILER_MAX_BYTES);
    buf_init(&stream->details, TRAILER_MAX_BYTES);
    grpc_prefix_write(stream->prefix, false, (uint32_t)call->request_bytes);
    grpc_deframer_init(&stream->deframer, GRPC_MESSAGE_MAX_BYTES);
}

void stream_release(struct stream *stream)
{
    buf_release(&stream->message);
    buf_release(&stream->details);
    grpc_deframer_release(&stream->deframer);
}

/* Copies what of `part` lies behind the `sent` bytes before it. */
static size_t take_part(const void *part, size_t part_bytes, size_t sent, uint8_t *out_bytes,
                        size_t size)
{
    size_t take = part_bytes - sent < size ? part_bytes - sent : size;

    if (take > 0) memcpy(out_bytes, (const uint8_t *)part + sent, take);
    return take;
}

static bool message_is_sent(const struct stream *stream)
{
    return stream->sent_bytes == GRPC_PREFIX_BYTES + stream->request_bytes;
}

/* Goes on to the next message; false when there is none. */
static bool next_message(struct stream *stream)
{
    const void *bytes;
    size_t size;

    if (stream->request_over) return false;
    stream->request_over = !stream->call->next_message(stream->call->context, &bytes, &size);
    if (!stream->request_over) set_request(stream, bytes, size);
    return !stream->request_over;
}

static size_t take_message(struct stream *stream, uint8_t *out_bytes, size_t size)
{
    size_t done = 0;

    if (stream->sent_bytes < GRPC_PREFIX_BYTES)
        done =
            take_part(stream->prefix, GRPC_PREFIX_BYTES, stream->sent_bytes, out_bytes, size);
    stream->sent_bytes += done;
    if (stream->sent_bytes < GRPC_PREFIX_BYTES) return done;

    size_t body =
        take_part(stream->request, stream->request_bytes,
                  stream->sent_bytes - GRPC_PREFIX_BYTES, out_bytes + done, size - done);

    stream->sent_bytes += body;
    return done + body;
}

size_t stream_take_request(struct stream *stream, uint8_t *out_bytes, size_t size)
{
    size_t done = 0;

    while (done < size && (!message_is_sent(stream) || next_message(stream)))
        done += take_message(stream, out_bytes + done, size - done);
    return done;
}

bool stream_request_is_sent(const struct stream *stream)
{
    return message_is_sent(stream) && stream->request_over;
}

/* A small decimal number, or -1. */
static int small_number(const char *text, size_t size)
{
    int number = 0;

    if (size == 0 || size > 3) return -1;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static void on_http_status(struct stream *stream, const char *value, size_t size)
{
    stream->http_status = small_number(value, size);
}

static void on_content_type(struct stream *stream, const char *value, size_t size)
{
    static const char wanted[] = "application/grpc";
    size_t length = sizeof wanted - 1;

    stream->is_grpc = size >= length && memcmp(value, wanted, length) == 0 &&
                      (size == length || value[length] == '+' || value[length] == ';');
}

static void on_grpc_status(struct stream *stream, const char *value, size_t size)
{
    int code = small_number(value, size);

    stream->grpc_status = code < 0 || code > GRPC_UNAUTHENTICATED ? GRPC_UNKNOWN : code;
}

static void on_grpc_message(struct stream *stream, const char *value, size_t size)
{
    buf_clear(&stream->message);
    buf_add(&stream->message, value, size);
}

static void on_details(struct stream *stream, const char *value, size_t size)
{
    buf_clear(&stream->details);
    buf_add(&stream->details, value, size);
}

static const struct header_row {
    const char *name;
    void (*set)(struct stream *stream, const char *value, size_t size);
} header_table[] = {
    {":status", on_http_status},
    {"content-type", on_content_type},
    {"grpc-status", on_grpc_status},
    {"grpc-message", on_grpc_message},
    {"grpc-status-details-bin", on_details},
};

void stream_header(struct stream *stream, const char *name, const char *value, size_t size)
{
    for (size_t i = 0; i < sizeof header_table / sizeof header_table[0]; i++)
        if (strcmp(header_table[i].name, name) == 0) header_table[i].set(stream, value, size);
}

static bool give_message(struct stream *stream, const struct grpc_message *message)
{
    if (message->compressed) stream->broken = "a compressed message that nobody asked for";
    if (message->compressed) return false;
    if (stream->call->on_message(stream->call->context, message->bytes, message->size))
        return true;
    stream->broken = "a message that is not what the method answers";
    return false;
}

bool stream_data(struct stream *stream, const uint8_t *bytes, size_t size)
{
    /* The body of an HTTP error page is no gRPC. */
    if (stream->broken != NULL || !stream->is_grpc || stream->http_status != 200)
        return stream->broken == NULL;
    for (;;) {
        struct grpc_message message;

        switch (grpc_deframer_feed(&stream->deframer, &bytes, &size, &message)) {
        case GRPC_DEFRAME_MORE:
            return true;
        case GRPC_DEFRAME_MESSAGE:
            if (!give_message(stream, &message)) return false;
            break;
        case GRPC_DEFRAME_TOO_LARGE:
            stream->broken = "a message over the limit of 4 MiB";
            return false;
        case GRPC_DEFRAME_BAD_FLAG:
            stream->broken = "broken gRPC framing";
            return false;
        }
    }
}

/* doc/http-grpc-status-mapping.md, for answers of something between us and the daemon. */
static enum grpc_code code_of_http(int http_status)
{
    switch (http_status) {
    case 400:
        return GRPC_INTERNAL;
    case 401:
        return GRPC_UNAUTHENTICATED;
    case 403:
        return GRPC_PERMISSION_DENIED;
    case 404:
        return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return GRPC_UNAVAILABLE;
    default:
        return GRPC_UNKNOWN;
    }
}

/* doc/PROTOCOL-HTTP2.md, "Errors". */
static enum grpc_code code_of_reset(uint32_t http2_code)
{
    switch (http2_code) {
    case NGHTTP2_REFUSED_STREAM:
        return GRPC_UNAVAILABLE;
    case NGHTTP2_CANCEL:
        return GRPC_CANCELLED;
    case NGHTTP2_ENHANCE_YOUR_CALM:
        return GRPC_RESOURCE_EXHAUSTED;
    case NGHTTP2_INADEQUATE_SECURITY:
        return GRPC_PERMISSION_DENIED;
    default:
        return GRPC_INTERNAL;
    }
}

/* The peer gave no status of its own. */
static void reply_without_status(const struct stream *stream, struct arena *arena,
                                 struct channel_reply *reply)
{
    reply->is_local = true;
    if (stream->http_status != 0 && stream->http_status != 200) {
        reply->code = code_of_http(stream->http_status);
        reply->message = arena_printf(arena,
                                      "the server answered HTTP status %d instead of a "
                                      "gRPC status",
                                      stream->http_status);
    } else if (stream->close_code != NGHTTP2_NO_ERROR) {
        reply->code = code_of_reset(stream->close_code);
        reply->message = arena_printf(arena, "the server ended the call without a status (%s)",
                                      nghttp2_http2_strerror(stream->close_code));
    } else {
        reply->code = GRPC_INTERNAL;
        reply->message = stream->is_grpc || stream->http_status == 0
                             ? "the server ended the call without a status"
                             : "what answers there is no gRPC server";
    }
}

static void decode_details(const struct stream *stream, struct arena *arena,
                           struct channel_reply *reply)
{
    const char *text = (const char *)stream->details.data;
    size_t size = stream->details.size;
    const char *comma = size > 0 ? memchr(text, ',', size) : NULL;

    if (comma != NULL) size = (size_t)(comma - text);
    if (size == 0) return;

    uint8_t *bytes = arena_alloc(arena, base64_decoded_size_max(size) + 1);
    size_t bytes_size;

    if (!base64_decode(text, size, bytes, &bytes_size)) return;
    reply->details = bytes;
    reply->details_bytes = bytes_size;
}

static const char *decode_message(const struct stream *stream, struct arena *arena)
{
    char *text = arena_alloc(arena, stream->message.size + 1);

    text[0] = '\0';
    if (stream->message.size > 0)
        grpc_message_decode((const char *)stream->message.data, stream->message.size, text);
    return text;
}

void stream_reply(struct stream *stream, struct arena *arena, struct channel_reply *out_reply)
{
    struct channel_reply reply = {.message = ""};

    if (stream->broken == NULL && grpc_deframer_is_partial(&stream->deframer) &&
        stream->grpc_status == GRPC_OK)
        stream->broken = "half a message";
    if (stream->broken != NULL) {
        reply.code = GRPC_INTERNAL;
        reply.is_local = true;
        reply.message = arena_printf(arena, "the server sent %s", stream->broken);
    } else if (stream->grpc_status < 0) {
        reply_without_status(stream, arena, &reply);
    } else {
        reply.code = (enum grpc_code)stream->grpc_status;
        reply.message = decode_message(stream, arena);
        decode_details(stream, arena, &reply);
    }
    *out_reply = reply;
}
