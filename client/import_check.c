/* What the daemon makes of an import: checked first, all of it, then written. */
#include "client/import_table.h"

#include "client/apply_stream.h"
#include "client/collection.h"
#include "client/progress.h"
#include "client/say.h"
#include "common/fields.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 2000, BATCH_MAX = 1000 };

/* One request: the items that are mutations[i]. */
struct part {
    struct sheet_item **items;
    size_t n;
};

size_t import_table_count(const struct table_import *import, enum sheet_outcome outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < import->build.draft.n; i++)
        n += import->build.draft.items[i]->outcome == outcome;
    return n;
}

const char *import_item_name(const struct sheet_item *item)
{
    return item->result != NULL    ? item->result->name
           : item->name[0] != '\0' ? item->name
                                   : item->key;
}

/* --- Which items go into which request. --- */

/* An empty mask would mean all fields: what has nothing to say is never sent. */
static bool is_sent(const struct sheet_item *item, bool is_check)
{
    if (item->mask->n_paths == 0) return false;
    if (is_check)
        return item->outcome != SHEET_OUTCOME_REJECTED &&
               item->outcome != SHEET_OUTCOME_LEFT_OUT;
    return item->outcome == SHEET_OUTCOME_CREATED || item->outcome == SHEET_OUTCOME_CHANGED;
}

/* Others point at it, so that it must come with them: all but figures, links and the like. */
static bool is_pointed_at(const struct sheet_item *item)
{
    static const char *const leaves[] = {"target", "observation", "link",
                                         "note",   "benchmark",   "budget_line"};

    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++)
        if (strcmp(item->member->name, leaves[i]) == 0) return false;
    return true;
}

static size_t item_bytes(const struct sheet_item *item)
{
    return protobuf_c_message_get_packed_size(&item->resource->base) +
           APPLY_ANSWER_EXTRA_BYTES + 64 * (item->mask->n_paths + 1);
}

static bool is_full(size_t n, size_t bytes)
{
    return n >= APPLY_PART_MUTATIONS_MAX || bytes > APPLY_PART_BYTES_MAX;
}

/* What is pointed at goes in front of every part: a part may then be checked by itself. */
static size_t add_front(const struct sheet_draft *draft, bool is_check, struct part *part)
{
    size_t bytes = 0;

    for (size_t i = 0; i < draft->n; i++) {
        struct sheet_item *item = draft->items[i];

        if (!is_sent(item, is_check) || !is_pointed_at(item)) continue;
        bytes += item_bytes(item);
        part->items[part->n++] = item;
    }
    return bytes;
}

/* The next part to be checked, from draft item *at on; false when nothing is left. */
static bool next_part(const struct table_import *import, size_t *at, struct part *part)
{
    const struct sheet_draft *draft = &import->build.draft;
    bool is_first = *at == 0;
    size_t bytes;
    size_t front;

    part->n = 0;
    part->items = arena_alloc(draft->arena, (draft->n + 1) * sizeof(struct sheet_item *));
    bytes = add_front(draft, true, part);
    front = part->n;
    for (; *at < draft->n && !is_full(part->n, bytes); (*at)++) {
        struct sheet_item *item = draft->items[*at];

        if (!is_sent(item, true) || is_pointed_at(item)) continue;
        bytes += item_bytes(item);
        part->items[part->n++] = item;
    }
    return part->n > front || (is_first && part->n > 0);
}

/* What others point at must fit into one request. */
static bool front_fits(const struct table_import *import)
{
    struct part part = {0};
    size_t bytes;

    part.items = arena_alloc(import->build.arena,
                             (import->build.draft.n + 1) * sizeof(struct sheet_item *));
    bytes = add_front(&import->build.draft, true, &part);
    return !is_full(part.n + 1, bytes);
}

/* --- Asking. --- */

