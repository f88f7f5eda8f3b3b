/* TLS between the owner's plain bytes and the socket's. */
#include "net/tls.h"
#include "net/transport_impl.h"

/* What TLS itself has to say (a handshake, an alert) goes out between the owner's writes. */
int transport_tls_flush(struct transport *transport)
{
    size_t size;
    const uint8_t *bytes = tls_output(transport->tls, &size);
    int error;

    if (size == 0 || transport->writing || transport->closing) return 0;
    error = transport_write_raw(transport, bytes, size);
    tls_drop_output(transport->tls);
    return error;
}

/* Plain bytes for the owner, which may close the transport inside. */
static enum tls_result deliver_plain(struct transport *transport)
{
    const struct transport_setup *setup = &transport->setup;
    enum tls_result result = TLS_WAIT;

    while (!transport->closing) {
        bool was_ready = tls_is_ready(transport->tls);
        size_t size;

        result = tls_read(transport->tls, setup->plain_buffer, TRANSPORT_BUFFER_BYTES, &size);
        if (result != TLS_BYTES) break;
        if (!was_ready) {
            setup->ops->on_secured(setup->owner);
            setup->ops->on_written(setup->owner); /* what waited for the handshake may go */
        } else {
            setup->ops->on_bytes(setup->owner, setup->plain_buffer, size);
        }
    }
    return result;
}

void transport_tls_receive(struct transport *transport, const uint8_t *bytes, size_t size)
{
    const struct transport_setup *setup = &transport->setup;
    enum tls_result result;

    tls_feed(transport->tls, bytes, size);
    result = deliver_plain(transport);
    if (transport->closing) return;
    if (result == TLS_FAILED) setup->ops->on_refused(setup->owner, tls_why(transport->tls));
    if (transport_tls_flush(transport) != 0 || result != TLS_WAIT)
        setup->ops->on_lost(setup->owner);
}

void transport_tls_shutdown(struct transport *transport)
{
    tls_shutdown(transport->tls);
    (void)transport_tls_flush(transport);
}

int transport_tls_write(struct transport *transport, const uint8_t *bytes, size_t size)
{
    return tls_write(transport->tls, bytes, size) ? transport_tls_flush(transport) : UV_EPROTO;
}

int transport_tls_write_later(struct transport *transport, const uint8_t *bytes, size_t size)
{
    int error;

    if (!tls_write(transport->tls, bytes, size)) return UV_EPROTO;
    bytes = tls_output(transport->tls, &size);
    error = transport_write_raw_later(transport, bytes, size);
    tls_drop_output(transport->tls);
    return error;
}
