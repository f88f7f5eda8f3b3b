/* Making the text of a cell plain, and small steps over plain text. What several readers of
 * cells share (value, period, deadline, money, ...). Pure functions, NUL-terminated UTF-8, any
 * bytes are safe, no locale.
 */
#ifndef DOMAIN_TEXT_H
#define DOMAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The text with markup (<b>, **), typographic dashes, quotes, spaces and the usual HTML
 * entities made plain, runs of white space made one space, and the ends trimmed. Letters keep
 * their case. Never longer than `text`. False, `out_text` untouched, when `capacity` (with the
 * NUL) could be too small. */
bool text_clean(const char *text, size_t capacity, char *out_text);

/* The bytes of the text as written that a byte of the clean text stands for. */
struct text_origin {
    size_t start;
    size_t end;
};

/* The same; out_origins has one entry for each byte of the clean text, and room for `capacity`.
 */
bool text_clean_mapped(const char *text, size_t capacity, char *out_text,
                       struct text_origin *out_origins);

/* ASCII letters made lower case in place: positions stay. */
void text_lower(char *text);

/* ASCII letters; ASCII digits; both and all bytes of multi-byte letters. */
bool text_is_letter(char c);
bool text_is_digit(char c);
bool text_is_word(char c);

/* How many text_is_word bytes stand at `at`. */
size_t text_word_length(const char *at);

/* The length of `phrase` at `at`, where its spaces may be hyphens; 0 when it is not there
 * whole. */
size_t text_match_phrase(const char *at, const char *phrase);

/* Whether the first `size` bytes are one of `words`. */
bool text_is_one_of(const char *text, size_t size, const char *const *words, size_t count);

/* Behind `prefix`; NULL when `text` does not begin with it. */
const char *text_skip_prefix(const char *text, const char *prefix);

/* Behind one space, if one stands there (clean text has no two). */
const char *text_skip_space(const char *at);

#endif