static const char *locate(const void *context, const char *field_path, struct arena *arena)
{
    const struct part *part = context;
    const char *number = strchr(field_path, '[');
    unsigned long at = number == NULL ? part->n : strtoul(number + 1, NULL, 10);

    if (at >= part->n) return NULL;
    return arena_printf(arena, "line %zu, column %zu (%s)", part->items[at]->line,
                        part->items[at]->column, failure_field_name(field_path, arena));
}

static char *write_reason(const struct table_import *import)
{
    struct arena *arena = import->session->arena;

    return import->flags->reason != NULL
               ? arena_strdup(arena, import->flags->reason)
               : arena_printf(arena, "import of %.1500s", import->path);
}

static Provost__V1__ApplyRequest *new_request(struct table_import *import,
                                              const struct part *part, bool is_check)
{
    struct arena *arena = import->session->arena;
    Provost__V1__ApplyRequest *request = (Provost__V1__ApplyRequest *)message_new(
        &provost__v1__apply_request__descriptor, arena);

    request->mutations = arena_alloc(arena, part->n * sizeof(Provost__V1__Mutation *));
    for (size_t i = 0; i < part->n; i++)
        request->mutations[request->n_mutations++] =
            sheet_item_mutation(part->items[i], import->base_seq, arena);
    request->validate_only = is_check;
    request->request_id = arena_printf(arena, "%.40s-%s%zu", import->session->request_id,
                                       is_check ? "check" : "part", import->n_parts++);
    request->reason = write_reason(import);
    return request;
}

/* --- What a refusal means. --- */

static bool is_note(const struct sheet_item *item)
{
    return strcmp(item->member->name, "note") == 0;
}

/* A figure that the register does not understand is kept as a note of what it is about; what a
 * note cannot have, of what that note is about. */
static void keep_as_note(struct table_import *import, struct sheet_item *item, const char *text,
                         const char *header)
{
    struct sheet_draft *draft = &import->build.draft;
    struct arena *arena = draft->arena;
    const char *of = is_note(item) ? sheet_item_get(item, "subject") : item->name;
    const char *subject = item->subject != NULL ? item->subject : of;
    const char *name = arena_printf(
        arena, "notes/%s-%s-not-understood",
        sheet_slug(arena, strchr(subject, '/') == NULL ? subject : strchr(subject, '/') + 1,
                   70),
        sheet_slug(arena, header, 40));
    bool is_new;
    struct sheet_item *note = sheet_draft_take(
        draft, "notes", name, (struct sheet_place){item->line, item->column}, &is_new);

    sheet_item_text(draft, note, "subject", subject);
    sheet_item_enum(draft, note, "kind", "COMMENTARY");
    sheet_item_text(draft, note, "text", arena_printf(arena, "%s: %s", header, text));
}

static void drop_figure(struct table_import *import, struct sheet_item *item,
                        const char *message)
{
    item->outcome = SHEET_OUTCOME_LEFT_OUT;
    item->trouble = message;
    if (sheet_is_blank(item->cell->text)) return;
    item->cell->fate = SHEET_FATE_KEPT;
    item->cell->why = message;
    keep_as_note(import, item, item->cell->text, item->header);
}

/* A field that the item can do without. */
static bool is_optional(const struct sheet_item *item, const char *field)
{
    static const char *const required[] = {"title", "plan", "subject", "indicator", "from",
                                           "to",    "kind", "text",    "name"};
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, field);

    if (fd == NULL || field_shape(fd) != FIELD_TEXT) return false;
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (strcmp(required[i], field) == 0) return false;
    return field_get_text(item->body, fd)[0] != '\0';
}

static void drop_field(struct table_import *import, struct sheet_item *item, const char *field,
                       const char *message)
{
    const char *text = sheet_item_get(item, field);

    sheet_remark_add(&import->tables.unsure,
                     (struct sheet_remark){item->line, item->column, text,
                                           arena_printf(import->build.arena,
                                                        "%s not understood, kept as a note: %s",
                                                        field, message)},
                     import->build.arena);
    keep_as_note(import, item, text, field);
    sheet_item_drop(item, field);
}

