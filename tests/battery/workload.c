#include "battery/workload.h"

#include "common/merkle.h"
#include "common/reasons.h"
#include "service/catalog.h"
#include "service/redact.h"
#include "service/register.h"
#include "service/rights.h"
#include "store/proof.h"
#include "store/store_impl.h"
#include "store/verify.h"
#include "support/fault_vfs.h"

#include "common/json.h"
#include "support/temp_dir.h"

#include "provost/v1/change_log.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREPARED_CHANGES = 4, ARENA_BYTES = 1 << 30, TEXT_BYTES = 3000 };

/* What is erased: made by change 2, carried on by 3 and 4, in rows among those of the jobs, so that pages
 * with it are split. Any sector it fills holds it once at least. */
#define SECRET_PART "Zq7 erased text."
#define SECRET SECRET_PART SECRET_PART SECRET_PART SECRET_PART SECRET_PART SECRET_PART
enum { SECRET_SEQ = 2, SECRET_TIMES = 3 };

/* The log as it was prepared. */
static struct {
    struct merkle_head head;
    uint8_t secret_leaf[SHA256_BYTES];
} beginning;

bool workload_problem(struct workload *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!*w->problem) vsnprintf(w->problem, sizeof w->problem, format, args);
    va_end(args);
    return false;
}

/* ---- opening ---- */

static char folder[TEMP_DIR_BYTES];

void workload_make_folder(void)
{
    if (!temp_dir_make("/tmp", "battery", folder)) abort();
}

void workload_remove_folder(void)
{
    (void)temp_dir_remove(folder);
}

void workload_init(struct workload *w)
{
    char latest[sizeof folder + sizeof "/checkpoints/latest"];
    memset(w, 0, sizeof *w);
    memcpy(w->f.dir, folder, sizeof folder);
    snprintf(latest, sizeof latest, "%s/checkpoints/latest", folder);
    (void)remove(latest);
    arena_init(&w->f.arena, ARENA_BYTES);
    w->f.caller = (struct caller){.principal = "alice",
                                  .auth_method = "unix-peer",
                                  .service = "corporate",
                                  .on_behalf_of = "",
                                  .trace_id = "",
                                  .address = "test",
                                  .rights = &rights_of_everyone_on_trial};
}

void workload_release(struct workload *w)
{
    workload_close(w);
    arena_release(&w->f.arena);
}

bool workload_open(struct workload *w)
{
    struct store_options options = {
        .state_dir = w->f.dir,
        .kinds = catalog_kinds(),
        .readers = 1,
        .write_queue_max = 2 * BATCH_JOBS,
        .read_queue_max = 4,
    };
    w->f.store = NULL;
    w->f.status = store_open(&options, &w->f.arena, &w->f.store);
    return status_is_ok(w->f.status);
}

void workload_close(struct workload *w)
{
    store_close(w->f.store);
    w->f.store = NULL;
    arena_release(&w->f.arena);
    arena_init(&w->f.arena, ARENA_BYTES);
}

/* ---- jobs ---- */

/* A method of the daemon. */
struct called {
    handler_fn *handler;
    const char *method;
    const ProtobufCMessageDescriptor *request;
};

static const struct called apply = {register_apply, "/provost.v1.RegisterService/Apply",
                                    &provost__v1__apply_request__descriptor};
static const struct called redact = {change_log_redact_change,
                                     "/provost.v1.ChangeLogService/RedactChange",
                                     &provost__v1__redact_change_request__descriptor};

struct job {
    struct store_job job;
    struct workload *w;
    const struct called *called;
    const ProtobufCMessage *request;
    ProtobufCMessage *response;
};

static struct status run_job(struct store_job *base, struct txn *txn)
{
    struct job *job = (struct job *)base;
    struct handler_call call = {
        .arena = &job->w->f.arena,
        .txn = txn,
        .caller = &job->w->f.caller,
        .method = job->called->method,
        .store = job->w->f.store,
    };
    return job->called->handler(&call, job->request, &job->response);
}

static void done(struct store_job *job)
{
    (void)job;
}

