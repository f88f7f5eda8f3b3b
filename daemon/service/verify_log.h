/* ChangeLogService.VerifyLog: a bounded part of store/verify.h per call. The contract stands in
 * proto/provost/v1/change_log.proto. */
#ifndef SERVICE_VERIFY_LOG_H
#define SERVICE_VERIFY_LOG_H

#include "service/handler.h"

handler_fn change_log_verify_log;

#endif
