/* Items of the log against the versions they made and closed. */
#include "store/verify_impl.h"

#include "common/field_text.h"
#include "common/fields.h"
#include "common/reasons.h"

#include <inttypes.h>
#include <string.h>

/* One item, and what the tables have for it. */
struct item_check {
    struct verifier *verifier;
    const struct change_item *item;
    const struct log_items_item *bytes;
    struct version version, before;
    bool has_version, has_before;
    bool has_seed;
    uint8_t seed[SALT_BYTES];
};

static void item_fault(const struct item_check *check, const char *field, const char *reason,
                       const char *text)
{
    const struct fault_place place = {check->bytes->name, field, reason};
    verify_fault(check->verifier, &place, "%s: %s", field ? field : check->bytes->name, text);
}

/* ---- what the log says was erased ---- */

static bool items_erase(struct verifier *verifier, const struct change_record *record,
                        const struct erased_value *value)
{
    const char *name = arena_printf(verifier->arena, "%s/%s", value->collection, value->id);
    struct log_items items = {record->items_bytes,
                              (const uint8_t *)record->items_bytes + record->items_size};
    struct log_items_item item;
    while (log_items_next(&items, verifier->arena, &item)) {
        if (item.op != CHANGE_REDACT || item.previous_seq != value->from_seq ||
            strcmp(item.name, name) != 0)
            continue;
        for (unsigned i = 0; i < item.field_count; i++)
            if (log_items_number(&item, i) == value->number) return true;
    }
    return false;
}

struct status verify_erasure(struct verifier *verifier, const struct erased_value *value,
                             bool *out_logged)
{
    static const char sql[] = "SELECT seq FROM redaction\n"
                              "WHERE kind = $1 AND id = $2 AND field = $3 AND from_seq = $4";
    *out_logged = false;
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_text(stmt, 1, value->collection);
    stmt_bind_text(stmt, 2, value->id);
    stmt_bind_text(stmt, 3, value->field);
    stmt_bind_int(stmt, 4, value->from_seq);
    enum step step = stmt_step(stmt);
    int64_t seq = step == STEP_ROW ? stmt_int(stmt, 0) : 0;
    stmt_done(stmt);
    if (step == STEP_FAILED) return db_status(verifier->txn->db, verifier->arena);
    if (!seq) return status_ok();
    struct change_record record;
    bool found = false;
    struct status st = txn_get_change(verifier->txn, seq, verifier->arena, &record, &found);
    if (status_is_ok(st) && found) *out_logged = items_erase(verifier, &record, value);
    return st;
}

/* ---- values ---- */

