/* A heading whose title is worded as nobody foresaw, read by what stands beside and below it. */
#ifndef CLIENT_SHEET_GUESS_H
#define CLIENT_SHEET_GUESS_H

#include "client/sheet_headers.h"

/* Takes an unknown column for the title where the others leave no doubt what the table is: two
 * figures with their periods, a deadline with a lead, scores of risks. The column with the most
 * words below it. False when there is doubt. Marks the column as guessed. */
bool sheet_guess_title(struct sheet_header *header, const struct sheet_hint *hint,
                       struct arena *arena);

#endif
