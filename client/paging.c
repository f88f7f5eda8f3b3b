#include "client/paging.h"

#include "common/fields.h"

#include <string.h>

enum { PAGE_MAX = 1000 };

/* A listing under way. */
struct listing {
    const struct session_call *call;
    ProtobufCMessage *request;
    const char *list_field;
    struct arena *arena;
    ProtobufCMessage **items;
    size_t n_items;
    size_t capacity;
    ProtobufCMessage *last_page;
    bool is_complete;
};

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *message,
                                                const char *name)
{
    return fields_find(message->descriptor, name);
}

static void make_room(struct listing *listing, size_t n)
{
    size_t capacity = n * 2;
    ProtobufCMessage **items;

    if (n <= listing->capacity) return;
    items = arena_alloc(listing->arena, capacity * sizeof(ProtobufCMessage *));
    if (listing->n_items > 0)
        memcpy(items, listing->items, listing->n_items * sizeof(ProtobufCMessage *));
    listing->items = items;
    listing->capacity = capacity;
}

static void add_page(struct listing *listing, ProtobufCMessage *page)
{
    const ProtobufCFieldDescriptor *list = field_of(page, listing->list_field);
    const char *token = field_get_text(page, field_of(page, "next_page_token"));
    size_t n = field_get_count(page, list);

    make_room(listing, listing->n_items + n);
    for (size_t i = 0; i < n; i++)
        listing->items[listing->n_items++] = field_list_message(page, list, i);
    listing->last_page = page;
    listing->is_complete = token[0] == '\0';
    field_set_text(listing->request, field_of(listing->request, "page_token"), token);
}

/* How many to ask for next; 0 when there are enough. */
static int64_t next_page_size(const struct listing *listing, int64_t limit)
{
    int64_t left = limit - (int64_t)listing->n_items;

    if (listing->is_complete) return 0;
    if (limit == 0 || left > PAGE_MAX) return PAGE_MAX;
    return left > 0 ? left : 0;
}

/* A response of all items; its other fields are those of the last page. */
static ProtobufCMessage *join(const struct listing *listing)
{
    ProtobufCMessage *answer = message_copy(listing->last_page, listing->arena);
    const ProtobufCFieldDescriptor *list = field_of(answer, listing->list_field);

    field_clear(answer, list);
    if (listing->n_items > 0)
        field_list_reserve(answer, list, listing->n_items, listing->arena);
    for (size_t i = 0; i < listing->n_items; i++)
        field_list_set_message(answer, list, i, listing->items[i]);
    field_clear(answer, field_of(answer, "next_page_token"));
    return answer;
}

enum exit_code paging_run(struct session *session, const struct session_call *call,
                          const char *list_field, int64_t limit, ProtobufCMessage **out_answer)
{
    struct listing listing = {.call = call,
                              .request = (ProtobufCMessage *)(uintptr_t)call->request,
                              .list_field = list_field,
                              .arena = session->arena};
    const ProtobufCFieldDescriptor *page_size = field_of(listing.request, "page_size");
    int64_t size;

    while ((size = next_page_size(&listing, limit)) > 0) {
        ProtobufCMessage *page;
        enum exit_code code;

        field_set_int(listing.request, page_size, size, NULL);
        code = session_run(session, call, &page);
        if (code != EXIT_CODE_OK) return code;
        add_page(&listing, page);
    }
    *out_answer = join(&listing);
    return EXIT_CODE_OK;
}
