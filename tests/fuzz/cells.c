/* What people write in cells: figures, amounts, periods, dates and deadlines. The first byte says
 * as what the rest is read.
 *
 * Checks: canonical forms read back as what they came from; cleaning is idempotent and never
 * longer; results keep the bounds that the headers promise; a plain number means the same to
 * every reader of numbers. */
#include "fuzz/fuzz.h"

#include "common/decimal.h"
#include "common/time_text.h"
#include "domain/benchmark.h"
#include "domain/date.h"
#include "domain/deadline.h"
#include "domain/money.h"
#include "domain/period.h"
#include "domain/similarity.h"
#include "domain/text.h"
#include "domain/value.h"

#include <string.h>

/* --- numbers --- */

/* decimal.h's grammar, read another way. */
static bool looks_decimal(const char *text)
{
    const char *at = text + (*text == '-');
    size_t whole = strspn(at, "0123456789");
    bool all_zero = strspn(at, "0.") == strlen(at);

    if (whole == 0 || (whole > 1 && *at == '0') || (*text == '-' && all_zero)) return false;
    if (at[whole] == '\0') return true;
    return at[whole] == '.' && strlen(at + whole + 1) > 0 &&
           strspn(at + whole + 1, "0123456789") == strlen(at + whole + 1);
}

static void check_decimal(const char *text)
{
    struct decimal value;
    struct decimal other;
    enum decimal_error error = decimal_parse(text, &value);
    char again[DECIMAL_TEXT_SIZE];

    FUZZ_CHECK((error == DECIMAL_MALFORMED) == !looks_decimal(text));
    if (error != DECIMAL_OK) return;
    decimal_format(value, again);
    FUZZ_SAME(text, again);
    FUZZ_CHECK(decimal_compare(value, value) == 0);
    FUZZ_CHECK(decimal_compare(decimal_abs(value), decimal_neg(decimal_abs(value))) ==
               !decimal_is_zero(value));
    if (decimal_add(value, value, &other) == DECIMAL_OK) {
        FUZZ_CHECK(decimal_sub(other, value, &other) == DECIMAL_OK);
        FUZZ_CHECK(decimal_compare(value, other) == 0);
    }
    for (int decimals = 0; decimals < value.scale; decimals += 5) {
        struct decimal rounded = decimal_round(value, decimals);

        FUZZ_CHECK(decimal_compare(rounded, decimal_round(rounded, decimals)) == 0);
        decimal_format_rounded(value, decimals, again);
    }
}

static void check_arithmetic(const char *text, const char *second)
{
    struct decimal a;
    struct decimal b;
    struct decimal product;
    struct decimal back;

    if (decimal_parse(text, &a) != DECIMAL_OK || decimal_parse(second, &b) != DECIMAL_OK)
        return;
    FUZZ_CHECK(decimal_compare(a, b) == -decimal_compare(b, a));
    if (decimal_mul(a, b, &product) == DECIMAL_OK) {
        FUZZ_CHECK(decimal_sign(product) == decimal_sign(a) * decimal_sign(b));
        if (!decimal_is_zero(b) && decimal_div(product, b, a.scale, &back) == DECIMAL_OK)
            FUZZ_CHECK(decimal_compare(a, back) == 0);
    }
    (void)decimal_div(a, b, 36, &back);
    if (decimal_sub(a, b, &back) == DECIMAL_OK)
        FUZZ_CHECK(decimal_sign(back) == decimal_compare(a, b));
}

