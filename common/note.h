/* Signed notes and checkpoints, as the log publishes them [C2SP: signed-note, tlog-checkpoint].
 *
 * A note is a text, an empty line, and signature lines "\u2014 NAME BASE64(id4 || signature)\n". Keys
 * are Ed25519 (type 0x01). A verifier key is "NAME+HEX(id)+BASE64(0x01 || public)", a signer key
 * "PRIVATE+KEY+NAME+HEX(id)+BASE64(0x01 || seed)"; the id is the first four bytes of
 * SHA-256(NAME || 0x0A || 0x01 || public).
 */
#ifndef COMMON_NOTE_H
#define COMMON_NOTE_H

#include "common/arena.h"
#include "common/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOTE_KEY_BYTES = 32, NOTE_NAME_MAX = 200, NOTE_MAX_BYTES = 64 << 10 };

/* A public key, and the seed of the private one where it is known. */
struct note_key {
    char name[NOTE_NAME_MAX + 1];
    uint32_t id;
    uint8_t public_key[NOTE_KEY_BYTES];
    bool has_seed;
    uint8_t seed[NOTE_KEY_BYTES]; /* secret: note_key_wipe it */
};

/* A new random key. False when `name` is empty, too long or has a space, '+' or control. */
bool note_key_new(const char *name, struct note_key *out_key);

/* Forgets the secret. */
void note_key_wipe(struct note_key *key);

/* Texts of a key, in the arena; the signer's is secret. */
char *note_verifier_text(const struct note_key *key, struct arena *arena);
char *note_signer_text(const struct note_key *key, struct arena *arena);

/* Reads either text, with or without a line end. NULL, or what is wrong with it (static). */
const char *note_key_parse(const char *text, struct note_key *out_key);

/* `text`, which must end in a line end, with the key's signature. NULL when signing fails. */
char *note_sign(const char *text, const struct note_key *key, struct arena *arena);

/* One more signature line under a note that has one already. */
char *note_add_signature(const char *note, const struct note_key *key, struct arena *arena);

/* Checks a note. NULL when one of its signatures is good under `key`: *out_text is then the signed
 * text. Else what is wrong (static). Signatures by other keys do not matter. */
const char *note_verify(const char *note, const struct note_key *key, struct arena *arena,
                        char **out_text);

/* The three lines of a checkpoint. */
struct checkpoint {
    char origin[NOTE_NAME_MAX + 1];
    uint64_t size;
    uint8_t root[SHA256_BYTES];
};

/* "ORIGIN\nSIZE\nBASE64(ROOT)\n". */
char *checkpoint_text(const struct checkpoint *checkpoint, struct arena *arena);

/* Reads a checkpoint's text (the part that is signed; extension lines are allowed). NULL, or what
 * is wrong with it (static). */
const char *checkpoint_parse(const char *text, struct checkpoint *out_checkpoint);

#endif
