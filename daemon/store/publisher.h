/* Keeps the published checkpoint near the head: a thread that signs at most once a second. */
#ifndef STORE_PUBLISHER_H
#define STORE_PUBLISHER_H

#include "common/status.h"

struct store;

/* Opens the signer for the register's key, records a first or new key in the database, and starts
 * the thread (not without a loop). Inside store_open, after the log is loaded. */
struct status publisher_open(struct store *store, struct arena *arena) MUST_CHECK;

/* Stops the thread and signs what was committed last. After the writer has stopped. */
void publisher_close(struct store *store);

#endif
