#include "load.h"

#include "common/arena.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

bool load_goes_on(struct load *load)
{
    if (load->requests && load->started >= load->requests) return false;
    return !load->is_stopping && (!load->end_ns || uv_hrtime() < load->end_ns);
}

static void keep_latency(struct load *load, uint64_t ns)
{
    if (load->latency_count == load->latency_capacity) {
        load->latency_capacity = load->latency_capacity ? load->latency_capacity * 2 : 1 << 16;
        load->latencies_us =
            xrealloc(load->latencies_us, load->latency_capacity * sizeof *load->latencies_us);
    }
    uint64_t us = (ns + 500) / 1000;
    load->latencies_us[load->latency_count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* What was answered before the warm-up ended, or after the end, is only looked at for faults. */
void load_count(struct load *load, int code, bool as_asked, uint64_t sent_ns)
{
    uint64_t now_ns = uv_hrtime();
    if (code < 0 || code >= CODES)
        load->broken++;
    else if (code != 0)
        load->codes[code]++;
    else if (!as_asked)
        load->wrong++;
    else if (now_ns >= load->begin_ns && (!load->end_ns || now_ns <= load->end_ns))
        keep_latency(load, now_ns - sent_ns);
    /* A fault is told, not hidden in a rate: a run with many of them measures nothing. */
    if (load->broken + load->wrong > 1000) load->is_stopping = true;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank; 0 of none. */
static json_int_t percentile(const struct load *load, double share)
{
    size_t rank = (size_t)((double)load->latency_count * share);
    if (load->latency_count == 0) return 0;
    return load->latencies_us[rank < load->latency_count ? rank : load->latency_count - 1];
}

static json_t *codes_of(const struct load *load, bool *out_fine)
{
    json_t *codes = json_object();
    *out_fine = load->broken == 0 && load->wrong == 0;
    for (int i = 1; i < CODES; i++) {
        char name[12];
        if (load->codes[i] == 0) continue;
        snprintf(name, sizeof name, "%d", i);
        json_object_set_new(codes, name, json_integer((json_int_t)load->codes[i]));
        *out_fine = false;
    }
    return codes;
}

static double own_cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

bool load_report(struct load *load)
{
    bool fine;
    uint64_t end_ns = load->end_ns ? load->end_ns : uv_hrtime();
    double seconds = (double)(end_ns - load->begin_ns) / 1e9;
    if (load->latency_count > 0)
        qsort(load->latencies_us, load->latency_count, sizeof *load->latencies_us, compare);
    json_t *codes = codes_of(load, &fine);
    json_t *report = json_pack(
        "{s:s, s:i, s:i, s:f, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:f}", "work",
        load->work->name, "connections", (int)load->connections, "streams", (int)load->streams,
        "seconds", seconds, "answers", (json_int_t)load->latency_count, "rate",
        (double)load->latency_count / seconds, "p50_us", percentile(load, 0.5), "p90_us",
        percentile(load, 0.9), "p99_us", percentile(load, 0.99), "p999_us",
        percentile(load, 0.999), "max_us", percentile(load, 1), "wrong",
        (json_int_t)load->wrong, "broken", (json_int_t)load->broken, "codes", codes,
        "client_cpu_seconds", own_cpu_seconds());
    if (!report) abort();
    json_dumpf(report, stdout, JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(report);
    free(load->latencies_us);
    return fine;
}
