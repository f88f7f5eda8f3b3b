#include "client/apply_stream.h"
#include "client/bundle.h"
#include "client/command.h"
#include "client/import_table.h"
#include "client/results_view.h"
#include "client/say.h"
#include "common/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WARNINGS_SHOWN = 20, TIMEOUT_S = 300 };

static const struct flag import_flag_table[] = {
    {"reason", 'r', "TEXT", "why, for the log", flag_set_text,
     offsetof(struct import_flags, reason)},
    {"dry-run", 0, NULL, "check everything, show what would be, write nothing", flag_set_bool,
     offsetof(struct import_flags, dry_run)},
    {"plan", 0, "PLAN", "tables: the plan they belong to", flag_set_text,
     offsetof(struct import_flags, plan)},
    {"new-plan", 0, "TITLE", "tables: make the plan when it is not there", flag_set_text,
     offsetof(struct import_flags, new_plan)},
    {"period", 0, "PERIOD", "tables: of figures whose heading names none (2023-24)",
     flag_set_text, offsetof(struct import_flags, period)},
    {"map", 0, "FILE", "tables: what headings mean that are not known; see docs/import.md",
     flag_set_text, offsetof(struct import_flags, map)},
    {"partial", 0, NULL, "tables: write what is taken and list the rest", flag_set_bool,
     offsetof(struct import_flags, partial)},
    {"revise", 0, NULL, "tables: replace figures that are there; needs --reason", flag_set_bool,
     offsetof(struct import_flags, revise)},
    {"verbose", 'v', NULL, "tables: list everything, also what was no table", flag_set_bool,
     offsetof(struct import_flags, verbose)},
    {0},
};

/* An import under way. */
struct import {
    const struct import_flags *flags;
    const char *directory;
    struct bundle bundle;
    Provost__V1__ApplyResponse answer;
};

static const Provost__V1__Mutation *row_mutation(void *context, size_t i, struct arena *arena)
{
    const struct import *import = context;

    return bundle_mutation(&import->bundle, i, arena);
}

static void row_result(void *context, size_t i, Provost__V1__MutationResult *result)
{
    struct import *import = context;

    import->answer.results[i] = result;
}

static const char *locate_row(const void *context, size_t i, const char *path,
                              struct arena *arena)
{
    const struct import *import = context;

    return bundle_locate(&import->bundle, i, path, arena);
}

/* "mutations[17].patch..." of a request that holds all rows. */
static const char *locate(const void *context, const char *field_path, struct arena *arena)
{
    static const char prefix[] = "mutations[";
    const struct import *import = context;
    unsigned long index;
    char *end;

    if (strncmp(field_path, prefix, sizeof prefix - 1) != 0) return NULL;
    index = strtoul(field_path + sizeof prefix - 1, &end, 10);
    if (*end != ']' || index >= import->bundle.n_rows) return NULL;
    return bundle_locate(&import->bundle, index, end + 1, arena);
}

static enum exit_code send_request(struct session *session, struct import *import)
{
    Provost__V1__ApplyRequest request = PROVOST__V1__APPLY_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "Apply",
        .request = &request.base,
        .failure = {.doing = arena_printf(session->arena, "import %s", import->directory),
                    .locate = locate,
                    .context = import},
    };
    size_t n = import->bundle.n_rows;
    ProtobufCMessage *response;
    enum exit_code code;

    request.mutations = arena_alloc(session->arena, n * sizeof(Provost__V1__Mutation *));
    for (; request.n_mutations < n; request.n_mutations++)
        request.mutations[request.n_mutations] =
            (Provost__V1__Mutation *)(uintptr_t)bundle_mutation(
                &import->bundle, request.n_mutations, session->arena);
    request.request_id = arena_strdup(session->arena, session->request_id);
    request.validate_only = import->flags->dry_run;
    if (import->flags->reason != NULL)
        request.reason = arena_strdup(session->arena, import->flags->reason);
    code = session_run(session, &call, &response);
    if (code == EXIT_CODE_OK) import->answer = *(Provost__V1__ApplyResponse *)response;
    if (code != EXIT_CODE_OK && code != EXIT_CODE_UNAVAILABLE) say("  Nothing was written.");
    return code;
}

