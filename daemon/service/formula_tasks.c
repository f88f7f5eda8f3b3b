#include "service/formula_tasks.h"

#include <string.h>

const struct catalog_row *formula_tasks_row(void)
{
    return catalog_of_desc(&provost__v1__observation__descriptor);
}

struct task *formula_tasks_find(struct formulas *formulas, const char *name)
{
    return lookup_entry(formulas->lookup, formula_tasks_row(), name)->task;
}

const char *formula_tasks_name(struct arena *arena, const char *indicator,
                               const struct period *period, const char *breakdown)
{
    char id[PERIOD_TEXT_SIZE];
    period_format_id(period, id);
    return arena_printf(arena, "%s/%s/%s%s%s", formula_tasks_row()->kind.collection, indicator,
                        id, *breakdown == '\0' ? "" : "/", breakdown);
}

static void enqueue(struct formulas *formulas, struct understanding *what,
                    const struct formula_user *user, const struct period *period,
                    const char *breakdown)
{
    struct arena *arena = formulas->lookup->arena;
    if (user->is_live || user->is_measure) return;
    const char *name = formula_tasks_name(arena, user->id, period, breakdown);
    struct task *task = formula_tasks_find(formulas, name);
    if (task == NULL) {
        task = arena_zalloc(arena, sizeof *task);
        *task = (struct task){.what = what, .user = user, .period = *period, .name = name};
        task->breakdown = breakdown;
        task->next = formulas->tasks;
        formulas->tasks = task;
        lookup_entry(formulas->lookup, formula_tasks_row(), name)->task = task;
    }
    if (task->waiting) return;
    task->waiting = true;
    task->next_waiting = NULL;
    *formulas->last = task;
    formulas->last = &task->next_waiting;
}

struct task *formula_tasks_next(struct formulas *formulas)
{
    struct task *task = formulas->first;
    if (task == NULL) return NULL;
    formulas->first = task->next_waiting;
    if (formulas->first == NULL) formulas->last = &formulas->first;
    task->waiting = false;
    return task;
}

static bool next_year(const struct period *period, struct period *out)
{
    if (period->kind == PERIOD_DATE) return period_next(period, out);
    return period_make(period->kind, period->year + 1, period->part, out);
}

/* The period whose figure a reference reads `input` for. A fixed period is read for all; only
 * what is computed anyway is computed again then, so it is not followed here. */
static bool reading_period(const struct formula_reference *reference,
                           const struct period *input, struct period *out_period)
{
    switch (reference->shift) {
    case FORMULA_CURRENT:
        *out_period = *input;
        return true;
    case FORMULA_PREVIOUS:
        return period_next(input, out_period);
    case FORMULA_SAME_LAST_YEAR:
        return next_year(input, out_period);
    case FORMULA_FIXED:
        break;
    }
    return false;
}

/* scan_fn over the figures of a calculated indicator. */
struct refresh {
    struct formulas *formulas;
    struct understanding *what;
    const struct formula_user *user;
    const char *breakdown; /* only of this; NULL: of all */
};

static enum scan_verdict visit_computed(void *data, const struct version *version)
{
    const struct refresh *refresh = data;
    const Provost__V1__Observation *observation = (const void *)version->body;
    struct period period;
    if ((refresh->breakdown != NULL &&
         strcmp(observation->breakdown, refresh->breakdown) != 0) ||
        strcmp(observation->source_system, FORMULAS_SOURCE) != 0 ||
        !period_parse(observation->period, &period, NULL))
        return SCAN_SKIP;
    enqueue(refresh->formulas, refresh->what, refresh->user, &period, observation->breakdown);
    return SCAN_KEEP;
}

static struct status enqueue_computed(struct refresh *refresh)
{
    struct lookup *lookup = refresh->formulas->lookup;
    const struct scan scan = {
        .kind = &formula_tasks_row()->kind, .as_of = AS_OF_NOW, .prefix = refresh->user->id};
    return txn_scan(lookup->txn, &scan, lookup->arena, visit_computed, refresh);
}

/* All that read this figure. */
struct status formula_tasks_add_readers(struct formulas *formulas, struct understanding *what,
                                        const struct formula_input *input)
{
    for (const struct formula_user *user = formulas->users; user != NULL; user = user->next)
        for (size_t r = 0; r < user->reference_count; r++) {
            const struct formula_reference *reference = &user->references[r];
            struct period reading;
            if (strcmp(reference->indicator, input->indicator) != 0) continue;
            if (reading_period(reference, input->period, &reading)) {
                enqueue(formulas, what, user, &reading, input->breakdown);
            } else if (reference->shift == FORMULA_FIXED &&
                       period_compare(&reference->period, input->period) == 0) {
                struct refresh refresh = {formulas, what, user, input->breakdown};
                struct status st = enqueue_computed(&refresh);
                if (!status_is_ok(st)) return st;
            }
        }
    return status_ok();
}

/* scan_fn over the figures of an input of a new formula. */
struct input_visit {
    struct refresh refresh;
    const struct formula_reference *reference;
};

static enum scan_verdict visit_input(void *data, const struct version *version)
{
    const struct input_visit *visit = data;
    const Provost__V1__Observation *observation = (const void *)version->body;
    struct period period, reading;
    if (!period_parse(observation->period, &period, NULL) ||
        !reading_period(visit->reference, &period, &reading))
        return SCAN_SKIP;
    enqueue(visit->refresh.formulas, visit->refresh.what, visit->refresh.user, &reading,
            observation->breakdown);
    return SCAN_KEEP;
}

/* A new formula is computed wherever an input has a figure. */
static struct status enqueue_formula(struct formulas *formulas, const struct cause *cause)
{
    const struct formula_user *user = formulas->users;
    while (user != NULL && strcmp(user->id, cause->indicator) != 0)
        user = user->next;
    if (user == NULL) return status_ok();
    struct refresh refresh = {formulas, cause->what, user, NULL};
    struct status st = enqueue_computed(&refresh);
    for (size_t r = 0; status_is_ok(st) && r < user->reference_count; r++) {
        struct input_visit visit = {refresh, &user->references[r]};
        const struct scan scan = {.kind = &formula_tasks_row()->kind,
                                  .as_of = AS_OF_NOW,
                                  .prefix = user->references[r].indicator};
        st = txn_scan(formulas->lookup->txn, &scan, formulas->lookup->arena, visit_input,
                      &visit);
    }
    return st;
}

struct status formula_tasks_begin(struct formulas *formulas)
{
    struct status st = status_ok();
    for (const struct cause *c = formulas->causes; status_is_ok(st) && c != NULL; c = c->next) {
        struct period period;
        if (c->period == NULL)
            st = enqueue_formula(formulas, c);
        else if (period_parse(c->period, &period, NULL))
            st = formula_tasks_add_readers(
                formulas, c->what,
                &(struct formula_input){c->indicator, &period, c->breakdown});
    }
    return st;
}
