/* Puts the rows of found tables in order: what a page break split is joined, section rows and
 * totals are taken out, empty cells of grouping columns are filled from above. Each thing done
 * is noted in the tables' remarks. */
#ifndef CLIENT_SHEET_JOIN_H
#define CLIENT_SHEET_JOIN_H

#include "client/sheet_table.h"

void sheet_join(struct sheet_tables *tables, struct arena *arena);

/* The first column of a field; the number of columns when there is none. */
size_t sheet_column_of(const struct sheet_table *table, enum sheet_field field);

#endif
