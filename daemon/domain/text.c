#include "domain/text.h"

#include <string.h>

/* ---- characters and words ---- */

bool text_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_is_word(char c)
{
    return text_is_digit(c) || text_is_letter(c) || ((unsigned char)c & 0x80) != 0;
}

size_t text_word_length(const char *at)
{
    size_t size = 0;
    while (text_is_word(at[size]))
        size++;
    return size;
}

size_t text_match_phrase(const char *at, const char *phrase)
{
    size_t size = 0;
    for (; phrase[size] != '\0'; size++) {
        bool hyphen = phrase[size] == ' ' && at[size] == '-';
        if (at[size] != phrase[size] && !hyphen) return 0;
    }
    return text_is_word(at[size]) ? 0 : size;
}

bool text_is_one_of(const char *text, size_t size, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == size && strncmp(text, words[i], size) == 0) return true;
    return false;
}

const char *text_skip_prefix(const char *text, const char *prefix)
{
    while (*prefix != '\0' && *text == *prefix) {
        text++;
        prefix++;
    }
    return *prefix == '\0' ? text : NULL;
}

const char *text_skip_space(const char *at)
{
    return *at == ' ' ? at + 1 : at;
}

/* ---- cleaning ---- */

struct replacement {
    const char *from;
    const char *to; /* never longer than `from`, so that cleaning never grows a text */
};

static const struct replacement replacement_table[] = {
    {"\u00a0", " "},  {"\u00ad", ""},   {"\u2000", " "}, {"\u2001", " "},  {"\u2002", " "},
    {"\u2003", " "},  {"\u2004", " "},  {"\u2005", " "}, {"\u2006", " "},  {"\u2007", " "},
    {"\u2008", " "},  {"\u2009", " "},  {"\u200a", " "}, {"\u200b", ""},   {"\u200c", ""},
    {"\u200d", ""},   {"\u2010", "-"},  {"\u2011", "-"}, {"\u2012", "-"},  {"\u2013", "-"},
    {"\u2014", "-"},  {"\u2015", "-"},  {"\u2018", "'"}, {"\u2019", "'"},  {"\u201c", "\""},
    {"\u201d", "\""}, {"\u202f", " "},  {"\u205f", " "}, {"\u2060", ""},   {"\u2212", "-"},
    {"\u2264", "<="}, {"\u2265", ">="}, {"\u3000", " "}, {"\ufeff", ""},   {"&nbsp;", " "},
    {"&amp;", "&"},   {"&lt;", "<"},    {"&gt;", ">"},   {"&ndash;", "-"}, {"&mdash;", "-"},
    {"&pound;", "£"}, {"<br>", " "},    {"<br/>", " "},  {"<br />", " "},
};

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The length of a tag such as <b> or </u> at `at`; 0 when it is none ("<10%"). */
static size_t tag_length(const char *at)
{
    if (at[0] != '<') return 0;
    const char *name = at[1] == '/' ? at + 2 : at + 1;
    if (!text_is_letter(*name)) return 0;
    size_t size = strcspn(name, "<>");
    return name[size] == '>' ? (size_t)(name - at) + size + 1 : 0;
}

static const struct replacement *find_replacement(const char *at)
{
    /* Only these bytes begin an entry. */
    if (*at != '&' && *at != '<' && (unsigned char)*at < 0xc2) return NULL;
    for (size_t i = 0; i < sizeof replacement_table / sizeof replacement_table[0]; i++) {
        const struct replacement *entry = &replacement_table[i];
        if (strncmp(at, entry->from, strlen(entry->from)) == 0) return entry;
    }
    return NULL;
}

/* Bold marks come in pairs; a lone "**" is text. */
static size_t bold_length(const char *at, bool *is_open)
{
    if (at[0] != '*' || at[1] != '*') return 0;
    if (!*is_open && strstr(at + 2, "**") == NULL) return 0;
    *is_open = !*is_open;
    return 2;
}

/* Text being cleaned. */
struct cleaner {
    char *start;
    char *out;
    struct text_origin *origins; /* of the bytes from `start` on, or NULL */
};

/* Appends with runs of white space made one, none at the start. */
static void append_clean(struct cleaner *cleaner, const char *bytes, size_t size,
                         struct text_origin origin)
{
    for (size_t i = 0; i < size; i++) {
        char c = is_white(bytes[i]) ? ' ' : bytes[i];
        if (c == ' ' && (cleaner->out == cleaner->start || cleaner->out[-1] == ' ')) continue;
        if (cleaner->origins != NULL) cleaner->origins[cleaner->out - cleaner->start] = origin;
        *cleaner->out++ = c;
    }
}

bool text_clean_mapped(const char *text, size_t capacity, char *out_text,
                       struct text_origin *out_origins)
{
    if (strlen(text) >= capacity) return false;
    struct cleaner cleaner = {out_text, out_text, out_origins};
    bool bold_open = false;
    for (size_t at = 0; text[at] != '\0';) {
        const struct replacement *entry = find_replacement(text + at);
        size_t skip;
        if (entry != NULL) {
            size_t end = at + strlen(entry->from);
            append_clean(&cleaner, entry->to, strlen(entry->to), (struct text_origin){at, end});
            at = end;
        } else if ((skip = tag_length(text + at)) > 0 ||
                   (skip = bold_length(text + at, &bold_open)) > 0) {
            at += skip;
        } else {
            append_clean(&cleaner, text + at, 1, (struct text_origin){at, at + 1});
            at++;
        }
    }
    if (cleaner.out > out_text && cleaner.out[-1] == ' ') cleaner.out--;
    *cleaner.out = '\0';
    return true;
}

bool text_clean(const char *text, size_t capacity, char *out_text)
{
    return text_clean_mapped(text, capacity, out_text, NULL);
}

void text_lower(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
}
