/* Rows and columns of text: what a table, CSV and plain output are made from. Everything lives
 * in the arena given at birth; texts are shared, not copied. */
#ifndef CLIENT_GRID_H
#define CLIENT_GRID_H

#include "client/style.h"
#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum grid_flags {
    GRID_RIGHT = 1, /* numbers */
    GRID_WRAP = 2,  /* may take several lines rather than push the others off the screen */
    GRID_TIGHT = 4, /* the same, and gives way to the other wrapping ones first */
};

struct grid_column {
    const char *name;  /* for programs: "value_state" */
    const char *title; /* for people; NULL: made from the name */
    unsigned flags;
};

struct grid_cell {
    const char *text; /* NULL is "" */
    enum tone tone;
};

struct grid {
    struct arena *arena;
    const char *heading;    /* above a table, or NULL */
    const char *subheading; /* a line between the two, or NULL */
    bool is_record;         /* a table without titles */
    const struct grid_column *columns;
    size_t n_columns;
    struct grid_cell **rows;
    size_t n_rows;
    size_t capacity;
    const char **notes; /* lines below a table */
    size_t n_notes;
};

/* An empty grid; `columns` is shared. */
void grid_init(struct grid *grid, struct arena *arena);
void grid_set_columns(struct grid *grid, const struct grid_column *columns, size_t n_columns);

/* A new row of empty cells at the end; the cells are the caller's to fill. */
struct grid_cell *grid_add_row(struct grid *grid);

/* A line below the table. */
void grid_note(struct grid *grid, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes out the columns in which no row has anything. */
void grid_drop_empty(struct grid *grid);

/* The text of a cell, never NULL. */
const char *grid_text(const struct grid_cell *cell);

/* The title of a column: "value_state" becomes "Value state". */
const char *grid_title(const struct grid_column *column, struct arena *arena);

#endif
