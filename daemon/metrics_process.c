#include "metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* From /proc/self/stat (proc(5)); zeros when /proc is not there. */
struct process {
    double cpu_seconds;
    double start_seconds; /* since 1970 */
    double virtual_bytes;
    double resident_bytes;
};

/* When the machine was started, since 1970: /proc/stat is hidden by ProcSubset=pid. */
static double boot_seconds(void)
{
    struct timespec now, up;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &up);
    return (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) * 1e-9;
}

static void parse_stat(const char *fields, struct process *out_process)
{
    unsigned long long user, system, start, size;
    long long pages;
    double ticks = (double)sysconf(_SC_CLK_TCK);

    /* Fields 14, 15, 22, 23 and 24; `fields` begins with the third. */
    if (sscanf(fields,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
               "%llu %llu %lld",
               &user, &system, &start, &size, &pages) != 5)
        return;
    *out_process = (struct process){
        .cpu_seconds = (double)(user + system) / ticks,
        .start_seconds = boot_seconds() + (double)start / ticks,
        .virtual_bytes = (double)size,
        .resident_bytes = (double)pages * (double)sysconf(_SC_PAGESIZE),
    };
}

static void read_process(struct process *out_process)
{
    char line[1024];
    const char *end_of_name;
    FILE *file = fopen("/proc/self/stat", "re");

    *out_process = (struct process){.cpu_seconds = 0};
    if (file == NULL) return;
    /* The second field is the name in brackets, which may hold anything. */
    if (fgets(line, sizeof line, file) != NULL && (end_of_name = strrchr(line, ')')) != NULL)
        parse_stat(end_of_name + 1, out_process);
    fclose(file);
}

static unsigned count_open_files(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    if (directory == NULL) return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count > 3 ? count - 3 : 0; /* ".", "..", and the one just opened */
}

static void gauge(struct exposition *to, const char *name, const char *unit, const char *help,
                  double value)
{
    exposition_family(to, name, EXPOSITION_GAUGE, unit, help);
    exposition_gauge(to, name, NULL, value);
}

void metrics_write_process(struct exposition *to)
{
    struct process process;
    struct rlimit files = {.rlim_cur = 0};

    read_process(&process);
    getrlimit(RLIMIT_NOFILE, &files);
    exposition_family(to, "process_cpu_seconds", EXPOSITION_COUNTER, "seconds",
                      "Processor time used, user and system.");
    exposition_counter(to, "process_cpu_seconds", NULL, process.cpu_seconds);
    gauge(to, "process_resident_memory_bytes", "bytes", "Resident memory.",
          process.resident_bytes);
    gauge(to, "process_virtual_memory_bytes", "bytes", "Virtual memory.",
          process.virtual_bytes);
    gauge(to, "process_open_fds", "", "Open file descriptors.", count_open_files());
    gauge(to, "process_max_fds", "", "File descriptors allowed.", (double)files.rlim_cur);
    gauge(to, "process_start_time_seconds", "seconds", "Start of the process, since 1970 UTC.",
          process.start_seconds);
}
