/* audit: checkpoints, proofs, and the log as a whole, checked here and not believed. */
#include "client/audit.h"
#include "client/audit_export.h"
#include "client/command.h"
#include "client/draft_file.h"
#include "client/message_rows.h"
#include "client/read_file.h"
#include "client/say.h"
#include "common/base64.h"
#include "common/buf.h"

#include <provost/v1/admin.pb-c.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 1 << 20, PROOF_MAX_HASHES = 128 };

struct audit_flags {
    const char *key;
    const char *reason;
    const char *approve;
};

static const struct flag audit_flag_table[] = {
    {"key", 0, "KEY",
     "verifier key to trust, or a file of it; else the remembered or the server's",
     flag_set_text, offsetof(struct audit_flags, key)},
    {"approve", 0, "ID", "approve what another asked for; for rotate-key", flag_set_text,
     offsetof(struct audit_flags, approve)},
    {"reason", 0, "TEXT", "why; for rotate-key", flag_set_text,
     offsetof(struct audit_flags, reason)},
    {0},
};

static const char proof_heading[] = "c2sp.org/tlog-proof@v1\n";

/* Writes a text to a file, or to stdout without one. */
static enum exit_code put_text(struct session *session, const char *path, const char *text)
{
    int error = 0;

    if (path != NULL) {
        error = draft_file_put(path, text, session->arena);
    } else if (fputs(text, stdout) < 0 || fflush(stdout) != 0) {
        error = errno;
    }
    if (error == 0) return EXIT_CODE_OK;
    say_error("cannot write %s: %s", path != NULL ? path : "the output", strerror(error));
    return EXIT_CODE_FAILURE;
}

static const char *word(const struct command_input *input, size_t i)
{
    return i < input->n_words ? input->words[i] : NULL;
}

/* ---- checkpoint, key, remembered, forget ---- */

static enum exit_code run_checkpoint(struct session *session, const struct command_input *input)
{
    struct audit_head head;
    Provost__V1__GetCheckpointResponse *response;
    enum exit_code code = audit_fetch(session, &head, &response);

    return code == EXIT_CODE_OK ? put_text(session, word(input, 1), response->note) : code;
}

static enum exit_code run_key(struct session *session, const struct command_input *input)
{
    struct audit_head head;
    Provost__V1__GetCheckpointResponse *response;
    enum exit_code code = audit_fetch(session, &head, &response);

    if (code != EXIT_CODE_OK) return code;
    return put_text(session, word(input, 1),
                    arena_printf(session->arena, "%s\n", response->verifier_key));
}

static enum exit_code run_remembered(struct session *session, const struct command_input *input)
{
    const char *path = heads_path(session_server(session), session->arena);
    struct seen_head seen;

    (void)input;
    if (path == NULL || !heads_load(path, session->arena, &seen)) {
        say_error("no checkpoint of %s is remembered", session_server(session));
        return EXIT_CODE_NOT_FOUND;
    }
    say("%s", path);
    return put_text(session, NULL,
                    arena_printf(session->arena, "%s\n\n%s", seen.verifier_key, seen.note));
}

static enum exit_code run_forget(struct session *session, const struct command_input *input)
{
    const char *path = heads_path(session_server(session), session->arena);

    (void)input;
    if (path == NULL || unlink(path) != 0) {
        say_error("no checkpoint of %s is remembered", session_server(session));
        return EXIT_CODE_NOT_FOUND;
    }
    say("forgotten: %s", path);
    return EXIT_CODE_OK;
}

/* ---- prove ---- */

static enum exit_code get_entry(struct session *session, int64_t seq,
                                ProtobufCBinaryData *out_entry)
{
    Provost__V1__GetChangeRequest request = PROVOST__V1__GET_CHANGE_REQUEST__INIT;
    request.change_seq = seq;
    struct session_call call = {
        .service = &provost__v1__change_log_service__descriptor,
        .method = "GetChange",
        .request = &request.base,
        .failure = {.doing = arena_printf(session->arena, "get change %" PRId64, seq)},
    };
    ProtobufCMessage *message;
    enum exit_code code = session_run_unchecked(session, &call, &message);

    if (code == EXIT_CODE_OK) *out_entry = ((Provost__V1__GetChangeResponse *)message)->entry;
    return code;
}

