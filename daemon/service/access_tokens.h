/* AdminService: who one is, and bearer tokens. */
#ifndef SERVICE_ACCESS_TOKENS_H
#define SERVICE_ACCESS_TOKENS_H

#include "service/handler.h"

struct txn;

struct status access_get_caller(struct handler_call *call, const ProtobufCMessage *request,
                                ProtobufCMessage **out_response) MUST_CHECK;
struct status access_redeem_token(struct handler_call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage **out_response) MUST_CHECK;
struct status access_create_token(struct handler_call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage **out_response) MUST_CHECK;
struct status access_revoke_token(struct handler_call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage **out_response) MUST_CHECK;

/* The first start of a register: makes the principal "admin" with the role admin and a one-time
 * token that is good for a day. No change in the log: it begins with what people do. Write
 * transaction. *out_secret stays NULL, and nothing is done, when
 * there are principals already; else it is to be shown, once. */
struct status access_bootstrap(struct txn *txn, struct store *store, struct arena *arena,
                               int64_t now_us, const char **out_secret) MUST_CHECK;

#endif
