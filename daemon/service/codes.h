/* Codes ("EP 21a") are told apart by their folded key: upper case, no spaces. Two indicators,
 * objectives, actions or risks of one plan with the same are noticed, not refused (MODEL.md
 * section 1). An indicator belongs to a plan by links, the others by a field: codes_siblings.h. */
#ifndef SERVICE_CODES_H
#define SERVICE_CODES_H

#include "service/understand.h"

/* What one request touched. Zero it but for `lookup`. */
struct codes {
    struct lookup *lookup;
    struct codes_item *items;
    struct codes_plan *plans;
    struct codes_sibling *siblings;
    struct codes_group *groups;
};

/* The folded key, in the arena. */
char *codes_fold(struct arena *arena, const char *code);

/* An item was put: a link that makes an indicator a member, or something whose code was said.
 * Other items cost nothing. */
void codes_note(struct codes *codes, struct understanding *what);

/* After all puts: REASON_DUPLICATE_CODE as a warning on the items noted. Reads the indicators
 * of each plan concerned once. */
struct status codes_check(struct codes *codes) MUST_CHECK;

#endif
