/* Totals that a document states: recognised, checked against the rows, not stored as items. */
#ifndef CLIENT_SHEET_TOTALS_H
#define CLIENT_SHEET_TOTALS_H

#include "client/sheet_table.h"

/* Takes rows of totals out of a table and checks them and columns of totals. */
void sheet_totals_check(struct sheet_table *table, struct sheet_tables *tables,
                        struct arena *arena);

/* "Total", "Sub-total"; in tables of money also "Total revenue budget". */
bool sheet_is_total(const char *text, enum sheet_kind kind, struct arena *arena);

#endif
