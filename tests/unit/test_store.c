/* The store as handlers use it: versions, the log, answers, and what survives. */
#include "common/diff.h"
#include "common/reasons.h"
#include "provost/v1/resources.pb-c.h"
#include "store/store.h"
#include "store/store_impl.h"
#include "store/txn.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const kind_alone[] = {"kind", NULL};
static const struct kind_view kinds_only = {kind_alone};
static const struct kind_view *const organisation_views[] = {&kinds_only, NULL};
static const struct kind organisation = {"organisations", "organisation",
                                         &provost__v1__organisation__descriptor,
                                         organisation_views};
static const struct kind observation = {"observations", "observation",
                                        &provost__v1__observation__descriptor, NULL};
static const struct kind *const kinds[] = {&organisation, &observation, NULL};

struct fixture {
    char dir[TEMP_DIR_BYTES];
    struct store *store;
    struct arena arena;
    char fatal[300];
};

static struct status open_store(struct fixture *f, struct store **out_store)
{
    struct store_options options = {
        .state_dir = f->dir,
        .kinds = kinds,
        .readers = 1,
        .write_queue_max = 100,
        .read_queue_max = 100,
    };
    return store_open(&options, &f->arena, out_store);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    if (!temp_dir_make("/tmp", "store", f->dir)) return -1;
    arena_init(&f->arena, 1 << 20);
    struct status st = open_store(f, &f->store);
    if (!status_is_ok(st)) {
        fprintf(stderr, "%s\n", st.message);
        return -1;
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    temp_dir_remove(f->dir);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* A job whose work is a function of the test. */
struct work {
    struct store_job job;
    struct fixture *f;
    struct status (*run)(struct work *work, struct txn *txn);
    const char *id, *title, *reason, *request_id;
    int64_t as_of, number;
    bool found;
    struct version version;
    char *text;
};

static struct status run_work(struct store_job *job, struct txn *txn)
{
    struct work *work = (struct work *)job;
    return work->run(work, txn);
}

static void done_work(struct store_job *job)
{
    (void)job;
}

static struct status run_in(struct fixture *f, struct work *work, bool write)
{
    work->f = f;
    work->job.arena = &f->arena;
    work->job.run = run_work;
    work->job.done = done_work;
    if (write)
        store_run_write(f->store, &work->job);
    else
        store_run_read(f->store, &work->job);
    return work->job.status;
}

static struct status put_organisation(struct work *work, struct txn *txn)
{
    struct arena *arena = &work->f->arena;
    struct change_by by = {
        "mary", "unix-peer", "cex", "", "/test/Put", "", work->reason ? work->reason : "", ""};
    struct version before;
    bool found;
    struct status st = txn_get(txn, &organisation, work->id, AS_OF_NOW, arena, &before, &found);
    if (!status_is_ok(st)) return st;
    Provost__V1__Organisation *body = arena_alloc(arena, sizeof *body);
    provost__v1__organisation__init(body);
    body->title = arena_strdup(arena, work->title);
    body->kind = PROVOST__V1__ORGANISATION_KIND__ORGANISATION_KIND_TEAM;
    bool changed[64];
    diff_fields(found ? before.body : NULL, &body->base, changed);
    txn_set_change_by(txn, &by);
    st = txn_put(txn, &organisation, work->id, found ? &before : NULL, &body->base, changed,
                 &work->version);
    if (status_is_ok(st) && work->run != put_organisation) return st;
    return st;
}

static struct status delete_organisation(struct work *work, struct txn *txn)
{
    struct change_by by = {"mary", "unix-peer", "cex", "", "/test/Delete", "", "", ""};
    struct version before;
    bool found;
    struct status st =
        txn_get(txn, &organisation, work->id, AS_OF_NOW, &work->f->arena, &before, &found);
    if (!status_is_ok(st)) return st;
    assert_true(found);
    txn_set_change_by(txn, &by);
    return txn_delete(txn, &before);
}

static struct status get_organisation(struct work *work, struct txn *txn)
{
    return txn_get(txn, &organisation, work->id, work->as_of, &work->f->arena, &work->version,
                   &work->found);
}

static int64_t put(struct fixture *f, const char *id, const char *title)
{
    struct work work = {.run = put_organisation, .id = id, .title = title};
    struct status st = run_in(f, &work, true);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    return work.version.from_seq;
}

static const char *title_at(struct fixture *f, const char *id, int64_t as_of)
{
    struct work work = {.run = get_organisation, .id = id, .as_of = as_of};
    assert_true(status_is_ok(run_in(f, &work, false)));
    if (!work.found) return NULL;
    return ((Provost__V1__Organisation *)work.version.body)->title;
}

/* ---- what readers keep ---- */

static struct status get_kept(struct work *work, struct txn *txn)
{
    return txn_get_kept(txn, &organisation, work->id, &work->f->arena, &work->version,
                        &work->found);
}

static void run_by_reader(struct fixture *f, struct reader_memory *memory, struct work *work)
{
    work->f = f;
    work->job = (struct store_job){.arena = &f->arena, .run = run_work, .done = done_work};
    assert_true(queue_push(&f->store->reads, &work->job));
    reader_run_next(f->store, f->store->readers[0].db, memory, UINT64_MAX);
    assert_true(status_is_ok(work->job.status));
}

/* The body that a reader with this memory gives; NULL for none. */
static const Provost__V1__Organisation *kept(struct fixture *f, struct reader_memory *memory,
                                             const char *id)
{
    struct work work = {.run = get_kept, .id = id};
    run_by_reader(f, memory, &work);
    return work.found ? (const Provost__V1__Organisation *)(void *)work.version.body : NULL;
}

/* Hides one resource. */
struct hiding {
    struct txn_sight base;
    const char *id;
};

static bool sees_all_but_one(struct txn_sight *sight, struct txn *txn,
                             const struct version *version)
{
    (void)txn;
    return strcmp(version->id, ((struct hiding *)sight)->id) != 0;
}

/* "ID=TITLE ", one behind the other. */
static enum scan_verdict add_title(void *data, const struct version *version)
{
    struct work *work = data;
    const Provost__V1__Organisation *body = (const void *)version->body;
    work->text =
        arena_printf(&work->f->arena, "%s%s=%s ", work->text, version->id, body->title);
    work->version = *version;
    return SCAN_SKIP;
}

static struct status scan_kept(struct work *work, struct txn *txn)
{
    struct hiding hiding = {{.sees = sees_all_but_one}, work->title};
    if (work->title) (void)txn_set_sight(txn, &hiding.base);
    work->text = (char *)"";
    struct scan scan = {.kind = &organisation, .prefix = work->id};
    struct status st = txn_scan_kept(txn, &scan, &work->f->arena, add_title, work);
    (void)txn_set_sight(txn, NULL);
    work->found = hiding.base.hid;
    return st;
}

/* What a reader with this memory finds at and below "q"; `hidden` NULL: all is seen. */
static const char *found_below(struct fixture *f, struct reader_memory *memory,
                               const char *hidden)
{
    struct work work = {.run = scan_kept, .id = "q", .title = hidden};
    run_by_reader(f, memory, &work);
    assert_int_equal(work.found, hidden != NULL);
    return work.text;
}

static struct status put_observation(struct work *work, struct txn *txn)
{
    struct change_by by = {"mary", "unix-peer", "cex", "", "/test/Put", "", "", ""};
    Provost__V1__Observation body;
    bool changed[64];
    provost__v1__observation__init(&body);
    body.value = (char *)"1";
    diff_fields(NULL, &body.base, changed);
    txn_set_change_by(txn, &by);
    return txn_put(txn, &observation, work->id, NULL, &body.base, changed, &work->version);
}

static struct status put_then_erase(struct work *work, struct txn *txn)
{
    struct status st = put_observation(work, txn);
    txn->erased = true;
    return st;
}

static void a_reader_keeps_a_version_until_one_of_its_kind_changes(void **state)
{
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    assert_null(kept(f, &memory, "cex"));
    put(f, "cex", "One");
    const Provost__V1__Organisation *one = kept(f, &memory, "cex");
    assert_string_equal(one->title, "One");
    struct work other = {.run = put_observation, .id = "foi/2021-22"};
    assert_true(status_is_ok(run_in(f, &other, true)));
    assert_ptr_equal(kept(f, &memory, "cex"), one);
    put(f, "cex", "Two");
    assert_string_equal(kept(f, &memory, "cex")->title, "Two");
    struct work gone = {.run = delete_organisation, .id = "cex"};
    assert_true(status_is_ok(run_in(f, &gone, true)));
    assert_null(kept(f, &memory, "cex"));
    version_cache_free(memory.cache);
}

static void a_kept_scan_goes_by_id_and_what_is_below_it(void **state)
{
    static const char *const ids[] = {"q",   "q/a", "q/b/c", "p",  "q-2", "q-2/a",
                                      "q.1", "q0",  "r",     "pz", "q!"};
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    assert_string_equal(found_below(f, &memory, NULL), "");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        put(f, ids[i], "One");
    assert_string_equal(found_below(f, &memory, NULL), "q=One q/a=One q/b/c=One ");
    assert_string_equal(kept(f, &memory, "q")->title, "One"); /* apart from the scan */
    assert_null(kept(f, &memory, "q/b"));
    assert_string_equal(found_below(f, &memory, NULL), "q=One q/a=One q/b/c=One ");
    version_cache_free(memory.cache);
}

static void a_kept_scan_is_made_again_when_its_kind_changes(void **state)
{
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    put(f, "q", "One");
    put(f, "q/a", "One");
    struct work first = {.run = scan_kept, .id = "q"}, again = first;
    run_by_reader(f, &memory, &first);
    struct work other = {.run = put_observation, .id = "foi/2021-22"};
    assert_true(status_is_ok(run_in(f, &other, true)));
    run_by_reader(f, &memory, &again);
    assert_ptr_equal(again.version.body, first.version.body);
    put(f, "q/a", "Two");
    assert_string_equal(found_below(f, &memory, NULL), "q=One q/a=Two ");
    put(f, "q/0", "New");
    assert_string_equal(found_below(f, &memory, NULL), "q=One q/0=New q/a=Two ");
    struct work gone = {.run = delete_organisation, .id = "q"};
    assert_true(status_is_ok(run_in(f, &gone, true)));
    assert_string_equal(found_below(f, &memory, NULL), "q/0=New q/a=Two ");
    version_cache_free(memory.cache);
}

static struct status scan_titled(struct work *work, struct txn *txn)
{
    struct scan scan = {.kind = &organisation, .column = "title", .value = work->title};
    work->text = (char *)"";
    return txn_scan_kept(txn, &scan, &work->f->arena, add_title, work);
}

/* What a reader with this memory finds with a title. */
static struct work find_titled(struct fixture *f, struct reader_memory *memory,
                               const char *title)
{
    struct work work = {.run = scan_titled, .title = title};
    run_by_reader(f, memory, &work);
    return work;
}

static void a_kept_scan_goes_by_what_stands_in_a_column(void **state)
{
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    put(f, "a", "One");
    put(f, "q", "Two");
    put(f, "q/a", "One");
    struct work first = find_titled(f, &memory, "One");
    assert_string_equal(first.text, "a=One q/a=One ");
    assert_string_equal(find_titled(f, &memory, "Two").text, "q=Two ");
    assert_string_equal(find_titled(f, &memory, "q").text, "");
    assert_string_equal(found_below(f, &memory, NULL), "q=Two q/a=One ");
    assert_ptr_equal(find_titled(f, &memory, "One").version.body, first.version.body);
    put(f, "q", "One");
    assert_string_equal(find_titled(f, &memory, "One").text, "a=One q=One q/a=One ");
    assert_string_equal(find_titled(f, &memory, "Two").text, "");
    version_cache_free(memory.cache);
}

/* What one caller may not see is hidden from that one, and from nobody else. */
static void a_kept_scan_asks_the_sight_of_each_job(void **state)
{
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    put(f, "q", "One");
    put(f, "q/a", "One");
    assert_string_equal(found_below(f, &memory, "q/a"), "q=One ");
    assert_string_equal(found_below(f, &memory, NULL), "q=One q/a=One ");
    assert_string_equal(found_below(f, &memory, "q"), "q/a=One ");
    version_cache_free(memory.cache);
}

/* The writer says what it changes before its COMMIT: a snapshot from before must not keep what
 * one from behind it would find. */
static void a_reader_keeps_nothing_of_a_kind_that_is_being_changed(void **state)
{
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    int64_t seq = put(f, "cex", "One");
    atomic_store(&f->store->schema.tables[0]->changed_seq, seq + 1);
    const Provost__V1__Organisation *before = kept(f, &memory, "cex");
    assert_string_equal(before->title, "One");
    put(f, "cex", "Two"); /* seq + 1 */
    assert_string_equal(kept(f, &memory, "cex")->title, "Two");
    version_cache_free(memory.cache);
}

static void a_reader_keeps_nothing_over_an_erasure(void **state)
{
    struct fixture *f = *state;
    struct reader_memory memory = {.cache = version_cache_new()};
    put(f, "cex", "One");
    const Provost__V1__Organisation *one = kept(f, &memory, "cex");
    assert_ptr_equal(kept(f, &memory, "cex"), one);
    size_t held = version_cache_arena(memory.cache)->used_bytes;
    for (int i = 0; i < 3; i++)
        assert_non_null(kept(f, &memory, "cex"));
    assert_int_equal(version_cache_arena(memory.cache)->used_bytes, held);
    uint64_t erasures = memory.erasures;
    struct work erase = {.run = put_then_erase, .id = "foi/2021-22"};
    assert_true(status_is_ok(run_in(f, &erase, true)));
    (void)kept(f, &memory, "none");
    assert_int_equal(memory.erasures, erasures + 1);
    assert_string_equal(kept(f, &memory, "cex")->title, "One");
    version_cache_free(memory.cache);
}

static void a_new_register_is_empty_and_has_the_root_of_no_leaves(void **state)
{
    struct fixture *f = *state;
    struct store_stats stats;
    store_get_stats(f->store, &stats);
    assert_int_equal(stats.seq, 0);
    assert_int_equal(stats.tree_size, 0);
    assert_int_equal(stats.tree_root[0], 0xe3); /* SHA-256 of nothing begins e3b0 */
    assert_int_equal(stats.tree_root[1], 0xb0);
    assert_int_equal(strlen(stats.register_id), 36);
}

static void every_moment_can_be_read_again(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put(f, "cex", "One"), 1);
    assert_int_equal(put(f, "other", "Other"), 2);
    assert_int_equal(put(f, "cex", "Two"), 3);
    struct work gone = {.run = delete_organisation, .id = "cex"};
    assert_true(status_is_ok(run_in(f, &gone, true)));
    assert_int_equal(put(f, "cex", "Three"), 5);
    assert_string_equal(title_at(f, "cex", 1), "One");
    assert_string_equal(title_at(f, "cex", 2), "One");
    assert_string_equal(title_at(f, "cex", 3), "Two");
    assert_null(title_at(f, "cex", 4));
    assert_string_equal(title_at(f, "cex", 5), "Three");
    assert_string_equal(title_at(f, "cex", AS_OF_NOW), "Three");
    assert_null(title_at(f, "other", 1));
}

static struct status put_then_undo(struct work *work, struct txn *txn)
{
    struct status st = put_organisation(work, txn);
    if (!status_is_ok(st)) return st;
    assert_int_equal(txn_change_seq(txn), 1);
    return txn_undo(txn);
}

static struct status put_then_fail(struct work *work, struct txn *txn)
{
    struct status st = put_organisation(work, txn);
    if (!status_is_ok(st)) return st;
    return status_invalid(&work->f->arena, REASON_NOT_UNDERSTOOD, "x", "no");
}

static void an_undone_or_failed_job_leaves_nothing_and_takes_no_seq(void **state)
{
    struct fixture *f = *state;
    struct work undone = {.run = put_then_undo, .id = "cex", .title = "One"};
    assert_true(status_is_ok(run_in(f, &undone, true)));
    struct work failed = {.run = put_then_fail, .id = "cex", .title = "One"};
    assert_int_equal(run_in(f, &failed, true).code, GRPC_INVALID_ARGUMENT);
    assert_null(title_at(f, "cex", AS_OF_NOW));
    assert_int_equal(store_seq(f->store), 0);
    assert_int_equal(put(f, "cex", "One"), 1);
}

static struct status read_change(struct work *work, struct txn *txn)
{
    struct change_record record;
    struct status st =
        txn_get_change(txn, work->number, &work->f->arena, &record, &work->found);
    if (!status_is_ok(st) || !work->found) return st;
    struct buf text;
    buf_init(&text, 4096);
    buf_printf(&text, "%s %s %s:", record.by.principal, record.by.service, record.by.reason);
    for (size_t i = 0; i < record.item_count; i++) {
        struct change_item *item = &record.items[i];
        buf_printf(&text, " %d %s/%s %lld", item->op, item->kind->collection, item->id,
                   (long long)item->previous_seq);
        for (size_t k = 0; k < item->field_count; k++)
            buf_printf(&text, " %s", item->fields[k]);
    }
    work->text = arena_strndup(&work->f->arena, (char *)text.data, text.size);
    buf_release(&text);
    return status_ok();
}

static void the_log_says_who_what_and_which_fields(void **state)
{
    struct fixture *f = *state;
    struct work work = {
        .run = put_organisation, .id = "cex", .title = "One", .reason = "to begin"};
    assert_true(status_is_ok(run_in(f, &work, true)));
    put(f, "cex", "Two");
    struct work first = {.run = read_change, .number = 1};
    assert_true(status_is_ok(run_in(f, &first, false)));
    assert_string_equal(first.text, "mary cex to begin: 1 organisations/cex 0 title kind");
    struct work second = {.run = read_change, .number = 2};
    assert_true(status_is_ok(run_in(f, &second, false)));
    assert_string_equal(second.text, "mary cex : 2 organisations/cex 1 title");
    struct work none = {.run = read_change, .number = 3};
    assert_true(status_is_ok(run_in(f, &none, false)));
    assert_false(none.found);
}

struct listing {
    char text[512];
    int stop_after;
};

static enum scan_verdict note_id(void *data, const struct version *version)
{
    struct listing *listing = data;
    size_t used = strlen(listing->text);
    snprintf(listing->text + used, sizeof listing->text - used, "%s ", version->id);
    return --listing->stop_after == 0 ? SCAN_STOP : SCAN_SKIP;
}

static struct listing *listing_of_test;
static struct scan scan_of_test;

static struct status scan_organisations(struct work *work, struct txn *txn)
{
    return txn_scan(txn, &scan_of_test, &work->f->arena, note_id, listing_of_test);
}

static void assert_scan(struct fixture *f, struct scan scan, const char *expected)
{
    struct listing listing = {.stop_after = 100};
    listing_of_test = &listing;
    scan_of_test = scan;
    struct work work = {.run = scan_organisations};
    assert_true(status_is_ok(run_in(f, &work, false)));
    assert_string_equal(listing.text, expected);
}

static void scans_go_by_prefix_position_column_and_moment(void **state)
{
    struct fixture *f = *state;
    put(f, "b", "X");
    put(f, "a", "X");
    put(f, "a-1", "Y");
    put(f, "a/2", "X");
    put(f, "a/1", "Y");
    struct scan scan = {.kind = &organisation};
    assert_scan(f, scan, "a a-1 a/1 a/2 b ");
    scan.prefix = "a";
    assert_scan(f, scan, "a a/1 a/2 ");
    scan.after_id = "a";
    assert_scan(f, scan, "a/1 a/2 ");
    scan.after_id = "a/1";
    assert_scan(f, scan, "a/2 ");
    scan = (struct scan){.kind = &organisation, .column = "title", .value = "Y"};
    assert_scan(f, scan, "a-1 a/1 ");
    scan = (struct scan){.kind = &organisation, .as_of = 2};
    assert_scan(f, scan, "a b ");
}

static enum scan_verdict note_fields(void *data, const struct version *version)
{
    struct listing *listing = data;
    const Provost__V1__Organisation *body = (const void *)version->body;
    size_t used = strlen(listing->text);
    snprintf(listing->text + used, sizeof listing->text - used, "%s %s %d ", version->id,
             body->title, (int)body->kind);
    return SCAN_SKIP;
}

static bool sees_all_but_a(struct txn_sight *sight, struct txn *txn,
                           const struct version *version)
{
    (void)sight, (void)txn;
    return strcmp(version->id, "a") != 0;
}

static struct status scan_kinds_only(struct work *work, struct txn *txn)
{
    struct txn_sight sight = {.sees = sees_all_but_a};
    struct scan scan = {.kind = &organisation, .before_id = "d", .view = &kinds_only};
    (void)txn_set_sight(txn, &sight);
    struct status st = txn_scan(txn, &scan, &work->f->arena, note_fields, listing_of_test);
    (void)txn_set_sight(txn, NULL);
    assert_true(sight.hid);
    return st;
}

enum { TEAM = PROVOST__V1__ORGANISATION_KIND__ORGANISATION_KIND_TEAM };

static void a_view_reads_its_fields_alone_also_under_a_sight(void **state)
{
    struct fixture *f = *state;
    struct listing listing = {.text = ""};
    const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        put(f, ids[i], "X");
    listing_of_test = &listing;
    struct work work = {.run = scan_kinds_only};
    assert_true(status_is_ok(run_in(f, &work, false)));
    const char *expected = arena_printf(&f->arena, "b  %d c  %d ", TEAM, TEAM);
    assert_string_equal(listing.text, expected);
}

static struct change_query query_of_test;

static struct status find_changes(struct work *work, struct txn *txn)
{
    int64_t *seqs, next;
    size_t count;
    struct status st =
        txn_find_changes(txn, &query_of_test, &work->f->arena, &seqs, &count, &next);
    if (!status_is_ok(st)) return st;
    work->text = arena_strdup(&work->f->arena, "");
    for (size_t i = 0; i < count; i++)
        work->text = arena_printf(&work->f->arena, "%s%lld ", work->text, (long long)seqs[i]);
    work->number = next;
    return status_ok();
}

static int64_t assert_changes(struct fixture *f, struct change_query query,
                              const char *expected)
{
    query_of_test = query;
    struct work work = {.run = find_changes};
    struct status st = run_in(f, &work, false);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    assert_string_equal(work.text, expected);
    return work.number;
}

static void changes_are_found_by_every_condition(void **state)
{
    struct fixture *f = *state;
    put(f, "a", "X");
    put(f, "a/1", "X");
    put(f, "a-1", "X");
    put(f, "a", "Y");
    struct work gone = {.run = delete_organisation, .id = "a"};
    assert_true(status_is_ok(run_in(f, &gone, true)));
    struct work reasoned = {
        .run = put_organisation, .id = "z", .title = "Z", .reason = "Audit finding 7"};
    assert_true(status_is_ok(run_in(f, &reasoned, true)));
    struct change_query query = {.limit = 100};
    assert_changes(f, query, "6 5 4 3 2 1 ");
    query.oldest_first = true;
    assert_changes(f, query, "1 2 3 4 5 6 ");
    query.kind = &organisation;
    query.id = "a";
    assert_changes(f, query, "1 2 4 5 ");
    query.field = "title";
    assert_changes(f, query, "1 2 4 ");
    query.field = "kind";
    assert_changes(f, query, "1 2 ");
    query = (struct change_query){.limit = 100, .principal = "mary", .service = "cex"};
    assert_changes(f, query, "6 5 4 3 2 1 ");
    query.principal = "john";
    assert_changes(f, query, "");
    query = (struct change_query){.limit = 100, .reason_contains = "aUDIT"};
    assert_changes(f, query, "6 ");
    query = (struct change_query){.limit = 100, .from_seq = 2, .to_seq = 3};
    assert_changes(f, query, "3 2 ");
    query = (struct change_query){.limit = 100, .kind = &observation};
    assert_changes(f, query, "");
}

static void pages_of_changes_join_without_gap(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++)
        put(f, i % 2 ? "a" : "b", i < 2 ? "X" : i < 4 ? "Y" : "Z");
    struct change_query query = {.limit = 2};
    query.after_seq = assert_changes(f, query, "5 4 ");
    assert_int_equal(query.after_seq, 4);
    query.after_seq = assert_changes(f, query, "3 2 ");
    query.after_seq = assert_changes(f, query, "1 ");
    assert_int_equal(query.after_seq, 0);
}