static enum exit_code refuse_too_many(const struct import *import)
{
    say_error("cannot import %s: it has %zu rows, and one import takes at most %d; export and "
              "import plan by plan. Nothing was written",
              import->directory, import->bundle.n_rows, APPLY_STREAM_MUTATIONS_MAX);
    return EXIT_CODE_FAILURE;
}

/* What fits into one request goes in one; more in a stream of parts. Both all or nothing. */
static enum exit_code send_all(struct session *session, struct import *import)
{
    const struct apply_stream stream = {
        .count = import->bundle.n_rows,
        .id = arena_printf(session->arena, "%.40s", session->request_id),
        .reason = import->flags->reason,
        .validate_only = import->flags->dry_run,
        .phase = import->flags->dry_run ? "checking" : "writing",
        .mutation = row_mutation,
        .on_result = row_result,
        .locate = locate_row,
        .context = import,
        .doing = arena_printf(session->arena, "import %s", import->directory),
    };

    if (stream.count == 0) return EXIT_CODE_OK;
    if (stream.count > APPLY_STREAM_MUTATIONS_MAX) return refuse_too_many(import);
    if (apply_stream_part_size(&stream, 0, session->arena) == stream.count)
        return send_request(session, import);
    import->answer.n_results = stream.count;
    return apply_stream_run(session, &stream, &import->answer);
}

static const struct grid_column count_columns[] = {
    {"collection", NULL, 0},
    {"created", NULL, GRID_RIGHT},
    {"updated", NULL, GRID_RIGHT},
    {"unchanged", NULL, GRID_RIGHT},
};

/* Outcomes of the rows of one file. */
static size_t count_outcomes(const struct import *import, const struct bundle_file *file,
                             Provost__V1__Outcome outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < import->bundle.n_rows && i < import->answer.n_results; i++)
        n += import->bundle.rows[i].file == file &&
             import->answer.results[i]->outcome == outcome;
    return n;
}

static void add_counts(const struct import *import, const struct bundle_file *file,
                       struct grid *grid)
{
    static const Provost__V1__Outcome outcomes[] = {
        PROVOST__V1__OUTCOME__OUTCOME_CREATED,
        PROVOST__V1__OUTCOME__OUTCOME_UPDATED,
        PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED,
    };
    struct grid_cell *row = grid_add_row(grid);

    row[0].text = file->collection;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        row[i + 1].text =
            arena_printf(grid->arena, "%zu", count_outcomes(import, file, outcomes[i]));
}

static void fill_counts(const struct view *view, struct grid *grid)
{
    const struct import *import = view->context;
    const struct bundle_file *last = NULL;

    grid_set_columns(grid, count_columns, sizeof count_columns / sizeof count_columns[0]);
    for (size_t i = 0; i < import->bundle.n_rows; i++) {
        if (import->bundle.rows[i].file == last) continue;
        last = import->bundle.rows[i].file;
        add_counts(import, last, grid);
    }
}

static void fill_report(const struct view *view, struct grid *grid)
{
    const struct import *import = view->context;
    struct results results = results_of_apply(&import->answer);

    fill_counts(view, grid);
    grid_note(grid, "%zu rows; %s", import->bundle.n_rows,
              results_summary(&results, grid->arena));
}

static void say_warnings(const struct import *import, struct arena *arena)
{
    size_t n = 0;

    for (size_t i = 0; i < import->bundle.n_rows && i < import->answer.n_results; i++) {
        const Provost__V1__MutationResult *result = import->answer.results[i];

        for (size_t at = 0; at < result->n_warnings; at++) {
            const Provost__V1__Warning *warning = result->warnings[at];

            if (n++ < WARNINGS_SHOWN)
                say("warning: %s: %s", bundle_locate(&import->bundle, i, warning->field, arena),
                    warning->message[0] != '\0' ? warning->message : warning->reason);
        }
    }
    if (n > WARNINGS_SHOWN) say("warning: and %zu more", n - WARNINGS_SHOWN);
}

static enum exit_code say_problems(const struct bundle *bundle, const char *directory)
{
    size_t shown =
        bundle->n_problems < BUNDLE_PROBLEMS_MAX ? bundle->n_problems : BUNDLE_PROBLEMS_MAX;

