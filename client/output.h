/* Ways to show an answer. A command describes it once, as a view; the way chosen by -o takes
 * what it needs of the view: the message (json), rows for programs (csv, plain) or a table for
 * people. */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include "client/grid.h"
#include "client/style.h"
#include "common/arena.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

/* An answer as a command describes it. */
struct view {
    const ProtobufCMessage *message;
    /* Columns and rows: exact texts, every field. */
    void (*fill_rows)(const struct view *view, struct grid *grid);
    /* Columns, rows, heading, notes: what a person wants to see. NULL: fill_rows. */
    void (*fill_table)(const struct view *view, struct grid *grid);
    const void *context; /* of the two */
    const struct style *style;
};

struct output {
    const char *name; /* as -o takes it */
    /* Writes to `out`; failures of the stream itself are seen when it is closed. */
    struct status (*write)(const struct view *view, struct arena *arena, FILE *out);
};

extern const struct output output_table;
extern const struct output output_json;
extern const struct output output_csv;
extern const struct output output_plain;

/* The way called `name`, NULL if none is. */
const struct output *output_find(const char *name);

#endif
