/* The picture of who may do what: made from the tables, shared. */
#include "store/access_impl.h"
#include "store/store_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

/* Room for one more in a list that grows in the arena. */
static void *room(struct arena *arena, void *list, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0) return list;
    char *grown = arena_alloc(arena, (count == 0 ? 1 : 2 * count) * size);
    if (count > 0) memcpy(grown, list, count * size);
    return grown;
}

static void read_principal(struct access *access, struct stmt *stmt)
{
    struct arena *arena = &access->arena;
    access->principals =
        room(arena, access->principals, access->principal_count, sizeof *access->principals);
    access->principals[access->principal_count++] = (struct access_principal){
        .name = stmt_text_dup(stmt, 0, arena),
        .title = stmt_text_dup(stmt, 1, arena),
        .disabled = stmt_int(stmt, 2) != 0,
        .acts_for_others = stmt_int(stmt, 3) != 0,
        .create_us = stmt_int(stmt, 4),
        .created_by = stmt_text_dup(stmt, 5, arena),
    };
}

static void read_identity(struct access *access, struct stmt *stmt)
{
    struct arena *arena = &access->arena;
    access->identities =
        room(arena, access->identities, access->identity_count, sizeof *access->identities);
    access->identities[access->identity_count++] = (struct access_identity){
        .text = stmt_text_dup(stmt, 0, arena), .principal = stmt_text_dup(stmt, 1, arena)};
}

static void read_grant(struct access *access, struct stmt *stmt)
{
    struct arena *arena = &access->arena;
    access->grants = room(arena, access->grants, access->grant_count, sizeof *access->grants);
    access->grants[access->grant_count++] = (struct access_grant){
        .id = stmt_text_dup(stmt, 0, arena),
        .principal = stmt_text_dup(stmt, 1, arena),
        .role = (int)stmt_int(stmt, 2),
        .groups = (unsigned)stmt_int(stmt, 3),
        .organisation = stmt_text_dup(stmt, 4, arena),
        .expire_us = stmt_int(stmt, 5),
        .create_us = stmt_int(stmt, 6),
        .created_by = stmt_text_dup(stmt, 7, arena),
    };
}

static void read_token(struct access *access, struct stmt *stmt)
{
    struct arena *arena = &access->arena;
    size_t size;
    const void *hash = stmt_blob(stmt, 1, &size);
    if (size != SHA256_BYTES) return; /* matches no secret */
    access->tokens = room(arena, access->tokens, access->token_count, sizeof *access->tokens);
    struct access_token *token = &access->tokens[access->token_count++];
    *token = (struct access_token){
        .id = stmt_text_dup(stmt, 0, arena),
        .principal = stmt_text_dup(stmt, 2, arena),
        .title = stmt_text_dup(stmt, 3, arena),
        .roles = (unsigned)stmt_int(stmt, 4),
        .organisation = stmt_text_dup(stmt, 5, arena),
        .read_only = stmt_int(stmt, 6) != 0,
        .one_time = stmt_int(stmt, 7) != 0,
        .expire_us = stmt_int(stmt, 8),
        .revoke_us = stmt_int(stmt, 9),
        .create_us = stmt_int(stmt, 10),
        .created_by = stmt_text_dup(stmt, 11, arena),
        .last_use_us = stmt_int(stmt, 12),
    };
    memcpy(token->hash, hash, SHA256_BYTES);
}

/* One table: its rows, in order, and what takes one of them. */
struct part {
    const char *sql;
    void (*read)(struct access *access, struct stmt *stmt);
};

static const struct part part_table[] = {
    {"SELECT name, title, disabled, acts_for_others, create_us, created_by\n"
     "FROM access_principal ORDER BY name",
     read_principal},
    {"SELECT text, principal FROM access_identity ORDER BY text", read_identity},
    {"SELECT id, principal, role, field_groups, organisation, expire_us, create_us, "
     "created_by\n"
     "FROM access_grant ORDER BY principal, id",
     read_grant},
    {"SELECT id, hash, principal, title, roles, organisation, read_only, one_time,\n"
     "  expire_us, revoke_us, create_us, created_by, last_use_us\n"
     "FROM access_token ORDER BY hash",
     read_token},
};

static bool read_part(struct db *db, const struct part *part, struct access *access)
{
    struct stmt *stmt = db_statement(db, part->sql);
    enum step step;
    if (!stmt) return false;
    while ((step = stmt_step(stmt)) == STEP_ROW)
        part->read(access, stmt);
    return step == STEP_DONE;
}

static void access_free(struct access *access)
{
    arena_release(&access->arena);
    free(access);
}

bool access_load(struct store *store)
{
    struct access *access = xcalloc(1, sizeof *access);
    arena_init(&access->arena, SIZE_MAX);
    access->references = 1;
    for (size_t i = 0; i < sizeof part_table / sizeof *part_table; i++)
        if (!read_part(store->db, &part_table[i], access)) {
            access_free(access);
            return false;
        }
    uv_mutex_lock(&store->head_lock);
    const struct access *old = store->access;
    access->number = old ? old->number + 1 : 1;
    store->access = access;
    uv_mutex_unlock(&store->head_lock);
    access_release(old);
    return true;
}

/* ---- sharing ---- */

const struct access *store_access(struct store *store)
{
    uv_mutex_lock(&store->head_lock);
    struct access *access = (struct access *)store->access;
    access->references++;
    uv_mutex_unlock(&store->head_lock);
    return access;
}

void access_release(const struct access *access)
{
    struct access *own = (struct access *)(uintptr_t)access;
    if (own != NULL && --own->references == 0) access_free(own);
}