static enum exit_code get_proof(struct session *session, int64_t seq,
                                Provost__V1__GetInclusionProofResponse **out_response)
{
    Provost__V1__GetInclusionProofRequest request =
        PROVOST__V1__GET_INCLUSION_PROOF_REQUEST__INIT;
    request.change_seq = seq;
    struct session_call call = {
        .service = &provost__v1__change_log_service__descriptor,
        .method = "GetInclusionProof",
        .request = &request.base,
        .failure = {.doing = arena_printf(session->arena, "prove change %" PRId64, seq)},
    };
    ProtobufCMessage *message;
    enum exit_code code = session_run_unchecked(session, &call, &message);

    if (code == EXIT_CODE_OK) *out_response = (Provost__V1__GetInclusionProofResponse *)message;
    return code;
}

static void add_base64_line(struct buf *text, const char *before, const void *bytes,
                            size_t size, struct arena *arena)
{
    char *line = arena_alloc(arena, base64_encoded_size(size, true) + 1);

    base64_encode(bytes, size, true, line);
    buf_printf(text, "%s%s\n", before, line);
}

/* The file of a proof [C2SP tlog-proof], the entry as its extra data. */
static const char *proof_text(const Provost__V1__GetInclusionProofResponse *proof,
                              const ProtobufCBinaryData *entry, struct arena *arena)
{
    struct buf text;
    buf_init(&text, FILE_MAX_BYTES);
    buf_add_string(&text, proof_heading);
    add_base64_line(&text, "extra ", entry->data, entry->len, arena);
    buf_printf(&text, "index %" PRId64 "\n", proof->leaf_index);
    for (size_t i = 0; i < proof->n_hashes; i++)
        add_base64_line(&text, "", proof->hashes[i].data, proof->hashes[i].len, arena);
    buf_printf(&text, "\n%s", proof->checkpoint);
    char *copy = arena_strndup(arena, (const char *)text.data, text.size);
    buf_release(&text);
    return copy;
}

static enum exit_code run_prove(struct session *session, const struct command_input *input)
{
    struct audit_head head;
    Provost__V1__GetCheckpointResponse *checkpoint;
    Provost__V1__GetInclusionProofResponse *proof;
    ProtobufCBinaryData entry;
    int64_t seq;
    const char *wrong = input->n_words < 2
                            ? "is missing: say which change"
                            : flag_set_positive(&seq, input->words[1], session->arena);

    if (wrong != NULL) {
        say_error("audit prove: the seq \"%s\" %s", input->n_words < 2 ? "" : input->words[1],
                  wrong);
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = audit_fetch(session, &head, &checkpoint);
    if (code == EXIT_CODE_OK) code = get_entry(session, seq, &entry);
    if (code == EXIT_CODE_OK) code = get_proof(session, seq, &proof);
    if (code != EXIT_CODE_OK) return code;
    if (proof->checkpoint[0] == '\0') {
        say_error("the log moved while the proof was made: try again");
        return EXIT_CODE_UNAVAILABLE;
    }
    return put_text(session, word(input, 2), proof_text(proof, &entry, session->arena));
}

/* ---- verify ---- */

/* A proof file, read. */
struct proof_file {
    const char *note;
    uint64_t index;
    uint8_t *entry;
    size_t entry_size;
    struct merkle_path path;
};

static bool decode_line(const char *line, size_t size, struct arena *arena, uint8_t **out_bytes,
                        size_t *out_size)
{
    *out_bytes = arena_alloc(arena, base64_decoded_size_max(size));
    return base64_decode(line, size, *out_bytes, out_size);
}

static const char *read_proof_hashes(const char *line, struct arena *arena,
                                     struct proof_file *out_file)
{
    uint8_t(*hashes)[SHA256_BYTES] = arena_alloc(arena, PROOF_MAX_HASHES * SHA256_BYTES);
    size_t count = 0;

    while (*line != '\n') {
        size_t size = strcspn(line, "\n"), got;
        uint8_t *bytes;
        if (line[size] == '\0') return "the proof is cut off";
        if (count == PROOF_MAX_HASHES || !decode_line(line, size, arena, &bytes, &got) ||
            got != SHA256_BYTES)
            return "a line of the proof is not a hash";
        memcpy(hashes[count++], bytes, SHA256_BYTES);
        line += size + 1;
    }
    out_file->path = (struct merkle_path){count, hashes};
    out_file->note = line + 1;
    return NULL;
}

static const char *read_proof(const char *text, struct arena *arena,
                              struct proof_file *out_file)
{
    const char *line = text + sizeof proof_heading - 1;

