/* ChangeLogService.RedactChange: one person asks for an erasure, another approves it and so
 * carries it out. What "another" means is decided by the authenticated principal, never by what
 * a client declares. The contract stands in proto/provost/v1/change_log.proto, what is erased
 * where in docs/erasure.md. */
#ifndef SERVICE_REDACT_H
#define SERVICE_REDACT_H

#include "service/handler.h"

handler_fn change_log_redact_change;

#endif
