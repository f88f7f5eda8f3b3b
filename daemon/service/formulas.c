#include "service/formulas.h"

#include "common/diff.h"
#include "common/fields.h"
#include "common/reasons.h"
#include "service/cell.h"
#include "service/definition.h"
#include "service/formula_tasks.h"
#include "service/resource.h"
#include "service/sight.h"

#include <string.h>

enum { FLAGS = 4 };

/* One evaluation. */
struct evaluation {
    struct formulas *formulas;
    const struct task *task;
    unsigned flags; /* of the inputs */
};

struct formulas *formulas_new(struct lookup *lookup, struct period_lock *lock)
{
    struct formulas *formulas = arena_zalloc(lookup->arena, sizeof *formulas);
    formulas->lookup = lookup;
    formulas->lock = lock;
    formulas->last = &formulas->first;
    return formulas;
}

/* ---- what changed ---- */

static void add_cause(struct formulas *formulas, struct understanding *what,
                      const struct cause *made)
{
    struct cause *cause = arena_alloc(formulas->lookup->arena, sizeof *cause);
    *cause = *made;
    cause->what = what;
    cause->next = formulas->causes;
    formulas->causes = cause;
}

static bool has_formula(const Provost__V1__Indicator *indicator)
{
    bool has = indicator->formula[0] != '\0';
    for (size_t i = 0; i < indicator->n_definitions; i++)
        has |= indicator->definitions[i]->formula[0] != '\0';
    return has;
}

/* A new indicator, or one whose figures are made in another way than before. */
static bool is_made_otherwise(const struct understanding *what, const ProtobufCMessage *body)
{
    static const char *const fields[] = {"formula", "definitions", "null_policy"};
    if (what->before == NULL) return true;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!field_equal(what->before, body, fields_find(body->descriptor, fields[i])))
            return true;
    return false;
}

void formulas_note(struct formulas *formulas, struct understanding *what,
                   const ProtobufCMessage *body)
{
    if (body->descriptor == &provost__v1__observation__descriptor) {
        const Provost__V1__Observation *observation = (const void *)body;
        add_cause(formulas, what,
                  &(struct cause){.indicator = resource_id(observation->indicator),
                                  .period = observation->period,
                                  .breakdown = observation->breakdown});
    } else if (body->descriptor == &provost__v1__indicator__descriptor &&
               has_formula((const Provost__V1__Indicator *)(const void *)body) &&
               is_made_otherwise(what, body)) {
        add_cause(formulas, what, &(struct cause){.indicator = resource_id(what->name)});
    }
}

/* ---- one computation ---- */

/* The figure as it will be: computed in this run, else as it is in the register. */
static const Provost__V1__Observation *read_figure(struct formulas *formulas, const char *name)
{
    const struct task *task = formula_tasks_find(formulas, name);
    if (task != NULL && task->result != NULL) return task->result;
    struct lookup_entry *entry;
    struct status st = lookup_get(formulas->lookup, formula_tasks_row(), name, &entry);
    if (!status_is_ok(st)) formulas->status = st;
    if (!status_is_ok(st) || !entry->found) return NULL;
    return (const Provost__V1__Observation *)(const void *)entry->version.body;
}

static bool look_up(void *context, const struct formula_reference *reference,
                    struct decimal *out_value)
{
    struct evaluation *evaluation = context;
    struct formulas *formulas = evaluation->formulas;
    struct period period;
    if (!formula_reference_period(reference, &evaluation->task->period, &period)) return false;
    const Provost__V1__Observation *figure =
        read_figure(formulas, formula_tasks_name(formulas->lookup->arena, reference->indicator,
                                                 &period, evaluation->task->breakdown));
    if (figure == NULL || figure->state != PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE ||
        figure->workflow == PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED ||
        decimal_parse(figure->value, out_value) != DECIMAL_OK)
        return false;
    for (size_t i = 0; i < figure->n_flags; i++)
        evaluation->flags |= 1U << figure->flags[i];
    return true;
}

enum formula_nulls formulas_nulls(Provost__V1__NullPolicy policy)
{
    if (policy == PROVOST__V1__NULL_POLICY__NULL_POLICY_SKIP) return FORMULA_NULLS_SKIP;
    if (policy == PROVOST__V1__NULL_POLICY__NULL_POLICY_ZERO) return FORMULA_NULLS_ZERO;
    return FORMULA_NULLS_STRICT;
}

