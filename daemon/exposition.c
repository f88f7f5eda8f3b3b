#include "exposition.h"

#include <stdio.h>
#include <string.h>

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            buf_add_string(out, "\\n");
        else if (*text == '"' || *text == '\\')
            buf_printf(out, "\\%c", *text);
        else
            buf_add_u8(out, (uint8_t)*text);
    }
}

void exposition_family(struct exposition *to, const char *name, enum exposition_type type,
                       const char *unit, const char *help)
{
    /* 0.0.4 names a family as its samples are named, and knows no info. */
    static const struct {
        const char *old_name, *old_end, *name;
    } types[] = {[EXPOSITION_COUNTER] = {"counter", "_total", "counter"},
                 [EXPOSITION_GAUGE] = {"gauge", "", "gauge"},
                 [EXPOSITION_HISTOGRAM] = {"histogram", "", "histogram"},
                 [EXPOSITION_INFO] = {"gauge", "_info", "info"}};
    const char *end = to->openmetrics ? "" : types[type].old_end;

    buf_printf(to->out, "# HELP %s%s ", name, end);
    add_escaped(to->out, help);
    buf_printf(to->out, "\n# TYPE %s%s %s\n", name, end,
               to->openmetrics ? types[type].name : types[type].old_name);
    if (to->openmetrics && *unit != '\0')
        buf_printf(to->out, "# UNIT %s%s %s\n", name, end, unit);
}

/* `le` is NULL outside histograms. */
static void add_labels(struct buf *out, const struct exposition_label *labels, const char *le)
{
    const char *before = "{";

    for (; labels != NULL && labels->name != NULL; labels++) {
        buf_printf(out, "%s%s=\"", before, labels->name);
        add_escaped(out, labels->value);
        buf_add_u8(out, '"');
        before = ",";
    }
    if (le != NULL) {
        buf_printf(out, "%sle=\"%s\"", before, le);
        before = ",";
    }
    if (*before == ',') buf_add_u8(out, '}');
}

static void add_sample(struct exposition *to, const char *name, const char *suffix,
                       const struct exposition_label *labels, double value)
{
    buf_printf(to->out, "%s%s", name, suffix);
    add_labels(to->out, labels, NULL);
    buf_printf(to->out, " %.15g\n", value);
}

void exposition_counter(struct exposition *to, const char *name,
                        const struct exposition_label *labels, double value)
{
    add_sample(to, name, "_total", labels, value);
}

void exposition_gauge(struct exposition *to, const char *name,
                      const struct exposition_label *labels, double value)
{
    add_sample(to, name, "", labels, value);
}

/* "1.0", not "1": OpenMetrics asks for the canonical form, or series change their names. */
static void bound_text(double bound, char *out_text, size_t size)
{
    snprintf(out_text, size, "%.9g", bound);
    if (strpbrk(out_text, ".e") == NULL) snprintf(out_text, size, "%.1f", bound);
}

static void add_bucket(struct exposition *to, const char *name,
                       const struct exposition_label *labels, const char *le, uint64_t count)
{
    buf_printf(to->out, "%s_bucket", name);
    add_labels(to->out, labels, le);
    buf_printf(to->out, " %llu\n", (unsigned long long)count);
}

void exposition_histogram(struct exposition *to, const char *name,
                          const struct exposition_label *labels,
                          const struct histogram *histogram,
                          const struct histogram_scale *scale)
{
    uint64_t count = 0;
    uint64_t sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed);

    for (size_t i = 0; i < scale->count; i++) {
        char le[32];

        bound_text((double)scale->bounds[i] * scale->unit, le, sizeof le);
        count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        add_bucket(to, name, labels, le, count);
    }
    count += atomic_load_explicit(&histogram->buckets[scale->count], memory_order_relaxed);
    add_bucket(to, name, labels, "+Inf", count);
    add_sample(to, name, "_count", labels, (double)count);
    add_sample(to, name, "_sum", labels, (double)sum * scale->unit);
}

void exposition_end(struct exposition *to)
{
    if (to->openmetrics) buf_add_string(to->out, "# EOF\n");
}
