/* A deterministic load on a register without sockets or threads, and what must hold of what is
 * left of it after its disk failed. Jobs go through the handlers and the writer's own batches;
 * job n makes two resources in one change, and says in a third that it was the last. Once, a text that
 * was there from the beginning is erased, asked for by one and approved by another. */
#ifndef BATTERY_WORKLOAD_H
#define BATTERY_WORKLOAD_H

#include "support/register_fixture.h"

enum { BATCH_JOBS = 3, PROBLEM_BYTES = 400 };

struct workload {
    struct register_fixture f;   /* store NULL while it is closed */
    unsigned acked;              /* jobs answered OK, in order: the first so many */
    unsigned asked;              /* jobs sent at all */
    unsigned piled;              /* of those not answered, that had a commit to themselves */
    bool erase_asked;            /* the erasure's approval was sent */
    bool erase_acked;            /* and answered OK */
    bool refused_full;           /* the last refusal said that the disk was full */
    char problem[PROBLEM_BYTES]; /* "": none */
};

/* A folder for the files that are not the database's: its lock, its key and what it publishes.
 * The same one for all loads, since the key must be the register's. / Removes it. */
void workload_make_folder(void);
void workload_remove_folder(void);

/* Begins in that folder as if nothing had been published from it. */
void workload_init(struct workload *w);
void workload_release(struct workload *w);

/* Opens the store; false, with its status in w->f.status. */
bool workload_open(struct workload *w);
void workload_close(struct workload *w);

/* Writes what the jobs build upon. */
bool workload_prepare(struct workload *w);

/* Sends the next batch, or again what was not answered. True when all of it was answered OK. */
bool workload_batch(struct workload *w);

/* Erases the text, unless that was done. True when it is known to be. */
bool workload_erase(struct workload *w);

/* Lets the writer copy its log into the database. */
bool workload_checkpoint(struct workload *w, bool truncate);

/* Everything acknowledged is there, nothing that was not sent, nothing by halves; the log is
 * whole, agrees with the tables, begins with what it was at first, and its root and proofs recompute;
 * the text to be erased is whole in all its versions or gone from all, and then no byte of it is on the
 * disk, but for an erasure that the disk had no room to finish; SQLite finds nothing wrong. `exact`: also nothing
 * that was not acknowledged. Sets *out_done to the number of jobs found done. False with
 * w->problem. */
bool workload_check(struct workload *w, bool exact, unsigned *out_done);

/* Keeps the first problem. Always false. */
bool workload_problem(struct workload *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
