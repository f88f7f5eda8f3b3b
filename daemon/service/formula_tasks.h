/* Which figures are to be computed (formulas.h): the queue of one request. */
#ifndef SERVICE_FORMULA_TASKS_H
#define SERVICE_FORMULA_TASKS_H

#include "service/formula_graph.h"
#include "service/formulas.h"

/* Something that changed: a figure of an indicator, or, without a period, its formula. */
struct cause {
    struct understanding *what;
    const char *indicator; /* id */
    const char *period;    /* id; NULL: the formula itself */
    const char *breakdown; /* of the figure; "" for the whole */
    struct cause *next;
};

/* A figure to be computed, and what came of it. Each is there once. */
struct task {
    struct understanding *what; /* what asked for it first */
    const struct formula_user *user;
    struct period period;
    const char *breakdown;            /* a formula holds for each part of a whole by itself */
    const char *name;                 /* of the observation */
    Provost__V1__Observation *result; /* NULL while there is none */
    bool waiting, warned;
    struct task *next;         /* all of them, newest first */
    struct task *next_waiting; /* the queue */
};

struct formulas {
    struct lookup *lookup;
    struct period_lock *lock;
    struct cause *causes;
    const struct formula_user *users;
    struct task *tasks;
    struct task *first, **last; /* the queue */
    size_t steps;
    struct status status; /* of reads inside an evaluation */
};

/* The row of observations. */
const struct catalog_row *formula_tasks_row(void);

/* "observations/INDICATOR/PERIOD[/BREAKDOWN]", in the arena. */
const char *formula_tasks_name(struct arena *arena, const char *indicator,
                               const struct period *period, const char *breakdown);

/* The task of an observation; NULL for none. */
struct task *formula_tasks_find(struct formulas *formulas, const char *name);

/* Whatever the causes ask for; formulas->users is set. */
struct status formula_tasks_begin(struct formulas *formulas) MUST_CHECK;

/* A figure that was changed. */
struct formula_input {
    const char *indicator; /* id */
    const struct period *period;
    const char *breakdown;
};

/* Whatever reads it. */
struct status formula_tasks_add_readers(struct formulas *formulas, struct understanding *what,
                                        const struct formula_input *input) MUST_CHECK;

/* The next one, taken out; NULL at the end. */
struct task *formula_tasks_next(struct formulas *formulas);

#endif
