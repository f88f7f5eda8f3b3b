/* provost.v1.AdminService: Backup, CheckIntegrity and SetReadOnly. The contract stands in
 * proto/provost/v1/admin.proto. */
#ifndef SERVICE_ADMIN_BACKUP_H
#define SERVICE_ADMIN_BACKUP_H

#include "service/handler.h"

handler_fn admin_backup;          /* a chore: it takes long, and has no transaction */
handler_fn admin_check_integrity; /* reads */
handler_fn admin_set_read_only; /* a write job that writes nothing: it has its place in line */

#endif
