/* log, history, show: who changed what, when and why. */
#include "client/change_view.h"
#include "client/command.h"
#include "client/moment.h"
#include "client/paging.h"
#include "client/say.h"
#include "common/fields.h"
#include "common/time_text.h"

#include <string.h>

struct log_flags {
    const char *resource;
    const char *field;
    const char *by;
    const char *service;
    const char *on_behalf_of;
    const char *since;
    const char *until;
    const char *reason_contains;
    int64_t from_seq;
    int64_t to_seq;
    int64_t limit;
    bool oldest_first;
};

static const struct flag log_flag_table[] = {
    {"resource", 0, "NAME", "a resource, or the beginning of names: observations/foi-cex",
     flag_set_text, offsetof(struct log_flags, resource)},
    {"field", 0, "FIELD", "changes of this field", flag_set_text,
     offsetof(struct log_flags, field)},
    {"by", 0, "WHO", "made by this principal", flag_set_text, offsetof(struct log_flags, by)},
    {"service", 0, "NAME", "with this declared service", flag_set_text,
     offsetof(struct log_flags, service)},
    {"for", 0, "WHO", "with this declared person acted for", flag_set_text,
     offsetof(struct log_flags, on_behalf_of)},
    {"since", 0, "TIME", "not before: 2021-04-01, 2021-04-01T09:30:00Z, 7d, 24h", flag_set_text,
     offsetof(struct log_flags, since)},
    {"until", 0, "TIME", "before; a date means until its end", flag_set_text,
     offsetof(struct log_flags, until)},
    {"reason-contains", 0, "TEXT", "with this text in the reason", flag_set_text,
     offsetof(struct log_flags, reason_contains)},
    {"from-seq", 0, "SEQ", "from this change on", flag_set_positive,
     offsetof(struct log_flags, from_seq)},
    {"to-seq", 0, "SEQ", "up to this change", flag_set_positive,
     offsetof(struct log_flags, to_seq)},
    {"limit", 'n', "N", "at most so many changes", flag_set_positive,
     offsetof(struct log_flags, limit)},
    {"oldest-first", 0, NULL, "else the newest come first", flag_set_bool,
     offsetof(struct log_flags, oldest_first)},
    {0},
};

static const Provost__V1__ListChangesRequest empty_request =
    PROVOST__V1__LIST_CHANGES_REQUEST__INIT;

static enum exit_code gather(struct session *session, Provost__V1__ListChangesRequest *request,
                             int64_t limit, const char *doing,
                             Provost__V1__ListChangesResponse **out_answer)
{
    struct session_call call = {
        .service = &provost__v1__change_log_service__descriptor,
        .method = "ListChanges",
        .request = &request->base,
        .failure.doing = doing,
    };
    ProtobufCMessage *answer;
    enum exit_code code = paging_run(session, &call, "changes", limit, &answer);

    if (code == EXIT_CODE_OK) *out_answer = (Provost__V1__ListChangesResponse *)answer;
    return code;
}

static enum exit_code show_changes(struct session *session, const ProtobufCMessage *message,
                                   const struct change_view *what,
                                   void (*fill_table)(const struct view *, struct grid *))
{
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = change_view_rows,
                                                .fill_table = fill_table,
                                                .context = what});
}

static struct change_view view_of(const Provost__V1__ListChangesResponse *answer)
{
    return (struct change_view){
        .changes = answer->changes, .n_changes = answer->n_changes, .seq = answer->seq};
}

static enum exit_code set_time(struct session *session, const char *name, const char *text,
                               Google__Protobuf__Timestamp **out_time)
{
    enum moment_edge edge = strcmp(name, "until") == 0 ? MOMENT_DAY_END : MOMENT_DAY_BEGIN;
    int64_t us;

    if (text == NULL) return EXIT_CODE_OK;
    if (moment_parse(text, edge, time_now_us(), &us)) {
        *out_time = timestamp_new(us, session->arena);
        return EXIT_CODE_OK;
    }
    say_error(
        "--%s: \"%s\" is neither a time (2021-04-01T09:30:00Z), a date (2021-04-01) nor an "
        "age (7d, 24h)",
        name, text);
    return EXIT_CODE_USAGE;
}

static void set_conditions(struct session *session, const struct log_flags *flags,
                           Provost__V1__ListChangesRequest *request)
{
    request->resource = arena_text(session->arena, flags->resource);
    request->field = arena_text(session->arena, flags->field);
    request->principal = arena_text(session->arena, flags->by);
    request->service = arena_text(session->arena, flags->service);
    request->on_behalf_of = arena_text(session->arena, flags->on_behalf_of);
    request->reason_contains = arena_text(session->arena, flags->reason_contains);
    request->from_seq = flags->from_seq;
    request->to_seq = flags->to_seq;
    request->oldest_first = flags->oldest_first;
}

