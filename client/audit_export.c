#include "client/audit_export.h"

#include "client/audit.h"
#include "client/draft_file.h"
#include "client/progress.h"
#include "client/say.h"
#include "common/reasons.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* The salts in it open what the log keeps closed: nobody but the owner reads it. */
enum { TRIES = 3, LOG_MODE = 0600 };

/* One run of the call. */
struct exporting {
    struct draft_file *file;
    struct progress progress;
    int64_t seq, last_seq;
    uint64_t bytes;
};

/* False ends the call. */
static bool on_message(void *context, const void *bytes, size_t size)
{
    struct exporting *exporting = context;
    Provost__V1__ExportLogResponse *response =
        provost__v1__export_log_response__unpack(NULL, size, bytes);

    if (response == NULL) return false;
    if (exporting->bytes == 0)
        progress_begin(&exporting->progress, "exporting", (size_t)response->last_seq);
    draft_file_add(exporting->file, response->data.data, response->data.len);
    exporting->bytes += response->data.len;
    exporting->seq = response->seq;
    exporting->last_seq = response->last_seq;
    provost__v1__export_log_response__free_unpacked(response, NULL);
    progress_show(&exporting->progress, (size_t)exporting->seq);
    return exporting->file->error == 0;
}

static void export_once(struct session *session, struct exporting *exporting,
                        struct channel_reply *out_reply)
{
    Provost__V1__ExportLogRequest request = PROVOST__V1__EXPORT_LOG_REQUEST__INIT;
    const struct session_stream stream = {
        .call = {.service = &provost__v1__change_log_service__descriptor,
                 .method = "ExportLog",
                 .request = &request.base},
        .on_message = on_message,
        .context = exporting,
    };

    if (exporting->bytes > 0) draft_file_restart(exporting->file);
    exporting->bytes = 0;
    session_stream(session, &stream, session->arena, out_reply);
    progress_end(&exporting->progress);
}

/* Something was erased meanwhile: the next run has it erased from its beginning. */
static void export_with_retries(struct session *session, struct exporting *exporting,
                                struct channel_reply *out_reply)
{
    for (int attempt = 1; exporting->file->error == 0; attempt++) {
        export_once(session, exporting, out_reply);
        if (out_reply->code != GRPC_ABORTED || attempt == TRIES) return;
        say("provost: a value was erased meanwhile; beginning again");
    }
}

static enum exit_code say_unwritten(const char *path, int error)
{
    say_error("cannot write %s: %s", path, strerror(error));
    return EXIT_CODE_FAILURE;
}

static enum exit_code export_log(struct session *session, const char *path)
{
    struct draft_file file;
    struct exporting exporting = {.file = &file, .progress = {.shown = -1}};
    struct channel_reply reply = {.code = GRPC_OK};

    draft_file_open(&file, path, LOG_MODE, session->arena);
    export_with_retries(session, &exporting, &reply);
    if (file.error == 0 && reply.code != GRPC_OK) {
        const struct failure_context failure = {.doing = "export the log"};

        draft_file_drop(&file);
        say_error("%s",
                  failure_text(&reply, &failure, session->options->debug, session->arena));
        return failure_exit_code(reply.code);
    }
    int error = draft_file_place(&file);
    if (error != 0) return say_unwritten(path, error);
    say("exported: %" PRId64 " changes, %" PRIu64 " bytes, to %s", exporting.last_seq,
        exporting.bytes, path);
    return EXIT_CODE_OK;
}

static enum exit_code put_note(struct session *session, const char *path, const char *text)
{
    int error = draft_file_put(path, text, session->arena);

    return error != 0 ? say_unwritten(path, error) : EXIT_CODE_OK;
}

static enum exit_code export_folder(struct session *session, const char *folder,
                                    const Provost__V1__GetCheckpointResponse *checkpoint)
{
    struct arena *arena = session->arena;
    const char *log = arena_printf(arena, "%s/log.jsonl", folder);
    const char *note = arena_printf(arena, "%s/checkpoint", folder);
    const char *key = arena_printf(arena, "%s/key", folder);
    enum exit_code code = export_log(session, log);

    if (code == EXIT_CODE_OK) code = put_note(session, note, checkpoint->note);
    if (code == EXIT_CODE_OK)
        code = put_note(session, key, arena_printf(arena, "%s\n", checkpoint->verifier_key));
    return code;
}

static bool is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

enum exit_code audit_export(struct session *session, const char *path)
{
    struct audit_head head;
    Provost__V1__GetCheckpointResponse *checkpoint;

    if (path == NULL || *path == '\0') {
        say_error("audit export: name a file, or a folder that is there");
        return EXIT_CODE_USAGE;
    }
    if (session->options->as_of != NULL) {
        say_error("audit export: the log is exported whole, there is no --as-of");
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = audit_fetch(session, &head, &checkpoint);
    if (code != EXIT_CODE_OK) return code;
    return is_folder(path) ? export_folder(session, path, checkpoint)
                           : export_log(session, path);
}
