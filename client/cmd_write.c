/* set, delete: writing resources through Apply. */
#include "client/assignment.h"
#include "client/collection.h"
#include "client/command.h"
#include "client/results_view.h"
#include "client/say.h"
#include "common/fields.h"
#include "common/names.h"

#include <provost/v1/register.pb-c.h>
#include <string.h>

struct write_flags {
    const char *reason;
    const char *approve;
    int64_t base_seq;
    bool create;
    bool dry_run;
    bool missing_ok;
};

#define REASON_FLAG                                                                            \
    {                                                                                          \
        "reason", 'r', "TEXT", "why, for the log", flag_set_text,                              \
            offsetof(struct write_flags, reason)                                               \
    }
#define APPROVE_FLAG                                                                           \
    {                                                                                          \
        "approve", 0, "ID", "approve what another person asked for, with the same words",      \
            flag_set_text, offsetof(struct write_flags, approve)                               \
    }
#define BASE_SEQ_FLAG                                                                          \
    {                                                                                          \
        "base-seq", 0, "SEQ", "refuse if it was changed after SEQ", flag_set_count,            \
            offsetof(struct write_flags, base_seq)                                             \
    }
#define DRY_RUN_FLAG                                                                           \
    {                                                                                          \
        "dry-run", 0, NULL, "check and show what would be, write nothing", flag_set_bool,      \
            offsetof(struct write_flags, dry_run)                                              \
    }

static Provost__V1__ApplyRequest *new_request(const struct write_flags *flags,
                                              struct arena *arena)
{
    Provost__V1__ApplyRequest *request = (Provost__V1__ApplyRequest *)message_new(
        &provost__v1__apply_request__descriptor, arena);

    if (flags->reason != NULL) request->reason = arena_strdup(arena, flags->reason);
    request->validate_only = flags->dry_run;
    if (flags->approve != NULL) request->approval_id = arena_strdup(arena, flags->approve);
    return request;
}

static const char *locate_field(const void *context, const char *field_path,
                                struct arena *arena)
{
    (void)context;
    return arena_printf(arena, "field %s", failure_field_name(field_path, arena));
}

static enum exit_code apply(struct session *session, const Provost__V1__ApplyRequest *request,
                            const char *doing)
{
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "Apply",
        .request = &request->base,
        .failure = {.doing = doing, .locate = locate_field},
    };
    ProtobufCMessage *response;
    enum exit_code code = session_run(session, &call, &response);
    struct results results;

    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__ApplyResponse *answer = (const Provost__V1__ApplyResponse *)response;
    if (answer->approval_id[0] != '\0') {
        say("nothing was written yet: it needs a second person, who repeats the command within "
            "7 "
            "days with --approve %s",
            answer->approval_id);
        return EXIT_CODE_OK;
    }
    results = results_of_apply(answer);
    return results_show(session, &results);
}

/* A set under way. */
struct setting {
    const char *name;
    const ProtobufCFieldDescriptor *member; /* of Resource.body */
    struct assignment *assignments;
    size_t n_assignments;
    Provost__V1__Resource *resource;
    int64_t base_seq;
};

static enum exit_code parse_assignments(struct session *session,
                                        const struct command_input *input,
                                        struct setting *setting)
{
    struct status st = name_check(session->arena, "name", input->words[0]);
    size_t n = input->n_words - 1;

    setting->name = input->words[0];
    setting->assignments = arena_zalloc(session->arena, n * sizeof *setting->assignments);
    if (status_is_ok(st))
        st = collection_require(setting->name, session->arena, &setting->member);
    for (size_t i = 0; status_is_ok(st) && i < n; i++)
        st = assignment_parse(input->words[i + 1], field_message_type(setting->member),
                              session->arena, &setting->assignments[setting->n_assignments++]);
    if (status_is_ok(st)) return EXIT_CODE_OK;
    say_error("cannot set %s: %s", setting->name, st.message);
    return EXIT_CODE_USAGE;
}

static bool needs_present(const struct setting *setting)
{
    for (size_t i = 0; i < setting->n_assignments; i++)
        if (setting->assignments[i].kind != ASSIGN_SET) return true;
    return false;
}

/* Lists are added to as they stand now; base_seq keeps anybody else's change from being lost.
 */
static enum exit_code fetch_present(struct session *session, struct setting *setting)
{
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "GetResource",
        .request = &request.base,
        .failure.doing = arena_printf(session->arena, "set %s", setting->name),
    };
    ProtobufCMessage *message;
    enum exit_code code;
    const Provost__V1__GetResourceResponse *response;

    request.name = arena_strdup(session->arena, setting->name);
    code = session_run(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;
    response = (const Provost__V1__GetResourceResponse *)message;
    if (response->resource == NULL || collection_body(response->resource) == NULL)
        return EXIT_CODE_OK;
    field_set_message(&setting->resource->base, setting->member,
                      collection_body(response->resource));
    setting->base_seq = response->seq;
    return EXIT_CODE_OK;
}

static enum exit_code assign(struct session *session, struct setting *setting)
{
    enum exit_code code = EXIT_CODE_OK;
    struct status st = status_ok();

    setting->resource = collection_new_resource(
        setting->member, arena_strdup(session->arena, setting->name), session->arena);
    if (needs_present(setting)) code = fetch_present(session, setting);
    if (code != EXIT_CODE_OK) return code;
    for (size_t i = 0; status_is_ok(st) && i < setting->n_assignments; i++)
        st = assignment_apply(&setting->assignments[i], collection_body(setting->resource),
                              session->arena);
    if (status_is_ok(st)) return EXIT_CODE_OK;
    say_error("cannot set %s: %s", setting->name, st.message);
    return EXIT_CODE_USAGE;
}

