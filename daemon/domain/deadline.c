#include "domain/deadline.h"

#include "common/arena.h"
#include "domain/date.h"
#include "domain/period.h"
#include "domain/value.h"

#include <string.h>

#define MAX_PIECES 32
#define MAX_TEXT 4096

static const char *const no_date = "no date or period was understood";
static const char *const bad_date = "not a whole date or period";
static const char *const missing_year = "the year is missing";
static const char *const open_start = "an open start is not a deadline";
static const char *const backwards = "the end lies before the start";
static const char *const too_many = "too many deadlines in one cell";

/* One time expression found in the cell. Offsets count bytes of the cleaned text. */
struct piece {
    enum deadline_kind kind;
    enum deadline_recurrence recurrence;
    int32_t earliest;
    int32_t latest;
    size_t start;
    size_t end;
    struct date yearless; /* year 0: month (and day, or 0) wait for a year; month 0: not so */
    int season;           /* 1..4 when the expression is a season without a year */
    const char *reason;
};

/* The cell being read. */
struct cell {
    const char *clean; /* as written, cleaned */
    const char *lower; /* the same in lower case, same offsets */
    struct piece pieces[MAX_PIECES];
    size_t count;
};

/* ---- words ---- */

static bool is_alnum(char c)
{
    /* Bytes of a multi-byte letter belong to a word too. */
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || ((unsigned char)c & 0x80) != 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t word_length(const char *at)
{
    size_t size = 0;
    while (is_alnum(at[size]))
        size++;
    return size;
}

/* The length of `phrase` at `at`, where its spaces may be hyphens; 0 when it is not there
 * whole. */
static size_t match_phrase(const char *at, const char *phrase)
{
    size_t size = 0;
    for (; phrase[size] != '\0'; size++) {
        bool hyphen = phrase[size] == ' ' && at[size] == '-';
        if (at[size] != phrase[size] && !hyphen) return 0;
    }
    return is_alnum(at[size]) ? 0 : size;
}

static bool is_one_of(const char *text, size_t size, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == size && strncmp(text, words[i], size) == 0) return true;
    return false;
}

/* ---- finding time expressions ---- */

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

static struct piece empty_piece(enum deadline_kind kind)
{
    return (struct piece){.kind = kind, .earliest = DATE_NO_DAY, .latest = DATE_NO_DAY};
}

static struct piece invalid_piece(const char *reason)
{
    struct piece piece = empty_piece(DEADLINE_INVALID);
    piece.reason = reason;
    return piece;
}

/* "annual" followed by a noun is an adjective ("annual report June 2022"), not a rhythm. */
static bool is_adjective(const struct phrase *phrase, const char *rest)
{
    return strcmp(phrase->words, "annual") == 0 && rest[0] == ' ' && is_alnum(rest[1]);
}

static size_t scan_phrase(const char *at, struct piece *out_piece)
{
    for (size_t i = 0; i < sizeof phrase_table / sizeof phrase_table[0]; i++) {
        const struct phrase *phrase = &phrase_table[i];
        size_t size = match_phrase(at, phrase->words);
        if (size == 0 || is_adjective(phrase, at + size)) continue;
        *out_piece = empty_piece(phrase->kind);
        out_piece->recurrence = phrase->recurrence;
        return size;
    }
    return 0;
}

static void set_month(struct piece *piece, int year, int month)
{
    (void)date_from_civil(year, month, 1, &piece->earliest);
    piece->latest = date_month_end(year, month);
}

static size_t scan_written_date(const char *at, struct piece *out_piece)
{
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    size_t size = date_scan(at, &kind, &date);
    if (size == 0 || is_alnum(at[size])) return 0;
    struct piece piece = empty_piece(DEADLINE_EXACT);
    if (kind == DATE_SCAN_MALFORMED) piece = invalid_piece(bad_date);
    if (kind == DATE_SCAN_DAY) {
        (void)date_from_civil(date.year, date.month, date.day, &piece.earliest);
        piece.latest = piece.earliest;
    }
    if (kind == DATE_SCAN_MONTH) {
        piece.kind = DEADLINE_MONTH;
        set_month(&piece, date.year, date.month);
    }
    if (kind == DATE_SCAN_YEARLESS) {
        piece = invalid_piece(missing_year);
        piece.yearless = date;
    }
    *out_piece = piece;
    return size;
}

