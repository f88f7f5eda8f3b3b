#include "store/verify_impl.h"

#include "common/reasons.h"
#include "store/signer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

/* ---- faults ---- */

void verify_fault(struct verifier *verifier, const struct fault_place *place,
                  const char *format, ...)
{
    struct log_findings *findings = verifier->findings;
    char message[400];
    va_list args;
    if (findings->fault_count == VERIFY_FAULTS_MAX) return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    findings->faults[findings->fault_count++] = (struct log_fault){
        .seq = verifier->record.seq,
        .resource = place->resource ? arena_strdup(verifier->arena, place->resource) : "",
        .field = place->field ? arena_strdup(verifier->arena, place->field) : "",
        .reason = place->reason,
        .message = arena_strdup(verifier->arena, message),
    };
}

static void entry_fault(struct verifier *verifier, const char *field)
{
    const struct fault_place place = {NULL, field, FAULT_ENTRY_CHANGED};
    verify_fault(verifier, &place, "%s is not what the entry says", field);
}

/* ---- an entry and its columns ---- */

static void check_texts(struct verifier *verifier, const struct log_entry *entry)
{
    const struct change_by *by = &verifier->record.by;
    const struct {
        const char *name, *have, *want;
    } texts[] = {
        {"auth_method", by->auth_method, entry->auth_method},
        {"service", by->service, entry->service},
        {"method", by->method, entry->method},
        {"request_id", by->request_id, entry->request_id},
        {"trace_id", by->trace_id, entry->trace_id},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].have, texts[i].want) != 0) entry_fault(verifier, texts[i].name);
}

static void check_numbers(struct verifier *verifier, const struct log_entry *entry)
{
    const struct change_record *record = &verifier->record;
    bool present = record->seq >= verifier->extent.first_seq;
    if (memcmp(entry->register_uuid, verifier->register_uuid, 16) != 0)
        entry_fault(verifier, "register_id");
    if (present ? entry->epoch != verifier->extent.epoch
                : entry->epoch >= verifier->extent.epoch)
        entry_fault(verifier, "epoch");
    if (entry->seq != record->seq) entry_fault(verifier, "seq");
    if (entry->time_us != record->time_us) entry_fault(verifier, "time");
}

/* The salts of the change, and the first change of its actor. */
struct salts {
    bool has_actor, has_reason;
    uint8_t actor[SALT_BYTES], reason[SALT_BYTES];
    int64_t actor_first_seq;
};

static bool read_salt(struct stmt *stmt, int column, uint8_t out_salt[SALT_BYTES])
{
    size_t size;
    const void *salt = stmt_blob(stmt, column, &size);
    if (size != SALT_BYTES) return false;
    memcpy(out_salt, salt, SALT_BYTES);
    return true;
}

