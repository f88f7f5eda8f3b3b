/* get, list: reading resources. */
#include "client/collection.h"
#include "client/command.h"
#include "client/paging.h"
#include "client/resource_view.h"
#include "client/say.h"
#include "common/fields.h"
#include "common/mask.h"

#include <provost/v1/register.pb-c.h>
#include <string.h>

enum { BATCH_MAX = 1000 };

static enum exit_code show_resources(struct session *session, const ProtobufCMessage *message,
                                     const struct resource_view *what, bool is_list)
{
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = resource_view_rows,
                                                .fill_table = is_list ? resource_view_list
                                                                      : resource_view_records,
                                                .context = what});
}

static enum exit_code get_one(struct session *session, const char *name)
{
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "GetResource",
        .request = &request.base,
        .failure.doing = arena_printf(session->arena, "get %s", name),
    };
    ProtobufCMessage *message;
    enum exit_code code;

    request.name = arena_strdup(session->arena, name);
    code = session_run(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;

    Provost__V1__GetResourceResponse *response = (Provost__V1__GetResourceResponse *)message;
    struct resource_view what = {.resources = &response->resource,
                                 .n_resources = response->resource != NULL,
                                 .seq = response->seq};

    return show_resources(session, message, &what, false);
}

static enum exit_code get_several(struct session *session, const struct command_input *input)
{
    Provost__V1__BatchGetResourcesRequest request =
        PROVOST__V1__BATCH_GET_RESOURCES_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "BatchGetResources",
        .request = &request.base,
        .failure.doing = arena_printf(session->arena, "get %zu resources", input->n_words),
    };
    ProtobufCMessage *message;
    enum exit_code code;

    request.n_names = input->n_words;
    request.names = arena_alloc(session->arena, input->n_words * sizeof(char *));
    for (size_t i = 0; i < input->n_words; i++)
        request.names[i] = arena_strdup(session->arena, input->words[i]);
    code = session_run(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;

    Provost__V1__BatchGetResourcesResponse *response =
        (Provost__V1__BatchGetResourcesResponse *)message;
    struct resource_view what = {.resources = response->resources,
                                 .n_resources = response->n_resources,
                                 .seq = response->seq};

    return show_resources(session, message, &what, false);
}

static enum exit_code run_get(struct session *session, const struct command_input *input)
{
    if (input->n_words == 1) return get_one(session, input->words[0]);
    if (input->n_words <= BATCH_MAX) return get_several(session, input);
    say_error("cannot get more than %d resources at once; use list with --filter", BATCH_MAX);
    return EXIT_CODE_USAGE;
}

const struct command command_get = {
    .name = "get",
    .usage = "NAME...",
    .summary = "Show resources with all their fields",
    .examples =
        "provost get indicators/foi-cex\n"
        "provost -o json --as-of 2021-03-31 get actions/awards actions/equalities-training\n",
    .min_words = 1,
    .max_words = COMMAND_ANY,
    .run = run_get,
};

struct list_flags {
    const char *filter;
    const char *order_by;
    const char *fields;
    int64_t limit;
};

static const struct flag list_flag_table[] = {
    {"filter", 'f', "FILTER", "which ones: 'plan = \"plans/p\" AND title : \"plan\"'",
     flag_set_text, offsetof(struct list_flags, filter)},
    {"order-by", 0, "FIELDS", "order: \"code\", \"title desc, name\"", flag_set_text,
     offsetof(struct list_flags, order_by)},
    {"fields", 0, "FIELDS", "columns to show: code,title", flag_set_text,
     offsetof(struct list_flags, fields)},
    {"limit", 'n', "N", "at most so many", flag_set_positive,
     offsetof(struct list_flags, limit)},
    {0},
};

/* Every name in --fields must be a field of the kind. */
static enum exit_code check_fields(struct session *session, const char *collection,
                                   const char *fields)
{
    const ProtobufCFieldDescriptor *member;
    struct status st = collection_require(collection, session->arena, &member);

    if (!status_is_ok(st)) {
        say_error("cannot list %s: %s", collection, st.message);
        return EXIT_CODE_USAGE;
    }
    while (fields != NULL && *fields != '\0') {
        const char *name = arena_strndup(session->arena, fields, strcspn(fields, ","));

        if (fields_find(field_message_type(member), name) == NULL &&
            fields_find(&provost__v1__resource__descriptor, name) == NULL) {
            st = mask_unknown_field(field_message_type(member), name, "fields", session->arena);
            say_error("--fields: %s; \"provost help list\" tells more", st.message);
            return EXIT_CODE_USAGE;
        }
        fields += strlen(name);
        fields += strspn(fields, ",");
    }
    return EXIT_CODE_OK;
}

static enum exit_code run_list(struct session *session, const struct command_input *input)
{
    const struct list_flags *flags = input->flags;
    Provost__V1__ListResourcesRequest request = PROVOST__V1__LIST_RESOURCES_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "ListResources",
        .request = &request.base,
        .failure.doing = arena_printf(session->arena, "list %s", input->words[0]),
    };
    ProtobufCMessage *answer;
    enum exit_code code = check_fields(session, input->words[0], flags->fields);

    if (code != EXIT_CODE_OK) return code;
    request.collection = arena_strdup(session->arena, input->words[0]);
    if (flags->filter != NULL) request.filter = arena_strdup(session->arena, flags->filter);
    if (flags->order_by != NULL)
        request.order_by = arena_strdup(session->arena, flags->order_by);
    code = paging_run(session, &call, "resources", flags->limit, &answer);
    if (code != EXIT_CODE_OK) return code;

    const Provost__V1__ListResourcesResponse *list =
        (const Provost__V1__ListResourcesResponse *)answer;
    struct resource_view what = {.resources = list->resources,
                                 .n_resources = list->n_resources,
                                 .seq = list->seq,
                                 .fields = flags->fields};

    return show_resources(session, answer, &what, true);
}

const struct command command_list = {
    .name = "list",
    .usage = "COLLECTION [--filter FILTER] [--order-by FIELDS] [--limit N]",
    .summary = "List resources of a collection, all pages",
    .examples = "provost list indicators --filter 'unit = PERCENT' --order-by code\n"
                "provost list observations/foi-cex --fields period,value\n"
                "provost -o csv list actions > actions.csv\n",
    .details = "Collections: organisations, posts, plans, objectives, indicators, targets,\n"
               "observations, actions, links, notes, benchmarks, risks, budget-lines,\n"
               "reporting-periods, decisions; or the beginning of names in one.\n"
               "Filters have = != < <= > >= and : (contains), AND, OR, NOT, parentheses.\n",
    .flags = list_flag_table,
    .flags_size = sizeof(struct list_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_list,
};
