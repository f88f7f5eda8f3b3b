/* The newest signed checkpoint as a line of the journal: soon after the start and then every hour,
 * when it has moved. The journal is a place apart from the database, so who can rewrite the one must
 * rewrite the other too (ENGINEERING.md section 3.3). Loop thread. */
#ifndef DAEMON_CHECKPOINT_LINE_H
#define DAEMON_CHECKPOINT_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Set to zero to begin with. */
struct checkpoint_line {
    uv_timer_t timer;
    bool open;
    const char *state_dir;
    uint64_t told_size; /* of the tree, in the last line */
    uint32_t told_epoch;
};

/* `state_dir` lives until checkpoint_line_close. */
void checkpoint_line_open(struct checkpoint_line *line, uv_loop_t *loop, const char *state_dir);

/* Says the last one, and stops. */
void checkpoint_line_close(struct checkpoint_line *line);

#endif
