#include "client/import_table.h"

#include "client/apply_stream.h"
#include "client/collection.h"
#include "client/paging.h"
#include "client/perform.h"
#include "client/read_file.h"
#include "client/say.h"
#include "client/sheet_decode.h"
#include "client/sheet_find.h"
#include "client/sheet_join.h"
#include "client/sheet_spaces.h"
#include "common/fields.h"

#include <provost/v1/performance.pb-c.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { MAP_MAX_BYTES = 1 << 20 };

/* --- Reading. --- */

static bool is_csv_name(const char *path)
{
    size_t length = strlen(path);

    return length > 4 && strcasecmp(path + length - 4, ".csv") == 0;
}

struct status import_table_read(struct table_import *import, const char *bytes, size_t size,
                                struct arena *arena)
{
    struct sheet_text text;
    struct status st = sheet_decode(bytes, size, arena, &text);

    if (!status_is_ok(st)) return st;
    import->encoding = text.encoding;
    if (!is_csv_name(import->path))
        text.bytes = sheet_spaces_to_tabs(text.bytes, text.size, arena, &text.size);
    st = sheet_read(text.bytes, text.size, is_csv_name(import->path), arena, &import->sheet);
    if (!status_is_ok(st)) return st;
    if (import->headers == NULL) import->headers = sheet_headers_new(arena);
    sheet_find(&import->sheet, import->headers, arena, &import->tables);
    sheet_join(&import->tables, arena);
    return status_ok();
}

static enum exit_code read_map(struct table_import *import)
{
    const char *path = import->flags->map;
    struct arena *arena = import->session->arena;
    struct status st;
    char *bytes;
    size_t size;
    int error;

    import->headers = sheet_headers_new(arena);
    if (path == NULL) return EXIT_CODE_OK;
    error = read_file(path, MAP_MAX_BYTES, arena, &bytes, &size);
    if (error != 0) {
        say_error("cannot read the mapping file %s: %s", path, strerror(-error));
        return EXIT_CODE_FAILURE;
    }
    st = sheet_headers_add_map(import->headers, bytes, size);
    if (status_is_ok(st)) return EXIT_CODE_OK;
    say_error("cannot use the mapping file %s: %s", path, st.message);
    return EXIT_CODE_FAILURE;
}

static enum exit_code read_document(struct table_import *import)
{
    struct arena *arena = import->session->arena;
    struct status st;
    char *bytes;
    size_t size;
    int error = read_file(import->path, SHEET_FILE_MAX_BYTES, arena, &bytes, &size);

    if (error == -EFBIG) {
        say_error("cannot import %s: it is larger than %d MiB; import its tables in parts. "
                  "Nothing was written",
                  import->path, SHEET_FILE_MAX_BYTES >> 20);
        return EXIT_CODE_FAILURE;
    }
    if (error != 0) {
        say_error("cannot import %s: %s", import->path, strerror(-error));
        return EXIT_CODE_FAILURE;
    }
    st = import_table_read(import, bytes, size, arena);
    if (status_is_ok(st)) return EXIT_CODE_OK;
    say_error("cannot import %s: %s. Nothing was written", import->path, st.message);
    return EXIT_CODE_FAILURE;
}

/* Items that others point at must all fit into one request, so more rows are not even built. */
static enum exit_code check_size(const struct table_import *import)
{
    size_t rows = 0;

    for (size_t t = 0; t < import->tables.n; t++) {
        const struct sheet_table *table = import->tables.items[t];

        for (size_t i = 0; i < table->n_rows; i++)
            rows += !table->rows[i].is_gone;
    }
    if (rows < APPLY_PART_MUTATIONS_MAX) return EXIT_CODE_OK;
    say_error("cannot import %s: its tables have %zu rows, and one import takes fewer than %d; "
              "import them in parts. Nothing was written",
              import->path, rows, APPLY_PART_MUTATIONS_MAX);
    return EXIT_CODE_FAILURE;
}

