#include "net/flush.h"

static void flush_all(struct flush *flush)
{
    while (flush->first != NULL) {
        struct flush_item *item = flush->first;

        flush_unmark(flush, item);
        item->on_flush(item);
    }
}

static void on_prepare(uv_prepare_t *prepare)
{
    flush_all(prepare->data);
}

static void on_check(uv_check_t *check)
{
    flush_all(check->data);
}

void flush_init(struct flush *flush, uv_loop_t *loop)
{
    flush->first = NULL;
    flush->end = &flush->first;
    uv_prepare_init(loop, &flush->prepare);
    uv_check_init(loop, &flush->check);
    flush->prepare.data = flush->check.data = flush;
    uv_prepare_start(&flush->prepare, on_prepare);
    uv_check_start(&flush->check, on_check);
    uv_unref((uv_handle_t *)&flush->prepare);
    uv_unref((uv_handle_t *)&flush->check);
}

void flush_close(struct flush *flush)
{
    uv_close((uv_handle_t *)&flush->prepare, NULL);
    uv_close((uv_handle_t *)&flush->check, NULL);
}

void flush_mark(struct flush *flush, struct flush_item *item)
{
    if (item->is_dirty) return;
    item->is_dirty = true;
    item->next = NULL;
    *flush->end = item;
    flush->end = &item->next;
}

void flush_unmark(struct flush *flush, struct flush_item *item)
{
    struct flush_item **link = &flush->first;

    if (!item->is_dirty) return;
    while (*link != item)
        link = &(*link)->next;
    *link = item->next;
    if (*link == NULL) flush->end = link;
    item->is_dirty = false;
}
