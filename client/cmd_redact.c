/* redact: one person asks for an erasure, another approves it and so carries it out. */
#include "client/command.h"
#include "client/say.h"

#include <provost/v1/change_log.pb-c.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct redact_flags {
    const char *resource;
    const char *field;
    const char *reason;
    const char *approve;
    bool change_reason;
    bool who;
    bool yes;
};

static const struct flag redact_flag_table[] = {
    {"resource", 0, "NAME", "erase a field of this resource; with --field", flag_set_text,
     offsetof(struct redact_flags, resource)},
    {"field", 0, "FIELD", "the field, in every version that has the value from SEQ on",
     flag_set_text, offsetof(struct redact_flags, field)},
    {"change-reason", 0, NULL, "erase the reason of the change", flag_set_bool,
     offsetof(struct redact_flags, change_reason)},
    {"who", 0, NULL,
     "erase the names of who made it, here and in all changes of the same person and service",
     flag_set_bool, offsetof(struct redact_flags, who)},
    {"reason", 'r', "TEXT",
     "legal basis and reason, for the log; it stays, so it must not repeat what is erased",
     flag_set_text, offsetof(struct redact_flags, reason)},
    {"approve", 0, "ID", "carry out what another person has asked for under this id",
     flag_set_text, offsetof(struct redact_flags, approve)},
    {"yes", 'y', NULL, "do not ask for confirmation", flag_set_bool,
     offsetof(struct redact_flags, yes)},
    {0},
};

/* An erasure under way. */
struct erasure {
    const struct redact_flags *flags;
    Provost__V1__RedactChangeRequest request;
    const char *what; /* "title of plans/p, as change 3 had it" */
    const Provost__V1__RedactChangeResponse *response;
};

/* ---- what was asked for ---- */

static const char *wrong_flags(const struct redact_flags *flags)
{
    bool is_field = flags->resource != NULL || flags->field != NULL;

    if (is_field + flags->change_reason + flags->who != 1)
        return "say what to erase: --resource NAME --field FIELD, --change-reason or --who";
    if (is_field && (flags->resource == NULL || flags->field == NULL))
        return "--resource and --field go together";
    if (flags->approve != NULL && flags->approve[0] == '\0')
        return "--approve takes the id that the first person was given";
    if (flags->approve == NULL && (flags->reason == NULL || flags->reason[0] == '\0'))
        return "--reason is needed: the legal basis and why";
    return NULL;
}

static void set_target(struct erasure *erasure, struct arena *arena)
{
    const struct redact_flags *flags = erasure->flags;
    long long seq = erasure->request.change_seq;

    if (flags->who) {
        erasure->request.target = PROVOST__V1__REDACT_TARGET__REDACT_TARGET_ACTOR;
        erasure->what = arena_printf(arena, "the names of who made change %lld", seq);
    } else if (flags->change_reason) {
        erasure->request.target = PROVOST__V1__REDACT_TARGET__REDACT_TARGET_REASON;
        erasure->what = arena_printf(arena, "the reason of change %lld", seq);
    } else {
        erasure->request.target = PROVOST__V1__REDACT_TARGET__REDACT_TARGET_FIELD;
        erasure->what = arena_printf(arena, "%s of %s, as change %lld had it", flags->field,
                                     flags->resource, seq);
    }
}

static enum exit_code read_input(const struct command_input *input, struct arena *arena,
                                 struct erasure *erasure)
{
    const struct redact_flags *flags = erasure->flags;
    Provost__V1__RedactChangeRequest *request = &erasure->request;
    const char *wrong = flag_set_count(&request->change_seq, input->words[0], arena);

    if (wrong != NULL || request->change_seq == 0) {
        say_error("the seq \"%s\" %s", input->words[0],
                  wrong != NULL ? wrong : "is no change: the log begins with 1");
        return EXIT_CODE_USAGE;
    }
    wrong = wrong_flags(flags);
    if (wrong != NULL) {
        say_error("redact: %s", wrong);
        return EXIT_CODE_USAGE;
    }
    request->resource = arena_text(arena, flags->resource);
    request->field = arena_text(arena, flags->field);
    request->reason = arena_text(arena, flags->reason);
    request->approval_id = arena_text(arena, flags->approve);
    set_target(erasure, arena);
    return EXIT_CODE_OK;
}

/* ---- confirmation ---- */

static bool read_yes(void)
{
    char line[16];

    if (fgets(line, sizeof line, stdin) == NULL) return false;
    line[strcspn(line, "\n")] = '\0';
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

/* Asked of people only: a script has nobody to answer. */
static bool is_confirmed(const struct erasure *erasure, struct arena *arena)
{
    char *what = arena_strdup(arena, erasure->what);

    if (erasure->flags->yes || isatty(STDIN_FILENO) != 1) return true;
    say_make_harmless(what, false);
    if (erasure->flags->approve != NULL)
        fprintf(stderr, "Erase %s, for good? Nobody can bring it back. [y/N] ", what);
    else
        fprintf(stderr, "Ask for the erasure of %s? [y/N] ", what);
    fflush(stderr);
    return read_yes();
}

/* ---- the answer ---- */

/* A word as a shell takes it. */
static const char *shell_word(const char *text, struct arena *arena)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-_./=,:@%+";
    const char *quoted = "'";

    if (text[0] != '\0' && strspn(text, safe) == strlen(text)) return text;
    while (*text != '\0') {
        size_t length = strcspn(text, "'");

        quoted = arena_printf(arena, "%s%.*s", quoted, (int)length, text);
        text += length;
        if (*text == '\0') break;
        quoted = arena_printf(arena, "%s'\\''", quoted);
        text++;
    }
    return arena_printf(arena, "%s'", quoted);
}

