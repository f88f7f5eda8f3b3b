#include "client/sheet_text.h"

#include <string.h>
#include <strings.h>

enum { TAG_MAX = 80, ENTITY_MAX = 8 };

static const struct {
    unsigned bit;
    const char *name;
} change_table[SHEET_CHANGES] = {
    {SHEET_CHANGED_TAGS, "markup tags removed"},
    {SHEET_CHANGED_MARKS, "** and # removed"},
    {SHEET_CHANGED_ENTITIES, "entities such as &amp; decoded"},
    {SHEET_CHANGED_SPACES, "line ends, no-break and repeated spaces as one space"},
    {SHEET_CHANGED_INVISIBLE, "invisible characters removed"},
};

const char *sheet_change_name(unsigned bit)
{
    for (size_t i = 0; i < SHEET_CHANGES; i++)
        if (change_table[i].bit == bit) return change_table[i].name;
    return NULL;
}

void *sheet_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t size)
{
    void *wider;

    if (n < *capacity) return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    wider = arena_zalloc(arena, *capacity * size);
    if (n > 0) memcpy(wider, items, n * size);
    return wider;
}

void sheet_texts_add(struct sheet_texts *texts, const char *text, struct arena *arena)
{
    texts->items =
        sheet_grow(arena, texts->items, texts->n, &texts->capacity, sizeof texts->items[0]);
    texts->items[texts->n++] = text;
}

bool sheet_texts_has(const struct sheet_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->n; i++)
        if (strcmp(texts->items[i], text) == 0) return true;
    return false;
}

unsigned long long sheet_hash(const char *key)
{
    unsigned long long hash = 0xcbf29ce484222325ULL;

    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3ULL;
    return hash;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* --- Cleaning: what stands at the front of the text, and what it becomes. --- */

static const struct {
    const char *text;
    const char *as;
} entity_table[] = {
    {"&amp;", "&"},
    {"&nbsp;", " "},
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&quot;", "\""},
    {"&apos;", "'"},
    {"&#39;", "'"},
    {"&pound;", "\xC2\xA3"},
    {"&#163;", "\xC2\xA3"},
    {"&ndash;", "\xE2\x80\x93"},
    {"&mdash;", "\xE2\x80\x94"},
};

/* Spaces beyond ASCII. */
static const char *const space_table[] = {
    "\xC2\xA0",     "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xAF", "\xE2\x80\xA8", "\xE3\x80\x80",
};

static const char *const invisible_table[] = {"\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D",
                                              "\xEF\xBB\xBF", "\xC2\xAD"};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Length of the one of `table` that the text begins with, else 0. */
static size_t one_of(const char *text, const char *const *table, size_t n)
{
    if ((unsigned char)*text < 0x80) return 0;
    for (size_t i = 0; i < n; i++)
        if (begins(text, table[i])) return strlen(table[i]);
    return 0;
}

static size_t space_size(const char *text)
{
    if (*text == ' ' || (*text >= '\t' && *text <= '\r')) return 1;
    return one_of(text, space_table, sizeof space_table / sizeof space_table[0]);
}

static bool is_tag_name(const char *name, size_t length)
{
    static const char *const names[] = {"b",   "i",   "u",  "em", "strong", "br",   "p",
                                        "li",  "ul",  "ol", "td", "span",   "font", "sup",
                                        "sub", "div", "tr", "th", "small",  "s",    "a"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && strncasecmp(names[i], name, length) == 0) return true;
    return false;
}

/* Bytes of the markup tag at the front, else 0. */
static size_t tag_size(const char *text)
{
    const char *name = text + 1;
    size_t length = 0;
    size_t end;

    if (*text != '<') return 0;
    name += *name == '/';
    while (is_letter(name[length]))
        length++;
    if (!is_tag_name(name, length)) return 0;
    if (name[length] == '\0' || strchr(" />", name[length]) == NULL) return 0;
    end = strcspn(name, "<>");
    return end < TAG_MAX && name[end] == '>' ? (size_t)(name - text) + end + 1 : 0;
}

/* What is taken out, or becomes something else. */
struct piece {
    size_t size; /* bytes of the text it takes */
    const char *as;
    unsigned change;
};

static struct piece entity_piece(const char *text)
{
    if (*text != '&') return (struct piece){0};
    for (size_t i = 0; i < sizeof entity_table / sizeof entity_table[0]; i++)
        if (begins(text, entity_table[i].text))
            return (struct piece){strlen(entity_table[i].text), entity_table[i].as,
                                  SHEET_CHANGED_ENTITIES};
    return (struct piece){0};
}