static void submit_to(struct workload *w, struct job *job, const struct called *called,
                      const char *json)
{
    ProtobufCMessage *request = NULL;
    struct status st = json_decode(called->request, json, strlen(json), &w->f.arena, &request);
    if (!status_is_ok(st)) abort();
    *job = (struct job){
        .job = {.arena = &w->f.arena, .run = run_job, .done = done},
        .w = w,
        .called = called,
        .request = request,
    };
    if (!store_submit_write(w->f.store, &job->job)) abort();
}

static void submit(struct workload *w, struct job *job, const char *json)
{
    submit_to(w, job, &apply, json);
}

/* One job in a batch of its own. */
static bool run_alone(struct workload *w, struct job *job, const struct called *called,
                      const char *json)
{
    submit_to(w, job, called, json);
    writer_run_batch(w->f.store, UINT64_MAX);
    w->f.status = job->job.status;
    w->refused_full = w->f.status.code == GRPC_RESOURCE_EXHAUSTED;
    return status_is_ok(w->f.status);
}

static const char *long_text(void)
{
    static char text[TEXT_BYTES + 1];
    memset(text, 'x', TEXT_BYTES);
    return text;
}

/* Job n, numbered from 1. It refers to what the one before made: where memory runs out in one job of a
 * batch the others go on, and these must not. */
static const char *job_json(struct workload *w, unsigned n)
{
    return arena_printf(
        &w->f.arena,
        "{\"requestId\":\"job-%u\",\"reason\":\"job %u\",\"mutations\":["
        "{\"create\":{\"name\":\"organisations/a-%u\",\"organisation\":{\"title\":\"t-%u\","
        "\"remit\":\"%s\"}}},"
        "{\"create\":{\"name\":\"organisations/b-%u\",\"organisation\":{\"title\":\"t-%u\","
        "\"parent\":\"%s\"}}},"
        "{\"patch\":{\"resource\":{\"name\":\"organisations/last\",\"organisation\":{\"title\":"
        "\"%u\"}},\"updateMask\":\"title\"}}]}",
        n, n, n, n, n % 3 ? "" : long_text(), n, n,
        n > 1 ? arena_printf(&w->f.arena, "organisations/a-%u", n - 1) : "", n);
}

static const char *secret_text(struct workload *w)
{
    const char *text = "";
    for (int i = 0; i < SECRET_TIMES; i++)
        text = arena_printf(&w->f.arena, "%s%s", text, SECRET);
    return text;
}

static struct status run_keep_beginning(struct store_job *base, struct txn *txn)
{
    struct change_record record;
    bool found = false;
    beginning.head.size = PREPARED_CHANGES;
    struct status st = txn_get_change(txn, SECRET_SEQ, base->arena, &record, &found);
    if (!status_is_ok(st)) return st;
    memcpy(beginning.secret_leaf, record.leaf_hash, sizeof beginning.secret_leaf);
    return txn_tree_root(txn, PREPARED_CHANGES, base->arena, beginning.head.root);
}

bool workload_prepare(struct workload *w)
{
    struct job job;
    struct store_job keep = {.arena = &w->f.arena, .run = run_keep_beginning, .done = done};
    bool fine =
        run_alone(w, &job, &apply,
                  "{\"mutations\":[{\"create\":{\"name\":\"organisations/last\","
                  "\"organisation\":{\"title\":\"0\"}}}]}") &&
        run_alone(w, &job, &apply,
                  arena_printf(&w->f.arena,
                               "{\"mutations\":[{\"create\":{\"name\":\"organisations/azz\","
                               "\"organisation\":{\"title\":\"1\",\"remit\":\"%s\"}}}]}",
                               secret_text(w)));
    for (int i = 2; fine && i <= 3; i++)
        fine = run_alone(w, &job, &apply,
                         arena_printf(&w->f.arena,
                                      "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":"
                                      "\"organisations/azz\",\"organisation\":{\"title\":"
                                      "\"%d\"}},\"updateMask\":\"title\"}}]}",
                                      i));
    if (fine) store_run_read(w->f.store, &keep);
    return fine && status_is_ok(keep.status);
}

