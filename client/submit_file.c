#include "client/submit_file.h"

#include "client/read_file.h"
#include "client/say.h"
#include "common/csv.h"
#include "common/fields.h"

#include <provost/v1/register.pb-c.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX_BYTES = 64 << 20, TRIES = 4, PAUSE_MS = 500, COLUMNS = 9, REQUIRED = 3 };

typedef Provost__V1__ImportObservationsResponse import_response;

/* The first three must be there. */
static const char *const column_names[COLUMNS] = {
    "indicator", "period",    "value", "numerator", "denominator",
    "note",      "breakdown", "flags", "key",
};

/* A file on its way. */
struct sending {
    struct session *session;
    const struct submit_file *what;
    struct csv_table table;
    size_t columns[COLUMNS]; /* 1 + where it stands in the file; 0: it does not */
    size_t next_row;         /* of the table; 0 is the header */
    struct arena row;        /* of the message being sent */
    import_response *answer;
    const char *wrong; /* why a row cannot be sent, with its line */
};

/* --- the file --- */

static enum exit_code refuse(const struct sending *sending, const char *message)
{
    say_error("%s: %s", sending->what->path, message);
    return EXIT_CODE_USAGE;
}

static enum exit_code read_header(struct sending *sending)
{
    struct arena *arena = sending->session->arena;
    const struct csv_row *header = &sending->table.rows[0];

    for (size_t i = 0; i < header->n_cells; i++) {
        size_t column = 0;

        while (column < COLUMNS && strcmp(header->cells[i], column_names[column]) != 0)
            column++;
        if (column == COLUMNS)
            return refuse(
                sending,
                arena_printf(arena,
                             "column \"%.80s\" is not one of indicator, period, value, "
                             "numerator, denominator, note, breakdown, flags, key",
                             header->cells[i]));
        sending->columns[column] = i + 1;
    }
    for (size_t column = 0; column < REQUIRED; column++)
        if (sending->columns[column] == 0)
            return refuse(sending,
                          arena_printf(arena, "it has no column \"%s\"", column_names[column]));
    return EXIT_CODE_OK;
}

static enum exit_code read_table(struct sending *sending)
{
    struct arena *arena = sending->session->arena;
    char *bytes;
    size_t size;
    int error = read_file(sending->what->path, FILE_MAX_BYTES, arena, &bytes, &size);
    struct status st;

    if (error != 0) {
        say_error("cannot read %s: %s", sending->what->path, strerror(-error));
        return EXIT_CODE_FAILURE;
    }
    st = csv_read(bytes, size, ',', arena, &sending->table);
    if (!status_is_ok(st)) return refuse(sending, st.message);
    if (sending->table.n_rows < 2) return refuse(sending, "it has no rows behind the header");
    return read_header(sending);
}

/* --- rows as messages --- */

static char *cell(const struct sending *sending, const struct csv_row *row, size_t column)
{
    size_t place = sending->columns[column];

    return (char *)(uintptr_t)(place == 0 || place > row->n_cells ? "" : row->cells[place - 1]);
}

/* Words apart by spaces, commas or semicolons. False at one that is no flag. */
static bool read_flags(struct sending *sending, const char *text,
                       Provost__V1__Submission *submission)
{
    submission->flags =
        arena_alloc(&sending->row, (strlen(text) + 1) * sizeof *submission->flags);
    for (;;) {
        int flag;

        text += strspn(text, " ,;");
        if (text[0] == '\0') return true;
        size_t length = strcspn(text, " ,;");
        const char *word = arena_strndup(&sending->row, text, length);

        if (!enum_from_name(&provost__v1__value_flag__descriptor, word, &flag)) return false;
        submission->flags[submission->n_flags++] = (Provost__V1__ValueFlag)flag;
        text += length;
    }
}

static bool make_row(struct sending *sending, const struct csv_row *from,
                     Provost__V1__ImportRow *row)
{
    Provost__V1__Submission *submission = row->submission;

    submission->indicator = cell(sending, from, 0);
    submission->period = cell(sending, from, 1);
    submission->value = cell(sending, from, 2);
    submission->numerator = cell(sending, from, 3);
    submission->denominator = cell(sending, from, 4);
    submission->note = cell(sending, from, 5);
    submission->breakdown = cell(sending, from, 6);
    row->key = cell(sending, from, 8);
    if (row->key[0] == '\0') row->key = arena_printf(&sending->row, "line %zu", from->line);
    if (read_flags(sending, cell(sending, from, 7), submission)) return true;
    sending->wrong = arena_printf(sending->session->arena,
                                  "%s:%zu: flags \"%s\" must be of provisional, estimated, "
                                  "forecast, break",
                                  sending->what->path, from->line, cell(sending, from, 7));
    return false;
}