/* Season 1 is spring: March to May. */
static void set_season(struct piece *piece, int season, int year)
{
    (void)date_from_civil(year, season * 3, 1, &piece->earliest);
    piece->latest = date_add_months(piece->earliest, 3) - 1;
    piece->kind = DEADLINE_SEASON;
    piece->season = 0;
    piece->reason = NULL;
}

/* A year of four digits at `at`, 0 without; sets its length, with "/22" behind it if it fits.
 */
static int scan_season_year(const char *at, size_t *out_size, bool *out_pair)
{
    size_t digits = 0;
    int year = 0;
    for (; is_digit(at[digits]) && digits < 5; digits++)
        year = year * 10 + (at[digits] - '0');
    if (digits != 4 || year < DATE_WRITTEN_MIN_YEAR || year > DATE_WRITTEN_MAX_YEAR) return 0;
    size_t pair = at[4] == '/' || at[4] == '-' ? 1 + word_length(at + 5) : 0;
    *out_pair = pair == 3 && is_digit(at[5]) && is_digit(at[6]);
    *out_size = *out_pair ? 7 : 4;
    if (is_alnum(at[*out_size])) return 0;
    return year;
}

static size_t scan_season(const char *at, struct piece *out_piece)
{
    static const char *const names[] = {"spring", "summer", "autumn", "winter"};
    for (int season = 1; season <= 4; season++) {
        size_t size = match_phrase(at, names[season - 1]), year_size = 0;
        if (size == 0) continue;
        const char *rest = at + size + (at[size] == ' ');
        if (match_phrase(rest, "of") > 0) rest += 3;
        bool pair = false;
        int year = scan_season_year(rest, &year_size, &pair);
        *out_piece = invalid_piece(year != 0 ? bad_date : missing_year);
        if (year == 0) {
            out_piece->season = season;
            return size;
        }
        bool fits = pair && (rest[5] - '0') * 10 + (rest[6] - '0') == (year + 1) % 100;
        if (!pair || (season == 4 && fits)) set_season(out_piece, season, year);
        return (size_t)(rest - at) + year_size;
    }
    return 0;
}

static struct piece piece_of_period(const struct period *period)
{
    struct piece piece = empty_piece(DEADLINE_WINDOW);
    if (period->kind == PERIOD_CALENDAR_YEAR) piece.kind = DEADLINE_YEAR;
    if (period->kind == PERIOD_MONTH) piece.kind = DEADLINE_MONTH;
    if (period->kind == PERIOD_DATE) piece.kind = DEADLINE_EXACT;
    piece.earliest = period->start_day;
    piece.latest = period->end_day;
    return piece;
}

/* The longest of 1..4 words at `at` that are a period. */
static size_t scan_period(const char *at, struct piece *out_piece)
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
static size_t scan_suspicious(const char *at, struct piece *out_piece)
{
    size_t size = strcspn(at, " ,;()"), digits = 0;
    for (size_t i = 0; i < size; i++)
        digits += is_digit(at[i]);
    bool part = (at[0] == 'q' || at[0] == 'h') && size >= 2 && digits == size - 1;
    bool number = is_digit(at[0]) && (digits >= 3 || memchr(at, '/', size) != NULL);
    if (!part && !number) return 0;
    *out_piece = invalid_piece(bad_date);
    return size;
}

static size_t scan_expression(const char *at, struct piece *out_piece)
{
    size_t size = scan_phrase(at, out_piece);
    if (size == 0) size = scan_written_date(at, out_piece);
    if (size == 0) size = scan_season(at, out_piece);
    if (size == 0) size = scan_period(at, out_piece);
    if (size == 0) size = scan_suspicious(at, out_piece);
    return size;
}

static void find_pieces(struct cell *cell)
{
    for (size_t at = 0; cell->lower[at] != '\0';) {
        struct piece piece;
        size_t size = is_alnum(cell->lower[at]) ? scan_expression(cell->lower + at, &piece) : 0;
        if (size == 0) {
            size_t word = word_length(cell->lower + at);
            at += word > 0 ? word : 1;
            continue;
        }
        piece.start = at;
        piece.end = at += size;
        if (cell->count == MAX_PIECES) {
            cell->pieces[MAX_PIECES - 1] = invalid_piece(too_many);
            cell->pieces[MAX_PIECES - 1].start = cell->pieces[MAX_PIECES - 1].end = piece.end;
            return;
        }
        cell->pieces[cell->count++] = piece;
    }
}

