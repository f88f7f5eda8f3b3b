/* What the words before an expression of a deadline cell do to it. */
#include "domain/date.h"
#include "domain/deadline_cell.h"
#include "domain/text.h"

#include <string.h>

static const char *const open_start = "an open start is not a deadline";
static const char *const starts_late = "begins after the plan has ended";

bool deadline_lead_ends_with(const struct deadline_cell *cell, size_t from, size_t start,
                             const char *word)
{
    size_t size = strlen(word);
    while (start > from && strchr(" (,", cell->lower[start - 1]) != NULL)
        start--;
    if (start - from < size) return false;
    if (strncmp(cell->lower + start - size, word, size) != 0) return false;
    return start - size == from || !text_is_word(cell->lower[start - size - 1]);
}

size_t deadline_lead_start(const struct deadline_cell *cell, size_t index)
{
    return index == 0 ? 0 : cell->pieces[index - 1].end;
}

static const char *const filler_words[] = {
    "a",          "and",      "as",       "at",        "be",         "before", "beginning",
    "between",    "by",       "complete", "completed", "completion", "date",   "deadline",
    "due",        "during",   "each",     "early",     "end",        "every",  "financial",
    "for",        "from",     "in",       "is",        "it",         "late",   "later",
    "latest",     "mid",      "no",       "of",        "on",         "or",     "since",
    "start",      "starting", "target",   "than",      "the",        "then",   "thereafter",
    "throughout", "till",     "to",       "until",     "with",       "within", "year",
};

bool deadline_lead_is_filler(const char *word, size_t size)
{
    return text_is_one_of(word, size, filler_words,
                          sizeof filler_words / sizeof filler_words[0]);
}

/* Whether the word right before the piece could be part of a botched date ("Febuary 2022"). */
static bool follows_strange_word(const struct deadline_cell *cell, size_t from, size_t start)
{
    while (start > from && cell->lower[start - 1] == ' ')
        start--;
    size_t word = start;
    while (word > from && text_is_word(cell->lower[word - 1]))
        word--;
    return word < start && !deadline_lead_is_filler(cell->lower + word, start - word);
}

static void set_invalid(struct deadline_piece *piece, const char *reason)
{
    struct deadline_piece invalid = deadline_piece_invalid(reason);
    invalid.start = piece->start;
    invalid.end = piece->end;
    *piece = invalid;
}

/* "From then on" is until the plan ends, and so must begin before. */
static void make_ongoing(struct deadline_piece *piece, int32_t plan_end)
{
    if (plan_end != DATE_NO_DAY && piece->earliest > plan_end) {
        set_invalid(piece, starts_late);
        return;
    }
    piece->kind = DEADLINE_ONGOING;
    piece->latest = plan_end;
}

void deadline_lead_apply(struct deadline_cell *cell, size_t index,
                         const struct deadline_context *context)
{
    struct deadline_piece *piece = &cell->pieces[index];
    size_t from = deadline_lead_start(cell, index), start = piece->start;
    bool starts = deadline_lead_ends_with(cell, from, start, "from") ||
                  deadline_lead_ends_with(cell, from, start, "since") ||
                  deadline_lead_ends_with(cell, from, start, "starting");
    bool after = deadline_lead_ends_with(cell, from, start, "after") ||
                 deadline_lead_ends_with(cell, from, start, "not before");
    bool at_end = deadline_lead_ends_with(cell, from, start, "end") ||
                  deadline_lead_ends_with(cell, from, start, "end of");
    bool range = piece->kind == DEADLINE_WINDOW || piece->kind == DEADLINE_MONTH ||
                 piece->kind == DEADLINE_YEAR;
    if (!deadline_piece_is_dated(piece)) return;
    if (piece->kind == DEADLINE_YEAR && follows_strange_word(cell, from, start)) {
        set_invalid(piece, deadline_bad_date);
    } else if (after) {
        set_invalid(piece, open_start);
    } else if (range && at_end) {
        piece->kind = DEADLINE_EXACT;
        piece->earliest = piece->latest;
    } else if (starts && piece->kind != DEADLINE_WINDOW &&
               piece->kind != DEADLINE_EXACT_THEN_RECURRING) {
        make_ongoing(piece, context->plan_end);
    }
}

void deadline_lead_drop_bare(struct deadline_cell *cell)
{
    for (size_t i = cell->count; i-- > 0;) {
        const struct deadline_piece *piece = &cell->pieces[i];
        if (deadline_piece_is_yearless(piece) && piece->yearless.day == 0)
            deadline_cell_remove(cell, i);
    }
}
