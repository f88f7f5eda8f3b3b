/* Amounts in cells, only to check totals that a document states; what is stored goes to the
 * daemon as written. */
#ifndef CLIENT_SHEET_AMOUNT_H
#define CLIENT_SHEET_AMOUNT_H

#include "common/decimal.h"

#include <stdbool.h>

/* "(£1.159)", "1,234", "-5". False for anything else. */
bool sheet_amount_read(const char *text, struct decimal *out_amount);

#endif