static struct piece next_piece(const char *text)
{
    size_t size = tag_size(text);
    struct piece entity = entity_piece(text);

    if (size > 0) {
        char kind = lower(text[1] == '/' ? text[2] : text[1]);
        bool breaks = kind == 'p' || kind == 'l' || kind == 'd' || begins(text, "<br");

        return (struct piece){size, breaks ? " " : "", SHEET_CHANGED_TAGS};
    }
    if (entity.size > 0) return entity;
    if (begins(text, "**")) return (struct piece){2, "", SHEET_CHANGED_MARKS};
    size = one_of(text, invisible_table, sizeof invisible_table / sizeof invisible_table[0]);
    if (size > 0) return (struct piece){size, "", SHEET_CHANGED_INVISIBLE};
    size = space_size(text);
    if (size > 0) return (struct piece){size, " ", *text == ' ' ? 0 : SHEET_CHANGED_SPACES};
    return (struct piece){0};
}

/* "## Heading" without the marks; the number sign of "# of visits" stays. */
static const char *skip_marks(const char *text, unsigned *changes)
{
    size_t space = strspn(text, " \t");
    size_t n = strspn(text + space, "#");

    if (n == 0 || n > 6 || text[space + n] != ' ') return text;
    if (n == 1 && sheet_starts_low(text + space + n)) return text;
    *changes |= SHEET_CHANGED_MARKS;
    return text + space + n;
}

char *sheet_clean(struct arena *arena, const char *text, unsigned *changes)
{
    char *clean = arena_alloc(arena, strlen(text) * 2 + 4);
    char *end = clean;
    unsigned done = 0;

    text = skip_marks(text, &done);
    while (*text != '\0') {
        struct piece piece = next_piece(text);
        const char *as = piece.size > 0 ? piece.as : NULL;

        done |= piece.change;
        if (as == NULL) {
            *end++ = *text++;
            continue;
        }
        text += piece.size;
        if (strcmp(as, " ") == 0) {
            if (end > clean && end[-1] != ' ') *end++ = ' ';
        } else {
            memcpy(end, as, strlen(as));
            end += strlen(as);
        }
    }
    while (end > clean && end[-1] == ' ')
        end--;
    *end = '\0';
    if (changes != NULL) *changes |= done;
    return clean;
}

bool sheet_is_blank(const char *text)
{
    while (*text != '\0') {
        struct piece piece = next_piece(text);

        if (piece.size == 0 || (piece.as[0] != ' ' && piece.as[0] != '\0')) return false;
        text += piece.size;
    }
    return true;
}

/* --- Folding. --- */

/* Where a fold is being written. */
struct folder {
    char *start;
    char *end;
};

/* The word that has just ended, without its plural s. */
static void end_word(struct folder *folder)
{
    char *word = folder->end;

    while (word > folder->start && word[-1] != ' ')
        word--;
    if (folder->end - word > 3 && folder->end[-1] == 's' && is_letter(folder->end[-2]) &&
        folder->end[-2] != 's')
        folder->end--;
    if (folder->end > folder->start && folder->end[-1] != ' ') *folder->end++ = ' ';
}

static void add_words(struct folder *folder, const char *words)
{
    end_word(folder);
    memcpy(folder->end, words, strlen(words));
    folder->end += strlen(words);
    end_word(folder);
}

/* Bytes of a quote at the front: they are dropped, for "Executive's" and "Executives" are
 * one. */
static size_t quote_size(const char *text)
{
    static const char *const quotes[] = {"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A",
                                         "\xE2\x80\x9B", "\xE2\x80\x9C", "\xE2\x80\x9D",
                                         "\xE2\x80\x9E", "\xC2\xB4"};

    if (*text == '\'' || *text == '"' || *text == '`') return 1;
    return one_of(text, quotes, sizeof quotes / sizeof quotes[0]);
}

/* Bytes of a dash or another mark beyond ASCII that only separates. */
static size_t separator_size(const char *text)
{
    static const char *const marks[] = {
        "\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x92", "\xE2\x80\x93", "\xE2\x80\x94",
        "\xE2\x80\x95", "\xE2\x88\x92", "\xE2\x80\xA2", "\xC2\xB7",     "\xE2\x80\xA6"};

    if (*text == '.' && is_digit(text[1])) return 0;
    if ((unsigned char)*text < 0x80) return strchr(" .,:;?!()[]{}/\\-_|*=<>~^", *text) != NULL;
    return one_of(text, marks, sizeof marks / sizeof marks[0]);
}

/* One character, small; returns the bytes of the text it took. U+00C0 to U+00DE have their
 * small letters 32 further on. */
