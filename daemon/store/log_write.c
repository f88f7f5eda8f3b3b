#include "store/log_write.h"

#include "common/field_text.h"
#include "common/fields.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "store/bench.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ITEMS_LIMIT_BYTES = 32 << 20, ENTRY_LIMIT_BYTES = 8 << 10 };

/* ---- random bytes ---- */

static void fill_random(uint8_t *bytes, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = getrandom(bytes + got, size - got, 0);
        if (n < 0) abort(); /* only before the generator is seeded, or a wrong pointer */
        got += (size_t)n;
    }
}

void log_random(struct log_writer *log, uint8_t *out_bytes, size_t size)
{
    assert(size <= sizeof log->random);
    if (log->random_left < size) {
        fill_random(log->random, sizeof log->random);
        log->random_left = sizeof log->random;
    }
    uint8_t *from = log->random + sizeof log->random - log->random_left;
    memcpy(out_bytes, from, size);
    explicit_bzero(from, size); /* a salt must not outlive its row */
    log->random_left -= size;
}

/* ---- the head ---- */

static void format_uuid(const uint8_t bytes[16], char out_text[37])
{
    static const char hex[] = "0123456789abcdef";
    char *p = out_text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *p++ = '-';
        *p++ = hex[bytes[i] >> 4];
        *p++ = hex[bytes[i] & 15];
    }
    *p = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static bool parse_uuid(const char *text, uint8_t out_bytes[16])
{
    size_t n = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '-') continue;
        int high = hex_digit(p[0]), low = hex_digit(p[1]);
        if (high < 0 || low < 0 || n == 16) return false;
        out_bytes[n++] = (uint8_t)(high << 4 | low);
        p++;
    }
    return n == 16;
}

struct status log_head_create(struct db *db, struct sha256 *hasher, struct arena *arena)
{
    static const char sql[] = "INSERT INTO log_head (one, register_id, epoch, epoch_first_seq, "
                              "seq, time_us, frontier, "
                              "root)\n"
                              "VALUES (1, $1, 1, 1, 0, 0, $2, $3)\n"
                              "ON CONFLICT (one) DO NOTHING";
    uint8_t uuid[16], root[SHA256_BYTES];
    char text[37];
    struct tree tree;
    fill_random(uuid, sizeof uuid);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* RFC 4122: version 4, variant 1 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    format_uuid(uuid, text);
    tree_init(&tree);
    tree_root(&tree, hasher, root);
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    stmt_bind_text(stmt, 1, text);
    stmt_bind_blob(stmt, 2, "", 0);
    stmt_bind_blob(stmt, 3, root, sizeof root);
    return stmt_run(stmt) ? status_ok() : db_status(db, arena);
}

static bool read_head(struct stmt *stmt, struct sha256 *hasher, struct log_head *head)
{
    size_t frontier_bytes, root_bytes;
    const char *id = stmt_text(stmt, 0);
    if (!parse_uuid(id, head->register_uuid)) return false;
    format_uuid(head->register_uuid, head->register_id);
    head->epoch = (uint32_t)stmt_int(stmt, 1);
    head->epoch_first_seq = stmt_int(stmt, 2);
    head->seq = stmt_int(stmt, 3);
    head->time_us = stmt_int(stmt, 4);
    const void *frontier = stmt_blob(stmt, 5, &frontier_bytes);
    uint64_t size = (uint64_t)(head->seq - head->epoch_first_seq + 1);
    if (!tree_load(&head->tree, size, frontier, frontier_bytes)) return false;
    uint8_t root[SHA256_BYTES];
    tree_root(&head->tree, hasher, root);
    const void *stored = stmt_blob(stmt, 6, &root_bytes);
    return root_bytes == sizeof root && memcmp(root, stored, sizeof root) == 0;
}

struct status log_head_load(struct db *db, struct sha256 *hasher, struct arena *arena,
                            struct log_head *out_head)
{
    static const char sql[] = "SELECT register_id, epoch, epoch_first_seq, seq, time_us, "
                              "frontier, root FROM log_head";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(db, arena);
    bool fine = step == STEP_ROW && read_head(stmt, hasher, out_head);
    stmt_done(stmt);
    if (fine) return status_ok();
    return status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                        "the log's head does not add up: its root is not that of its frontier. "
                        "Restore the register from a backup");
}

