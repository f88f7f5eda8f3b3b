/* What a turn of the loop reads from one peer. */
#include "common/arena.h"
#include "net/transport.h"
#include "support/temp_dir.h"

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

enum { SENT_BYTES = 150000, TURNS_MAX = 1000 };

struct fixture {
    uv_loop_t loop;
    uv_pipe_t listener;
    struct transport transport;
    char folder[TEMP_DIR_BYTES];
    struct sockaddr_un address;
    int client;
    size_t got;
    size_t of_turn;
    bool is_dear;
    bool is_paused;
    bool is_closed;
    uint8_t read_buffer[TRANSPORT_BUFFER_BYTES];
};

static void on_bytes(void *owner, const uint8_t *bytes, size_t size)
{
    struct fixture *fixture = owner;

    assert_false(fixture->is_paused);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], (fixture->got + i) % 251);
    fixture->got += size;
    fixture->of_turn += size;
    if (fixture->is_dear) transport_read_less(&fixture->transport);
}

static void on_paused(void *owner)
{
    ((struct fixture *)owner)->is_paused = true;
}

static void on_closed(void *owner)
{
    ((struct fixture *)owner)->is_closed = true;
}

static void ignore(void *owner)
{
    (void)owner;
}

static const struct transport_ops ops = {.on_bytes = on_bytes,
                                         .on_paused = on_paused,
                                         .on_written = ignore,
                                         .on_lost = ignore,
                                         .on_closed = on_closed};

static void on_connection(uv_stream_t *listener, int error)
{
    struct fixture *fixture = listener->data;
    struct transport_setup setup = {.loop = &fixture->loop,
                                    .ops = &ops,
                                    .owner = fixture,
                                    .read_buffer = fixture->read_buffer};
    uv_os_fd_t fd;

    assert_int_equal(error, 0);
    assert_int_equal(transport_init(&fixture->transport, &setup, listener), 0);
    assert_int_equal(transport_accept(&fixture->transport, listener, &fd), 0);
    fixture->is_paused = true; /* the first turn begins when the test says so */
}

static int setup(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof *fixture);

    assert_true(temp_dir_make("/tmp", "transport", fixture->folder));
    fixture->address.sun_family = AF_UNIX;
    snprintf(fixture->address.sun_path, sizeof fixture->address.sun_path, "%s/s",
             fixture->folder);
    uv_loop_init(&fixture->loop);
    uv_pipe_init(&fixture->loop, &fixture->listener, 0);
    fixture->listener.data = fixture;
    assert_int_equal(uv_pipe_bind(&fixture->listener, fixture->address.sun_path), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&fixture->listener, 1, on_connection), 0);
    fixture->client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(
        connect(fixture->client, (struct sockaddr *)&fixture->address, sizeof fixture->address),
        0);
    uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_true(fixture->is_paused);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    transport_close(&fixture->transport);
    uv_close((uv_handle_t *)&fixture->listener, NULL);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_true(fixture->is_closed);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    close(fixture->client);
    temp_dir_remove(fixture->folder);
    free(fixture);
    return 0;
}

/* Fills the socket as far as it goes; `sent` goes on from turn to turn. */
static void send_more(struct fixture *fixture, size_t *sent)
{
    static uint8_t bytes[SENT_BYTES];
    ssize_t got;

    for (size_t i = 0; i < SENT_BYTES; i++)
        bytes[i] = (uint8_t)(i % 251);
    while (*sent < SENT_BYTES &&
           (got = write(fixture->client, bytes + *sent, SENT_BYTES - *sent)) > 0)
        *sent += (size_t)got;
}

/* The bytes of each turn, until all have come; how many turns. */
static size_t run_turns(struct fixture *fixture, size_t of_turn[TURNS_MAX])
{
    size_t sent = 0;
    size_t turns = 0;

    while (fixture->got < SENT_BYTES) {
        assert_true(turns < TURNS_MAX);
        send_more(fixture, &sent);
        fixture->of_turn = 0;
        if (fixture->is_paused)
            assert_int_equal(transport_set_reading(&fixture->transport, true), 0);
        fixture->is_paused = false;
        uv_run(&fixture->loop, UV_RUN_ONCE);
        of_turn[turns++] = fixture->of_turn;
    }
    return turns;
}

static void a_turn_reads_one_buffer_that_grows(void **state)
{
    static const size_t want[] = {4 << 10, 8 << 10, 16 << 10, 32 << 10};
    size_t of_turn[TURNS_MAX] = {0};
    size_t turns = run_turns(*state, of_turn);

    assert_in_range(turns, 6, 20);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_int_equal(of_turn[i], want[i]);
    for (size_t i = 0; i < turns; i++)
        assert_true(of_turn[i] <= TRANSPORT_BUFFER_BYTES);
}

static void a_turn_reads_little_of_what_is_dear(void **state)
{
    struct fixture *fixture = *state;
    size_t of_turn[TURNS_MAX] = {0};
    size_t turns;

    fixture->is_dear = true;
    turns = run_turns(fixture, of_turn);
    assert_true(turns > 50);
    for (size_t i = 1; i < turns; i++)
        assert_true(of_turn[i] <= 2 << 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_turn_reads_one_buffer_that_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(a_turn_reads_little_of_what_is_dear, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
