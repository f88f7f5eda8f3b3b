/* ChangeLogService's checkpoint and proofs, and the change of the log key. */
#ifndef SERVICE_PROOF_H
#define SERVICE_PROOF_H

#include "service/handler.h"

handler_fn change_log_get_checkpoint;
handler_fn change_log_get_inclusion_proof;
handler_fn change_log_get_consistency_proof;

/* AdminService.RotateLogKey: a change of its own, its checkpoint signed by both keys. */
handler_fn admin_rotate_log_key;

#endif
