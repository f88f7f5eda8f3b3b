/* RegisterService.ImportObservations: a stream of rows cut into chunks, each one write job.
 *
 * One chunk is in memory at a time: while it is written no row is taken, so the client's window
 * closes and it waits. A chunk ends with the number of rows the header asks for, or earlier
 * with its bytes; both follow from the rows alone, so a stream sent again has the same chunks.
 * With IMPORT_ATOMICITY_WHOLE all rows are one chunk, written when the client has sent all.
 *
 * A chunk with a wrong row is refused as a whole; what else is wrong in it is then looked for
 * without writing (up to a limit), so that a person can correct more than one row at a time. A
 * failure that is not the rows' own (a full disk, a daemon that stops) ends the call; chunks
 * written before it stay.
 *
 * Loop thread only.
 */
#ifndef RPC_IMPORT_H
#define RPC_IMPORT_H

#include "rpc/methods.h"

/* Reasons given here. */
#define REASON_CHUNK_REFUSED "CHUNK_REFUSED" /* another row of its chunk is wrong */

enum {
    IMPORT_CHUNK_BYTES = 1 << 20, /* of rows; one may go over it */
    IMPORT_WHOLE_BYTES = 8 << 20,
    IMPORT_RESULTS_MAX = 1000,
    IMPORT_COMPANIONS_MAX = 500,     /* results for rows refused only with their chunk */
    IMPORT_WRONG_PER_CHUNK_MAX = 20, /* wrong rows looked for in one chunk, */
    IMPORT_LOOKING_BYTES = 64 << 20  /* and memory for it */
};

extern const struct stream_ops import_ops;

#endif
