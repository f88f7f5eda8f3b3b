/* Finding the time expressions of a deadline cell. */
#include "domain/date.h"
#include "domain/deadline_cell.h"
#include "domain/period.h"
#include "domain/text.h"

#include <string.h>

static const char *const missing_year = "the year is missing";
static const char *const too_many = "too many deadlines in one cell";

struct phrase {
    const char *words;
    enum deadline_kind kind;
    enum deadline_recurrence recurrence;
};

/* Longer phrases before those they begin with. */
static const struct phrase phrase_table[] = {
    {"annually", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"annual", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"yearly", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"every year", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"each year", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"once a year", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"per annum", DEADLINE_RECURRING, DEADLINE_YEARLY},
    {"half yearly", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"six monthly", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"6 monthly", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"every six months", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"every 6 months", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"twice yearly", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"twice per year", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"twice a year", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"bi annually", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"bi annual", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"biannually", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"biannual", DEADLINE_RECURRING, DEADLINE_HALF_YEARLY},
    {"quarterly", DEADLINE_RECURRING, DEADLINE_QUARTERLY},
    {"every quarter", DEADLINE_RECURRING, DEADLINE_QUARTERLY},
    {"each quarter", DEADLINE_RECURRING, DEADLINE_QUARTERLY},
    {"monthly", DEADLINE_RECURRING, DEADLINE_MONTHLY},
    {"every month", DEADLINE_RECURRING, DEADLINE_MONTHLY},
    {"each month", DEADLINE_RECURRING, DEADLINE_MONTHLY},
    {"weekly", DEADLINE_RECURRING, DEADLINE_WEEKLY},
    {"every week", DEADLINE_RECURRING, DEADLINE_WEEKLY},
    {"biennially", DEADLINE_RECURRING, DEADLINE_TWO_YEARLY},
    {"biennial", DEADLINE_RECURRING, DEADLINE_TWO_YEARLY},
    {"every two years", DEADLINE_RECURRING, DEADLINE_TWO_YEARLY},
    {"every 2 years", DEADLINE_RECURRING, DEADLINE_TWO_YEARLY},
    {"every three years", DEADLINE_RECURRING, DEADLINE_THREE_YEARLY},
    {"every 3 years", DEADLINE_RECURRING, DEADLINE_THREE_YEARLY},
    {"every four years", DEADLINE_RECURRING, DEADLINE_FOUR_YEARLY},
    {"every 4 years", DEADLINE_RECURRING, DEADLINE_FOUR_YEARLY},
    {"every five years", DEADLINE_RECURRING, DEADLINE_FIVE_YEARLY},
    {"every 5 years", DEADLINE_RECURRING, DEADLINE_FIVE_YEARLY},
    {"ongoing", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"on going", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"continuous", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"continuing", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"throughout the period of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"throughout the life of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"throughout the lifetime of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"throughout the plan period", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"throughout the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"for the period of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"for the duration of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"for the life of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"over the period of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"during the period of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"lifetime of the plan", DEADLINE_ONGOING, DEADLINE_ONCE},
    {"tbc", DEADLINE_TBC, DEADLINE_ONCE},
    {"to be confirmed", DEADLINE_TBC, DEADLINE_ONCE},
    {"tba", DEADLINE_TBC, DEADLINE_ONCE},
    {"to be agreed", DEADLINE_TBC, DEADLINE_ONCE},
    {"tbd", DEADLINE_TBC, DEADLINE_ONCE},
    {"to be determined", DEADLINE_TBC, DEADLINE_ONCE},
};

/* "annual" followed by a noun is an adjective ("annual report June 2022"), not a rhythm. */
static bool is_adjective(const struct phrase *phrase, const char *rest)
{
    return strcmp(phrase->words, "annual") == 0 && rest[0] == ' ' && text_is_word(rest[1]);
}

static size_t scan_phrase(const char *at, struct deadline_piece *out_piece)
{
    for (size_t i = 0; i < sizeof phrase_table / sizeof phrase_table[0]; i++) {
        const struct phrase *phrase = &phrase_table[i];
        size_t size = text_match_phrase(at, phrase->words);
        if (size == 0 || is_adjective(phrase, at + size)) continue;
        *out_piece = deadline_piece_empty(phrase->kind);
        out_piece->recurrence = phrase->recurrence;
        return size;
    }
    return 0;
}

static size_t scan_written_date(const char *at, struct deadline_piece *out_piece)
{
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    size_t size = date_scan(at, &kind, &date);
    if (size == 0 || text_is_word(at[size])) return 0;
    struct deadline_piece piece = deadline_piece_empty(DEADLINE_EXACT);
    if (kind == DATE_SCAN_MALFORMED) {
        piece = deadline_piece_invalid(deadline_bad_date);
        deadline_plan_guess_year(at, size, &piece);
    }
    if (kind == DATE_SCAN_DAY) {
        (void)date_from_civil(date.year, date.month, date.day, &piece.earliest);
        piece.latest = piece.earliest;
    }
    if (kind == DATE_SCAN_MONTH) {
        piece.kind = DEADLINE_MONTH;
        deadline_piece_set_month(&piece, date.year, date.month);
    }
    if (kind == DATE_SCAN_YEARLESS) {
        piece = deadline_piece_invalid(missing_year);
        piece.yearless = date;
    }
    *out_piece = piece;
    return size;
}

/* A year of four digits at `at`, 0 without; sets its length, with "/22" behind it if it fits.
 */
static int scan_season_year(const char *at, size_t *out_size, bool *out_pair)
{
    size_t digits = 0;
    int year = 0;
    for (; digits < 5 && text_is_digit(at[digits]); digits++)
        year = year * 10 + (at[digits] - '0');
    if (digits != 4 || year < DATE_WRITTEN_MIN_YEAR || year > DATE_WRITTEN_MAX_YEAR) return 0;
    size_t pair = at[4] == '/' || at[4] == '-' ? 1 + text_word_length(at + 5) : 0;
    *out_pair = pair == 3 && text_is_digit(at[5]) && text_is_digit(at[6]);
    *out_size = *out_pair ? 7 : 4;
    if (text_is_word(at[*out_size])) return 0;
    return year;
}

static size_t scan_season(const char *at, struct deadline_piece *out_piece)
{
    static const char *const names[] = {"spring", "summer", "autumn", "winter"};
    for (int season = 1; season <= 4; season++) {
        size_t size = text_match_phrase(at, names[season - 1]), year_size = 0;
        if (size == 0) continue;
        const char *rest = text_skip_space(at + size);
        rest = text_skip_space(rest + text_match_phrase(rest, "of"));
        bool pair = false;
        int year = scan_season_year(rest, &year_size, &pair);
        *out_piece = deadline_piece_invalid(year != 0 ? deadline_bad_date : missing_year);
        if (year == 0) {
            out_piece->season = season;
            return size;
        }
        bool fits = pair && (rest[5] - '0') * 10 + (rest[6] - '0') == (year + 1) % 100;
        if (!pair || (season == 4 && fits)) deadline_piece_set_season(out_piece, season, year);
        return (size_t)(rest - at) + year_size;
    }
    return 0;
}

static struct deadline_piece piece_of_period(const struct period *period)
{
    struct deadline_piece piece = deadline_piece_empty(DEADLINE_WINDOW);
    if (period->kind == PERIOD_CALENDAR_YEAR) piece.kind = DEADLINE_YEAR;
    if (period->kind == PERIOD_MONTH) piece.kind = DEADLINE_MONTH;
    if (period->kind == PERIOD_DATE) piece.kind = DEADLINE_EXACT;
    piece.earliest = period->start_day;
    piece.latest = period->end_day;
    return piece;
}

/* The longest of 1..4 words at `at` that are a period. */
static size_t scan_period(const char *at, struct deadline_piece *out_piece)
{
    size_t ends[4], count = 0;
    char text[64];
    for (size_t end = 0; count < 4 && end < sizeof text && at[end] != '\0';) {
        end += strcspn(at + end, " ");
        ends[count++] = end;
        end += at[end] == ' ';
    }
    for (; count > 0; count--) {
        size_t size = ends[count - 1];
        while (size > 0 && strchr(".,;:)", at[size - 1]) != NULL)
            size--;
        if (size == 0 || size >= sizeof text) continue;
        memcpy(text, at, size);
        text[size] = '\0';
        struct period period;
        if (!period_parse(text, &period, NULL)) continue;
        *out_piece = piece_of_period(&period);
        return size;
    }
    return 0;
}

/* A number that looks like a date or a period and was none: "2009/20010", "202", "q5". */
static size_t scan_suspicious(const char *at, struct deadline_piece *out_piece)
{
    size_t size = strcspn(at, " ,;()"), digits = 0;
    for (size_t i = 0; i < size; i++)
        digits += text_is_digit(at[i]);
    bool part = (at[0] == 'q' || at[0] == 'h') && size >= 2 && digits == size - 1;
    bool number = text_is_digit(at[0]) && (digits >= 3 || memchr(at, '/', size) != NULL);
    if (!part && !number) return 0;
    *out_piece = deadline_piece_invalid(deadline_bad_date);
    return size;
}

static size_t scan_expression(const char *at, struct deadline_piece *out_piece)
{
    size_t size = scan_phrase(at, out_piece);
    if (size == 0) size = deadline_plan_scan_year(at, out_piece);
    if (size == 0) size = scan_written_date(at, out_piece);
    if (size == 0) size = scan_season(at, out_piece);
    if (size == 0) size = scan_period(at, out_piece);
    if (size == 0) size = scan_suspicious(at, out_piece);
    return size;
}

void deadline_scan_pieces(struct deadline_cell *cell)
{
    for (size_t at = 0; cell->lower[at] != '\0';) {
        struct deadline_piece piece;
        size_t size =
            text_is_word(cell->lower[at]) ? scan_expression(cell->lower + at, &piece) : 0;
        if (size == 0) {
            size_t word = text_word_length(cell->lower + at);
            at += word > 0 ? word : 1;
            continue;
        }
        piece.start = at;
        piece.end = at += size;
        if (cell->count == DEADLINE_MAX_PIECES) {
            cell->pieces[DEADLINE_MAX_PIECES - 1] = deadline_piece_invalid(too_many);
            cell->pieces[DEADLINE_MAX_PIECES - 1].start =
                cell->pieces[DEADLINE_MAX_PIECES - 1].end = piece.end;
            return;
        }
        cell->pieces[cell->count++] = piece;
    }
}
