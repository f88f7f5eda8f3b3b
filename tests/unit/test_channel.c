/* The channel against a server that speaks bytes: what any peer may send, well formed or not.
 */
#include "client/channel.h"
#include "common/base64.h"
#include "common/buf.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    END_STREAM = 1,
    END_HEADERS = 4,
    DATA = 0,
    HEADERS = 1,
    RESET = 3,
    SETTINGS = 4,
    GOAWAY = 7
};

/* Listens, and answers every connection with the same bytes. */
struct fixture {
    struct arena arena;
    char path[64];
    int listener;
    pthread_t thread;
    pthread_mutex_t lock; /* of the script, once the thread runs */
    struct buf script;
    bool closes;       /* behind the script; else it stays and is silent */
    size_t n_messages; /* that the call under test got */
    size_t last_bytes;
    struct channel *channel;
    struct address address;
};

/* Reads until the client goes, or, where the script ends in a close, for a moment. */
static void linger(int fd, bool closes)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    char bytes[4096];

    while (poll(&waiting, 1, closes ? 50 : 5000) > 0 && read(fd, bytes, sizeof bytes) > 0)
        continue;
}

/* A copy, since the test may go on and change the script. */
static void send_script(struct fixture *f, int fd)
{
    struct buf copy;

    buf_init(&copy, 8 << 20);
    pthread_mutex_lock(&f->lock);
    if (f->script.size > 0) buf_add(&copy, f->script.data, f->script.size);
    pthread_mutex_unlock(&f->lock);
    if (copy.size > 0) (void)!send(fd, copy.data, copy.size, MSG_NOSIGNAL);
    buf_release(&copy);
}

static void *serve(void *argument)
{
    struct fixture *f = argument;
    int fd;

    while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        char bytes[4096];

        /* The request first: an answer to a stream that is not there yet would be an error. */
        if (poll(&waiting, 1, 2000) > 0 && read(fd, bytes, sizeof bytes) > 0)
            send_script(f, fd);
        linger(fd, f->closes);
        close(fd);
    }
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    static int number;

    arena_init(&f->arena, SIZE_MAX);
    buf_init(&f->script, 8 << 20);
    pthread_mutex_init(&f->lock, NULL);
    snprintf(f->path, sizeof f->path, "/tmp/provost-test-%d-%d.sock", (int)getpid(), number++);
    snprintf(own.sun_path, sizeof own.sun_path, "%s", f->path);
    f->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(f->listener, (struct sockaddr *)&own, sizeof own) != 0) return -1;
    if (listen(f->listener, 8) != 0) return -1;
    assert_null(address_parse(f->path, &f->arena, &f->address));
    f->channel = channel_new(&f->address, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    channel_free(f->channel);
    shutdown(f->listener, SHUT_RDWR);
    if (f->thread != 0) pthread_join(f->thread, NULL);
    close(f->listener);
    unlink(f->path);
    buf_release(&f->script);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void frame(struct fixture *f, int type, int flags, int stream, const void *bytes,
                  size_t size)
{
    buf_add_u8(&f->script, (uint8_t)(size >> 16));
    buf_add_u16(&f->script, (uint16_t)size);
    buf_add_u8(&f->script, (uint8_t)type);
    buf_add_u8(&f->script, (uint8_t)flags);
    buf_add_u32(&f->script, (uint32_t)stream);
    if (size > 0) buf_add(&f->script, bytes, size);
}

/* HPACK: a literal without indexing, with a literal name. */
static void literal(struct buf *block, const char *name, const char *value)
{
    buf_add_u8(block, 0);
    buf_add_u8(block, (uint8_t)strlen(name));
    buf_add_string(block, name);
    buf_add_u8(block, (uint8_t)strlen(value));
    buf_add_string(block, value);
}

/* HEADERS on stream 1 from pairs of texts, ended by NULL. */
static void headers(struct fixture *f, int flags, ...)
{
    struct buf block;
    va_list args;
    const char *name;

    buf_init(&block, 65536);
    va_start(args, flags);
    while ((name = va_arg(args, const char *)) != NULL)
        literal(&block, name, va_arg(args, const char *));
    va_end(args);
    frame(f, HEADERS, flags | END_HEADERS, 1, block.data, block.size);
    buf_release(&block);
}

static void hello(struct fixture *f)
{
    frame(f, SETTINGS, 0, 0, NULL, 0);
}

static void response_headers(struct fixture *f)
{
    hello(f);
    headers(f, 0, ":status", "200", "content-type", "application/grpc", NULL);
}

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct fixture *f = context;

    (void)bytes;
    f->n_messages++;
    f->last_bytes = size;
    return true;
}

