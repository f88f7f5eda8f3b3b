#include "store/txn.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "store/bench.h"
#include "store/log_read.h"
#include "store/txn_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Above every id there can be: ids are printable ASCII below DEL. */
static const char last_id[] = "\x7f";

/* ---- lookups ---- */

const struct table *schema_table(const struct schema *schema, const struct kind *kind)
{
    for (size_t i = 0; i < schema->count; i++)
        if (schema->tables[i]->kind == kind) return schema->tables[i];
    abort();
}

const struct table *schema_find(const struct schema *schema, const char *collection)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->tables[i]->kind->collection, collection) == 0)
            return schema->tables[i];
    return NULL;
}

int64_t txn_seq(const struct txn *txn)
{
    return txn->draft.seq ? txn->draft.seq : txn->seq;
}

bool txn_is_write(const struct txn *txn)
{
    return txn->log != NULL;
}

struct status txn_read_head(struct db *db, struct arena *arena, int64_t *out_seq)
{
    static const char sql[] = "SELECT seq FROM log_head";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(db, arena);
    *out_seq = stmt_int(stmt, 0);
    stmt_done(stmt);
    return status_ok();
}

struct status txn_resolve_as_of(struct txn *txn, int64_t seq, int64_t time_us,
                                struct arena *arena, int64_t *out_seq)
{
    if (seq && time_us)
        return status_invalid(arena, REASON_AS_OF_INVALID, "as_of_seq",
                              "as_of_seq and as_of_time are both given: give one");
    if (seq < 0)
        return status_invalid(arena, REASON_AS_OF_INVALID, "as_of_seq",
                              "as_of_seq is %lld: log positions begin at 1", (long long)seq);
    if (seq > txn_seq(txn))
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_AS_OF_FUTURE, "as_of_seq",
                            "as_of_seq is %lld, but the newest change is %lld", (long long)seq,
                            (long long)txn_seq(txn));
    if (time_us) return log_seq_at_time(txn, time_us, arena, out_seq);
    *out_seq = seq ? seq : txn_seq(txn);
    return status_ok();
}

/* A seq that means "now" reads at a position below SEQ_OPEN and above every change. */
static int64_t read_position(int64_t as_of)
{
    return as_of == AS_OF_NOW ? SEQ_OPEN - 1 : as_of;
}

/* Reads at most one row of a statement whose parameters are bound. */
static struct status read_one(struct txn *txn, const struct table *table, struct stmt *stmt,
                              struct arena *arena, struct version *out_version)
{
    struct status st = status_ok();
    out_version->kind = NULL; /* none */
    switch (stmt_step(stmt)) {
    case STEP_ROW:
        st = table_read(table, NULL, stmt, arena, out_version);
        stmt_done(stmt);
        break;
    case STEP_DONE:
        break;
    case STEP_FAILED:
        st = db_status(txn->db, arena);
        break;
    }
    return st;
}

struct txn_sight *txn_set_sight(struct txn *txn, struct txn_sight *sight)
{
    struct txn_sight *before = txn->sight;
    txn->sight = sight;
    return before;
}

/* Looking at a version may read others: those are read without the sight. */
static bool is_seen(struct txn *txn, const struct version *version)
{
    struct txn_sight *sight = txn->sight;
    if (!sight) return true;
    txn->sight = NULL;
    bool seen = sight->sees(sight, txn, version);
    txn->sight = sight;
    if (!seen) sight->hid = true;
    return seen;
}

/* The newest version not after a position, open or closed; its kind is NULL when there is none. */
static struct status read_as_of(struct txn *txn, const struct kind *kind, const char *id,
                                int64_t position, struct arena *arena,
                                struct version *out_version)
{
    const struct table *table = schema_table(txn->schema, kind);
    struct stmt *stmt = db_statement(txn->db, table->select_as_of);
    *out_version = (struct version){0};
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, 1, id);
    stmt_bind_int(stmt, 2, position);
    return read_one(txn, table, stmt, arena, out_version);
}

struct status txn_get(struct txn *txn, const struct kind *kind, const char *id, int64_t as_of,
                      struct arena *arena, struct version *out_version, bool *out_found)
{
    struct version version;
    struct status st = read_as_of(txn, kind, id, read_position(as_of), arena, &version);
    if (!status_is_ok(st)) return st;
    *out_found =
        version.kind && version.to_seq > read_position(as_of) && is_seen(txn, &version);
    if (*out_found) *out_version = version;
    return status_ok();
}

