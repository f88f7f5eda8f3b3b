/* A retried request gets the answer of the first one (AIP-155). Answers are kept per principal
 * in the transaction that makes the change, so that they are there exactly when the change is.
 */
#ifndef SERVICE_REQUEST_ID_H
#define SERVICE_REQUEST_ID_H

#include "service/handler.h"

/* One request and its id. */
struct request_id {
    const char *id; /* "" when the client gave none: then nothing is looked up or kept */
    uint8_t request_hash[32]; /* SHA-256 of method and request; set by request_id_find */
};

/* INVALID_ARGUMENT on "request_id" unless it is printable ASCII of at most 64 characters. */
struct status request_id_check(struct arena *arena, const char *id) MUST_CHECK;

/* Sets *out_response to the answer kept for this id, NULL when there is none.
 * FAILED_PRECONDITION, REASON_ANSWER_REDACTED, when the answer held a value erased since.
 * INVALID_ARGUMENT, REASON_REQUEST_ID_REUSED, when it was kept for another request. */
struct status request_id_find(struct handler_call *call, struct request_id *id,
                              const ProtobufCMessage *request,
                              const ProtobufCMessageDescriptor *response_type,
                              ProtobufCMessage **out_response) MUST_CHECK;

/* Keeps the answer. RESOURCE_EXHAUSTED, REASON_RESPONSE_TOO_LARGE, with or without an id, when
 * it could not be sent: the request is then refused as a whole. */
struct status request_id_keep(struct handler_call *call, const struct request_id *id,
                              const ProtobufCMessage *response, int64_t seq) MUST_CHECK;

#endif
