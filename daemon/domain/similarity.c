#include "domain/similarity.h"

#include "common/arena.h"
#include "domain/date.h"
#include "domain/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- near-duplicates ---- */

/* Words that say nothing of what a title is about. */
static const char *const stop_words[] = {"a",  "an", "and", "at", "by",  "for", "from", "in",
                                         "of", "on", "or",  "s",  "the", "to",  "with"};

static bool has_digit(const char *word)
{
    return strpbrk(word, "0123456789") != NULL;
}

/* Without a plural s: "reviews" is "review", but "process" stays. */
static void fold_plural(char *word)
{
    size_t size = strlen(word);
    if (size > 3 && word[size - 1] == 's' && strchr("siu", word[size - 2]) == NULL)
        word[size - 1] = '\0';
}

static int compare_words(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* Sorts and drops what is there twice. Returns how many remain. */
static size_t sort_words(const char **words, size_t count)
{
    size_t kept = 0;
    if (count > 0) qsort(words, count, sizeof *words, compare_words);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(words[kept - 1], words[i]) != 0) words[kept++] = words[i];
    return kept;
}

struct similarity_title similarity_read_title(const char *text, struct arena *arena)
{
    size_t capacity = strlen(text) + 1;
    char *clean = arena_alloc(arena, capacity);
    const char **words = arena_alloc(arena, (capacity / 2 + 1) * sizeof *words);
    const char **numbers = arena_alloc(arena, (capacity / 2 + 1) * sizeof *numbers);
    struct similarity_title title = {words, 0, numbers, 0};
    (void)text_clean(text, capacity, clean);
    text_lower(clean);
    for (const char *at = clean; *at != '\0';) {
        size_t size = text_word_length(at);
        const char *start = at;
        at += size > 0 ? size : 1;
        if (size == 0 ||
            text_is_one_of(start, size, stop_words, sizeof stop_words / sizeof stop_words[0]))
            continue;
        char *word = arena_strndup(arena, start, size);
        fold_plural(word);
        words[title.word_count++] = word;
        if (has_digit(word)) numbers[title.number_count++] = word;
    }
    title.word_count = sort_words(words, title.word_count);
    title.number_count = sort_words(numbers, title.number_count);
    return title;
}

static bool same_numbers(const struct similarity_title *a, const struct similarity_title *b)
{
    if (a->number_count != b->number_count) return false;
    for (size_t i = 0; i < a->number_count; i++)
        if (strcmp(a->numbers[i], b->numbers[i]) != 0) return false;
    return true;
}

int similarity_compare(const struct similarity_title *a, const struct similarity_title *b)
{
    size_t shared = 0, i = 0, j = 0;
    if (a->word_count == 0 || b->word_count == 0 || !same_numbers(a, b)) return 0;
    while (i < a->word_count && j < b->word_count) {
        int order = strcmp(a->words[i], b->words[j]);
        shared += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return (int)(2000 * shared / (a->word_count + b->word_count));
}

struct similarity_pair *similarity_find_pairs(const char *const *titles, size_t count,
                                              int per_mille, size_t limit, struct arena *arena,
                                              size_t *out_count)
{
    struct similarity_title *read = arena_alloc(arena, (count + 1) * sizeof *read);
    struct similarity_pair *pairs = NULL;
    size_t found = 0, room = 0;
    for (size_t i = 0; i < count; i++)
        read[i] = similarity_read_title(titles[i], arena);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count && found < limit; j++) {
            int alike = similarity_compare(&read[i], &read[j]);
            if (alike == 0 || alike < per_mille) continue;
            if (found == room) {
                struct similarity_pair *old = pairs;
                room = room == 0 ? 8 : 2 * room;
                pairs = arena_alloc(arena, room * sizeof *pairs);
                if (found > 0) memcpy(pairs, old, found * sizeof *pairs);
            }
            pairs[found++] = (struct similarity_pair){i, j, alike};
        }
    }
    *out_count = found;
    return pairs;
}

/* ---- titles against periods ---- */

/* A number of exactly `digits` digits at `at`, -1 without. */
static int read_digits(const char *at, size_t digits)
{
    int number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!text_is_digit(at[i])) return -1;
        number = number * 10 + (at[i] - '0');
    }
    return text_is_word(at[digits]) ? -1 : number;
}

/* The last year behind a first one: "-2024", " - 24", "/22", "to 2024"; `first` without. */
static int read_last_year(const char *at, int first)
{
    at = text_skip_space(at);
    const char *next = text_skip_prefix(at, "to ");
    if (next == NULL && (*at == '-' || *at == '/')) next = text_skip_space(at + 1);
    if (next == NULL) return first;
    int last = read_digits(next, 4);
    if (last >= 0) return last;
    last = read_digits(next, 2);
    return last >= 0 ? first + (last + 100 - first % 100) % 100 : first;
}

/* The first years named; false when there are none. */
static bool find_years(const char *text, int *out_first, int *out_last)
{
    for (const char *at = text; *at != '\0';) {
        size_t size = text_word_length(at);
        int year = size == 4 ? read_digits(at, 4) : -1;
        if (year >= DATE_WRITTEN_MIN_YEAR && year <= DATE_WRITTEN_MAX_YEAR) {
            *out_first = year;
            *out_last = read_last_year(at + 4, year);
            return true;
        }
        at += size > 0 ? size : 1;
    }
    return false;
}

enum similarity_years similarity_compare_years(const char *title, const struct period *period,
                                               int *out_first, int *out_last)
{
    char clean[1024];
    int starts = date_to_civil(period->start_day).year;
    int ends = date_to_civil(period->end_day).year;
    if (!text_clean(title, sizeof clean, clean)) return SIMILARITY_NO_YEARS;
    text_lower(clean);
    if (!find_years(clean, out_first, out_last)) return SIMILARITY_NO_YEARS;
    bool single = *out_first == *out_last;
    bool agree = single ? *out_first >= starts && *out_last <= ends
                        : *out_first == starts && *out_last == ends;
    return agree ? SIMILARITY_AGREE : SIMILARITY_CONTRADICT;
}

const char *similarity_years_name(enum similarity_years years)
{
    static const char *const names[] = {"NO_YEARS", "AGREE", "CONTRADICT"};
    return names[years];
}