/* ---- joining what belongs together ---- */

static bool is_dated(const struct piece *piece)
{
    return piece->earliest != DATE_NO_DAY && piece->kind != DEADLINE_RECURRING;
}

/* The text between two neighbours, trimmed. */
static const char *gap_between(const struct cell *cell, size_t index, size_t *out_size)
{
    size_t start = cell->pieces[index].end, end = cell->pieces[index + 1].start;
    while (start < end && cell->lower[start] == ' ')
        start++;
    while (end > start && cell->lower[end - 1] == ' ')
        end--;
    *out_size = end - start;
    return cell->lower + start;
}

static void remove_piece(struct cell *cell, size_t index)
{
    memmove(&cell->pieces[index], &cell->pieces[index + 1],
            (cell->count - index - 1) * sizeof cell->pieces[0]);
    cell->count--;
}

/* Replaces the piece at `index` and the next by `piece`, which covers both. */
static void join_pieces(struct cell *cell, size_t index, struct piece piece)
{
    piece.start = cell->pieces[index].start;
    piece.end = cell->pieces[index + 1].end;
    cell->pieces[index] = piece;
    remove_piece(cell, index + 1);
}

/* Gives a yearless piece a year. */
static void give_year(struct piece *piece, int year)
{
    struct date date = piece->yearless;
    if (piece->season != 0) {
        set_season(piece, piece->season, year);
    } else if (date.day == 0) {
        set_month(piece, year, date.month);
        piece->kind = DEADLINE_MONTH;
    } else if (date_from_civil(year, date.month, date.day, &piece->earliest)) {
        piece->latest = piece->earliest;
        piece->kind = DEADLINE_EXACT;
    } else {
        piece->reason = bad_date;
    }
    piece->yearless.month = 0;
    if (piece->kind != DEADLINE_INVALID) piece->reason = NULL;
}

static bool is_yearless(const struct piece *piece)
{
    return piece->yearless.month != 0 || piece->season != 0;
}

static const char *const range_words[] = {"-", "to", "until", "till", "through to"};
static const char *const list_words[] = {"and", "&", ",", "/", "or"};

/* "October/November 2021", "June and December 2021": the year of the second goes for both; a
 * range that would run backwards began the year before. */
static void borrow_year(struct cell *cell, size_t index)
{
    struct piece *first = &cell->pieces[index], *second = first + 1;
    size_t size;
    const char *gap = gap_between(cell, index, &size);
    bool range = is_one_of(gap, size, range_words, 5);
    bool same_sort = first->season != 0
                         ? second->kind == DEADLINE_SEASON
                         : second->kind == DEADLINE_MONTH || second->kind == DEADLINE_EXACT;
    if (!is_yearless(first) || !is_dated(second) || !same_sort) return;
    if (!range && !is_one_of(gap, size, list_words, 5)) return;
    struct piece given = *first;
    int year = date_to_civil(second->earliest).year;
    give_year(&given, year);
    if (given.kind != DEADLINE_INVALID && given.earliest > second->latest) {
        given = *first;
        give_year(&given, year - 1);
    }
    *first = given;
}

/* "31 March each year", "annually in March": the day recurs; first due on or after the start.
 */
static struct piece recurring_on(const struct piece *day, const struct piece *rhythm,
                                 const struct deadline_context *context)
{
    struct piece piece = empty_piece(DEADLINE_RECURRING);
    piece.recurrence = rhythm->recurrence;
    if (context->plan_start == DATE_NO_DAY) return piece;
    int year = date_to_civil(context->plan_start).year;
    for (int i = 0; i < 9; i++) { /* 29 February may take eight years */
        struct piece turn = *day;
        give_year(&turn, year + i);
        if (turn.kind == DEADLINE_INVALID || turn.latest < context->plan_start) continue;
        piece.earliest = turn.earliest;
        piece.latest = turn.latest;
        break;
    }
    return piece;
}

