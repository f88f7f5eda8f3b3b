/* Cells of pasted tables as text: cleaned of markup to be stored, folded to be compared,
 * slugged to become ids. What a cell says is the daemon's to understand; here is only how it is
 * written. */
#ifndef CLIENT_SHEET_TEXT_H
#define CLIENT_SHEET_TEXT_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* What cleaning did, as bits; sheet_change_name tells them in words. */
enum sheet_change {
    SHEET_CHANGED_TAGS = 1,      /* <b>, </u>, <br> taken out */
    SHEET_CHANGED_MARKS = 2,     /* ** and leading # taken out */
    SHEET_CHANGED_ENTITIES = 4,  /* &amp; became & */
    SHEET_CHANGED_SPACES = 8,    /* no-break spaces, line ends and runs became one space */
    SHEET_CHANGED_INVISIBLE = 16 /* zero-width characters taken out */
};
enum { SHEET_CHANGES = 5 };

/* "markup tags removed"; NULL for what is no bit. Static. */
const char *sheet_change_name(unsigned bit);

/* The words of a cell: without markup, entities decoded, runs of space as one. `changes` (may
 * be NULL) gets the bits of what was done added. Typographic dashes and quotes stay. */
char *sheet_clean(struct arena *arena, const char *text, unsigned *changes);

/* The key under which two wordings are one: cleaned, lower case, punctuation and quotes gone,
 * "&" as "and", a plural s dropped; "%", "+", "#" and a point between digits stay. */
char *sheet_fold(struct arena *arena, const char *text);

/* An id of a-z, 0-9 and '-', at most `max_bytes`, cut between words where that is possible; ""
 * when nothing is left. */
char *sheet_slug(struct arena *arena, const char *text, size_t max_bytes);

/* Nothing but space and markup. */
bool sheet_is_blank(const char *text);

/* The text stops in the middle: at a "/", a comma, a hyphen, an open bracket, or a word such as
 * "the" and "of". */
bool sheet_ends_open(const char *text);

/* It goes on in the middle of a sentence: with a small letter or a closing mark. */
bool sheet_starts_low(const char *text);

/* `words` stand in `folded` as whole words; both folded. */
bool sheet_has_words(const char *folded, const char *words);

/* A hash of a key, for comparing many. */
unsigned long long sheet_hash(const char *key);

/* A list of texts that grows in an arena. Zero to begin with. */
struct sheet_texts {
    const char **items;
    size_t n;
    size_t capacity;
};

void sheet_texts_add(struct sheet_texts *texts, const char *text, struct arena *arena);
bool sheet_texts_has(const struct sheet_texts *texts, const char *text);

/* Room for one more element of `size` bytes in an array of `n` in the arena: the array, moved
 * when it was full. */
void *sheet_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t size);

#endif
