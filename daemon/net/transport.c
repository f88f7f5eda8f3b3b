#include "net/transport.h"

#include "common/arena.h"
#include "common/container_of.h"
#include "net/tls.h"
#include "net/transport_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DISCARD_MAX_BYTES = 512 << 10, READ_LEAST_BYTES = 1 << 10, READ_FIRST_BYTES = 4 << 10 };

/* The part of a write that the socket did not take at once. */
struct remainder {
    uv_write_t request;
    uint8_t bytes[];
};

/* --- the beginning --- */

int transport_init(struct transport *transport, const struct transport_setup *setup,
                   const uv_stream_t *listener)
{
    int error;

    *transport = (struct transport){.setup = *setup, .read_bytes = READ_FIRST_BYTES};
    if (setup->tls != NULL && (transport->tls = tls_session_new(setup->tls)) == NULL)
        return UV_ENOMEM;
    error = listener->type == UV_NAMED_PIPE ? uv_pipe_init(setup->loop, &transport->uv.pipe, 0)
                                            : uv_tcp_init(setup->loop, &transport->uv.tcp);
    transport->uv.handle.data = transport;
    return error;
}

int transport_accept(struct transport *transport, uv_stream_t *listener, uv_os_fd_t *out_fd)
{
    int error = uv_accept(listener, &transport->uv.stream);

    if (error == 0) error = uv_fileno(&transport->uv.handle, out_fd);
    if (error == 0 && listener->type == UV_TCP) uv_tcp_nodelay(&transport->uv.tcp, 1);
    return error;
}

/* --- the end --- */

static void maybe_tell_closed(struct transport *transport)
{
    if (!transport->handle_closed || transport->writing) return;
    tls_session_free(transport->tls);
    transport->tls = NULL;
    transport->setup.ops->on_closed(transport->setup.owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct transport *transport = handle->data;

    transport->handle_closed = true;
    maybe_tell_closed(transport);
}

void transport_finish(struct transport *transport)
{
    if (transport->finished || transport->closing) return;
    transport->finished = true;
    if (uv_shutdown(&transport->shutdown, &transport->uv.stream, NULL) == 0)
        transport_set_reading(transport, true);
}

void transport_close(struct transport *transport)
{
    assert(!transport->closing);
    if (transport->tls != NULL) transport_tls_shutdown(transport);
    transport->closing = true;
    uv_close(&transport->uv.handle, on_handle_closed);
}

struct tls_session *transport_get_tls(const struct transport *transport)
{
    return transport->tls;
}

/* --- reading --- */

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *out_buffer)
{
    struct transport *transport = handle->data;

    (void)suggested_size;
    *out_buffer =
        uv_buf_init((char *)transport->setup.read_buffer, (unsigned)transport->read_bytes);
}

static void discard(struct transport *transport, size_t size)
{
    transport->discarded_bytes += size;
    if (transport->discarded_bytes > DISCARD_MAX_BYTES) transport_set_reading(transport, false);
}

/* libuv would fill the buffer 32 times before it looks at another connection. */
static void pause_reading(struct transport *transport)
{
    if (transport->closing || !transport->reading) return;
    if (transport->read_bytes < TRANSPORT_BUFFER_BYTES) transport->read_bytes *= 2;
    transport_set_reading(transport, false);
    transport->setup.ops->on_paused(transport->setup.owner);
}

void transport_read_less(struct transport *transport)
{
    transport->read_bytes = READ_LEAST_BYTES;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct transport *transport = stream->data;
    const struct transport_setup *setup = &transport->setup;
    bool was_filled = size > 0 && (size_t)size == transport->read_bytes;

    if (size == 0) return;
    if (size < 0)
        setup->ops->on_lost(setup->owner);
    else if (transport->finished)
        discard(transport, (size_t)size);
    else if (transport->tls != NULL)
        transport_tls_receive(transport, (const uint8_t *)buffer->base, (size_t)size);
    else
        setup->ops->on_bytes(setup->owner, (const uint8_t *)buffer->base, (size_t)size);
    if (was_filled && !transport->finished) pause_reading(transport);
}

int transport_set_reading(struct transport *transport, bool reading)
{
    if (transport->closing || reading == transport->reading) return 0;
    transport->reading = reading;
    return reading ? uv_read_start(&transport->uv.stream, on_alloc, on_read)
                   : uv_read_stop(&transport->uv.stream);
}

/* --- writing --- */

static void on_written(uv_write_t *request, int error)
{
    struct transport *transport = request->data;
    const struct transport_setup *setup = &transport->setup;

    free(container_of(request, struct remainder, request));
    transport->writing = false;
    if (transport->closing)
        maybe_tell_closed(transport);
    else if (error != 0 || (transport->tls != NULL && transport_tls_flush(transport) != 0))
        setup->ops->on_lost(setup->owner);
    else if (!transport_is_writing(transport))
        setup->ops->on_written(setup->owner);
}

int transport_write_raw_later(struct transport *transport, const uint8_t *bytes, size_t size)
{
    struct remainder *rest = xmalloc(sizeof *rest + size);
    uv_buf_t buffer = uv_buf_init((char *)rest->bytes, (unsigned)size);
    int error;

    assert(!transport->writing);
    memcpy(rest->bytes, bytes, size);
    rest->request.data = transport;
    error = uv_write(&rest->request, &transport->uv.stream, &buffer, 1, on_written);
    if (error != 0) {
        free(rest);
        return error;
    }
    transport->writing = true;
    transport->write_since_ms = uv_now(transport->setup.loop);
    return 0;
}

int transport_write_raw(struct transport *transport, const uint8_t *bytes, size_t size)
{
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
    int written = uv_try_write(&transport->uv.stream, &buffer, 1);

    if (written == UV_EAGAIN) written = 0;
    if (written < 0) return written;
    if ((size_t)written == size) return 0;
    return transport_write_raw_later(transport, bytes + written, size - (size_t)written);
}

int transport_write(struct transport *transport, const uint8_t *bytes, size_t size)
{
    if (transport->tls == NULL) return transport_write_raw(transport, bytes, size);
    return transport_tls_write(transport, bytes, size);
}

int transport_write_later(struct transport *transport, const uint8_t *bytes, size_t size)
{
    if (transport->tls == NULL) return transport_write_raw_later(transport, bytes, size);
    return transport_tls_write_later(transport, bytes, size);
}

bool transport_is_writing(const struct transport *transport)
{
    return transport->writing || (transport->tls != NULL && !tls_is_ready(transport->tls));
}

uint64_t transport_write_age_ms(const struct transport *transport)
{
    if (!transport->writing) return 0;
    return uv_now(transport->setup.loop) - transport->write_since_ms;
}
