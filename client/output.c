#include "client/output.h"

#include <string.h>

static const struct output *const way_table[] = {
    &output_table,
    &output_json,
    &output_csv,
    &output_plain,
};

const struct output *output_find(const char *name)
{
    for (size_t i = 0; i < sizeof way_table / sizeof way_table[0]; i++)
        if (strcmp(way_table[i]->name, name) == 0) return way_table[i];
    return NULL;
}
