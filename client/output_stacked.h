/* A table that is too wide for the screen, as blocks: the first cell of a row above what the
 * others have to say, a line each. */
#ifndef CLIENT_OUTPUT_STACKED_H
#define CLIENT_OUTPUT_STACKED_H

#include "client/grid.h"

#include <stdio.h>

/* Prints the grid's rows, wrapped to style->width; empty cells are left out. */
void stacked_print(const struct grid *grid, const struct style *style, FILE *out);

#endif
