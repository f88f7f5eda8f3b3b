/* Matrices: rows are items, columns are organisations or aims, cells are marks. */
#ifndef CLIENT_SHEET_MATRIX_H
#define CLIENT_SHEET_MATRIX_H

#include "client/sheet_table.h"

enum sheet_mark {
    SHEET_MARK_NOT, /* words, not a mark */
    SHEET_MARK_EMPTY,
    SHEET_MARK_PRIMARY,
    SHEET_MARK_SECONDARY,
    SHEET_MARK_TICK, /* tick, dot, cross: marked, without saying how */
    SHEET_MARK_POSITIVE,
    SHEET_MARK_NEUTRAL,
    SHEET_MARK_NEGATIVE,
};

/* What a cell of a matrix marks. */
enum sheet_mark sheet_mark_read(const char *text);

/* Turns a table whose first row is its heading into a matrix when two columns at least hold
 * only marks. False: it is none, and nothing was changed. */
bool sheet_matrix_recognise(struct sheet_table *table, const struct sheet_headers *headers,
                            struct arena *arena);

#endif
