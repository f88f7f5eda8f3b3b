#include "client/output_stacked.h"

#include "client/output_layout.h"
#include "client/say.h"

#include <string.h>

enum { INDENT = 2, TEXT_MIN = 12 };

/* What a cell says, harmless and wrapped. */
static const char *wrapped(const struct grid_cell *cell, size_t width, struct arena *arena)
{
    char *text = arena_strdup(arena, grid_text(cell));

    say_make_harmless(text, true);
    return layout_wrap(text, width < TEXT_MIN ? TEXT_MIN : width, arena);
}

/* Each line in the tone, those behind the first set in. */
static void print_lines(const char *text, size_t indent, enum tone tone,
                        const struct style *style, FILE *out)
{
    for (;;) {
        size_t length = strcspn(text, "\n");

        fprintf(out, "%s%.*s%s\n", tone_begin(style, tone), (int)length, text,
                tone_end(style, tone));
        if (text[length] == '\0') return;
        text += length + 1;
        fprintf(out, "%*s", (int)indent, "");
    }
}

static size_t widest_title(const struct grid *grid)
{
    size_t widest = 0;

    for (size_t i = 1; i < grid->n_columns; i++) {
        size_t width = layout_width(grid_title(&grid->columns[i], grid->arena));

        if (width > widest) widest = width;
    }
    return widest;
}

static void print_row(const struct grid *grid, const struct grid_cell *row,
                      const struct style *style, FILE *out)
{
    size_t width = (size_t)style->width, titles = widest_title(grid);
    size_t begin = INDENT + titles + LAYOUT_SEPARATOR_WIDTH;

    print_lines(wrapped(&row[0], width - INDENT, grid->arena), INDENT, TONE_STRONG, style, out);
    for (size_t i = 1; i < grid->n_columns; i++) {
        const char *title = grid_title(&grid->columns[i], grid->arena);

        if (grid_text(&row[i])[0] == '\0') continue;
        fprintf(out, "%*s%s%*s", INDENT, "", title,
                (int)(titles - layout_width(title)) + LAYOUT_SEPARATOR_WIDTH, "");
        print_lines(wrapped(&row[i], width > begin ? width - begin : 0, grid->arena), begin,
                    row[i].tone, style, out);
    }
}

void stacked_print(const struct grid *grid, const struct style *style, FILE *out)
{
    for (size_t i = 0; i < grid->n_rows; i++)
        print_row(grid, grid->rows[i], style, out);
}