struct status log_load(struct log_writer *log, struct arena *arena)
{
    log->torn = false;
    struct status st = log_head_load(log->db, log->hasher, arena, &log->head);
    if (!status_is_ok(st)) return st;
    struct tiles_extent extent = {log->head.epoch, log->head.epoch_first_seq,
                                  log->head.tree.size};
    return tiles_load(&log->tiles, log->db, log->hasher, &extent, arena);
}

bool log_store_head(struct log_writer *log)
{
    static const char sql[] =
        "UPDATE log_head SET seq = $1, time_us = $2, frontier = $3, root = $4, epoch = $5,\n"
        "                    epoch_first_seq = $6";
    uint8_t root[SHA256_BYTES];
    tree_root(&log->head.tree, log->hasher, root);
    struct stmt *stmt = db_statement(log->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, log->head.seq);
    stmt_bind_int(stmt, 2, log->head.time_us);
    stmt_bind_blob(stmt, 3, log->head.tree.frontier,
                   (size_t)log->head.tree.depth * SHA256_BYTES);
    stmt_bind_blob(stmt, 4, root, sizeof root);
    stmt_bind_int(stmt, 5, log->head.epoch);
    stmt_bind_int(stmt, 6, log->head.epoch_first_seq);
    return stmt_run(stmt);
}

/* ---- drafts ---- */

void draft_init(struct change_draft *draft)
{
    memset(draft, 0, sizeof *draft);
    buf_init(&draft->items, ITEMS_LIMIT_BYTES);
}

void draft_clear(struct change_draft *draft)
{
    for (size_t i = 0; i < draft->count; i++)
        free(draft->rows[i].id);
    draft->count = 0;
    draft->seq = 0;
    draft->time_us = 0;
    draft->key_added = false;
    buf_clear(&draft->items);
}

void draft_release(struct change_draft *draft)
{
    draft_clear(draft);
    free(draft->rows);
    draft->rows = NULL;
    draft->room = 0;
    buf_release(&draft->items);
}

static void draft_add_row(struct change_draft *draft, int64_t shape,
                          const struct log_item *item)
{
    if (draft->count == draft->room) {
        draft->room = draft->room ? draft->room * 2 : 16;
        draft->rows = xrealloc(draft->rows, draft->room * sizeof *draft->rows);
    }
    draft->rows[draft->count++] =
        (struct draft_item){shape, xstrdup(item->id), item->previous_seq};
}

void log_start(struct log_writer *log, struct change_draft *draft)
{
    if (draft->seq) return;
    int64_t now = time_now_us();
    draft->seq = log->head.seq + 1;
    draft->time_us = now > log->head.time_us ? now : log->head.time_us; /* never backwards */
}

/* ---- small tables with few rows: ids are looked up once and kept ---- */

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 1469598103934665603ull; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211ull;
    return hash;
}

void log_forget(struct log_writer *log)
{
    for (int i = 0; i < SHAPE_SLOTS; i++) {
        free(log->shapes[i].text);
        log->shapes[i].text = NULL;
        log->shapes[i].id = 0;
    }
    for (int i = 0; i < ACTOR_SLOTS; i++) {
        free(log->actors[i].text);
        log->actors[i].text = NULL;
        log->actors[i].id = 0;
    }
    log->learned = false;
}

static const char *op_name(enum change_op op)
{
    switch (op) {
    case CHANGE_CREATE:
        return "CREATE";
    case CHANGE_UPDATE:
        return "UPDATE";
    case CHANGE_DELETE:
        return "DELETE";
    case CHANGE_REDACT:
        return "REDACT";
    }
    abort();
}

/* The JSON array of the changed fields' names. */
static const char *shape_fields(const struct log_item *item, struct arena *arena)
{
    struct buf text;
    buf_init(&text, 16 << 10);
    buf_add_string(&text, "[");
    for (unsigned i = 0; item->changed && i < item->kind->desc->n_fields; i++)
        if (item->changed[i])
            buf_printf(&text, "%s\"%s\"", text.size > 1 ? "," : "",
                       item->kind->desc->fields[i].name);
    buf_add_string(&text, "]");
    char *copy = arena_strndup(arena, (const char *)text.data, text.size);
    buf_release(&text);
    return copy;
}

