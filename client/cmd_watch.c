/* watch: changes as they are made. What is remembered is only where the stream stands, and only
 * while the program runs; the register tells the same changes again to whoever asks. */
#include "client/change_view.h"
#include "client/command.h"
#include "client/say.h"
#include "common/csv.h"
#include "common/json.h"

#include <errno.h>
#include <provost/v1/admin.pb-c.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PAUSE_MS = 200, PAUSE_MAX_MS = 10000, SEQ_TEXT_BYTES = 24 };

struct watch_flags {
    int64_t from_seq;
    const char *resource;
    const char *by;
    const char *service;
    const char *exec;
    int64_t progress_s;
    bool until_current;
};

static const struct flag watch_flag_table[] = {
    {"from", 0, "SEQ", "begin with this change; else with the next one that is made",
     flag_set_count, offsetof(struct watch_flags, from_seq)},
    {"resource", 0, "NAME", "a resource, or the beginning of names: observations/foi-cex",
     flag_set_text, offsetof(struct watch_flags, resource)},
    {"by", 0, "WHO", "made by this principal", flag_set_text, offsetof(struct watch_flags, by)},
    {"service", 0, "NAME", "with this declared service", flag_set_text,
     offsetof(struct watch_flags, service)},
    {"exec", 0, "CMD", "run CMD for each change: JSON on its stdin, seq in $PROVOST_SEQ",
     flag_set_text, offsetof(struct watch_flags, exec)},
    {"progress", 0, "SECONDS", "let the daemon say how far it is when nothing matched (30)",
     flag_set_count, offsetof(struct watch_flags, progress_s)},
    {"until-current", 0, NULL, "end when all that was there at the start has been shown",
     flag_set_bool, offsetof(struct watch_flags, until_current)},
    {0},
};

/* One run of the command. */
struct watching {
    struct session *session;
    const struct watch_flags *flags;
    int64_t next_seq; /* to resume from; 0: from the next change on, nothing came yet */
    int64_t last_seq; /* where --until-current ends; INT64_MAX without it */
    long pause_ms;    /* before the next try to reach the daemon */
    bool connected;   /* something came since the last try */
    bool has_header;  /* of csv */
    bool is_done;
    enum exit_code code;
};

/* --- Ctrl-C --- */

static volatile sig_atomic_t is_showing;
static volatile sig_atomic_t is_interrupted;

/* Between two changes there is nothing to be lost, so the end is at once; within one it comes
 * behind it. */
