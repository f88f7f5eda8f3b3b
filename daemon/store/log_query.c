/* Finding changes. Candidates come in order from the narrowest source the conditions allow (the
 * versions of a resource, the index by actor, the index by shape, or the log itself) and are then
 * looked at one by one, up to a budget: so no query is slow, whatever the size of the log, and a
 * page may come back short with a place to go on. */
#include "common/reasons.h"
#include "store/log_read.h"

#include <stdlib.h>
#include <string.h>

enum {
    CANDIDATES_AT_ONCE = 512,
    BUDGET = 20000,       /* candidates looked at per call */
    VERSIONS_MAX = 50000, /* rows of a resource prefix taken as a source */
};

/* A growing list of numbers in an arena. */
struct numbers {
    int64_t *at;
    size_t count, room;
};

static void numbers_add(struct numbers *numbers, int64_t value, struct arena *arena)
{
    if (numbers->count == numbers->room) {
        size_t room = numbers->room ? numbers->room * 2 : 64;
        int64_t *at = arena_alloc(arena, room * sizeof *at);
        if (numbers->count) memcpy(at, numbers->at, numbers->count * sizeof *at);
        numbers->at = at;
        numbers->room = room;
    }
    numbers->at[numbers->count++] = value;
}

static int compare_up(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool numbers_has(const struct numbers *sorted, int64_t value)
{
    return sorted->count &&
           bsearch(&value, sorted->at, sorted->count, sizeof value, compare_up) != NULL;
}

static void numbers_sort(struct numbers *numbers)
{
    if (!numbers->count) return;
    qsort(numbers->at, numbers->count, sizeof *numbers->at, compare_up);
    size_t kept = 1;
    for (size_t i = 1; i < numbers->count; i++)
        if (numbers->at[i] != numbers->at[kept - 1]) numbers->at[kept++] = numbers->at[i];
    numbers->count = kept;
}

/* One query under way. */
struct finder {
    struct txn *txn;
    const struct change_query *query;
    struct arena *arena;
    int64_t low, high; /* seqs that may still come, both inclusive */
    bool by_actor, by_shape, by_resource;
    struct numbers actors, shapes; /* ids that satisfy the conditions, sorted */
    struct numbers resource;       /* all changes of the resource, sorted */
};

/* ---- conditions to ids ---- */

static bool fits(const char *wanted, const char *have)
{
    return !wanted || !*wanted || strcmp(wanted, have) == 0;
}

static struct status find_actors(struct finder *finder)
{
    static const char sql[] =
        "SELECT actor, principal, service, on_behalf_of FROM change_actor";
    const struct change_query *query = finder->query;
    finder->by_actor = (query->principal && *query->principal) ||
                       (query->service && *query->service) ||
                       (query->on_behalf_of && *query->on_behalf_of);
    if (!finder->by_actor) return status_ok();
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        if (fits(query->principal, stmt_text(stmt, 1)) &&
            fits(query->service, stmt_text(stmt, 2)) &&
            fits(query->on_behalf_of, stmt_text(stmt, 3)))
            numbers_add(&finder->actors, stmt_int(stmt, 0), finder->arena);
    }
    numbers_sort(&finder->actors);
    return step == STEP_FAILED ? db_status(finder->txn->db, finder->arena) : status_ok();
}

static struct status find_shapes(struct finder *finder)
{
    static const char sql[] = "SELECT shape, kind, fields FROM change_shape";
    const struct change_query *query = finder->query;
    bool by_field = query->field && *query->field;
    finder->by_shape = by_field || query->kind;
    if (!finder->by_shape) return status_ok();
    const char *wanted = by_field ? arena_printf(finder->arena, "\"%s\"", query->field) : NULL;
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        if (query->kind && strcmp(query->kind->collection, stmt_text(stmt, 1)) != 0) continue;
        if (wanted && !strstr(stmt_text(stmt, 2), wanted)) continue;
        numbers_add(&finder->shapes, stmt_int(stmt, 0), finder->arena);
    }
    numbers_sort(&finder->shapes);
    return step == STEP_FAILED ? db_status(finder->txn->db, finder->arena) : status_ok();
}

/* The changes of a resource and those below it are the ends of its versions. False in
 * *out_complete when there are too many to gather. */
static struct status gather_versions(struct finder *finder, const char *sql, const char *first,
                                     const char *second, bool *out_complete)
{
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    stmt_bind_text(stmt, 1, first);
    if (second) stmt_bind_text(stmt, 2, second);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        if (finder->resource.count > 2 * VERSIONS_MAX) {
            stmt_done(stmt);
            *out_complete = false;
            return status_ok();
        }
        numbers_add(&finder->resource, stmt_int(stmt, 0), finder->arena);
        if (stmt_int(stmt, 1) != SEQ_OPEN)
            numbers_add(&finder->resource, stmt_int(stmt, 1), finder->arena);
    }
    return step == STEP_FAILED ? db_status(finder->txn->db, finder->arena) : status_ok();
}

