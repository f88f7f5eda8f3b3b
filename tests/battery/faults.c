/* The disk fails: power cuts, I/O errors, no room, no memory; one point at a time.
 *
 *   faults powercut|lying|ioerr|full|alloc POINTS [SEED [CALL]]
 *
 * For each point the same load runs on a disk in memory (support/fault_vfs) that fails at one
 * call; then the register is opened from what is left, checked, asked again for what was not
 * answered, and goes on. POINTS 0: every call there is. A failing point prints its seed and call,
 * which with POINTS 1 repeat it. "lying" is power cuts on a disk that does not sync: it must fail, or the checks are worth
 * nothing.
 */
#include "battery/workload.h"
#include "service/catalog.h"
#include "store/page_cache.h"
#include "store/store_impl.h"
#include "support/fault_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCHES = 24,
    MORE_BATCHES = 3,
    ERASE_AT = 13,
    CHECKPOINT_EVERY = 5,
    TRUNCATE_EVERY = 11
};

/* ---- memory that runs out ---- */

static struct {
    sqlite3_mem_methods real;
    uint64_t calls, at;
    bool for_ever;
} memory;

static bool memory_fails(void)
{
    memory.calls++;
    return memory.at &&
           (memory.calls == memory.at || (memory.for_ever && memory.calls > memory.at));
}

static void *failing_malloc(int size)
{
    return memory_fails() ? NULL : memory.real.xMalloc(size);
}

static void *failing_realloc(void *p, int size)
{
    return memory_fails() ? NULL : memory.real.xRealloc(p, size);
}

static void install_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
    sqlite3_mem_methods mine = memory.real;
    mine.xMalloc = failing_malloc;
    mine.xRealloc = failing_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &mine);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* every allocation is a call */
}

static void plan_memory(uint64_t at, bool for_ever)
{
    memory.calls = 0;
    memory.at = at;
    memory.for_ever = for_ever;
}

/* ---- one run ---- */

static bool run_load(struct workload *w)
{
    for (int i = 1; i <= BATCHES; i++) {
        if (!workload_batch(w)) return false;
        if (i == ERASE_AT && !workload_erase(w)) return false;
        if (i % CHECKPOINT_EVERY == 0 && !workload_checkpoint(w, i % TRUNCATE_EVERY == 0))
            return false;
    }
    return true;
}

/* Opens the disk as it was saved, and runs the load until something fails. True when it came to
 * its end. */
static bool open_and_run(struct workload *w)
{
    return workload_open(w) && run_load(w);
}

/* From what is left: checks, asks again, goes on, and checks again after a clean stop. */
static bool recover(struct workload *w, bool exact)
{
    unsigned found = 0;
    if (!workload_open(w)) return workload_problem(w, "does not open: %s", w->f.status.message);
    if (w->f.store->log->scrub_due)
        return workload_problem(w, "what was erased stays on the disk");
    if (!workload_check(w, exact, &found)) return false;
    for (int i = 0; i < MORE_BATCHES; i++)
        if (!workload_batch(w))
            return workload_problem(w, "does not go on: %s", w->f.status.message);
    if (!workload_erase(w))
        return workload_problem(w, "does not erase: %s", w->f.status.message);
    workload_close(w);
    if (!workload_open(w))
        return workload_problem(w, "opens once only: %s", w->f.status.message);
    return workload_check(w, true, &found);
}

/* ---- the kinds of failure ---- */

struct point {
    uint64_t at, seed;
    bool for_ever;
};

struct battery {
    const char *name;
    bool (*run)(struct workload *w, const struct point *point);
    uint64_t (*count)(void); /* calls in a run without a fault, after the fact */
    int calls;               /* that count */
    bool both;               /* once and for ever */
    bool must_fail;          /* shows that the checks find something */
};

static void close_dead(struct workload *w)
{
    workload_close(w);
    if (fault_vfs_open_files() != 0) workload_problem(w, "files stay open");
}

static bool cut_power(struct workload *w, const struct point *point, bool lying)
{
    struct fault_plan plan = {.mode = FAULT_CUT,
                              .calls = FAULT_CHANGES,
                              .at = point->at,
                              .seed = point->seed,
                              .lying = lying};
    fault_vfs_plan(&plan);
    (void)open_and_run(w);
    close_dead(w);
    fault_vfs_power_on(point->seed);
    return !*w->problem && recover(w, false);
}

static bool run_powercut(struct workload *w, const struct point *point)
{
    return cut_power(w, point, false);
}

static bool run_lying(struct workload *w, const struct point *point)
{
    return cut_power(w, point, true);
}

/* After a failed write nothing more may be acknowledged in this process. */
static bool check_stopped(struct workload *w)
{
    unsigned before = w->acked;
    if (w->f.store && w->f.store->fatal && workload_batch(w))
        return workload_problem(w, "acknowledged after the store had failed");
    return w->acked == before || workload_problem(w, "acknowledged in part");
}

static bool run_ioerr(struct workload *w, const struct point *point)
{
    struct fault_plan plan = {
        .mode = FAULT_IOERR, .calls = FAULT_ALL, .at = point->at, .for_ever = point->for_ever};
    fault_vfs_plan(&plan);
    if (!open_and_run(w) && w->f.store && !check_stopped(w)) return false;
    close_dead(w);
    fault_vfs_power_on(point->seed); /* a failed sync leaves nobody knows what */
    return !*w->problem && recover(w, false);
}