struct status txn_get_kept(struct txn *txn, const struct kind *kind, const char *id,
                           struct arena *arena, struct version *out_version, bool *out_found)
{
    uint64_t generation;
    const struct version *kept;
    struct version version;
    size_t count;
    if (!txn->cache || !txn_kept_generation(txn, kind, &generation))
        return txn_get(txn, kind, id, AS_OF_NOW, arena, out_version, out_found);
    if (!version_cache_find(txn->cache, kind, id, generation, &kept, &count)) {
        struct status st =
            read_as_of(txn, kind, id, SEQ_OPEN - 1, version_cache_arena(txn->cache), &version);
        if (!status_is_ok(st)) return st;
        kept = &version;
        count = version.kind && version.to_seq == SEQ_OPEN;
        version_cache_add(txn->cache, kind, id, generation, kept, count);
    }
    *out_found = count > 0 && is_seen(txn, kept);
    if (*out_found) *out_version = *kept;
    return status_ok();
}

struct status txn_get_latest(struct txn *txn, const struct kind *kind, const char *id,
                             struct arena *arena, struct version *out_version, bool *out_found)
{
    struct version version;
    struct status st = read_as_of(txn, kind, id, SEQ_OPEN - 1, arena, &version);
    if (!status_is_ok(st)) return st;
    *out_found = version.kind && is_seen(txn, &version);
    if (*out_found) *out_version = version;
    return status_ok();
}

struct status txn_get_version(struct txn *txn, const struct kind *kind, const char *id,
                              int64_t from_seq, struct arena *arena,
                              struct version *out_version, bool *out_found)
{
    const struct table *table = schema_table(txn->schema, kind);
    struct stmt *stmt = db_statement(txn->db, table->select_from);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, 1, id);
    stmt_bind_int(stmt, 2, from_seq);
    struct version version = {0};
    struct status st = read_one(txn, table, stmt, arena, &version);
    if (!status_is_ok(st)) return st;
    *out_found = version.kind != NULL && is_seen(txn, &version);
    if (*out_found) *out_version = version;
    return status_ok();
}

/* Who is shown the rows, and what is read of them. */
struct audience {
    const struct table_view *view; /* NULL: all */
    scan_fn *each;
    void *data;
};

/* Shows the rows of a statement whose parameters are bound. */
static struct status show_rows(struct txn *txn, const struct table *table, struct stmt *stmt,
                               struct arena *arena, const struct audience *audience)
{
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        struct arena_mark mark = arena_mark(arena);
        struct version version;
        struct status st = table_read(table, audience->view, stmt, arena, &version);
        if (!status_is_ok(st)) {
            stmt_done(stmt);
            return st;
        }
        enum scan_verdict verdict =
            is_seen(txn, &version) ? audience->each(audience->data, &version) : SCAN_SKIP;
        if (verdict == SCAN_SKIP) arena_rewind(arena, mark);
        if (verdict == SCAN_STOP) {
            stmt_done(stmt);
            return status_ok();
        }
    }
    return step == STEP_FAILED ? db_status(txn->db, arena) : status_ok();
}

/* The statement of a scan with its own parameters bound; those of the range follow at *out_at. */
static struct stmt *scan_statement(struct txn *txn, const struct table *table,
                                   const struct scan *scan, int *out_at)
{
    *out_at = 1;
    if (scan->view) return db_statement(txn->db, table_view_of(table, scan->view)->scan);
    if (!scan->column) return db_statement(txn->db, table->scan);
    const ProtobufCFieldDescriptor *fd = fields_find(table->kind->desc, scan->column);
    assert(fd);
    unsigned field = field_index(table->kind->desc, fd);
    if (!scan->value) return db_statement(txn->db, table->scan_set[field]);
    struct stmt *stmt = db_statement(txn->db, table->scan_where[field]);
    if (stmt) stmt_bind_text(stmt, (*out_at)++, scan->value);
    return stmt;
}

