#include "service/filter_parse.h"

#include "common/reasons.h"
#include "service/excerpt.h"

#include <assert.h>
#include <string.h>

/* Connectives that wait for their right side, in the order in which they bind. */
enum waiting {
    WAITING_OPEN, /* a parenthesis */
    WAITING_AND,
    WAITING_OR,
    WAITING_NOT,
};

/* Each level of nesting can hold one AND, one OR and one NOT besides its parenthesis. */
#define WAITING_MAX (4 * (FILTER_MAX_NESTING + 1))

struct parser {
    struct arena *arena;
    const char *text;
    const char *at;
    struct filter_program *program;
    enum waiting stack[WAITING_MAX];
    size_t depth;
    size_t nesting; /* parentheses open */
};

/* ---- characters ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_operator_char(char c)
{
    return c != '\0' && strchr("=!<>:", c) != NULL;
}

static bool ends_path(char c)
{
    return c == '\0' || is_space(c) || is_operator_char(c) || strchr("()\"'", c) != NULL;
}

static bool ends_value(char c)
{
    return c == '\0' || is_space(c) || strchr("()\"'", c) != NULL;
}

static void skip_space(struct parser *parser)
{
    while (is_space(*parser->at))
        parser->at++;
}

/* Column of a place in the text: characters, not bytes, from 1. */
static size_t column_of(const struct parser *parser, const char *place)
{
    size_t column = 1;
    for (const char *c = parser->text; c < place; c++)
        if (((unsigned char)*c & 0xC0) != 0x80) column++;
    return column;
}

static struct status refuse(const struct parser *parser, const char *place, const char *what)
{
    return status_invalid(parser->arena, REASON_FILTER_INVALID, "filter",
                          "filter, column %zu: %s", column_of(parser, place), what);
}

static struct status refuse_size(const struct parser *parser, const char *what, int limit)
{
    return status_invalid(parser->arena, REASON_FILTER_TOO_LARGE, "filter",
                          "a filter has at most %d %s", limit, what);
}

/* Takes `word` if it stands here as a word of its own. */
static bool take_word(struct parser *parser, const char *word)
{
    size_t size = strlen(word);
    if (strncmp(parser->at, word, size) != 0 || !ends_path(parser->at[size])) return false;
    parser->at += size;
    return true;
}

static bool take_char(struct parser *parser, char c)
{
    if (*parser->at != c) return false;
    parser->at++;
    return true;
}

/* ---- connectives ---- */

static void add_step(struct parser *parser, enum filter_step step)
{
    assert(parser->program->step_count < FILTER_MAX_STEPS);
    parser->program->steps[parser->program->step_count++] = step;
}

static void push(struct parser *parser, enum waiting what)
{
    assert(parser->depth < WAITING_MAX);
    parser->stack[parser->depth++] = what;
}

/* Brings out what binds at least as tightly as `than`; a parenthesis stops it. */
static void bring_out(struct parser *parser, enum waiting than)
{
    static const enum filter_step step_table[] = {
        [WAITING_AND] = FILTER_STEP_AND,
        [WAITING_OR] = FILTER_STEP_OR,
        [WAITING_NOT] = FILTER_STEP_NOT,
    };
    while (parser->depth > 0) {
        enum waiting top = parser->stack[parser->depth - 1];
        if (top == WAITING_OPEN || top < than) return;
        add_step(parser, step_table[top]);
        parser->depth--;
    }
}

static void connect(struct parser *parser, enum waiting how)
{
    bring_out(parser, how);
    push(parser, how);
}

static struct status open_parenthesis(struct parser *parser)
{
    if (++parser->nesting > FILTER_MAX_NESTING)
        return refuse_size(parser, "parentheses inside each other", FILTER_MAX_NESTING);
    push(parser, WAITING_OPEN);
    return status_ok();
}

static struct status close_parenthesis(struct parser *parser)
{
    if (parser->nesting == 0)
        return refuse(parser, parser->at - 1, "this ) has no ( in front of it");
    bring_out(parser, WAITING_AND);
    parser->depth--;
    parser->nesting--;
    bring_out(parser, WAITING_NOT);
    return status_ok();
}

/* ---- terms ---- */

static struct status read_operator(struct parser *parser, struct filter_term *term)
{
    static const struct {
        const char *text;
        enum filter_operator op;
    } operator_table[] = {
        {"!=", FILTER_NOT_EQUAL}, {"<=", FILTER_AT_MOST}, {">=", FILTER_AT_LEAST},
        {"=", FILTER_EQUAL},      {"<", FILTER_LESS},     {">", FILTER_MORE},
        {":", FILTER_HAS},
    };
    skip_space(parser);
    for (size_t i = 0; i < sizeof operator_table / sizeof *operator_table; i++) {
        size_t size = strlen(operator_table[i].text);
        if (strncmp(parser->at, operator_table[i].text, size) != 0) continue;
        term->op = operator_table[i].op;
        parser->at += size;
        return status_ok();
    }
    return refuse(parser, parser->at,
                  arena_printf(parser->arena,
                               "expected one of = != < <= > >= : behind \"%s\" "
                               "(AND, OR and NOT are written in capitals)",
                               excerpt(parser->arena, term->path)));
}