static bool next_message(void *context, const void **out_bytes, size_t *out_size)
{
    struct sending *sending = context;
    Provost__V1__Submission submission = PROVOST__V1__SUBMISSION__INIT;
    Provost__V1__ImportRow row = PROVOST__V1__IMPORT_ROW__INIT;
    Provost__V1__ImportObservationsRequest request =
        PROVOST__V1__IMPORT_OBSERVATIONS_REQUEST__INIT;
    uint8_t *bytes;

    arena_release(&sending->row);
    arena_init(&sending->row, SIZE_MAX);
    if (sending->next_row == sending->table.n_rows) return false;
    row.submission = &submission;
    if (!make_row(sending, &sending->table.rows[sending->next_row], &row)) return false;
    sending->next_row++;
    request.part_case = PROVOST__V1__IMPORT_OBSERVATIONS_REQUEST__PART_ROW;
    request.row = &row;
    *out_size = protobuf_c_message_get_packed_size(&request.base);
    bytes = arena_alloc(&sending->row, *out_size + 1);
    protobuf_c_message_pack(&request.base, bytes);
    *out_bytes = bytes;
    return true;
}

/* All flags are looked at before anything is sent. */
static bool check_rows(struct sending *sending)
{
    for (size_t i = 1; i < sending->table.n_rows; i++) {
        Provost__V1__Submission submission = PROVOST__V1__SUBMISSION__INIT;
        Provost__V1__ImportRow row = PROVOST__V1__IMPORT_ROW__INIT;

        row.submission = &submission;
        arena_release(&sending->row);
        arena_init(&sending->row, SIZE_MAX);
        if (!make_row(sending, &sending->table.rows[i], &row)) return false;
    }
    return true;
}

/* --- the call --- */

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct sending *sending = context;

    sending->answer = provost__v1__import_observations_response__unpack(
        arena_allocator(sending->session->arena), size, bytes);
    return sending->answer != NULL;
}

static const char *import_id_of(const struct sending *sending)
{
    return sending->what->import_id != NULL ? sending->what->import_id
                                            : sending->session->request_id;
}

static void send_once(struct sending *sending, struct channel_reply *out_reply)
{
    struct session *session = sending->session;
    Provost__V1__ImportHeader header = PROVOST__V1__IMPORT_HEADER__INIT;
    Provost__V1__ImportObservationsRequest request =
        PROVOST__V1__IMPORT_OBSERVATIONS_REQUEST__INIT;
    struct session_stream stream = {
        .call = {.service = &provost__v1__register_service__descriptor,
                 .method = "ImportObservations",
                 .request = &request.base},
        .next_message = next_message,
        .on_message = on_message,
        .context = sending,
        .timeout_ms = (uint64_t)session->options->timeout_s * 1000,
    };

    header.import_id = arena_strdup(session->arena, import_id_of(sending));
    header.atomicity = sending->what->whole
                           ? PROVOST__V1__IMPORT_ATOMICITY__IMPORT_ATOMICITY_WHOLE
                           : PROVOST__V1__IMPORT_ATOMICITY__IMPORT_ATOMICITY_CHUNK;
    header.revise = sending->what->revise;
    header.validate_only = sending->what->dry_run;
    header.reason = arena_strdup(session->arena,
                                 sending->what->reason != NULL ? sending->what->reason : "");
    request.part_case = PROVOST__V1__IMPORT_OBSERVATIONS_REQUEST__PART_HEADER;
    request.header = &header;
    sending->next_row = 1;
    session_stream(session, &stream, session->arena, out_reply);
}

static void send_with_retries(struct sending *sending, struct channel_reply *out_reply)
{
    for (int attempt = 1;; attempt++) {
        long ms = (long)PAUSE_MS * attempt;

        send_once(sending, out_reply);
        if (out_reply->code != GRPC_UNAVAILABLE || attempt == TRIES) break;
        say("provost: %s; sending the file again, nothing is doubled", out_reply->message);
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
                  NULL);
    }
    if (out_reply->code == GRPC_OK && sending->answer == NULL)
        *out_reply = (struct channel_reply){
            .code = GRPC_INTERNAL, .message = "the server sent no answer", .is_local = true};
}

/* --- what became of it --- */

