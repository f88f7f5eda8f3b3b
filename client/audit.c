#include "client/audit.h"

#include "client/say.h"

#include <string.h>

const char *audit_read_note(const char *note, const char *verifier_key, struct arena *arena,
                            struct audit_head *out_head)
{
    struct note_key key;
    char *text;
    const char *wrong = note_key_parse(verifier_key, &key);

    if (wrong == NULL) wrong = note_verify(note, &key, arena, &text);
    if (wrong == NULL) wrong = checkpoint_parse(text, &out_head->checkpoint);
    out_head->verifier_key = verifier_key;
    out_head->note = note;
    return wrong;
}

static enum exit_code unverified(struct session *session, const char *what)
{
    (void)session;
    say_error("the server's log is not the one seen before: %s", what);
    say("  Nothing was done. \"provost audit remembered\" shows the checkpoint seen before: "
        "keep it and tell the\n  auditor. \"provost audit forget\" makes this client begin "
        "anew.");
    return EXIT_CODE_UNVERIFIED;
}

/* ---- keys ---- */

/* Whether an endorsement says that `old` is followed by `next`, signed by `old`. */
static bool endorses(const char *endorsement, const struct note_key *old, struct arena *arena,
                     struct note_key *out_next)
{
    char *text;

    if (note_verify(endorsement, old, arena, &text) != NULL) return false;
    char *line = strstr(text, "\nnew ");
    return line != NULL && note_key_parse(line + 5, out_next) == NULL;
}

/* The key is the remembered one, or follows from it by endorsements, each signed by the key
 * before. */
static bool key_follows(const char *remembered, const Provost__V1__GetCheckpointResponse *now,
                        struct arena *arena)
{
    struct note_key key, next;

    if (strcmp(remembered, now->verifier_key) == 0) return true;
    if (note_key_parse(remembered, &key) != NULL) return false;
    for (size_t i = 0; i < now->n_endorsements; i++) {
        if (!endorses(now->endorsements[i], &key, arena, &next)) continue;
        key = next;
        if (strcmp(note_verifier_text(&key, arena), now->verifier_key) == 0) return true;
    }
    return false;
}

/* ---- consistency ---- */

bool audit_path(const ProtobufCBinaryData *hashes, size_t count, struct arena *arena,
                struct merkle_path *out_path)
{
    uint8_t(*list)[SHA256_BYTES] = arena_alloc(arena, (count + 1) * SHA256_BYTES);

    for (size_t i = 0; i < count; i++) {
        if (hashes[i].len != SHA256_BYTES) return false;
        memcpy(list[i], hashes[i].data, SHA256_BYTES);
    }
    *out_path = (struct merkle_path){count, list};
    return true;
}

static struct merkle_head head_of(const struct checkpoint *checkpoint)
{
    struct merkle_head head = {.size = checkpoint->size};

    memcpy(head.root, checkpoint->root, sizeof head.root);
    return head;
}

enum exit_code audit_consistency(struct session *session, const struct checkpoint *older,
                                 const struct checkpoint *newer)
{
    struct merkle_head old_head = head_of(older), new_head = head_of(newer);
    struct merkle_path path = {0};

    if (older->size > 0 && older->size < newer->size) {
        Provost__V1__GetConsistencyProofRequest request =
            PROVOST__V1__GET_CONSISTENCY_PROOF_REQUEST__INIT;
        request.old_size = (int64_t)older->size;
        request.new_size = (int64_t)newer->size;
        struct session_call call = {
            .service = &provost__v1__change_log_service__descriptor,
            .method = "GetConsistencyProof",
            .request = &request.base,
            .failure = {.doing = "check the log against the checkpoint seen before"},
        };
        ProtobufCMessage *message;
        enum exit_code code = session_run_unchecked(session, &call, &message);
        if (code != EXIT_CODE_OK) return code;
        Provost__V1__GetConsistencyProofResponse *response =
            (Provost__V1__GetConsistencyProofResponse *)message;
        if (!audit_path(response->hashes, response->n_hashes, session->arena, &path))
            return unverified(session, "its proof is malformed");
    }
    if (merkle_consistency_holds(&old_head, &new_head, &path)) return EXIT_CODE_OK;
    return unverified(
        session,
        arena_printf(session->arena,
                     "its log of %llu changes does not begin with the %llu seen before",
                     (unsigned long long)newer->size, (unsigned long long)older->size));
}

/* "provost/UUID" of an origin "provost/UUID/epoch/N". */
static size_t register_part(const char *origin)
{
    const char *epoch = strstr(origin, "/epoch/");

    return epoch != NULL ? (size_t)(epoch - origin) : strlen(origin);
}

static bool same_register(const struct checkpoint *a, const struct checkpoint *b)
{
    size_t size = register_part(a->origin);

    return size == register_part(b->origin) && memcmp(a->origin, b->origin, size) == 0;
}

