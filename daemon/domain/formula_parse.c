/* Reading formulas: a parser by recursive descent, bounded by FORMULA_MAX_DEPTH. */
#include "common/arena.h"
#include "domain/formula.h"
#include "domain/text.h"

#include <string.h>

static const char *const glued_slash =
    "write spaces around / to divide, and a financial year as 2021-22";

struct parser {
    const char *text;
    const char *at;
    struct arena *arena;
    struct formula_reference *references; /* room for as many as the text can hold */
    size_t reference_count;
    int depth;
    struct formula_error error; /* set once something is wrong */
};

static struct formula_node *parse_sum(struct parser *parser);

/* The first fault is the one told. */
static struct formula_node *fail(struct parser *parser, const char *at, const char *message)
{
    if (parser->error.message == NULL)
        parser->error = (struct formula_error){(int)(at - parser->text) + 1, message};
    return NULL;
}

static void skip_white(struct parser *parser)
{
    while (*parser->at == ' ' || (*parser->at >= '\t' && *parser->at <= '\r'))
        parser->at++;
}

/* Takes a mark and the white space behind it. */
static bool take(struct parser *parser, const char *mark)
{
    const char *rest = text_skip_prefix(parser->at, mark);
    if (rest == NULL) return false;
    parser->at = rest;
    skip_white(parser);
    return true;
}

/* ---- nodes ---- */

static struct formula_node *new_node(struct parser *parser, enum formula_kind kind)
{
    struct formula_node *node = arena_zalloc(parser->arena, sizeof *node);
    node->kind = kind;
    node->height = 1;
    return node;
}

/* A node over two arguments, or over one given twice; NULL when one is NULL, or the tree grows
 * too high. */
static struct formula_node *join(struct parser *parser, enum formula_kind kind,
                                 struct formula_node *left, struct formula_node *right)
{
    if (left == NULL || right == NULL) return NULL;
    int height = left->height > right->height ? left->height : right->height;
    if (height >= FORMULA_MAX_HEIGHT)
        return fail(parser, parser->at, "too many operations in a row; use sum(...)");
    struct formula_node *node = new_node(parser, kind);
    node->height = height + 1;
    node->arguments = left;
    if (right != left) left->next = right;
    return node;
}

static bool same_reference(const struct formula_reference *a, const struct formula_reference *b)
{
    if (a->shift != b->shift || strcmp(a->indicator, b->indicator) != 0) return false;
    return a->shift != FORMULA_FIXED || period_compare(&a->period, &b->period) == 0;
}

static struct formula_node *reference_node(struct parser *parser,
                                           const struct formula_reference *reference)
{
    struct formula_node *node = new_node(parser, FORMULA_REFERENCE);
    while (node->reference < parser->reference_count &&
           !same_reference(&parser->references[node->reference], reference))
        node->reference++;
    if (node->reference == parser->reference_count)
        parser->references[parser->reference_count++] = *reference;
    return node;
}

/* ---- numbers and references ---- */

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || text_is_digit(c) || (c != '\0' && strchr("-_.~", c));
}

/* Ends in a letter, digit, '_' or '~', so that "a- b" and "a." are seen as what they are. */
static size_t id_length(const char *at)
{
    size_t size = 0;
    while (is_id_char(at[size]))
        size++;
    while (size > 0 && (at[size - 1] == '-' || at[size - 1] == '.'))
        size--;
    return size;
}

static struct formula_node *parse_number(struct parser *parser)
{
    const char *start = parser->at, *at = start;
    while (text_is_digit(*at))
        at++;
    if (*at == '.' && text_is_digit(at[1]))
        for (at++; text_is_digit(*at);)
            at++;
    if (text_is_word(*at) || *at == '.' || *at == '_')
        return fail(parser, start,
                    "a number is written 12 or 0.5; an id that begins with a "
                    "digit needs indicators/ before it");
    struct formula_node *node = new_node(parser, FORMULA_NUMBER);
    char *text = arena_strndup(parser->arena, start, (size_t)(at - start));
    enum decimal_error error = decimal_parse(text, &node->number);
    if (error != DECIMAL_OK) return fail(parser, start, decimal_error_text(error));
    parser->at = at;
    skip_white(parser);
    return node;
}