static struct status read_salts(struct verifier *verifier, struct salts *out_salts)
{
    static const char sql[] =
        "SELECT a.salt, c.reason_salt,\n"
        "       CASE WHEN a.salt IS NULL\n"
        "            THEN (SELECT min(f.seq) FROM change f WHERE f.actor = c.actor) ELSE 0 "
        "END\n"
        "FROM change c JOIN change_actor a ON a.actor = c.actor WHERE c.seq = $1";
    memset(out_salts, 0, sizeof *out_salts);
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_int(stmt, 1, verifier->record.seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW) {
        out_salts->has_actor = read_salt(stmt, 0, out_salts->actor);
        out_salts->has_reason = read_salt(stmt, 1, out_salts->reason);
        out_salts->actor_first_seq = stmt_int(stmt, 2);
    }
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

static struct status is_erased(struct verifier *verifier, int64_t seq, const char *field,
                               uint32_t number, bool *out_erased)
{
    const struct erased_value value = {change_kind.collection,
                                       arena_printf(verifier->arena, "%" PRId64, seq), field,
                                       number, seq};
    return verify_erasure(verifier, &value, out_erased);
}

static struct status check_actor(struct verifier *verifier, const struct log_entry *entry,
                                 const struct salts *salts)
{
    enum { PRINCIPAL = 3 };
    const struct fault_place place = {NULL, "principal", FAULT_ACTOR_CHANGED};
    const struct change_by *by = &verifier->record.by;
    uint8_t hash[SHA256_BYTES];
    if (salts->has_actor) {
        commit_actor(verifier->hasher, salts->actor, by->principal, by->on_behalf_of, hash);
        if (memcmp(hash, entry->who, sizeof hash) != 0)
            verify_fault(verifier, &place,
                         "\"%s\" and \"%s\" are not the names the entry commits to",
                         by->principal, by->on_behalf_of);
        return status_ok();
    }
    bool erased = false;
    struct status st =
        is_erased(verifier, salts->actor_first_seq, "principal", PRINCIPAL, &erased);
    if (status_is_ok(st) && !erased)
        verify_fault(verifier, &place, "the names' salt is gone, and no change erased it");
    return st;
}

static struct status check_reason(struct verifier *verifier, const struct log_entry *entry,
                                  const struct salts *salts)
{
    enum { REASON = 9 };
    static const uint8_t none[SHA256_BYTES];
    const struct fault_place place = {NULL, "reason", FAULT_REASON_CHANGED};
    const char *reason = verifier->record.by.reason;
    uint8_t hash[SHA256_BYTES];
    commit_reason(verifier->hasher, salts->reason, reason, hash);
    if (memcmp(hash, entry->why, sizeof hash) == 0) return status_ok();
    bool erased = false;
    if (*reason || salts->has_reason || memcmp(entry->why, none, sizeof none) == 0) {
        verify_fault(verifier, &place, "\"%.80s\" is not the reason the entry commits to",
                     reason);
        return status_ok();
    }
    struct status st = is_erased(verifier, verifier->record.seq, "reason", REASON, &erased);
    if (status_is_ok(st) && !erased)
        verify_fault(verifier, &place, "the reason is gone, and no change erased it");
    return st;
}

/* ---- items ---- */

static struct status check_items(struct verifier *verifier, const struct log_entry *entry)
{
    const struct fault_place place = {NULL, NULL, FAULT_ITEM_CHANGED};
    const struct change_record *record = &verifier->record;
    const uint8_t *start = record->items_bytes;
    uint8_t hash[SHA256_BYTES];
    sha256_begin(verifier->hasher);
    sha256_add(verifier->hasher, start, record->items_size);
    sha256_end(verifier->hasher, hash);
    if (memcmp(hash, entry->items_hash, sizeof hash) != 0)
        verify_fault(verifier, &place, "the items are not those the entry commits to");
    struct log_items items = {start, start + record->items_size};
    struct log_items_item bytes;
    size_t count = 0;
    struct status st = status_ok();
    while (status_is_ok(st) && log_items_next(&items, verifier->arena, &bytes)) {
        if (count < record->item_count)
            st = verify_item(verifier, &record->items[count], &bytes);
        count++;
    }
    if (items.at != items.end || count != record->item_count || count != entry->item_count)
        verify_fault(verifier, &place,
                     "%zu items in the entry's bytes, %zu rows, and the entry says %u", count,
                     record->item_count, entry->item_count);
    return st;
}

/* ---- tiles ---- */

static struct status read_tile(struct verifier *verifier, int level, uint64_t number,
                               uint8_t (*out_hashes)[SHA256_BYTES], uint8_t *out_root,
                               bool *out_found)
{
    static const char sql[] =
        "SELECT hashes, root FROM log_tile WHERE epoch = $1 AND level = $2 AND number = $3";
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_int(stmt, 1, verifier->extent.epoch);
    stmt_bind_int(stmt, 2, level);
    stmt_bind_int(stmt, 3, (int64_t)number);
    enum step step = stmt_step(stmt);
    size_t hashes_size = 0, root_size = 0;
    const void *hashes = step == STEP_ROW ? stmt_blob(stmt, 0, &hashes_size) : NULL;
    const void *root = step == STEP_ROW ? stmt_blob(stmt, 1, &root_size) : NULL;
    *out_found = hashes_size == TILE_HASHES * SHA256_BYTES && root_size == SHA256_BYTES;
    if (*out_found) memcpy(out_hashes, hashes, hashes_size);
    if (*out_found) memcpy(out_root, root, root_size);
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

static void tile_fault(struct verifier *verifier, int level, uint64_t number)
{
    const struct fault_place place = {NULL, NULL, FAULT_TILE_CHANGED};
    verify_fault(verifier, &place, "tile %" PRIu64 " of level %d is missing or does not add up",
                 number, level);
}

/* The tile that has just been read adds up, and so do those above it. */
static struct status check_tile(struct verifier *verifier, uint64_t number,
                                uint8_t root[SHA256_BYTES])
{
    uint8_t(*hashes)[SHA256_BYTES] =
        arena_memdup(verifier->arena, verifier->hashes, sizeof verifier->hashes);
    for (int level = 0;; level++) {
        uint8_t folded[SHA256_BYTES], child[SHA256_BYTES];
        memcpy(child, root, sizeof child);
        tiles_fold(verifier->hasher, hashes, TILE_HASHES, folded);
        if (memcmp(folded, root, sizeof folded) != 0) tile_fault(verifier, level, number);
        if (level + 1 == TILE_LEVELS) return status_ok();
        bool found = false;
        uint64_t place = number % TILE_HASHES;
        number /= TILE_HASHES;
        struct status st = read_tile(verifier, level + 1, number, hashes, root, &found);
        if (!status_is_ok(st) || !found) return st;
        if (memcmp(hashes[place], child, sizeof child) != 0)
            tile_fault(verifier, level + 1, number);
    }
}

static struct status load_tile(struct verifier *verifier, uint64_t number)
{
    uint8_t root[SHA256_BYTES];
    verifier->tile = (int64_t)number;
    struct status st =
        read_tile(verifier, 0, number, verifier->hashes, root, &verifier->tile_stored);
    if (!status_is_ok(st)) return st;
    if (verifier->tile_stored) return check_tile(verifier, number, root);
    if ((number + 1) * TILE_HASHES <= verifier->extent.size) tile_fault(verifier, 0, number);
    return status_ok();
}

static struct status check_leaf(struct verifier *verifier)
{
    const struct fault_place place = {NULL, NULL, FAULT_ENTRY_CHANGED};
    int64_t index = verifier->record.seq - verifier->extent.first_seq;
    if (index < 0) return status_ok(); /* the trees of earlier epochs stand alone */
    struct status st = status_ok();
    if (verifier->tile != index / TILE_HASHES)
        st = load_tile(verifier, (uint64_t)index / TILE_HASHES);
    if (status_is_ok(st) && verifier->tile_stored &&
        memcmp(verifier->hashes[index % TILE_HASHES], verifier->record.leaf_hash,
               SHA256_BYTES) != 0)
        verify_fault(verifier, &place, "the entry is not the leaf that stands in the tree");
    return st;
}

/* ---- one change, all changes ---- */

static struct status check_found(struct verifier *verifier)
{
    struct log_entry entry;
    struct salts salts;
    const struct change_record *record = &verifier->record;
    const struct fault_place place = {NULL, NULL, FAULT_ENTRY_CHANGED};
    struct status st = check_leaf(verifier);
    if (!status_is_ok(st)) return st;
    if (!log_entry_parse(record->entry, record->entry_size, verifier->arena, &entry)) {
        verify_fault(verifier, &place, "the entry's bytes cannot be read");
        return st;
    }
    check_numbers(verifier, &entry);
    check_texts(verifier, &entry);
    st = read_salts(verifier, &salts);
    if (status_is_ok(st)) st = check_actor(verifier, &entry, &salts);
    if (status_is_ok(st)) st = check_reason(verifier, &entry, &salts);
    return status_is_ok(st) ? check_items(verifier, &entry) : st;
}

static struct status check_change(struct verifier *verifier, int64_t seq)
{
    const struct fault_place gap = {NULL, NULL, FAULT_ENTRY_MISSING};
    const struct fault_place unreadable = {NULL, NULL, FAULT_ITEM_CHANGED};
    struct arena_mark mark = arena_mark(verifier->arena);
    size_t faults = verifier->findings->fault_count;
    bool found = false;
    struct status st =
        txn_get_change(verifier->txn, seq, verifier->arena, &verifier->record, &found);
    bool damaged = st.code == GRPC_DATA_LOSS;
    verifier->record.seq = seq;
    if (damaged)
        verify_fault(verifier, &unreadable, "%s", st.message);
    else if (status_is_ok(st) && !found)
        verify_fault(verifier, &gap, "change %" PRId64 " is missing from the log", seq);
    else if (status_is_ok(st))
        st = check_found(verifier);
    if (verifier->findings->fault_count == faults) arena_rewind(verifier->arena, mark);
    return damaged ? status_ok() : st;
}

static struct status check_root(struct verifier *verifier)
{
    const struct fault_place place = {NULL, NULL, FAULT_ROOT_MISMATCH};
    struct log_position head = {0};
    uint8_t root[SHA256_BYTES] = {0};
    struct status st = txn_log_position(verifier->txn, verifier->arena, &head);
    if (status_is_ok(st))
        st = txn_tree_root(verifier->txn, verifier->extent.size, verifier->arena, root);
    bool damaged = st.code == GRPC_DATA_LOSS;
    verifier->record.seq = head.seq;
    verifier->findings->root_matches =
        status_is_ok(st) && memcmp(root, head.root, sizeof root) == 0;
    if (damaged || (status_is_ok(st) && !verifier->findings->root_matches))
        verify_fault(verifier, &place, "the recomputed root is not the one that is stored");
    return damaged ? status_ok() : st;
}

static struct status begin(struct verifier *verifier)
{
    static const char hex[] = "0123456789abcdef";
    struct status st = txn_tree_extent(verifier->txn, verifier->arena, &verifier->extent);
    if (!status_is_ok(st)) return st;
    size_t digits = 0;
    for (const char *p = verifier->extent.register_id; *p && digits < 32; p++) {
        const char *digit = strchr(hex, *p);
        if (!digit) continue; /* a dash */
        uint8_t *byte = &verifier->register_uuid[digits++ / 2];
        *byte = (uint8_t)(*byte << 4 | (uint8_t)(digit - hex));
    }
    verifier->tile = -1;
    return st;
}

static struct status check_range(struct verifier *verifier, const struct log_check *check,
                                 int64_t *out_from, int64_t *out_to)
{
    int64_t head = verifier->txn->seq;
    *out_from = check->from_seq ? check->from_seq : verifier->extent.first_seq;
    *out_to = check->to_seq ? check->to_seq : head;
    if (*out_from >= 1 && *out_to <= head && *out_from <= *out_to + 1) return status_ok();
    return status_error(verifier->arena, GRPC_OUT_OF_RANGE, REASON_SEQ_INVALID,
                        check->to_seq > head ? "to_seq" : "from_seq",
                        "there are no changes %" PRId64 " to %" PRId64
                        "; the log goes from 1 to %" PRId64,
                        *out_from, *out_to, head);
}

static struct status check_all(struct verifier *verifier, const struct log_check *check,
                               int64_t from, int64_t to)
{
    struct log_findings *findings = verifier->findings;
    uint64_t until_ns = uv_hrtime() + (uint64_t)check->most_us * 1000;
    struct status st = status_ok();
    int64_t seq = from;
    for (; status_is_ok(st) && seq <= to; seq++) {
        if (findings->checked == check->most || uv_hrtime() >= until_ns ||
            findings->fault_count == VERIFY_FAULTS_MAX)
            break;
        st = check_change(verifier, seq);
        findings->checked++;
    }
    if (!status_is_ok(st)) return st;
    findings->next_seq = seq <= to ? seq : 0;
    if (findings->next_seq || to != verifier->txn->seq) return st;
    st = check_root(verifier);
    return status_is_ok(st) ? verify_unlogged(verifier) : st;
}

struct status txn_verify_log(struct txn *txn, const struct log_check *check,
                             struct arena *arena, struct log_findings *out_findings)
{
    struct verifier *verifier = arena_zalloc(arena, sizeof *verifier);
    int64_t from = 0, to = 0;
    verifier->txn = txn;
    verifier->arena = arena;
    verifier->findings = out_findings;
    memset(out_findings, 0, sizeof *out_findings);
    struct status st = begin(verifier);
    if (status_is_ok(st)) st = check_range(verifier, check, &from, &to);
    if (!status_is_ok(st)) return st;
    verifier->hasher = sha256_new();
    st = check_all(verifier, check, from, to);
    sha256_free(verifier->hasher);
    return st;
}
