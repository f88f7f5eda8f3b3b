#include "domain/deadline_cell.h"

#include <string.h>

const char *const deadline_no_date = "no date or period was understood";
const char *const deadline_bad_date = "not a whole date or period";

struct deadline_piece deadline_piece_empty(enum deadline_kind kind)
{
    return (struct deadline_piece){
        .kind = kind, .earliest = DATE_NO_DAY, .latest = DATE_NO_DAY};
}

struct deadline_piece deadline_piece_invalid(const char *reason)
{
    struct deadline_piece piece = deadline_piece_empty(DEADLINE_INVALID);
    piece.reason = reason;
    return piece;
}

void deadline_piece_set_month(struct deadline_piece *piece, int year, int month)
{
    (void)date_from_civil(year, month, 1, &piece->earliest);
    piece->latest = date_month_end(year, month);
}

void deadline_piece_set_season(struct deadline_piece *piece, int season, int year)
{
    (void)date_from_civil(year, season * 3, 1, &piece->earliest);
    piece->latest = date_add_months(piece->earliest, 3) - 1;
    piece->kind = DEADLINE_SEASON;
    piece->season = 0;
    piece->reason = NULL;
}

void deadline_piece_give_year(struct deadline_piece *piece, int year)
{
    struct date date = piece->yearless;
    if (piece->season != 0) {
        deadline_piece_set_season(piece, piece->season, year);
    } else if (date.day == 0) {
        deadline_piece_set_month(piece, year, date.month);
        piece->kind = DEADLINE_MONTH;
    } else if (date_from_civil(year, date.month, date.day, &piece->earliest)) {
        piece->latest = piece->earliest;
        piece->kind = DEADLINE_EXACT;
    } else {
        piece->reason = deadline_bad_date;
    }
    piece->yearless.month = 0;
    if (piece->kind != DEADLINE_INVALID) piece->reason = NULL;
}

bool deadline_piece_is_dated(const struct deadline_piece *piece)
{
    return piece->earliest != DATE_NO_DAY && piece->kind != DEADLINE_RECURRING;
}

bool deadline_piece_is_yearless(const struct deadline_piece *piece)
{
    return piece->yearless.month != 0 || piece->season != 0;
}

void deadline_cell_remove(struct deadline_cell *cell, size_t index)
{
    memmove(&cell->pieces[index], &cell->pieces[index + 1],
            (cell->count - index - 1) * sizeof cell->pieces[0]);
    cell->count--;
}