/* ---- the erasure ---- */

static const char *erasure_json(struct workload *w, const char *approval_id)
{
    return arena_printf(&w->f.arena,
                        "{\"changeSeq\":%d,\"target\":\"REDACT_TARGET_FIELD\","
                        "\"resource\":\"organisations/azz\",\"field\":\"remit\","
                        "\"reason\":\"article 17\",\"approvalId\":\"%s\"}",
                        SECRET_SEQ, approval_id);
}

static bool was_erased(const struct workload *w)
{
    return w->erase_asked && w->f.status.code == GRPC_FAILED_PRECONDITION &&
           strcmp(w->f.status.reason, REASON_ALREADY_REDACTED) == 0;
}

bool workload_erase(struct workload *w)
{
    struct job job;
    if (w->erase_acked) return true;
    if (!run_alone(w, &job, &redact, erasure_json(w, ""))) {
        w->erase_acked = was_erased(w);
        return w->erase_acked;
    }
    const char *id = ((Provost__V1__RedactChangeResponse *)job.response)->approval_id;
    w->erase_asked = true;
    w->f.caller.principal = "bob";
    w->erase_acked = run_alone(w, &job, &redact, erasure_json(w, id));
    w->f.caller.principal = "alice";
    return w->erase_acked;
}

/* What was erased is on the disk no more, unless the store knows that it may be. */
static bool check_bytes(struct workload *w)
{
    if (w->f.store->log->scrub_due) return true;
    unsigned places = fault_vfs_search(SECRET_PART, sizeof SECRET_PART - 1);
    return places == 0 ||
           workload_problem(w, "what was erased is on the disk %u times", places);
}

/* A batch that is committed while another one is flushed: it waits for the next flush. */
static void commit_only(struct store *store)
{
    store->durable.flushing = true;
    writer_run_batch(store, UINT64_MAX);
    store->durable.flushing = false;
}

bool workload_batch(struct workload *w)
{
    struct job jobs[BATCH_JOBS];
    unsigned count = 1 + w->acked % BATCH_JOBS;
    if (w->asked > w->acked) count = w->asked - w->acked;
    w->asked = w->acked + count;
    w->piled = count == BATCH_JOBS ? 1 : 0;
    for (unsigned i = 0; i < count; i++) {
        submit(w, &jobs[i], job_json(w, w->acked + 1 + i));
        if (i + 1 == w->piled) commit_only(w->f.store);
    }
    writer_run_batch(w->f.store, UINT64_MAX);
    bool all = true;
    /* A slow machine cuts the batch in two; where it could not even begin, only its first job
     * was answered: the others must not go before it. */
    for (unsigned n = 0; n < count && queue_count(&w->f.store->writes) > 0; n++) {
        for (unsigned i = 0; i < count; i++)
            all = all && status_is_ok(jobs[i].job.status);
        for (unsigned i = 0; i < count && !all; i++)
            atomic_store(&jobs[i].job.cancelled, true);
        writer_run_batch(w->f.store, UINT64_MAX);
    }
    all = true;
    unsigned fine = 0;
    for (unsigned i = 0; i < count; i++) {
        all = all && status_is_ok(jobs[i].job.status);
        if (all) fine++;
        if (status_is_ok(jobs[i].job.status) || i > fine) continue; /* the first one says why */
        w->f.status = jobs[i].job.status;
        w->refused_full = w->f.status.code == GRPC_RESOURCE_EXHAUSTED;
    }
    for (unsigned i = fine; i < count; i++)
        if (status_is_ok(jobs[i].job.status))
            workload_problem(w, "job %u was answered OK behind one that failed", i);
    w->acked += fine;
    return all;
}

bool workload_checkpoint(struct workload *w, bool truncate)
{
    return db_checkpoint(w->f.store->db, truncate);
}

/* ---- checks ---- */

struct check {
    struct store_job job;
    struct workload *w;
    unsigned pairs[2]; /* of a- and of b-, that are 1..n with the right title */
    unsigned others;
    unsigned last;
    bool erased; /* the text */
    int64_t seq;
};