/* Tables that are not known stop all of it, unless --partial. */
static enum exit_code check_tables(const struct table_import *import)
{
    if (import->tables.n == 0 && import->tables.n_strangers == 0) {
        say_error("cannot import %s: there is no table in it; cells are separated by tabs, "
                  "pipes, columns of spaces, or in a .csv file by commas. Nothing was written",
                  import->path);
        return EXIT_CODE_FAILURE;
    }
    if (import->tables.n_strangers == 0) return EXIT_CODE_OK;
    if (import->tables.n > 0 && import->flags->partial) return EXIT_CODE_OK;
    import_report_strangers(import);
    return EXIT_CODE_FAILURE;
}

/* --- What the register holds. --- */

static enum exit_code list_collection(struct table_import *import, const char *collection)
{
    Provost__V1__ListResourcesRequest request = PROVOST__V1__LIST_RESOURCES_REQUEST__INIT;
    struct session *session = import->session;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "ListResources",
        .request = &request.base,
        .failure.doing =
            arena_printf(session->arena, "look at the %s that are there", collection),
    };
    const Provost__V1__ListResourcesResponse *list;
    ProtobufCMessage *answer;
    enum exit_code code;

    request.collection = arena_strdup(session->arena, collection);
    code = paging_run(session, &call, "resources", 0, &answer);
    if (code != EXIT_CODE_OK) return code;
    list = (const Provost__V1__ListResourcesResponse *)answer;
    for (size_t i = 0; i < list->n_resources; i++)
        sheet_known_add(&import->known, list->resources[i]);
    /* The oldest of the looks counts: what changed since is found by the daemon. */
    if (import->base_seq == 0 || list->seq < import->base_seq) import->base_seq = list->seq;
    return EXIT_CODE_OK;
}

static bool has_kind(const struct table_import *import, unsigned kinds)
{
    for (size_t i = 0; i < import->tables.n; i++)
        if ((import->tables.items[i]->header.kind & kinds) != 0) return true;
    return false;
}

static enum exit_code look_at_register(struct table_import *import)
{
    static const struct {
        const char *collection;
        unsigned kinds;
    } needed[] = {
        {"plans", SHEET_ANY},
        {"objectives", SHEET_ANY},
        {"posts", SHEET_ANY},
        {"organisations", SHEET_ANY},
        {"indicators", SHEET_INDICATORS},
        {"actions", SHEET_ACTIONS | SHEET_RESPONSIBILITY | SHEET_IMPACT},
        {"risks", SHEET_RISKS},
        {"budget-lines", SHEET_MONEY},
        {"links/contributes", SHEET_STRATEGIES},
    };

    sheet_known_init(&import->known, import->session->arena);
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        enum exit_code code = EXIT_CODE_OK;

        if (has_kind(import, needed[i].kinds))
            code = list_collection(import, needed[i].collection);
        if (code != EXIT_CODE_OK) return code;
    }
    return EXIT_CODE_OK;
}

/* The plan must be there, or be made by --new-plan. */
static enum exit_code find_plan(struct table_import *import)
{
    struct arena *arena = import->session->arena;
    const char *plan = import->flags->plan;
    struct sheet_item *item;
    bool is_new;

    if (strncmp(plan, "plans/", 6) != 0) plan = arena_printf(arena, "plans/%s", plan);
    import->build.plan = plan;
    if (sheet_known_get(&import->known, plan) != NULL) return EXIT_CODE_OK;
    if (import->flags->new_plan == NULL) {
        say_error("cannot import %s: there is no %s; make it with --new-plan \"Title of the "
                  "plan\". Nothing was written",
                  import->path, plan);
        return EXIT_CODE_NOT_FOUND;
    }
    import->build.draft.arena = arena;
    item = sheet_draft_take(&import->build.draft, "plans", plan, (struct sheet_place){0, 0},
                            &is_new);
    item->is_shared = true;
    sheet_item_text(&import->build.draft, item, "title",
                    arena_strdup(arena, import->flags->new_plan));
    return EXIT_CODE_OK;
}

