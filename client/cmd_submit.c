/* submit: a department's figure. What is written is sent as it is: the daemon understands it.
 */
#include "client/command.h"
#include "client/results_view.h"
#include "client/say.h"
#include "common/fields.h"

#include <provost/v1/register.pb-c.h>
#include <string.h>

struct submit_flags {
    const char *numerator;
    const char *denominator;
    const char *note;
    const char *breakdown;
    struct flag_list marks;
    int64_t base_seq;
    bool revise;
    const char *reason;
    bool dry_run;
};

static const struct flag submit_flag_table[] = {
    {"numerator", 0, "N", "numerator, as written", flag_set_text,
     offsetof(struct submit_flags, numerator)},
    {"denominator", 0, "N", "denominator, as written", flag_set_text,
     offsetof(struct submit_flags, denominator)},
    {"note", 0, "TEXT", "commentary on the figure", flag_set_text,
     offsetof(struct submit_flags, note)},
    {"breakdown", 0, "PART", "part of the whole: area=lochee", flag_set_text,
     offsetof(struct submit_flags, breakdown)},
    {"flag", 0, "MARK", "provisional, estimated, forecast or break; may be repeated",
     flag_add_text, offsetof(struct submit_flags, marks)},
    {"base-seq", 0, "SEQ", "replace a figure that was not changed after SEQ", flag_set_count,
     offsetof(struct submit_flags, base_seq)},
    {"revise", 0, NULL, "replace the figure that is there; needs --reason", flag_set_bool,
     offsetof(struct submit_flags, revise)},
    {"reason", 'r', "TEXT", "why, for the log", flag_set_text,
     offsetof(struct submit_flags, reason)},
    {"dry-run", 0, NULL, "check and show what would be, write nothing", flag_set_bool,
     offsetof(struct submit_flags, dry_run)},
    {0},
};

static char *text_or_empty(const char *text, struct arena *arena)
{
    return arena_strdup(arena, text != NULL ? text : "");
}

static enum exit_code set_marks(Provost__V1__Submission *submission,
                                const struct flag_list *marks, struct arena *arena)
{
    submission->flags = arena_alloc(arena, (marks->n + 1) * sizeof *submission->flags);
    for (size_t i = 0; i < marks->n; i++) {
        int mark;

        if (!enum_from_name(&provost__v1__value_flag__descriptor, marks->values[i], &mark)) {
            say_error("--flag: \"%s\" is not one of provisional, estimated, forecast, break",
                      marks->values[i]);
            return EXIT_CODE_USAGE;
        }
        submission->flags[submission->n_flags++] = (Provost__V1__ValueFlag)mark;
    }
    return EXIT_CODE_OK;
}

static Provost__V1__Submission *new_submission(const struct command_input *input,
                                               struct arena *arena)
{
    const struct submit_flags *flags = input->flags;
    Provost__V1__Submission *submission =
        (Provost__V1__Submission *)message_new(&provost__v1__submission__descriptor, arena);

    submission->indicator = arena_strdup(arena, input->words[0]);
    submission->period = arena_strdup(arena, input->words[1]);
    submission->value = arena_strdup(arena, input->words[2]);
    submission->numerator = text_or_empty(flags->numerator, arena);
    submission->denominator = text_or_empty(flags->denominator, arena);
    submission->note = text_or_empty(flags->note, arena);
    submission->breakdown = text_or_empty(flags->breakdown, arena);
    submission->base_seq = flags->base_seq;
    return submission;
}

static const char *locate_field(const void *context, const char *field_path,
                                struct arena *arena)
{
    (void)context;
    return arena_printf(arena, "field %s", failure_field_name(field_path, arena));
}

static enum exit_code run_submit(struct session *session, const struct command_input *input)
{
    const struct submit_flags *flags = input->flags;
    Provost__V1__SubmitObservationsRequest request =
        PROVOST__V1__SUBMIT_OBSERVATIONS_REQUEST__INIT;
    Provost__V1__Submission *submission = new_submission(input, session->arena);
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "SubmitObservations",
        .request = &request.base,
        .failure = {.doing = arena_printf(session->arena, "submit %s for %s, %s",
                                          input->words[2], input->words[0], input->words[1]),
                    .locate = locate_field},
    };
    ProtobufCMessage *response;
    enum exit_code code = set_marks(submission, &flags->marks, session->arena);
    struct results results;

    request.submissions = &submission;
    request.n_submissions = 1;
    request.reason = text_or_empty(flags->reason, session->arena);
    request.revise = flags->revise;
    request.validate_only = flags->dry_run;
    if (code == EXIT_CODE_OK) code = session_run(session, &call, &response);
    if (code != EXIT_CODE_OK) return code;
    results = results_of_submit((const Provost__V1__SubmitObservationsResponse *)response);
    return results_show(session, &results);
}

const struct command command_submit = {
    .name = "submit",
    .usage = "INDICATOR PERIOD VALUE [--numerator N --denominator N] [--note TEXT]",
    .summary = "Submit a figure of an indicator for a period",
    .examples =
        "provost submit foi-cex 2020-21 98.7% --numerator 75 --denominator 76\n"
        "provost submit nec-smartcards \"Q1 2021/22\" 68,740 --flag provisional\n"
        "provost submit sickness 2020-21 TBC --note \"payroll system change\"\n"
        "provost submit foi-cex 2020-21 97.9 --revise --reason \"one case recounted\"\n",
    .details =
        "Write period and value as you would in the report; the register understands them\n"
        "and keeps the wording: \"68,740\", \"98.7%\", \"TBC\", \"-\", \"Under development\".\n"
        "The same figure again changes nothing; another one needs --base-seq or --revise.\n",
    .flags = submit_flag_table,
    .flags_size = sizeof(struct submit_flags),
    .min_words = 3,
    .max_words = 3,
    .run = run_submit,
};
