/* SQLite's page cache (sqlite3_pcache_methods2: sqlite.org/c3ref/pcache_methods2.html), for the way a register is
 * used: pages at random places of trees of many megabytes, and much between two COMMITs.
 *
 * It differs from SQLite's own in three ways, all of which are time of the thread that writes:
 * - pages lie together in blocks for which the kernel is asked for huge pages. One page of 4 KiB costs an
 *   entry of the processor's address cache (TLB) otherwise, and under a hypervisor to miss there is dear;
 * - who goes first when it is full is found by a hand that goes round (CLOCK), so that using a page
 *   writes to no other page's memory, as the ends of a list of the least recently used do;
 * - to forget the pages behind the end of the file, which SQLite asks after each COMMIT, is free when there are
 *   none. SQLite lets pages that change places in a tree visit a number behind the end, and its own cache then
 *   looks through all pages at the next COMMIT.
 */
#ifndef STORE_PAGE_CACHE_H
#define STORE_PAGE_CACHE_H

/* Gives SQLite this cache. Before SQLite's first use in the process, or it has no effect. */
void page_cache_install(void);

#endif
