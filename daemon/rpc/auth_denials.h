/* The log of refusals: each is a line, but a flood of them is counted instead. Those who are known to
 * the register have a share of their own, which no stranger's flood can use up. */
#ifndef RPC_AUTH_DENIALS_H
#define RPC_AUTH_DENIALS_H

#include "common/status.h"
#include "service/handler.h"

#include <stdint.h>

enum { AUTH_DENIALS_BURST = 20, AUTH_DENIALS_PER_SECOND = 2 };

/* Zero to begin with. */
struct auth_denials_share {
    int64_t tokens;     /* lines that may be written, in thousandths */
    int64_t filled_us;  /* when time was last credited */
    uint64_t unwritten; /* since the last line */
};

/* Zero to begin with. */
struct auth_denials {
    struct auth_denials_share strangers, known;
};

/* One refusal; never a secret in it. */
struct auth_denial {
    const struct caller *caller; /* as far as known */
    const char *method;          /* path */
    const char *request_id;      /* "" or NULL: none */
    struct status status;
};

/* True when a line may be written now; *out_unwritten then says how many were not, before it. */
bool auth_denials_take(struct auth_denials_share *share, int64_t now_us,
                       uint64_t *out_unwritten);

/* Logs a refused call, or counts it. */
void auth_denials_log(struct auth_denials *denials, const struct auth_denial *denial,
                      int64_t now_us);

/* Every second: tells how many were only counted, once a flood has passed. */
void auth_denials_tell(struct auth_denials *denials, int64_t now_us);

#endif