/* A date and a rhythm that belong together, in either order. */
static bool join_recurrence(struct cell *cell, size_t index,
                            const struct deadline_context *context)
{
    /* What joins a date to the rhythm behind it, and a rhythm to the date behind it. */
    static const char *const then[] = {"", "and", "then", "and then", ",", ", and", ", then"};
    static const char *const when[] = {"",  "by", "in", "on",  "at",   "by end of",    "-",
                                       ":", "(",  ",",  "(by", ", by", "by the end of"};
    struct piece *first = &cell->pieces[index], *second = first + 1;
    size_t size;
    const char *gap = gap_between(cell, index, &size);
    bool second_recurs = second->kind == DEADLINE_RECURRING;
    const struct piece *rhythm = second_recurs ? second : first;
    const struct piece *day = second_recurs ? first : second;
    if (rhythm->kind != DEADLINE_RECURRING || day->kind == DEADLINE_RECURRING) return false;
    if (!is_one_of(gap, size, second_recurs ? then : when, second_recurs ? 7 : 13))
        return false;
    struct piece joined = *day;
    if (is_yearless(day)) {
        joined = recurring_on(day, rhythm, context);
    } else if (is_dated(day)) {
        joined.kind = DEADLINE_EXACT_THEN_RECURRING;
        joined.recurrence = rhythm->recurrence;
    } else {
        return false;
    }
    join_pieces(cell, index, joined);
    return true;
}

/* Whether the words before `start` end in `word`. */
static bool ends_with_word(const struct cell *cell, size_t from, size_t start, const char *word)
{
    size_t size = strlen(word);
    while (start > from && strchr(" (,", cell->lower[start - 1]) != NULL)
        start--;
    if (start - from < size) return false;
    if (strncmp(cell->lower + start - size, word, size) != 0) return false;
    return start - size == from || !is_alnum(cell->lower[start - size - 1]);
}

/* Where the words that lead to a piece begin. */
static size_t lead_start(const struct cell *cell, size_t index)
{
    return index == 0 ? 0 : cell->pieces[index - 1].end;
}

/* "April 2021 - March 2022", "between June and August 2021". */
static bool join_range(struct cell *cell, size_t index)
{
    struct piece *first = &cell->pieces[index], *second = first + 1;
    size_t size;
    const char *gap = gap_between(cell, index, &size);
    if (!is_dated(first) || !is_dated(second)) return false;
    bool between = size == 3 && strncmp(gap, "and", 3) == 0 &&
                   ends_with_word(cell, lead_start(cell, index), first->start, "between");
    bool slash = size == 1 && gap[0] == '/' && first->kind == second->kind &&
                 (first->kind == DEADLINE_MONTH || first->kind == DEADLINE_SEASON);
    if (!between && !slash && !is_one_of(gap, size, range_words, 5)) return false;
    struct piece joined = *second;
    joined.kind = slash && first->kind == DEADLINE_SEASON ? DEADLINE_SEASON : DEADLINE_WINDOW;
    joined.earliest = first->earliest;
    if (joined.earliest > joined.latest) joined = invalid_piece(backwards);
    join_pieces(cell, index, joined);
    return true;
}

/* An INVALID expression with nothing behind it takes the next one along: one slip, not two. */
static bool join_invalid(struct cell *cell, size_t index)
{
    size_t size;
    (void)gap_between(cell, index, &size);
    const struct piece *first = &cell->pieces[index];
    if (first->kind != DEADLINE_INVALID || size != 0 || is_yearless(first)) return false;
    join_pieces(cell, index, *first);
    return true;
}

static void join_neighbours(struct cell *cell, const struct deadline_context *context)
{
    for (size_t i = cell->count; i-- > 1;)
        borrow_year(cell, i - 1);
    for (size_t i = 0; i + 1 < cell->count;) {
        bool joined =
            join_recurrence(cell, i, context) || join_range(cell, i) || join_invalid(cell, i);
        if (!joined) i++;
    }
}

/* ---- what the words before an expression do to it ---- */

static const char *const filler_words[] = {
    "a",          "and",      "as",       "at",        "be",         "before", "beginning",
    "between",    "by",       "complete", "completed", "completion", "date",   "deadline",
    "due",        "during",   "each",     "early",     "end",        "every",  "financial",
    "for",        "from",     "in",       "is",        "it",         "late",   "later",
    "latest",     "mid",      "no",       "of",        "on",         "or",     "since",
    "start",      "starting", "target",   "than",      "the",        "then",   "thereafter",
    "throughout", "till",     "to",       "until",     "with",       "within", "year",
};

static bool is_filler(const char *word, size_t size)
{
    return is_one_of(word, size, filler_words, sizeof filler_words / sizeof filler_words[0]);
}

