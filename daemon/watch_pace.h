/* How often watches are told of commits: the first one after a pause at once, those that follow
 * together every WATCH_PACE_MS. Under load a watch then gets its changes by the hundred, with one
 * read and one write each time, instead of taking the processors from those who make them. Loop
 * thread. */
#ifndef DAEMON_WATCH_PACE_H
#define DAEMON_WATCH_PACE_H

#include <stdint.h>
#include <uv.h>

enum { WATCH_PACE_MS = 10 };

struct watch_hub;

struct watch_pace {
    struct watch_hub *hub;
    uv_timer_t timer;
    uint64_t seq;  /* the newest */
    uint64_t told; /* the newest that watches know of */
};

/* Before the first commit; `hub` must outlive it. */
void watch_pace_open(struct watch_pace *pace, uv_loop_t *loop, struct watch_hub *hub);
/* When nothing commits any more. */
void watch_pace_close(struct watch_pace *pace);

/* The head of the log has moved to `seq`. */
void watch_pace_commit(struct watch_pace *pace, uint64_t seq);

#endif
