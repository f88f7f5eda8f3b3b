/* PerformanceService.ListDue. */
#include "service/due.h"

#include "domain/date.h"
#include "service/asked.h"
#include "service/page_token.h"
#include "service/performance.h"

#include <stdlib.h>
#include <string.h>

enum { DAYS_AHEAD = 30 };

/* ---- gathering ---- */

void due_add(struct due *due, const struct due_entry *entry)
{
    if (entry->day == DATE_NO_DAY || entry->day > due->until) return;
    if (due->count == due->capacity) {
        size_t capacity = due->capacity == 0 ? 64 : due->capacity * 2;
        struct due_entry *entries = arena_alloc(due->call->arena, capacity * sizeof *entries);
        if (due->count > 0) memcpy(entries, due->entries, due->count * sizeof *entries);
        due->entries = entries;
        due->capacity = capacity;
    }
    due->entries[due->count++] = *entry;
}

void due_set_owner(struct due *due, struct due_entry *entry, char *owner, char *otherwise)
{
    char *chosen = *owner != '\0' ? owner : otherwise;
    entry->owner_count = *chosen != '\0' ? 1 : 0;
    entry->owners = arena_alloc(due->call->arena, sizeof(char *));
    entry->owners[0] = chosen;
}

/* By day, name, what, period, wording. */
static int compare_entries(const void *left, const void *right)
{
    const struct due_entry *a = left, *b = right;
    int order = (a->day > b->day) - (a->day < b->day);
    if (order == 0) order = strcmp(a->name, b->name);
    if (order == 0) order = strcmp(a->what, b->what);
    if (order == 0) order = strcmp(a->period, b->period);
    return order != 0 ? order : strcmp(a->verbatim, b->verbatim);
}

static struct status gather(struct due *due)
{
    struct status st = due_add_figures(due);
    if (status_is_ok(st)) st = due_add_actions(due);
    if (status_is_ok(st)) st = due_add_plans(due);
    if (status_is_ok(st)) st = due_add_risks(due);
    if (due->count > 1) qsort(due->entries, due->count, sizeof *due->entries, compare_entries);
    return st;
}

/* ---- pages ---- */

/* The request and where its page begins. */
struct page {
    const Provost__V1__ListDueRequest *in;
    uint64_t hash;
    uint32_t size;
    int64_t seq;     /* that the listing is pinned to; 0: not yet */
    size_t begins;   /* index of the first entry */
    const char *day; /* that it is told for; "" until the first page has said it */
};

static uint64_t hash_request(const Provost__V1__ListDueRequest *in)
{
    uint64_t hash = page_query_start("ListDue");
    hash = page_query_add_text(hash, in->scope);
    hash = page_query_add_text(hash, in->date);
    hash = page_query_add_int(hash, in->days_ahead);
    hash = page_query_add_int(hash, in->overdue_only);
    hash = page_query_add_int(hash, in->as_of_seq);
    hash = page_query_add_int(hash, in->as_of_time == NULL ? 0 : in->as_of_time->seconds);
    return page_query_add_int(hash, in->as_of_time == NULL ? 0 : in->as_of_time->nanos);
}

/* A token holds the seq, the index of the next entry, and the day. */
static struct status open_page(struct due *due, struct page *page)
{
    struct arena *arena = due->call->arena;
    struct page_token token;
    struct status st = page_size_resolve(arena, page->in->page_size, &page->size);
    page->hash = hash_request(page->in);
    if (!status_is_ok(st) || *page->in->page_token == '\0') return st;
    st = page_token_decode(arena, page->in->page_token, page->hash, &token);
    if (!status_is_ok(st)) return st;
    page->seq = token.a;
    page->begins = token.b < 0 ? 0 : (size_t)token.b;
    page->day = arena_strdup(arena, token.key);
    return st;
}

static Provost__V1__DueItem *make_item(const struct due *due, const struct due_entry *entry)
{
    Provost__V1__DueItem *item = arena_alloc(due->call->arena, sizeof *item);
    provost__v1__due_item__init(item);
    item->name = (char *)entry->name;
    item->title = (char *)entry->title;
    item->period = (char *)entry->period;
    item->due = asked_day_text(due->call->arena, entry->day);
    item->overdue = entry->day < due->day;
    item->owners = entry->owners;
    item->n_owners = entry->owner_count;
    item->what = (char *)entry->what;
    item->verbatim = (char *)entry->verbatim;
    return item;
}

static void fill_page(const struct due *due, const struct page *page,
                      Provost__V1__ListDueResponse *out)
{
    struct arena *arena = due->call->arena;
    size_t overdue = 0;
    while (overdue < due->count && due->entries[overdue].day < due->day)
        overdue++;
    size_t end = page->in->overdue_only ? overdue : due->count;
    size_t begins = page->begins < end ? page->begins : end;
    size_t count = end - begins < page->size ? end - begins : page->size;
    out->items = arena_alloc(arena, count * sizeof(Provost__V1__DueItem *));
    for (size_t i = 0; i < count; i++)
        out->items[out->n_items++] = make_item(due, &due->entries[begins + i]);
    out->overdue = (int32_t)overdue;
    out->total = (int32_t)end;
    out->seq = due->moment.seq;
    if (begins + count == end) return;
    struct page_token token = {.a = due->moment.seq,
                               .b = (int64_t)(begins + count),
                               .key = asked_day_text(arena, due->day),
                               .query_hash = page->hash};
    out->next_page_token = page_token_encode(arena, &token);
}

/* ---- the whole ---- */

static struct status open_due(struct due *due, struct page *page)
{
    static const unsigned allowed =
        SCOPE_REGISTER | SCOPE_PLAN | SCOPE_OBJECTIVE | SCOPE_ORGANISATION | SCOPE_TAG;
    const Provost__V1__ListDueRequest *in = page->in;
    struct status st = open_page(due, page);
    if (!status_is_ok(st)) return st;
    st = page->seq > 0 ? moment_resolve(due->call, page->seq, NULL, &due->moment)
                       : moment_resolve(due->call, in->as_of_seq, in->as_of_time, &due->moment);
    if (status_is_ok(st)) st = asked_day(due->call, &due->moment, page->day, &due->day);
    if (!status_is_ok(st)) return st;
    due->until = due->day + (in->days_ahead > 0 ? in->days_ahead : DAYS_AHEAD);
    due->facts = (struct action_facts){.call = due->call, .moment = &due->moment};
    return scope_open(due->call, &due->moment, in->scope, allowed, &due->scope);
}

struct status performance_list_due(struct handler_call *call, const ProtobufCMessage *request,
                                   ProtobufCMessage **out_response)
{
    const Provost__V1__ListDueRequest *in = (const void *)request;
    struct page page = {.in = in, .day = in->date};
    struct due due = {.call = call};
    Provost__V1__ListDueResponse *out = arena_alloc(call->arena, sizeof *out);
    provost__v1__list_due_response__init(out);
    struct status st = open_due(&due, &page);
    if (status_is_ok(st)) st = gather(&due);
    if (!status_is_ok(st)) return st;
    fill_page(&due, &page, out);
    *out_response = &out->base;
    return status_ok();
}