/* Whether the word right before the piece could be part of a botched date ("Febuary 2022"). */
static bool follows_strange_word(const struct cell *cell, size_t from, size_t start)
{
    while (start > from && cell->lower[start - 1] == ' ')
        start--;
    size_t word = start;
    while (word > from && is_alnum(cell->lower[word - 1]))
        word--;
    return word < start && !is_filler(cell->lower + word, start - word);
}

static void set_invalid(struct piece *piece, const char *reason)
{
    struct piece invalid = invalid_piece(reason);
    invalid.start = piece->start;
    invalid.end = piece->end;
    *piece = invalid;
}

static void apply_lead(struct cell *cell, size_t index, const struct deadline_context *context)
{
    struct piece *piece = &cell->pieces[index];
    size_t from = lead_start(cell, index), start = piece->start;
    bool starts = ends_with_word(cell, from, start, "from") ||
                  ends_with_word(cell, from, start, "since") ||
                  ends_with_word(cell, from, start, "starting");
    bool after = ends_with_word(cell, from, start, "after") ||
                 ends_with_word(cell, from, start, "not before");
    bool at_end =
        ends_with_word(cell, from, start, "end") || ends_with_word(cell, from, start, "end of");
    bool range = piece->kind == DEADLINE_WINDOW || piece->kind == DEADLINE_MONTH ||
                 piece->kind == DEADLINE_YEAR;
    if (!is_dated(piece)) return;
    if (piece->kind == DEADLINE_YEAR && follows_strange_word(cell, from, start)) {
        set_invalid(piece, bad_date);
    } else if (after) {
        set_invalid(piece, open_start);
    } else if (range && at_end) {
        piece->kind = DEADLINE_EXACT;
        piece->earliest = piece->latest;
    } else if (starts && piece->kind != DEADLINE_WINDOW &&
               piece->kind != DEADLINE_EXACT_THEN_RECURRING) {
        piece->kind = DEADLINE_ONGOING;
        piece->latest = context->plan_end;
    }
}

/* A month or season alone is a word ("may"), unless it is all there is. */
static void drop_bare_words(struct cell *cell)
{
    for (size_t i = cell->count; i-- > 0;) {
        const struct piece *piece = &cell->pieces[i];
        if (is_yearless(piece) && piece->yearless.day == 0) remove_piece(cell, i);
    }
}

static void apply_plan(struct piece *piece, const struct deadline_context *context)
{
    struct period year;
    if (piece->kind == DEADLINE_ONGOING && piece->earliest == DATE_NO_DAY) {
        piece->earliest = context->plan_start;
        piece->latest = context->plan_end;
    }
    if (piece->kind == DEADLINE_RECURRING && piece->latest == DATE_NO_DAY &&
        context->plan_start != DATE_NO_DAY &&
        period_of_day(PERIOD_YEAR, context->plan_start, &year)) {
        piece->earliest = context->plan_start;
        piece->latest = year.end_day;
    }
}

/* ---- labels ---- */

/* A stretch of the cleaned text. */
struct stretch {
    size_t start;
    size_t end;
};

static bool is_mark(char c)
{
    return c != '\0' && strchr(" -:,;.()/&", c) != NULL;
}

/* Without marks and filler words at both ends. */
static struct stretch trim_fillers(const struct cell *cell, struct stretch text)
{
    const char *lower = cell->lower;
    for (;;) {
        while (text.start < text.end && is_mark(lower[text.start]))
            text.start++;
        size_t size = word_length(lower + text.start);
        if (size == 0 || text.start + size > text.end || !is_filler(lower + text.start, size))
            break;
        text.start += size;
    }
    for (;;) {
        while (text.end > text.start && is_mark(lower[text.end - 1]))
            text.end--;
        size_t size = 0;
        while (text.end - size > text.start && is_alnum(lower[text.end - size - 1]))
            size++;
        if (size == 0 || !is_filler(lower + text.end - size, size)) break;
        text.end -= size;
    }
    return text;
}

/* Where "Label:" or "Label -" ends inside the stretch; its end when there is none. */
static size_t find_separator(const struct cell *cell, struct stretch text)
{
    for (size_t i = text.start; i < text.end; i++) {
        if (cell->lower[i] == ':') return i;
        if (cell->lower[i] == '-' && i > text.start && cell->lower[i - 1] == ' ') return i;
    }
    return text.end;
}

static struct stretch label_of(const struct cell *cell, struct stretch text)
{
    text = trim_fillers(cell, text);
    text.end = find_separator(cell, text);
    return trim_fillers(cell, text);
}

