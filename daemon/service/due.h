/* The parts of ListDue. */
#ifndef SERVICE_DUE_H
#define SERVICE_DUE_H

#include "service/action_facts.h"
#include "service/scope.h"

#include "provost/v1/performance.pb-c.h"

/* One answer in the making. */
struct due {
    struct handler_call *call;
    struct moment moment;
    struct scope scope;
    struct action_facts facts; /* plans */
    int32_t day;               /* the day it is told for */
    int32_t until;             /* the last day looked at */
    struct name_map windows;   /* "plans/x" to what due_figures.c knows of it */
    struct name_map calendars; /* the periods it has asked for */
    struct due_entry *entries;
    size_t count;
    size_t capacity;
};

/* One thing that is due. */
struct due_entry {
    int32_t day;
    const char *name;
    const char *title;
    const char *period; /* "" for none */
    const char *what;
    const char *verbatim;
    char **owners;
    size_t owner_count;
};

/* Adds it unless its day lies behind `until`. */
void due_add(struct due *due, const struct due_entry *entry);

/* One owner, or the other when the first is empty, or none. */
void due_set_owner(struct due *due, struct due_entry *entry, char *owner, char *otherwise);

/* Figures to be submitted: of the indicators' periods within their plans those without a figure
 * (due_figures.c). */
struct status due_add_figures(struct due *due) MUST_CHECK;

/* Deadlines of actions, reviews of plans and risks (due_reviews.c). */
struct status due_add_actions(struct due *due) MUST_CHECK;
struct status due_add_plans(struct due *due) MUST_CHECK;
struct status due_add_risks(struct due *due) MUST_CHECK;

#endif
