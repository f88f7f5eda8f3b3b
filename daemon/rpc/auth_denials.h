/* The log of refusals: each is a line, but a flood of them is counted instead. */
#ifndef RPC_AUTH_DENIALS_H
#define RPC_AUTH_DENIALS_H

#include "common/status.h"
#include "service/handler.h"

#include <stdint.h>

enum { AUTH_DENIALS_BURST = 20, AUTH_DENIALS_PER_SECOND = 2 };

struct auth_denials {
    int64_t tokens;     /* lines that may be written, in thousandths */
    int64_t filled_us;  /* when time was last credited */
    uint64_t unwritten; /* since the last line */
};

/* True when a line may be written now; *out_unwritten then says how many were not, before it. */
bool auth_denials_take(struct auth_denials *denials, int64_t now_us, uint64_t *out_unwritten);

/* Logs a refused call. */
void auth_denials_log(struct auth_denials *denials, const struct caller *caller,
                      const char *method, struct status status, int64_t now_us);

#endif
