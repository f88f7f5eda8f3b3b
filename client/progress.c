#include "client/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_CELLS = 30 };

void progress_begin(struct progress *progress, const char *what, size_t total)
{
    *progress = (struct progress){.what = what, .total = total, .shown = -1};
    progress_show(progress, 0);
}

void progress_show(struct progress *progress, size_t done)
{
    int percent;

    if (progress->total < PROGRESS_LEAST || !isatty(STDERR_FILENO)) return;
    percent = (int)(done * 100 / progress->total);
    if (percent == progress->shown) return;
    progress->shown = percent;
    fprintf(stderr, "\r%-9s [", progress->what);
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i * 100 < percent * BAR_CELLS ? '#' : '.', stderr);
    fprintf(stderr, "] %3d %%", percent);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown < 0) return;
    fprintf(stderr, "\r%*s\r", BAR_CELLS + 20, "");
    fflush(stderr);
    progress->shown = -1;
}
