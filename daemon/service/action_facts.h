/* An action as the rules of domain/schedule.h see it. */
#ifndef SERVICE_ACTION_FACTS_H
#define SERVICE_ACTION_FACTS_H

#include "domain/schedule.h"
#include "service/found.h"

#include "provost/v1/performance.pb-c.h"

/* Reads actions; remembers the plans that they belong to. Zero but for call and moment. */
struct action_facts {
    struct handler_call *call;
    const struct moment *moment;
    struct name_map plans; /* name to Provost__V1__Plan, NULL for none */
};

/* The plan of that name; NULL when there is none. */
struct status action_facts_plan(struct action_facts *facts, const char *name,
                                const Provost__V1__Plan **out_plan) MUST_CHECK;

/* "Touched" is when the version was made. */
struct status action_facts_read(struct action_facts *facts, const struct version *version,
                                struct schedule_action *out_action) MUST_CHECK;

/* One deadline as stored. */
struct deadline action_facts_deadline(const Provost__V1__Deadline *stored);

/* The last day of its deadlines; DATE_NO_DAY when there is none. */
int32_t action_facts_due(const struct schedule_action *action);

/* A status of domain/schedule.h as the contract has it. */
Provost__V1__ActionProgress action_facts_progress(enum schedule_status status);

#endif
