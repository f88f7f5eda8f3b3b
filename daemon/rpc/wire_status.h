/* A status as the three trailers of gRPC: grpc-status, grpc-message, grpc-status-details-bin.
 */
#ifndef RPC_WIRE_STATUS_H
#define RPC_WIRE_STATUS_H

#include "common/status.h"

#include <stddef.h>

enum {
    WIRE_STATUS_MESSAGE_MAX_BYTES = 2048, /* percent-encoded */
    WIRE_STATUS_DETAILS_MAX_BYTES = 4096, /* before base64; clients cap trailers at 8 KiB */
};

/* NUL-terminated texts with their lengths; a length of 0: leave the trailer out. */
struct wire_status {
    char code[4];
    size_t code_size;
    char message[WIRE_STATUS_MESSAGE_MAX_BYTES];
    size_t message_size;
    char details[(WIRE_STATUS_DETAILS_MAX_BYTES + 2) / 3 * 4 + 1];
    size_t details_size;
};

/* Encodes `status`. The details are google.rpc.Status with ErrorInfo, BadRequest when a field
 * is to blame, and status.details; they are dropped from the end until they fit. */
void wire_status_encode(struct status status, struct wire_status *out_wire);

#endif
