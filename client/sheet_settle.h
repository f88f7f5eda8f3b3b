/* What the columns of one heading mean beside each other: there is one title, a bare year behind
 * a target is a target's, a revised date goes before the first one, the first of two scores of a
 * risk is that before the controls. */
#ifndef CLIENT_SHEET_SETTLE_H
#define CLIENT_SHEET_SETTLE_H

#include "client/sheet_headers.h"

/* Settles columns whose fields are known one by one. False when none is a title. */
bool sheet_settle_header(struct sheet_header *header);

/* A title that makes room for a better one beside it: "Description". */
bool sheet_is_weak_title(const struct sheet_column *column);

#endif
