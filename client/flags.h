/* Flags of the command line as data: a row says name, help and where the value goes; the
 * parser, the help, and later man pages and completion all read the rows. */
#ifndef CLIENT_FLAGS_H
#define CLIENT_FLAGS_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flag;

/* Stores `value` (NULL for a flag without argument) at `target`. NULL, or what is wrong with
 * the value (static). */
typedef const char *(*flag_set_fn)(void *target, const char *value, struct arena *arena);

struct flag {
    const char *name;     /* without the dashes; NULL ends a table */
    char letter;          /* of the short form, or 0 */
    const char *argument; /* what the help calls it; NULL: takes none */
    const char *help;
    flag_set_fn set;
    size_t offset; /* of the target in the struct that the table fills */
};

/* Values of a flag that may be given again and again. Zero to begin with. */
struct flag_list {
    const char **values; /* in the arena */
    size_t n;
};

const char *flag_set_bool(void *target, const char *value, struct arena *arena);
/* const char *; the text is shared with argv. */
const char *flag_set_text(void *target, const char *value, struct arena *arena);
/* int64_t, 0 and above. */
const char *flag_set_count(void *target, const char *value, struct arena *arena);
/* int64_t, 1 and above: 0 stands for a flag that was not given. */
const char *flag_set_positive(void *target, const char *value, struct arena *arena);
/* struct flag_list. */
const char *flag_add_text(void *target, const char *value, struct arena *arena);

/* A table and the struct it fills. */
struct flag_target {
    const struct flag *table; /* NULL: none */
    void *values;
};

/* What is left of the command line. */
struct flag_words {
    const char **words; /* in the arena, as many as argc at most */
    size_t n;
};

/* Called at each word that is no flag, before the following words are looked at: so the first
 * one, the command, can bring its own flags. NULL, or a complaint in the arena that ends the
 * parsing. */
typedef const char *(*flag_word_fn)(void *context, const char *word);

struct flag_parser {
    struct arena *arena;
    struct flag_target own;    /* looked at first; may be set by on_word */
    struct flag_target common; /* those of every command */
    flag_word_fn on_word;      /* may be NULL */
    void *context;
};

/* Reads argv[1..]. Takes --name VALUE, --name=VALUE, -xVALUE, -x VALUE; "--" ends the flags;
 * "-" and negative numbers are words. NULL, or what is wrong in words for the user, with the
 * flag that was probably meant, in the arena. */
const char *flags_parse(struct flag_parser *parser, int argc, char **argv,
                        struct flag_words *out_words);

#endif