static bool find_shape(struct log_writer *log, const struct log_item *item, const char *fields,
                       int64_t *out_id)
{
    static const char insert[] = "INSERT INTO change_shape (kind, operation, fields)\n"
                                 "VALUES ($1, $2, $3)\n"
                                 "ON CONFLICT (kind, operation, fields) DO NOTHING";
    static const char select[] = "SELECT shape FROM change_shape\n"
                                 "WHERE kind = $1 AND operation = $2 AND fields = $3";
    const char *const sqls[] = {insert, select};
    for (int i = 0; i < 2; i++) {
        struct stmt *stmt = db_statement(log->db, sqls[i]);
        if (!stmt) return false;
        stmt_bind_text(stmt, 1, item->kind->collection);
        stmt_bind_text(stmt, 2, op_name(item->op));
        stmt_bind_text(stmt, 3, fields);
        enum step step = stmt_step(stmt);
        if (step == STEP_FAILED) return false;
        if (step == STEP_ROW) *out_id = stmt_int(stmt, 0);
        stmt_done(stmt);
    }
    return true;
}

/* Kind, operation and changed fields as one number-like text, cheap to make on the hot path. */
static void shape_key(const struct log_item *item, char out_key[96])
{
    uint64_t mask = 0;
    assert(item->kind->desc->n_fields <= 64);
    for (unsigned i = 0; item->changed && i < item->kind->desc->n_fields; i++)
        mask |= (uint64_t)item->changed[i] << i;
    char *p = out_key;
    for (int shift = 60; shift >= 0; shift -= 4)
        *p++ = "0123456789abcdef"[mask >> shift & 15];
    *p++ = (char)('0' + item->op);
    size_t size = strnlen(item->kind->collection, 96 - 18);
    memcpy(p, item->kind->collection, size);
    p[size] = 0;
}

static struct status shape_id(struct log_writer *log, const struct log_item *item,
                              struct arena *arena, int64_t *out_id)
{
    char key[96];
    shape_key(item, key);
    uint64_t hash = hash_text(key);
    size_t at = hash % SHAPE_SLOTS;
    if (log->shapes[at].id && log->shapes[at].key == hash &&
        strcmp(log->shapes[at].text, key) == 0) {
        *out_id = log->shapes[at].id;
        return status_ok();
    }
    int64_t id = 0;
    if (!find_shape(log, item, shape_fields(item, arena), &id))
        return db_status(log->db, arena);
    free(log->shapes[at].text);
    log->shapes[at].id = id;
    log->shapes[at].key = hash;
    log->shapes[at].text = xstrdup(key);
    log->learned = true;
    *out_id = id;
    return status_ok();
}

static void add_str16(struct buf *buf, const char *text)
{
    size_t size = strlen(text);
    buf_add_u16(buf, (uint16_t)size);
    buf_add(buf, text, size);
}

static void add_str8(struct buf *buf, const char *text)
{
    size_t size = strlen(text);
    assert(size < 256);
    buf_add_u8(buf, (uint8_t)size);
    buf_add(buf, text, size);
}

static void bind_actor(struct stmt *stmt, const struct change_by *by)
{
    stmt_bind_text(stmt, 1, by->principal);
    stmt_bind_text(stmt, 2, by->auth_method);
    stmt_bind_text(stmt, 3, by->service);
    stmt_bind_text(stmt, 4, by->on_behalf_of);
}

static bool insert_actor(struct log_writer *log, const struct change_by *by)
{
    static const char sql[] =
        "INSERT INTO change_actor (principal, auth_method, service, on_behalf_of, salt)\n"
        "VALUES ($1, $2, $3, $4, $5)\n"
        "ON CONFLICT (principal, auth_method, service, on_behalf_of) DO NOTHING";
    uint8_t salt[SALT_BYTES];
    log_random(log, salt, sizeof salt);
    struct stmt *stmt = db_statement(log->db, sql);
    if (!stmt) return false;
    bind_actor(stmt, by);
    stmt_bind_blob(stmt, 5, salt, sizeof salt);
    return stmt_run(stmt);
}

static bool find_actor(struct log_writer *log, const struct change_by *by, int64_t *out_id,
                       uint8_t out_commitment[SHA256_BYTES])
{
    static const char sql[] = "SELECT actor, salt FROM change_actor\n"
                              "WHERE principal = $1 AND auth_method = $2\n"
                              "  AND service = $3 AND on_behalf_of = $4";
    struct stmt *stmt = db_statement(log->db, sql);
    if (!stmt) return false;
    bind_actor(stmt, by);
    if (stmt_step(stmt) != STEP_ROW) return false;
    size_t size;
    uint8_t salt[SALT_BYTES] = {0};
    const void *stored = stmt_blob(stmt, 1, &size);
    memcpy(salt, stored, size < sizeof salt ? size : sizeof salt);
    *out_id = stmt_int(stmt, 0);
    stmt_done(stmt);
    commit_actor(log->hasher, salt, by->principal, by->on_behalf_of, out_commitment);
    return true;
}

