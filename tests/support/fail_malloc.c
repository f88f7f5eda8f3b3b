/* Memory that runs out, for a program that knows nothing of it: LD_PRELOAD this and name in FAIL_MALLOC
 * a file of four 64-bit numbers, shared with who tests:
 *
 *   calls     counted so far: malloc, calloc, realloc and what allocates like them, of all threads
 *   at        the call that fails; 0: none
 *   for_ever  not 0: all calls behind it too
 *   failed    calls that have failed
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own, under the names it keeps for whoever replaces the others. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

struct plan {
    _Atomic uint64_t calls, at, for_ever, failed;
};

static struct plan *plan;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAIL_MALLOC");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *shared = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0) close(fd);
    if (shared != MAP_FAILED) plan = shared;
}

static bool fails(void)
{
    if (plan == NULL) return false;
    uint64_t call = atomic_fetch_add(&plan->calls, 1) + 1, at = atomic_load(&plan->at);
    if (at == 0 || call < at || (call > at && atomic_load(&plan->for_ever) == 0)) return false;
    atomic_fetch_add(&plan->failed, 1);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = fails() ? NULL : __libc_memalign(alignment, size);

    if (memory == NULL) return ENOMEM;
    *out = memory;
    return 0;
}
