#include "service/admin_backup.h"

#include "common/reasons.h"
#include "store/backup.h"
#include "store/store.h"
#include "store/txn.h"

#include "provost/v1/admin.pb-c.h"

#include <string.h>

enum { READ_ONLY_REASON_MAX = 400 };

struct status admin_backup(struct handler_call *call, const ProtobufCMessage *request,
                           ProtobufCMessage **out_response)
{
    const Provost__V1__BackupRequest *wanted = (const Provost__V1__BackupRequest *)request;
    Provost__V1__BackupResponse *response = arena_alloc(call->arena, sizeof *response);
    struct backup backup;
    struct status st = store_backup(call->store, wanted->name, call->arena, &backup);
    if (!status_is_ok(st)) return st;
    provost__v1__backup_response__init(response);
    response->path = (char *)backup.path;
    response->seq = backup.facts.seq;
    response->bytes = backup.facts.bytes;
    response->integrity_ok = true; /* else there would be no backup */
    response->root_ok = true;
    *out_response = &response->base;
    return st;
}

struct status admin_check_integrity(struct handler_call *call, const ProtobufCMessage *request,
                                    ProtobufCMessage **out_response)
{
    const Provost__V1__CheckIntegrityRequest *wanted =
        (const Provost__V1__CheckIntegrityRequest *)request;
    Provost__V1__CheckIntegrityResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__check_integrity_response__init(response);
    response->problems = arena_alloc(call->arena, TXN_PROBLEMS_MAX * sizeof(char *));
    struct status st = txn_check_integrity(call->txn, wanted->full, call->arena,
                                           response->problems, &response->n_problems);
    if (!status_is_ok(st)) return st;
    response->ok = response->n_problems == 0;
    response->seq = txn_seq(call->txn);
    *out_response = &response->base;
    return st;
}

struct status admin_set_read_only(struct handler_call *call, const ProtobufCMessage *request,
                                  ProtobufCMessage **out_response)
{
    const Provost__V1__SetReadOnlyRequest *wanted =
        (const Provost__V1__SetReadOnlyRequest *)request;
    if (strlen(wanted->reason) > READ_ONLY_REASON_MAX)
        return status_invalid(call->arena, REASON_REASON_INVALID, "reason",
                              "the reason is longer than %d bytes", READ_ONLY_REASON_MAX);
    Provost__V1__SetReadOnlyResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__set_read_only_response__init(response);
    store_set_read_only(call->store, wanted->read_only, wanted->reason);
    response->read_only = wanted->read_only;
    *out_response = &response->base;
    return status_ok();
}
