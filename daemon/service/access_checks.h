/* What the methods about principals, grants and tokens have in common: checks of what is asked, the
 * messages of what there is, and the change in the log that records what was done. */
#ifndef SERVICE_ACCESS_CHECKS_H
#define SERVICE_ACCESS_CHECKS_H

#include "service/handler.h"
#include "service/rights.h"
#include "store/access.h"

#include "provost/v1/admin.pb-c.h"

/* Whether the caller is an administrator of the whole register. */
bool access_is_admin(const struct handler_call *call);

/* Whether the token is the caller's own, as far as they are a principal of this register. */
bool access_is_own(const struct handler_call *call, const struct access_token *token);

/* INVALID_ARGUMENT unless it is a name for a principal. */
struct status access_check_name(struct arena *arena, const char *field,
                                const char *name) MUST_CHECK;

/* An identity in its one form (fingerprints in upper case without colons). INVALID_ARGUMENT. */
struct status access_check_identity(struct arena *arena, const char *field, const char *text,
                                    const char **out_text) MUST_CHECK;

/* Empty, or an organisation that there is. */
struct status access_check_organisation(struct handler_call *call, const char *field,
                                        const char *name) MUST_CHECK;

/* One line of at most 200 bytes. */
struct status access_check_title(struct arena *arena, const char *field,
                                 const char *title) MUST_CHECK;

struct status access_check_reason(struct arena *arena, const char *reason) MUST_CHECK;

/* A time given in microseconds; `fallback_us` when none is. INVALID_ARGUMENT for one that has passed
 * or is later than `max_us` (0: any). */
struct status access_check_end(struct handler_call *call, const char *field,
                               const Google__Protobuf__Timestamp *time, int64_t fallback_us,
                               int64_t max_us, int64_t *out_us) MUST_CHECK;

/* Makes the change that says what was done; *out_seq is its place. */
struct status access_record(struct handler_call *call, const char *what, const char *reason,
                            int64_t *out_seq) MUST_CHECK;

/* Messages; in `arena`. That of a principal is without its identities. */
Provost__V1__Principal *access_principal_message(struct arena *arena,
                                                 const struct access_principal *principal);
Provost__V1__Grant *access_grant_message(struct arena *arena, const struct access_grant *grant);
Provost__V1__Token *access_token_message(struct arena *arena, const struct access_token *token);

#endif
