/* A bar on stderr for what takes long, when that is a terminal. */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stddef.h>

struct progress {
    const char *what; /* "checking" */
    size_t total;
    int shown; /* per cent drawn, -1 for none */
};

/* Begins a phase. Nothing is drawn for fewer than PROGRESS_LEAST steps. */
enum { PROGRESS_LEAST = 500 };
void progress_begin(struct progress *progress, const char *what, size_t total);
void progress_show(struct progress *progress, size_t done);
/* Wipes the bar. */
void progress_end(struct progress *progress);

#endif
