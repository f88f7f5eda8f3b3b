/* provost.v1.ChangeLogService: the questions an administrator puts to the log. The contract
 * stands in proto/provost/v1/change_log.proto. */
#ifndef SERVICE_CHANGE_LOG_H
#define SERVICE_CHANGE_LOG_H

#include "service/handler.h"

handler_fn change_log_list_changes;
handler_fn change_log_get_change;

#endif