static bool says_statutory(const struct cell *cell, struct stretch text)
{
    for (size_t i = text.start; i < text.end; i++) {
        if (match_phrase(cell->lower + i, "statutory") == 0) continue;
        if (i > 0 && is_alnum(cell->lower[i - 1])) continue;
        return i < 4 || (strncmp(cell->lower + i - 4, "non-", 4) != 0 &&
                         strncmp(cell->lower + i - 4, "non ", 4) != 0);
    }
    return false;
}

/* How far the words behind a piece still speak of it: what stands in parentheses or before a
 * comma; at the end of the cell all of it, unless a new label begins there. */
static size_t trail_end(const struct cell *cell, size_t index)
{
    size_t start = cell->pieces[index].end;
    bool last = index + 1 == cell->count;
    size_t limit = last ? strlen(cell->lower) : cell->pieces[index + 1].start;
    while (start < limit && cell->lower[start] == ' ')
        start++;
    if (match_phrase(cell->lower + start, "thereafter") > 0) start += strlen("thereafter");
    if (start < limit && cell->lower[start] == '(') {
        const char *close = memchr(cell->lower + start, ')', limit - start);
        if (close != NULL) return (size_t)(close - cell->lower) + 1;
    }
    if (last) {
        struct stretch rest = trim_fillers(cell, (struct stretch){start, limit});
        return find_separator(cell, rest) < rest.end ? rest.start : limit;
    }
    for (size_t i = start; i < limit; i++)
        if (cell->lower[i] == ',' || cell->lower[i] == ';') return i;
    return start;
}

/* ---- putting it together ---- */

static char *copy_stretch(const struct cell *cell, struct stretch text, struct arena *arena)
{
    if (text.end <= text.start) return NULL;
    return arena_strndup(arena, cell->clean + text.start, text.end - text.start);
}

static struct deadline build_deadline(const struct cell *cell, size_t index,
                                      struct arena *arena)
{
    const struct piece *piece = &cell->pieces[index];
    struct stretch lead = {index == 0 ? 0 : trail_end(cell, index - 1), piece->start};
    struct stretch trail = {piece->end, trail_end(cell, index)};
    struct stretch label = label_of(cell, lead);
    if (label.end <= label.start) label = trim_fillers(cell, trail);
    struct stretch part = {lead.start, trail.end};
    while (part.start < part.end && cell->lower[part.start] == ' ')
        part.start++;
    struct deadline deadline = {
        .kind = piece->kind,
        .recurrence = piece->recurrence,
        .earliest = piece->earliest,
        .latest = piece->latest,
        .statutory = says_statutory(cell, lead) || says_statutory(cell, trail),
        .label = copy_stretch(cell, label, arena),
        .part = copy_stretch(cell, part, arena),
        .reason = piece->reason,
    };
    return deadline;
}

/* Words with a label of their own behind the last date: "External - meet deadlines". */
static bool build_rest(const struct cell *cell, struct arena *arena,
                       struct deadline *out_deadline)
{
    struct stretch rest = {trail_end(cell, cell->count - 1), strlen(cell->lower)};
    rest = trim_fillers(cell, rest);
    if (find_separator(cell, rest) == rest.end) return false;
    *out_deadline = (struct deadline){
        .kind = DEADLINE_INVALID,
        .earliest = DATE_NO_DAY,
        .latest = DATE_NO_DAY,
        .statutory = says_statutory(cell, rest),
        .label = copy_stretch(cell, label_of(cell, rest), arena),
        .part = copy_stretch(cell, rest, arena),
        .reason = no_date,
    };
    return true;
}

static struct deadline *build_all(const struct cell *cell, const char *verbatim,
                                  struct arena *arena, size_t *out_count)
{
    struct deadline *deadlines = arena_zalloc(arena, (cell->count + 1) * sizeof *deadlines);
    size_t count = 0;
    for (; count < cell->count; count++)
        deadlines[count] = build_deadline(cell, count, arena);
    if (build_rest(cell, arena, &deadlines[count])) count++;
    for (size_t i = 0; i < count; i++) {
        deadlines[i].verbatim = verbatim;
        if (deadlines[i].part == NULL) deadlines[i].part = "";
    }
    *out_count = count;
    return deadlines;
}

