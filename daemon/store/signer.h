/* Signs what the log has become, and publishes it: COMMIT, then sign, then publish.
 *
 * 1. Only committed positions are signed, so a power cut can never leave a signature behind for a
 *    log that is not there.
 * 2. Sizes signed within an epoch never go down; a position older than the newest one signed gets
 *    that one.
 * 3. The private key lives in a file (or systemd credential), never in the database. The database
 *    keeps the public keys and the endorsements of each change of key.
 *
 * The newest note stands in STATE_DIR/checkpoints/latest, replaced atomically and synced before it
 * is given to anyone; the start compares the register with it (guard.h). Any thread may sign.
 */
#ifndef STORE_SIGNER_H
#define STORE_SIGNER_H

#include "common/note.h"
#include "common/status.h"

#include <stdbool.h>
#include <stdint.h>

struct signer;

/* A committed state of the log. */
struct log_position {
    uint32_t epoch;
    int64_t seq;
    uint64_t size;
    uint8_t root[SHA256_BYTES];
};

struct signer_options {
    const char *state_dir;
    const char *key_path;     /* NULL: STATE_DIR/log.key */
    const char *register_id;  /* UUID text */
    const char *expected_key; /* newest verifier key in the database; "" when there is none */
    bool new_key;             /* the operator says the old key is lost: make a new one */
};

/* Reads the key, or makes one for a register that never had one. FAILED_PRECONDITION when the key
 * file is missing or another key than the register's. */
struct status signer_open(const struct signer_options *options, struct arena *arena,
                          struct signer **out_signer) MUST_CHECK;

/* Wipes the key; NULL allowed. */
void signer_close(struct signer *signer);

/* The signed checkpoint of a position, or of a newer one that was signed already; *out_size is the
 * tree size it is for. INTERNAL when the note cannot be written. */
struct status signer_sign(struct signer *signer, const struct log_position *position,
                          struct arena *arena, char **out_note, uint64_t *out_size) MUST_CHECK;

/* Size of the newest checkpoint signed in this process; 0 before the first, and for NULL. */
uint64_t signer_size(struct signer *signer);

/* The verifier key in use. */
char *signer_verifier(struct signer *signer, struct arena *arena);

/* "provost/UUID/epoch/N". */
char *signer_origin(const char *register_id, uint32_t epoch, struct arena *arena);

/* Makes the next key and keeps it beside the present one. *out_endorsement is a note that names
 * both, signed by both. Writer thread, inside the transaction that records it. */
struct status signer_stage(struct signer *signer, int64_t from_seq, struct arena *arena,
                           char **out_verifier, char **out_endorsement) MUST_CHECK;

/* The transaction that records the staged key was committed: from its seq on the new key signs,
 * the first time together with the old one. Without this a staged key is never used. */
void signer_commit(struct signer *signer);

#endif