static bool points_at(const struct sheet_item *item, const char *name)
{
    const ProtobufCMessageDescriptor *type = item->body->descriptor;

    for (unsigned i = 0; i < type->n_fields; i++)
        if (field_shape(&type->fields[i]) == FIELD_TEXT &&
            strcmp(field_get_text(item->body, &type->fields[i]), name) == 0)
            return true;
    return false;
}

/* Rejects an item, and those that would point at nothing without it. */
static void reject(struct table_import *import, struct sheet_item *item, const char *message)
{
    item->outcome = SHEET_OUTCOME_REJECTED;
    item->trouble = message;
    if (item->cell != NULL) item->cell->fate = SHEET_FATE_UNKNOWN;
    if (item->cell != NULL) item->cell->why = message;
    if (item->exists || !is_pointed_at(item)) return;
    for (size_t i = 0; i < import->build.draft.n; i++) {
        struct sheet_item *other = import->build.draft.items[i];

        if (other->outcome == SHEET_OUTCOME_REJECTED || !points_at(other, item->name)) continue;
        other->outcome = SHEET_OUTCOME_REJECTED;
        other->trouble = arena_printf(import->build.arena, "%s is not written", item->name);
    }
}

/* True when the check may be tried again without what was refused. */
static bool take_refusal(struct table_import *import, const struct part *part,
                         const struct channel_reply *reply)
{
    struct arena *arena = import->session->arena;
    const char *path = failure_first_field(reply, arena);
    const char *field;
    unsigned long at;

    if (path == NULL || strncmp(path, "mutations[", 10) != 0) return false;
    if (reply->code != GRPC_INVALID_ARGUMENT && reply->code != GRPC_FAILED_PRECONDITION)
        return false;
    at = strtoul(path + 10, NULL, 10);
    if (at >= part->n) return false;
    field = failure_field_name(path, arena);
    if (part->items[at]->cell != NULL)
        drop_figure(import, part->items[at], arena_strdup(arena, reply->message));
    else if (is_optional(part->items[at], field))
        drop_field(import, part->items[at], field, arena_strdup(arena, reply->message));
    else
        reject(import, part->items[at], arena_strdup(arena, reply->message));
    return true;
}

/* --- Checking. --- */

static void take_results(const struct part *part, const Provost__V1__ApplyResponse *response)
{
    for (size_t i = 0; i < part->n && i < response->n_results; i++) {
        struct sheet_item *item = part->items[i];

        item->result = response->results[i];
        switch (item->result->outcome) {
        case PROVOST__V1__OUTCOME__OUTCOME_CREATED:
            item->outcome = SHEET_OUTCOME_CREATED;
            break;
        case PROVOST__V1__OUTCOME__OUTCOME_UPDATED:
            item->outcome = SHEET_OUTCOME_CHANGED;
            break;
        default:
            item->outcome = SHEET_OUTCOME_UNCHANGED;
            break;
        }
    }
}

static enum exit_code ask(struct table_import *import, const struct part *part, bool is_check,
                          struct channel_reply *out_reply)
{
    Provost__V1__ApplyRequest *request = new_request(import, part, is_check);
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "Apply",
        .request = &request->base,
        .failure = {.doing = arena_printf(import->session->arena, "import %s", import->path),
                    .locate = locate,
                    .context = part},
    };
    const Provost__V1__ApplyResponse *response;
    ProtobufCMessage *message;
    enum exit_code code = session_try(import->session, &call, &message, out_reply);

    if (code != EXIT_CODE_OK) {
        if (!is_check || !take_refusal(import, part, out_reply)) {
            session_say_refusal(import->session, &call, out_reply);
            out_reply->message = NULL;
        }
        return code;
    }
    response = (const Provost__V1__ApplyResponse *)message;
    take_results(part, response);
    if (is_check) return EXIT_CODE_OK;
    import->seq = response->seq;
    if (response->commit_time != NULL) import->commit_time = response->commit_time;
    return EXIT_CODE_OK;
}

/* Checks one part until nothing in it is refused any more: a refused figure turns into a note,
 * which belongs to a later part. */
