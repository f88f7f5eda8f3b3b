/* The first start of a register: makes its first administrator, and says once how to sign in. */
#ifndef DAEMON_FIRST_START_H
#define DAEMON_FIRST_START_H

struct store;

/* Asks the store whether there is anybody yet; goes on by itself. Loop thread, once. */
void first_start(struct store *store);

#endif
