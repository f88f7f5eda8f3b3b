/* A cache belongs to one connection and is used by one thread at a time: nothing here is locked.
 *
 * 1. A page is in a bucket if its key is not 0, else among the free ones.
 * 2. A pinned page stays what it is until it is unpinned, given another key or cut off.
 * 3. No key in the cache is above `top`, except one that is `visitor`.
 */
#include "store/page_cache.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
    SMALL_BLOCK_BYTES = 128 << 10, /* while the cache is small, as after rest */
    HUGE_BLOCK_BYTES = 2 << 20,
    SMALL_BLOCKS = 8,
    BUCKETS_FIRST = 256,
};

struct page {
    sqlite3_pcache_page shown; /* first: SQLite gives its address back */
    struct page *next;         /* in its bucket, or among the free ones */
    unsigned key;              /* the page's number in the file; 0: free */
    bool pinned, recent;
};

/* Pages that share a piece of memory: the bytes of all of them, then what SQLite keeps beside each. */
struct block {
    struct block *next;
    char *memory;
    size_t bytes;
    unsigned count;
    struct page pages[];
};

struct cache {
    size_t page_bytes, extra_bytes;
    bool purgeable;
    unsigned limit;         /* of pages, while so many can be let go */
    unsigned count, pinned; /* pages with a key, and pinned ones of these */
    unsigned top, visitor;
    struct page **buckets;
    unsigned bucket_count; /* a power of two */
    struct page *free;
    struct block *blocks, *hand_block;
    unsigned block_count, hand;
};

static struct cache *cache_of(sqlite3_pcache *handle)
{
    return (struct cache *)handle;
}

/* ---- memory ---- */

#ifdef PROVOST_SANITIZED /* a block for each page, so that overruns show */

static size_t block_bytes(const struct cache *cache)
{
    return cache->page_bytes + cache->extra_bytes;
}

static void *take_memory(size_t bytes)
{
    return sqlite3_malloc64(bytes);
}

static void give_memory(void *memory, size_t bytes)
{
    (void)bytes;
    sqlite3_free(memory);
}

#else

static size_t block_bytes(const struct cache *cache)
{
    return cache->block_count < SMALL_BLOCKS ? SMALL_BLOCK_BYTES : HUGE_BLOCK_BYTES;
}

static void give_memory(void *memory, size_t bytes)
{
    if (bytes > 0) (void)munmap(memory, bytes);
}

/* A huge page begins at a multiple of its size, which mmap need not: what lies around it goes back. */
static void *take_aligned(size_t bytes)
{
    char *memory =
        mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    size_t before = (bytes - (uintptr_t)memory % bytes) % bytes;
    give_memory(memory, before);
    give_memory(memory + before + bytes, bytes - before);
    (void)madvise(memory + before, bytes, MADV_HUGEPAGE);
    return memory + before;
}

