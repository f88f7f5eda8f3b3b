/* "Did you mean": the nearest of some words by edit distance. */
#ifndef COMMON_SUGGEST_H
#define COMMON_SUGGEST_H

#include <stddef.h>

/* Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`. Words
 * over 63 bytes count as far from everything. */
size_t suggest_distance(const char *a, const char *b);

/* Keeps the nearest word seen; begin with {word, NULL, 0}. */
struct suggest {
    const char *word;
    const char
        *best; /* NULL while nothing is near enough: a third of the letters, at least one */
    size_t best_distance;
};

void suggest_offer(struct suggest *suggest, const char *candidate);

#endif
