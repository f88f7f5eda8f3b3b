/* Forms: labels beside their answers ("What will we do?" / "By when?"), one form a record. */
#ifndef CLIENT_SHEET_FORM_H
#define CLIENT_SHEET_FORM_H

#include "client/sheet_read.h"
#include "client/sheet_table.h"

/* Takes a form from line `at` on, as a table with a column a label and a row a form. Returns
 * the lines taken, 0 when there is no form: three labels of one kind of table at least, the
 * title's among them. */
size_t sheet_form_take(const struct sheet *sheet, size_t at,
                       const struct sheet_headers *headers, struct arena *arena,
                       struct sheet_tables *tables, const struct sheet_context *context);

#endif