static void set_flags(struct arena *arena, unsigned flags, Provost__V1__Observation *figure)
{
    figure->flags = arena_alloc(arena, FLAGS * sizeof *figure->flags);
    for (int i = 1; i <= FLAGS; i++)
        if (flags & 1U << i) figure->flags[figure->n_flags++] = (Provost__V1__ValueFlag)i;
}

static Provost__V1__Observation *make_figure(struct formulas *formulas, const struct task *task,
                                             struct decimal value, unsigned flags)
{
    struct arena *arena = formulas->lookup->arena;
    char period[PERIOD_TEXT_SIZE];
    Provost__V1__Observation *figure = arena_alloc(arena, sizeof *figure);
    provost__v1__observation__init(figure);
    period_format_id(&task->period, period);
    figure->indicator = (char *)task->user->name;
    figure->period = arena_strdup(arena, period);
    figure->breakdown = (char *)task->breakdown;
    figure->state = PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE;
    figure->value = cell_number_text(arena, decimal_strip(value));
    figure->verbatim = figure->value;
    figure->source_system = (char *)FORMULAS_SOURCE;
    set_flags(arena, flags, figure);
    return figure;
}

/* Whether any figure but the indicator's own is there: an indicator that adds to its past does
 * not run on into the future by itself. */
static bool has_input(struct evaluation *evaluation, const struct task *task,
                      const struct formula *formula)
{
    struct decimal ignored;
    for (size_t r = 0; r < formula->reference_count; r++)
        if (strcmp(formula->references[r].indicator, task->user->id) != 0 &&
            look_up(evaluation, &formula->references[r], &ignored))
            return true;
    return false;
}

/* Whether the figure that is there stays without a word, because it was submitted; else why
 * nothing can be written, NULL when something can. */
static struct status find_obstacle(struct formulas *formulas, const struct task *task,
                                   bool *out_keep, const char **out_why)
{
    struct lookup_entry *entry;
    char period[PERIOD_TEXT_SIZE];
    *out_why = NULL;
    struct status st = lookup_get(formulas->lookup, formula_tasks_row(), task->name, &entry);
    if (!status_is_ok(st)) return st;
    const Provost__V1__Observation *there =
        entry->found ? (const void *)entry->version.body : NULL;
    *out_keep =
        entry->claimed || (there != NULL && strcmp(there->source_system, FORMULAS_SOURCE) != 0);
    if (*out_keep) return st;
    const char *locked;
    period_format_id(&task->period, period);
    st = period_lock_find(formulas->lock, task->user->name,
                          arena_strdup(formulas->lookup->arena, period), &locked);
    if (status_is_ok(st) && locked != NULL)
        *out_why =
            arena_printf(formulas->lookup->arena, "%s is not open",
                         sight_tell(formulas->lookup->sight, formulas->lookup->txn, locked));
    return st;
}

static void warn(struct formulas *formulas, struct task *task, const char *why)
{
    struct lookup_entry *entry;
    struct status st = lookup_get(formulas->lookup, formula_tasks_row(), task->name, &entry);
    bool there = status_is_ok(st) && entry->found;
    if ((!there && task->result == NULL) || task->warned) return;
    if (!sight_sees(formulas->lookup->sight, formulas->lookup->txn, task->user->name)) return;
    task->warned = true;
    understand_warn(task->what, REASON_FIGURE_NOT_COMPUTED, "",
                    "%s stays as it is, its formula was not computed: %s", task->name, why);
}

static bool same_figure(const Provost__V1__Observation *a, const Provost__V1__Observation *b)
{
    bool changed[CATALOG_FIELDS_MAX];
    return diff_fields(a == NULL ? NULL : &a->base, &b->base, changed) == 0;
}