static uint64_t hash_actor(const struct change_by *by)
{
    return hash_text(by->principal) ^ hash_text(by->auth_method) * 3 ^
           hash_text(by->service) * 5 ^ hash_text(by->on_behalf_of) * 7;
}

/* The key is the four texts with their ends. */
static bool is_actor(const char *key, const struct change_by *by)
{
    const char *const texts[] = {by->principal, by->auth_method, by->service, by->on_behalf_of};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(key, texts[i]) != 0) return false;
        key += strlen(key) + 1;
    }
    return true;
}

static char *actor_key(const struct change_by *by)
{
    const char *const texts[] = {by->principal, by->auth_method, by->service, by->on_behalf_of};
    struct buf key;
    buf_init(&key, ENTRY_LIMIT_BYTES);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        buf_add(&key, texts[i], strlen(texts[i]) + 1);
    assert(!key.failed); /* rpc bounds them */
    char *copy = xmalloc(key.size);
    memcpy(copy, key.data, key.size);
    buf_release(&key);
    return copy;
}

static struct status actor_id(struct log_writer *log, const struct change_by *by,
                              struct arena *arena, size_t *out_slot)
{
    uint64_t hash = hash_actor(by);
    size_t at = hash % ACTOR_SLOTS;
    *out_slot = at;
    if (log->actors[at].id && log->actors[at].key == hash && is_actor(log->actors[at].text, by))
        return status_ok();
    log->actors[at].id = 0;
    int64_t id = 0;
    if (!insert_actor(log, by) || !find_actor(log, by, &id, log->actors[at].commitment))
        return db_status(log->db, arena);
    free(log->actors[at].text);
    log->actors[at].id = id;
    log->actors[at].key = hash;
    log->actors[at].text = actor_key(by);
    log->learned = true;
    return status_ok();
}

/* ---- items ---- */

/* A redaction tells nothing of the values: who asked for it stands there instead. */
static void commit_item_field(struct log_writer *log, const struct log_item *item,
                              const ProtobufCFieldDescriptor *fd, struct arena *arena,
                              uint8_t out_hash[SHA256_BYTES])
{
    if (item->op == CHANGE_REDACT) {
        commit_requester(log->hasher, item->seed, item->requester, out_hash);
        return;
    }
    uint8_t salt[SALT_BYTES];
    commit_salt(log->hasher, item->seed, fd->id, salt);
    commit_field(log->hasher, salt, fd->id, field_to_text(item->body, fd, arena), out_hash);
}

static void add_fields(struct log_writer *log, struct buf *items, const struct log_item *item,
                       struct arena *arena)
{
    const ProtobufCMessageDescriptor *desc = item->kind->desc;
    uint16_t count = 0;
    for (unsigned i = 0; i < desc->n_fields; i++)
        count = (uint16_t)(count + item->changed[i]);
    buf_add_u16(items, count);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        if (!item->changed[i]) continue;
        uint8_t hash[SHA256_BYTES];
        commit_item_field(log, item, &desc->fields[i], arena, hash);
        buf_add_u32(items, desc->fields[i].id);
        buf_add(items, hash, sizeof hash);
    }
}

struct status log_add_item(struct log_writer *log, struct change_draft *draft,
                           const struct log_item *item, struct arena *arena)
{
    int64_t shape = 0;
    struct status st = shape_id(log, item, arena, &shape);
    if (!status_is_ok(st)) return st;
    struct buf *items = &draft->items;
    size_t collection = strlen(item->kind->collection), id = strlen(item->id);
    buf_add_u8(items, (uint8_t)item->op);
    buf_add_u16(items, (uint16_t)(collection + 1 + id));
    buf_add(items, item->kind->collection, collection);
    buf_add(items, "/", 1);
    buf_add(items, item->id, id);
    buf_add_u64(items, (uint64_t)item->previous_seq);
    if (item->changed && !(log->bench_without & BENCH_COMMITMENTS))
        add_fields(log, items, item, arena);
    else
        buf_add_u16(items, 0);
    if (items->failed)
        return status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_STORE_FAILED, NULL,
                            "the change is too large for one log entry: send it in parts");
    draft_add_row(draft, shape, item);
    return status_ok();
}

/* ---- the entry ---- */

