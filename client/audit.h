/* Holding the server to what it signed: checkpoints are checked against the one seen last, proofs
 * against checkpoints. Nothing here trusts the server's word. */
#ifndef CLIENT_AUDIT_H
#define CLIENT_AUDIT_H

#include "client/heads.h"
#include "client/session.h"
#include "common/merkle.h"
#include "common/note.h"

#include <provost/v1/change_log.pb-c.h>

/* A checkpoint whose signature holds. */
struct audit_head {
    const char *verifier_key;
    const char *note;
    struct checkpoint checkpoint;
};

/* Checks a note by a verifier key. NULL, or what is wrong (static). */
const char *audit_read_note(const char *note, const char *verifier_key, struct arena *arena,
                            struct audit_head *out_head);

/* Once per run, before the first call: gets the server's checkpoint, checks it against the one
 * remembered and remembers it. UNVERIFIED after saying what is wrong. A server without checkpoints,
 * or one that cannot be reached, is OK: the call itself will tell. */
enum exit_code audit_on_connect(struct session *session);

/* Gets the checkpoint and compares it with the one remembered; what audit_on_connect does, but
 * failures to get it count. *out_response lives in the session's arena. */
enum exit_code audit_fetch(struct session *session, struct audit_head *out_head,
                           Provost__V1__GetCheckpointResponse **out_response);

/* Asks for a consistency proof from `older` to `newer` and checks it. */
enum exit_code audit_consistency(struct session *session, const struct checkpoint *older,
                                 const struct checkpoint *newer);

/* The hashes of a proof as a path; false when one has not 32 bytes. */
bool audit_path(const ProtobufCBinaryData *hashes, size_t count, struct arena *arena,
                struct merkle_path *out_path);

#endif
