/* Is it UTF-8? Overlong forms, surrogates and code points past U+10FFFF are not. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the one character at the front of `bytes`, 0 when it is not valid or `size` is 0. */
size_t utf8_char_size(const char *bytes, size_t size);

/* Length of the longest valid prefix; `size` when all is valid. NUL is a valid character. */
size_t utf8_valid_prefix(const char *bytes, size_t size);

/* Bytes of the front of a valid `text` that fit into `max_bytes` without cutting a character.
 */
size_t utf8_fit(const char *text, size_t max_bytes);

/* All of it is valid and none of it is NUL. */
bool utf8_is_text(const char *bytes, size_t size);

#endif
