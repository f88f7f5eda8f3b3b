#include "common/names.h"

#include "common/utf8.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c) || (c != '\0' && strchr("._-=,~/", c) != NULL);
}

/* A segment that means a place in paths and URLs, and would lead out of the collection there.
 */
static bool has_dot_segment(const char *name)
{
    for (const char *segment = name; segment != NULL; segment = strchr(segment, '/')) {
        size_t length;

        segment += *segment == '/';
        length = strcspn(segment, "/");
        if (length > 0 && length <= 2 && strspn(segment, ".") == length) return true;
    }
    return false;
}

/* What is wrong with `name`; NULL when nothing is. */
static const char *name_fault(const char *name)
{
    size_t length = strlen(name);
    size_t collection_len;

    if (length == 0) return "is empty";
    if (length > NAME_MAX_BYTES) return "is over 200 bytes";
    for (const char *c = name; *c != '\0'; c++)
        if (!is_name_char(*c))
            return "has a character other than a-z, 0-9, \".\", \"_\", \"-\", \"=\", \",\", "
                   "\"~\" and \"/\"";
    if (name[0] == '/' || name[length - 1] == '/') return "begins or ends with \"/\"";
    if (strstr(name, "//") != NULL) return "has an empty segment";
    if (has_dot_segment(name)) return "has a segment \".\" or \"..\"";
    if (!name_split(name, &collection_len)) return "has no id behind the collection";
    return NULL;
}

bool name_is_valid(const char *name)
{
    return name_fault(name) == NULL;
}

struct status name_check(struct arena *arena, const char *field, const char *name)
{
    const char *fault = name_fault(name);

    if (fault == NULL) return status_ok();
    return status_invalid(arena, REASON_NAME_INVALID, field,
                          "the name \"%.*s\" %s; names look like \"indicators/foi-cex\"",
                          (int)utf8_fit(name, NAME_MAX_BYTES), name, fault);
}

bool name_split(const char *name, size_t *out_collection_len)
{
    const char *slash = strchr(name, '/');

    if (slash == NULL || slash == name || slash[1] == '\0') return false;
    *out_collection_len = (size_t)(slash - name);
    return true;
}

/* Bytes of the space at the front: ASCII, or U+00A0. */
static size_t space_size(const char *text)
{
    if (*text == ' ' || (*text >= '\t' && *text <= '\r')) return 1;
    return strncmp(text, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

char *code_fold(struct arena *arena, const char *text)
{
    char *key = arena_alloc(arena, strlen(text) + 1);
    char *end = key;

    while (*text != '\0') {
        size_t space = space_size(text);

        text += space;
        if (space == 0) *end++ = upper(*text++);
    }
    *end = '\0';
    return key;
}

/* Compares the numbers at the front of both and moves past them. */
static int compare_numbers(const char **a, const char **b)
{
    size_t a_digits;
    size_t b_digits;
    int order;

    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    a_digits = strspn(*a, "0123456789");
    b_digits = strspn(*b, "0123456789");
    if (a_digits != b_digits) return a_digits < b_digits ? -1 : 1;
    order = strncmp(*a, *b, a_digits);
    *a += a_digits;
    *b += b_digits;
    return order;
}

int text_compare_natural(const char *a, const char *b)
{
    const char *a_whole = a;
    const char *b_whole = b;

    while (*a != '\0' && *b != '\0') {
        int order;

        if (is_digit(*a) && is_digit(*b)) {
            order = compare_numbers(&a, &b);
        } else {
            order = (unsigned char)upper(*a) - (unsigned char)upper(*b);
            a++;
            b++;
        }
        if (order != 0) return order < 0 ? -1 : 1;
    }
    if (*a != '\0' || *b != '\0') return *a != '\0' ? 1 : -1;
    return strcmp(a_whole, b_whole);
}
