/* ListResources.
 *
 * All pages of a listing show one moment: the first page resolves it, the token carries it.
 * Without order_by a page is one scan that goes on behind the last id shown (token.key). With
 * order_by each page gathers what matches, sorts it and starts at a position (token.b), which
 * is exact since the moment cannot change; only what is sorted by is held in memory.
 */
#include "service/register.h"

#include "common/names.h"
#include "common/reasons.h"
#include "service/filter.h"
#include "service/order.h"
#include "service/page_token.h"
#include "service/reading.h"
#include "service/resource.h"

#include "provost/v1/register.pb-c.h"

#include <string.h>

enum {
    PAGE_ROWS_MAX = 50000,     /* looked at for one page by name; then it ends short */
    SORTED_ROWS_MAX = 500000,  /* looked at for a page in another order */
    SORTED_MATCH_MAX = 100000, /* put in order */
};

/* What was asked for, understood. */
struct listing {
    struct handler_call *call;
    const struct filter *filter;
    struct order order;
    struct moment moment;
    struct scan scan;
    uint32_t page_size;
    uint64_t query_hash;
    int64_t offset; /* ordered: places shown on earlier pages */
};

/* The page being filled. */
struct page {
    struct version *versions; /* room for page_size */
    size_t count;
    size_t bytes;
    size_t rows;      /* looked at */
    bool more;        /* something may follow */
    const char *last; /* id behind which it goes on */
};

/* ---- understanding the request ---- */

static uint64_t hash_query(const struct handler_call *call,
                           const Provost__V1__ListResourcesRequest *in)
{
    uint64_t hash = page_query_start(call->method);
    hash = page_query_add_text(hash, in->collection);
    hash = page_query_add_text(hash, in->filter);
    hash = page_query_add_text(hash, in->order_by);
    hash = page_query_add_int(hash, in->as_of_seq);
    if (in->as_of_time == NULL) return page_query_add_int(hash, 0);
    hash = page_query_add_int(hash, in->as_of_time->seconds);
    return page_query_add_int(hash, in->as_of_time->nanos + INT64_C(1));
}

/* Collection or beginning of names: what of it is the kind, and what the prefix. */
static struct status read_collection(struct listing *listing, const char *collection)
{
    const struct catalog_row *row = NULL;
    struct arena *arena = listing->call->arena;
    struct status st = status_ok();
    if (strchr(collection, '/') != NULL) st = name_check(arena, "collection", collection);
    if (status_is_ok(st)) st = reading_collection(arena, "collection", collection, &row);
    if (!status_is_ok(st)) return st;
    listing->scan.kind = &row->kind;
    if (strchr(collection, '/') != NULL) listing->scan.prefix = resource_id(collection);
    return status_ok();
}

/* The first page finds the moment, the others are told. */
static struct status read_position(struct listing *listing,
                                   const Provost__V1__ListResourcesRequest *in)
{
    struct page_token token = {0};
    struct arena *arena = listing->call->arena;
    if (*in->page_token == '\0')
        return moment_resolve(listing->call, in->as_of_seq, in->as_of_time, &listing->moment);
    struct status st = page_token_decode(arena, in->page_token, listing->query_hash, &token);
    if (!status_is_ok(st)) return st;
    if (token.a < 1 || token.b < 0)
        return status_invalid(arena, REASON_PAGE_TOKEN_INVALID, "page_token",
                              "page_token names a place that no listing has");
    listing->offset = token.b;
    listing->scan.after_id = *token.key != '\0' ? token.key : NULL;
    return moment_resolve(listing->call, token.a, NULL, &listing->moment);
}

static struct status read_request(struct listing *listing,
                                  const Provost__V1__ListResourcesRequest *in)
{
    struct arena *arena = listing->call->arena;
    listing->query_hash = hash_query(listing->call, in);
    struct status st = page_size_resolve(arena, in->page_size, &listing->page_size);
    if (status_is_ok(st)) st = read_collection(listing, in->collection);
    if (status_is_ok(st))
        st = filter_compile(arena, listing->scan.kind, in->filter, &listing->filter);
    if (status_is_ok(st))
        st = order_parse(arena, listing->scan.kind, in->order_by, &listing->order);
    if (status_is_ok(st)) st = read_position(listing, in);
    if (!status_is_ok(st)) return st;
    listing->scan.as_of = listing->moment.as_of;
    filter_narrow(listing->filter, &listing->scan);
    return status_ok();
}

/* ---- filling a page ---- */

static size_t version_bytes(const struct version *version)
{
    return protobuf_c_message_get_packed_size(version->body) + strlen(version->id) + 64;
}

static bool page_is_full(const struct page *page, uint32_t page_size)
{
    return page->count == page_size || page->bytes >= PAGE_BYTES_SOFT_MAX;
}

static void page_add(struct page *page, const struct version *version)
{
    page->versions[page->count++] = *version;
    page->bytes += version_bytes(version);
    page->last = version->id;
}

/* ---- by name ---- */

/* What the scan callbacks are given. */
struct scanning {
    const struct listing *listing;
    struct page *page;
};

/* Fills the page, and looks one match further to know whether anything follows. */
static enum scan_verdict visit_by_name(void *data, const struct version *version)
{
    const struct scanning *scanning = data;
    struct page *page = scanning->page;
    bool matches = filter_matches(scanning->listing->filter, version);
    if (matches && page_is_full(page, scanning->listing->page_size)) {
        page->more = true;
        return SCAN_STOP;
    }
    if (matches) page_add(page, version);
    if (++page->rows < PAGE_ROWS_MAX) return matches ? SCAN_KEEP : SCAN_SKIP;
    page->more = true;
    page->last = version->id;
    return SCAN_STOP;
}

