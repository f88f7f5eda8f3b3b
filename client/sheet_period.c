#include "client/sheet_period.h"

#include "client/sheet_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 64 };

/* What a word may be in a period. */
enum word_kind {
    WORD_OTHER,
    WORD_YEAR,    /* 2021, 2021/22, 21/22, FY2021/22 */
    WORD_QUARTER, /* Q1, H2 */
    WORD_PART,    /* quarter, half: a number follows or goes before */
    WORD_NUMBER,  /* 31, 1st, 2 */
    WORD_MONTH,   /* April, Apr-23, Apr-Jun */
    WORD_LINK,    /* as, at, to: only between other words of a period */
};

struct word {
    const char *at;
    size_t size;
    enum word_kind kind;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* "2021", "2021/22", "2021-2022", "21/22"; not "12-13" with a dash, which may be anything. */
static bool is_year(const char *word)
{
    size_t first = digits(word);
    size_t second;

    if (first == 4 && (word[0] == '1' || word[0] == '2') && word[4] == '\0')
        return strncmp(word, "19", 2) == 0 || strncmp(word, "20", 2) == 0;
    if ((first != 4 && first != 2) || (word[first] != '/' && word[first] != '-')) return false;
    if (first == 2 && word[first] != '/') return false;
    second = digits(word + first + 1);
    if (word[first + 1 + second] != '\0') return false;
    return first == 4 ? second == 2 || second == 4 || second == 5 : second == 2;
}

static bool is_month(const char *word)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    size_t length = strcspn(word, "-/'.0123456789");
    const char *tail = word + length;

    tail += strspn(tail, "-/'.");
    if (tail[digits(tail)] != '\0') return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncasecmp(word, names[i], length) == 0 &&
            (length == 3 || names[i][length] == '\0' || strncasecmp(word, "sept", 5) == 0))
            return true;
    return false;
}

/* "Apr-Jun": a month to a month. */
static bool is_month_range(const char *word)
{
    const char *dash = strpbrk(word, "-/");
    char first[16];

    if (dash == NULL || (size_t)(dash - word) >= sizeof first || dash - word < 3) return false;
    memcpy(first, word, (size_t)(dash - word));
    first[dash - word] = '\0';
    return is_month(first) && strlen(dash + 1) >= 3 && is_month(dash + 1);
}

/* "FY24", "FY2024": the year that ends then. */
static bool is_financial_year(const char *word)
{
    size_t n = strncasecmp(word, "fy", 2) == 0 ? digits(word + 2) : 0;

    return (n == 2 || n == 4) && word[2 + n] == '\0';
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcasecmp(word, *list) == 0) return true;
    return false;
}

static enum word_kind kind_of(const char *word)
{
    static const char *const parts[] = {"quarter", "qtr", "half", "fy", "year", NULL};
    static const char *const links[] = {"as", "at", "ending", "ended", "end", "to", "-", NULL};
    size_t n;

    if (strncasecmp(word, "fy", 2) == 0 && is_year(word + 2)) return WORD_YEAR;
    if (is_year(word) || is_financial_year(word)) return WORD_YEAR;
    if (strchr("QqHh", word[0]) != NULL && word[0] != '\0' && word[1] >= '1' &&
        word[1] <= '4' && (word[2] == '\0' || (word[2] == '/' && is_year(word + 3))))
        return WORD_QUARTER;
    if (is_one_of(word, parts)) return WORD_PART;
    if (is_one_of(word, links)) return WORD_LINK;
    if (strlen(word) >= 3 && (is_month(word) || is_month_range(word))) return WORD_MONTH;
    n = digits(word);
    if (n >= 1 && n <= 2 &&
        (word[n] == '\0' ||
         is_one_of(word + n, (const char *const[]){"st", "nd", "rd", "th", NULL})))
        return WORD_NUMBER;
    return WORD_OTHER;
}

/* Dashes beyond ASCII as '-', and no space around a '/' or '-' between digits. */
static char *plain(const char *text, struct arena *arena)
{
    char *out = arena_alloc(arena, strlen(text) + 1);
    char *end = out;

    while (*text != '\0') {
        bool dash = strncmp(text, "\xE2\x80", 2) == 0 && (unsigned char)text[2] >= 0x90 &&
                    (unsigned char)text[2] <= 0x95;
        char c = dash ? '-' : *text;
        size_t size = dash ? 3 : 1;

        if (c == ' ' && end > out && (end[-1] == '/' || end[-1] == '-') && end - out > 1 &&
            is_digit(end[-2]) && is_digit(text[1])) {
            text++;
            continue;
        }
        if ((c == '/' || c == '-') && end - out > 1 && end[-1] == ' ' && is_digit(end[-2]) &&
            is_digit(text[size + (text[size] == ' ')]))
            end--;
        *end++ = c;
        text += size;
    }
    *end = '\0';
    return out;
}

static size_t split(const char *text, struct word *words, struct arena *arena)
{
    size_t n = 0;

    while (n < WORDS_MAX) {
        text += strspn(text, " ()[],:;\t");
        if (*text == '\0') break;
        words[n].at = text;
        words[n].size = strcspn(text, " ()[],:;\t");
        words[n].kind = kind_of(arena_strndup(arena, text, words[n].size));
        text += words[n].size;
        n++;
    }
    return n;
}