/* The entry bytes, as laid out at the head of log_write.h. */
static void build_entry(struct log_writer *log, const struct change_draft *draft,
                        const struct change_by *by, const uint8_t who[SHA256_BYTES],
                        const uint8_t why[SHA256_BYTES], struct buf *entry)
{
    uint8_t items_hash[SHA256_BYTES];
    sha256_begin(log->hasher);
    sha256_add(log->hasher, draft->items.data, draft->items.size);
    sha256_end(log->hasher, items_hash);
    buf_add_u8(entry, 1);
    buf_add(entry, log->head.register_uuid, sizeof log->head.register_uuid);
    buf_add_u32(entry, log->head.epoch);
    buf_add_u64(entry, (uint64_t)draft->seq);
    buf_add_u64(entry, (uint64_t)draft->time_us);
    buf_add(entry, who, SHA256_BYTES);
    add_str8(entry, by->auth_method);
    add_str16(entry, by->service);
    add_str8(entry, by->method);
    add_str8(entry, by->request_id);
    add_str8(entry, by->trace_id);
    buf_add(entry, why, SHA256_BYTES);
    buf_add_u32(entry, (uint32_t)draft->count);
    buf_add(entry, items_hash, sizeof items_hash);
}

static bool insert_change(struct log_writer *log, const struct change_draft *draft,
                          const struct change_by *by, int64_t actor,
                          const uint8_t reason_salt[SALT_BYTES], const struct buf *entry)
{
    static const char sql[] =
        "INSERT INTO change (seq, time_us, actor, method, request_id, reason, reason_salt,\n"
        "                    trace_id, entry, items)\n"
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    struct stmt *stmt = db_statement(log->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, draft->seq);
    stmt_bind_int(stmt, 2, draft->time_us);
    stmt_bind_int(stmt, 3, actor);
    stmt_bind_text(stmt, 4, by->method);
    stmt_bind_text(stmt, 5, by->request_id);
    stmt_bind_text(stmt, 6, by->reason);
    if (*by->reason)
        stmt_bind_blob(stmt, 7, reason_salt, SALT_BYTES);
    else
        stmt_bind_null(stmt, 7);
    stmt_bind_text(stmt, 8, by->trace_id);
    stmt_bind_blob(stmt, 9, entry->data, entry->size);
    stmt_bind_blob(stmt, 10, draft->items.data, draft->items.size);
    return stmt_run(stmt);
}

static bool insert_items(struct log_writer *log, const struct change_draft *draft)
{
    static const char sql[] = "INSERT INTO change_item (seq, place, shape, id, previous_seq)\n"
                              "VALUES ($1, $2, $3, $4, $5)";
    struct stmt *stmt = db_statement(log->db, sql);
    if (!stmt) return false;
    for (size_t i = 0; i < draft->count; i++) {
        stmt_bind_int(stmt, 1, draft->seq);
        stmt_bind_int(stmt, 2, (int64_t)i);
        stmt_bind_int(stmt, 3, draft->rows[i].shape);
        stmt_bind_text(stmt, 4, draft->rows[i].id);
        stmt_bind_int(stmt, 5, draft->rows[i].previous_seq);
        if (!stmt_run(stmt)) return false;
    }
    return true;
}

struct status log_finish(struct log_writer *log, struct change_draft *draft,
                         const struct change_by *by, struct arena *arena)
{
    uint8_t leaf[SHA256_BYTES], why[SHA256_BYTES] = {0}, salt[SALT_BYTES] = {0};
    bool has_tree = !(log->bench_without & BENCH_TREE);
    size_t actor;
    struct status st = actor_id(log, by, arena, &actor);
    if (!status_is_ok(st)) return st;
    if (!(log->bench_without & BENCH_COMMITMENTS)) {
        log_random(log, salt, sizeof salt);
        commit_reason(log->hasher, salt, by->reason, why);
    }
    struct buf entry;
    buf_init(&entry, ENTRY_LIMIT_BYTES);
    if (has_tree) build_entry(log, draft, by, log->actors[actor].commitment, why, &entry);
    assert(!entry.failed); /* rpc and service bound every text that goes in */
    bool fine = insert_change(log, draft, by, log->actors[actor].id, salt, &entry) &&
                insert_items(log, draft);
    if (has_tree) tree_hash_leaf(log->hasher, entry.data, entry.size, leaf);
    buf_release(&entry);
    if (!fine) return db_status(log->db, arena);
    if (has_tree && !tiles_append(&log->tiles, log->db, log->hasher, leaf))
        return db_status(log->db, arena);
    if (has_tree) tree_append(&log->head.tree, log->hasher, leaf);
    log->head.seq = draft->seq;
    log->head.time_us = draft->time_us;
    return status_ok();
}
