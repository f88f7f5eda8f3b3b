/* The page cache as SQLite asks it, beside a model of what it must hold. */
#include "store/page_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

enum { PAGE_BYTES = 1024, EXTRA_BYTES = 52, KEYS = 3000, LIMIT = 400, STEPS = 200000 };

/* What SQLite keeps beside a page; its first pointer is NULL in a page that is new. */
struct extra {
    void *used;
    unsigned key;
};

struct fixture {
    sqlite3_pcache_methods2 cache;
    sqlite3_pcache *handle;
    sqlite3_pcache_page *pinned[KEYS + 1];
    int pins;
    unsigned random;
};

/* What SQLite was given; it says so only before it is used. */
static sqlite3_pcache_methods2 methods;

static int install(void **state)
{
    (void)state;
    page_cache_install();
    return sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &methods) != SQLITE_OK;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return 1;
    f->cache = methods;
    f->handle = f->cache.xCreate(PAGE_BYTES, EXTRA_BYTES, 1);
    f->cache.xCachesize(f->handle, LIMIT);
    f->random = 1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->cache.xDestroy(f->handle);
    free(f);
    return 0;
}

/* The same in each run: a test that fails can be looked at. */
static unsigned pick(struct fixture *f, unsigned below)
{
    f->random = f->random * 1664525u + 1013904223u;
    return (f->random >> 8) % below;
}

static struct extra *extra_of(sqlite3_pcache_page *page)
{
    return page->pExtra;
}

static void mark(sqlite3_pcache_page *page, unsigned key)
{
    *extra_of(page) = (struct extra){page, key};
    memset(page->pBuf, (int)(key & 255), PAGE_BYTES);
}

static void check(sqlite3_pcache_page *page, unsigned key)
{
    const unsigned char *bytes = page->pBuf;
    assert_ptr_equal(extra_of(page)->used, page);
    assert_int_equal(extra_of(page)->key, key);
    assert_int_equal(bytes[0], key & 255);
    assert_int_equal(bytes[PAGE_BYTES - 1], key & 255);
}

static sqlite3_pcache_page *fetch(struct fixture *f, unsigned key, int create)
{
    sqlite3_pcache_page *page = f->cache.xFetch(f->handle, key, create);
    if (!page) return NULL;
    if (extra_of(page)->used)
        check(page, key);
    else
        mark(page, key);
    if (f->pinned[key])
        assert_ptr_equal(f->pinned[key], page);
    else
        f->pins++;
    f->pinned[key] = page;
    return page;
}

static void unpin(struct fixture *f, unsigned key, int discard)
{
    check(f->pinned[key], key);
    f->cache.xUnpin(f->handle, f->pinned[key], discard);
    f->pinned[key] = NULL;
    f->pins--;
}

static bool holds(struct fixture *f, unsigned key)
{
    sqlite3_pcache_page *page = f->cache.xFetch(f->handle, key, 0);
    if (page && !f->pinned[key]) f->cache.xUnpin(f->handle, page, 0);
    return page != NULL;
}

/* ---- one thing each ---- */

static void keeps_what_was_used_lately(void **state)
{
    struct fixture *f = *state;
    for (unsigned key = 1; key <= 3 * LIMIT; key++) {
        fetch(f, key, 1);
        unpin(f, key, 0);
        if (key > 1) assert_non_null(fetch(f, 1, 1));
        if (f->pinned[1]) unpin(f, 1, 0);
        assert_true(f->cache.xPagecount(f->handle) <= LIMIT);
    }
    assert_true(holds(f, 1) && holds(f, 3 * LIMIT));
    assert_false(holds(f, 2));
    assert_int_equal(f->cache.xPagecount(f->handle), LIMIT);
}

/* SQLite then writes changed pages out, and may take more all the same. */
static void refuses_when_crowded_unless_it_must(void **state)
{
    struct fixture *f = *state;
    unsigned key = 1;
    while (fetch(f, key, 1))
        key++;
    assert_in_range(key, LIMIT * 8 / 10, LIMIT);
    assert_null(fetch(f, key, 0));
    for (; key <= 2 * LIMIT; key++)
        assert_non_null(fetch(f, key, 2));
    assert_int_equal(f->cache.xPagecount(f->handle), 2 * LIMIT);
    for (key = 1; key <= 2 * LIMIT; key++)
        unpin(f, key, 0);
    assert_int_equal(f->cache.xPagecount(f->handle), LIMIT);
}

static void a_page_moves_with_its_bytes(void **state)
{
    struct fixture *f = *state;
    fetch(f, 7, 1);
    fetch(f, 8, 1);
    unpin(f, 8, 0);
    f->cache.xRekey(f->handle, f->pinned[7], 7, 8);
    extra_of(f->pinned[7])->key = 8;
    memset(f->pinned[7]->pBuf, 8, PAGE_BYTES);
    f->pinned[8] = f->pinned[7];
    f->pinned[7] = NULL;
    assert_ptr_equal(fetch(f, 8, 0), f->pinned[8]);
    assert_false(holds(f, 7));
    assert_int_equal(f->cache.xPagecount(f->handle), 1);
}

