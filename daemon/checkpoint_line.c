#include "checkpoint_line.h"

#include "common/arena.h"
#include "common/log.h"
#include "store/guard.h"

#include <stdio.h>

enum { FIRST_MS = 3000, HOUR_MS = 3600000, ARENA_BYTES = 64 << 10 };

static void say(struct checkpoint_line *line, const struct published *published)
{
    const struct checkpoint *checkpoint = &published->checkpoint;
    char root[2 * sizeof checkpoint->root + 1];

    if (checkpoint->size == line->told_size && published->epoch == line->told_epoch) return;
    for (size_t i = 0; i < sizeof checkpoint->root; i++)
        snprintf(root + 2 * i, 3, "%02x", checkpoint->root[i]);
    log_event(LOG_EVENT_CHECKPOINT, NULL, "checkpoint %s size %llu root %s", checkpoint->origin,
              (unsigned long long)checkpoint->size, root);
    line->told_size = checkpoint->size;
    line->told_epoch = published->epoch;
}

static void look(struct checkpoint_line *line)
{
    struct arena arena;
    struct published published = {.found = false};

    arena_init(&arena, ARENA_BYTES);
    struct status st = published_read(
        arena_printf(&arena, "%s/checkpoints/latest", line->state_dir), &arena, &published);
    if (!status_is_ok(st)) log_warning("%s", st.message);
    if (status_is_ok(st) && published.found) say(line, &published);
    arena_release(&arena);
}

static void on_timer(uv_timer_t *timer)
{
    look(timer->data);
}

void checkpoint_line_open(struct checkpoint_line *line, uv_loop_t *loop, const char *state_dir)
{
    line->state_dir = state_dir;
    uv_timer_init(loop, &line->timer);
    line->timer.data = line;
    line->open = true;
    uv_timer_start(&line->timer, on_timer, FIRST_MS, HOUR_MS);
    uv_unref((uv_handle_t *)&line->timer); /* it does not keep a drained daemon alive */
}

void checkpoint_line_close(struct checkpoint_line *line)
{
    if (!line->open) return;
    line->open = false;
    uv_close((uv_handle_t *)&line->timer, NULL);
    look(line);
}
