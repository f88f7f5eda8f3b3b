/* The cell of a table as a target or an observation has it: verbatim text, state and value say
 * the same in three ways, and a client may send any of them (understand.h). */
#ifndef SERVICE_CELL_H
#define SERVICE_CELL_H

#include "domain/value.h"
#include "service/understand.h"

/* The fields of either message that make the cell, as the client left them. */
struct cell {
    const char *verbatim;
    const char *value;
    Provost__V1__ValueState state;
    const char *available_from;              /* "" for targets */
    const Provost__V1__Indicator *indicator; /* whose figure it is; NULL when there is none */
};

/* What was understood. */
struct cell_reading {
    const char *verbatim;
    struct value value; /* state is never UNKNOWN */
    const char *number; /* canonical text; "" unless the state is VALUE */
};

/* Understands the one of verbatim, value and state that was said, in this order; the others
 * must agree if they were said too. When none was said the cell is read again from its verbatim
 * text. NOT_UNDERSTOOD, VERBATIM_CONTRADICTS. */
struct status cell_read(const struct understanding *what, const struct cell *cell,
                        struct cell_reading *out_reading) MUST_CHECK;

/* The indicator of a figure; NULL when there is none, which the check of references will refuse. */
struct status cell_indicator(const struct understanding *what, const char *name,
                             const Provost__V1__Indicator **out_indicator) MUST_CHECK;

/* The decimal's canonical text, in the arena. */
char *cell_number_text(struct arena *arena, struct decimal number);

#endif
