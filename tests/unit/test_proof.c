/* Proofs made from tiles and entries, checked against roots the register had at the time. */
#include "common/diff.h"
#include "common/merkle.h"
#include "common/reasons.h"
#include "provost/v1/resources.pb-c.h"
#include "store/proof.h"
#include "store/store.h"
#include "store/tree.h"
#include "store/txn_impl.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHANGES = 523 }; /* two full tiles and a growing one */

static const struct kind organisation = {"organisations", "organisation",
                                         &provost__v1__organisation__descriptor, NULL};
static const struct kind *const kinds[] = {&organisation, NULL};

static char dir[TEMP_DIR_BYTES];
static struct store *store;
static struct arena arena;
static struct sha256 *hasher;
static uint8_t roots[CHANGES + 1][32]; /* by size, as the head said */

/* A job that runs `step` in a transaction. */
struct work {
    struct store_job job;
    struct status (*step)(struct txn *txn);
};

static struct status run_work(struct store_job *job, struct txn *txn)
{
    return ((struct work *)job)->step(txn);
}

static void done_work(struct store_job *job)
{
    (void)job;
}

static struct status run(struct status (*step)(struct txn *), bool write)
{
    struct work work = {.job = {.arena = &arena, .run = run_work, .done = done_work},
                        .step = step};
    if (write)
        store_run_write(store, &work.job);
    else
        store_run_read(store, &work.job);
    return work.job.status;
}

static struct status put_one(struct txn *txn)
{
    struct change_by by = {"mary", "unix-peer", "", "", "/test/Put", "", "", ""};
    Provost__V1__Organisation body = PROVOST__V1__ORGANISATION__INIT;
    bool changed[64];
    struct version version;
    char id[32];
    snprintf(id, sizeof id, "o%lld", (long long)txn_seq(txn));
    body.title = id;
    diff_fields(NULL, &body.base, changed);
    txn_set_change_by(txn, &by);
    return txn_put(txn, &organisation, arena_strdup(&arena, id), NULL, &body.base, changed,
                   &version);
}

static struct status open_again(void)
{
    struct store_options options = {.state_dir = dir,
                                    .kinds = kinds,
                                    .readers = 1,
                                    .write_queue_max = 9,
                                    .read_queue_max = 9};
    return store_open(&options, &arena, &store);
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    hasher = sha256_new();
    if (!temp_dir_make("/tmp", "proof", dir) || !status_is_ok(open_again())) return -1;
    for (int n = 0; n <= CHANGES; n++) {
        struct store_stats stats;
        if (n > 0 && !status_is_ok(run(put_one, true))) return -1;
        store_get_stats(store, &stats);
        memcpy(roots[n], stats.tree_root, 32);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    sha256_free(hasher);
    arena_release(&arena);
    return temp_dir_remove(dir) ? 0 : -1;
}

static struct merkle_path path_of(const struct proof *proof)
{
    return (struct merkle_path){proof->count, proof->hashes};
}

static bool inclusion_holds(uint64_t index, uint64_t size, const uint8_t leaf[32],
                            const struct proof *proof, const uint8_t root[32])
{
    struct merkle_path path = path_of(proof);
    return merkle_inclusion_holds(index, size, leaf, &path, root);
}

static bool consistency_holds(uint64_t first, uint64_t second, const struct proof *proof)
{
    struct merkle_head older = {.size = first}, newer = {.size = second};
    struct merkle_path path = path_of(proof);
    memcpy(older.root, roots[first], 32);
    memcpy(newer.root, roots[second], 32);
    bool holds = merkle_consistency_holds(&older, &newer, &path);
    older.root[7] ^= 1;
    assert_false(merkle_consistency_holds(&older, &newer, &path));
    return holds;
}

static const uint64_t sizes[] = {1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513, CHANGES};
enum { SIZES = sizeof sizes / sizeof *sizes };

static struct status check_inclusion(struct txn *txn)
{
    for (int s = 0; s < SIZES; s++) {
        for (uint64_t index = 0; index < sizes[s]; index += 1 + index / 9) {
            struct arena_mark mark = arena_mark(&arena);
            struct change_record record;
            struct proof proof;
            bool found;
            struct status st = txn_get_change(txn, (int64_t)index + 1, &arena, &record, &found);
            if (!status_is_ok(st)) return st;
            st = txn_inclusion_proof(txn, index, sizes[s], &arena, &proof);
            if (!status_is_ok(st)) return st;
            assert_true(proof.count <= 10);
            assert_true(
                inclusion_holds(index, sizes[s], record.leaf_hash, &proof, roots[sizes[s]]));
            record.leaf_hash[0] ^= 1;
            assert_false(
                inclusion_holds(index, sizes[s], record.leaf_hash, &proof, roots[sizes[s]]));
            arena_rewind(&arena, mark);
        }
    }
    return status_ok();
}

static void every_leaf_is_proven_in_every_size(void **state)
{
    (void)state;
    struct status st = run(check_inclusion, false);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
}

static struct status check_consistency(struct txn *txn)
{
    for (int new = 0; new < SIZES; new ++) {
        for (int old = 0; old <= new; old++) {
            struct proof proof;
            uint8_t root[32];
            struct status st =
                txn_consistency_proof(txn, sizes[old], sizes[new], &arena, &proof);
            if (!status_is_ok(st)) return st;
            assert_true(consistency_holds(sizes[old], sizes[new], &proof));
            st = txn_tree_root(txn, sizes[old], &arena, root);
            if (!status_is_ok(st)) return st;
            assert_memory_equal(root, roots[sizes[old]], 32);
        }
    }
    return status_ok();
}

static void every_size_is_a_beginning_of_every_later_one(void **state)
{
    (void)state;
    struct status st = run(check_consistency, false);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
}

static struct status check_refusals(struct txn *txn)
{
    struct proof proof;
    assert_int_equal(txn_inclusion_proof(txn, 5, 5, &arena, &proof).code, GRPC_OUT_OF_RANGE);
    assert_int_equal(txn_inclusion_proof(txn, 5, CHANGES + 1, &arena, &proof).code,
                     GRPC_OUT_OF_RANGE);
    assert_int_equal(txn_consistency_proof(txn, 0, 5, &arena, &proof).code, GRPC_OUT_OF_RANGE);
    assert_int_equal(txn_consistency_proof(txn, 6, 5, &arena, &proof).code, GRPC_OUT_OF_RANGE);
    return status_ok();
}

static void leaves_and_sizes_that_are_not_there_are_refused(void **state)
{
    (void)state;
    assert_true(status_is_ok(run(check_refusals, false)));
}

static struct status drop_tiles(struct txn *txn)
{
    return db_exec(txn->db, "DELETE FROM log_tile") ? status_ok() : db_status(txn->db, &arena);
}

static void missing_tiles_are_made_again_at_start(void **state)
{
    (void)state;
    assert_true(status_is_ok(run(drop_tiles, true)));
    store_close(store);
    assert_true(status_is_ok(open_again()));
    every_leaf_is_proven_in_every_size(NULL);
    assert_true(status_is_ok(run(put_one, true)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leaf_is_proven_in_every_size),
        cmocka_unit_test(every_size_is_a_beginning_of_every_later_one),
        cmocka_unit_test(leaves_and_sizes_that_are_not_there_are_refused),
        cmocka_unit_test(missing_tiles_are_made_again_at_start),
    };
    return cmocka_run_group_tests_name("proof", tests, setup, teardown);
}
