/* The write-ahead log of the connection that writes, with fewer system calls.
 *
 * SQLite writes each page of a commit by two calls: 24 bytes of frame header, and the page. A commit of a batch has
 * a hundred pages, so the calls cost more than the bytes. This layer between SQLite and its VFS ("shim":
 * sqlite.org/vfs.html, section 2.2) gathers the frames of a commit and hands them on in large writes.
 *
 * What is gathered is always written before anybody can look for it:
 * - before the frame that commits, so that SQLite, which then shows the commit to other connections, is told of
 *   an error of any frame (fileformat2.html section 4.1: a header whose second word is not 0 commits);
 * - before this connection reads from the log, cuts it, asks for its size, or writes anywhere but at its end.
 * xSync does not write: it may be called by another thread (store/durable.h), for commits that are written. SQLite
 * itself calls it after the log's header, which is never gathered, and after the frame that commits.
 */
#ifndef STORE_WAL_FILE_H
#define STORE_WAL_FILE_H

/* The name of the VFS, for sqlite3_open_v2; registered at the first call, over the VFS that is the
 * default then. Any thread. NULL when SQLite refuses it. */
const char *wal_file_vfs(void);

#endif