static Provost__V1__Patch *new_patch(const struct setting *setting, struct arena *arena)
{
    Provost__V1__Patch *patch =
        (Provost__V1__Patch *)message_new(&provost__v1__patch__descriptor, arena);
    Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)message_new(
        &google__protobuf__field_mask__descriptor, arena);

    mask->paths = arena_alloc(arena, (setting->n_assignments + 1) * sizeof *mask->paths);
    for (size_t i = 0; i < setting->n_assignments; i++)
        mask->paths[mask->n_paths++] = arena_strdup(arena, setting->assignments[i].fd->name);
    patch->resource = setting->resource;
    patch->update_mask = mask;
    patch->base_seq = setting->base_seq;
    return patch;
}

static void add_mutation(Provost__V1__ApplyRequest *request, Provost__V1__Mutation *mutation)
{
    request->mutations[request->n_mutations++] = mutation;
}

static Provost__V1__Mutation *new_mutation(struct arena *arena)
{
    return (Provost__V1__Mutation *)message_new(&provost__v1__mutation__descriptor, arena);
}

static enum exit_code run_set(struct session *session, const struct command_input *input)
{
    const struct write_flags *flags = input->flags;
    struct setting setting = {0};
    Provost__V1__ApplyRequest *request = new_request(flags, session->arena);
    Provost__V1__Mutation *mutation = new_mutation(session->arena);
    enum exit_code code = parse_assignments(session, input, &setting);

    if (code == EXIT_CODE_OK) code = assign(session, &setting);
    if (code != EXIT_CODE_OK) return code;
    if (flags->base_seq > 0) setting.base_seq = flags->base_seq;
    mutation->operation_case = PROVOST__V1__MUTATION__OPERATION_PATCH;
    mutation->patch = new_patch(&setting, session->arena);
    mutation->patch->allow_missing = flags->create;
    request->mutations = arena_alloc(session->arena, sizeof(Provost__V1__Mutation *));
    add_mutation(request, mutation);
    code = apply(session, request, arena_printf(session->arena, "set %s", setting.name));
    if (code == EXIT_CODE_NOT_FOUND && !flags->create) say("  \"set ... --create\" makes it.");
    return code;
}

static const struct flag set_flag_table[] = {
    REASON_FLAG,
    APPROVE_FLAG,
    BASE_SEQ_FLAG,
    {"create", 0, NULL, "make it if there is none", flag_set_bool,
     offsetof(struct write_flags, create)},
    DRY_RUN_FLAG,
    {0},
};

const struct command command_set = {
    .name = "set",
    .usage = "NAME FIELD=VALUE... [--reason TEXT] [--create]",
    .summary = "Change fields of a resource, or make one",
    .examples = "provost set actions/equalities-training status=in-progress progress=40 "
                "--reason \"board 3 May\"\n"
                "provost set organisations/parks title=\"City Parks\" kind=team --create\n"
                "provost set indicators/foi-cex tags+=statutory definition=@definition.txt\n",
    .details = "FIELD=          clears the field\n"
               "FIELD=@FILE     takes the text of a file\n"
               "FIELD=[\"a\",\"b\"] gives a whole list, as JSON\n"
               "FIELD+=X        adds to a list, FIELD-=X takes out of it\n"
               "Fields are called as \"provost get\" shows them.\n",
    .flags = set_flag_table,
    .flags_size = sizeof(struct write_flags),
    .min_words = 2,
    .max_words = COMMAND_ANY,
    .run = run_set,
};

static Provost__V1__Delete *new_delete(const char *name, const struct write_flags *flags,
                                       struct arena *arena)
{
    Provost__V1__Delete *removal =
        (Provost__V1__Delete *)message_new(&provost__v1__delete__descriptor, arena);

    removal->name = arena_strdup(arena, name);
    removal->base_seq = flags->base_seq;
    removal->allow_missing = flags->missing_ok;
    return removal;
}

static enum exit_code run_delete(struct session *session, const struct command_input *input)
{
    const struct write_flags *flags = input->flags;
    Provost__V1__ApplyRequest *request = new_request(flags, session->arena);

    request->mutations =
        arena_alloc(session->arena, input->n_words * sizeof(Provost__V1__Mutation *));
    for (size_t i = 0; i < input->n_words; i++) {
        Provost__V1__Mutation *mutation = new_mutation(session->arena);

        mutation->operation_case = PROVOST__V1__MUTATION__OPERATION_DELETE;
        mutation->delete_ = new_delete(input->words[i], flags, session->arena);
        add_mutation(request, mutation);
    }
    if (input->n_words == 1)
        return apply(session, request,
                     arena_printf(session->arena, "delete %s", input->words[0]));
    return apply(session, request,
                 arena_printf(session->arena, "delete %zu resources", input->n_words));
}

static const struct flag delete_flag_table[] = {
    REASON_FLAG,
    BASE_SEQ_FLAG,
    {"missing-ok", 0, NULL, "no error when there is none", flag_set_bool,
     offsetof(struct write_flags, missing_ok)},
    DRY_RUN_FLAG,
    {0},
};

const struct command command_delete = {
    .name = "delete",
    .usage = "NAME... [--reason TEXT]",
    .summary = "Delete resources, all or none; earlier moments keep them",
    .examples = "provost delete notes/cex-resources --reason \"entered twice\"\n",
    .flags = delete_flag_table,
    .flags_size = sizeof(struct write_flags),
    .min_words = 1,
    .max_words = COMMAND_ANY,
    .run = run_delete,
};
