/* How often, as councils word it ("6 Monthly", "Annually"). */
#ifndef SERVICE_FREQUENCY_H
#define SERVICE_FREQUENCY_H

#include "common/arena.h"
#include "domain/deadline.h"

#include "provost/v1/resources.pb-c.h"

/* OTHER for words that are none of the others; UNSPECIFIED for no words. */
Provost__V1__Frequency frequency_read(struct arena *arena, const char *text);

/* The recurrence of a deadline; UNSPECIFIED for ONCE, OTHER for rarer than a year and weekly.
 */
Provost__V1__Frequency frequency_of_recurrence(enum deadline_recurrence recurrence);

/* As people write it: "Quarterly"; "" for OTHER and UNSPECIFIED. Static. */
const char *frequency_text(Provost__V1__Frequency frequency);

#endif
