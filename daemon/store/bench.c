#include "store/bench.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned bit;
} parts_table[] = {
    {"tree", BENCH_TREE},
    {"commitments", BENCH_COMMITMENTS},
    {"dedup", BENCH_DEDUP},
};

static unsigned bit_of(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof parts_table / sizeof *parts_table; i++)
        if (strlen(parts_table[i].name) == size &&
            strncmp(parts_table[i].name, word, size) == 0)
            return parts_table[i].bit;
    return 0;
}

bool bench_parse(const char *text, unsigned *out_without)
{
    unsigned without = 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        unsigned bit = bit_of(text, size);
        if (bit == 0) return false;
        without |= bit;
        if (text[size] == '\0') break;
        text += size + 1;
    }
    *out_without = without;
    return true;
}