static struct status scan_range(struct txn *txn, const struct scan *scan, const char *after,
                                const char *before, struct arena *arena, scan_fn *each,
                                void *data)
{
    const struct table *table = schema_table(txn->schema, scan->kind);
    int at;
    struct stmt *stmt = scan_statement(txn, table, scan, &at);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, at, after);
    stmt_bind_text(stmt, at + 1, before);
    stmt_bind_int(stmt, at + 2, read_position(scan->as_of));
    stmt_bind_int(stmt, at + 3, read_position(scan->as_of));
    struct audience audience = {scan->view ? table_view_of(table, scan->view) : NULL, each,
                                data};
    return show_rows(txn, table, stmt, arena, &audience);
}

/* A callback that notes whether the scan was stopped. */
struct watched_scan {
    scan_fn *each;
    void *data;
    bool stopped;
};

static enum scan_verdict watch_scan(void *data, const struct version *version)
{
    struct watched_scan *watched = data;
    enum scan_verdict verdict = watched->each(watched->data, version);
    watched->stopped = verdict == SCAN_STOP;
    return verdict;
}

static const char *later(const char *a, const char *b)
{
    return strcmp(a, b) > 0 ? a : b;
}

/* `bound` NULL: none. */
static const char *earlier(const char *a, const char *bound)
{
    return bound && strcmp(bound, a) < 0 ? bound : a;
}

/* Below an id, and above all that are less. */
static char *just_below(const char *id, struct arena *arena)
{
    char *low = arena_join(arena, id, "\x7f");
    low[strlen(low) - 2]--;
    return low;
}

struct status txn_scan(struct txn *txn, const struct scan *scan, struct arena *arena,
                       scan_fn *each, void *data)
{
    const char *after = scan->after_id ? scan->after_id : "";
    if (!scan->prefix || !*scan->prefix)
        return scan_range(txn, scan, after, earlier(last_id, scan->before_id), arena, each,
                          data);
    /* The id itself, then those behind "prefix/"; '0' follows '/' in ASCII. Ids that only begin
     * with the same letters ("foi-cex-2") lie between the two. */
    struct watched_scan watched = {each, data, false};
    if (strcmp(scan->prefix, after) > 0) {
        const char *low = just_below(scan->prefix, arena);
        const char *high = earlier(arena_join(arena, scan->prefix, " "), scan->before_id);
        struct status st = scan_range(txn, scan, low, high, arena, watch_scan, &watched);
        if (!status_is_ok(st) || watched.stopped) return st;
    }
    const char *low = arena_join(arena, scan->prefix, "/");
    const char *high = arena_join(arena, scan->prefix, "0");
    return scan_range(txn, scan, later(low, after), earlier(high, scan->before_id), arena, each,
                      data);
}

/* Versions that a scan gathers. */
struct gathering {
    const char *id; /* those of it and below it; NULL: all */
    struct arena *arena;
    struct version *versions;
    size_t count, capacity;
};

static enum scan_verdict gather(void *data, const struct version *version)
{
    struct gathering *all = data;
    size_t size = all->id ? strlen(all->id) : 0;
    if (all->id && (strncmp(version->id, all->id, size) != 0 ||
                    (version->id[size] != '\0' && version->id[size] != '/')))
        return SCAN_SKIP;
    if (all->count == all->capacity) {
        struct version *before = all->versions;
        all->capacity = 2 * all->capacity + 4;
        all->versions = arena_alloc(all->arena, all->capacity * sizeof *before);
        if (before) memcpy(all->versions, before, all->count * sizeof *before);
    }
    all->versions[all->count++] = *version;
    return SCAN_KEEP;
}

/* Reads what txn_scan_kept shows, all of it, whoever asks. */
static struct status gather_kept(struct txn *txn, const struct scan *scan, struct arena *arena,
                                 struct gathering *all)
{
    const char *after = all->id ? just_below(all->id, arena) : "";
    const char *before = all->id ? arena_join(arena, all->id, "0") : last_id;
    struct txn_sight *sight = txn_set_sight(txn, NULL);
    struct status st = scan_range(txn, scan, after, before, all->arena, gather, all);
    (void)txn_set_sight(txn, sight);
    return st;
}