static enum exit_code check_part(struct table_import *import, struct part *part)
{
    for (size_t round = 0; round < ROUNDS_MAX && part->n > 0; round++) {
        struct channel_reply reply;
        enum exit_code code = ask(import, part, true, &reply);
        size_t kept = 0;

        if (code == EXIT_CODE_OK || reply.message == NULL) return code;
        for (size_t i = 0; i < part->n; i++)
            if (is_sent(part->items[i], true)) part->items[kept++] = part->items[i];
        part->n = kept;
    }
    return EXIT_CODE_OK;
}

/* --- Conflicts. --- */

static bool changes_figure(const struct sheet_item *item)
{
    if (!item->is_figure || item->outcome != SHEET_OUTCOME_CHANGED) return false;
    for (size_t i = 0; i < item->result->n_changed_fields; i++)
        if (strcmp(item->result->changed_fields[i], "verbatim") != 0) return true;
    return false;
}

static enum exit_code read_present(struct table_import *import, struct sheet_item **items,
                                   size_t n, Provost__V1__BatchGetResourcesResponse **out)
{
    Provost__V1__BatchGetResourcesRequest request =
        PROVOST__V1__BATCH_GET_RESOURCES_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "BatchGetResources",
        .request = &request.base,
        .failure.doing = "look at the figures that are there",
    };
    ProtobufCMessage *message;
    enum exit_code code;

    request.names = arena_alloc(import->session->arena, n * sizeof(char *));
    for (size_t i = 0; i < n; i++)
        request.names[request.n_names++] = items[i]->result->name;
    code = session_run(import->session, &call, &message);
    if (code == EXIT_CODE_OK) *out = (Provost__V1__BatchGetResourcesResponse *)message;
    return code;
}

/* An empty cell does not take a figure away; another figure is a conflict, unless --revise. */
static void judge_figure(const struct table_import *import, struct sheet_item *item,
                         const Provost__V1__Resource *present)
{
    const ProtobufCMessage *body = collection_body(present);
    const ProtobufCFieldDescriptor *state = fields_find(body->descriptor, "state");
    const ProtobufCFieldDescriptor *verbatim = fields_find(body->descriptor, "verbatim");

    if (item->is_blank) {
        item->outcome = SHEET_OUTCOME_LEFT_OUT;
        item->trouble = "an empty cell; the register keeps what it has";
        return;
    }
    if (field_get_int(body, state) != PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE) return;
    if (import->flags->revise) return;
    item->outcome = SHEET_OUTCOME_CONFLICT;
    item->trouble =
        arena_printf(import->build.arena, "the register has \"%s\" since change %lld",
                     field_get_text(body, verbatim), (long long)present->revision);
}

static enum exit_code judge_figures(struct table_import *import)
{
    const struct sheet_draft *draft = &import->build.draft;
    struct sheet_item *items[BATCH_MAX];
    size_t n = 0;

    for (size_t i = 0; i <= draft->n; i++) {
        Provost__V1__BatchGetResourcesResponse *response;
        enum exit_code code;

        if (i < draft->n && changes_figure(draft->items[i])) items[n++] = draft->items[i];
        if (n == 0 || (n < BATCH_MAX && i < draft->n)) continue;
        code = read_present(import, items, n, &response);
        if (code != EXIT_CODE_OK) return code;
        for (size_t at = 0; at < n && at < response->n_resources; at++)
            judge_figure(import, items[at], response->resources[at]);
        n = 0;
    }
    return EXIT_CODE_OK;
}

/* What is only matched, and not changed, is as it was. */
static void settle_silent(const struct sheet_draft *draft)
{
    for (size_t i = 0; i < draft->n; i++)
        if (draft->items[i]->mask->n_paths == 0)
            draft->items[i]->outcome = SHEET_OUTCOME_UNCHANGED;
}

enum exit_code import_table_check(struct table_import *import)
{
    struct progress progress;
    struct part part;
    size_t at = 0;

