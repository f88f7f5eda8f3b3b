/* What columns turn out to be once their cells are seen. */
#ifndef CLIENT_SHEET_CELLS_H
#define CLIENT_SHEET_CELLS_H

#include "client/sheet_table.h"

/* Corrects fields that the heading alone gave wrongly: codes under "PI" beside a description, words
 * of high and low under "Aim" or "Priority", judgements under "Result". */
void sheet_cells_settle(struct sheet_table *table, struct arena *arena);

/* A word that tells which way is better, alone or among others: "Aim to Maximise", "High is
 * good". The short name of Polarity; NULL when no word tells, or two do not agree. Static. */
const char *sheet_polarity_of(const char *folded);

/* "High", "Medium": how much, not what. */
bool sheet_is_level(const char *folded);

#endif
