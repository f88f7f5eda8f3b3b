/* provost.v1.PerformanceService: figures derived from what is stored. The contract stands in
 * proto/provost/v1/performance.proto. Every handler but the first has a file of its own:
 * series.c, progress.c, due.c, risk_matrix.c, check_plan.c, tree.c. */
#ifndef SERVICE_PERFORMANCE_H
#define SERVICE_PERFORMANCE_H

#include "service/handler.h"

handler_fn performance_get_scorecard;
handler_fn performance_get_indicator_series;
handler_fn performance_get_progress;
handler_fn performance_list_due;
handler_fn performance_get_risk_matrix;
handler_fn performance_check_plan;
handler_fn performance_get_tree;

#endif