static void on_interrupt(int number)
{
    (void)number;
    if (!is_showing) _exit(EXIT_CODE_OK);
    is_interrupted = 1;
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* --- showing a change --- */

static struct view view_of(const struct watching *watching, struct change_view *what,
                           Provost__V1__Change *const *change)
{
    *what = (struct change_view){.changes = change,
                                 .n_changes = 1,
                                 .seq = (*change)->seq,
                                 .resource = watching->flags->resource};
    return (struct view){.message = &(*change)->base,
                         .fill_rows = change_view_rows,
                         .context = what,
                         .style = &watching->session->style};
}

static void show_json(Provost__V1__Change *change, struct arena *arena, FILE *out)
{
    char *text;

    if (!status_is_ok(json_encode(&change->base, JSON_DEFAULTS, arena, &text))) return;
    fputs(text, out);
    putc('\n', out);
}

static void write_record(const char **cells, size_t n)
{
    struct buf buf;

    buf_init(&buf, SIZE_MAX);
    csv_write_row(&buf, cells, n);
    fwrite(buf.data, 1, buf.size, stdout);
    buf_release(&buf);
}

/* As output_csv, but with one header for all changes. */
static void show_csv(struct watching *watching, const struct view *view, struct arena *arena)
{
    struct grid grid;
    const char **cells;

    grid_init(&grid, arena);
    view->fill_rows(view, &grid);
    cells = arena_zalloc(arena, (grid.n_columns + 1) * sizeof *cells);
    for (size_t i = 0; i < grid.n_columns; i++)
        cells[i] = grid.columns[i].name;
    if (!watching->has_header) write_record(cells, grid.n_columns);
    watching->has_header = true;
    for (size_t row = 0; row < grid.n_rows; row++) {
        for (size_t i = 0; i < grid.n_columns; i++)
            cells[i] = grid_text(&grid.rows[row][i]);
        write_record(cells, grid.n_columns);
    }
}

/* A line a change: a table's columns would have to be known in advance. */
static void show_line(const struct view *view, struct arena *arena)
{
    struct grid grid;
    const char *line = "";

    grid_init(&grid, arena);
    change_view_log(view, &grid);
    for (size_t i = 0; i < grid.n_columns && grid.n_rows > 0; i++) {
        const char *text = grid_text(&grid.rows[0][i]);

        if (text[0] != '\0')
            line = arena_printf(arena, "%s%s%s", line, line[0] != '\0' ? "  " : "", text);
    }
    char *harmless = arena_strdup(arena, line);

    say_make_harmless(harmless, false);
    puts(harmless);
}

static void show(struct watching *watching, Provost__V1__Change *change, struct arena *arena)
{
    const struct output *output = watching->session->output;
    struct change_view what;
    struct view view = view_of(watching, &what, &change);

    if (output == &output_json)
        show_json(change, arena, stdout);
    else if (output == &output_csv)
        show_csv(watching, &view, arena);
    else if (output == &output_plain)
        (void)!status_is_ok(output->write(&view, arena, stdout));
    else
        show_line(&view, arena);
    if (fflush(stdout) == 0) return;
    say_error("cannot write: %s", strerror(errno));
    watching->code = EXIT_CODE_FAILURE;
}

/* --- running a command for a change --- */

static int run_command(const char *command, Provost__V1__Change *change, struct arena *arena)
{
    char seq[SEQ_TEXT_BYTES];
    FILE *pipe;
    int status;
    void (*before)(int);

    snprintf(seq, sizeof seq, "%lld", (long long)change->seq);
    setenv("PROVOST_SEQ", seq, 1);
    pipe = popen(command, "w");
    if (pipe == NULL) return -1;
    before = signal(SIGPIPE, SIG_IGN); /* it need not read what it is given */
    show_json(change, arena, pipe);
    fflush(pipe);
    __fpurge(pipe); /* else what it did not read would count as its failure */
    status = pclose(pipe);
    signal(SIGPIPE, before);
    return status;
}

static void execute(struct watching *watching, Provost__V1__Change *change, struct arena *arena)
{
    int status = run_command(watching->flags->exec, change, arena);

    if (status == 0 || is_interrupted) return;
    if (status != -1 && WIFEXITED(status))
        say_error("the command ended with %d on change %lld; go on with --from %lld",
                  WEXITSTATUS(status), (long long)change->seq, (long long)change->seq);
    else
        say_error("the command failed on change %lld; go on with --from %lld",
                  (long long)change->seq, (long long)change->seq);
    watching->code = EXIT_CODE_FAILURE;
}

/* --- the stream --- */

static void take_change(struct watching *watching, Provost__V1__Change *change,
                        struct arena *arena)
{
    is_showing = 1;
    if (watching->flags->exec != NULL)
        execute(watching, change, arena);
    else
        show(watching, change, arena);
    is_showing = 0;
    if (is_interrupted) watching->is_done = true;
}

/* False ends the call. */
static bool on_message(void *context, const void *bytes, size_t size)
{
    struct watching *watching = context;
    Provost__V1__WatchChangesResponse *response;
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    response =
        provost__v1__watch_changes_response__unpack(arena_allocator(&arena), size, bytes);
    if (response != NULL) {
        watching->connected = true;
        watching->pause_ms = FIRST_PAUSE_MS;
        if (response->change != NULL) take_change(watching, response->change, &arena);
        if (watching->code == EXIT_CODE_OK) watching->next_seq = response->seq + 1;
        if (response->seq >= watching->last_seq) watching->is_done = true;
    }
    arena_release(&arena);
    return response != NULL && !watching->is_done && watching->code == EXIT_CODE_OK;
}

static void stream_once(struct watching *watching, struct arena *arena,
                        struct channel_reply *out_reply)
{
    Provost__V1__WatchChangesRequest request = PROVOST__V1__WATCH_CHANGES_REQUEST__INIT;
    struct session_stream stream = {
        .call = {.service = &provost__v1__change_log_service__descriptor,
                 .method = "WatchChanges",
                 .request = &request.base},
        .on_message = on_message,
        .context = watching,
    };

    request.from_seq = watching->next_seq;
    request.resource = arena_text(watching->session->arena, watching->flags->resource);
    request.principal = arena_text(watching->session->arena, watching->flags->by);
    request.service = arena_text(watching->session->arena, watching->flags->service);
    request.progress_seconds = (int32_t)watching->flags->progress_s;
    session_stream(watching->session, &stream, arena, out_reply);
}

/* The connection was lost, or the daemon is on its way down or up. */
static bool is_worth_repeating(const struct watching *watching,
                               const struct channel_reply *reply)
{
    bool is_lost = reply->code == GRPC_UNAVAILABLE || reply->code == GRPC_CANCELLED ||
                   (reply->is_local && reply->code == GRPC_INTERNAL);

    return is_lost && (watching->connected || watching->pause_ms > FIRST_PAUSE_MS);
}

static void pause_and_say(struct watching *watching, const struct channel_reply *reply)
{
    long ms = watching->pause_ms;

    if (watching->connected)
        say("provost: %s; resuming from change %lld", reply->message,
            (long long)watching->next_seq);
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    watching->connected = false;
    watching->pause_ms = ms * 2 < PAUSE_MAX_MS ? ms * 2 : PAUSE_MAX_MS;
}

static enum exit_code keep_watching(struct watching *watching)
{
    for (;;) {
        struct arena arena;
        struct channel_reply reply;
        enum exit_code code;

        arena_init(&arena, SIZE_MAX);
        stream_once(watching, &arena, &reply);
        if (watching->is_done || watching->code != EXIT_CODE_OK) {
            code = watching->code;
        } else if (is_worth_repeating(watching, &reply)) {
            pause_and_say(watching, &reply);
            arena_release(&arena);
            continue;
        } else {
            struct failure_context failure = {.doing = "watch the log"};

            say_error("%s", failure_text(&reply, &failure, watching->session->options->debug,
                                         &arena));
            code = failure_exit_code(reply.code);
        }
        arena_release(&arena);
        return code;
    }
}

static enum exit_code find_end(struct watching *watching)
{
    Provost__V1__GetStatusRequest request = PROVOST__V1__GET_STATUS_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__admin_service__descriptor,
        .method = "GetStatus",
        .request = &request.base,
        .failure.doing = "find the end of the log",
    };
    ProtobufCMessage *response;
    enum exit_code code = session_run(watching->session, &call, &response);

    if (code == EXIT_CODE_OK)
        watching->last_seq = ((Provost__V1__GetStatusResponse *)response)->seq;
    return code;
}