struct status txn_scan_kept(struct txn *txn, const struct scan *scan, struct arena *arena,
                            scan_fn *each, void *data)
{
    uint64_t generation;
    const struct version *kept;
    size_t count;
    assert(scan->as_of == AS_OF_NOW && !scan->view &&
           (scan->column ? scan->value : scan->prefix));
    const char *key = scan->column ? arena_join(arena, scan->column, "=", scan->value)
                                   : arena_join(arena, scan->prefix, "/");
    if (!txn->cache || !txn_kept_generation(txn, scan->kind, &generation))
        return txn_scan(txn, scan, arena, each, data);
    if (!version_cache_find(txn->cache, scan->kind, key, generation, &kept, &count)) {
        struct gathering all = {.id = scan->prefix, .arena = version_cache_arena(txn->cache)};
        struct status st = gather_kept(txn, scan, arena, &all);
        if (!status_is_ok(st)) return st;
        kept = all.versions;
        count = all.count;
        version_cache_add(txn->cache, scan->kind, key, generation, kept, count);
    }
    for (size_t i = 0; i < count; i++)
        if (is_seen(txn, &kept[i]) && each(data, &kept[i]) == SCAN_STOP) break;
    return status_ok();
}

struct status txn_scan_versions(struct txn *txn, const struct kind *kind, const char *id,
                                int64_t since_seq, struct arena *arena, scan_fn *each,
                                void *data)
{
    const struct table *table = schema_table(txn->schema, kind);
    struct stmt *stmt = db_statement(txn->db, table->select_since);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, 1, id);
    stmt_bind_int(stmt, 2, since_seq);
    return show_rows(txn, table, stmt, arena, &(struct audience){NULL, each, data});
}

static enum scan_verdict count_one(void *data, const struct version *version)
{
    (void)version;
    ++*(int64_t *)data;
    return SCAN_SKIP;
}

struct status txn_count(struct txn *txn, const struct kind *kind, int64_t *out_count)
{
    if (txn->sight) {
        *out_count = 0;
        return txn_scan(txn, &(struct scan){.kind = kind}, txn->arena, count_one, out_count);
    }
    struct stmt *stmt = db_statement(txn->db, schema_table(txn->schema, kind)->count);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(txn->db, txn->arena);
    *out_count = stmt_int(stmt, 0);
    stmt_done(stmt);
    return status_ok();
}

/* ---- writing ---- */

void txn_set_change_by(struct txn *txn, const struct change_by *by)
{
    txn->by = *by;
    txn->has_by = true;
}

int64_t txn_change_seq(const struct txn *txn)
{
    return txn->draft.seq;
}

int64_t txn_change_time_us(const struct txn *txn)
{
    return txn->draft.time_us;
}

static bool run_plain(struct txn *txn, const char *sql)
{
    struct stmt *stmt = db_statement(txn->db, sql);
    return stmt && stmt_run(stmt);
}

/* Opens the job's savepoint at its first write: a job that only reads costs none. With a
 * savepoint SQLite copies every page before a job first changes it, a fifth of a small write. */
bool txn_before_write(struct txn *txn)
{
    assert(txn->log);
    if (txn->wrote) return true;
    static const char sql[] = "SAVEPOINT job";
    txn->wrote = txn->unprotected || run_plain(txn, sql);
    return txn->wrote;
}

static bool close_version(struct txn *txn, const struct version *before, int64_t seq)
{
    struct stmt *stmt = db_statement(txn->db, schema_table(txn->schema, before->kind)->close);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, seq);
    stmt_bind_text(stmt, 2, before->id);
    stmt_bind_int(stmt, 3, before->from_seq);
    return stmt_run(stmt);
}

static bool insert_version(struct txn *txn, const struct version *version,
                           const uint8_t seed[SALT_BYTES])
{
    struct stmt *stmt = db_statement(txn->db, schema_table(txn->schema, version->kind)->insert);
    if (!stmt) return false;
    table_bind(version, seed, SALT_BYTES, stmt, txn->arena);
    return stmt_run(stmt);
}

void txn_start_change(struct txn *txn)
{
    assert(txn->has_by); /* no change without saying who */
    log_start(txn->log, &txn->draft);
}

