/* When one figure replaces another (DESIGN.md section 5): an identical one is no change,
 * another one needs to be wanted. */
#ifndef SERVICE_FIGURE_H
#define SERVICE_FIGURE_H

#include "provost/v1/resources.pb-c.h"

#include <stdbool.h>

/* A figure was there and this is not it: state, value (as a number, whatever its scale), or a
 * part that was there. Filling what was blank, a dash or to come is not replacing, nor
 * is another figure for a rejected one. */
bool figure_is_other(const Provost__V1__Observation *before,
                     const Provost__V1__Observation *after);

/* A submission that says the same figure in other words changes neither its wording nor, unless
 * it brings marks, its marks. */
void figure_keep_wording(const Provost__V1__Observation *before,
                         Provost__V1__Observation *after);

#endif