static struct channel_reply run(struct fixture *f, uint64_t timeout_ms)
{
    struct channel_call call = {.path = "/a.B/C",
                                .request = "xyz",
                                .request_bytes = 3,
                                .timeout_ms = timeout_ms,
                                .on_message = on_message,
                                .context = f};
    struct channel_reply reply;

    if (f->thread == 0) assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
    channel_run(f->channel, &call, &f->arena, &reply);
    assert_non_null(reply.message);
    return reply;
}

static void a_message_and_trailers_are_an_answer(void **state)
{
    struct fixture *f = *state;
    struct channel_reply reply;

    response_headers(f);
    frame(f, DATA, 0, 1, "\0\0\0\0\3ab", 7);
    frame(f, DATA, 0, 1, "c", 1);
    headers(f, END_STREAM, "grpc-status", "0", NULL);
    reply = run(f, 2000);
    assert_int_equal(reply.code, GRPC_OK);
    assert_int_equal(f->n_messages, 1);
    assert_int_equal(f->last_bytes, 3);
}

static void an_error_may_come_in_trailers_alone(void **state)
{
    struct fixture *f = *state;
    struct channel_reply reply;

    hello(f);
    headers(f, END_STREAM, ":status", "200", "content-type", "application/grpc", "grpc-status",
            "5", "grpc-message", "no %C2%A3 there", "grpc-status-details-bin", "CAU", NULL);
    reply = run(f, 2000);
    assert_int_equal(reply.code, GRPC_NOT_FOUND);
    assert_string_equal(reply.message, "no \u00a3 there");
    assert_int_equal(reply.details_bytes, 2);
    assert_false(reply.is_local);
}

static void broken_details_are_passed_over(void **state)
{
    struct fixture *f = *state;
    struct channel_reply reply;

    hello(f);
    headers(f, END_STREAM, ":status", "200", "content-type", "application/grpc", "grpc-status",
            "99", "grpc-message", "%zz%", "grpc-status-details-bin", "!!", NULL);
    reply = run(f, 2000);
    assert_int_equal(reply.code, GRPC_UNKNOWN);
    assert_string_equal(reply.message, "%zz%");
    assert_null(reply.details);
}

static void an_http_error_is_translated(void **state)
{
    struct fixture *f = *state;

    hello(f);
    headers(f, 0, ":status", "503", "content-type", "text/html", NULL);
    frame(f, DATA, END_STREAM, 1, "<html>", 6);
    assert_int_equal(run(f, 2000).code, GRPC_UNAVAILABLE);
    assert_int_equal(f->n_messages, 0);
}

static void an_answer_without_a_status_is_none(void **state)
{
    struct fixture *f = *state;

    response_headers(f);
    frame(f, DATA, END_STREAM, 1, "\0\0\0\0\0", 5);
    assert_int_equal(run(f, 2000).code, GRPC_INTERNAL);
}

static void half_a_message_is_no_answer(void **state)
{
    struct fixture *f = *state;

    response_headers(f);
    frame(f, DATA, 0, 1, "\0\0\0\0\11a", 6);
    headers(f, END_STREAM, "grpc-status", "0", NULL);
    assert_int_equal(run(f, 2000).code, GRPC_INTERNAL);
}

static void a_message_over_the_limit_is_refused_at_its_prefix(void **state)
{
    struct fixture *f = *state;

    response_headers(f);
    frame(f, DATA, 0, 1, "\0\377\377\377\377", 5);
    assert_int_equal(run(f, 2000).code, GRPC_INTERNAL);
}