static struct status list_by_name(struct listing *listing, struct page *page)
{
    struct scanning scanning = {listing, page};
    return txn_scan(listing->call->txn, &listing->scan, listing->call->arena, visit_by_name,
                    &scanning);
}

/* ---- in another order ---- */

/* Everything that matches, as far as it is sorted by. */
struct gathering {
    const struct listing *listing;
    struct arena *arena; /* not the call's: the scan takes that back */
    struct order_place *places;
    size_t count;
    size_t capacity;
    size_t rows;
    bool too_many;
};

static void add_place(struct gathering *gathering, struct order_place place)
{
    if (gathering->count == gathering->capacity) {
        size_t wanted = gathering->capacity == 0 ? 256 : 2 * gathering->capacity;
        struct order_place *places = arena_alloc(gathering->arena, wanted * sizeof *places);
        if (gathering->count > 0)
            memcpy(places, gathering->places, gathering->count * sizeof *places);
        gathering->places = places;
        gathering->capacity = wanted;
    }
    gathering->places[gathering->count++] = place;
}

static enum scan_verdict visit_to_sort(void *data, const struct version *version)
{
    struct gathering *gathering = data;
    const struct listing *listing = gathering->listing;
    gathering->too_many = ++gathering->rows > SORTED_ROWS_MAX;
    if (!gathering->too_many && filter_matches(listing->filter, version)) {
        gathering->too_many = gathering->count == SORTED_MATCH_MAX;
        if (!gathering->too_many)
            add_place(gathering, order_place_of(&listing->order, version, gathering->arena));
    }
    return gathering->too_many ? SCAN_STOP : SCAN_SKIP;
}

static struct status gather(struct gathering *gathering)
{
    const struct listing *listing = gathering->listing;
    struct arena *arena = listing->call->arena;
    struct status st =
        txn_scan(listing->call->txn, &listing->scan, arena, visit_to_sort, gathering);
    if (!status_is_ok(st)) return st;
    if (gathering->too_many)
        return status_error(
            arena, GRPC_RESOURCE_EXHAUSTED, REASON_LISTING_TOO_LARGE, "order_by",
            "more than %d resources would have to be put in order; narrow the "
            "filter, or list without order_by",
            gathering->rows > SORTED_ROWS_MAX ? SORTED_ROWS_MAX : SORTED_MATCH_MAX);
    order_sort(&listing->order, gathering->places, gathering->count);
    return status_ok();
}

static struct status show_places(struct listing *listing, const struct gathering *gathering,
                                 struct page *page)
{
    struct handler_call *call = listing->call;
    size_t place = gathering->count;
    if ((uint64_t)listing->offset < gathering->count) place = (size_t)listing->offset;
    for (; place < gathering->count && !page_is_full(page, listing->page_size); place++) {
        struct version version;
        bool found;
        struct status st = txn_get(call->txn, listing->scan.kind, gathering->places[place].id,
                                   listing->moment.as_of, call->arena, &version, &found);
        if (!status_is_ok(st)) return st;
        if (found) page_add(page, &version);
    }
    listing->offset = (int64_t)place;
    page->more = place < gathering->count;
    page->last = "";
    return status_ok();
}

static struct status list_in_order(struct listing *listing, struct page *page)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct gathering gathering = {.listing = listing, .arena = &scratch};
    struct status st = gather(&gathering);
    if (status_is_ok(st)) st = show_places(listing, &gathering, page);
    arena_release(&scratch);
    return st;
}

/* ---- the answer ---- */

static char *next_token(const struct listing *listing, const struct page *page)
{
    struct page_token token = {
        .a = listing->moment.seq,
        .b = listing->offset,
        .key = page->last,
        .query_hash = listing->query_hash,
    };
    return page_token_encode(listing->call->arena, &token);
}

static ProtobufCMessage *make_answer(const struct listing *listing, const struct page *page)
{
    struct arena *arena = listing->call->arena;
    Provost__V1__ListResourcesResponse *out = arena_alloc(arena, sizeof *out);
    provost__v1__list_resources_response__init(out);
    out->resources = arena_alloc(arena, page->count * sizeof(Provost__V1__Resource *));
    for (; out->n_resources < page->count; out->n_resources++)
        out->resources[out->n_resources] =
            resource_from_version(arena, &page->versions[out->n_resources]);
    if (page->more) out->next_page_token = next_token(listing, page);
    out->seq = listing->moment.seq;
    return &out->base;
}

struct status register_list_resources(struct handler_call *call,
                                      const ProtobufCMessage *request,
                                      ProtobufCMessage **out_response)
{
    struct listing listing = {.call = call};
    struct page page = {.last = ""};
    struct status st = read_request(&listing, (const void *)request);
    if (!status_is_ok(st)) return st;
    page.versions = arena_alloc(call->arena, listing.page_size * sizeof *page.versions);
    if (!listing.moment.is_empty)
        st = listing.order.count == 0 ? list_by_name(&listing, &page)
                                      : list_in_order(&listing, &page);
    if (!status_is_ok(st)) return st;
    *out_response = make_answer(&listing, &page);
    return status_ok();
}
