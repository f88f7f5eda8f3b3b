/* Tables whose columns are apart by spaces, as a PDF gives them. */
#ifndef CLIENT_SHEET_SPACES_H
#define CLIENT_SHEET_SPACES_H

#include "common/arena.h"

#include <stddef.h>

/* The text with tabs between the columns of such tables; everything else, and the number of
 * lines, as it was. A table is three lines or more, without tabs or pipes and with one empty
 * line between them at most, that have
 * two spaces or more at the same places, so that three columns or more stand between them; prose
 * set in columns, most of whose lines begin in lower case, is none. In the arena; `text` itself when there is none. */
const char *sheet_spaces_to_tabs(const char *text, size_t size, struct arena *arena,
                                 size_t *out_size);

#endif
