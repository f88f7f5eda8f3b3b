/* The one path on which anything is written: Apply and SubmitObservations turn what they are
 * sent into a list of items and let it run here. All or nothing, one change with one seq.
 *
 * Order of work, whatever the order of the request: kinds in the catalog's order (so that an
 * observation meets the indicator that the same request creates), then deletions, then the
 * checks that look at the outcome of all (references, formulas, nothing in use deleted, no
 * figure of a locked period), then what formulas make of it.
 */
#ifndef SERVICE_WRITE_H
#define SERVICE_WRITE_H

#include "service/approval.h"
#include "service/codes.h"
#include "service/formulas.h"
#include "service/handler.h"
#include "service/period_lock.h"
#include "service/request_id.h"
#include "service/understand.h"

#include "provost/v1/register.pb-c.h"

enum write_op { WRITE_CREATE, WRITE_PATCH, WRITE_DELETE };

/* One thing to do. Filled by write_open_* and the fields that say so by the caller. */
struct write_item {
    enum write_op op;
    struct lookup_entry *entry; /* the resource; claimed by this item */
    struct understanding what;  /* `after` is the body as sent until the item is run */
    int64_t base_seq;           /* caller: 0 for none */
    bool allow_missing;         /* caller */
    bool revise;                /* caller: another figure may be replaced */
    bool name_derived;          /* the name is known to be the one its fields make */
    bool submitted;             /* caller: the same figure in other words is no change */

    /* Set when run. */
    Provost__V1__Outcome outcome;
    bool changed[CATALOG_FIELDS_MAX];
};

/* A reference that pointed at nothing when its part of a stream was written. */
struct write_open_ref {
    const char *name; /* of the resource it is in */
    struct place place;
};

/* Those of all parts, to be looked at again when the last is written. Its arena is its own. */
struct write_open_refs {
    struct arena *arena;
    struct write_open_ref *items;
    size_t count;
    size_t room;
};

enum { WRITE_OPEN_REFS_MAX = 10000 };

/* What all requests have around their lists. */
struct write_request {
    struct handler_call *call;
    const char *list; /* "mutations" */
    size_t count;
    size_t count_max;
    const char *reason; /* may be "" */
    bool validate_only;
    bool brief;                        /* the answer goes without the resources */
    struct write_open_refs *open_refs; /* NULL: every reference must point at something now */
    const char *approval_id;           /* NULL: the request cannot bring one */
    const ProtobufCMessage *message;   /* the request itself; set by write_begin */
    struct request_id request_id;

    struct lookup lookup; /* set by write_begin, as are the next */
    struct period_lock lock;
    struct approval approval;
    struct formulas *formulas;
    struct codes codes;
    struct write_item *items; /* count of them, zeroed but for what.arena, .lookup, .place */
    int64_t head_seq;         /* of the register before this request */
};

/* What both answers have. */
struct write_answer {
    int64_t seq;
    Google__Protobuf__Timestamp *commit_time;
    size_t n_results;
    Provost__V1__MutationResult **results;
    const char
        *approval_id; /* not NULL: it waits for a second person, and nothing was written */
};

/* Checks count, reason and request_id, and looks for the answer of an earlier try: then
 * *out_response is that and there is nothing more to do. Else prepares `request`. */
struct status write_begin(struct write_request *request, const ProtobufCMessage *message,
                          const ProtobufCMessageDescriptor *response_type,
                          ProtobufCMessage **out_response) MUST_CHECK;

/* Binds an item to a kind, a body (copied) and the fields that the client said: those named in
 * `touched`, or those set when that is NULL. */
void write_open_body(struct write_item *item, const struct catalog_row *row,
                     const ProtobufCMessage *body, const bool *touched);

/* Finds the name of an item with a body: the one given, checked, or the one derived. */
struct status write_open_name(struct write_request *request, struct write_item *item,
                              const char *name) MUST_CHECK;

/* Binds an item to a resource by name alone. */
struct status write_open_deletion(struct write_request *request, struct write_item *item,
                                  const char *name) MUST_CHECK;

/* Runs all items, and with validate_only undoes them. */
struct status write_run(struct write_request *request,
                        struct write_answer *out_answer) MUST_CHECK;

/* Looks again at references that were left open; where one points at nothing still, the refusal that
 * write_run would have given. `arena` is for the looking. */
struct status write_check_open_refs(const struct write_open_refs *refs, struct txn *txn,
                                    struct arena *arena) MUST_CHECK;

/* Checks that the answer can be sent and keeps it for retries; not with validate_only. */
struct status write_end(struct write_request *request,
                        const ProtobufCMessage *response) MUST_CHECK;

#endif
