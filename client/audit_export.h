/* `provost audit export`: the log as a file that verifies without the register. */
#ifndef CLIENT_AUDIT_EXPORT_H
#define CLIENT_AUDIT_EXPORT_H

#include "client/session.h"

/* To a file; or, where `path` is a folder, to log.jsonl in it, beside the newest checkpoint and the
 * verifier key. Each file is there as a whole or not at all. Failures have been said. */
enum exit_code audit_export(struct session *session, const char *path);

#endif
