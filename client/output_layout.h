/* Fits a table to a width: columns that may wrap share what the others leave, and their texts
 * are broken between words. */
#ifndef CLIENT_OUTPUT_LAYOUT_H
#define CLIENT_OUTPUT_LAYOUT_H

#include "client/grid.h"

#include <stddef.h>

enum {
    LAYOUT_SEPARATOR_WIDTH = 2,
    LAYOUT_WRAP_MIN = 12,     /* of a text, where there is no room for more */
    LAYOUT_WRAP_COMFORT = 22, /* of a text, before other columns are broken */
    LAYOUT_KEPT = 16,         /* columns up to this are not broken unless they say so */
    LAYOUT_HANG = 2,          /* how far the further lines of a paragraph are set in */
};

/* Columns on the screen that `text` takes: of its widest line. */
size_t layout_width(const char *text);

/* `text` with line ends instead of spaces (or inside words that are too long, there behind '/'
 * and '-' if it goes), so that no line is wider than `width`. In `arena`. */
const char *layout_wrap(const char *text, size_t width, struct arena *arena);

/* A line below or above a table, wrapped; the spaces it begins with are kept. `text` itself, or
 * in `arena`. */
const char *layout_paragraph(const char *text, size_t width, struct arena *arena);

/* Breaks the cells of the grid's GRID_TIGHT, then GRID_WRAP columns as far as needed; where that
 * leaves texts no room, those of names and other long columns too, and empty columns go. 0 is no
 * limit. False, and nothing broken, when it cannot be brought to fit;
 * a record is broken as far as it goes. */
bool layout_fit(struct grid *grid, size_t width);

#endif