static size_t add_small(struct folder *folder, const char *text)
{
    unsigned char second = (unsigned char)text[1];

    *folder->end++ = lower(text[0]);
    if ((unsigned char)text[0] != 0xC3 || second < 0x80 || second > 0x9E || second == 0x97)
        return 1;
    *folder->end++ = (char)(second + 0x20);
    return 2;
}

/* Folds what stands at the front; returns its bytes. */
static size_t fold_next(struct folder *folder, const char *text)
{
    size_t quote = quote_size(text);
    size_t separator = quote > 0 ? 0 : separator_size(text);

    if (quote > 0) return quote;
    if (separator > 0) {
        end_word(folder);
        return separator;
    }
    if (*text != '&') return add_small(folder, text);
    add_words(folder, "and");
    return 1;
}

char *sheet_fold(struct arena *arena, const char *text)
{
    const char *clean = sheet_clean(arena, text, NULL);
    char *key = arena_alloc(arena, strlen(clean) * 6 + 8);
    struct folder folder = {key, key};

    while (*clean != '\0')
        clean += fold_next(&folder, clean);
    end_word(&folder);
    while (folder.end > key && folder.end[-1] == ' ')
        folder.end--;
    *folder.end = '\0';
    return key;
}

bool sheet_has_words(const char *folded, const char *words)
{
    size_t length = strlen(words);
    const char *at = folded;

    if (length == 0) return false;
    while ((at = strstr(at, words)) != NULL) {
        bool starts = at == folded || at[-1] == ' ';
        bool ends = at[length] == '\0' || at[length] == ' ';

        if (starts && ends) return true;
        at++;
    }
    return false;
}

/* --- Ids. --- */

/* Base letters of U+00C0 to U+00FF; '-' for the two signs among them. */
static const char latin_letters[] =
    "aaaaaaaceeeeiiiidnooooo-ouuuuypsaaaaaaaceeeeiiiidnooooo-ouuuuypy";

/* Drops from the last '-' on, unless that would take more than half. */
static void cut_word(char *id, size_t max_bytes)
{
    char *dash;

    if (strlen(id) <= max_bytes) return;
    id[max_bytes] = '\0';
    dash = strrchr(id, '-');
    if (dash != NULL && (size_t)(dash - id) > max_bytes / 2) *dash = '\0';
}

/* The letter that stands for the character at the front; '-' where none does. */
static char slug_letter(const char *text)
{
    unsigned char second = (unsigned char)text[1];

    if (is_letter(*text) || is_digit(*text)) return lower(*text);
    if ((unsigned char)*text == 0xC3 && second >= 0x80 && second <= 0xBF)
        return latin_letters[second - 0x80];
    return '-';
}

char *sheet_slug(struct arena *arena, const char *text, size_t max_bytes)
{
    const char *clean = sheet_clean(arena, text, NULL);
    char *id = arena_alloc(arena, strlen(clean) + 2);
    char *end = id;

    for (const char *at = clean; *at != '\0'; at++) {
        char letter = slug_letter(at);

        if (quote_size(at) > 0 || ((unsigned char)*at & 0xC0) == 0x80) continue;
        if (letter == '-' && (end == id || end[-1] == '-')) continue;
        *end++ = letter;
    }
    while (end > id && end[-1] == '-')
        end--;
    *end = '\0';
    cut_word(id, max_bytes);
    return id;
}

/* --- Where a text stops or goes on. --- */

bool sheet_ends_open(const char *text)
{
    static const char *const words[] = {
        "the",   "a",     "an",      "of",      "and",  "or",     "to",     "in",
        "for",   "with",  "by",      "on",      "at",   "from",   "that",   "as",
        "is",    "are",   "our",     "their",   "its",  "into",   "per",    "this",
        "using", "which", "through", "between", "than", "within", "across", "including"};
    size_t length = strlen(text);
    const char *word;
    const char *open = strrchr(text, '(');

    while (length > 0 && space_size(text + length - 1) == 1)
        length--;
    if (length == 0) return false;
    if (strchr("/,-(&:", text[length - 1]) != NULL) return true;
    if (length > 3 && (begins(text + length - 3, "\xE2\x80\x93"))) return true;
    if (open != NULL && strchr(open, ')') == NULL) return true;
    word = text + length;
    while (word > text && is_letter(word[-1]))
        word--;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == (size_t)(text + length - word) &&
            strncasecmp(words[i], word, strlen(words[i])) == 0)
            return true;
    return false;
}

bool sheet_starts_low(const char *text)
{
    while (space_size(text) > 0)
        text += space_size(text);
    return (*text >= 'a' && *text <= 'z') || *text == ')' || *text == ',' || *text == ';';
}
