/* provost.v1.RegisterService.ImportObservations: one chunk of rows, written as
 * SubmitObservations writes figures, all or nothing. How chunks are cut from the stream stands
 * in rpc/import.h, the contract in proto/provost/v1/register.proto. */
#ifndef SERVICE_IMPORT_H
#define SERVICE_IMPORT_H

#include "service/handler.h"

#include "provost/v1/register.pb-c.h"

enum {
    IMPORT_ID_MAX = 40,
    IMPORT_KEY_MAX_BYTES = 64,
    IMPORT_CHUNK_ROWS = 500, /* when the header does not say */
    IMPORT_CHUNK_ROWS_MAX = 1000,
    IMPORT_WHOLE_ROWS_MAX = 10000,
};

/* Rows that are written together. */
struct import_chunk {
    const Provost__V1__ImportHeader *header;
    int64_t number;                      /* of the chunk, from 1 */
    int64_t first_row;                   /* place of rows[0] in the stream, from 1 */
    Provost__V1__ImportRow *const *rows; /* each with a submission */
    size_t count;
    const bool *wrong;  /* per row: known to be, so it is left out */
    size_t wrong_count; /* of those; with any the chunk is only checked, not written */
};

/* INVALID_ARGUMENT when a header asks for what there is not. */
struct status import_check_header(struct arena *arena,
                                  const Provost__V1__ImportHeader *header) MUST_CHECK;

/* Writes the chunk in a write transaction, or finds the answer kept for it by an earlier try:
 * its request id is the import's id, "#" and the chunk's number, so another content under the
 * same number is refused with REASON_REQUEST_ID_REUSED. *out_response counts what became of the
 * rows and lists those with a warning, with their places in the stream. A failure is about all
 * rows, and nothing was written; import_row_at_fault says which row it is to blame on. */
struct status
import_write_chunk(struct handler_call *call, const struct import_chunk *chunk,
                   Provost__V1__ImportObservationsResponse **out_response) MUST_CHECK;

/* Index of the row that a failure of import_write_chunk names; chunk->count when it names none.
 */
size_t import_row_at_fault(const struct import_chunk *chunk, const struct status *status);

/* The part of a failure's field behind the row: "value" of "rows[17].value". */
const char *import_field_at_fault(const struct status *status);

#endif