static void check_value(const char *text)
{
    struct value value;
    struct value again;
    char number[DECIMAL_TEXT_SIZE];
    enum value_state state = value_parse(text, &value);

    FUZZ_CHECK(state == value.state);
    FUZZ_CHECK((state == VALUE_STATE_UNKNOWN) == (value.reason != NULL));
    FUZZ_CHECK(state == VALUE_STATE_UNKNOWN ||
               value_state_from_name(value_state_name(state)) == state);
    if (looks_decimal(text) && strlen(text) < 30) FUZZ_CHECK(state == VALUE_STATE_VALUE);
    if (state != VALUE_STATE_VALUE) return;
    decimal_format(value.number, number);
    FUZZ_CHECK(value_parse(number, &again) == VALUE_STATE_VALUE);
    FUZZ_CHECK(decimal_compare(value.number, again.number) == 0);
    if (value.op == VALUE_OPERATOR_RANGE)
        FUZZ_CHECK(decimal_compare(value.number, value.range_high) <= 0);
}

static void check_money(const char *text, const char *header)
{
    enum money_scale scale = MONEY_GBP;
    struct money money;
    struct decimal pounds;

    if (!money_parse_scale(header, &scale)) scale = MONEY_GBP;
    FUZZ_CHECK(money_parse(text, scale, &money) == money.state);
    FUZZ_CHECK((money.state == VALUE_STATE_UNKNOWN) == (money.reason != NULL));
    if (money.state != VALUE_STATE_VALUE) return;
    FUZZ_CHECK(money_to_pounds(money.written, money.scale, &pounds) == DECIMAL_OK);
    FUZZ_CHECK(decimal_compare(pounds, money.pounds) == 0);
}

/* --- text --- */

static void check_text(const char *text, struct arena *arena)
{
    size_t room = strlen(text) + 1;
    char *clean = arena_alloc(arena, room);
    char *mapped = arena_alloc(arena, room);
    char *lower = arena_strdup(arena, text);
    struct text_origin *origins = arena_alloc(arena, room * sizeof *origins);

    if (!text_clean(text, room, clean)) return;
    FUZZ_CHECK(strlen(clean) < room);
    FUZZ_CHECK(text_clean_mapped(text, room, mapped, origins));
    FUZZ_SAME(clean, mapped);
    for (size_t i = 0; mapped[i] != '\0'; i++)
        FUZZ_CHECK(origins[i].start < origins[i].end && origins[i].end < room);
    text_lower(lower);
    FUZZ_CHECK(strlen(lower) == room - 1);
    size_t start = 0;
    size_t size = 0;
    if (similarity_find_placeholder(text, &start, &size) != SIMILARITY_NO_PLACEHOLDER)
        FUZZ_CHECK(size > 0 && start + size < room);
    benchmark_parse_position(text, arena);
    benchmark_parse_trajectory(text, arena);
}

static void check_titles(const char *text, const char *second, struct arena *arena)
{
    struct similarity_title a = similarity_read_title(text, arena);
    struct similarity_title b = similarity_read_title(second, arena);
    int likeness = similarity_compare(&a, &b);

    FUZZ_CHECK(likeness >= 0 && likeness <= 1000 && likeness == similarity_compare(&b, &a));
    FUZZ_CHECK(similarity_compare(&a, &a) == (a.word_count > 0 ? 1000 : 0));
}

/* --- time --- */

static void check_period(const char *text)
{
    struct period period;
    struct period again;
    char id[PERIOD_TEXT_SIZE];
    char label[PERIOD_TEXT_SIZE];
    const char *reason = NULL;

    if (!period_parse(text, &period, &reason)) {
        FUZZ_CHECK(reason != NULL);
        return;
    }
    FUZZ_CHECK(period.start_day <= period.end_day);
    period_format_id(&period, id);
    FUZZ_CHECK(period_parse(id, &again, NULL) && period_compare(&period, &again) == 0);
    period_format_label(&period, label);
    FUZZ_CHECK(period_parse(label, &again, NULL) && period_compare(&period, &again) == 0);
    if (period_next(&period, &again)) {
        FUZZ_CHECK(period_compare(&period, &again) < 0);
        FUZZ_CHECK(period_previous(&again, &again));
        /* A year from 29 February is 28 February, also on the way back. */
        if (period.kind != PERIOD_DATE) FUZZ_CHECK(period_compare(&period, &again) == 0);
    }
    if (period_same_last_year(&period, &again)) FUZZ_CHECK(again.start_day < period.start_day);
}