/* A run of words from `first` on that belong to a period. */
struct run {
    size_t first;
    size_t n;
    bool has_year;
    bool is_period; /* it has a year, a quarter, or a part with its number */
};

static struct run run_at(const struct word *words, size_t n, size_t first)
{
    struct run run = {.first = first};
    bool part = false;
    bool number = false;

    while (first + run.n < n && words[first + run.n].kind != WORD_OTHER) {
        const struct word *word = &words[first + run.n];
        const char *slash = memchr(word->at, '/', word->size);

        run.has_year |= word->kind == WORD_YEAR ||
                        (word->kind == WORD_QUARTER && slash != NULL) ||
                        (word->kind == WORD_MONTH && is_digit(word->at[word->size - 1]));
        run.is_period |= word->kind == WORD_QUARTER || word->kind == WORD_MONTH;
        part |= word->kind == WORD_PART;
        number |= word->kind == WORD_NUMBER;
        run.n++;
    }
    run.is_period |= run.has_year || (part && number);
    while (run.n > 0 && words[first + run.n - 1].kind == WORD_LINK)
        run.n--;
    while (run.n > 0 && words[run.first].kind == WORD_LINK &&
           strncasecmp(words[run.first].at, "to", 2) == 0) {
        run.first++;
        run.n--;
    }
    return run;
}

static const char *without(const char *text, const char *from, size_t size, struct arena *arena)
{
    char *rest = arena_printf(arena, "%.*s %s", (int)(from - text), text, from + size);
    char *end = rest;

    for (const char *c = rest; *c != '\0'; c++)
        if (strchr("()[]:", *c) == NULL) *end++ = *c;
    *end = '\0';
    return sheet_clean(arena, rest, NULL);
}

static size_t bytes_of(const struct word *words, const struct run *run)
{
    const struct word *last = &words[run->first + run->n - 1];

    return (size_t)(last->at + last->size - words[run->first].at);
}

/* "Q2 Actual 2023/24": part and year stand apart, and neither is in the rest. */
static struct sheet_period join_runs(const char *text, const struct word *words,
                                     const struct run *part, const struct run *year,
                                     struct arena *arena)
{
    const char *part_at = words[part->first].at, *year_at = words[year->first].at;
    size_t part_size = bytes_of(words, part), year_size = bytes_of(words, year);
    char *rest = arena_strdup(arena, text);

    memset(rest + (part_at - text), ' ', part_size);
    memset(rest + (year_at - text), ' ', year_size);
    return (struct sheet_period){
        arena_printf(arena, "%.*s %.*s", (int)part_size, part_at, (int)year_size, year_at),
        without(rest, rest, 0, arena), true};
}

/* A financial year alone, which may stand apart from its quarter. */
static bool is_year_alone(const struct word *words, const struct run *run)
{
    return run->n == 1 && words[run->first].kind == WORD_YEAR &&
           memchr(words[run->first].at, '/', words[run->first].size) != NULL;
}

/* A quarter or half without its year; "Quarter 2" too. */
static bool is_part_alone(const struct word *words, const struct run *run)
{
    return !run->has_year && run->is_period && words[run->first].kind != WORD_MONTH &&
           words[run->first].kind != WORD_NUMBER;
}

struct sheet_period sheet_period_find(const char *heading, struct arena *arena)
{
    const char *text = plain(heading, arena);
    struct word words[WORDS_MAX];
    size_t n = split(text, words, arena);
    struct run best = {0}, part = {0}, year = {0};

    for (size_t i = 0; i < n; i++) {
        struct run run = run_at(words, n, i);

        if (run.is_period && run.n > best.n) best = run;
        if (run.n > 0 && part.n == 0 && is_part_alone(words, &run)) part = run;
        if (run.n > 0 && year.n == 0 && is_year_alone(words, &run)) year = run;
        if (run.n > 0) i = run.first + run.n - 1;
    }
    if (best.n == 0) return (struct sheet_period){NULL, heading, false};
    if (part.n > 0 && year.n > 0) return join_runs(text, words, &part, &year, arena);

    const char *from = words[best.first].at;
    size_t size = bytes_of(words, &best);

    const char *label = arena_strndup(arena, from, size);

    return (struct sheet_period){without(label, label, 0, arena),
                                 without(text, from, size, arena), best.has_year};
}

const char *sheet_period_year_in(const char *label, struct arena *arena)
{
    struct word words[WORDS_MAX];
    size_t n = split(label, words, arena);

    for (size_t i = 0; i < n; i++)
        if (words[i].kind == WORD_YEAR && strcspn(words[i].at, "/-") < words[i].size)
            return arena_strndup(arena, words[i].at, words[i].size);
    return NULL;
}

bool sheet_period_is_year(const char *label)
{
    return is_year(label) || is_financial_year(label) ||
           (strncasecmp(label, "fy", 2) == 0 && is_year(label + 2));
}

bool sheet_period_is_ending_year(const char *label)
{
    return is_financial_year(label);
}

int sheet_period_year(const char *label)
{
    if (is_financial_year(label)) {
        long last = strtol(label + 2, NULL, 10);

        return (int)(last < 100 ? 2000 + last : last) - 1;
    }
    for (; *label != '\0'; label++)
        if (digits(label) == 4) return (int)strtol(label, NULL, 10);
    return 0;
}
