/* What a write did: a row a resource; warnings and the seq. */
#ifndef CLIENT_RESULTS_VIEW_H
#define CLIENT_RESULTS_VIEW_H

#include "client/exit_code.h"
#include "client/session.h"

#include <provost/v1/register.pb-c.h>

/* What ApplyResponse and SubmitObservationsResponse have in common. */
struct results {
    const ProtobufCMessage *message;
    Provost__V1__MutationResult *const *items;
    size_t n_items;
    int64_t seq;
    const Google__Protobuf__Timestamp *commit_time;
    bool validated_only;
};

struct results results_of_apply(const Provost__V1__ApplyResponse *response);
struct results results_of_submit(const Provost__V1__SubmitObservationsResponse *response);

/* "change 17, 2026-11-21 10:00:00", or that nothing changed, or would. In `arena`. */
const char *results_summary(const struct results *results, struct arena *arena);

/* Warnings on stderr, at most `limit` of them and how many more there are. */
void results_say_warnings(const struct results *results, size_t limit);

/* The results on stdout, warnings on stderr. */
enum exit_code results_show(struct session *session, const struct results *results);

#endif
