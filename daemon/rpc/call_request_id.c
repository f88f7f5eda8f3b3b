/* Apart from call.c, which needs a store: the log of calls asks too. */
#include "common/fields.h"
#include "rpc/call.h"
#include "rpc/methods.h"

const char *call_get_request_id(const struct call *call)
{
    const ProtobufCMessage *request = call->request;
    const ProtobufCFieldDescriptor *fd;

    if (call->request_id != NULL) return call->request_id;
    if (request == NULL || call->method->client_streams) return "";
    fd = fields_find(request->descriptor, "request_id");
    return fd != NULL ? field_get_text(request, fd) : "";
}