    if (strncmp(line, "extra ", 6) != 0) return "the proof holds no entry (extra line)";
    size_t size = strcspn(line, "\n");
    if (!decode_line(line + 6, size - 6, arena, &out_file->entry, &out_file->entry_size))
        return "the entry is not base64";
    line += size + (line[size] == '\n');
    if (strncmp(line, "index ", 6) != 0) return "the proof has no index";
    char *end;
    out_file->index = strtoull(line + 6, &end, 10);
    if (end == line + 6 || *end != '\n') return "the proof's index is not a number";
    return read_proof_hashes(end + 1, arena, out_file);
}

static const char *check_proof(const char *text, const char *key, struct arena *arena)
{
    struct proof_file file;
    struct audit_head head;
    uint8_t leaf[SHA256_BYTES];
    const char *wrong = read_proof(text, arena, &file);

    if (wrong == NULL) wrong = audit_read_note(file.note, key, arena, &head);
    if (wrong != NULL) return wrong;
    struct sha256 *hasher = sha256_new();
    merkle_hash_leaf(hasher, file.entry, file.entry_size, leaf);
    sha256_free(hasher);
    if (!merkle_inclusion_holds(file.index, head.checkpoint.size, leaf, &file.path,
                                head.checkpoint.root))
        return "the entry is not in the log the checkpoint stands for";
    say("verified: leaf %" PRIu64 " is in %s of %" PRIu64 " changes", file.index,
        head.checkpoint.origin, head.checkpoint.size);
    return NULL;
}

/* The key of --key, its text or a file that holds it. False after saying that it is neither. */
static bool given_key(struct session *session, const char *given, const char **out_key)
{
    struct note_key parsed;
    char *text;
    size_t size;

    if (note_key_parse(given, &parsed) == NULL) {
        *out_key = given;
        return true;
    }
    if (read_file(given, FILE_MAX_BYTES, session->arena, &text, &size) == 0) {
        text[strcspn(text, "\r\n")] = '\0';
        *out_key = text;
        if (note_key_parse(text, &parsed) == NULL) return true;
    }
    say_error("--key: \"%s\" is neither a verifier key (NAME+ID+BASE64) nor a file that holds "
              "one; \"provost audit key FILE\" writes it",
              given);
    return false;
}

/* The key to trust: given, else the remembered one. Needs no server. False after saying what is
 * wrong. */
static bool trusted_key(struct session *session, const struct command_input *input,
                        const char **out_key)
{
    const struct audit_flags *flags = input->flags;
    const char *path = heads_path(session_server(session), session->arena);
    struct seen_head seen;

    if (flags->key != NULL) return given_key(session, flags->key, out_key);
    if (path != NULL && heads_load(path, session->arena, &seen)) {
        *out_key = seen.verifier_key;
        return true;
    }
    say_error("no key to trust: give --key (\"provost audit key\" prints the server's)");
    return false;
}

static const char *check_checkpoint(const char *text, const char *key, struct arena *arena)
{
    struct audit_head head;
    const char *wrong = audit_read_note(text, key, arena, &head);

    if (wrong == NULL)
        say("verified: %s of %" PRIu64 " changes", head.checkpoint.origin,
            head.checkpoint.size);
    return wrong;
}

static enum exit_code verify_file(struct session *session, const char *path, const char *key)
{
    char *text;
    size_t size;
    int error = read_file(path, FILE_MAX_BYTES, session->arena, &text, &size);

    if (error != 0) {
        say_error("cannot read %s: %s", path, strerror(-error));
        return EXIT_CODE_FAILURE;
    }
    bool is_proof = strncmp(text, proof_heading, sizeof proof_heading - 1) == 0;
    const char *wrong = is_proof ? check_proof(text, key, session->arena)
                                 : check_checkpoint(text, key, session->arena);
    if (wrong == NULL) return EXIT_CODE_OK;
    say_error("%s does not verify: %s", path, wrong);
    return EXIT_CODE_UNVERIFIED;
}

static enum exit_code run_replay(struct session *session);

static enum exit_code run_verify(struct session *session, const struct command_input *input)
{
    const char *key;
    enum exit_code worst = EXIT_CODE_OK;

