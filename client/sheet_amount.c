#include "client/sheet_amount.h"

#include "client/sheet_text.h"

#include <string.h>

enum { AMOUNT_MAX_BYTES = 60 };

static bool is_minus(const char *text)
{
    return *text == '-' || strncmp(text, "\xE2\x88\x92", 3) == 0 ||
           strncmp(text, "\xE2\x80\x93", 3) == 0;
}

/* Digits and point of the text; false when there is more in it than marks of money. */
static bool take_digits(const char *text, char *digits, bool *is_negative)
{
    char *end = digits;

    *is_negative = false;
    for (; *text != '\0'; text++) {
        if ((*text >= '0' && *text <= '9') || *text == '.') {
            *end++ = *text;
        } else if (is_minus(text) && end == digits) {
            *is_negative = true;
        } else if (*text == '(') {
            *is_negative = true;
        } else if (strchr(", )%", *text) == NULL && (unsigned char)*text < 0x80) {
            return false;
        }
    }
    *end = '\0';
    return end > digits;
}

bool sheet_amount_read(const char *text, struct decimal *out_amount)
{
    struct arena arena;
    char digits[AMOUNT_MAX_BYTES + 1];
    char number[AMOUNT_MAX_BYTES + 4];
    bool is_negative;
    bool is_number = false;
    const char *from = digits;
    const char *clean;

    if (strlen(text) > AMOUNT_MAX_BYTES) return false;
    arena_init(&arena, (size_t)-1);
    clean = sheet_clean(&arena, text, NULL);
    if (take_digits(clean, digits, &is_negative)) {
        size_t n = 0;

        while (from[0] == '0' && from[1] >= '0' && from[1] <= '9')
            from++;
        if (is_negative && strspn(from, "0.") < strlen(from)) number[n++] = '-';
        if (from[0] == '.') number[n++] = '0';
        memcpy(number + n, from, strlen(from) + 1);
        is_number = decimal_parse(number, out_amount) == DECIMAL_OK;
    }
    arena_release(&arena);
    return is_number;
}
