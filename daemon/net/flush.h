/* One flush per connection and loop turn: whatever happens in a turn marks connections dirty;
 * when the turn's callbacks are over, each of them writes once. So a group commit that finishes
 * 200 calls costs one system call per connection. */
#ifndef NET_FLUSH_H
#define NET_FLUSH_H

#include <stdbool.h>
#include <uv.h>

/* Embedded by what can be dirty. */
struct flush_item {
    void (*on_flush)(struct flush_item *item); /* set by the owner */
    struct flush_item *next;
    bool is_dirty;
};

struct flush {
    uv_prepare_t prepare; /* after timers, before the loop may sleep */
    uv_check_t check;     /* after I/O and finished store jobs */
    struct flush_item *first;
    struct flush_item **end;
};

/* Does not keep the loop alive. */
void flush_init(struct flush *flush, uv_loop_t *loop);

/* Closes the handles; the memory must live until the loop has run its close callbacks. */
void flush_close(struct flush *flush);

/* To be flushed this turn; harmless when it is already. */
void flush_mark(struct flush *flush, struct flush_item *item);

/* Forget it; harmless when it is not dirty. */
void flush_unmark(struct flush *flush, struct flush_item *item);

#endif
