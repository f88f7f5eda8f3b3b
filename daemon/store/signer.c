#include "store/signer.h"

#include "common/reasons.h"
#include "store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

struct signer {
    uv_mutex_t lock;
    char *state_dir, *key_path, *next_path, *register_id;
    struct note_key key;
    struct note_key next; /* staged; has_seed false when there is none */
    int64_t next_from;
    bool next_committed;
    struct log_position newest; /* the position `note` is for; size 0 before the first */
    char *note;                 /* owned */
};

char *signer_origin(const char *register_id, uint32_t epoch, struct arena *arena)
{
    return arena_printf(arena, "provost/%s/epoch/%u", register_id, epoch);
}

/* ---- the key file ---- */

static struct status read_key(const char *path, struct arena *arena, struct note_key *out_key)
{
    char *text;
    int error = file_read(path, 4096, arena, &text);
    if (error)
        return status_error(arena, error == -ENOENT ? GRPC_NOT_FOUND : GRPC_FAILED_PRECONDITION,
                            REASON_LOG_KEY, NULL, "cannot read the log key %s: %s", path,
                            strerror(-error));
    const char *wrong = note_key_parse(text, out_key);
    explicit_bzero(text, strlen(text));
    if (!wrong && out_key->has_seed) return status_ok();
    return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_LOG_KEY, NULL,
                        "the log key %s cannot be used: %s", path,
                        wrong ? wrong : "it is a verifier key, not a private one");
}

static struct status write_key(const char *path, const struct note_key *key,
                               struct arena *arena)
{
    char *text = arena_printf(arena, "%s\n", note_signer_text(key, arena));
    int error = file_replace(path, text, 0600);
    explicit_bzero(text, strlen(text));
    if (!error) return status_ok();
    return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_LOG_KEY, NULL,
                        "cannot write the log key %s: %s", path, strerror(-error));
}

static struct status make_key(struct signer *signer, struct arena *arena,
                              struct note_key *out_key)
{
    if (note_key_new(arena_printf(arena, "provost/%s", signer->register_id), out_key))
        return status_ok();
    return status_error(arena, GRPC_INTERNAL, REASON_LOG_KEY, NULL,
                        "cannot make a log key: the system gives no random bytes");
}

static bool is_key(const struct note_key *key, const char *verifier, struct arena *arena)
{
    return strcmp(note_verifier_text(key, arena), verifier) == 0;
}

/* A change of key that was committed, but whose file was not moved before the process died. */
static struct status finish_rotation(struct signer *signer, const char *expected,
                                     struct arena *arena)
{
    struct note_key next = {0};
    struct status st = read_key(signer->next_path, arena, &next);
    bool fits = status_is_ok(st) && is_key(&next, expected, arena);
    if (fits && file_rename(signer->next_path, signer->key_path) == 0) {
        signer->key = next;
        return status_ok();
    }
    note_key_wipe(&next);
    return status_error(
        arena, GRPC_FAILED_PRECONDITION, REASON_LOG_KEY, NULL,
        "the log key %s is not the one this register was last signed with (%s): "
        "put the right file there, or, if it is lost, start once with "
        "--new-log-key",
        signer->key_path, expected);
}

static struct status first_key(struct signer *signer, struct arena *arena)
{
    struct status st = make_key(signer, arena, &signer->key);
    return status_is_ok(st) ? write_key(signer->key_path, &signer->key, arena) : st;
}

static struct status take_key(struct signer *signer, const struct signer_options *options,
                              struct arena *arena)
{
    if (options->new_key) return first_key(signer, arena);
    struct status st = read_key(signer->key_path, arena, &signer->key);
    if (st.code == GRPC_NOT_FOUND && !*options->expected_key) return first_key(signer, arena);
    if (!status_is_ok(st) && st.code != GRPC_NOT_FOUND) return st;
    if (!*options->expected_key ||
        (status_is_ok(st) && is_key(&signer->key, options->expected_key, arena)))
        return st;
    return finish_rotation(signer, options->expected_key, arena);
}

struct status signer_open(const struct signer_options *options, struct arena *arena,
                          struct signer **out_signer)
{
    struct signer *signer = xcalloc(1, sizeof *signer);
    uv_mutex_init(&signer->lock);
    signer->state_dir = xstrdup(options->state_dir);
    signer->key_path = xstrdup(options->key_path && *options->key_path
                                   ? options->key_path
                                   : arena_printf(arena, "%s/log.key", options->state_dir));
    signer->next_path = xstrdup(arena_printf(arena, "%s.next", signer->key_path));
    signer->register_id = xstrdup(options->register_id);
    struct status st = take_key(signer, options, arena);
    int error = 0;
    if (status_is_ok(st))
        error = file_make_folder(arena_printf(arena, "%s/checkpoints", signer->state_dir));
    if (error)
        st =
            status_error(arena, GRPC_FAILED_PRECONDITION, REASON_LOG_KEY, NULL,
                         "cannot make %s/checkpoints: %s", signer->state_dir, strerror(-error));
    if (status_is_ok(st))
        *out_signer = signer;
    else
        signer_close(signer);
    return st;
}