static struct status keep_answer(struct work *work, struct txn *txn)
{
    struct kept_answer answer = {{7}, "abc", 3, 9};
    struct status st = put_organisation(work, txn);
    if (!status_is_ok(st)) return st;
    return txn_keep_answer(txn, "mary", work->request_id, &answer);
}

static struct status find_answer(struct work *work, struct txn *txn)
{
    struct kept_answer answer;
    struct status st =
        txn_find_answer(txn, "mary", work->request_id, &work->f->arena, &answer, &work->found);
    if (status_is_ok(st) && work->found) {
        assert_int_equal(answer.request_hash[0], 7);
        assert_int_equal(answer.response_size, 3);
        assert_memory_equal(answer.response, "abc", 3);
        assert_int_equal(answer.seq, 9);
    }
    return st;
}

static void answers_are_kept_with_the_change(void **state)
{
    struct fixture *f = *state;
    struct work keep = {.run = keep_answer, .id = "a", .title = "X", .request_id = "r1"};
    assert_true(status_is_ok(run_in(f, &keep, true)));
    struct work find = {.run = find_answer, .request_id = "r1"};
    assert_true(status_is_ok(run_in(f, &find, true)));
    assert_true(find.found);
    struct work other = {.run = find_answer, .request_id = "r2"};
    assert_true(status_is_ok(run_in(f, &other, true)));
    assert_false(other.found);
}