struct status txn_put(struct txn *txn, const struct kind *kind, const char *id,
                      const struct version *before, const ProtobufCMessage *body,
                      const bool *changed, struct version *out_version)
{
    uint8_t seed[SALT_BYTES] = {0};
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    txn_start_change(txn);
    if (!(txn->log->bench_without & BENCH_COMMITMENTS)) log_random(txn->log, seed, sizeof seed);
    struct version version = {
        .kind = kind,
        .id = id,
        .body = (ProtobufCMessage *)body,
        .from_seq = txn->draft.seq,
        .to_seq = SEQ_OPEN,
        .create_us = before ? before->create_us : txn->draft.time_us,
        .update_us = txn->draft.time_us,
    };
    if ((before && !close_version(txn, before, version.from_seq)) ||
        !insert_version(txn, &version, seed))
        return db_status(txn->db, txn->arena);
    txn_note_change(txn, kind);
    struct log_item item = {
        .kind = kind,
        .id = id,
        .op = before ? CHANGE_UPDATE : CHANGE_CREATE,
        .previous_seq = before ? before->from_seq : 0,
        .body = body,
        .changed = changed,
        .seed = seed,
    };
    struct status st = log_add_item(txn->log, &txn->draft, &item, txn->arena);
    if (!status_is_ok(st)) return st;
    *out_version = version;
    return status_ok();
}

struct status txn_delete(struct txn *txn, const struct version *before)
{
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    txn_start_change(txn);
    if (!close_version(txn, before, txn->draft.seq)) return db_status(txn->db, txn->arena);
    txn_note_change(txn, before->kind);
    struct log_item item = {
        .kind = before->kind,
        .id = before->id,
        .op = CHANGE_DELETE,
        .previous_seq = before->from_seq,
    };
    return log_add_item(txn->log, &txn->draft, &item, txn->arena);
}

/* Takes back in memory what ended changes of the job did to head and tiles. */
static void go_back(struct txn *txn)
{
    if (!txn->marked) return;
    txn->log->head = txn->mark->head;
    txn->log->tiles = txn->mark->tiles;
    txn->log->torn = false;
    txn->seq = txn->log->head.seq;
    txn->marked = false;
}

static bool undo(struct txn *txn)
{
    static const char rollback[] = "ROLLBACK TO job", release[] = "RELEASE job";
    draft_clear(&txn->draft);
    go_back(txn);
    if (!txn->wrote) return true;
    if (txn->unprotected) return false;
    txn_note_undone(txn);
    txn->erased = false;
    txn->access_changed = false;
    if (txn->log->learned) log_forget(txn->log); /* ids made by this job are gone */
    /* What could not be undone is still written: the batch must not be committed with it. */
    txn->wrote =
        !db_in_transaction(txn->db) || !run_plain(txn, rollback) || !run_plain(txn, release);
    return !txn->wrote;
}

struct status txn_undo(struct txn *txn)
{
    return undo(txn) ? status_ok() : db_status(txn->db, txn->arena);
}

static void set_mark(struct txn *txn)
{
    if (txn->marked) return;
    if (txn->mark == NULL) txn->mark = xmalloc(sizeof *txn->mark);
    txn->mark->head = txn->log->head;
    txn->mark->tiles = txn->log->tiles;
    txn->marked = true;
}

struct status txn_next_change(struct txn *txn)
{
    if (!txn->draft.seq) return status_ok();
    assert(db_open_statements(txn->db) == 0 && !txn->draft.key_added);
    set_mark(txn);
    struct status st = log_finish(txn->log, &txn->draft, &txn->by, txn->arena);
    if (!status_is_ok(st)) return st;
    draft_clear(&txn->draft);
    txn->seq = txn->log->head.seq;
    return st;
}

struct status txn_record_change(struct txn *txn)
{
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    txn_start_change(txn);
    return status_ok();
}

struct status txn_expire(struct txn *txn, const char *expire, const char *count, int64_t now_us,
                         int64_t *out_rows)
{
    struct stmt *stmt = db_statement(txn->db, expire);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_int(stmt, 1, now_us);
    if (!stmt_run(stmt)) return db_status(txn->db, txn->arena);
    stmt = db_statement(txn->db, count);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(txn->db, txn->arena);
    *out_rows = stmt_int(stmt, 0);
    stmt_done(stmt);
    return status_ok();
}

/* ---- log keys ---- */

struct status txn_add_log_key(struct txn *txn, int64_t from_seq, const char *verifier_key,
                              const char *endorsement)
{
    static const char sql[] = "INSERT INTO log_key (from_seq, verifier_key, endorsement)\n"
                              "VALUES ($1, $2, $3)";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_int(stmt, 1, from_seq);
    stmt_bind_text(stmt, 2, verifier_key);
    stmt_bind_text(stmt, 3, endorsement);
    txn->draft.key_added = true;
    return stmt_run(stmt) ? status_ok() : db_status(txn->db, txn->arena);
}

