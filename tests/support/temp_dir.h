/* A folder for the length of a test. */
#ifndef SUPPORT_TEMP_DIR_H
#define SUPPORT_TEMP_DIR_H

#include <stdbool.h>

enum { TEMP_DIR_BYTES = 64 };

/* Makes "ABOVE/provost-WHAT-" and six letters more, for its owner alone. False when it cannot. */
bool temp_dir_make(const char *above, const char *what, char out_path[TEMP_DIR_BYTES]);

/* Removes it with all that is in it; what cannot be removed stays. False when anything did. */
bool temp_dir_remove(const char *path);

#endif
