/* A second person: what one asks for, another carries out, exactly as it was asked. Used by
 * RotateLogKey and for opening a reporting period again; erasures have their own (redact.c). */
#ifndef SERVICE_SECOND_PERSON_H
#define SERVICE_SECOND_PERSON_H

#include "service/handler.h"

/* A request that needs approval. */
struct second_person_question {
    const ProtobufCMessage
        *request; /* with fields approval_id, reason and, maybe, request_id, which
                                        do not count when two requests are compared */
    const char *reason;
    const char *what; /* for a refusal: "the change of the log key" */
};

/* Whether the caller is who did something before, or one of the two acted for the other or for the same
 * person. What is declared never makes another person of somebody, only the same. */
bool second_person_is_same(const struct caller *caller, const char *principal,
                           const char *on_behalf_of);

/* Keeps the request for 7 days under *out_id, in the arena. The caller undoes first what it tried
 * out (txn_undo). */
struct status second_person_ask(struct handler_call *call,
                                const struct second_person_question *question,
                                const char **out_id) MUST_CHECK;

/* Takes the request that waits under `id` away: NOT_FOUND when none does, INVALID_ARGUMENT when it
 * is another, FAILED_PRECONDITION when the caller asked for it. *out_requester is who did. */
struct status second_person_take(struct handler_call *call,
                                 const struct second_person_question *question, const char *id,
                                 const char **out_requester) MUST_CHECK;

#endif