static struct status read_path(struct parser *parser, struct filter_term *term)
{
    const char *start = parser->at;
    while (!ends_path(*parser->at))
        parser->at++;
    if (parser->at == start)
        return refuse(parser, start,
                      *start == '\0' ? "the filter ends where a field is expected"
                                     : "expected the name of a field");
    term->path = arena_strndup(parser->arena, start, (size_t)(parser->at - start));
    term->path_column = column_of(parser, start);
    return status_ok();
}

/* Cuts unescaped stars off both ends. `last_escaped`: the last character came behind a \. */
static void take_stars(struct filter_term *term, char *value, size_t size, bool last_escaped)
{
    if (size > 0 && value[size - 1] == '*' && !last_escaped) {
        term->open_end = true;
        value[--size] = '\0';
        if (size == 0) term->open_start = true;
    }
    term->value = value;
}

/* Behind the opening quote. */
static struct status read_quoted(struct parser *parser, char quote, struct filter_term *term)
{
    const char *start = parser->at - 1;
    char *value = arena_alloc(parser->arena, strlen(parser->at) + 1);
    size_t size = 0;
    bool escaped = false;
    term->open_start = parser->at[0] == '*' && parser->at[1] != quote;
    if (term->open_start) parser->at++;
    while (*parser->at != quote) {
        escaped = *parser->at == '\\';
        if (escaped) parser->at++;
        if (*parser->at == '\0') return refuse(parser, start, "this quote is not closed");
        value[size++] = *parser->at++;
    }
    parser->at++;
    value[size] = '\0';
    take_stars(term, value, size, escaped);
    return status_ok();
}

static struct status read_bare(struct parser *parser, struct filter_term *term)
{
    const char *start = parser->at;
    if (is_operator_char(*start))
        return refuse(parser, start, "expected a value; put quotes around one that begins so");
    while (!ends_value(*parser->at))
        parser->at++;
    if (parser->at == start) return refuse(parser, start, "expected a value");
    term->open_start = *start == '*' && parser->at - start > 1;
    if (term->open_start) start++;
    size_t size = (size_t)(parser->at - start);
    take_stars(term, arena_strndup(parser->arena, start, size), size, false);
    return status_ok();
}

static struct status read_value(struct parser *parser, struct filter_term *term)
{
    skip_space(parser);
    term->value_column = column_of(parser, parser->at);
    char quote = *parser->at;
    if (quote != '"' && quote != '\'') return read_bare(parser, term);
    parser->at++;
    return read_quoted(parser, quote, term);
}

static struct status read_term(struct parser *parser)
{
    struct filter_program *program = parser->program;
    if (program->term_count == FILTER_MAX_TERMS)
        return refuse_size(parser, "conditions", FILTER_MAX_TERMS);
    struct filter_term *term = &program->terms[program->term_count++];
    *term = (struct filter_term){.value = ""};
    struct status st = read_path(parser, term);
    if (status_is_ok(st)) st = read_operator(parser, term);
    if (status_is_ok(st)) st = read_value(parser, term);
    add_step(parser, FILTER_STEP_TERM);
    bring_out(parser, WAITING_NOT);
    return st;
}

/* ---- the whole ---- */

/* Reads one "(", or a NOT with what it is about, or a term; *out_more when another must follow.
 */
static struct status read_operand(struct parser *parser, bool *out_more)
{
    *out_more = true;
    if (take_char(parser, '-') || take_word(parser, "NOT")) {
        push(parser, WAITING_NOT);
        skip_space(parser);
    }
    if (take_char(parser, '(')) return open_parenthesis(parser);
    *out_more = false;
    return read_term(parser);
}

/* Reads what stands behind an operand; *out_more when an operand must follow. */
static struct status read_connective(struct parser *parser, bool *out_more)
{
    *out_more = false;
    if (take_char(parser, ')')) return close_parenthesis(parser);
    *out_more = true;
    if (take_word(parser, "OR")) {
        connect(parser, WAITING_OR);
    } else {
        (void)take_word(parser, "AND");
        connect(parser, WAITING_AND);
    }
    return status_ok();
}

static struct status read_all(struct parser *parser)
{
    bool operand_next = true;
    for (;;) {
        skip_space(parser);
        if (!operand_next && *parser->at == '\0') break;
        struct status st = operand_next ? read_operand(parser, &operand_next)
                                        : read_connective(parser, &operand_next);
        if (!status_is_ok(st)) return st;
    }
    if (parser->nesting > 0) return refuse(parser, parser->at, "a ( is not closed");
    bring_out(parser, WAITING_AND);
    return status_ok();
}

struct status filter_parse(struct arena *arena, const char *text,
                           struct filter_program *out_program)
{
    struct parser parser = {.arena = arena, .text = text, .at = text, .program = out_program};
    out_program->term_count = 0;
    out_program->step_count = 0;
    if (strlen(text) > FILTER_MAX_BYTES) return refuse_size(&parser, "bytes", FILTER_MAX_BYTES);
    skip_space(&parser);
    if (*parser.at == '\0') return status_ok();
    return read_all(&parser);
}
