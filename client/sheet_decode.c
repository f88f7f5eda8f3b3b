#include "client/sheet_decode.h"

#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What binary files begin with, and what to do. */
static const struct {
    const char *magic;
    size_t size;
    const char *what;
} magic_table[] = {
    {"PK\003\004", 4, "a workbook or document (xlsx, docx, ods)"},
    {"\xD0\xCF\x11\xE0", 4, "an old Excel or Word file"},
    {"%PDF", 4, "a PDF file"},
    {"\x89PNG", 4, "a picture"},
    {"\xFF\xD8\xFF", 3, "a picture"},
    {"\x1F\x8B", 2, "a compressed file"},
    {"SQLite format 3", 15, "a database"},
};

/* Code points of the bytes 0x80 to 0x9F; 0 where Windows-1252 has none. */
static const uint16_t windows_table[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/* Writes a code point; returns where it ends. */
static char *put_utf8(char *end, uint32_t code)
{
    if (code < 0x80) {
        *end++ = (char)code;
    } else if (code < 0x800) {
        *end++ = (char)(0xC0 | code >> 6);
        *end++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *end++ = (char)(0xE0 | code >> 12);
        *end++ = (char)(0x80 | (code >> 6 & 0x3F));
        *end++ = (char)(0x80 | (code & 0x3F));
    } else {
        *end++ = (char)(0xF0 | code >> 18);
        *end++ = (char)(0x80 | (code >> 12 & 0x3F));
        *end++ = (char)(0x80 | (code >> 6 & 0x3F));
        *end++ = (char)(0x80 | (code & 0x3F));
    }
    return end;
}

/* NULL when a byte has no meaning. */
static char *decode_windows(const char *bytes, size_t size, struct arena *arena,
                            size_t *out_size)
{
    char *text = arena_alloc(arena, size * 3 + 1);
    char *end = text;

    for (size_t i = 0; i < size; i++) {
        uint32_t code = (unsigned char)bytes[i];

        if (code >= 0x80 && code < 0xA0) code = windows_table[code - 0x80];
        if (code == 0) return NULL;
        end = put_utf8(end, code);
    }
    *end = '\0';
    *out_size = (size_t)(end - text);
    return text;
}

static uint32_t unit_at(const char *bytes, bool is_big)
{
    unsigned first = (unsigned char)bytes[0];
    unsigned second = (unsigned char)bytes[1];

    return is_big ? first << 8 | second : second << 8 | first;
}

/* Surrogates without a partner and an odd byte at the end become U+FFFD. */
static char *decode_utf16(const char *bytes, size_t size, struct arena *arena, size_t *out_size)
{
    bool is_big = (unsigned char)bytes[0] == 0xFE;
    char *text = arena_alloc(arena, size * 2 + 4);
    char *end = text;

    for (size_t i = 2; i + 1 < size; i += 2) {
        uint32_t code = unit_at(bytes + i, is_big);
        uint32_t low = i + 3 < size ? unit_at(bytes + i + 2, is_big) : 0;

        if (code >= 0xD800 && code < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        } else if ((code >= 0xD800 && code < 0xE000) || code == 0) {
            code = 0xFFFD;
        }
        end = put_utf8(end, code);
    }
    *end = '\0';
    *out_size = (size_t)(end - text);
    return text;
}

/* What the bytes are when they are no text; NULL when they may be. */
static const char *binary_name(const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof magic_table / sizeof magic_table[0]; i++)
        if (size >= magic_table[i].size &&
            memcmp(bytes, magic_table[i].magic, magic_table[i].size) == 0)
            return magic_table[i].what;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v')
            return "a binary file";
    }
    return NULL;
}

static struct status refuse_binary(struct arena *arena, const char *what)
{
    return status_invalid(arena, REASON_SHEET_BINARY, NULL,
                          "it is %s, not text; in Excel or Word copy the tables, or save as "
                          "\"Text (tab delimited)\" or \"CSV UTF-8\"",
                          what);
}

static bool is_utf16(const char *bytes, size_t size)
{
    return size >= 2 &&
           (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
}

static bool has_content(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(" \t\r\n\f\v", bytes[i]) == NULL) return true;
    return false;
}

struct status sheet_decode(const char *bytes, size_t size, struct arena *arena,
                           struct sheet_text *out_text)
{
    struct sheet_text text = {bytes, size, "UTF-8"};
    const char *binary;

    if (is_utf16(bytes, size)) {
        text.bytes = decode_utf16(bytes, size, arena, &text.size);
        text.encoding = "UTF-16";
    }
    binary = binary_name(text.bytes, text.size);
    if (binary != NULL) return refuse_binary(arena, binary);
    if (text.size >= 3 && memcmp(text.bytes, "\xEF\xBB\xBF", 3) == 0) {
        text.bytes += 3;
        text.size -= 3;
    }
    if (utf8_valid_prefix(text.bytes, text.size) < text.size) {
        text.bytes = decode_windows(bytes, size, arena, &text.size);
        text.encoding = "Windows-1252";
    }
    if (text.bytes == NULL) return refuse_binary(arena, "neither UTF-8 nor Windows-1252");
    if (!has_content(text.bytes, text.size))
        return status_invalid(arena, REASON_SHEET_EMPTY, NULL, "the file is empty");
    *out_text = text;
    return status_ok();
}