static enum exit_code compare(struct session *session, const struct seen_head *seen,
                              const struct audit_head *now,
                              const Provost__V1__GetCheckpointResponse *response)
{
    struct audit_head before;
    const char *wrong =
        audit_read_note(seen->note, seen->verifier_key, session->arena, &before);

    if (wrong != NULL) return EXIT_CODE_OK; /* what was remembered is unreadable: begin anew */
    if (!same_register(&before.checkpoint, &now->checkpoint))
        return unverified(session, "it is another register");
    if (!key_follows(seen->verifier_key, response, session->arena))
        return unverified(session,
                          "it is signed with another key, which the key seen before does "
                          "not vouch for");
    if (strcmp(before.checkpoint.origin, now->checkpoint.origin) != 0) {
        say("provost: the register was restored from a backup: its log is now %s, after %s",
            now->checkpoint.origin, before.checkpoint.origin);
        return EXIT_CODE_OK;
    }
    if (now->checkpoint.size < before.checkpoint.size)
        return unverified(session,
                          arena_printf(session->arena,
                                       "it has %llu changes, but %llu were seen before",
                                       (unsigned long long)now->checkpoint.size,
                                       (unsigned long long)before.checkpoint.size));
    return audit_consistency(session, &before.checkpoint, &now->checkpoint);
}

/* ---- once per run ---- */

/* What is remembered of a server. */
struct memory {
    const char *path; /* NULL: nothing is to be remembered */
    bool is_there;
    struct seen_head seen;
};

static struct memory recall(struct session *session)
{
    struct memory memory = {.path = heads_path(session_server(session), session->arena)};

    if (memory.path != NULL)
        memory.is_there = heads_load(memory.path, session->arena, &memory.seen);
    return memory;
}

/* Another run of the client may have remembered a checkpoint since `memory` was read: one of the
 * two must lead to the other, and the longer stays. */
static enum exit_code settle_with_other_run(struct session *session,
                                            const struct memory *memory,
                                            const struct audit_head *now, bool *out_is_longest)
{
    const struct memory present = recall(session);
    struct audit_head other;

    *out_is_longest = true;
    if (!present.is_there) return EXIT_CODE_OK;
    if (memory->is_there && strcmp(present.seen.note, memory->seen.note) == 0)
        return EXIT_CODE_OK;
    if (audit_read_note(present.seen.note, present.seen.verifier_key, session->arena, &other) !=
            NULL ||
        strcmp(other.checkpoint.origin, now->checkpoint.origin) != 0)
        return EXIT_CODE_OK;
    *out_is_longest = now->checkpoint.size >= other.checkpoint.size;
    return *out_is_longest ? audit_consistency(session, &other.checkpoint, &now->checkpoint)
                           : audit_consistency(session, &now->checkpoint, &other.checkpoint);
}

static enum exit_code remember(struct session *session, const struct memory *memory,
                               const struct audit_head *now)
{
    bool is_longest;
    enum exit_code code = settle_with_other_run(session, memory, now, &is_longest);

    if (code != EXIT_CODE_OK || !is_longest) return code;
    struct seen_head seen = {now->verifier_key, now->note};
    int error = heads_save(memory->path, &seen, session->arena);
    if (error != 0 && session->options->debug)
        say("provost: cannot remember the checkpoint in %s: %s", memory->path,
            strerror(-error));
    return EXIT_CODE_OK;
}

/* `memory` is from before the call: only what was seen by then must be in the answer. Another run
 * of the client may see and remember more while the answer is on its way. */
static enum exit_code check_response(struct session *session, const struct memory *memory,
                                     Provost__V1__GetCheckpointResponse *response,
                                     struct audit_head *out_head)
{
    const char *wrong =
        audit_read_note(response->note, response->verifier_key, session->arena, out_head);
    enum exit_code code = EXIT_CODE_OK;

    if (wrong != NULL) return unverified(session, wrong);
    if (memory->path == NULL) return EXIT_CODE_OK;
    if (memory->is_there) code = compare(session, &memory->seen, out_head, response);
    return code == EXIT_CODE_OK ? remember(session, memory, out_head) : code;
}

static struct session_call checkpoint_call(const Provost__V1__GetCheckpointRequest *request)
{
    return (struct session_call){
        .service = &provost__v1__change_log_service__descriptor,
        .method = "GetCheckpoint",
        .request = &request->base,
        .failure = {.doing = "get the log's checkpoint"},
    };
}

enum exit_code audit_on_connect(struct session *session)
{
    Provost__V1__GetCheckpointRequest request = PROVOST__V1__GET_CHECKPOINT_REQUEST__INIT;
    struct session_call call = checkpoint_call(&request);
    const struct memory memory = recall(session);
    struct audit_head head;
    ProtobufCMessage *message;

    if (memory.path == NULL) return EXIT_CODE_OK;
    if (!session_probe(session, &call, &message)) return EXIT_CODE_OK;
    return check_response(session, &memory, (Provost__V1__GetCheckpointResponse *)message,
                          &head);
}

enum exit_code audit_fetch(struct session *session, struct audit_head *out_head,
                           Provost__V1__GetCheckpointResponse **out_response)
{
    Provost__V1__GetCheckpointRequest request = PROVOST__V1__GET_CHECKPOINT_REQUEST__INIT;
    struct session_call call = checkpoint_call(&request);
    const struct memory memory = recall(session);
    ProtobufCMessage *message;
    enum exit_code code = session_run_unchecked(session, &call, &message);

    if (code != EXIT_CODE_OK) return code;
    *out_response = (Provost__V1__GetCheckpointResponse *)message;
    return check_response(session, &memory, *out_response, out_head);
}
