/* Messages to the person, on stderr; data goes to stdout, never here. Control characters in
 * what a server sent become spaces, so that no text of the register can command the terminal.
 */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

#include <stdbool.h>

/* Replaces control characters (ASCII, and U+0080 to U+009F) by spaces, in place; line ends stay
 * if `keeps_lines`. */
void say_make_harmless(char *text, bool keeps_lines);

/* "provost: " and the text, and a line end. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text and a line end. Line ends within it stay. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
