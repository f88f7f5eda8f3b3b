/* approve, reject: another person's figure, where its plan asks for approval. The figure is read
 * first and judged as it was read: if somebody replaces it meanwhile the register refuses. */
#include "client/command.h"
#include "client/failure.h"
#include "client/results_view.h"
#include "client/say.h"
#include "common/fields.h"

#include <provost/v1/register.pb-c.h>
#include <string.h>

struct approve_flags {
    const char *breakdown;
    const char *reason;
    int64_t base_seq;
    bool dry_run;
};

static const struct flag approve_flag_table[] = {
    {"breakdown", 0, "PART", "part of the whole: area=lochee", flag_set_text,
     offsetof(struct approve_flags, breakdown)},
    {"reason", 'r', "TEXT", "why, for the log; needed to reject", flag_set_text,
     offsetof(struct approve_flags, reason)},
    {"base-seq", 0, "SEQ", "refuse if the figure was changed after SEQ", flag_set_count,
     offsetof(struct approve_flags, base_seq)},
    {"dry-run", 0, NULL, "check and show what would be, write nothing", flag_set_bool,
     offsetof(struct approve_flags, dry_run)},
    {0},
};

/* A judgement under way. */
struct judging {
    struct session *session;
    const struct command_input *input;
    const char *verb; /* "approve" */
    Provost__V1__Workflow workflow;
    const Provost__V1__ApplyResponse *response; /* of the last request */
};

static Provost__V1__Observation *new_observation(const struct judging *judging)
{
    const struct approve_flags *flags = judging->input->flags;
    struct arena *arena = judging->session->arena;
    Provost__V1__Observation *body =
        (Provost__V1__Observation *)message_new(&provost__v1__observation__descriptor, arena);
    const char *indicator = judging->input->words[0];

    body->indicator = strchr(indicator, '/') != NULL
                          ? arena_strdup(arena, indicator)
                          : arena_printf(arena, "indicators/%s", indicator);
    body->period = arena_strdup(arena, judging->input->words[1]);
    if (flags->breakdown != NULL) body->breakdown = arena_strdup(arena, flags->breakdown);
    return body;
}

/* The person wrote none of the paths of a patch, but words of the command line. */
static const char *locate(const void *context, const char *field_path, struct arena *arena)
{
    const char *name = failure_field_name(field_path, arena);

    (void)context;
    if (strcmp(name, "name") == 0) return "INDICATOR PERIOD";
    if (strcmp(name, "indicator") == 0) return "INDICATOR";
    if (strcmp(name, "period") == 0) return "PERIOD";
    if (strcmp(name, "workflow") == 0) return "the figure's workflow";
    return arena_printf(arena, "--%s", strcmp(name, "base_seq") == 0 ? "base-seq" : name);
}

/* One patch of one field. */
static enum exit_code send(struct judging *judging, Provost__V1__Observation *body,
                           const char *field, int64_t base_seq, bool validate_only)
{
    const struct approve_flags *flags = judging->input->flags;
    struct arena *arena = judging->session->arena;
    char *paths[] = {arena_strdup(arena, field)};
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    Provost__V1__Resource resource = PROVOST__V1__RESOURCE__INIT;
    Provost__V1__Patch patch = PROVOST__V1__PATCH__INIT;
    Provost__V1__Mutation mutation = PROVOST__V1__MUTATION__INIT, *mutations[] = {&mutation};
    Provost__V1__ApplyRequest request = PROVOST__V1__APPLY_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "Apply",
        .request = &request.base,
        .failure.doing = arena_printf(arena, "%s %s %s", judging->verb,
                                      judging->input->words[0], judging->input->words[1]),
        .failure.locate = locate,
    };
    ProtobufCMessage *message = NULL;

    mask.paths = paths;
    mask.n_paths = 1;
    resource.body_case = PROVOST__V1__RESOURCE__BODY_OBSERVATION;
    resource.observation = body;
    patch.resource = &resource;
    patch.update_mask = &mask;
    patch.base_seq = base_seq;
    mutation.operation_case = PROVOST__V1__MUTATION__OPERATION_PATCH;
    mutation.patch = &patch;
    request.mutations = mutations;
    request.n_mutations = 1;
    request.validate_only = validate_only;
    if (flags->reason != NULL) request.reason = arena_strdup(arena, flags->reason);
    enum exit_code code = session_run(judging->session, &call, &message);
    if (code == EXIT_CODE_OK) judging->response = (const Provost__V1__ApplyResponse *)message;
    return code;
}

