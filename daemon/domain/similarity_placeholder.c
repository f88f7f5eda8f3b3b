/* Placeholders nobody replaced. The text is looked at as it stands: cleaning would take
 * "<insert name>" for markup. */
#include "domain/similarity.h"
#include "domain/text.h"

#include <string.h>
#include <strings.h>

struct phrase {
    const char *words;
    enum similarity_placeholder placeholder;
};

static const struct phrase phrase_table[] = {
    {"tbc", SIMILARITY_TO_COME},
    {"tba", SIMILARITY_TO_COME},
    {"tbd", SIMILARITY_TO_COME},
    {"to be confirmed", SIMILARITY_TO_COME},
    {"to be agreed", SIMILARITY_TO_COME},
    {"to be advised", SIMILARITY_TO_COME},
    {"to be determined", SIMILARITY_TO_COME},
    {"to be added", SIMILARITY_TO_COME},
    {"to be inserted", SIMILARITY_TO_COME},
    {"to follow", SIMILARITY_TO_COME},
    {"lorem ipsum", SIMILARITY_FILLER},
    {"dd/mm/yyyy", SIMILARITY_FILLER},
    {"dd/mm/yy", SIMILARITY_FILLER},
    {"click here to enter", SIMILARITY_INSTRUCTION},
    {"click or tap", SIMILARITY_INSTRUCTION},
};

/* What an instruction begins with, in brackets or with one of the things below behind it. */
static const char *const verb_table[] = {"add",     "insert",  "enter",   "update", "complete",
                                         "confirm", "replace", "include", "delete", "check"};

/* What one is told to insert. Outside brackets only "insert" is an instruction, and only of
 * these: "Insert new street lights" is an action. */
static const char *const thing_table[] = {"link",   "name",  "date",  "text",
                                          "number", "title", "here",  "details",
                                          "figure", "table", "image", "logo"};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static size_t match_folded(const char *at, const char *words)
{
    size_t size = strlen(words);
    return strncasecmp(at, words, size) == 0 && !text_is_word(at[size]) ? size : 0;
}

static size_t match_any(const char *at, const char *const *table, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count && size == 0; i++)
        size = match_folded(at, table[i]);
    return size;
}

/* "[ADD LINK]", "<insert date>", "{insert name}": up to the closing bracket. */
static size_t bracket_length(const char *at)
{
    static const char opening[] = "[<{", closing[] = "]>}";
    const char *open = *at == '\0' ? NULL : strchr(opening, *at);
    if (open == NULL) return 0;
    const char *word = at + 1 + strspn(at + 1, " ");
    size_t size = strcspn(at, "]>}\n");
    if (at[size] != closing[open - opening]) return 0;
    bool told = match_any(word, verb_table, COUNT(verb_table)) > 0 ||
                match_folded(word, "tbc") > 0 || match_folded(word, "link") > 0;
    return told ? size + 1 : 0;
}

/* "insert link", "insert the name here": the words up to the thing. */
static size_t insert_length(const char *at)
{
    size_t size = match_folded(at, "insert");
    for (int words = 0; size > 0 && words < 3 && at[size] == ' '; words++) {
        size_t thing = match_any(at + size + 1, thing_table, COUNT(thing_table));
        if (thing > 0) return size + 1 + thing;
        size_t word = text_word_length(at + size + 1);
        if (word == 0) return 0;
        size += 1 + word;
    }
    return 0;
}

/* "xx", "XXX": a word of nothing but x; Roman twenty in capitals ("XX") too, as nobody has so
 * many. */
static size_t filler_length(const char *at)
{
    size_t size = strspn(at, "xX");
    if (size >= 2 && !text_is_word(at[size])) return size;
    size = strspn(at, "?");
    return size >= 3 ? size : 0;
}

static size_t placeholder_length(const char *at, enum similarity_placeholder *out_placeholder)
{
    size_t size = 0;
    for (size_t i = 0; i < COUNT(phrase_table) && size == 0; i++) {
        size = match_folded(at, phrase_table[i].words);
        *out_placeholder = phrase_table[i].placeholder;
    }
    if (size > 0) return size;
    *out_placeholder = SIMILARITY_INSTRUCTION;
    size = bracket_length(at);
    if (size == 0) size = insert_length(at);
    if (size > 0) return size;
    *out_placeholder = SIMILARITY_FILLER;
    return filler_length(at);
}

enum similarity_placeholder similarity_find_placeholder(const char *text, size_t *out_start,
                                                        size_t *out_size)
{
    for (size_t at = 0; text[at] != '\0';) {
        enum similarity_placeholder placeholder;
        size_t size = placeholder_length(text + at, &placeholder);
        if (size > 0) {
            *out_start = at;
            *out_size = size;
            return placeholder;
        }
        size_t word = text_word_length(text + at);
        /* The bytes of a pound sign are no letters: "£xx". */
        if (text_skip_prefix(text + at, "£") != NULL) word = strlen("£");
        at += word > 0 ? word : 1;
    }
    return SIMILARITY_NO_PLACEHOLDER;
}

const char *similarity_placeholder_name(enum similarity_placeholder placeholder)
{
    static const char *const names[] = {"", "TO_COME", "INSTRUCTION", "FILLER"};
    return names[placeholder];
}
