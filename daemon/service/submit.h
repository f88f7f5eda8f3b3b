/* provost.v1.RegisterService.SubmitObservations: departments' figures, through the same path as
 * Apply with a smaller message. The contract stands in proto/provost/v1/register.proto. */
#ifndef SERVICE_SUBMIT_H
#define SERVICE_SUBMIT_H

#include "service/handler.h"

/* Write transaction only. */
handler_fn register_submit_observations;

#endif