static enum scan_verdict see(void *data, const struct version *version)
{
    struct check *c = data;
    const Provost__V1__Organisation *o = (const Provost__V1__Organisation *)version->body;
    unsigned number = 0;
    char letter = '\0';
    if (strcmp(version->id, "last") == 0) {
        c->last = (unsigned)strtoul(o->title, NULL, 10);
        return SCAN_SKIP;
    }
    if (strcmp(version->id, "azz") == 0) return SCAN_SKIP; /* check_secret */
    char title[32];
    bool fine = sscanf(version->id, "%c-%u", &letter, &number) == 2 &&
                (letter == 'a' || letter == 'b') && number >= 1;
    snprintf(title, sizeof title, "t-%u", number);
    if (fine && strcmp(title, o->title) == 0)
        c->pairs[letter - 'a']++;
    else
        c->others++;
    return SCAN_SKIP;
}

/* In all versions of it, or in none. */
static struct status check_secret(struct check *c, struct txn *txn)
{
    const char *whole = secret_text(c->w);
    unsigned there = 0, gone = 0;
    struct status st = status_ok();
    for (int64_t seq = SECRET_SEQ; status_is_ok(st) && seq <= PREPARED_CHANGES; seq++) {
        struct version version = {.id = NULL};
        bool found = false;
        st = txn_get_version(txn, &catalog_of_name("organisations/x")->kind, "azz", seq,
                             c->job.arena, &version, &found);
        if (!status_is_ok(st) || !found) continue;
        const char *remit = ((const Provost__V1__Organisation *)version.body)->remit;
        there += strcmp(remit, whole) == 0;
        gone += remit[0] == '\0';
    }
    c->erased = gone > 0;
    if (status_is_ok(st) && there + gone != PREPARED_CHANGES - SECRET_SEQ + 1)
        workload_problem(c->w, "%u versions hold the secret and %u do not", there, gone);
    if (there > 0 && gone > 0)
        workload_problem(c->w, "erased by halves: %u versions of %u", gone, there + gone);
    return st;
}

static struct status check_state(struct check *c, struct txn *txn)
{
    struct scan scan = {.kind = &catalog_of_name("organisations/x")->kind};
    struct status st = txn_scan(txn, &scan, c->job.arena, see, c);
    if (!status_is_ok(st)) return st;
    c->seq = txn_seq(txn);
    if (c->others || c->pairs[0] != c->last || c->pairs[1] != c->last)
        workload_problem(c->w, "%u and %u of the pairs, %u others, the last is %u", c->pairs[0],
                         c->pairs[1], c->others, c->last);
    st = check_secret(c, txn);
    if (c->seq != (int64_t)c->last + PREPARED_CHANGES + c->erased)
        workload_problem(c->w, "seq is %lld after %u jobs", (long long)c->seq, c->last);
    return st;
}

/* The root of the entries that are there, and the newest one's proof. */
static struct status check_tree(struct check *c, struct txn *txn)
{
    struct tree_extent extent;
    struct tree tree;
    struct proof proof;
    uint8_t root[SHA256_BYTES], mine[SHA256_BYTES], leaf[SHA256_BYTES] = {0};
    struct sha256 *hasher = sha256_new();
    struct status st = txn_tree_extent(txn, c->job.arena, &extent);
    tree_init(&tree);
    for (int64_t seq = 1; status_is_ok(st) && seq <= c->seq; seq++) {
        struct change_record record;
        bool found = false;
        st = txn_get_change(txn, seq, c->job.arena, &record, &found);
        if (!status_is_ok(st)) break;
        if (!found) {
            workload_problem(c->w, "change %lld is missing", (long long)seq);
            break;
        }
        memcpy(leaf, record.leaf_hash, sizeof leaf);
        tree_append(&tree, hasher, leaf);
    }
    tree_root(&tree, hasher, mine);
    sha256_free(hasher);
    if (status_is_ok(st)) st = txn_tree_root(txn, extent.size, c->job.arena, root);
    if (!status_is_ok(st)) return st;
    if (extent.size != (uint64_t)c->seq || memcmp(root, mine, sizeof root) != 0)
        workload_problem(c->w, "the root of %" PRIu64 " leaves does not recompute",
                         extent.size);
    st = txn_inclusion_proof(txn, extent.size - 1, extent.size, c->job.arena, &proof);
    struct merkle_path path = {proof.count, (const uint8_t(*)[SHA256_BYTES])proof.hashes};
    if (status_is_ok(st) &&
        !merkle_inclusion_holds(extent.size - 1, extent.size, leaf, &path, root))
        workload_problem(c->w, "the newest change's proof does not hold");
    return st;
}

