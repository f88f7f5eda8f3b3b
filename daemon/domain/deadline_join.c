/* Joining the expressions of a deadline cell that belong together. */
#include "domain/date.h"
#include "domain/deadline_cell.h"
#include "domain/text.h"

#include <string.h>

static const char *const backwards = "the end lies before the start";

/* The text between two neighbours, trimmed. */
static const char *gap_between(const struct deadline_cell *cell, size_t index, size_t *out_size)
{
    size_t start = cell->pieces[index].end, end = cell->pieces[index + 1].start;
    while (start < end && cell->lower[start] == ' ')
        start++;
    while (end > start && cell->lower[end - 1] == ' ')
        end--;
    *out_size = end - start;
    return cell->lower + start;
}

/* Replaces the piece at `index` and the next by `piece`, which covers both. */
static void join_pieces(struct deadline_cell *cell, size_t index, struct deadline_piece piece)
{
    piece.start = cell->pieces[index].start;
    piece.end = cell->pieces[index + 1].end;
    cell->pieces[index] = piece;
    deadline_cell_remove(cell, index + 1);
}

static const char *const range_words[] = {"-", "to", "until", "till", "through to"};
static const char *const list_words[] = {"and", "&", ",", "/", "or"};

/* "October/November 2021", "June and December 2021": the year of the second goes for both; a
 * range that would run backwards began the year before. */
static void borrow_year(struct deadline_cell *cell, size_t index)
{
    struct deadline_piece *first = &cell->pieces[index], *second = first + 1;
    size_t size;
    const char *gap = gap_between(cell, index, &size);
    bool range = text_is_one_of(gap, size, range_words, 5);
    bool same_sort = first->season != 0
                         ? second->kind == DEADLINE_SEASON
                         : second->kind == DEADLINE_MONTH || second->kind == DEADLINE_EXACT;
    if (!deadline_piece_is_yearless(first) || !deadline_piece_is_dated(second) || !same_sort)
        return;
    if (!range && !text_is_one_of(gap, size, list_words, 5)) return;
    struct deadline_piece given = *first;
    int year = date_to_civil(second->earliest).year;
    deadline_piece_give_year(&given, year);
    if (given.kind != DEADLINE_INVALID && given.earliest > second->latest) {
        given = *first;
        deadline_piece_give_year(&given, year - 1);
    }
    *first = given;
}

/* "31 March each year", "annually in March": the day recurs; first due on or after the start.
 */
static struct deadline_piece recurring_on(const struct deadline_piece *day,
                                          const struct deadline_piece *rhythm,
                                          const struct deadline_context *context)
{
    struct deadline_piece piece = deadline_piece_empty(DEADLINE_RECURRING);
    piece.recurrence = rhythm->recurrence;
    if (context->plan_start == DATE_NO_DAY) return piece;
    int year = date_to_civil(context->plan_start).year;
    for (int i = 0; i < 9; i++) { /* 29 February may take eight years */
        struct deadline_piece turn = *day;
        deadline_piece_give_year(&turn, year + i);
        if (turn.kind == DEADLINE_INVALID || turn.latest < context->plan_start) continue;
        piece.earliest = turn.earliest;
        piece.latest = turn.latest;
        break;
    }
    return piece;
}

/* A date and a rhythm that belong together, in either order. */
static bool join_recurrence(struct deadline_cell *cell, size_t index,
                            const struct deadline_context *context)
{
    /* What joins a date to the rhythm behind it, and a rhythm to the date behind it. */
    static const char *const then[] = {"", "and", "then", "and then", ",", ", and", ", then"};
    static const char *const when[] = {"",  "by", "in", "on",  "at",   "by end of",    "-",
                                       ":", "(",  ",",  "(by", ", by", "by the end of"};
    struct deadline_piece *first = &cell->pieces[index], *second = first + 1;
    size_t size;
    const char *gap = gap_between(cell, index, &size);
    bool second_recurs = second->kind == DEADLINE_RECURRING;
    const struct deadline_piece *rhythm = second_recurs ? second : first;
    const struct deadline_piece *day = second_recurs ? first : second;
    if (rhythm->kind != DEADLINE_RECURRING || day->kind == DEADLINE_RECURRING) return false;
    if (!text_is_one_of(gap, size, second_recurs ? then : when, second_recurs ? 7 : 13))
        return false;
    struct deadline_piece joined = *day;
    if (deadline_piece_is_yearless(day)) {
        joined = recurring_on(day, rhythm, context);
    } else if (deadline_piece_is_dated(day)) {
        joined.kind = DEADLINE_EXACT_THEN_RECURRING;
        joined.recurrence = rhythm->recurrence;
    } else {
        return false;
    }
    join_pieces(cell, index, joined);
    return true;
}

/* "April 2021 - March 2022", "between June and August 2021". */
static bool join_range(struct deadline_cell *cell, size_t index)
{
    struct deadline_piece *first = &cell->pieces[index], *second = first + 1;
    size_t size;
    const char *gap = gap_between(cell, index, &size);
    if (!deadline_piece_is_dated(first) || !deadline_piece_is_dated(second)) return false;
    bool between = size == 3 && strncmp(gap, "and", 3) == 0 &&
                   deadline_lead_ends_with(cell, deadline_lead_start(cell, index), first->start,
                                           "between");
    bool slash = size == 1 && gap[0] == '/' && first->kind == second->kind &&
                 (first->kind == DEADLINE_MONTH || first->kind == DEADLINE_SEASON);
    if (!between && !slash && !text_is_one_of(gap, size, range_words, 5)) return false;
    struct deadline_piece joined = *second;
    joined.kind = slash && first->kind == DEADLINE_SEASON ? DEADLINE_SEASON : DEADLINE_WINDOW;
    joined.earliest = first->earliest;
    if (joined.earliest > joined.latest) joined = deadline_piece_invalid(backwards);
    join_pieces(cell, index, joined);
    return true;
}

/* An INVALID expression with nothing behind it takes the next one along: one slip, not two. */
static bool join_invalid(struct deadline_cell *cell, size_t index)
{
    size_t size;
    (void)gap_between(cell, index, &size);
    const struct deadline_piece *first = &cell->pieces[index];
    if (first->kind != DEADLINE_INVALID || size != 0 || deadline_piece_is_yearless(first))
        return false;
    join_pieces(cell, index, *first);
    return true;
}

void deadline_join_pieces(struct deadline_cell *cell, const struct deadline_context *context)
{
    for (size_t i = cell->count; i-- > 1;)
        borrow_year(cell, i - 1);
    for (size_t i = 0; i + 1 < cell->count;) {
        bool joined =
            join_recurrence(cell, i, context) || join_range(cell, i) || join_invalid(cell, i);
        if (!joined) i++;
    }
}
