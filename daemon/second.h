/* What is looked at every second while the daemon serves. For the files straight in daemon/ only. */
#ifndef DAEMON_SECOND_H
#define DAEMON_SECOND_H

#include <stdbool.h>
#include <uv.h>

struct daemon;

/* Embedded in struct daemon; zero to begin with. */
struct second {
    uv_timer_t timer;
    bool read_only; /* as last told to the log */
};

/* Once the daemon listens: calls whose credentials have come to their end are ended, and the log
 * hears when the register refuses writes and when it takes them again. */
void second_open(struct daemon *daemon);
void second_close(struct daemon *daemon);

#endif