    if (input->n_words == 1) return run_replay(session);
    if (!trusted_key(session, input, &key)) return EXIT_CODE_USAGE;
    for (size_t i = 1; i < input->n_words; i++) {
        enum exit_code code = verify_file(session, input->words[i], key);
        if (code != EXIT_CODE_OK) worst = code;
    }
    return worst;
}

/* ---- the whole log ---- */

static void say_fault(const Provost__V1__LogFault *fault)
{
    bool is_named = strstr(fault->message, fault->resource) != NULL; /* "" is in any */

    say("change %" PRId64 ": %s: %s%s%s", fault->seq, fault->reason,
        is_named ? "" : fault->resource, is_named ? "" : ": ", fault->message);
}

/* One call of VerifyLog; *next is where to go on, 0 at the end. */
static enum exit_code replay_part(struct session *session, int64_t *next, int64_t *checked,
                                  size_t *faults)
{
    Provost__V1__VerifyLogRequest request = PROVOST__V1__VERIFY_LOG_REQUEST__INIT;
    request.from_seq = *next;
    struct session_call call = {
        .service = &provost__v1__change_log_service__descriptor,
        .method = "VerifyLog",
        .request = &request.base,
        .failure = {.doing = "verify the log"},
    };
    ProtobufCMessage *message;
    enum exit_code code = session_run_unchecked(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__VerifyLogResponse *response = (Provost__V1__VerifyLogResponse *)message;
    for (size_t i = 0; i < response->n_faults; i++)
        say_fault(response->faults[i]);
    *faults += response->n_faults;
    *checked += response->checked;
    *next = response->next_seq;
    if (*next == 0 && !response->root_matches) {
        say("the recomputed root is not the one the register has");
        (*faults)++;
    }
    return EXIT_CODE_OK;
}

static enum exit_code run_replay(struct session *session)
{
    struct audit_head head;
    Provost__V1__GetCheckpointResponse *checkpoint;
    int64_t next = 0, checked = 0;
    size_t faults = 0;
    enum exit_code code = audit_fetch(session, &head, &checkpoint);

    do {
        if (code == EXIT_CODE_OK) code = replay_part(session, &next, &checked, &faults);
    } while (code == EXIT_CODE_OK && next != 0);
    if (code != EXIT_CODE_OK) return code;
    if (faults == 0) {
        say("verified: %" PRId64 " changes, the tables and the tree agree", checked);
        return EXIT_CODE_OK;
    }
    say_error("%zu faults in %" PRId64 " changes", faults, checked);
    return EXIT_CODE_UNVERIFIED;
}

/* ---- consistency ---- */

static enum exit_code run_consistency(struct session *session,
                                      const struct command_input *input)
{
    struct audit_head now, older;
    Provost__V1__GetCheckpointResponse *response;
    const char *path = word(input, 1), *wrong;
    char *text;
    size_t size;

    if (path == NULL) {
        say_error("audit consistency: name the file of an older checkpoint");
        return EXIT_CODE_USAGE;
    }
    int error = read_file(path, FILE_MAX_BYTES, session->arena, &text, &size);
    if (error != 0) {
        say_error("cannot read %s: %s", path, strerror(-error));
        return EXIT_CODE_FAILURE;
    }
    const char *key = ((const struct audit_flags *)input->flags)->key;
    if (key != NULL && !given_key(session, key, &key)) return EXIT_CODE_USAGE;
    enum exit_code code = audit_fetch(session, &now, &response);
    if (code != EXIT_CODE_OK) return code;
    wrong = audit_read_note(text, key != NULL ? key : now.verifier_key, session->arena, &older);
    for (size_t i = 0; wrong != NULL && key == NULL && i < response->n_earlier_keys; i++)
        wrong = audit_read_note(text, response->earlier_keys[i], session->arena, &older);
    if (wrong == NULL && strcmp(older.checkpoint.origin, now.checkpoint.origin) != 0)
        wrong = "it is of another log or epoch";
    if (wrong != NULL) {
        say_error("%s does not verify: %s", path, wrong);
        return EXIT_CODE_UNVERIFIED;
    }
    code = audit_consistency(session, &older.checkpoint, &now.checkpoint);
    if (code == EXIT_CODE_OK)
        say("verified: the log of %" PRIu64 " changes begins with the %" PRIu64 " of %s",
            now.checkpoint.size, older.checkpoint.size, path);
    return code;
}

/* ---- the key ---- */

static enum exit_code run_rotate_key(struct session *session, const struct command_input *input)
{
    const struct audit_flags *flags = input->flags;
    Provost__V1__RotateLogKeyRequest request = PROVOST__V1__ROTATE_LOG_KEY_REQUEST__INIT;
    request.reason = flags->reason != NULL ? (char *)(uintptr_t)flags->reason : request.reason;
    if (flags->approve != NULL) request.approval_id = (char *)(uintptr_t)flags->approve;
    struct session_call call = {
        .service = &provost__v1__admin_service__descriptor,
        .method = "RotateLogKey",
        .request = &request.base,
        .failure = {.doing = "change the log key"},
    };
    ProtobufCMessage *message;
    enum exit_code code = session_run(session, &call, &message);

    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__RotateLogKeyResponse *response =
        (Provost__V1__RotateLogKeyResponse *)message;
    if (response->approval_id[0] != '\0') {
        say("waiting for a second person; another administrator, within 7 days: provost audit "
            "rotate-key --reason TEXT --approve %s",
            response->approval_id);
        return put_text(session, NULL,
                        arena_printf(session->arena, "%s\n", response->approval_id));
    }
    say("change %" PRId64 ": the log is signed with a new key from now on", response->seq);
    return put_text(session, NULL,
                    arena_printf(session->arena, "%s\n", response->verifier_key));
}

static enum exit_code run_export(struct session *session, const struct command_input *input)
{
    return audit_export(session, word(input, 1));
}

static const struct {
    const char *name;
    size_t max_words; /* behind it */
    enum exit_code (*run)(struct session *session, const struct command_input *input);
} audit_table[] = {
    {"checkpoint", 1, run_checkpoint},
    {"key", 1, run_key},
    {"prove", 2, run_prove},
    {"verify", COMMAND_ANY - 1, run_verify},
    {"consistency", 1, run_consistency},
    {"export", 1, run_export},
    {"remembered", 0, run_remembered},
    {"forget", 0, run_forget},
    {"rotate-key", 0, run_rotate_key},
};

static enum exit_code run_audit(struct session *session, const struct command_input *input)
{
    size_t i = 0;

    /* main has looked at the command's choices */
    while (strcmp(input->words[0], audit_table[i].name) != 0)
        i++;
    if (input->n_words <= audit_table[i].max_words + 1)
        return audit_table[i].run(session, input);
    say_error("too much for audit %s: \"%s\"; see \"provost help audit\"", input->words[0],
              input->words[audit_table[i].max_words + 1]);
    return EXIT_CODE_USAGE;
}

const struct command command_audit = {
    .name = "audit",
    .choices = "checkpoint prove verify consistency export key remembered forget rotate-key",
    .usage = "WHAT [ARGUMENT...] [--key KEY] [--reason TEXT]",
    .summary = "Hold the log to what it signed: checkpoints, proofs, a full check",
    .examples = "provost audit checkpoint march.checkpoint\n"
                "provost audit prove 123 change-123.tlog-proof\n"
                "provost audit verify change-123.tlog-proof march.checkpoint\n"
                "provost audit consistency march.checkpoint\n"
                "provost audit verify\n"
                "provost audit export log.jsonl\n"
                "provost audit rotate-key --reason \"yearly\"\n",
    .details =
        "checkpoint [FILE]       the signed head of the log, checked against the one seen "
        "before\n"
        "prove SEQ [FILE]        a proof that a change is in the log, to be kept anywhere\n"
        "verify FILE...          a proof or checkpoint, without the server\n"
        "verify                  the whole log against the tables, by the server\n"
        "consistency FILE        that the log still begins with an older checkpoint\n"
        "export FILE|FOLDER      the whole log as a file that verify-log checks without the "
        "register;\n"
        "                        it opens every value: keep it as confidential as the "
        "register. "
        "A folder\n"
        "                        gets log.jsonl, checkpoint and key\n"
        "key [FILE]              the verifier key\n"
        "remembered, forget      the checkpoint this client has seen last\n"
        "rotate-key --reason     a new log key, vouched for by the old one; a second "
        "administrator\n"
        "                        approves it with --approve ID\n"
        "\n"
        "Every command checks the log against the checkpoint seen last, and stops with exit "
        "code 7\n"
        "if it does not follow from it. PROVOST_HEADS says where these are kept; \"off\": "
        "nowhere.\n",
    .flags = audit_flag_table,
    .flags_size = sizeof(struct audit_flags),
    .min_words = 1,
    .max_words = COMMAND_ANY,
    .run = run_audit,
};
