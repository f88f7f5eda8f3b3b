/* backup, check-integrity, read-only: running the register. */
#include "client/command.h"
#include "client/message_rows.h"
#include "client/say.h"

#include <provost/v1/admin.pb-c.h>

#include <string.h>

static enum exit_code show(struct session *session, const ProtobufCMessage *message,
                           void (*fill_rows)(const struct view *, struct grid *),
                           void (*fill_table)(const struct view *, struct grid *))
{
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_rows,
                                                .fill_table = fill_table,
                                                .context = message});
}

/* One row of the message's own fields. */
static void fill_message(const struct view *view, struct grid *grid)
{
    const ProtobufCMessage *message = view->context;

    message_rows_columns(message->descriptor, grid);
    message_rows_add(message, grid);
}

/* ---- backup ---- */

static bool is_sound(const Provost__V1__BackupResponse *backup)
{
    return backup->integrity_ok && backup->root_ok;
}

static void note_backup(const struct view *view, struct grid *grid)
{
    const Provost__V1__BackupResponse *backup = view->context;

    grid_note(grid, "Backup: %s", backup->path);
    grid_note(grid, "It holds the register as of seq %lld, in %lld bytes%s",
              (long long)backup->seq, (long long)backup->bytes,
              is_sound(backup) ? "; integrity and tree root were checked" : "");
}

static enum exit_code run_backup(struct session *session, const struct command_input *input)
{
    Provost__V1__BackupRequest request = PROVOST__V1__BACKUP_REQUEST__INIT;
    const Provost__V1__BackupResponse *backup;
    ProtobufCMessage *message;
    enum exit_code code;

    if (input->n_words > 0) request.name = arena_strdup(session->arena, input->words[0]);
    code =
        session_call_admin(session, "Backup", &request.base, "back the register up", &message);
    if (code != EXIT_CODE_OK) return code;
    code = show(session, message, fill_message, note_backup);
    backup = (const Provost__V1__BackupResponse *)message;
    if (code != EXIT_CODE_OK || is_sound(backup)) return code;
    say_error("the backup is not good: %s",
              backup->integrity_ok ? "its tree root is not the register's"
                                   : "the integrity check of the copy found problems");
    return EXIT_CODE_UNVERIFIED;
}

const struct command command_backup = {
    .name = "backup",
    .usage = "[NAME]",
    .summary = "Copy the register while it runs, and verify the copy",
    .examples = "provost backup\nprovost --timeout 600 backup before-year-end\n",
    .details = "NAME is that of the folder to make below the daemon's backup folder; without "
               "it, it is\n"
               "the time. Exit code 7 when the copy is not good.\n",
    .max_words = 1,
    .run = run_backup,
};

/* ---- check-integrity ---- */

struct check_flags {
    bool full;
};

static const struct flag check_flag_table[] = {
    {"full", 0, NULL,
     "also compare every index with its table and look for rows that refer to nothing; takes "
     "longer",
     flag_set_bool, offsetof(struct check_flags, full)},
    {0},
};

static const struct grid_column problem_columns[] = {{"problem", NULL, GRID_WRAP}};

static void fill_problems(const struct view *view, struct grid *grid)
{
    const Provost__V1__CheckIntegrityResponse *check = view->context;

    grid_set_columns(grid, problem_columns, 1);
    for (size_t i = 0; i < check->n_problems; i++)
        grid_add_row(grid)[0].text = check->problems[i];
}

static void fill_check(const struct view *view, struct grid *grid)
{
    const Provost__V1__CheckIntegrityResponse *check = view->context;

    fill_problems(view, grid);
    if (check->ok)
        grid_note(grid, "no problem found; the register stands at seq %lld",
                  (long long)check->seq);
}

static enum exit_code run_check_integrity(struct session *session,
                                          const struct command_input *input)
{
    const struct check_flags *flags = input->flags;
    Provost__V1__CheckIntegrityRequest request = PROVOST__V1__CHECK_INTEGRITY_REQUEST__INIT;
    const Provost__V1__CheckIntegrityResponse *check;
    ProtobufCMessage *message;
    enum exit_code code;

    request.full = flags->full;
    code = session_call_admin(session, "CheckIntegrity", &request.base,
                              "check the database file", &message);
    if (code != EXIT_CODE_OK) return code;
    code = show(session, message, fill_problems, fill_check);
    check = (const Provost__V1__CheckIntegrityResponse *)message;
    if (code != EXIT_CODE_OK || check->ok) return code;
    say_error("the database file is damaged: %zu problem%s; restore a backup",
              check->n_problems, check->n_problems == 1 ? "" : "s");
    return EXIT_CODE_UNVERIFIED;
}

const struct command command_check_integrity = {
    .name = "check-integrity",
    .usage = "[--full]",
    .summary = "Check the database file itself",
    .examples = "provost check-integrity\nprovost --timeout 600 check-integrity --full\n",
    .details =
        "Exit code 7 when there are problems. \"provost audit verify\" checks the log.\n",
    .flags = check_flag_table,
    .flags_size = sizeof(struct check_flags),
    .max_words = 0,
    .run = run_check_integrity,
};

/* ---- read-only ---- */

struct read_only_flags {
    const char *reason;
};

static const struct flag read_only_flag_table[] = {
    {"reason", 'r', "TEXT", "why; told to those who are refused", flag_set_text,
     offsetof(struct read_only_flags, reason)},
    {0},
};

static bool is_read_only(const struct view *view)
{
    return ((const Provost__V1__SetReadOnlyResponse *)view->context)->read_only;
}

static const struct grid_column read_only_columns[] = {{"read_only", NULL, 0}};

static void fill_read_only(const struct view *view, struct grid *grid)
{
    grid_set_columns(grid, read_only_columns, 1);
    grid_add_row(grid)[0].text = is_read_only(view) ? "true" : "false";
}

static void note_read_only(const struct view *view, struct grid *grid)
{
    grid_note(grid, "%s",
              is_read_only(view) ? "writes are refused; reads go on"
                                 : "the register takes writes");
}

static enum exit_code run_read_only(struct session *session, const struct command_input *input)
{
    const struct read_only_flags *flags = input->flags;
    Provost__V1__SetReadOnlyRequest request = PROVOST__V1__SET_READ_ONLY_REQUEST__INIT;
    const char *word = input->words[0];
    ProtobufCMessage *message;
    enum exit_code code;

    request.read_only = strcmp(word, "on") == 0;
    if (!request.read_only && strcmp(word, "off") != 0) {
        say_error("read-only takes on or off, not \"%s\"", word);
        return EXIT_CODE_USAGE;
    }
    if (flags->reason != NULL) request.reason = arena_strdup(session->arena, flags->reason);
    code =
        session_call_admin(session, "SetReadOnly", &request.base,
                           request.read_only ? "refuse writes" : "take writes again", &message);
    if (code != EXIT_CODE_OK) return code;
    return show(session, message, fill_read_only, note_read_only);
}

const struct command command_read_only = {
    .name = "read-only",
    .usage = "on|off [--reason TEXT]",
    .summary = "Refuse writes, or take them again",
    .examples = "provost read-only on --reason \"moving to another machine\"\n"
                "provost read-only off\n",
    .flags = read_only_flag_table,
    .flags_size = sizeof(struct read_only_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_read_only,
};
