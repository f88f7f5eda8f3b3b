/* provost.v1.RegisterService: handlers. The contract of each stands in
 * proto/provost/v1/register.proto; what a handler is stands in service/handler.h.
 *
 * SubmitObservations is in service/submit.h.
 */
#ifndef SERVICE_REGISTER_H
#define SERVICE_REGISTER_H

#include "service/handler.h"

/* Reads; any thread with a read or write transaction. */
handler_fn register_get_resource;
handler_fn register_batch_get_resources;
handler_fn register_list_resources;

/* The one way to write; write transaction only. */
handler_fn register_apply;

#endif
