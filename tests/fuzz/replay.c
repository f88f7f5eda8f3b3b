/* Runs stored inputs through a target, for builds without libFuzzer:
 *
 *   fuzz_TARGET FILE-OR-FOLDER...
 *
 * Each input lies in a block of its own size, so that a sanitizer sees a read past its end. Prints
 * the file it is at when a target ends the process. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char present[512]; /* the file at hand */
static unsigned count;

static void on_abort(int number)
{
    (void)number;
    if (write(STDERR_FILENO, present, strlen(present)) < 0) _exit(3);
    if (write(STDERR_FILENO, "\n", 1) < 0) _exit(3);
}

static void die(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(2);
}

static void run_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes;

    if (fd < 0 || fstat(fd, &st) != 0) die(path);
    snprintf(present, sizeof present, "%s", path);
    bytes = xmalloc((size_t)st.st_size + (st.st_size == 0));
    if (read(fd, bytes, (size_t)st.st_size) != st.st_size) die(path);
    close(fd);
    LLVMFuzzerTestOneInput(bytes, (size_t)st.st_size);
    free(bytes);
    count++;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_shown, alphasort);

    if (n < 0) die(path);
    for (int i = 0; i < n; i++) {
        char name[600];

        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        run_file(name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    signal(SIGABRT, on_abort);
    for (int i = 1; i < argc; i++) {
        struct stat st;

        if (stat(argv[i], &st) != 0) die(argv[i]);
        if (S_ISDIR(st.st_mode))
            run_folder(argv[i]);
        else
            run_file(argv[i]);
    }
    printf("%u inputs\n", count);
    return count == 0;
}
