/* The tree against RFC 6962's definition, computed the slow way. */
#include "store/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LEAVES = 70 };

static void make_leaf(struct sha256 *hasher, int number, uint8_t out_leaf[32])
{
    char entry[16];
    int size = snprintf(entry, sizeof entry, "entry %d", number);
    tree_hash_leaf(hasher, entry, (size_t)size, out_leaf);
}

/* MTH(D[n]) of RFC 6962 section 2.1, bottom up: join pairs, carry the odd one. */
static void slow_root(struct sha256 *hasher, int leaves, uint8_t out_root[32])
{
    static uint8_t row[LEAVES][32];
    for (int i = 0; i < leaves; i++)
        make_leaf(hasher, i, row[i]);
    for (int n = leaves; n > 1; n = (n + 1) / 2) {
        for (int i = 0; i + 1 < n; i += 2)
            tree_hash_node(hasher, row[i], row[i + 1], row[i / 2]);
        if (n % 2) memmove(row[n / 2], row[n - 1], 32);
    }
    memcpy(out_root, row[0], 32);
}

static void the_frontier_gives_the_root_of_rfc_6962_at_every_size(void **state)
{
    (void)state;
    struct sha256 *hasher = sha256_new();
    struct tree tree;
    tree_init(&tree);
    for (int n = 1; n <= LEAVES; n++) {
        uint8_t leaf[32], root[32], expected[32];
        make_leaf(hasher, n - 1, leaf);
        tree_append(&tree, hasher, leaf);
        tree_root(&tree, hasher, root);
        slow_root(hasher, n, expected);
        assert_memory_equal(root, expected, 32);
        assert_int_equal(tree.depth, __builtin_popcount((unsigned)n));
    }
    sha256_free(hasher);
}

static void a_stored_frontier_goes_on_where_it_was(void **state)
{
    (void)state;
    struct sha256 *hasher = sha256_new();
    struct tree one, two;
    tree_init(&one);
    for (int n = 0; n < 37; n++) {
        uint8_t leaf[32], a[32], b[32];
        assert_true(tree_load(&two, one.size, one.frontier, (size_t)one.depth * 32));
        make_leaf(hasher, n, leaf);
        tree_append(&one, hasher, leaf);
        tree_append(&two, hasher, leaf);
        tree_root(&one, hasher, a);
        tree_root(&two, hasher, b);
        assert_memory_equal(a, b, 32);
    }
    assert_false(tree_load(&two, 3, one.frontier, 32));
    sha256_free(hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frontier_gives_the_root_of_rfc_6962_at_every_size),
        cmocka_unit_test(a_stored_frontier_goes_on_where_it_was),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
