/* The tables, as an append-only list of steps. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

#include "common/status.h"
#include "store/db.h"

/* Brings the database to the newest step, one transaction each. FAILED_PRECONDITION when it was
 * written by a program with more steps. */
struct status migrations_run(struct db *db, struct arena *arena) MUST_CHECK;

#endif
