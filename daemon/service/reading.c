#include "service/reading.h"

#include "common/names.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "service/excerpt.h"
#include "service/resource.h"

#include <inttypes.h>
#include <string.h>

/* ---- moments ---- */

/* A time for the store, where 0 means "not given": whatever lies before 1970 lies before the
 * first change too. */
static struct status read_time(struct handler_call *call,
                               const Google__Protobuf__Timestamp *time, int64_t *out_us)
{
    *out_us = 0;
    if (time == NULL) return status_ok();
    if (!timestamp_is_valid(time))
        return status_invalid(call->arena, REASON_AS_OF_INVALID, "as_of_time",
                              "as_of_time is not a time between the years 1 and 9999");
    *out_us = timestamp_to_us(time);
    if (*out_us < 1) *out_us = 1;
    return status_ok();
}

/* When the moment was: asked for by time, it is that time, as far as it is past. */
static struct status find_time(struct handler_call *call, int64_t seq, int64_t asked_us,
                               int64_t *out_us)
{
    *out_us = asked_us < call->now_us ? asked_us : call->now_us;
    if (asked_us != 0 || seq == 0) return status_ok();
    return txn_get_change_time(call->txn, seq, call->arena, out_us);
}

struct status moment_resolve(struct handler_call *call, int64_t as_of_seq,
                             const Google__Protobuf__Timestamp *as_of_time,
                             struct moment *out_moment)
{
    int64_t time_us, seq = 0, when_us = 0;
    struct status st = read_time(call, as_of_time, &time_us);
    if (status_is_ok(st))
        st = txn_resolve_as_of(call->txn, as_of_seq, time_us, call->arena, &seq);
    if (status_is_ok(st)) st = find_time(call, as_of_seq, time_us, &when_us);
    if (!status_is_ok(st)) return st;
    *out_moment = (struct moment){
        .seq = seq,
        .time_us = when_us,
        .as_of = seq == txn_seq(call->txn) ? AS_OF_NOW : seq,
        .is_empty = seq == 0,
    };
    return status_ok();
}

struct status moment_get(struct handler_call *call, const struct moment *moment,
                         const struct kind *kind, const char *id, struct version *out_version,
                         bool *out_found)
{
    *out_found = false;
    if (moment->is_empty) return status_ok();
    if (moment->as_of == AS_OF_NOW)
        return txn_get_kept(call->txn, kind, id, call->arena, out_version, out_found);
    return txn_get(call->txn, kind, id, moment->as_of, call->arena, out_version, out_found);
}

struct status moment_scan(struct handler_call *call, const struct moment *moment,
                          const struct scan *scan, scan_fn *each, void *data)
{
    struct scan at = *scan;
    if (moment->is_empty) return status_ok();
    at.as_of = moment->as_of;
    if (moment->as_of == AS_OF_NOW)
        return txn_scan_kept(call->txn, &at, call->arena, each, data);
    return txn_scan(call->txn, &at, call->arena, each, data);
}

/* ---- names ---- */

static const char *collection_names(struct arena *arena)
{
    size_t count;
    const struct catalog_row *rows = catalog_rows(&count);
    const char *list = rows[0].kind.collection;
    for (size_t i = 1; i < count; i++)
        list = arena_printf(arena, "%s, %s", list, rows[i].kind.collection);
    return list;
}

struct status reading_collection(struct arena *arena, const char *field, const char *name,
                                 const struct catalog_row **out_row)
{
    const struct catalog_row *row = catalog_of_name(name);
    if (row == NULL)
        return status_invalid(arena, REASON_UNKNOWN_COLLECTION, field,
                              "\"%s\" is in no collection of the register; there are: %s",
                              excerpt(arena, name), collection_names(arena));
    *out_row = row;
    return status_ok();
}

struct status reading_name(struct arena *arena, const char *field, const char *name,
                           const struct catalog_row **out_row)
{
    struct status st = name_check(arena, field, name);
    return status_is_ok(st) ? reading_collection(arena, field, name, out_row) : st;
}

struct status reading_version(struct handler_call *call, const char *field, const char *name,
                              const struct moment *moment, struct version *out_version,
                              bool *out_found)
{
    const struct catalog_row *row = NULL;
    struct status st = reading_name(call->arena, field, name, &row);
    *out_found = false;
    if (!status_is_ok(st)) return st;
    return moment_get(call, moment, &row->kind, resource_id(name), out_version, out_found);
}

/* ---- what is not there ---- */

/* What the versions around a moment tell about a resource that was not there then. */
struct absence {
    int64_t seq;        /* the moment */
    int64_t deleted_at; /* the change that ended it before, 0 for none */
    int64_t created_at; /* the change that made it afterwards, 0 for none */
};

static enum scan_verdict note_version(void *data, const struct version *version)
{
    struct absence *absence = data;
    if (version->from_seq > absence->seq) {
        absence->created_at = version->from_seq;
        return SCAN_STOP;
    }
    absence->deleted_at = version->to_seq;
    return SCAN_SKIP;
}

static struct status find_absence(struct handler_call *call, const char *name,
                                  struct absence *absence)
{
    const struct catalog_row *row = catalog_of_name(name);
    return txn_scan_versions(call->txn, &row->kind, resource_id(name), 0, call->arena,
                             note_version, absence);
}

struct status reading_refuse_missing(struct handler_call *call, const char *field,
                                     const char *name, const struct moment *moment)
{
    struct absence absence = {.seq = moment->seq};
    struct status st = find_absence(call, name, &absence);
    const char *why = "it never existed";
    if (!status_is_ok(st)) return st;
    if (absence.deleted_at != 0)
        why =
            arena_printf(call->arena, "it was deleted by change %" PRId64, absence.deleted_at);
    else if (absence.created_at != 0)
        why = arena_printf(call->arena, "it was created later, by change %" PRId64,
                           absence.created_at);
    return status_error(call->arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, field,
                        "there is no %s as of seq %" PRId64 ": %s", name, moment->seq, why);
}

struct status reading_existing(struct handler_call *call, const char *field, const char *name,
                               const struct moment *moment, struct version *out_version)
{
    bool found;
    struct status st = reading_version(call, field, name, moment, out_version, &found);
    if (!status_is_ok(st) || found) return st;
    return reading_refuse_missing(call, field, name, moment);
}
