/* AdminService: principals and what is granted to them. */
#ifndef SERVICE_ACCESS_GRANTS_H
#define SERVICE_ACCESS_GRANTS_H

#include "service/handler.h"

struct status access_set_principal(struct handler_call *call, const ProtobufCMessage *request,
                                   ProtobufCMessage **out_response) MUST_CHECK;
struct status access_add_grant(struct handler_call *call, const ProtobufCMessage *request,
                               ProtobufCMessage **out_response) MUST_CHECK;
struct status access_remove_grant(struct handler_call *call, const ProtobufCMessage *request,
                                  ProtobufCMessage **out_response) MUST_CHECK;

#endif
