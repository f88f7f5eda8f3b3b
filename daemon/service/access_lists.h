/* AdminService: the lists of principals, grants and tokens, page by page. */
#ifndef SERVICE_ACCESS_LISTS_H
#define SERVICE_ACCESS_LISTS_H

#include "service/handler.h"

struct status access_list_principals(struct handler_call *call, const ProtobufCMessage *request,
                                     ProtobufCMessage **out_response) MUST_CHECK;
struct status access_list_grants(struct handler_call *call, const ProtobufCMessage *request,
                                 ProtobufCMessage **out_response) MUST_CHECK;
/* Auditors of the whole register see all tokens, others their own. */
struct status access_list_tokens(struct handler_call *call, const ProtobufCMessage *request,
                                 ProtobufCMessage **out_response) MUST_CHECK;

#endif