static const struct grid_column result_columns[] = {
    {"line", NULL, GRID_RIGHT},   {"key", NULL, 0},   {"outcome", NULL, 0},
    {"code", NULL, GRID_RIGHT},   {"field", NULL, 0}, {"reason", NULL, 0},
    {"message", NULL, GRID_WRAP},
};

static const char *number(int64_t value, struct arena *arena)
{
    return arena_printf(arena, "%lld", (long long)value);
}

static void add_result(const struct sending *sending,
                       const Provost__V1__ImportRowResult *result, struct grid *grid)
{
    struct grid_cell *row = grid_add_row(grid);
    const char *outcome =
        enum_short_name(&provost__v1__outcome__descriptor, (int)result->outcome);
    size_t place = (size_t)result->row;

    if (place < sending->table.n_rows)
        row[0].text = number((int64_t)sending->table.rows[place].line, grid->arena);
    row[1].text = result->key;
    row[2].text = result->code != 0 || outcome == NULL ? "refused" : outcome;
    row[3].text = number(result->code, grid->arena);
    row[4].text = result->field;
    row[5].text = result->reason;
    row[6].text = result->message;
}

static void fill_rows(const struct view *view, struct grid *grid)
{
    const struct sending *sending = view->context;

    grid_set_columns(grid, result_columns, sizeof result_columns / sizeof result_columns[0]);
    for (size_t i = 0; i < sending->answer->n_results; i++)
        add_result(sending, sending->answer->results[i], grid);
}

/* Rows that were refused only because of others are counted, not shown. */
static void fill_table(const struct view *view, struct grid *grid)
{
    static const struct grid_column columns[] = {
        {"line", NULL, GRID_RIGHT}, {"field", NULL, 0}, {"message", NULL, GRID_WRAP}};
    const struct sending *sending = view->context;
    const import_response *answer = sending->answer;

    grid_set_columns(grid, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < answer->n_results; i++) {
        const Provost__V1__ImportRowResult *result = answer->results[i];
        struct grid_cell *row;

        if (strcmp(result->reason, "CHUNK_REFUSED") == 0) continue;
        row = grid_add_row(grid);
        if ((size_t)result->row < sending->table.n_rows)
            row[0].text = number((int64_t)sending->table.rows[result->row].line, grid->arena);
        row[1].text = result->field;
        row[2].text = result->code != 0
                          ? result->message
                          : arena_printf(grid->arena, "warning: %s", result->message);
    }
    grid_note(
        grid,
        "%lld rows: %lld new, %lld changed, %lld as they were, %lld refused; the register "
        "stands at seq %lld%s",
        (long long)answer->rows, (long long)answer->created, (long long)answer->updated,
        (long long)answer->unchanged, (long long)answer->refused, (long long)answer->seq,
        sending->what->dry_run ? "; nothing was written" : "");
}

static enum exit_code show_answer(struct sending *sending)
{
    enum exit_code code =
        session_show(sending->session, &(struct view){.message = &sending->answer->base,
                                                      .fill_rows = fill_rows,
                                                      .fill_table = fill_table,
                                                      .context = sending});

    if (code != EXIT_CODE_OK || sending->answer->refused == 0) return code;
    if (!sending->what->dry_run)
        say("provost: correct the rows above and send the whole file again; rows that are in "
            "are "
            "not doubled");
    return EXIT_CODE_FAILURE;
}

static enum exit_code say_failure(struct sending *sending, const struct channel_reply *reply)
{
    struct session *session = sending->session;
    struct failure_context failure = {
        .doing = arena_printf(session->arena, "submit %s", sending->what->path)};

    say_error("%s", failure_text(reply, &failure, session->options->debug, session->arena));
    say("  A part of the file may be in; repeat with --import-id %s, which never doubles a row",
        import_id_of(sending));
    return failure_exit_code(reply->code);
}

enum exit_code submit_file_run(struct session *session, const struct submit_file *what)
{
    struct sending sending = {.session = session, .what = what};
    struct channel_reply reply;
    enum exit_code code = read_table(&sending);

    arena_init(&sending.row, SIZE_MAX);
    if (code == EXIT_CODE_OK && !check_rows(&sending)) {
        say_error("%s", sending.wrong);
        code = EXIT_CODE_USAGE;
    }
    if (code == EXIT_CODE_OK) {
        send_with_retries(&sending, &reply);
        code = reply.code == GRPC_OK ? show_answer(&sending) : say_failure(&sending, &reply);
    }
    arena_release(&sending.row);
    return code;
}
