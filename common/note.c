#include "common/note.h"

#include "common/base64.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_ED25519 = 1, ID_BYTES = 4, SIGNATURE_BYTES = 64 };

static const char dash[] = "\xe2\x80\x94 "; /* em dash and space */
static const char signer_prefix[] = "PRIVATE+KEY+";

/* ---- keys ---- */

static bool name_is_fine(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > NOTE_NAME_MAX) return false;
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == '+' || *p == 0x7f) return false;
    return true;
}

/* The first four bytes of SHA-256(name || 0x0A || type || public key), big-endian. */
static uint32_t key_id(const char *name, const uint8_t public_key[NOTE_KEY_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    struct sha256 *hasher = sha256_new();
    sha256_begin(hasher);
    sha256_add(hasher, name, strlen(name));
    sha256_add(hasher, "\n\x01", 2);
    sha256_add(hasher, public_key, NOTE_KEY_BYTES);
    sha256_end(hasher, hash);
    sha256_free(hasher);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

static bool public_of_seed(const uint8_t seed[NOTE_KEY_BYTES], uint8_t out_key[NOTE_KEY_BYTES])
{
    size_t size = NOTE_KEY_BYTES;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_KEY_BYTES);
    bool fine = pkey && EVP_PKEY_get_raw_public_key(pkey, out_key, &size) == 1;
    EVP_PKEY_free(pkey);
    return fine;
}

bool note_key_new(const char *name, struct note_key *out_key)
{
    struct note_key key = {.has_seed = true};
    if (!name_is_fine(name)) return false;
    memcpy(key.name, name, strlen(name) + 1);
    if (RAND_priv_bytes(key.seed, sizeof key.seed) != 1) return false;
    if (!public_of_seed(key.seed, key.public_key)) return false;
    key.id = key_id(key.name, key.public_key);
    *out_key = key;
    note_key_wipe(&key);
    return true;
}

void note_key_wipe(struct note_key *key)
{
    OPENSSL_cleanse(key->seed, sizeof key->seed);
    key->has_seed = false;
}

static char *key_text(const char *prefix, const struct note_key *key, const uint8_t *bytes,
                      struct arena *arena)
{
    uint8_t typed[1 + NOTE_KEY_BYTES] = {TYPE_ED25519};
    char text[64];
    memcpy(typed + 1, bytes, NOTE_KEY_BYTES);
    base64_encode(typed, sizeof typed, true, text);
    char *whole =
        arena_printf(arena, "%s%s+%08" PRIx32 "+%s", prefix, key->name, key->id, text);
    OPENSSL_cleanse(typed, sizeof typed);
    OPENSSL_cleanse(text, sizeof text);
    return whole;
}

char *note_verifier_text(const struct note_key *key, struct arena *arena)
{
    return key_text("", key, key->public_key, arena);
}

char *note_signer_text(const struct note_key *key, struct arena *arena)
{
    return key_text(signer_prefix, key, key->seed, arena);
}

static bool parse_id(const char *text, size_t size, uint32_t *out_id)
{
    static const char hex[] = "0123456789abcdef";
    uint32_t id = 0;
    if (size != 8) return false;
    for (size_t i = 0; i < size; i++) {
        const char *at = memchr(hex, text[i], sizeof hex - 1);
        if (!at) return false;
        id = id << 4 | (uint32_t)(at - hex);
    }
    *out_id = id;
    return true;
}

/* The type byte and 32 bytes behind it. */
static bool parse_key_bytes(const char *text, size_t size, uint8_t out_bytes[NOTE_KEY_BYTES])
{
    uint8_t bytes[64];
    size_t got = 0;
    bool fine = size <= 48 && base64_decode(text, size, bytes, &got) &&
                got == 1 + NOTE_KEY_BYTES && bytes[0] == TYPE_ED25519;
    if (fine) memcpy(out_bytes, bytes + 1, NOTE_KEY_BYTES);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return fine;
}

const char *note_key_parse(const char *text, struct note_key *out_key)
{
    struct note_key key = {0};
    size_t prefix = sizeof signer_prefix - 1;
    uint32_t id = 0;
    key.has_seed = strncmp(text, signer_prefix, prefix) == 0;
    if (key.has_seed) text += prefix;
    size_t name = strcspn(text, "+");
    const char *hex = text + name + 1;
    if (!text[name] || name > NOTE_NAME_MAX) return "a key is NAME+ID+BASE64";
    memcpy(key.name, text, name);
    if (!name_is_fine(key.name)) return "the key's name is empty or has spaces";
    size_t digits = strcspn(hex, "+");
    if (!hex[digits] || !parse_id(hex, digits, &id)) return "the key's id is not 8 hex digits";
    const char *base64 = hex + digits + 1;
    uint8_t *bytes = key.has_seed ? key.seed : key.public_key;
    if (!parse_key_bytes(base64, strcspn(base64, "\r\n"), bytes))
        return "the key is not an Ed25519 key in base64";
    if (key.has_seed && !public_of_seed(key.seed, key.public_key)) return "the key is unusable";
    key.id = key_id(key.name, key.public_key);
    if (key.id != id) return "the key's id does not belong to its name and bytes";
    *out_key = key;
    OPENSSL_cleanse(key.seed, sizeof key.seed);
    return NULL;
}

/* ---- signing ---- */

static bool sign_bytes(const char *text, const struct note_key *key,
                       uint8_t out_signature[SIGNATURE_BYTES])
{
    size_t size = SIGNATURE_BYTES;
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->seed, NOTE_KEY_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fine = key->has_seed && pkey && context &&
                EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestSign(context, out_signature, &size, (const uint8_t *)text,
                               strlen(text)) == 1 &&
                size == SIGNATURE_BYTES;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return fine;
}

static char *signature_line(const char *text, const struct note_key *key, struct arena *arena)
{
    uint8_t bytes[ID_BYTES + SIGNATURE_BYTES] = {(uint8_t)(key->id >> 24),
                                                 (uint8_t)(key->id >> 16),
                                                 (uint8_t)(key->id >> 8), (uint8_t)key->id};
    char base64[128];
    if (!sign_bytes(text, key, bytes + ID_BYTES)) return NULL;
    base64_encode(bytes, sizeof bytes, true, base64);
    return arena_printf(arena, "%s%s %s\n", dash, key->name, base64);
}

char *note_sign(const char *text, const struct note_key *key, struct arena *arena)
{
    size_t size = strlen(text);
    if (size == 0 || text[size - 1] != '\n') return NULL;
    char *line = signature_line(text, key, arena);
    return line ? arena_printf(arena, "%s\n%s", text, line) : NULL;
}

/* The signed text ends with the line end before the last empty line. */
static const char *find_signatures(const char *note)
{
    const char *last = NULL;
    for (const char *p = strstr(note, "\n\n"); p; p = strstr(p + 1, "\n\n"))
        last = p;
    return last;
}

char *note_add_signature(const char *note, const struct note_key *key, struct arena *arena)
{
    const char *blank = find_signatures(note);
    if (!blank) return NULL;
    char *text = arena_strndup(arena, note, (size_t)(blank - note) + 1);
    char *line = signature_line(text, key, arena);
    return line ? arena_printf(arena, "%s%s", note, line) : NULL;
}

/* ---- verifying ---- */

static bool signature_holds(const char *text, const struct note_key *key,
                            const uint8_t signature[SIGNATURE_BYTES])
{
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public_key, NOTE_KEY_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fine = pkey && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestVerify(context, signature, SIGNATURE_BYTES, (const uint8_t *)text,
                                 strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return fine;
}

enum line_verdict { LINE_FOREIGN, LINE_GOOD, LINE_BAD };

/* One signature line, without its line end. */
static enum line_verdict check_line(const char *line, size_t size, const char *text,
                                    const struct note_key *key)
{
    uint8_t bytes[128];
    size_t name = strlen(key->name), got = 0;
    if (size < sizeof dash - 1 || memcmp(line, dash, sizeof dash - 1) != 0) return LINE_BAD;
    line += sizeof dash - 1;
    size -= sizeof dash - 1;
    if (size < name + 1 || memcmp(line, key->name, name) != 0 || line[name] != ' ')
        return LINE_FOREIGN;
    line += name + 1;
    size -= name + 1;
    if (size > 128 || !base64_decode(line, size, bytes, &got) || got < ID_BYTES)
        return LINE_BAD;
    uint32_t id = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                  (uint32_t)bytes[2] << 8 | bytes[3];
    if (id != key->id) return LINE_FOREIGN;
    if (got != ID_BYTES + SIGNATURE_BYTES) return LINE_BAD;
    return signature_holds(text, key, bytes + ID_BYTES) ? LINE_GOOD : LINE_BAD;
}

const char *note_verify(const char *note, const struct note_key *key, struct arena *arena,
                        char **out_text)
{
    const char *blank =
        strnlen(note, NOTE_MAX_BYTES) < NOTE_MAX_BYTES ? find_signatures(note) : NULL;
    if (!blank) return "it is not a signed note: it has no signatures behind an empty line";
    char *text = arena_strndup(arena, note, (size_t)(blank - note) + 1);
    bool good = false;
    for (const char *line = blank + 2; *line;) {
        size_t size = strcspn(line, "\n");
        if (!line[size]) return "its last line is cut off";
        enum line_verdict verdict = check_line(line, size, text, key);
        if (verdict == LINE_BAD) return "a signature does not fit the text";
        if (verdict == LINE_GOOD) good = true;
        line += size + 1;
    }
    if (!good) return "it has no signature by the key asked for";
    *out_text = text;
    return NULL;
}

/* ---- checkpoints ---- */

char *checkpoint_text(const struct checkpoint *checkpoint, struct arena *arena)
{
    char root[64];
    base64_encode(checkpoint->root, sizeof checkpoint->root, true, root);
    return arena_printf(arena, "%s\n%" PRIu64 "\n%s\n", checkpoint->origin, checkpoint->size,
                        root);
}

/* A decimal number without sign or leading zeros, up to the line's end. */
static bool parse_size(const char *text, size_t size, uint64_t *out_value)
{
    uint64_t value = 0;
    if (size == 0 || size > 18 || (size > 1 && text[0] == '0')) return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out_value = value;
    return true;
}

/* One way to write it only: padded, as checkpoint_text does. */
static bool parse_root(const char *text, size_t size, uint8_t out_root[SHA256_BYTES])
{
    uint8_t root[64];
    char again[64];
    size_t got = 0;
    if (size > 48 || !base64_decode(text, size, root, &got) || got != SHA256_BYTES)
        return false;
    if (base64_encode(root, got, true, again) != size || memcmp(again, text, size) != 0)
        return false;
    memcpy(out_root, root, SHA256_BYTES);
    return true;
}

const char *checkpoint_parse(const char *text, struct checkpoint *out_checkpoint)
{
    struct checkpoint checkpoint = {0};
    size_t origin = strcspn(text, "\n");
    if (!text[origin] || origin == 0 || origin > NOTE_NAME_MAX)
        return "a checkpoint begins with its origin on a line";
    memcpy(checkpoint.origin, text, origin);
    const char *line = text + origin + 1;
    size_t size = strcspn(line, "\n");
    if (!line[size] || !parse_size(line, size, &checkpoint.size))
        return "the checkpoint's second line is not a tree size";
    line += size + 1;
    size = strcspn(line, "\n");
    if (!line[size] || !parse_root(line, size, checkpoint.root))
        return "the checkpoint's third line is not a root in base64";
    *out_checkpoint = checkpoint;
    return NULL;
}