/* The log goes on from its beginning, and agrees with the tables. */
static struct status check_log(struct check *c, struct txn *txn)
{
    const struct log_check all = {.most = INT64_MAX, .most_us = INT64_MAX / 2000};
    struct log_findings *findings = arena_alloc(c->job.arena, sizeof *findings);
    struct merkle_head now = {.size = (uint64_t)c->seq};
    struct change_record record;
    struct proof proof;
    bool found = false;
    struct status st = txn_verify_log(txn, &all, c->job.arena, findings);
    if (!status_is_ok(st)) return st;
    if (findings->fault_count > 0)
        workload_problem(c->w, "change %lld: %s: %s", (long long)findings->faults[0].seq,
                         findings->faults[0].reason, findings->faults[0].message);
    if (!findings->root_matches) workload_problem(c->w, "the root does not match");
    st = txn_get_change(txn, SECRET_SEQ, c->job.arena, &record, &found);
    if (!status_is_ok(st)) return st;
    if (!found || memcmp(record.leaf_hash, beginning.secret_leaf, SHA256_BYTES) != 0)
        workload_problem(c->w, "the leaf of what was erased is another");
    st = txn_tree_root(txn, now.size, c->job.arena, now.root);
    if (status_is_ok(st))
        st = txn_consistency_proof(txn, PREPARED_CHANGES, now.size, c->job.arena, &proof);
    struct merkle_path path = {proof.count, (const uint8_t(*)[SHA256_BYTES])proof.hashes};
    if (status_is_ok(st) && !merkle_consistency_holds(&beginning.head, &now, &path))
        workload_problem(c->w, "the log does not go on from its beginning");
    return st;
}

static struct status run_check(struct store_job *base, struct txn *txn)
{
    struct check *c = (struct check *)base;
    char *lines[TXN_PROBLEMS_MAX];
    size_t count = 0;
    struct status st = txn_check_integrity(txn, true, base->arena, lines, &count);
    if (status_is_ok(st) && count) workload_problem(c->w, "integrity check: %s", lines[0]);
    if (status_is_ok(st)) st = check_state(c, txn);
    if (status_is_ok(st)) st = check_tree(c, txn);
    if (status_is_ok(st)) st = check_log(c, txn);
    return st;
}

bool workload_check(struct workload *w, bool exact, unsigned *out_done)
{
    struct check c = {
        .job = {.arena = &w->f.arena, .run = run_check, .done = done},
        .w = w,
    };
    store_run_read(w->f.store, &c.job);
    if (!status_is_ok(c.job.status))
        return workload_problem(w, "the check failed: %s", c.job.status.message);
    *out_done = c.last;
    if (c.last < w->acked)
        return workload_problem(w, "%u jobs were acknowledged, %u are there", w->acked, c.last);
    if (c.last != w->acked && c.last != w->asked && c.last != w->acked + w->piled)
        return workload_problem(w, "%u of %u to %u jobs: a batch by halves", c.last, w->acked,
                                w->asked);
    if (exact && c.last != w->acked)
        return workload_problem(w, "%u jobs are there, %u were refused", w->asked - w->acked,
                                w->asked - w->acked);
    if (c.erased != w->erase_acked && (exact || c.erased != w->erase_asked))
        return workload_problem(w, "the erasure is %s, it was %s",
                                c.erased ? "there" : "not there",
                                w->erase_acked   ? "acknowledged"
                                : w->erase_asked ? "refused"
                                                 : "not asked for");
    if (c.erased && !check_bytes(w)) return false;
    return !*w->problem;
}
