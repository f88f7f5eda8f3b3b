/* submit --file: the figures of a CSV file, sent as one import. */
#ifndef CLIENT_SUBMIT_FILE_H
#define CLIENT_SUBMIT_FILE_H

#include "client/exit_code.h"
#include "client/session.h"

#include <stdbool.h>

/* What to send and how. */
struct submit_file {
    const char *path;
    const char *import_id; /* NULL: that of the run */
    const char *reason;    /* may be NULL */
    bool whole;            /* all rows or none, else each part of 500 */
    bool revise;
    bool dry_run;
};

/* Reads the file, sends its rows, shows what became of them: counts, and each wrong row with
 * its line. A stream that breaks is sent again, up to three times, with the same import id, so
 * that nothing is doubled. FAILURE when a row was refused. */
enum exit_code submit_file_run(struct session *session, const struct submit_file *what);

#endif