/* What stands behind "@". */
static bool parse_period(struct parser *parser, struct formula_reference *reference)
{
    const char *start = parser->at;
    size_t size = strspn(start, "abcdefghijklmnopqrstuvwxyz0123456789-.");
    const char *text = arena_strndup(parser->arena, start, size);
    reference->shift = FORMULA_FIXED;
    /* "@2021/22" must not become a year divided by 22. */
    if (start[size] == '/') return fail(parser, start + size, glued_slash) != NULL;
    if (strcmp(text, "prev") == 0)
        reference->shift = FORMULA_PREVIOUS;
    else if (strcmp(text, "same-last-year") == 0)
        reference->shift = FORMULA_SAME_LAST_YEAR;
    else if (!period_parse(text, &reference->period, NULL))
        return fail(parser, start,
                    arena_printf(parser->arena,
                                 "@%s is neither prev nor same-last-year nor a "
                                 "period such as 2021-22.q1",
                                 text)) != NULL;
    parser->at = start + size;
    return true;
}

static struct formula_node *parse_reference(struct parser *parser)
{
    const char *start = parser->at;
    const char *id = text_skip_prefix(start, "indicators/");
    if (id == NULL) id = start;
    size_t size = id_length(id);
    if (size == 0) return fail(parser, start, "expected an indicator such as foi-cex");
    if (id[size] == '/') return fail(parser, id + size, glued_slash);
    struct formula_reference reference = {
        .indicator = arena_strndup(parser->arena, id, size),
        .column = (int)(start - parser->text) + 1,
    };
    parser->at = id + size;
    if (*parser->at == '@') {
        parser->at++;
        if (!parse_period(parser, &reference)) return NULL;
    }
    skip_white(parser);
    return reference_node(parser, &reference);
}

/* ---- calls ---- */

static const struct {
    const char *name;
    enum formula_kind kind;
} function_table[] = {
    {"sum", FORMULA_SUM}, {"mean", FORMULA_MEAN}, {"min", FORMULA_MIN},
    {"max", FORMULA_MAX}, {"if", FORMULA_IF},
};

/* Longer marks before those they begin with. */
static const struct {
    const char *mark;
    enum formula_kind kind;
} comparison_table[] = {
    {"<=", FORMULA_LESS_EQUAL}, {">=", FORMULA_GREATER_EQUAL}, {"!=", FORMULA_NOT_EQUAL},
    {"<", FORMULA_LESS},        {">", FORMULA_GREATER},        {"=", FORMULA_EQUAL},
};

/* NOLINTBEGIN(misc-no-recursion): the grammar is recursive; parse_unary bounds the depth */
static struct formula_node *parse_condition(struct parser *parser)
{
    struct formula_node *left = parse_sum(parser);
    if (left == NULL) return NULL;
    for (size_t i = 0; i < sizeof comparison_table / sizeof comparison_table[0]; i++)
        if (take(parser, comparison_table[i].mark))
            return join(parser, comparison_table[i].kind, left, parse_sum(parser));
    return fail(parser, parser->at, "if needs a comparison first: < <= > >= = !=");
}

/* Reads arguments up to ")" and hangs them under `node`. */
static size_t parse_arguments(struct parser *parser, struct formula_node *node)
{
    const struct formula_node **link = &node->arguments;
    size_t count = 0;
    do {
        struct formula_node *argument = node->kind == FORMULA_IF && count == 0
                                            ? parse_condition(parser)
                                            : parse_sum(parser);
        if (argument == NULL) return 0;
        if (argument->height >= node->height) node->height = argument->height + 1;
        *link = argument;
        link = &argument->next;
        count++;
    } while (take(parser, ","));
    return count;
}