/* Redactions make no version: they have an index of their own. */
static struct status gather_redactions(struct finder *finder)
{
    static const char sql[] =
        "SELECT seq FROM redaction\n"
        "WHERE kind = $1 AND (id = $2 OR (id > $3 AND id < $4)) LIMIT 100000";
    const struct change_query *query = finder->query;
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    stmt_bind_text(stmt, 1, query->kind->collection);
    stmt_bind_text(stmt, 2, query->id);
    stmt_bind_text(stmt, 3, arena_printf(finder->arena, "%s/", query->id));
    stmt_bind_text(stmt, 4, arena_printf(finder->arena, "%s0", query->id));
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW)
        numbers_add(&finder->resource, stmt_int(stmt, 0), finder->arena);
    return step == STEP_FAILED ? db_status(finder->txn->db, finder->arena) : status_ok();
}

static struct status find_resource(struct finder *finder)
{
    const struct change_query *query = finder->query;
    if (!query->kind || !query->id || !*query->id) return status_ok();
    const struct table *table = schema_table(finder->txn->schema, query->kind);
    bool complete = true;
    struct status st = gather_versions(finder, table->ends, query->id, NULL, &complete);
    if (!status_is_ok(st)) return st;
    const char *low = arena_printf(finder->arena, "%s/", query->id);
    const char *high = arena_printf(finder->arena, "%s0", query->id);
    st = gather_versions(finder, table->ends_below, low, high, &complete);
    if (status_is_ok(st)) st = gather_redactions(finder);
    if (!status_is_ok(st)) return st;
    finder->by_resource = complete;
    numbers_sort(&finder->resource);
    return status_ok();
}

static struct status find_bounds(struct finder *finder)
{
    const struct change_query *query = finder->query;
    finder->low = query->from_seq > 1 ? query->from_seq : 1;
    finder->high =
        query->to_seq && query->to_seq < finder->txn->seq ? query->to_seq : finder->txn->seq;
    int64_t at;
    if (query->since_us) {
        struct status st =
            log_seq_at_time(finder->txn, query->since_us - 1, finder->arena, &at);
        if (!status_is_ok(st)) return st;
        if (at + 1 > finder->low) finder->low = at + 1;
    }
    if (query->until_us) {
        struct status st =
            log_seq_at_time(finder->txn, query->until_us - 1, finder->arena, &at);
        if (!status_is_ok(st)) return st;
        if (at < finder->high) finder->high = at;
    }
    if (query->after_seq && query->oldest_first && query->after_seq >= finder->low)
        finder->low = query->after_seq + 1;
    if (query->after_seq && !query->oldest_first && query->after_seq <= finder->high)
        finder->high = query->after_seq - 1;
    return status_ok();
}

/* ---- candidates ---- */

/* Up to `limit` seqs within bounds from an index, for one id ($1) or the whole log. */
static struct status from_index(struct finder *finder, const char *sql, const int64_t *id,
                                struct numbers *out)
{
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    int at = 1;
    if (id) stmt_bind_int(stmt, at++, *id);
    stmt_bind_int(stmt, at++, finder->low);
    stmt_bind_int(stmt, at++, finder->high);
    stmt_bind_int(stmt, at, CANDIDATES_AT_ONCE);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW)
        numbers_add(out, stmt_int(stmt, 0), finder->arena);
    return step == STEP_FAILED ? db_status(finder->txn->db, finder->arena) : status_ok();
}

static const char actor_up[] = "SELECT seq FROM change WHERE actor = $1 AND seq >= $2 AND seq "
                               "<= $3 ORDER BY seq LIMIT $4";
static const char actor_down[] =
    "SELECT seq FROM change WHERE actor = $1 AND seq >= $2 AND seq "
    "<= $3 ORDER BY seq DESC LIMIT $4";
static const char shape_up[] =
    "SELECT DISTINCT seq FROM change_item WHERE shape = $1 AND seq >= "
    "$2 AND seq <= $3 ORDER BY seq LIMIT $4";
static const char shape_down[] =
    "SELECT DISTINCT seq FROM change_item WHERE shape = $1 AND seq "
    ">= $2 AND seq <= $3 ORDER BY seq DESC LIMIT $4";
static const char log_up[] =
    "SELECT seq FROM change WHERE seq >= $1 AND seq <= $2 ORDER BY seq LIMIT $3";
static const char log_down[] =
    "SELECT seq FROM change WHERE seq >= $1 AND seq <= $2 ORDER BY seq DESC LIMIT $3";

static void from_resource(struct finder *finder, struct numbers *out)
{
    const struct numbers *all = &finder->resource;
    for (size_t i = 0; i < all->count && out->count < CANDIDATES_AT_ONCE; i++) {
        size_t at = finder->query->oldest_first ? i : all->count - 1 - i;
        if (all->at[at] >= finder->low && all->at[at] <= finder->high)
            numbers_add(out, all->at[at], finder->arena);
    }
}

