#include "support/temp_dir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPEN_FOLDERS = 8 };

bool temp_dir_make(const char *above, const char *what, char out_path[TEMP_DIR_BYTES])
{
    int size = snprintf(out_path, TEMP_DIR_BYTES, "%s/provost-%s-XXXXXX", above, what);

    return size < TEMP_DIR_BYTES && mkdtemp(out_path) != NULL;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

bool temp_dir_remove(const char *path)
{
    return nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0;
}
