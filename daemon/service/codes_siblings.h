/* Codes of what belongs to a plan by a field of its own (objectives, actions, risks): two of a
 * kind in one plan, below the same item, with the same folded key are noticed. Numbering that
 * restarts below each parent is no duplicate (MODEL.md section 11). Part of codes.h. */
#ifndef SERVICE_CODES_SIBLINGS_H
#define SERVICE_CODES_SIBLINGS_H

#include "service/codes.h"

/* An item whose code, plan or parent was said; other items cost nothing. */
void codes_siblings_note(struct codes *codes, struct understanding *what);

/* After all puts: the warnings. Reads the items of each plan concerned once a kind. */
struct status codes_siblings_check(struct codes *codes) MUST_CHECK;

#endif