static void compressed_messages_and_foreign_flags_are_refused(void **state)
{
    struct fixture *f = *state;

    response_headers(f);
    frame(f, DATA, 0, 1, "\1\0\0\0\1x", 6);
    headers(f, END_STREAM, "grpc-status", "0", NULL);
    assert_int_equal(run(f, 2000).code, GRPC_INTERNAL);
    assert_int_equal(f->n_messages, 0);
}

static void a_refused_stream_may_be_tried_again(void **state)
{
    struct fixture *f = *state;

    hello(f);
    frame(f, RESET, 0, 1, "\0\0\0\7", 4);
    assert_int_equal(run(f, 2000).code, GRPC_UNAVAILABLE);
}

static void a_goaway_below_the_call_means_it_was_not_seen(void **state)
{
    struct fixture *f = *state;

    hello(f);
    frame(f, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(run(f, 2000).code, GRPC_UNAVAILABLE);
}

static void a_lost_connection_is_made_again_for_the_next_call(void **state)
{
    struct fixture *f = *state;

    f->closes = true;
    hello(f);
    assert_int_equal(run(f, 2000).code, GRPC_UNAVAILABLE);
    pthread_mutex_lock(&f->lock);
    headers(f, END_STREAM, ":status", "200", "content-type", "application/grpc", "grpc-status",
            "5", NULL);
    pthread_mutex_unlock(&f->lock);
    assert_int_equal(run(f, 2000).code, GRPC_NOT_FOUND);
}

static void a_silent_server_runs_into_the_deadline(void **state)
{
    struct fixture *f = *state;
    struct channel_reply reply;

    hello(f);
    reply = run(f, 100);
    assert_int_equal(reply.code, GRPC_DEADLINE_EXCEEDED);
    assert_non_null(strstr(reply.message, f->path));
}

static void a_server_of_another_protocol_is_told(void **state)
{
    struct fixture *f = *state;
    struct channel_reply reply;

    f->closes = true;
    buf_add_string(&f->script, "HTTP/1.1 400 Bad Request\r\n\r\n");
    reply = run(f, 2000);
    assert_int_equal(reply.code, GRPC_UNAVAILABLE);
    assert_non_null(strstr(reply.message, "does not speak gRPC"));
}

static void nobody_there_is_said_with_the_address_and_what_to_do(void **state)
{
    struct fixture *f = *state;
    struct channel_reply reply;

    unlink(f->path);
    reply = run(f, 2000);
    assert_int_equal(reply.code, GRPC_UNAVAILABLE);
    assert_non_null(strstr(reply.message, f->path));
    assert_non_null(strstr(reply.message, "--server"));
}

static void flip(struct fixture *f, size_t i)
{
    pthread_mutex_lock(&f->lock);
    f->script.data[i] ^= 0xa5;
    pthread_mutex_unlock(&f->lock);
}

/* Every byte of a good answer changed in turn: any code, but no crash, no hang, no overrun. */
static void no_changed_byte_does_harm(void **state)
{
    struct fixture *f = *state;

    f->closes = true;
    response_headers(f);
    frame(f, DATA, 0, 1, "\0\0\0\0\3abc", 8);
    headers(f, END_STREAM, "grpc-status", "0", "grpc-status-details-bin", "CAU", NULL);
    for (size_t i = 0; i < f->script.size; i++) {
        flip(f, i);
        run(f, 500);
        channel_free(f->channel);
        f->channel = channel_new(&f->address, NULL);
        flip(f, i);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_and_trailers_are_an_answer),
        TEST(an_error_may_come_in_trailers_alone),
        TEST(broken_details_are_passed_over),
        TEST(an_http_error_is_translated),
        TEST(an_answer_without_a_status_is_none),
        TEST(half_a_message_is_no_answer),
        TEST(a_message_over_the_limit_is_refused_at_its_prefix),
        TEST(compressed_messages_and_foreign_flags_are_refused),
        TEST(a_refused_stream_may_be_tried_again),
        TEST(a_goaway_below_the_call_means_it_was_not_seen),
        TEST(a_lost_connection_is_made_again_for_the_next_call),
        TEST(a_silent_server_runs_into_the_deadline),
        TEST(a_server_of_another_protocol_is_told),
        TEST(nobody_there_is_said_with_the_address_and_what_to_do),
        TEST(no_changed_byte_does_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
