/* provost.v1.PerformanceService: figures derived from what is stored. The contract stands in
 * proto/provost/v1/performance.proto. */
#ifndef SERVICE_PERFORMANCE_H
#define SERVICE_PERFORMANCE_H

#include "service/handler.h"

handler_fn performance_get_scorecard;

#endif