/* Takes the result in; whoever reads it is computed again when it is another. */
static struct status accept(struct formulas *formulas, struct task *task,
                            const struct formula_result *result, unsigned flags)
{
    const Provost__V1__Observation *before = read_figure(formulas, task->name);
    Provost__V1__Observation *figure = make_figure(formulas, task, result->value, flags);
    if (!status_is_ok(formulas->status)) return formulas->status;
    if (same_figure(before, figure)) return status_ok();
    task->result = figure;
    return formula_tasks_add_readers(
        formulas, task->what,
        &(struct formula_input){task->user->id, &task->period, task->breakdown});
}

static struct status compute(struct formulas *formulas, struct task *task)
{
    struct arena *arena = formulas->lookup->arena;
    struct definition definition = definition_at(task->user->indicator, &task->period);
    struct evaluation evaluation = {formulas, task, 0};
    struct formula formula;
    struct formula_error error;
    bool keep = false;
    const char *why;
    if (!formula_parse(definition.formula, arena, &formula, &error)) return status_ok();
    struct status st = find_obstacle(formulas, task, &keep, &why);
    if (!status_is_ok(st) || keep) return st;
    bool any = has_input(&evaluation, task, &formula);
    evaluation.flags = 0;
    struct formula_result result =
        formula_evaluate(&formula, formulas_nulls(task->user->indicator->null_policy),
                         &(struct formula_source){look_up, &evaluation});
    if (!status_is_ok(formulas->status)) return formulas->status;
    if (why == NULL && (!result.has_value || !any))
        why = result.has_value
                  ? "none of its inputs has a figure"
                  : arena_printf(arena, "UNKNOWN(%s)", formula_reason_name(result.reason));
    if (why == NULL) return accept(formulas, task, &result, evaluation.flags);
    warn(formulas, task, why);
    return status_ok();
}

static struct status compute_all(struct formulas *formulas)
{
    struct task *task;
    struct status st = status_ok();
    while (status_is_ok(st) && (task = formula_tasks_next(formulas)) != NULL) {
        if (++formulas->steps > FORMULAS_MAX)
            return status_error(formulas->lookup->arena, GRPC_RESOURCE_EXHAUSTED,
                                REASON_FORMULA_INVALID, NULL,
                                "more than %d figures depend on what the request changes; send "
                                "fewer at a time",
                                FORMULAS_MAX);
        st = compute(formulas, task);
    }
    return st;
}

/* ---- writing ---- */

static struct status put(struct formulas *formulas, const struct task *task)
{
    struct lookup_entry *entry;
    bool changed[CATALOG_FIELDS_MAX];
    struct status st = lookup_get(formulas->lookup, formula_tasks_row(), task->name, &entry);
    if (!status_is_ok(st)) return st;
    struct version before = entry->version;
    if (diff_fields(entry->found ? before.body : NULL, &task->result->base, changed) == 0)
        return status_ok();
    st = txn_put(formulas->lookup->txn, &formula_tasks_row()->kind, entry->id,
                 entry->found ? &before : NULL, &task->result->base, changed, &entry->version);
    entry->found = status_is_ok(st);
    return st;
}

struct status formulas_run(struct formulas *formulas)
{
    if (formulas->causes == NULL) return status_ok();
    formulas->status = status_ok();
    struct status st =
        formula_graph_find(formulas->lookup->txn, formulas->lookup->arena, &formulas->users);
    if (!status_is_ok(st) || formulas->users == NULL) return st;
    st = formula_tasks_begin(formulas);
    if (status_is_ok(st)) st = compute_all(formulas);
    for (const struct task *t = formulas->tasks; status_is_ok(st) && t != NULL; t = t->next)
        if (t->result != NULL) st = put(formulas, t);
    return st;
}

/* ---- for reports ---- */

size_t formulas_inputs(const char *text, const struct period *period, const char *breakdown,
                       struct arena *arena, char ***out_names)
{
    struct formula formula;
    struct formula_error error;
    size_t count = 0;
    if (text[0] == '\0' || !formula_parse(text, arena, &formula, &error)) return 0;
    char **names = arena_alloc(arena, formula.reference_count * sizeof(char *));
    for (size_t i = 0; i < formula.reference_count; i++) {
        const struct formula_reference *reference = &formula.references[i];
        struct period input;
        if (formula_reference_period(reference, period, &input))
            names[count++] =
                (char *)formula_tasks_name(arena, reference->indicator, &input, breakdown);
    }
    *out_names = names;
    return count;
}