static enum exit_code run_log(struct session *session, const struct command_input *input)
{
    const struct log_flags *flags = input->flags;
    Provost__V1__ListChangesRequest request = empty_request;
    Provost__V1__ListChangesResponse *answer;
    enum exit_code code;

    set_conditions(session, flags, &request);
    code = set_time(session, "since", flags->since, &request.since);
    if (code == EXIT_CODE_OK) code = set_time(session, "until", flags->until, &request.until);
    if (code == EXIT_CODE_OK)
        code = gather(session, &request, flags->limit, "query the log", &answer);
    if (code != EXIT_CODE_OK) return code;

    struct change_view what = view_of(answer);

    what.resource = flags->resource;
    what.field = flags->field;
    return show_changes(session, &answer->base, &what, change_view_log);
}

const struct command command_log = {
    .name = "log",
    .usage = "[--resource NAME] [--field FIELD] [--by WHO] [--since TIME] [--until TIME]",
    .summary = "Query the change log",
    .examples = "provost log --limit 10\n"
                "provost log --resource observations/foi-cex --field value --since 30d\n"
                "provost -o csv log --service finance --since 2021-04-01 --until 2021-06-30\n"
                "provost log --reason-contains recount\n",
    .details =
        "csv and plain have a row a field with its value before and after. After \"log\",\n"
        "--service filters; in front of it, it declares, as everywhere.\n"
        "\"[erased]\" stands where a value, a reason or a name was erased (see redact).\n",
    .flags = log_flag_table,
    .flags_size = sizeof(struct log_flags),
    .max_words = 0,
    .run = run_log,
};

/* The query also matches names that begin with this one and a '/'. */
static void keep_exact(Provost__V1__ListChangesResponse *answer, const char *name)
{
    size_t n_changes = 0;

    for (size_t i = 0; i < answer->n_changes; i++) {
        Provost__V1__Change *change = answer->changes[i];
        size_t n_items = 0;

        for (size_t at = 0; at < change->n_items; at++)
            if (strcmp(change->items[at]->resource, name) == 0)
                change->items[n_items++] = change->items[at];
        change->n_items = n_items;
        if (n_items > 0) answer->changes[n_changes++] = change;
    }
    answer->n_changes = n_changes;
}

static enum exit_code run_history(struct session *session, const struct command_input *input)
{
    const char *name = input->words[0];
    const char *doing = arena_printf(session->arena, "show the history of %s", name);
    Provost__V1__ListChangesRequest request = empty_request;
    Provost__V1__ListChangesResponse *answer;
    enum exit_code code;

    request.resource = arena_strdup(session->arena, name);
    request.oldest_first = true;
    code = gather(session, &request, 0, doing, &answer);
    if (code != EXIT_CODE_OK) return code;
    keep_exact(answer, name);
    if (answer->n_changes > 0) {
        struct change_view what = view_of(answer);

        what.is_history = true;
        return show_changes(session, &answer->base, &what, change_view_fields);
    }
    say_error("cannot %s: the log has no change of that name; \"provost list\" shows the names "
              "there are",
              doing);
    return EXIT_CODE_NOT_FOUND;
}

const struct command command_history = {
    .name = "history",
    .usage = "NAME",
    .summary = "Show every version of a resource: when, who, before and after",
    .examples = "provost history observations/foi-cex/2020-21\n"
                "provost -o csv history actions/equalities-training\n",
    .min_words = 1,
    .max_words = 1,
    .run = run_history,
};

static enum exit_code run_show(struct session *session, const struct command_input *input)
{
    Provost__V1__GetChangeRequest request = PROVOST__V1__GET_CHANGE_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__change_log_service__descriptor,
        .method = "GetChange",
        .request = &request.base,
        .failure.doing = arena_printf(session->arena, "show change %s", input->words[0]),
    };
    const char *wrong = flag_set_count(&request.change_seq, input->words[0], session->arena);
    ProtobufCMessage *message;
    enum exit_code code;

    if (wrong != NULL) {
        say_error("the seq \"%s\" %s", input->words[0], wrong);
        return EXIT_CODE_USAGE;
    }
    code = session_run(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;

    Provost__V1__GetChangeResponse *response = (Provost__V1__GetChangeResponse *)message;
    struct change_view what = {.changes = &response->change,
                               .n_changes = response->change != NULL,
                               .seq = response->seq};

    return show_changes(session, message, &what, change_view_fields);
}

const struct command command_show = {
    .name = "show",
    .usage = "SEQ",
    .summary = "Show one change of the log",
    .examples = "provost show 17\nprovost -o json show 17\n",
    .details = "\"[erased]\" stands where something was erased. Of an erasure, who made the\n"
               "change approved it; who asked for it is shown beside.\n",
    .min_words = 1,
    .max_words = 1,
    .run = run_show,
};
