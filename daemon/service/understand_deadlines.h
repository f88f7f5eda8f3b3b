/* A cell of deadlines and the list understood from it, as actions and plans have them. */
#ifndef SERVICE_UNDERSTAND_DEADLINES_H
#define SERVICE_UNDERSTAND_DEADLINES_H

#include "domain/deadline.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

/* One such pair of fields in what->after, and what it was before (empty for a new resource). */
struct deadline_fields {
    const char *verbatim_field; /* "deadline_verbatim" */
    const char *list_field;     /* "deadlines" */
    char **verbatim;
    size_t *count;
    Provost__V1__Deadline ***list;
    const char *verbatim_before;
    size_t count_before;
    Provost__V1__Deadline **list_before;
};

/* Understands what was said. The list wins when it was said, each entry by its own wording; but
 * a changed cell beside an unchanged list (a client sent back all that it had read, and one
 * edit) is understood anew. Entries that are not understood are kept, with a warning. */
struct status understand_deadlines(struct understanding *what,
                                   const struct deadline_fields *fields,
                                   const struct deadline_context *context) MUST_CHECK;

/* First and last day of a plan as a context; DATE_NO_DAY where it has none. */
struct deadline_context deadline_context_of(const Provost__V1__Plan *plan);

#endif