    say_error("cannot import %s: %zu problem%s; nothing was sent", directory,
              bundle->n_problems, bundle->n_problems == 1 ? "" : "s");
    for (size_t i = 0; i < shown; i++)
        say("  %s", bundle->problems[i]);
    if (shown < bundle->n_problems) say("  and %zu more", bundle->n_problems - shown);
    return EXIT_CODE_FAILURE;
}

static enum exit_code import_bundle(struct session *session, const struct command_input *input)
{
    struct import import = {.flags = input->flags,
                            .directory = input->words[0],
                            .answer = PROVOST__V1__APPLY_RESPONSE__INIT};
    enum exit_code code;

    bundle_read(import.directory, session->arena, &import.bundle);
    if (import.bundle.n_problems > 0) return say_problems(&import.bundle, import.directory);
    if (!import.bundle.has_package)
        say("warning: %s has no datapackage.json, which tells others what the files are",
            import.directory);
    import.answer.results = arena_zalloc(
        session->arena, (import.bundle.n_rows + 1) * sizeof(Provost__V1__MutationResult *));
    if (session->options->timeout_s == 0) session->timeout_s = TIMEOUT_S;
    code = send_all(session, &import);
    if (code != EXIT_CODE_OK) return code;
    say_warnings(&import, session->arena);
    return session_show(session, &(struct view){.message = &import.answer.base,
                                                .fill_rows = fill_counts,
                                                .fill_table = fill_report,
                                                .context = &import});
}

/* Options that a bundle has no use for: it says itself what belongs where. */
static enum exit_code check_bundle_flags(const struct import_flags *flags,
                                         const char *directory)
{
    const struct {
        const char *name;
        bool is_given;
    } options[] = {
        {"plan", flags->plan != NULL},     {"new-plan", flags->new_plan != NULL},
        {"period", flags->period != NULL}, {"map", flags->map != NULL},
        {"partial", flags->partial},       {"revise", flags->revise},
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (!options[i].is_given) continue;
        say_error("--%s is for tables of a document; the folder %s is a bundle, which has no "
                  "use for it: leave it out",
                  options[i].name, directory);
        return EXIT_CODE_USAGE;
    }
    return EXIT_CODE_OK;
}

/* A folder is a bundle, anything else a document with tables. */
static enum exit_code run_import(struct session *session, const struct command_input *input)
{
    const struct import_flags *flags = input->flags;
    struct stat info;

    if (stat(input->words[0], &info) != 0) {
        say_error("cannot import %s: %s", input->words[0], strerror(errno));
        return EXIT_CODE_FAILURE;
    }
    if (!S_ISDIR(info.st_mode)) return import_table_run(session, flags, input->words[0]);
    enum exit_code code = check_bundle_flags(flags, input->words[0]);
    return code == EXIT_CODE_OK ? import_bundle(session, input) : code;
}

const struct command command_import = {
    .name = "import",
    .usage = "DIR|FILE [--plan PLAN] [--map MAP] [--dry-run] [--partial]",
    .summary = "Load a bundle (a folder of CSV files), or tables of a document",
    .examples = "provost import examples/dundee --reason \"plan 2021-24 as approved\"\n"
                "provost import figures/ --dry-run\n"
                "provost import service-plan.txt --plan cex-2021-24 --dry-run\n"
                "provost import actions.tsv --plan cex-2021-24 --map headings.tsv\n",
    .details =
        "DIR holds indicators.csv, observations.csv, ... and datapackage.json. The column id\n"
        "is the name's part behind the collection; the other columns are fields. An empty\n"
        "cell clears its field. Importing the same again changes nothing.\n"
        "FILE is a document as pasted, or one table of it: cells separated by tabs, pipes or\n"
        "(.csv) commas. Tables of indicators, measures, actions, strategies, risks and money,\n"
        "forms and matrices are recognised by their headings; docs/import.md lists them.\n"
        "Every cell is stored, understood, or listed with line and column as not understood.\n",
    .flags = import_flag_table,
    .flags_size = sizeof(struct import_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_import,
};