static void *take_memory(size_t bytes)
{
    if (bytes == HUGE_BLOCK_BYTES) return take_aligned(bytes);
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

#endif

static void *take_zeroed(size_t bytes)
{
    void *memory = sqlite3_malloc64(bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

static void put_free(struct cache *cache, struct page *page)
{
    page->key = 0;
    page->pinned = false;
    page->next = cache->free;
    cache->free = page;
}

static bool add_block(struct cache *cache)
{
    size_t bytes = block_bytes(cache);
    size_t count = bytes / (cache->page_bytes + cache->extra_bytes);
    struct block *block = sqlite3_malloc64(sizeof *block + count * sizeof *block->pages);
    char *memory = block ? take_memory(bytes) : NULL;
    if (!memory) {
        sqlite3_free(block);
        return false;
    }
    *block = (struct block){cache->blocks, memory, bytes, (unsigned)count};
    char *extras = memory + count * cache->page_bytes;
    for (size_t i = count; i-- > 0;) {
        block->pages[i].shown = (sqlite3_pcache_page){memory + i * cache->page_bytes,
                                                      extras + i * cache->extra_bytes};
        put_free(cache, &block->pages[i]);
    }
    cache->blocks = block;
    cache->block_count++;
    return true;
}

static void free_block(struct block *block)
{
    give_memory(block->memory, block->bytes);
    sqlite3_free(block);
}

/* ---- buckets ---- */

static struct page **bucket_of(const struct cache *cache, unsigned key)
{
    return &cache->buckets[key & (cache->bucket_count - 1)];
}

static struct page *find(const struct cache *cache, unsigned key)
{
    struct page *page = *bucket_of(cache, key);
    while (page && page->key != key)
        page = page->next;
    return page;
}

static void put_in(struct cache *cache, struct page *page, unsigned key)
{
    struct page **bucket = bucket_of(cache, key);
    page->key = key;
    page->next = *bucket;
    *bucket = page;
}

static void take_out(struct cache *cache, struct page *page)
{
    struct page **at = bucket_of(cache, page->key);
    while (*at != page)
        at = &(*at)->next;
    *at = page->next;
}

static void drop(struct cache *cache, struct page *page)
{
    take_out(cache, page);
    cache->count--;
    if (page->pinned) cache->pinned--;
    put_free(cache, page);
}

/* Without memory for more the chains get longer, and that is all. */
static void add_buckets(struct cache *cache)
{
    unsigned before_count = cache->bucket_count;
    struct page **before = cache->buckets;
    struct page **buckets = take_zeroed(2 * before_count * sizeof *buckets);
    if (!buckets) return;
    cache->buckets = buckets;
    cache->bucket_count = 2 * before_count;
    for (unsigned i = 0; i < before_count; i++)
        for (struct page *page = before[i], *next; page; page = next) {
            next = page->next;
            put_in(cache, page, page->key);
        }
    sqlite3_free(before);
}

/* ---- who goes first ---- */

static struct page *turn_hand(struct cache *cache)
{
    if (!cache->hand_block || cache->hand == cache->hand_block->count) {
        cache->hand_block = cache->hand_block ? cache->hand_block->next : NULL;
        if (!cache->hand_block) cache->hand_block = cache->blocks;
        cache->hand = 0;
    }
    return &cache->hand_block->pages[cache->hand++];
}

/* A page that was used since the hand came by last is spared once. NULL when all are pinned. */
static struct page *find_victim(struct cache *cache)
{
    while (cache->count > cache->pinned) {
        struct page *page = turn_hand(cache);
        if (page->key == 0 || page->pinned) continue;
        if (!page->recent) return page;
        page->recent = false;
    }
    return NULL;
}

static void let_go(struct cache *cache, unsigned limit)
{
    struct page *page;
    while (cache->purgeable && cache->count > limit && (page = find_victim(cache)) != NULL)
        drop(cache, page);
}

/* ---- what SQLite calls ---- */

static int on_init(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static sqlite3_pcache *on_create(int page_bytes, int extra_bytes, int purgeable)
{
    struct cache *cache = take_zeroed(sizeof *cache);
    if (!cache) return NULL;
    cache->page_bytes = (size_t)page_bytes;
    cache->extra_bytes = ((size_t)extra_bytes + 7) & ~(size_t)7;
    cache->purgeable = purgeable;
    cache->bucket_count = BUCKETS_FIRST;
    cache->buckets = take_zeroed(cache->bucket_count * sizeof *cache->buckets);
    if (cache->buckets) return (sqlite3_pcache *)cache;
    sqlite3_free(cache);
    return NULL;
}

static void on_size(sqlite3_pcache *handle, int pages)
{
    struct cache *cache = cache_of(handle);
    cache->limit = pages > 0 ? (unsigned)pages : 0;
    let_go(cache, cache->limit);
}

static int on_count(sqlite3_pcache *handle)
{
    return (int)cache_of(handle)->count;
}

static void pin(struct cache *cache, struct page *page)
{
    if (!page->pinned) cache->pinned++;
    page->pinned = true;
}

static struct page *add_page(struct cache *cache, unsigned key)
{
    if (cache->limit > 0) let_go(cache, cache->limit - 1);
    if (!cache->free && !add_block(cache)) return NULL;
    if (cache->count >= cache->bucket_count) add_buckets(cache);
    struct page *page = cache->free;
    cache->free = page->next;
    put_in(cache, page, key);
    cache->count++;
    if (key > cache->top) cache->top = key;
    memset(page->shown.pExtra, 0, sizeof(void *)); /* tells SQLite that it is new */
    return page;
}

/* `create`: 0 not at all; 1 unless too many are pinned, for SQLite can write changed ones to the log
 * and unpin them; 2 in any case. */
static sqlite3_pcache_page *on_fetch(sqlite3_pcache *handle, unsigned key, int create)
{
    struct cache *cache = cache_of(handle);
    struct page *page = find(cache, key);
    bool crowded = cache->purgeable && cache->pinned >= cache->limit - cache->limit / 10;
    if (!page && create > 0 && (create > 1 || !crowded)) page = add_page(cache, key);
    if (!page) return NULL;
    pin(cache, page);
    return &page->shown;
}

static void on_unpin(sqlite3_pcache *handle, sqlite3_pcache_page *shown, int discard)
{
    struct cache *cache = cache_of(handle);
    struct page *page = (struct page *)shown;
    if (discard || (cache->purgeable && cache->count > cache->limit)) {
        drop(cache, page);
        return;
    }
    page->pinned = false;
    page->recent = true;
    cache->pinned--;
}

static void on_rekey(sqlite3_pcache *handle, sqlite3_pcache_page *shown, unsigned before,
                     unsigned key)
{
    struct cache *cache = cache_of(handle);
    struct page *page = (struct page *)shown, *other = find(cache, key);
    if (other) drop(cache, other);
    take_out(cache, page);
    put_in(cache, page, key);
    if (before == cache->visitor) cache->visitor = 0;
    if (key <= cache->top) return;
    if (cache->visitor == 0)
        cache->visitor = key;
    else
        cache->top = key;
}

/* All pages from `limit` on, pinned or not. */
static void on_truncate(sqlite3_pcache *handle, unsigned limit)
{
    struct cache *cache = cache_of(handle);
    if (cache->top < limit && cache->visitor < limit) return;
    for (struct block *block = cache->blocks; block; block = block->next)
        for (unsigned i = 0; i < block->count; i++)
            if (block->pages[i].key >= limit) drop(cache, &block->pages[i]);
    cache->top = limit > 0 ? limit - 1 : 0;
    cache->visitor = 0;
}

static void on_destroy(sqlite3_pcache *handle)
{
    struct cache *cache = cache_of(handle);
    for (struct block *block = cache->blocks, *next; block; block = next) {
        next = block->next;
        free_block(block);
    }
    sqlite3_free(cache->buckets);
    sqlite3_free(cache);
}

static bool is_in_use(const struct block *block)
{
    for (unsigned i = 0; i < block->count; i++)
        if (block->pages[i].key != 0) return true;
    return false;
}

/* Keeps what is pinned and the blocks that hold it. */
static void on_shrink(sqlite3_pcache *handle)
{
    struct cache *cache = cache_of(handle);
    struct block *blocks = cache->blocks, *next;
    let_go(cache, 0);
    cache->free = NULL;
    cache->blocks = cache->hand_block = NULL;
    cache->block_count = 0;
    for (struct block *block = blocks; block; block = next) {
        next = block->next;
        if (!is_in_use(block)) {
            free_block(block);
            continue;
        }
        block->next = cache->blocks;
        cache->blocks = block;
        cache->block_count++;
        for (unsigned i = 0; i < block->count; i++)
            if (block->pages[i].key == 0) put_free(cache, &block->pages[i]);
    }
}

void page_cache_install(void)
{
    static const sqlite3_pcache_methods2 methods = {
        .iVersion = 1,
        .xInit = on_init,
        .xCreate = on_create,
        .xCachesize = on_size,
        .xPagecount = on_count,
        .xFetch = on_fetch,
        .xUnpin = on_unpin,
        .xRekey = on_rekey,
        .xTruncate = on_truncate,
        .xDestroy = on_destroy,
        .xShrink = on_shrink,
    };
    (void)sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods);
}
