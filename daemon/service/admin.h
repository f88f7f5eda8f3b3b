/* provost.v1.AdminService: what the daemon and its register are doing. The contract stands in
 * proto/provost/v1/admin.proto. */
#ifndef SERVICE_ADMIN_H
#define SERVICE_ADMIN_H

#include "service/handler.h"

handler_fn admin_get_status;

#endif