static struct formula_node *parse_call(struct parser *parser, enum formula_kind kind)
{
    const char *start = parser->at;
    struct formula_node *node = new_node(parser, kind);
    size_t count = parse_arguments(parser, node);
    if (count == 0) return NULL;
    if (!take(parser, ")")) return fail(parser, parser->at, "expected , or )");
    if (kind == FORMULA_IF && count != 3)
        return fail(parser, start, "if takes a comparison and two results");
    if (node->height > FORMULA_MAX_HEIGHT)
        return fail(parser, start, "too many operations in a row; use sum(...)");
    return node;
}

/* A word with "(" behind it; NULL without an error when none stands here. */
static struct formula_node *parse_function(struct parser *parser)
{
    const char *start = parser->at;
    size_t size = id_length(start);
    parser->at += size;
    skip_white(parser);
    if (size > 0 && text_is_letter(start[0]) && take(parser, "(")) {
        for (size_t i = 0; i < sizeof function_table / sizeof function_table[0]; i++)
            if (text_is_one_of(start, size, &function_table[i].name, 1))
                return parse_call(parser, function_table[i].kind);
        return fail(parser, start, "the functions are sum, mean, min, max and if");
    }
    parser->at = start;
    return NULL;
}

/* ---- operators ---- */

static struct formula_node *parse_primary(struct parser *parser)
{
    struct formula_node *node;
    if (take(parser, "(")) {
        node = parse_sum(parser);
        if (node != NULL && !take(parser, ")"))
            return fail(parser, parser->at, "expected an operator or )");
        return node;
    }
    if (text_is_digit(*parser->at)) return parse_number(parser);
    node = parse_function(parser);
    if (node != NULL || parser->error.message != NULL) return node;
    if (*parser->at == '\0') return fail(parser, parser->at, "the formula ends too early");
    if (*parser->at < 'a' || *parser->at > 'z')
        return fail(parser, parser->at, "expected a number, an indicator, a function or (");
    return parse_reference(parser);
}

/* The one place where the parser goes deeper. */
static struct formula_node *parse_unary(struct parser *parser)
{
    struct formula_node *node;
    if (parser->depth == FORMULA_MAX_DEPTH)
        return fail(parser, parser->at, "too many parentheses inside each other");
    parser->depth++;
    if (take(parser, "-")) {
        node = parse_unary(parser);
        node = join(parser, FORMULA_NEGATE, node, node);
    } else {
        node = parse_primary(parser);
    }
    parser->depth--;
    return node;
}

static struct formula_node *parse_product(struct parser *parser)
{
    struct formula_node *left = parse_unary(parser);
    while (left != NULL) {
        enum formula_kind kind = *parser->at == '*' ? FORMULA_MULTIPLY : FORMULA_DIVIDE;
        if (!take(parser, "*") && !take(parser, "/")) break;
        left = join(parser, kind, left, parse_unary(parser));
    }
    return left;
}

static struct formula_node *parse_sum(struct parser *parser)
{
    struct formula_node *left = parse_product(parser);
    while (left != NULL) {
        enum formula_kind kind = *parser->at == '+' ? FORMULA_ADD : FORMULA_SUBTRACT;
        if (!take(parser, "+") && !take(parser, "-")) break;
        left = join(parser, kind, left, parse_product(parser));
    }
    return left;
}

/* NOLINTEND(misc-no-recursion) */

bool formula_parse(const char *text, struct arena *arena, struct formula *out_formula,
                   struct formula_error *out_error)
{
    size_t size = strlen(text);
    struct parser parser = {.text = text, .at = text, .arena = arena};
    struct formula_node *root = NULL;
    if (size > FORMULA_MAX_BYTES) {
        (void)fail(&parser, text, "a formula has at most 2000 bytes");
    } else {
        /* Two references are at least one mark apart. */
        parser.references = arena_alloc(arena, (size / 2 + 1) * sizeof *parser.references);
        skip_white(&parser);
        root = parse_sum(&parser);
        if (root != NULL && *parser.at != '\0')
            root = fail(&parser, parser.at, "expected an operator or the end");
    }
    if (root == NULL) {
        *out_error = parser.error;
        return false;
    }
    *out_formula = (struct formula){root, parser.references, parser.reference_count};
    return true;
}