    if (!front_fits(import)) {
        say_error(
            "cannot import %s: it holds more than one request can take; import its tables "
            "in parts. Nothing was written",
            import->path);
        return EXIT_CODE_FAILURE;
    }
    settle_silent(&import->build.draft);
    progress_begin(&progress, "checking", import->build.draft.n);
    while (next_part(import, &at, &part)) {
        enum exit_code code = check_part(import, &part);

        progress_show(&progress, at < import->build.draft.n ? at : import->build.draft.n - 1);
        if (code != EXIT_CODE_OK) progress_end(&progress);
        if (code != EXIT_CODE_OK) return code;
    }
    progress_end(&progress);
    return judge_figures(import);
}

/* --- Writing: all or nothing, however much it is. --- */

/* What there is to write. */
struct writing {
    struct table_import *import;
    struct part all; /* what others point at comes first */
};

static const Provost__V1__Mutation *item_mutation(void *context, size_t i, struct arena *arena)
{
    const struct writing *writing = context;

    return sheet_item_mutation(writing->all.items[i], writing->import->base_seq, arena);
}

static void drop_result(void *context, size_t i, Provost__V1__MutationResult *result)
{
    (void)context; /* what the check said of the item stays */
    (void)i;
    (void)result;
}

static const char *locate_item(const void *context, size_t i, const char *path,
                               struct arena *arena)
{
    const struct writing *writing = context;
    const struct sheet_item *item = writing->all.items[i];

    return arena_printf(arena, "line %zu, column %zu (%s)", item->line, item->column,
                        failure_field_name(path, arena));
}

static void gather_all(struct table_import *import, struct part *all)
{
    const struct sheet_draft *draft = &import->build.draft;

    *all = (struct part){
        .items = arena_alloc(draft->arena, (draft->n + 1) * sizeof(struct sheet_item *))};
    add_front(draft, false, all);
    for (size_t i = 0; i < draft->n; i++)
        if (is_sent(draft->items[i], false) && !is_pointed_at(draft->items[i]))
            all->items[all->n++] = draft->items[i];
}

static enum exit_code write_stream(struct writing *writing, const struct apply_stream *stream)
{
    Provost__V1__ApplyResponse answer = PROVOST__V1__APPLY_RESPONSE__INIT;
    enum exit_code code = apply_stream_run(writing->import->session, stream, &answer);

    writing->import->seq = answer.seq;
    writing->import->commit_time = answer.commit_time;
    return code;
}

static enum exit_code write_request(struct writing *writing)
{
    struct channel_reply reply;
    size_t n = writing->all.n;
    enum sheet_outcome *outcomes =
        arena_alloc(writing->import->build.arena, (n + 1) * sizeof *outcomes);
    enum exit_code code;

    for (size_t i = 0; i < n; i++)
        outcomes[i] = writing->all.items[i]->outcome;
    code = ask(writing->import, &writing->all, false, &reply);
    for (size_t i = 0; i < n; i++)
        writing->all.items[i]->outcome = outcomes[i];
    if (code != EXIT_CODE_OK) say("  Nothing was written.");
    return code;
}

enum exit_code import_table_write(struct table_import *import)
{
    struct arena *arena = import->session->arena;
    struct writing writing = {.import = import};
    struct apply_stream stream = {
        .id = arena_printf(arena, "%.36s-all", import->session->request_id),
        .reason = write_reason(import),
        .phase = "writing",
        .mutation = item_mutation,
        .on_result = drop_result,
        .locate = locate_item,
        .context = &writing,
        .doing = arena_printf(arena, "import %s", import->path),
    };
    enum exit_code code;

    gather_all(import, &writing.all);
    stream.count = writing.all.n;
    if (stream.count == 0) return EXIT_CODE_OK;
    if (apply_stream_part_size(&stream, 0, arena) == stream.count)
        code = write_request(&writing);
    else
        code = write_stream(&writing, &stream);
    import->is_written = code == EXIT_CODE_OK;
    return code;
}
