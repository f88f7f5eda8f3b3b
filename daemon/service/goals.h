/* Whose an indicator is: the plans and objectives that its links lead to, as a writing request
 * sees them (its own links included). An indicator is of a plan when it MEASURES or is PART_OF
 * the plan or one of its objectives (MODEL.md section 1, Link). */
#ifndef SERVICE_GOALS_H
#define SERVICE_GOALS_H

#include "service/lookup.h"

/* Where a link of an indicator leads. Owned by the arena of the lookup. */
struct goal {
    const char *name; /* "plans/..." or "objectives/..." */
    const struct goal *next;
};

/* Everything that an indicator ("indicators/...") measures or is part of; NULL for nothing. */
struct status goals_find(struct lookup *lookup, const char *indicator,
                         const struct goal **out_goals) MUST_CHECK;

/* The plan of a goal: itself or its objective's; "" for anything else. */
struct status goals_plan_of(struct lookup *lookup, const char *goal,
                            const char **out_plan) MUST_CHECK;

#endif
