/* ChangeLogService.WatchChanges: every open watch, and the signal that wakes them.
 *
 * A watch is a cursor (service/watch.h) and nothing else: a read job brings the next changes
 * behind it, they are sent, and when the client has taken them the next read follows; at the
 * head of the log it waits for the next commit. Replay and live are this one path.
 *
 * Invariants:
 *  1. A watch has at most one read under way or one batch that the client has not yet taken,
 *     never both: a slow reader falls behind and costs no more memory than that.
 *  2. The cursor moves only with a batch that was queued to the client, so order, completeness
 *     and "once" follow from the log's own.
 *  3. Watches that stand at the same place with the same filter share one read (its leader's),
 *     if their callers see the same (service/rights.h): the first read of a watch is never
 *     shared, since it decides where the watch begins. The later ones end with the newest change
 *     that the hub knew of: so all that wait come to stand at one place, whenever they began and
 *     whatever was committed meanwhile.
 *
 * Loop thread only.
 */
#ifndef RPC_WATCH_H
#define RPC_WATCH_H

#include "rpc/methods.h"

#include <stdint.h>

struct watch_hub;

/* Figures since start. */
struct watch_stats {
    uint64_t open;    /* watches now */
    uint64_t reads;   /* read jobs done for them */
    uint64_t batches; /* batches sent; more than reads where reads were shared */
    uint64_t lag;     /* changes that the slowest has not been sent yet */
};

struct watch_hub *watch_hub_new(void);
/* Where progress messages learn how many changes the newest signed checkpoint covers; without it
 * they say 0. */
void watch_hub_set_signed(struct watch_hub *hub, uint64_t (*signed_size)(void *data),
                          void *data);

/* After all calls are gone. NULL is allowed. */
void watch_hub_free(struct watch_hub *hub);

/* The head of the log has moved to `seq`: watches that wait there read on. */
void watch_hub_wake(struct watch_hub *hub, uint64_t seq);

/* Ends all watches, present and to come, with UNAVAILABLE and the seq to resume from. What was
 * queued before still goes out. */
void watch_hub_stop(struct watch_hub *hub);

struct watch_stats watch_hub_get_stats(const struct watch_hub *hub);

/* WatchChanges. */
extern const struct stream_ops watch_ops;

#endif
