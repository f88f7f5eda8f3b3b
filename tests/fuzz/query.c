/* What a request asks in a language of its own: filters, formulas, page tokens, order, names.
 *
 * Checks: a filter and its NOT let through opposite things, parentheses change nothing; a formula
 * is printed in a form that reads back as itself and gives the same figures; a token that was
 * read is encoded as it was; text order is an order; codes fold to what folds to itself. */
#include "fuzz/fuzz.h"

#include "common/json.h"
#include "common/names.h"
#include "common/utf8.h"
#include "domain/formula.h"
#include "service/catalog.h"
#include "service/filter.h"
#include "service/page_token.h"

#include <string.h>

/* --- filters --- */

struct sample {
    const char *collection;
    const char *json;
};

static const struct sample samples[] = {
    {"indicators", "{\"title\":\"FOI requests answered on time\",\"code\":\"CEX 9\","
                   "\"unit\":\"PERCENT\",\"polarity\":\"MAXIMISE\",\"owner\":\"posts/ce\","
                   "\"tags\":[\"a\",\"b\"]}"},
    {"observations", "{\"indicator\":\"indicators/a\",\"period\":\"2021-22.q1\","
                     "\"value\":\"97.50\",\"state\":\"VALUE\",\"verbatim\":\"97.50%\"}"},
    {"targets", "{\"indicator\":\"indicators/a\",\"period\":\"2021-22\",\"value\":\"-3\"}"},
    {"actions", "{\"title\":\"\",\"plan\":\"plans/p\"}"},
};

static struct version make_version(const struct catalog_row *row, const char *json,
                                   struct arena *arena)
{
    ProtobufCMessage *body;

    if (!status_is_ok(json_decode(row->kind.desc, json, strlen(json), arena, &body)))
        FUZZ_CHECK(status_is_ok(json_decode(row->kind.desc, "{}", 2, arena, &body)));
    return (struct version){
        .kind = &row->kind, .id = "a/2021-22.q1", .from_seq = 7, .body = body};
}

static bool matches(const struct catalog_row *row, const char *text,
                    const struct version *version, struct arena *arena)
{
    const struct filter *filter;
    struct status st = filter_compile(arena, &row->kind, text, &filter);

    if (!status_is_ok(st)) fuzz_fail(text, 0, st.message);
    return filter_matches(filter, version);
}

static void check_filter(struct fuzz_input *input, struct arena *arena)
{
    const struct sample *sample =
        &samples[fuzz_take_byte(input) % (sizeof samples / sizeof samples[0])];
    const struct catalog_row *row = catalog_find(sample->collection);
    struct version version = make_version(row, sample->json, arena);
    char *text = fuzz_take_text(input, arena);
    const struct filter *filter;
    struct scan scan = {.kind = &row->kind};
    struct status st = filter_compile(arena, &row->kind, text, &filter);

    if (!status_is_ok(st)) {
        FUZZ_SAME(st.field, "filter");
        FUZZ_CHECK(st.message[0] != '\0');
        return;
    }
    bool found = filter_matches(filter, &version);
    filter_narrow(filter, &scan);
    if (strspn(text, " \t\r\n") == strlen(text)) {
        FUZZ_CHECK(found);
        return;
    }
    st = filter_compile(arena, &row->kind, arena_printf(arena, "NOT (%s)", text), &filter);
    if (!status_is_ok(st)) return; /* over a limit by now */
    FUZZ_CHECK(filter_matches(filter, &version) != found);
    FUZZ_CHECK(matches(row, arena_printf(arena, "(%s)", text), &version, arena) == found);
}

/* --- formulas --- */

static bool look_up(void *context, const struct formula_reference *reference,
                    struct decimal *out_value)
{
    size_t length = strlen(reference->indicator);

    (void)context;
    if (length % 4 == 3) return false;
    *out_value = (struct decimal){
        (__int128)(unsigned char)reference->indicator[0] * 1000 - 99500, (int)(length % 20)};
    return true;
}