static enum exit_code run_watch(struct session *session, const struct command_input *input)
{
    const struct watch_flags *flags = input->flags;
    struct watching watching = {.session = session,
                                .flags = flags,
                                .next_seq = flags->from_seq,
                                .last_seq = INT64_MAX,
                                .pause_ms = FIRST_PAUSE_MS};
    enum exit_code code = EXIT_CODE_OK;

    if (flags->progress_s > INT32_MAX) {
        say_error("--progress: at most 3600 seconds");
        return EXIT_CODE_USAGE;
    }
    catch_interrupts();
    if (flags->until_current) code = find_end(&watching);
    return code == EXIT_CODE_OK ? keep_watching(&watching) : code;
}

const struct command command_watch = {
    .name = "watch",
    .usage = "[--from SEQ] [--resource NAME] [--by WHO] [--exec CMD]",
    .summary = "Show changes as they are made",
    .examples = "provost watch\n"
                "provost watch --from 1 --resource observations/foi-cex\n"
                "provost -o json watch --from 1 --until-current > changes.jsonl\n"
                "provost watch --exec 'mail -s \"change $PROVOST_SEQ\" audit@example.org'\n",
    .details =
        "Every change is shown once, in order; after a lost connection it goes on where it\n"
        "stopped. json is an object a line. A command that fails ends the watch and says from\n"
        "where to go on. After \"watch\", --service filters; in front of it, it declares.\n",
    .flags = watch_flag_table,
    .flags_size = sizeof(struct watch_flags),
    .max_words = 0,
    .run = run_watch,
};
