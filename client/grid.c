#include "client/grid.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

void grid_init(struct grid *grid, struct arena *arena)
{
    *grid = (struct grid){.arena = arena};
}

void grid_set_columns(struct grid *grid, const struct grid_column *columns, size_t n_columns)
{
    grid->columns = columns;
    grid->n_columns = n_columns;
}

struct grid_cell *grid_add_row(struct grid *grid)
{
    if (grid->n_rows == grid->capacity) {
        size_t capacity = grid->capacity == 0 ? 64 : grid->capacity * 2;
        struct grid_cell **rows =
            arena_alloc(grid->arena, capacity * sizeof(struct grid_cell *));

        if (grid->n_rows > 0)
            memcpy(rows, grid->rows, grid->n_rows * sizeof(struct grid_cell *));
        grid->rows = rows;
        grid->capacity = capacity;
    }
    grid->rows[grid->n_rows] =
        arena_zalloc(grid->arena, (grid->n_columns + 1) * sizeof(struct grid_cell));
    return grid->rows[grid->n_rows++];
}

void grid_note(struct grid *grid, const char *format, ...)
{
    const char **notes = arena_alloc(grid->arena, (grid->n_notes + 1) * sizeof *notes);
    va_list args;

    va_start(args, format);
    if (grid->n_notes > 0) memcpy(notes, grid->notes, grid->n_notes * sizeof *notes);
    notes[grid->n_notes++] = arena_vprintf(grid->arena, format, args);
    grid->notes = notes;
    va_end(args);
}

const char *grid_text(const struct grid_cell *cell)
{
    return cell->text != NULL ? cell->text : "";
}

const char *grid_title(const struct grid_column *column, struct arena *arena)
{
    char *title;

    if (column->title != NULL) return column->title;
    title = arena_strdup(arena, column->name);
    for (char *at = title; *at != '\0'; at++)
        if (*at == '_') *at = ' ';
    title[0] = (char)toupper((unsigned char)title[0]);
    return title;
}

void grid_drop_empty(struct grid *grid)
{
    struct grid_column *kept = arena_alloc(grid->arena, (grid->n_columns + 1) * sizeof *kept);
    size_t n_kept = 0;

    for (size_t at = 0; at < grid->n_columns; at++) {
        bool is_used = grid->n_rows == 0;

        for (size_t row = 0; row < grid->n_rows && !is_used; row++)
            is_used = grid_text(&grid->rows[row][at])[0] != '\0';
        if (!is_used) continue;
        for (size_t row = 0; row < grid->n_rows; row++)
            grid->rows[row][n_kept] = grid->rows[row][at];
        kept[n_kept++] = grid->columns[at];
    }
    grid_set_columns(grid, kept, n_kept);
}
