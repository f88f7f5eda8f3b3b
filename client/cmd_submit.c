/* submit: a department's figure, or a file of them. What is written is sent as it is: the
 * daemon understands it.
 */
#include "client/command.h"
#include "client/results_view.h"
#include "client/say.h"
#include "client/submit_file.h"
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
    const char *file;
    const char *import_id;
    bool whole;
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
    {"file", 'f', "FILE.csv",
     "all rows of a file: "
     "indicator,period,value[,numerator,denominator,note,breakdown,flags,key]",
     flag_set_text, offsetof(struct submit_flags, file)},
    {"import-id", 0, "ID", "with --file: the id of an earlier try that broke", flag_set_text,
     offsetof(struct submit_flags, import_id)},
    {"whole", 0, NULL, "with --file: all rows or none (10,000 at most)", flag_set_bool,
     offsetof(struct submit_flags, whole)},
    {0},
};

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
    submission->numerator = arena_text(arena, flags->numerator);
    submission->denominator = arena_text(arena, flags->denominator);
    submission->note = arena_text(arena, flags->note);
    submission->breakdown = arena_text(arena, flags->breakdown);
    submission->base_seq = flags->base_seq;
    return submission;
}

static const char *locate_field(const void *context, const char *field_path,
                                struct arena *arena)
{
    (void)context;
    return arena_printf(arena, "field %s", failure_field_name(field_path, arena));
}

static enum exit_code submit_one(struct session *session, const struct command_input *input)
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
    request.reason = arena_text(session->arena, flags->reason);
    request.revise = flags->revise;
    request.validate_only = flags->dry_run;
    if (code == EXIT_CODE_OK) code = session_run(session, &call, &response);
    if (code != EXIT_CODE_OK) return code;
    results = results_of_submit((const Provost__V1__SubmitObservationsResponse *)response);
    return results_show(session, &results);
}

static enum exit_code submit_rows(struct session *session, const struct submit_flags *flags)
{
    struct submit_file what = {.path = flags->file,
                               .import_id = flags->import_id,
                               .reason = flags->reason,
                               .whole = flags->whole,
                               .revise = flags->revise,
                               .dry_run = flags->dry_run};

    if (flags->numerator == NULL && flags->denominator == NULL && flags->note == NULL &&
        flags->breakdown == NULL && flags->marks.n == 0 && flags->base_seq == 0)
        return submit_file_run(session, &what);
    say_error("with --file, numerator, denominator, note, breakdown and flags are columns");
    return EXIT_CODE_USAGE;
}

static enum exit_code run_submit(struct session *session, const struct command_input *input)
{
    const struct submit_flags *flags = input->flags;
    size_t words = flags->file != NULL ? 0 : 3;

    if (input->n_words != words ||
        (flags->file == NULL && (flags->import_id || flags->whole))) {
        say_error("submit takes INDICATOR PERIOD VALUE, or --file FILE.csv");
        return EXIT_CODE_USAGE;
    }
    return flags->file != NULL ? submit_rows(session, flags) : submit_one(session, input);
}

const struct command command_submit = {
    .name = "submit",
    .usage = "INDICATOR PERIOD VALUE [--numerator N --denominator N] [--note TEXT] | --file "
             "FILE.csv",
    .summary = "Submit a figure of an indicator for a period, or a file of them",
    .examples = "provost submit foi-cex 2020-21 98.7% --numerator 75 --denominator 76\n"
                "provost submit nec-smartcards \"Q1 2021/22\" 68,740 --flag provisional\n"
                "provost submit sickness-cex 2021-22 TBC --note \"payroll system change\"\n"
                "provost submit foi-cex 2020-21 97.9 --revise --reason \"one case recounted\"\n"
                "provost submit --file quarter.csv\n",
    .details =
        "Write period and value as you would in the report; the register understands them\n"
        "and keeps the wording: \"68,740\", \"98.7%\", \"TBC\", \"-\", \"Under development\".\n"
        "The same figure again changes nothing; another one needs --base-seq or --revise.\n",
    .flags = submit_flag_table,
    .flags_size = sizeof(struct submit_flags),
    .min_words = 0,
    .max_words = 3,
    .run = run_submit,
};
