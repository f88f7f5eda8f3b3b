/* The heading row of a table: what each column means, and from that, which sort of table it is.
 */
#ifndef CLIENT_SHEET_HEADERS_H
#define CLIENT_SHEET_HEADERS_H

#include "client/sheet_field.h"
#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

/* One column. */
struct sheet_column {
    const char *header; /* words of the heading, cleaned; "" without one */
    const char *key;    /* folded */
    enum sheet_field field;
    const char *period;  /* as worded, NULL without one */
    const char *rest;    /* the heading without its period */
    bool has_year;       /* of the period */
    bool is_loose;       /* known by a part of its words only */
    bool is_guess;       /* a bare period taken for a target */
    bool is_guess_title; /* taken for the title, for nothing else is one */
    bool is_named;       /* a note whose text needs the heading in front to be understood */
};

struct sheet_header {
    enum sheet_kind kind; /* SHEET_UNKNOWN when it is no heading that is known */
    struct sheet_column *columns;
    size_t n_columns;
    size_t n_named; /* columns with a heading */
    size_t n_known; /* of them understood */
};

/* Synonyms, built in and of a mapping file, folded. Opaque. */
struct sheet_headers;

struct sheet_headers *sheet_headers_new(struct arena *arena);

/* Reads a mapping file: rows of header, kind, field and, where wanted, period, separated by
 * tabs or commas; a first row of these words and lines beginning with '#' are passed over. What
 * it says goes before what is built in. INVALID_ARGUMENT with the line. */
struct status sheet_headers_add_map(struct sheet_headers *headers, const char *text,
                                    size_t size) MUST_CHECK;

/* A row under a heading. */
struct sheet_below {
    const char *const *cells;
    size_t n;
};

/* What is known beside the heading itself. */
struct sheet_hint {
    bool is_money;        /* a pound sign or a word of money stands near */
    bool is_money_said;   /* the heading itself or what stands above has such a word */
    enum sheet_kind kind; /* SHEET_ANY, or the only one to try */
    const struct sheet_below *below; /* rows that follow, some of them; NULL for none */
    size_t n_below;
};

/* Reads the cells of a heading. True when it is one: it has a title and, without a mapping, at
 * least two columns and half of all named ones are known. */
bool sheet_header_read(const struct sheet_headers *headers, const char *const *cells, size_t n,
                       const struct sheet_hint *hint, struct sheet_header *out_header);

/* The meaning of one heading in a kind of table; SHEET_NONE when it has none. */
enum sheet_field sheet_headers_meaning(const struct sheet_headers *headers, const char *heading,
                                       enum sheet_kind kind);

/* A folded heading stands word for word among the synonyms, of whatever kind. */
bool sheet_headers_knows(const struct sheet_headers *headers, const char *key);

/* A folded heading says only a unit: "£000", "%". */
bool sheet_is_unit(const char *key, struct arena *arena);

/* Two headings say the same. */
bool sheet_header_same(const struct sheet_header *a, const struct sheet_header *b);

/* Words of money: a pound sign, "budget", "expenditure". */
bool sheet_is_money(const char *folded);

#endif
