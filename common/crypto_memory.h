/* OpenSSL's memory. Its library code goes on without some of what it could not allocate (3.0 locks a lock
 * that was never made), so here it ends the process as all else does (common/arena.h). */
#ifndef COMMON_CRYPTO_MEMORY_H
#define COMMON_CRYPTO_MEMORY_H

/* First thing in a program: it has no effect once OpenSSL has allocated anything. */
void crypto_memory_init(void);

#endif
