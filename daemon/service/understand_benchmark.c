/* A benchmark: what its words for position and trajectory say, and its figures. What the words
 * do not say plainly is kept as written, with a warning. */
#include "common/reasons.h"
#include "domain/benchmark.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

/* A cell and the fields understood from it, of either sort. */
struct judgement {
    const char *verbatim_field;
    const char *enum_field;
    const char *note_field;
    char **verbatim;
    char **note; /* the qualifier, or why there is none */
    int said;    /* the enum as it stands */
    enum benchmark_answer answer;
    int read;              /* the enum as understood */
    const char *qualifier; /* or NULL */
};

static Provost__V1__BenchmarkPosition position_of(const struct benchmark_text *text)
{
    if (text->answer == BENCHMARK_INVALID || text->answer == BENCHMARK_BLANK)
        return PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_UNSPECIFIED;
    switch (text->answer == BENCHMARK_STATED ? text->position : BENCHMARK_POSITION_UNKNOWN) {
    case BENCHMARK_ABOVE:
        return PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_ABOVE;
    case BENCHMARK_AVERAGE:
        return PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_AVERAGE;
    case BENCHMARK_BELOW:
        return PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_BELOW;
    case BENCHMARK_POSITION_UNKNOWN:
        break;
    }
    return PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_NOT_AVAILABLE;
}

static Provost__V1__Trajectory trajectory_of(const struct benchmark_course *course)
{
    if (course->answer == BENCHMARK_INVALID || course->answer == BENCHMARK_BLANK)
        return PROVOST__V1__TRAJECTORY__TRAJECTORY_UNSPECIFIED;
    switch (course->answer == BENCHMARK_STATED ? course->trajectory
                                               : BENCHMARK_TRAJECTORY_UNKNOWN) {
    case BENCHMARK_IMPROVING:
        return PROVOST__V1__TRAJECTORY__TRAJECTORY_IMPROVING;
    case BENCHMARK_STABLE:
        return PROVOST__V1__TRAJECTORY__TRAJECTORY_STABLE;
    case BENCHMARK_DECLINING:
        return PROVOST__V1__TRAJECTORY__TRAJECTORY_DECLINING;
    case BENCHMARK_TRAJECTORY_UNKNOWN:
        break;
    }
    return PROVOST__V1__TRAJECTORY__TRAJECTORY_NOT_AVAILABLE;
}

/* The note the words themselves give: a qualifier, or "TBC" where they only say that. */
static const char *note_of(const struct judgement *judgement)
{
    if (judgement->qualifier != NULL) return judgement->qualifier;
    return judgement->answer == BENCHMARK_TBC ? "TBC" : "";
}

/* Brings cell, enum and note together; *out_enum is what is to be stored. */
static struct status settle(struct understanding *what, const struct judgement *judgement,
                            int *out_enum)
{
    *out_enum = judgement->said;
    bool said = understand_said(what, judgement->enum_field);
    if (!understand_touched(what, judgement->verbatim_field)) {
        /* The judgement was changed alone: words that say something else go. */
        if (understand_touched(what, judgement->enum_field) &&
            judgement->read != judgement->said)
            *judgement->verbatim = (char *)protobuf_c_empty_string;
        return status_ok();
    }
    if (judgement->answer == BENCHMARK_INVALID) {
        understand_warn(what, REASON_NOT_UNDERSTOOD, judgement->verbatim_field,
                        "\"%.80s\" is not understood; it is kept as it is",
                        *judgement->verbatim);
        return status_ok();
    }
    if (said && judgement->read != judgement->said && (*judgement->verbatim)[0] != '\0')
        return understand_refuse(what, REASON_VERBATIM_CONTRADICTS, judgement->enum_field,
                                 "%s is not what \"%.80s\" says; send only one of them",
                                 judgement->enum_field, *judgement->verbatim);
    if (!said) *out_enum = judgement->read;
    if (!understand_said(what, judgement->note_field) && (*judgement->verbatim)[0] != '\0')
        *judgement->note = (char *)note_of(judgement);
    return status_ok();
}

static struct status read_position(struct understanding *what, Provost__V1__Benchmark *body)
{
    struct benchmark_text text = benchmark_parse_position(body->position_verbatim, what->arena);
    const struct judgement judgement = {
        .verbatim_field = "position_verbatim",
        .enum_field = "position",
        .note_field = "position_qualifier",
        .verbatim = &body->position_verbatim,
        .note = &body->position_qualifier,
        .said = (int)body->position,
        .answer = text.answer,
        .read = (int)position_of(&text),
        .qualifier = text.qualifier,
    };
    int position;
    struct status st = settle(what, &judgement, &position);
    body->position = (Provost__V1__BenchmarkPosition)position;
    return st;
}

static struct status read_trajectory(struct understanding *what, Provost__V1__Benchmark *body)
{
    struct benchmark_course course =
        benchmark_parse_trajectory(body->trajectory_verbatim, what->arena);
    const struct judgement judgement = {
        .verbatim_field = "trajectory_verbatim",
        .enum_field = "trajectory",
        .note_field = "trajectory_reason",
        .verbatim = &body->trajectory_verbatim,
        .note = &body->trajectory_reason,
        .said = (int)body->trajectory,
        .answer = course.answer,
        .read = (int)trajectory_of(&course),
        .qualifier = course.qualifier,
    };
    int trajectory;
    struct status st = settle(what, &judgement, &trajectory);
    body->trajectory = (Provost__V1__Trajectory)trajectory;
    return st;
}

static struct status read_group(const struct understanding *what, Provost__V1__Benchmark *body)
{
    if (body->n_group_values == 0 || !understand_touched(what, "group_values"))
        return status_ok();
    char **values = arena_alloc(what->arena, body->n_group_values * sizeof(char *));
    for (size_t i = 0; i < body->n_group_values; i++) {
        const char *field = arena_printf(what->arena, "group_values[%zu]", i);
        const char *number = "";
        if (body->group_values[i][0] == '\0')
            return understand_refuse(what, REASON_DECIMAL_INVALID, field,
                                     "a member of the group without a figure is left out");
        struct status st = understand_decimal(what, field, body->group_values[i], &number);
        if (!status_is_ok(st)) return st;
        values[i] = (char *)number;
    }
    body->group_values = values;
    return status_ok();
}

struct status understand_benchmark(struct understanding *what)
{
    Provost__V1__Benchmark *body = (Provost__V1__Benchmark *)what->after;
    struct status st = read_position(what, body);
    if (status_is_ok(st)) st = read_trajectory(what, body);
    return status_is_ok(st) ? read_group(what, body) : st;
}
