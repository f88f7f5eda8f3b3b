/* Finds the tables among the lines of a document. */
#ifndef CLIENT_SHEET_FIND_H
#define CLIENT_SHEET_FIND_H

#include "client/sheet_read.h"
#include "client/sheet_table.h"

/* A table begins with a heading that is known (in one or two rows), goes on over empty lines,
 * page numbers and repeated headings, and ends at another heading. Forms (labels in the first
 * column) and matrices of marks are tables too. Everything lives in `arena`. */
void sheet_find(const struct sheet *sheet, const struct sheet_headers *headers,
                struct arena *arena, struct sheet_tables *out_tables);

#endif
