/* All pages of a List method as one answer. */
#ifndef CLIENT_PAGING_H
#define CLIENT_PAGING_H

#include "client/session.h"

/* Calls a method whose request has page_size and page_token, and whose response has the
 * repeated messages `list_field`, next_page_token and seq, until the last page or until there
 * are `limit` messages (0: no limit). The request is changed. On success one response with all
 * of them; on failure it has been said. */
enum exit_code paging_run(struct session *session, const struct session_call *call,
                          const char *list_field, int64_t limit, ProtobufCMessage **out_answer);

#endif