static void a_second_daemon_is_kept_out(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;
    struct status st = open_store(f, &second);
    assert_int_equal(st.code, GRPC_FAILED_PRECONDITION);
    assert_string_equal(st.reason, REASON_STORE_LOCKED);
    assert_null(second);
}

static void a_register_opens_again_with_its_root_and_identity(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 7; i++)
        put(f, "a", i % 2 ? "X" : "Y");
    struct store_stats before, after;
    store_get_stats(f->store, &before);
    store_close(f->store);
    assert_true(status_is_ok(open_store(f, &f->store)));
    store_get_stats(f->store, &after);
    assert_int_equal(after.seq, 7);
    assert_memory_equal(before.tree_root, after.tree_root, 32);
    assert_string_equal(before.register_id, after.register_id);
}

static struct status tamper_with_root(struct work *work, struct txn *txn)
{
    (void)work;
    assert_true(db_exec(txn->db, "UPDATE log_head SET root = zeroblob(32)"));
    return status_ok();
}

static void a_root_that_does_not_add_up_is_refused_at_start(void **state)
{
    struct fixture *f = *state;
    put(f, "a", "X");
    struct work work = {.run = tamper_with_root};
    assert_true(status_is_ok(run_in(f, &work, true)));
    store_close(f->store);
    f->store = NULL;
    struct status st = open_store(f, &f->store);
    assert_int_equal(st.code, GRPC_DATA_LOSS);
    assert_null(f->store);
}