/* What the second person is to type; "" when nobody needs to. */
static const char *approval_command(const struct erasure *erasure, struct arena *arena)
{
    const struct redact_flags *flags = erasure->flags;
    const char *target = flags->who ? "--who" : "--change-reason";
    const char *id = erasure->response->approval_id;

    if (id[0] == '\0') return "";
    if (flags->resource != NULL)
        target =
            arena_printf(arena, "--resource %s --field %s", shell_word(flags->resource, arena),
                         shell_word(flags->field, arena));
    return arena_printf(arena, "provost redact %lld %s --approve %s",
                        (long long)erasure->request.change_seq, target, shell_word(id, arena));
}

static const struct grid_column row_columns[] = {
    {"approval_id", NULL, 0},
    {"seq", NULL, GRID_RIGHT},
    {"erased", NULL, GRID_RIGHT},
    {"approve_with", NULL, 0},
};

static void fill_rows(const struct view *view, struct grid *grid)
{
    const struct erasure *erasure = view->context;
    struct grid_cell *row;

    grid_set_columns(grid, row_columns, sizeof row_columns / sizeof row_columns[0]);
    row = grid_add_row(grid);
    row[0].text = erasure->response->approval_id;
    row[1].text = arena_printf(grid->arena, "%lld", (long long)erasure->response->seq);
    row[2].text = arena_printf(grid->arena, "%lld", (long long)erasure->response->erased);
    row[3].text = approval_command(erasure, grid->arena);
}

static void note_waiting(const struct erasure *erasure, struct grid *grid)
{
    grid_note(grid, "Nothing is erased yet. A second person has 7 days to approve it: %s.",
              erasure->what);
    grid_note(grid, "Approval id: %s", erasure->response->approval_id);
    grid_note(grid, "The second person is to look at it, and to type:");
    grid_note(grid, "  %s", approval_command(erasure, grid->arena));
}

static void note_done(const struct erasure *erasure, struct grid *grid)
{
    grid_note(grid, "Erased by change %lld: %s (%lld version%s or text%s).",
              (long long)erasure->response->seq, erasure->what,
              (long long)erasure->response->erased, erasure->response->erased == 1 ? "" : "s",
              erasure->response->erased == 1 ? "" : "s");
    grid_note(grid, "Backups and exports made before still have it: delete them.");
}

static void fill_table(const struct view *view, struct grid *grid)
{
    const struct erasure *erasure = view->context;

    if (erasure->response->approval_id[0] != '\0')
        note_waiting(erasure, grid);
    else
        note_done(erasure, grid);
}

/* JSON is the answer as it came: what to type next to it goes to people. */
static enum exit_code show(struct session *session, const struct erasure *erasure)
{
    const char *command = approval_command(erasure, session->arena);

    if (session->output == &output_json && command[0] != '\0')
        say("The second person is to type: %s", command);
    return session_show(session, &(struct view){.message = &erasure->response->base,
                                                .fill_rows = fill_rows,
                                                .fill_table = fill_table,
                                                .context = erasure});
}

/* ---- the command ---- */

/* Where the user wrote a field of the request. */
static const char *locate(const void *context, const char *field_path, struct arena *arena)
{
    (void)context;
    if (strcmp(field_path, "change_seq") == 0) return "SEQ";
    if (strcmp(field_path, "approval_id") == 0) return "--approve";
    if (strcmp(field_path, "target") == 0) return "what to erase";
    return arena_printf(arena, "--%s", field_path);
}

static enum exit_code run_redact(struct session *session, const struct command_input *input)
{
    struct erasure erasure = {.flags = input->flags,
                              .request = PROVOST__V1__REDACT_CHANGE_REQUEST__INIT};
    enum exit_code code = read_input(input, session->arena, &erasure);
    struct session_call call = {
        .service = &provost__v1__change_log_service__descriptor,
        .method = "RedactChange",
        .request = &erasure.request.base,
        .failure.locate = locate,
    };
    ProtobufCMessage *message;

    if (code != EXIT_CODE_OK) return code;
    if (!is_confirmed(&erasure, session->arena)) {
        say_error("not confirmed: nothing was sent");
        return EXIT_CODE_FAILURE;
    }
    call.failure.doing = arena_printf(session->arena, "erase %s", erasure.what);
    code = session_run(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;
    erasure.response = (const Provost__V1__RedactChangeResponse *)message;
    return show(session, &erasure);
}

const struct command command_redact = {
    .name = "redact",
    .usage = "SEQ (--resource NAME --field FIELD | --change-reason | --who) (--reason TEXT | "
             "--approve ID) [--yes]",
    .summary = "Erase a value, a reason or names for good; needs two persons",
    .examples = "provost redact 12 --resource posts/nec-manager --field holders --reason "
                "\"GDPR art. 17\"\n"
                "provost redact 12 --change-reason --reason \"GDPR art. 17, letter of 3 May\"\n"
                "provost redact 12 --who --approve 0a1b2c3d\n",
    .details =
        "SEQ is the change that brought the value in (\"provost history NAME\"). The first "
        "call\n"
        "erases nothing: it gives an id, and says what another person is to type within 7 "
        "days.\n"
        "Their call, with --approve, carries it out. The log keeps that something was erased,\n"
        "when, why, who asked and who approved; every proof stays valid. The file is written\n"
        "anew: a large register may need --timeout 600.\n",
    .flags = redact_flag_table,
    .flags_size = sizeof(struct redact_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_redact,
};