/* While the disk is full, reads go on; when there is room again, so do writes. */
static bool outlast_full(struct workload *w)
{
    unsigned found = 0;
    if (!w->refused_full) return workload_problem(w, "refused with %s", w->f.status.message);
    if (w->f.store->fatal) return workload_problem(w, "a full disk has stopped the store");
    if (!workload_check(w, true, &found)) return false;
    fault_vfs_plan(&(struct fault_plan){.mode = FAULT_NOTHING});
    if (!workload_batch(w))
        return workload_problem(w, "does not recover: %s", w->f.status.message);
    return workload_check(w, true, &found);
}

static bool run_full(struct workload *w, const struct point *point)
{
    struct fault_plan plan = {
        .mode = FAULT_FULL, .calls = FAULT_WRITE, .at = point->at, .for_ever = point->for_ever};
    if (!workload_open(w)) return workload_problem(w, "does not open");
    fault_vfs_plan(&plan);
    bool whole = run_load(w);
    bool refused = !whole && (w->asked > w->acked || w->erase_asked != w->erase_acked);
    if (refused && !outlast_full(w)) return false;
    fault_vfs_plan(&(struct fault_plan){.mode = FAULT_NOTHING});
    workload_close(w);
    return recover(w, true);
}

static bool run_alloc(struct workload *w, const struct point *point)
{
    plan_memory(point->at, point->for_ever);
    if (!open_and_run(w) && w->f.store && !check_stopped(w)) return false;
    plan_memory(0, false);
    close_dead(w);
    fault_vfs_power_on(point->seed);
    return !*w->problem && recover(w, false);
}

static uint64_t count_memory(void)
{
    return memory.calls;
}

static const struct battery battery_table[] = {
    {"powercut", run_powercut, fault_vfs_calls, FAULT_CHANGES, false, false},
    {"lying", run_lying, fault_vfs_calls, FAULT_CHANGES, false, true},
    {"ioerr", run_ioerr, fault_vfs_calls, FAULT_ALL, true, false},
    {"full", run_full, fault_vfs_calls, FAULT_WRITE, true, false},
    {"alloc", run_alloc, count_memory, 0, true, false},
};

/* ---- all points ---- */

/* The disk every point begins with. */
static void save_beginning(void)
{
    struct workload w;
    workload_init(&w);
    if (!workload_open(&w) || !workload_prepare(&w)) {
        fprintf(stderr, "faults: the load cannot begin: %s\n", w.f.status.message);
        exit(1);
    }
    workload_release(&w);
    fault_vfs_save();
}

static uint64_t count_calls(const struct battery *battery)
{
    struct workload w;
    workload_init(&w);
    fault_vfs_load();
    fault_vfs_plan(&(struct fault_plan){.mode = FAULT_NOTHING, .calls = battery->calls});
    plan_memory(0, false);
    bool fine = open_and_run(&w);
    uint64_t calls = battery->count();
    if (!fine) fprintf(stderr, "faults: the load fails of itself: %s\n", w.f.status.message);
    workload_release(&w);
    return fine ? calls : 0;
}

static bool run_point(const struct battery *battery, const struct point *point)
{
    struct workload w;
    workload_init(&w);
    fault_vfs_load();
    bool fine = battery->run(&w, point);
    if (!fine && !battery->must_fail)
        fprintf(stderr, "faults: %s, call %llu%s, seed %llu: %s\n", battery->name,
                (unsigned long long)point->at, point->for_ever ? " and all after it" : "",
                (unsigned long long)point->seed, w.problem);
    plan_memory(0, false);
    workload_release(&w);
    return fine;
}

/* `call` 0: the points are spread over the run. */
static int run_battery(const struct battery *battery, uint64_t points, uint64_t seed,
                       uint64_t call)
{
    uint64_t calls = count_calls(battery), done = 0, failed = 0;
    if (calls == 0) return 1;
    if (points == 0) points = calls;
    uint64_t step =
        1000003; /* prime to any count: points spread over the run and repeat late */
    for (uint64_t i = 0; i < points && (failed < 10 || battery->must_fail); i++) {
        struct point point = {.at = points >= calls ? 1 + i % calls
                                                    : 1 + (seed + i * step) % calls,
                              .seed = seed + i};
        if (call) point.at = call;
        for (int ever = 0; ever <= battery->both; ever++) {
            point.for_ever = ever;
            failed += !run_point(battery, &point);
            done++;
        }
    }
    printf("%s: %llu points over %llu calls of a load of %d batches, %llu failed\n",
           battery->name, (unsigned long long)done, (unsigned long long)calls, BATCHES,
           (unsigned long long)failed);
    return battery->must_fail ? failed == 0 : failed != 0;
}

int main(int argc, char **argv)
{
    uint64_t points = argc > 2 ? strtoull(argv[2], NULL, 10) : 100;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL);
    uint64_t call = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    for (size_t i = 0; argc > 1 && i < sizeof battery_table / sizeof *battery_table; i++) {
        if (strcmp(battery_table[i].name, argv[1]) != 0) continue;
        install_memory();
        page_cache_install(); /* before the disk, which SQLite is asked about */
        fault_vfs_register();
        catalog_verify();
        workload_make_folder();
        save_beginning();
        printf("%s: seed %llu\n", argv[1], (unsigned long long)seed);
        int failed = run_battery(&battery_table[i], points, seed, call);
        workload_remove_folder();
        return failed;
    }
    fprintf(stderr, "usage: faults powercut|lying|ioerr|full|alloc POINTS [SEED [CALL]]\n");
    return 2;
}
