/* A table found in a document: its columns, its rows, and where each cell stands and ends up.
 */
#ifndef CLIENT_SHEET_TABLE_H
#define CLIENT_SHEET_TABLE_H

#include "client/sheet_headers.h"
#include "client/sheet_text.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a cell ended up. Every cell gets one of these. */
enum sheet_fate {
    SHEET_FATE_NONE = 0,   /* not said yet: empty cells are understood, others are not */
    SHEET_FATE_STORED,     /* its text is in a resource */
    SHEET_FATE_UNDERSTOOD, /* heading, section, total, rule: used, not stored as such */
    SHEET_FATE_KEPT,       /* not understood; kept as a note */
    SHEET_FATE_UNKNOWN,    /* not understood and not kept */
};

struct sheet_cell {
    const char *text; /* as written; rows joined over a page break are joined here */
    size_t line;
    size_t column;  /* from 1 */
    size_t n_parts; /* cells of the document in it: 0 where a row is short, 2 when joined */
    enum sheet_fate fate;
    const char *why; /* of KEPT and UNKNOWN */
};

/* What stood above a row. Shared by the rows under it. */
struct sheet_context {
    const char *heading; /* the nearest one that may name an objective; NULL */
    size_t heading_line;
    bool is_sure;           /* marked as a heading, or right above the table */
    bool is_marked;         /* with #, ** or <b> */
    bool is_row;            /* in a row of cells, as the sections in a table are */
    const char *class_name; /* short name of an indicator class; NULL */
    const char *tier_name;  /* the same of a tier */
    const char *year;       /* a year named in a heading; NULL */
    const char
        *year_within; /* that of a quarter or month above: it holds for parts of a year */
    const char *caption_key; /* folded last line of prose; "" */
};

struct sheet_row {
    size_t line;
    struct sheet_cell *cells; /* as many as the table has columns */
    const struct sheet_context *context;
    const char *section; /* of a section row above it in the table; NULL */
    bool is_after_break; /* first under a repeated heading or a gap */
    bool is_gone;        /* joined to another, a section, a total: not an item */
};

struct sheet_table {
    struct sheet_header header;
    size_t line;
    struct sheet_row *rows;
    size_t n_rows;
    size_t capacity;
    bool is_form; /* labels in a column, not in a row */
};

/* Something to tell about a place. */
struct sheet_remark {
    size_t line;
    size_t column; /* 0: of the whole line */
    const char *text;
    const char *why;
};

struct sheet_remarks {
    struct sheet_remark *items;
    size_t n;
    size_t capacity;
};

void sheet_remark_add(struct sheet_remarks *remarks, struct sheet_remark remark,
                      struct arena *arena);

/* A table whose heading is not known. */
struct sheet_stranger {
    size_t line;
    size_t n_rows;
    size_t n_cells;
    const char *const *headers; /* cells of its first row */
    size_t n_headers;
    size_t n_known; /* of them known in some kind of table */
};

/* All of a document. */
struct sheet_tables {
    struct sheet_table **items;
    size_t n;
    size_t capacity;
    struct sheet_stranger *strangers;
    size_t n_strangers;
    size_t stranger_capacity;
    struct sheet_remarks prose;  /* lines outside of tables, on request */
    struct sheet_remarks strays; /* cells beyond the last column, rows without a table */
    struct sheet_remarks joined; /* rows put together, headings repeated */
    struct sheet_remarks totals; /* totals checked */
    struct sheet_remarks unsure; /* what was decided and might be otherwise */
    size_t n_understood;         /* cells of headings, rules, contents, repeated headings */
    size_t n_prose;
    unsigned changes; /* of enum sheet_change, over all stored cells */
};

#endif
