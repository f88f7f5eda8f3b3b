/* What Apply and ApplyStream share: mutations become items (service/write.h). */
#ifndef SERVICE_APPLY_H
#define SERVICE_APPLY_H

#include "service/write.h"

enum { APPLY_MUTATIONS_MAX = 10000 }; /* of a request, or a part of a stream */

/* Opens request->count mutations as the request's items; write_begin came before. */
struct status apply_open(struct write_request *request,
                         Provost__V1__Mutation *const *mutations) MUST_CHECK;

#endif