/* The figure that was meant, as written or as understood; without the words any. */
static bool is_meant(const struct judging *judging, const Provost__V1__Observation *there)
{
    const char *figure = judging->input->n_words > 2 ? judging->input->words[2] : NULL;

    return figure == NULL || strcmp(figure, there->verbatim) == 0 ||
           strcmp(figure, there->value) == 0;
}

static enum exit_code judge(struct judging *judging)
{
    const struct approve_flags *flags = judging->input->flags;
    Provost__V1__Observation *body = new_observation(judging);
    const Provost__V1__Observation *there;
    /* Changes nothing: the daemon understands the period and says what is there. */
    enum exit_code code = send(judging, body, "period", 0, true);
    int64_t seq;

    if (code == EXIT_CODE_NOT_FOUND)
        say("  \"provost due\" lists the figures that wait for approval.");
    if (code != EXIT_CODE_OK) return code;
    if (judging->response->n_results != 1 || judging->response->results[0]->resource == NULL) {
        say_error("the answer does not hold the figure");
        return EXIT_CODE_FAILURE;
    }
    there = judging->response->results[0]->resource->observation;
    seq = flags->base_seq > 0 ? flags->base_seq : judging->response->seq;
    if (!is_meant(judging, there)) {
        say_error("cannot %s %s: the figure is \"%s\", not \"%s\"", judging->verb,
                  judging->response->results[0]->name, there->verbatim,
                  judging->input->words[2]);
        return EXIT_CODE_CONFLICT;
    }
    body->workflow = judging->workflow;
    code = send(judging, body, "workflow", seq, flags->dry_run);
    if (code != EXIT_CODE_OK) return code;
    struct results results = results_of_apply(judging->response);
    return results_show(judging->session, &results);
}

static enum exit_code run_approve(struct session *session, const struct command_input *input)
{
    struct judging judging = {session, input, "approve",
                              PROVOST__V1__WORKFLOW__WORKFLOW_APPROVED, NULL};
    return judge(&judging);
}

static enum exit_code run_reject(struct session *session, const struct command_input *input)
{
    struct judging judging = {session, input, "reject",
                              PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED, NULL};
    const struct approve_flags *flags = input->flags;

    if (flags->reason == NULL || *flags->reason == '\0') {
        say_error("reject needs --reason TEXT: what is wrong with the figure");
        return EXIT_CODE_USAGE;
    }
    return judge(&judging);
}

const struct command command_approve = {
    .name = "approve",
    .usage = "INDICATOR PERIOD [FIGURE]",
    .summary = "Approve a figure that another person submitted",
    .examples = "provost approve foi-cex 2021-22.q1\n"
                "provost approve foi-cex \"Q1 2021/22\" 97.5% --reason \"agreed with HR\"\n",
    .details = "A plan asks for it with approval_required; \"provost due\" lists what waits.\n"
               "With FIGURE it is refused when the register has another one.\n",
    .flags = approve_flag_table,
    .flags_size = sizeof(struct approve_flags),
    .min_words = 2,
    .max_words = 3,
    .run = run_approve,
};

const struct command command_reject = {
    .name = "reject",
    .usage = "INDICATOR PERIOD [FIGURE] --reason TEXT",
    .summary = "Reject a figure that another person submitted: it does not count",
    .examples = "provost reject foi-cex 2021-22.q1 --reason \"counts May twice\"\n",
    .details = "The period is due again; another figure replaces the rejected one.\n",
    .flags = approve_flag_table,
    .flags_size = sizeof(struct approve_flags),
    .min_words = 2,
    .max_words = 3,
    .run = run_reject,
};
