/* A disk whose flushes wait at a gate, or fail, as the test says: of the write-ahead logs and of the
 * database files. For unit tests of the store's threads. */
#ifndef SUPPORT_GATE_VFS_H
#define SUPPORT_GATE_VFS_H

#include <stdbool.h>

enum gate { GATE_LOG, GATE_FILE, GATES };

/* Makes it the default VFS. A cmocka group setup; `state` is not used. */
int gate_register(void **state);

/* Any thread. */
void gate_set(enum gate gate, bool closed, bool fails);
bool gate_waits(enum gate gate); /* a flush waits there */

#endif