struct status txn_list_log_keys(struct txn *txn, struct arena *arena, struct log_key **out_keys,
                                size_t *out_count)
{
    static const char sql[] =
        "SELECT from_seq, verifier_key, endorsement FROM log_key ORDER BY number DESC LIMIT 64";
    enum { KEYS_MAX = 64 };
    struct log_key *keys = arena_alloc(arena, KEYS_MAX * sizeof *keys);
    size_t count = 0;
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW && count < KEYS_MAX) {
        count++;
        keys[KEYS_MAX - count] = (struct log_key){
            stmt_int(stmt, 0), stmt_text_dup(stmt, 1, arena), stmt_text_dup(stmt, 2, arena)};
    }
    stmt_done(stmt);
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    *out_keys = keys + KEYS_MAX - count;
    *out_count = count;
    return status_ok();
}

/* ---- kept answers ---- */

struct sha256 *txn_hasher(struct txn *txn)
{
    return txn->log->hasher;
}

bool txn_keeps_answers(const struct txn *txn)
{
    return txn->log != NULL && !(txn->log->bench_without & BENCH_DEDUP);
}

struct status txn_find_answer(struct txn *txn, const char *principal, const char *request_id,
                              struct arena *arena, struct kept_answer *out_answer,
                              bool *out_found)
{
    return answers_find(txn->log->answers, principal, request_id, arena, out_answer, out_found);
}

struct status txn_keep_answer(struct txn *txn, const char *principal, const char *request_id,
                              const struct kept_answer *answer)
{
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    return answers_keep(txn->log->answers, principal, request_id, answer,
                        txn->draft.seq ? txn->draft.time_us : time_now_us(), txn->arena);
}

/* ---- a job's frame ---- */

static void begin_job(struct txn *txn, struct arena *arena, bool unprotected)
{
    txn->arena = arena;
    txn->has_by = false;
    txn->wrote = false;
    txn->job++;
    if (!txn->cache) txn->cache = version_cache_new();
    version_cache_begin_job(txn->cache);
    txn->unprotected = unprotected;
    txn->erased = false;
    txn->access_changed = false;
    txn->sight = NULL;
    txn->seq = txn->log->head.seq;
    txn->log->learned = false;
    txn->marked = false;
    draft_clear(&txn->draft);
}

void txn_begin_job(struct txn *txn, struct arena *arena)
{
    begin_job(txn, arena, false);
}

void txn_begin_unprotected_job(struct txn *txn, struct arena *arena)
{
    begin_job(txn, arena, true);
}

/* Refused at the end: what a handler only reads, such as a kept answer, is still given. */
static struct status refuse_write(const struct txn *txn)
{
    return status_error(txn->arena, GRPC_FAILED_PRECONDITION, REASON_READ_ONLY, NULL,
                        "the register is read-only: %s; nothing was written. Reads go on; try "
                        "again when the administrator has ended it",
                        *txn->refusal ? txn->refusal : "no reason was given");
}

struct status txn_end_job(struct txn *txn)
{
    static const char release[] = "RELEASE job";
    assert(db_open_statements(txn->db) == 0);
    if (!txn->wrote) return status_ok();
    if (txn->refusal) return refuse_write(txn);
    if (txn->draft.seq) {
        txn->log->torn = true;
        struct status st = log_finish(txn->log, &txn->draft, &txn->by, txn->arena);
        if (!status_is_ok(st)) return st;
    }
    if (!txn->unprotected && !run_plain(txn, release)) return db_status(txn->db, txn->arena);
    txn->log->torn = false;
    if (txn->draft.key_added) txn->log->key_added = true;
    if (txn->erased) {
        txn_note_erased(txn);
        version_cache_clear(txn->cache);
    }
    if (txn->erased) txn->log->scrub_due = true;
    if (txn->access_changed) txn->log->access_changed = true;
    return status_ok();
}

bool txn_abandon_job(struct txn *txn)
{
    return undo(txn);
}

void txn_release(struct txn *txn)
{
    draft_release(&txn->draft);
    free(txn->mark);
    txn->mark = NULL;
    free(txn->changes);
    txn->changes = NULL;
    version_cache_free(txn->cache);
    txn->cache = NULL;
    if (txn->memory.release) txn->memory.release(txn->memory.data);
    txn->memory = (struct txn_memory){NULL, NULL};
}