static struct status resolve(struct work *work, struct txn *txn)
{
    return txn_resolve_as_of(txn, work->as_of, 0, &work->f->arena, &work->number);
}

static void positions_beyond_the_log_are_out_of_range(void **state)
{
    struct fixture *f = *state;
    put(f, "a", "X");
    struct work work = {.run = resolve, .as_of = 2};
    assert_int_equal(run_in(f, &work, false).code, GRPC_OUT_OF_RANGE);
    work.as_of = -1;
    assert_int_equal(run_in(f, &work, false).code, GRPC_INVALID_ARGUMENT);
    work.as_of = 0;
    assert_true(status_is_ok(run_in(f, &work, false)));
    assert_int_equal(work.number, 1);
}

int main(void)
{
#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        FACT(a_new_register_is_empty_and_has_the_root_of_no_leaves),
        FACT(every_moment_can_be_read_again),
        FACT(an_undone_or_failed_job_leaves_nothing_and_takes_no_seq),
        FACT(the_log_says_who_what_and_which_fields),
        FACT(scans_go_by_prefix_position_column_and_moment),
        FACT(a_view_reads_its_fields_alone_also_under_a_sight),
        FACT(changes_are_found_by_every_condition),
        FACT(pages_of_changes_join_without_gap),
        FACT(answers_are_kept_with_the_change),
        FACT(a_second_daemon_is_kept_out),
        FACT(a_register_opens_again_with_its_root_and_identity),
        FACT(a_root_that_does_not_add_up_is_refused_at_start),
        FACT(positions_beyond_the_log_are_out_of_range),
        FACT(a_reader_keeps_a_version_until_one_of_its_kind_changes),
        FACT(a_reader_keeps_nothing_of_a_kind_that_is_being_changed),
        FACT(a_reader_keeps_nothing_over_an_erasure),
        FACT(a_kept_scan_goes_by_id_and_what_is_below_it),
        FACT(a_kept_scan_is_made_again_when_its_kind_changes),
        FACT(a_kept_scan_goes_by_what_stands_in_a_column),
        FACT(a_kept_scan_asks_the_sight_of_each_job),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
