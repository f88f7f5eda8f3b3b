/* The picture of who may do what, being made: for the files of the store only. */
#ifndef STORE_ACCESS_IMPL_H
#define STORE_ACCESS_IMPL_H

#include "store/access.h"

/* Makes a new picture of what is committed and shows it to all threads. False, and the old one
 * stays, when the database fails. On the writer thread, or while it does not run. */
bool access_load(struct store *store);

#endif