/* --- The walk. --- */

static enum exit_code build(struct table_import *import)
{
    enum exit_code code = look_at_register(import);

    if (code != EXIT_CODE_OK) return code;
    import->build.arena = import->session->arena;
    import->build.known = &import->known;
    import->build.period = import->flags->period;
    import->build.tables = &import->tables;
    code = find_plan(import);
    if (code == EXIT_CODE_OK) sheet_build(&import->build);
    return code;
}

/* Whether it may be written as it is. */
static enum exit_code verdict(const struct table_import *import)
{
    size_t conflicts = import_table_count(import, SHEET_OUTCOME_CONFLICT);
    size_t rejected = import_table_count(import, SHEET_OUTCOME_REJECTED);

    if (import->flags->partial) return EXIT_CODE_OK;
    if (rejected > 0) return EXIT_CODE_FAILURE;
    return conflicts > 0 ? EXIT_CODE_CONFLICT : EXIT_CODE_OK;
}

static void say_verdict(const struct table_import *import, enum exit_code code)
{
    if (code == EXIT_CODE_CONFLICT)
        say_error("%s has other figures than the register; nothing was written. Replace them "
                  "with --revise --reason TEXT, or leave them out with --partial",
                  import->path);
    else if (code != EXIT_CODE_OK)
        say_error("the register does not take all of %s; nothing was written. Write what it "
                  "takes with --partial",
                  import->path);
}

static enum exit_code show(struct table_import *import)
{
    return import->session->output == &output_json ? import_json_show(import)
                                                   : import_report_show(import);
}

static enum exit_code take_in(struct table_import *import)
{
    enum exit_code code = build(import);
    enum exit_code judged;
    enum exit_code shown;

    if (code == EXIT_CODE_OK) code = import_table_check(import);
    if (code != EXIT_CODE_OK) return code;
    judged = verdict(import);
    if (judged == EXIT_CODE_OK && !import->flags->dry_run) code = import_table_write(import);
    if (code != EXIT_CODE_OK) return code;
    shown = show(import);
    say_verdict(import, judged);
    return judged != EXIT_CODE_OK ? judged : shown;
}

static enum exit_code check_flags(const struct import_flags *flags)
{
    if (flags->plan == NULL) {
        say_error("a table needs --plan PLAN: which plan it belongs to; see \"provost help "
                  "import\"");
        return EXIT_CODE_USAGE;
    }
    if (flags->revise && flags->reason == NULL) {
        say_error("--revise replaces figures and needs --reason TEXT, why");
        return EXIT_CODE_USAGE;
    }
    return EXIT_CODE_OK;
}

/* What --period says is the daemon's to understand, and is asked before anything is written: a
 * report on what nothing is tagged with costs nothing and reads the period. */
static enum exit_code check_period(const struct table_import *import)
{
    Provost__V1__GetProgressRequest request = PROVOST__V1__GET_PROGRESS_REQUEST__INIT;
    struct arena *arena = import->session->arena;
    ProtobufCMessage *message;

    if (import->flags->period == NULL) return EXIT_CODE_OK;
    request.scope = arena_strdup(arena, "tag=-");
    request.measure = PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ON_TARGET;
    request.period = arena_strdup(arena, import->flags->period);
    return perform_call(import->session, "GetProgress", &request.base,
                        arena_printf(arena, "import %s", import->path), &message);
}

enum exit_code import_table_run(struct session *session, const struct import_flags *flags,
                                const char *path)
{
    struct table_import import = {.session = session, .flags = flags, .path = path};
    enum exit_code code = check_flags(flags);

    if (code == EXIT_CODE_OK) code = read_map(&import);
    if (code == EXIT_CODE_OK) code = read_document(&import);
    if (code == EXIT_CODE_OK) code = check_tables(&import);
    if (code == EXIT_CODE_OK) code = check_size(&import);
    if (code == EXIT_CODE_OK) code = check_period(&import);
    return code == EXIT_CODE_OK ? take_in(&import) : code;
}
