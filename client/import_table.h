/* Takes the tables of one pasted document in: read, find, join, match, build, check with the
 * daemon, write, report. */
#ifndef CLIENT_IMPORT_TABLE_H
#define CLIENT_IMPORT_TABLE_H

#include "client/session.h"
#include "client/sheet_build.h"
#include "client/sheet_read.h"

#include <provost/v1/register.pb-c.h>

struct import_flags {
    const char *reason;
    const char *plan;
    const char *new_plan;
    const char *period;
    const char *map;
    bool dry_run;
    bool partial;
    bool revise;
    bool verbose;
};

/* An import under way. */
struct table_import {
    struct session *session;
    const struct import_flags *flags;
    const char *path;
    const char *encoding;
    struct sheet sheet;
    struct sheet_headers *headers;
    struct sheet_tables tables;
    struct sheet_known known;
    struct sheet_build build;
    int64_t base_seq; /* the register as it was looked at */
    int64_t seq;      /* after the write */
    bool is_written;
    const Google__Protobuf__Timestamp *commit_time;
    size_t n_parts; /* requests used */
};

enum exit_code import_table_run(struct session *session, const struct import_flags *flags,
                                const char *path);

/* Reads bytes into tables, in order. INVALID_ARGUMENT says why they are none. */
struct status import_table_read(struct table_import *import, const char *bytes, size_t size,
                                struct arena *arena) MUST_CHECK;

/* --- import_check.c --- */

/* Has the daemon check all items; each gets its outcome. Refused figures become notes. OK also
 * when items were rejected. */
enum exit_code import_table_check(struct table_import *import);

/* Sends what is to be created or changed. */
enum exit_code import_table_write(struct table_import *import);

/* How many items have an outcome. */
size_t import_table_count(const struct table_import *import, enum sheet_outcome outcome);

/* --- import_report.c and import_json.c --- */

struct import_cells {
    size_t stored;
    size_t understood;
    size_t kept; /* not understood, kept as a note */
    size_t unknown;
};

/* Where the cells of the document ended up. */
struct import_cells import_cells_count(const struct sheet_tables *tables);

/* Those not understood, kept or not, with line, column and reason. */
void import_cells_list(const struct sheet_tables *tables, struct arena *arena,
                       struct sheet_remarks *out_remarks);

enum exit_code import_report_show(struct table_import *import);
enum exit_code import_json_show(struct table_import *import);

/* Says which headings were not known and how to map them. */
void import_report_strangers(const struct table_import *import);

/* "created"; "left out". Static. */
const char *sheet_outcome_name(enum sheet_outcome outcome);

/* The item's name, as the daemon derived it where it is known. */
const char *import_item_name(const struct sheet_item *item);

#endif