static struct status from_ids(struct finder *finder, const struct numbers *ids, const char *sql,
                              struct numbers *out)
{
    for (size_t i = 0; i < ids->count; i++) {
        struct status st = from_index(finder, sql, &ids->at[i], out);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* The next candidates in the order asked for: at most CANDIDATES_AT_ONCE, none at the end. */
static struct status next_candidates(struct finder *finder, struct numbers *out)
{
    bool up = finder->query->oldest_first;
    struct status st = status_ok();
    if (finder->low > finder->high) return st;
    if (finder->by_resource)
        from_resource(finder, out);
    else if (finder->by_actor)
        st = from_ids(finder, &finder->actors, up ? actor_up : actor_down, out);
    else if (finder->by_shape)
        st = from_ids(finder, &finder->shapes, up ? shape_up : shape_down, out);
    else
        st = from_index(finder, up ? log_up : log_down, NULL, out);
    if (!status_is_ok(st)) return st;
    numbers_sort(out);
    if (!up) {
        for (size_t i = 0; i < out->count / 2; i++) {
            int64_t other = out->at[i];
            out->at[i] = out->at[out->count - 1 - i];
            out->at[out->count - 1 - i] = other;
        }
    }
    if (out->count > CANDIDATES_AT_ONCE) out->count = CANDIDATES_AT_ONCE;
    return status_ok();
}

/* ---- looking at one ---- */

static bool id_fits(const char *wanted, const char *id)
{
    size_t size = strlen(wanted);
    return strncmp(wanted, id, size) == 0 && (id[size] == 0 || id[size] == '/');
}

/* Whether one and the same item has the kind, the field and the id asked for. */
static struct status items_fit(struct finder *finder, int64_t seq, bool *out_fit)
{
    static const char sql[] = "SELECT shape, id FROM change_item WHERE seq = $1";
    const char *id = finder->query->id && *finder->query->id ? finder->query->id : NULL;
    *out_fit = true;
    if (!finder->by_shape && !id) return status_ok();
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        if (finder->by_shape && !numbers_has(&finder->shapes, stmt_int(stmt, 0))) continue;
        if (id && !id_fits(id, stmt_text(stmt, 1))) continue;
        stmt_done(stmt);
        return status_ok();
    }
    *out_fit = false;
    return step == STEP_FAILED ? db_status(finder->txn->db, finder->arena) : status_ok();
}

static struct status change_fits(struct finder *finder, int64_t seq, bool *out_fit)
{
    static const char sql[] = "SELECT actor, reason FROM change WHERE seq = $1";
    const char *text = finder->query->reason_contains;
    bool by_text = text && *text;
    bool has_actor = !finder->by_actor || !finder->by_resource; /* or was found by it */
    *out_fit = true;
    if (!by_text && has_actor) return status_ok();
    struct stmt *stmt = db_statement(finder->txn->db, sql);
    if (!stmt) return db_status(finder->txn->db, finder->arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(finder->txn->db, finder->arena);
    *out_fit = step == STEP_ROW &&
               (!finder->by_actor || numbers_has(&finder->actors, stmt_int(stmt, 0))) &&
               (!by_text || strcasestr(stmt_text(stmt, 1), text));
    stmt_done(stmt);
    return status_ok();
}

static struct status look_at(struct finder *finder, int64_t seq, bool *out_fit)
{
    struct status st = change_fits(finder, seq, out_fit);
    if (!status_is_ok(st) || !*out_fit) return st;
    return items_fit(finder, seq, out_fit);
}

static void pass(struct finder *finder, int64_t seq)
{
    if (finder->query->oldest_first)
        finder->low = seq + 1;
    else
        finder->high = seq - 1;
}

/* Looks at candidates until the page is full, the budget is used up or the end is reached. */
static struct status collect(struct finder *finder, struct numbers *found, int64_t *out_next)
{
    size_t looked = 0;
    *out_next = 0;
    for (;;) {
        struct numbers candidates = {0};
        struct status st = next_candidates(finder, &candidates);
        if (!candidates.count) *out_next = 0;
        if (!status_is_ok(st) || !candidates.count) return st;
        for (size_t i = 0; i < candidates.count; i++) {
            if (found->count == finder->query->limit || looked == BUDGET) return status_ok();
            bool fit;
            st = look_at(finder, candidates.at[i], &fit);
            if (!status_is_ok(st)) return st;
            if (fit) numbers_add(found, candidates.at[i], finder->arena);
            pass(finder, candidates.at[i]);
            *out_next = candidates.at[i];
            looked++;
        }
        if (finder->low > finder->high) {
            *out_next = 0;
            return status_ok();
        }
    }
}

struct status txn_find_changes(struct txn *txn, const struct change_query *query,
                               struct arena *arena, int64_t **out_seqs, size_t *out_count,
                               int64_t *out_next)
{
    struct finder finder = {.txn = txn, .query = query, .arena = arena};
    struct numbers found = {0};
    struct status st = find_bounds(&finder);
    if (status_is_ok(st)) st = find_actors(&finder);
    if (status_is_ok(st)) st = find_shapes(&finder);
    if (status_is_ok(st)) st = find_resource(&finder);
    int64_t next = 0;
    if (status_is_ok(st)) st = collect(&finder, &found, &next);
    if (!status_is_ok(st)) return st;
    *out_seqs = found.at;
    *out_count = found.count;
    *out_next = next;
    return status_ok();
}