/* A cell without any time expression. */
static struct deadline *build_single(const struct cell *cell, const char *verbatim,
                                     struct arena *arena, size_t *out_count)
{
    static const char *const empty[] = {"", "-", "--", "n/a", "none", "not applicable"};
    struct deadline *deadline = arena_zalloc(arena, sizeof *deadline);
    bool none = is_one_of(cell->lower, strlen(cell->lower), empty, 6);
    *deadline = (struct deadline){
        .kind = none ? DEADLINE_NONE : DEADLINE_INVALID,
        .earliest = DATE_NO_DAY,
        .latest = DATE_NO_DAY,
        .part = cell->clean,
        .verbatim = verbatim,
        .reason = none ? NULL : no_date,
    };
    *out_count = 1;
    return deadline;
}

struct deadline *deadline_parse(const char *text, const struct deadline_context *context,
                                struct arena *arena, size_t *out_count)
{
    size_t size = strlen(text);
    char *clean = arena_alloc(arena, size + 1);
    (void)value_clean_text(text, size + 1, clean);
    char *lower = arena_strdup(arena, clean);
    const char *verbatim = arena_strdup(arena, text);
    value_lower_text(lower);
    struct cell cell = {.clean = clean, .lower = lower};
    if (size <= MAX_TEXT) find_pieces(&cell);
    join_neighbours(&cell, context);
    drop_bare_words(&cell);
    if (cell.count == 0) return build_single(&cell, verbatim, arena, out_count);
    for (size_t i = 0; i < cell.count; i++) {
        apply_lead(&cell, i, context);
        apply_plan(&cell.pieces[i], context);
    }
    return build_all(&cell, verbatim, arena, out_count);
}

/* ---- asking ---- */

static bool is_scheduled(const struct deadline *deadline)
{
    return deadline->kind != DEADLINE_NONE && deadline->kind != DEADLINE_TBC &&
           deadline->kind != DEADLINE_INVALID;
}

bool deadline_is_scheduled(const struct deadline *deadlines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_scheduled(&deadlines[i])) return true;
    return false;
}

bool deadline_is_overdue(const struct deadline *deadlines, size_t count, bool complete,
                         int32_t today)
{
    for (size_t i = 0; i < count && !complete; i++) {
        const struct deadline *deadline = &deadlines[i];
        if (deadline->latest != DATE_NO_DAY && deadline->latest < today) return true;
    }
    return false;
}

static const int recurrence_months[] = {
    [DEADLINE_ONCE] = 0,         [DEADLINE_WEEKLY] = 0,        [DEADLINE_MONTHLY] = 1,
    [DEADLINE_QUARTERLY] = 3,    [DEADLINE_HALF_YEARLY] = 6,   [DEADLINE_YEARLY] = 12,
    [DEADLINE_TWO_YEARLY] = 24,  [DEADLINE_THREE_YEARLY] = 36, [DEADLINE_FOUR_YEARLY] = 48,
    [DEADLINE_FIVE_YEARLY] = 60,
};

int32_t deadline_next_due(const struct deadline *deadline, int32_t after)
{
    int32_t first = deadline->latest;
    if (first == DATE_NO_DAY || first > after) return first;
    if (deadline->recurrence == DEADLINE_WEEKLY)
        return (int32_t)(first + ((int64_t)after - first) / 7 * 7 + 7);
    int step = recurrence_months[deadline->recurrence];
    if (step == 0) return DATE_NO_DAY;
    struct date from = date_to_civil(first), to = date_to_civil(after);
    int months = (to.year - from.year) * 12 + to.month - from.month;
    int32_t due = date_add_months(first, months / step * step);
    return due > after ? due : date_add_months(first, (months / step + 1) * step);
}

const char *deadline_kind_name(enum deadline_kind kind)
{
    static const char *const names[] = {
        "NONE",    "EXACT",  "MONTH",     "YEAR",
        "SEASON",  "WINDOW", "RECURRING", "EXACT_THEN_RECURRING",
        "ONGOING", "TBC",    "INVALID"};
    return names[kind];
}

const char *deadline_recurrence_name(enum deadline_recurrence recurrence)
{
    static const char *const names[] = {
        "ONCE",   "WEEKLY",     "MONTHLY",      "QUARTERLY",   "HALF_YEARLY",
        "YEARLY", "TWO_YEARLY", "THREE_YEARLY", "FOUR_YEARLY", "FIVE_YEARLY"};
    return names[recurrence];
}