/* SQLite lets pages that change places visit a number far behind the end. */
static void cuts_off_what_lies_behind_the_end(void **state)
{
    struct fixture *f = *state;
    for (unsigned key = 1; key <= 100; key++)
        fetch(f, key, 1);
    f->cache.xRekey(f->handle, f->pinned[50], 50, 262145);
    f->cache.xRekey(f->handle, f->pinned[60], 60, 50);
    f->cache.xRekey(f->handle, f->pinned[50], 262145, 60);
    f->cache.xTruncate(f->handle, 101);
    assert_int_equal(f->cache.xPagecount(f->handle), 100);
    f->cache.xTruncate(f->handle, 91);
    assert_int_equal(f->cache.xPagecount(f->handle), 90);
    assert_false(holds(f, 91));
    f->cache.xRekey(f->handle, f->pinned[1], 1, 262145);
    f->cache.xRekey(f->handle, f->pinned[2], 2, 262146);
    f->cache.xTruncate(f->handle, 91);
    assert_int_equal(f->cache.xPagecount(f->handle), 88);
    f->cache.xTruncate(f->handle, 1);
    assert_int_equal(f->cache.xPagecount(f->handle), 0);
}

static void gives_its_memory_back_but_for_what_is_pinned(void **state)
{
    struct fixture *f = *state;
    for (unsigned key = 1; key <= LIMIT; key++)
        fetch(f, key, 2);
    for (unsigned key = 1; key <= LIMIT; key++)
        if (key != 123) unpin(f, key, 0);
    f->cache.xShrink(f->handle);
    assert_int_equal(f->cache.xPagecount(f->handle), 1);
    check(f->pinned[123], 123);
    for (unsigned key = 1; key <= LIMIT; key++)
        fetch(f, key, 2);
    assert_int_equal(f->cache.xPagecount(f->handle), LIMIT);
}

static void one_that_is_not_purgeable_keeps_all(void **state)
{
    struct fixture *f = *state;
    sqlite3_pcache *whole = f->cache.xCreate(PAGE_BYTES, EXTRA_BYTES, 0);
    f->cache.xCachesize(whole, 10);
    for (unsigned key = 1; key <= 100; key++)
        f->cache.xUnpin(whole, f->cache.xFetch(whole, key, 1), 0);
    assert_int_equal(f->cache.xPagecount(whole), 100);
    f->cache.xDestroy(whole);
}

/* ---- all together ---- */

static void move(struct fixture *f, unsigned from, unsigned to)
{
    if (!f->pinned[from] || f->pinned[to]) return;
    sqlite3_pcache_page *page = f->pinned[from];
    f->cache.xRekey(f->handle, page, from, to);
    mark(page, to);
    f->pinned[from] = NULL;
    f->pinned[to] = page;
}

static void cut(struct fixture *f, unsigned limit)
{
    f->cache.xTruncate(f->handle, limit);
    for (unsigned key = limit; key <= KEYS; key++) {
        if (f->pinned[key]) f->pins--;
        f->pinned[key] = NULL;
        assert_false(holds(f, key));
    }
}

static void step(struct fixture *f)
{
    unsigned key = 1 + pick(f, KEYS), what = pick(f, 1000);
    if (what < 550)
        fetch(f, key, (int)pick(f, 3));
    else if (what < 980 && f->pinned[key])
        unpin(f, key, what < 600);
    else if (what >= 980 && what < 996)
        move(f, key, 1 + pick(f, KEYS));
    else if (what == 996)
        cut(f, KEYS - pick(f, 200));
    else if (what == 997)
        f->cache.xShrink(f->handle);
    else if (what == 998)
        f->cache.xCachesize(f->handle, (int)(LIMIT / 2 + pick(f, LIMIT)));
}

static void does_as_the_model(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < STEPS; i++) {
        step(f);
        assert_true(f->cache.xPagecount(f->handle) >= f->pins);
    }
    for (unsigned key = 1; key <= KEYS; key++)
        if (f->pinned[key]) assert_ptr_equal(fetch(f, key, 0), f->pinned[key]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_what_was_used_lately),
        TEST(refuses_when_crowded_unless_it_must),
        TEST(a_page_moves_with_its_bytes),
        TEST(cuts_off_what_lies_behind_the_end),
        TEST(gives_its_memory_back_but_for_what_is_pinned),
        TEST(one_that_is_not_purgeable_keeps_all),
        TEST(does_as_the_model),
    };
    return cmocka_run_group_tests(tests, install, NULL);
}
