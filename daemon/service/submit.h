/* provost.v1.RegisterService.SubmitObservations: departments' figures, through the same path as
 * Apply with a smaller message. The contract stands in proto/provost/v1/register.proto. */
#ifndef SERVICE_SUBMIT_H
#define SERVICE_SUBMIT_H

#include "service/handler.h"

#include "provost/v1/register.pb-c.h"

struct write_request;

/* Write transaction only. */
handler_fn register_submit_observations;

/* The middle of it, for imports: makes `submit`'s figures the items of a request that
 * write_begin has prepared for as many. INVALID_ARGUMENT for a figure that cannot be placed, or
 * on "reason" when it revises without one. */
struct status
submit_open_items(struct write_request *request,
                  const Provost__V1__SubmitObservationsRequest *submit) MUST_CHECK;

#endif