static void check_figures(const struct formula *a, const struct formula *b)
{
    const struct formula_source source = {look_up, NULL};

    for (int nulls = FORMULA_NULLS_STRICT; nulls <= FORMULA_NULLS_ZERO; nulls++) {
        struct formula_result x = formula_evaluate(a, (enum formula_nulls)nulls, &source);
        struct formula_result y = formula_evaluate(b, (enum formula_nulls)nulls, &source);

        FUZZ_CHECK(x.has_value == y.has_value && x.reason == y.reason);
        FUZZ_CHECK(x.has_value == (x.reason == FORMULA_REASON_NONE));
        if (x.has_value) FUZZ_CHECK(decimal_compare(x.value, y.value) == 0);
    }
}

static void check_formula(const char *text, struct arena *arena)
{
    struct formula formula;
    struct formula again;
    struct formula_error error;

    if (!formula_parse(text, arena, &formula, &error)) {
        FUZZ_CHECK(error.column >= 1 && (size_t)error.column <= strlen(text) + 1);
        FUZZ_CHECK(error.message != NULL);
        return;
    }
    const char *printed = formula_print(&formula, arena);
    if (!formula_parse(printed, arena, &again, &error)) {
        FUZZ_CHECK(strlen(printed) > FORMULA_MAX_BYTES); /* "indicators/" made it longer */
        return;
    }
    FUZZ_SAME(printed, formula_print(&again, arena));
    check_figures(&formula, &again);
    for (size_t i = 0; i < formula.reference_count; i++)
        FUZZ_SAME(formula.references[i].indicator, again.references[i].indicator);
}

/* --- the rest --- */

static void check_token(struct fuzz_input *input, struct arena *arena)
{
    struct page_token token = {.a = (int64_t)fuzz_take_number(input),
                               .b = (int64_t)fuzz_take_number(input),
                               .query_hash = fuzz_take_number(input)};
    struct page_token again;
    char *text = fuzz_take_text(input, arena);

    if (status_is_ok(page_token_decode(arena, text, token.query_hash, &again)))
        FUZZ_SAME(text, page_token_encode(arena, &again));
    token.key = text;
    const char *encoded = page_token_encode(arena, &token);
    struct status st = page_token_decode(arena, encoded, token.query_hash, &again);
    if (!utf8_is_text(text, strlen(text)) && !status_is_ok(st)) return;
    if (!status_is_ok(st)) fuzz_fail(encoded, 0, st.message);
    FUZZ_CHECK(again.a == token.a && again.b == token.b);
    FUZZ_SAME(again.key, text);
    FUZZ_CHECK(!status_is_ok(page_token_decode(arena, encoded, token.query_hash + 1, &again)));
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void check_names(struct fuzz_input *input, struct arena *arena)
{
    const char *a = fuzz_take_text(input, arena);
    const char *b = fuzz_take_text(input, arena);
    const char *c = fuzz_take_text(input, arena);
    size_t collection;

    if (status_is_ok(name_check(arena, "name", a))) {
        FUZZ_CHECK(name_split(a, &collection) && collection < strlen(a));
        FUZZ_CHECK(strlen(a) <= NAME_MAX_BYTES);
    }
    const char *text = arena_strndup(arena, a, utf8_valid_prefix(a, strlen(a)));
    FUZZ_SAME(code_fold(arena, text), code_fold(arena, code_fold(arena, text)));
    int ab = sign(text_compare_natural(a, b));
    int bc = sign(text_compare_natural(b, c));
    FUZZ_CHECK(ab == -sign(text_compare_natural(b, a)) && (ab == 0) == (strcmp(a, b) == 0));
    if (ab == bc) FUZZ_CHECK(sign(text_compare_natural(a, c)) == ab);
    FUZZ_CHECK(utf8_fit(a, utf8_valid_prefix(a, strlen(a))) <= strlen(a));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;

    catalog_verify();
    arena_init(&arena, SIZE_MAX);
    if (what % 4 == 0) check_filter(&input, &arena);
    if (what % 4 == 1) check_formula(fuzz_take_text(&input, &arena), &arena);
    if (what % 4 == 2) check_token(&input, &arena);
    if (what % 4 == 3) check_names(&input, &arena);
    arena_release(&arena);
    return 0;
}