/* The salt of a field: from the seed, or kept alone since another field was erased. */
static struct status find_salt(const struct item_check *check, uint32_t number,
                               uint8_t out_salt[SALT_BYTES], bool *out_found)
{
    static const char sql[] = "SELECT salt FROM version_salt\n"
                              "WHERE kind = $1 AND id = $2 AND from_seq = $3 AND field = $4";
    struct verifier *verifier = check->verifier;
    *out_found = check->has_seed;
    if (check->has_seed) commit_salt(verifier->hasher, check->seed, number, out_salt);
    if (check->has_seed) return status_ok();
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_text(stmt, 1, check->item->kind->collection);
    stmt_bind_text(stmt, 2, check->item->id);
    stmt_bind_int(stmt, 3, check->version.from_seq);
    stmt_bind_int(stmt, 4, number);
    enum step step = stmt_step(stmt);
    size_t size = 0;
    const void *salt = step == STEP_ROW ? stmt_blob(stmt, 0, &size) : NULL;
    *out_found = size == SALT_BYTES;
    if (*out_found) memcpy(out_salt, salt, SALT_BYTES);
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

static struct status check_erased(const struct item_check *check,
                                  const ProtobufCFieldDescriptor *fd)
{
    const struct erased_value value = {check->item->kind->collection, check->item->id, fd->name,
                                       fd->id, check->version.from_seq};
    bool logged = false;
    struct status st = verify_erasure(check->verifier, &value, &logged);
    if (!status_is_ok(st)) return st;
    if (!logged)
        item_fault(check, fd->name, FAULT_VALUE_CHANGED,
                   "its salt is gone, and no change erased it");
    else if (field_is_set(check->version.body, fd))
        item_fault(check, fd->name, FAULT_VALUE_CHANGED, "it was erased, but has a value");
    return st;
}

static struct status check_value(const struct item_check *check,
                                 const ProtobufCFieldDescriptor *fd, const uint8_t *hash)
{
    struct verifier *verifier = check->verifier;
    uint8_t salt[SALT_BYTES], have[SHA256_BYTES];
    bool found = false;
    struct status st = find_salt(check, fd->id, salt, &found);
    if (!status_is_ok(st)) return st;
    if (!found) return check_erased(check, fd);
    commit_field(verifier->hasher, salt, fd->id,
                 field_to_text(check->version.body, fd, verifier->arena), have);
    if (memcmp(have, hash, sizeof have) != 0)
        item_fault(check, fd->name, FAULT_VALUE_CHANGED,
                   "the value is not the one the log commits to");
    return st;
}

/* A field the change does not name is what it was before, or empty in a new resource. */
static void check_unchanged(const struct item_check *check, const ProtobufCFieldDescriptor *fd)
{
    bool same = check->has_before ? field_equal(check->before.body, check->version.body, fd)
                                  : check->item->op == CHANGE_UPDATE ||
                                        !field_is_set(check->version.body, fd);
    if (!same)
        item_fault(check, fd->name, FAULT_VALUE_CHANGED,
                   "the value is not that of the version before, and no change set it");
}

static struct status check_values(const struct item_check *check)
{
    const ProtobufCMessageDescriptor *desc = check->item->kind->desc;
    unsigned at = 0;
    struct status st = status_ok();
    for (unsigned i = 0; status_is_ok(st) && i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &desc->fields[i];
        bool named =
            at < check->bytes->field_count && log_items_number(check->bytes, at) == fd->id;
        if (named)
            st = check_value(check, fd, log_items_hash(check->bytes, at++));
        else
            check_unchanged(check, fd);
    }
    if (status_is_ok(st) && at != check->bytes->field_count)
        item_fault(check, NULL, FAULT_ITEM_CHANGED, "names fields the kind does not have");
    return st;
}

/* ---- versions ---- */

/* A version whose texts cannot be read has been changed; that ends the look at it. */
static struct status read_version(struct item_check *check, int64_t from_seq,
                                  struct version *out_version, bool *out_found)
{
    struct verifier *verifier = check->verifier;
    *out_found = false;
    if (!from_seq) return status_ok();
    struct status st = txn_get_version(verifier->txn, check->item->kind, check->item->id,
                                       from_seq, verifier->arena, out_version, out_found);
    if (st.code != GRPC_DATA_LOSS) return st;
    const struct fault_place place = {check->bytes->name, NULL, FAULT_VALUE_CHANGED};
    verify_fault(verifier, &place, "%s", st.message);
    return status_ok();
}

static struct status read_seed(struct item_check *check)
{
    struct verifier *verifier = check->verifier;
    const struct table *table = schema_table(verifier->txn->schema, check->item->kind);
    struct stmt *stmt = db_statement(verifier->txn->db, table->select_seed);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_text(stmt, 1, check->item->id);
    stmt_bind_int(stmt, 2, check->version.from_seq);
    enum step step = stmt_step(stmt);
    size_t size = 0;
    const void *seed = step == STEP_ROW ? stmt_blob(stmt, 0, &size) : NULL;
    check->has_seed = size == sizeof check->seed;
    if (check->has_seed) memcpy(check->seed, seed, sizeof check->seed);
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

/* Whether a change wrote the resource. */
static struct status wrote(const struct item_check *check, int64_t seq, bool *out_wrote)
{
    static const char sql[] = "SELECT 1 FROM change_item i\n"
                              "JOIN change_shape s ON s.shape = i.shape\n"
                              "WHERE i.seq = $1 AND i.id = $2 AND s.kind = $3\n"
                              "  AND s.operation <> 'REDACT'";
    struct verifier *verifier = check->verifier;
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_int(stmt, 1, seq);
    stmt_bind_text(stmt, 2, check->item->id);
    stmt_bind_text(stmt, 3, check->item->kind->collection);
    enum step step = stmt_step(stmt);
    *out_wrote = step == STEP_ROW;
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

/* The version after `seq`: its from_seq, 0 when there is none. */
static struct status find_next(const struct item_check *check, int64_t seq, int64_t *out_next)
{
    struct verifier *verifier = check->verifier;
    const struct table *table = schema_table(verifier->txn->schema, check->item->kind);
    *out_next = 0;
    struct stmt *stmt = db_statement(verifier->txn->db, table->next);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_text(stmt, 1, check->item->id);
    stmt_bind_int(stmt, 2, seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW) *out_next = stmt_int(stmt, 0);
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

/* What comes after the change was made by changes too. */
static struct status check_after(const struct item_check *check)
{
    int64_t seq = check->verifier->record.seq, next = 0;
    bool logged = true;
    struct status st = find_next(check, seq, &next);
    if (status_is_ok(st) && next) st = wrote(check, next, &logged);
    if (!status_is_ok(st)) return st;
    if (!logged)
        item_fault(check, NULL, FAULT_VERSION_UNLOGGED, "no change made its next version");
    if (!check->has_version) return st;
    logged = true;
    int64_t to_seq = check->version.to_seq;
    if (to_seq != SEQ_OPEN) st = wrote(check, to_seq, &logged);
    if (!status_is_ok(st)) return st;
    if (!logged || to_seq <= seq)
        item_fault(check, NULL, FAULT_VERSION_MISSING, "no change closed the version it made");
    else if (next && next < to_seq)
        item_fault(check, NULL, FAULT_VERSION_UNLOGGED, "two versions are there at once");
    return st;
}

static void check_times(const struct item_check *check)
{
    int64_t now = check->verifier->record.time_us;
    int64_t made = check->has_before ? check->before.create_us : now;
    if (check->version.update_us != now)
        item_fault(check, "update_time", FAULT_VALUE_CHANGED, "it is not that of the change");
    if (check->version.create_us != made &&
        (check->has_before || check->item->op == CHANGE_CREATE))
        item_fault(check, "create_time", FAULT_VALUE_CHANGED, "it is not that of the creation");
}

static struct status check_versions(struct item_check *check)
{
    int64_t seq = check->verifier->record.seq;
    bool deleted = check->item->op == CHANGE_DELETE;
    struct status st =
        read_version(check, check->bytes->previous_seq, &check->before, &check->has_before);
    if (status_is_ok(st) && !deleted)
        st = read_version(check, seq, &check->version, &check->has_version);
    if (!status_is_ok(st)) return st;
    if (check->bytes->previous_seq && !check->has_before)
        item_fault(check, NULL, FAULT_VERSION_MISSING, "the version before it is missing");
    else if (check->has_before && check->before.to_seq != seq)
        item_fault(check, NULL, FAULT_VERSION_MISSING,
                   "the version before is not closed by it");
    if (!deleted && !check->has_version)
        item_fault(check, NULL, FAULT_VERSION_MISSING, "the version it made is missing");
    if (check->has_version) {
        st = read_seed(check);
        if (status_is_ok(st)) st = check_values(check);
        check_times(check);
    }
    return status_is_ok(st) ? check_after(check) : st;
}

/* ---- redactions ---- */

static struct status check_requester(const struct item_check *check, const char *field,
                                     const uint8_t *hash)
{
    static const char sql[] = "SELECT requester, salt FROM redaction\n"
                              "WHERE kind = $1 AND id = $2 AND field = $3 AND from_seq = $4\n"
                              "  AND seq = $5";
    struct verifier *verifier = check->verifier;
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    stmt_bind_text(stmt, 1, check->item->kind->collection);
    stmt_bind_text(stmt, 2, check->item->id);
    stmt_bind_text(stmt, 3, field);
    stmt_bind_int(stmt, 4, check->bytes->previous_seq);
    stmt_bind_int(stmt, 5, verifier->record.seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(verifier->txn->db, verifier->arena);
    size_t size = 0;
    const void *salt = step == STEP_ROW ? stmt_blob(stmt, 1, &size) : NULL;
    const char *requester = step == STEP_ROW ? stmt_text_dup(stmt, 0, verifier->arena) : "";
    uint8_t have[SHA256_BYTES];
    if (size == SALT_BYTES) commit_requester(verifier->hasher, salt, requester, have);
    stmt_done(stmt);
    bool erased = step == STEP_ROW && size == 0 && !*requester;
    if (step == STEP_DONE)
        item_fault(check, field, FAULT_ITEM_CHANGED, "the row of the redaction is missing");
    else if (!erased && (size != SALT_BYTES || memcmp(have, hash, sizeof have) != 0))
        item_fault(check, field, FAULT_ACTOR_CHANGED, "another asked for the redaction");
    return status_ok();
}

static struct status check_redaction(const struct item_check *check)
{
    struct status st = status_ok();
    for (unsigned i = 0; status_is_ok(st) && i < check->bytes->field_count; i++) {
        const ProtobufCFieldDescriptor *fd = protobuf_c_message_descriptor_get_field(
            check->item->kind->desc, log_items_number(check->bytes, i));
        if (fd) st = check_requester(check, fd->name, log_items_hash(check->bytes, i));
    }
    return st;
}

/* ---- the item ---- */

/* The rows of the item say what its bytes say. */
static bool rows_agree(const struct item_check *check)
{
    const struct change_item *item = check->item;
    const struct log_items_item *bytes = check->bytes;
    const char *name =
        arena_printf(check->verifier->arena, "%s/%s", item->kind->collection, item->id);
    if ((unsigned)item->op != bytes->op || item->previous_seq != bytes->previous_seq ||
        strcmp(name, bytes->name) != 0 || item->field_count != bytes->field_count)
        return false;
    for (size_t i = 0; i < item->field_count; i++) {
        const ProtobufCFieldDescriptor *fd = fields_find(item->kind->desc, item->fields[i]);
        if (!fd || fd->id != log_items_number(bytes, (unsigned)i)) return false;
    }
    return true;
}

struct status verify_item(struct verifier *verifier, const struct change_item *item,
                          const struct log_items_item *bytes)
{
    struct item_check check = {.verifier = verifier, .item = item, .bytes = bytes};
    if (!rows_agree(&check)) {
        item_fault(&check, NULL, FAULT_ITEM_CHANGED, "the item's row says otherwise");
        return status_ok();
    }
    return item->op == CHANGE_REDACT ? check_redaction(&check) : check_versions(&check);
}

/* ---- versions out of nothing ---- */

static struct status count(struct verifier *verifier, const char *sql, const char *collection,
                           int64_t *out_count)
{
    struct stmt *stmt = db_statement(verifier->txn->db, sql);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    if (collection) stmt_bind_text(stmt, 1, collection);
    if (stmt_step(stmt) != STEP_ROW) return db_status(verifier->txn->db, verifier->arena);
    *out_count = stmt_int(stmt, 0);
    stmt_done(stmt);
    return status_ok();
}

/* Every change that was checked has the version it made: where there are no more versions than
 * such changes, none came out of nothing. Counting is quick; looking for them is not. */
static struct status has_surplus(struct verifier *verifier, const struct table *table,
                                 bool *out_surplus)
{
    static const char sql[] = "SELECT count(*) FROM change_item i\n"
                              "JOIN change_shape s ON s.shape = i.shape\n"
                              "WHERE s.kind = $1 AND s.operation IN ('CREATE', 'UPDATE')";
    int64_t versions = 0, made = 0;
    struct status st = count(verifier, table->versions, NULL, &versions);
    if (status_is_ok(st)) st = count(verifier, sql, table->kind->collection, &made);
    *out_surplus = versions != made;
    return st;
}

static struct status name_unlogged(struct verifier *verifier, const struct table *table)
{
    struct stmt *stmt = db_statement(verifier->txn->db, table->unlogged);
    if (!stmt) return db_status(verifier->txn->db, verifier->arena);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        const char *name =
            arena_printf(verifier->arena, "%s/%s", table->kind->collection, stmt_text(stmt, 0));
        const struct fault_place place = {name, NULL, FAULT_VERSION_UNLOGGED};
        verify_fault(verifier, &place, "no change made its version of %" PRId64,
                     stmt_int(stmt, 1));
    }
    return step == STEP_FAILED ? db_status(verifier->txn->db, verifier->arena) : status_ok();
}

struct status verify_unlogged(struct verifier *verifier)
{
    const struct schema *schema = verifier->txn->schema;
    for (size_t i = 0; i < schema->count; i++) {
        bool surplus = false;
        struct status st = has_surplus(verifier, schema->tables[i], &surplus);
        if (status_is_ok(st) && surplus) st = name_unlogged(verifier, schema->tables[i]);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}