static void check_instant(const char *text)
{
    int64_t us;
    int64_t again;
    char shown[TIME_TEXT_BYTES];
    char day[DATE_TEXT_BYTES];

    if (!time_parse(text, &us)) return;
    FUZZ_CHECK(us >= TIME_MIN_US && us <= TIME_MAX_US);
    FUZZ_CHECK(time_format(us, shown) == strlen(shown));
    FUZZ_CHECK(time_parse(shown, &again) && again == us);
    FUZZ_CHECK(date_format(us, day) == 10 && date_parse(day, &again) && again <= us);
}

static void check_date(const char *text, struct arena *arena)
{
    char *clean = arena_strdup(arena, text);
    enum date_scan_kind kind = DATE_SCAN_NOTHING;
    struct date date = {0, 0, 0};
    int32_t day;
    char iso[DATE_TEXT_SIZE];
    size_t taken;

    value_lower_text(clean);
    taken = date_scan(clean, &kind, &date);
    FUZZ_CHECK(taken <= strlen(clean) && (taken == 0) == (kind == DATE_SCAN_NOTHING));
    if (kind == DATE_SCAN_DAY) {
        FUZZ_CHECK(date_from_civil(date.year, date.month, date.day, &day));
        date_format_iso(day, iso);
        FUZZ_CHECK(date.year >= DATE_WRITTEN_MIN_YEAR && date.year <= DATE_WRITTEN_MAX_YEAR);
        FUZZ_CHECK(date_parse_iso(iso, &day));
        FUZZ_CHECK(date_add_months(day, 12) == date_add_years(day, 1));
    }
}

static void check_deadline(const char *text, uint8_t plan, struct arena *arena)
{
    struct deadline_context context = {DATE_NO_DAY, DATE_NO_DAY};
    size_t count = 0;
    const struct deadline *deadlines;

    if (plan & 1) {
        date_from_civil(2015 + plan / 16, 4, 1, &context.plan_start);
        context.plan_end = date_add_years(context.plan_start, plan / 2 % 8 + 1) - 1;
    }
    deadlines = deadline_parse(text, &context, arena, &count);
    FUZZ_CHECK(count >= 1 && count <= 33);
    for (size_t i = 0; i < count; i++) {
        const struct deadline *at = &deadlines[i];

        FUZZ_SAME(at->verbatim, text);
        FUZZ_CHECK((at->kind == DEADLINE_INVALID) == (at->reason != NULL));
        if (at->earliest != DATE_NO_DAY && at->latest != DATE_NO_DAY)
            FUZZ_CHECK(at->earliest <= at->latest);
        int32_t due = deadline_next_due(at, 18000);
        FUZZ_CHECK(due == DATE_NO_DAY || due > 18000);
        FUZZ_CHECK(*deadline_kind_name(at->kind) != '\0');
    }
    FUZZ_CHECK(!deadline_is_overdue(deadlines, count, true, INT32_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;
    const char *text;
    const char *second;

    arena_init(&arena, SIZE_MAX);
    text = fuzz_take_text(&input, &arena);
    second = fuzz_take_text(&input, &arena);
    switch (what % 8) {
    case 0:
        check_decimal(text);
        check_arithmetic(text, second);
        break;
    case 1:
        check_value(text);
        break;
    case 2:
        check_money(text, second);
        break;
    case 3:
        check_text(text, &arena);
        check_titles(text, second, &arena);
        break;
    case 4:
        check_period(text);
        break;
    case 5:
        check_instant(text);
        break;
    case 6:
        check_date(text, &arena);
        break;
    default:
        check_deadline(text, fuzz_take_byte(&input), &arena);
    }
    arena_release(&arena);
    return 0;
}