void signer_close(struct signer *signer)
{
    if (!signer) return;
    note_key_wipe(&signer->key);
    note_key_wipe(&signer->next);
    uv_mutex_destroy(&signer->lock);
    free(signer->state_dir);
    free(signer->key_path);
    free(signer->next_path);
    free(signer->register_id);
    free(signer->note);
    free(signer);
}

/* ---- signing ---- */

/* The staged key signs from its position on; the old one vouches for it once more. */
static char *sign_text(struct signer *signer, const char *text, int64_t seq,
                       struct arena *arena)
{
    if (!signer->next_committed || seq < signer->next_from)
        return note_sign(text, &signer->key, arena);
    signer->next_committed = false;
    struct note_key old = signer->key;
    signer->key = signer->next;
    note_key_wipe(&signer->next);
    (void)file_rename(signer->next_path, signer->key_path); /* else the next start does it */
    char *note = note_sign(text, &signer->key, arena);
    if (note) note = note_add_signature(note, &old, arena);
    note_key_wipe(&old);
    return note;
}

static struct status publish(struct signer *signer, const char *note, struct arena *arena)
{
    const char *path = arena_printf(arena, "%s/checkpoints/latest", signer->state_dir);
    int error = file_replace(path, note, 0644);
    if (!error) return status_ok();
    return status_error(arena, GRPC_INTERNAL, REASON_CHECKPOINT_FAILED, NULL,
                        "cannot write %s: %s", path, strerror(-error));
}

static struct status sign_new(struct signer *signer, const struct log_position *position,
                              struct arena *arena)
{
    struct checkpoint checkpoint = {.size = position->size};
    const char *origin = signer_origin(signer->register_id, position->epoch, arena);
    memcpy(checkpoint.origin, origin, strlen(origin) + 1);
    memcpy(checkpoint.root, position->root, sizeof checkpoint.root);
    char *note = sign_text(signer, checkpoint_text(&checkpoint, arena), position->seq, arena);
    if (!note)
        return status_error(arena, GRPC_INTERNAL, REASON_CHECKPOINT_FAILED, NULL,
                            "the checkpoint cannot be signed");
    struct status st = publish(signer, note, arena);
    if (!status_is_ok(st)) return st;
    free(signer->note);
    signer->note = xstrdup(note);
    signer->newest = *position;
    return status_ok();
}

struct status signer_sign(struct signer *signer, const struct log_position *position,
                          struct arena *arena, char **out_note, uint64_t *out_size)
{
    struct status st = status_ok();
    uv_mutex_lock(&signer->lock);
    const struct log_position *newest = &signer->newest;
    bool newer = !signer->note || position->epoch > newest->epoch ||
                 (position->epoch == newest->epoch && position->size > newest->size);
    if (newer)
        st = sign_new(signer, position, arena);
    else if (position->epoch == newest->epoch && position->size == newest->size &&
             memcmp(position->root, newest->root, sizeof newest->root) != 0)
        st = status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                          "the log of %llu changes has another root than the one signed",
                          (unsigned long long)position->size);
    if (status_is_ok(st)) {
        *out_note = arena_strdup(arena, signer->note);
        *out_size = newest->size;
    }
    uv_mutex_unlock(&signer->lock);
    return st;
}

uint64_t signer_size(struct signer *signer)
{
    if (!signer) return 0;
    uv_mutex_lock(&signer->lock);
    uint64_t size = signer->newest.size;
    uv_mutex_unlock(&signer->lock);
    return size;
}

char *signer_verifier(struct signer *signer, struct arena *arena)
{
    uv_mutex_lock(&signer->lock);
    char *text = note_verifier_text(&signer->key, arena);
    uv_mutex_unlock(&signer->lock);
    return text;
}

/* ---- changing the key ---- */

static struct status stage(struct signer *signer, int64_t from_seq, struct arena *arena,
                           char **out_endorsement)
{
    struct note_key next;
    struct status st = make_key(signer, arena, &next);
    if (status_is_ok(st)) st = write_key(signer->next_path, &next, arena);
    if (!status_is_ok(st)) return st;
    const char *text = arena_printf(arena, "provost log key\nold %s\nnew %s\nfrom seq %lld\n",
                                    note_verifier_text(&signer->key, arena),
                                    note_verifier_text(&next, arena), (long long)from_seq);
    char *note = note_sign(text, &next, arena);
    if (note) note = note_add_signature(note, &signer->key, arena);
    if (note) {
        signer->next = next;
        signer->next_from = from_seq;
        signer->next_committed = false;
        *out_endorsement = note;
    } else {
        st = status_error(arena, GRPC_INTERNAL, REASON_LOG_KEY, NULL,
                          "the change of key cannot be signed");
    }
    note_key_wipe(&next);
    return st;
}

struct status signer_stage(struct signer *signer, int64_t from_seq, struct arena *arena,
                           char **out_verifier, char **out_endorsement)
{
    uv_mutex_lock(&signer->lock);
    struct status st = stage(signer, from_seq, arena, out_endorsement);
    if (status_is_ok(st)) *out_verifier = note_verifier_text(&signer->next, arena);
    uv_mutex_unlock(&signer->lock);
    return st;
}

void signer_commit(struct signer *signer)
{
    uv_mutex_lock(&signer->lock);
    signer->next_committed = signer->next.has_seed;
    uv_mutex_unlock(&signer->lock);
}
