#include "common/decimal.h"

#include <assert.h>
#include <string.h>

enum { SHORT_DIGITS = 18 }; /* that many always fit 64 bits, which most figures do */

static const uint64_t short_powers[SHORT_DIGITS + 1] = {
    1ull,
    10ull,
    100ull,
    1000ull,
    10000ull,
    100000ull,
    1000000ull,
    10000000ull,
    100000000ull,
    1000000000ull,
    10000000000ull,
    100000000000ull,
    1000000000000ull,
    10000000000000ull,
    100000000000000ull,
    1000000000000000ull,
    10000000000000000ull,
    100000000000000000ull,
    1000000000000000000ull,
};

/* 10^exponent for 0..36. */
static __int128 power_of_ten(int exponent)
{
    assert(exponent >= 0 && exponent <= 2 * SHORT_DIGITS);
    if (exponent <= SHORT_DIGITS) return short_powers[exponent];
    return (__int128)short_powers[SHORT_DIGITS] * short_powers[exponent - SHORT_DIGITS];
}

static __int128 magnitude(__int128 number)
{
    return number < 0 ? -number : number;
}

static bool within_limits(__int128 coefficient)
{
    return magnitude(coefficient) < power_of_ten(DECIMAL_MAX_DIGITS);
}

/* Whether a magnitude has no more than SHORT_DIGITS digits: 64-bit division is many times as
 * fast. */
static bool is_short(__int128 number)
{
    return number < (__int128)short_powers[SHORT_DIGITS];
}

const char *decimal_error_text(enum decimal_error error)
{
    switch (error) {
    case DECIMAL_OK:
        return "no error";
    case DECIMAL_MALFORMED:
        return "not a decimal number";
    case DECIMAL_TOO_LONG:
        return "a number of more than 36 digits";
    case DECIMAL_OVERFLOW:
        return "the result has more than 36 digits";
    case DECIMAL_DIVISION_BY_ZERO:
        return "division by zero";
    }
    return "unknown error";
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of canonical text after the sign, 0 when it is not; sets where the fraction starts
 * (the length itself without one). */
static size_t canonical_length(const char *text, size_t *out_whole)
{
    size_t whole = 0, size;
    while (is_digit(text[whole]))
        whole++;
    if (whole == 0 || (text[0] == '0' && whole > 1)) return 0;
    size = whole;
    if (text[whole] == '.') {
        size = whole + 1;
        while (is_digit(text[size]))
            size++;
        if (size == whole + 1) return 0;
    }
    if (text[size] != '\0') return 0;
    *out_whole = whole;
    return size;
}

/* The digits of canonical text; false past the limits. */
static bool read_digits(const char *digits, size_t size, __int128 *out_number)
{
    size_t head = size < SHORT_DIGITS ? size : SHORT_DIGITS;
    uint64_t start = 0;
    for (size_t i = 0; i < head; i++)
        if (digits[i] != '.') start = start * 10 + (uint64_t)(digits[i] - '0');
    __int128 number = start;
    for (size_t i = head; i < size; i++) {
        if (digits[i] == '.') continue;
        number = number * 10 + (digits[i] - '0');
        if (!within_limits(number)) return false;
    }
    *out_number = number;
    return true;
}

enum decimal_error decimal_parse(const char *text, struct decimal *out_value)
{
    bool negative = text[0] == '-';
    const char *digits = negative ? text + 1 : text;
    size_t whole = 0;
    size_t size = canonical_length(digits, &whole);
    if (size == 0) return DECIMAL_MALFORMED;
    size_t scale = size > whole ? size - whole - 1 : 0;
    if (scale > DECIMAL_MAX_SCALE) return DECIMAL_TOO_LONG;

    __int128 coefficient;
    if (!read_digits(digits, size, &coefficient)) return DECIMAL_TOO_LONG;
    if (negative && coefficient == 0) return DECIMAL_MALFORMED;
    *out_value = (struct decimal){negative ? -coefficient : coefficient, (int)scale};
    return DECIMAL_OK;
}

/* Writes the digits of `number`, at least `least` of them, ending before `end`; returns where they
 * begin. */
static char *put_digits(char *end, __int128 number, int least)
{
    char *at = end;
    uint64_t rest;
    for (; !is_short(number); number /= short_powers[SHORT_DIGITS]) {
        rest = (uint64_t)(number % short_powers[SHORT_DIGITS]);
        for (int i = 0; i < SHORT_DIGITS; i++, rest /= 10)
            *--at = (char)('0' + rest % 10);
    }
    for (rest = (uint64_t)number; rest > 0 || end - at < least; rest /= 10)
        *--at = (char)('0' + rest % 10);
    return at;
}

int decimal_format(struct decimal value, char out_text[DECIMAL_TEXT_SIZE])
{
    return decimal_format_rounded(value, value.scale, out_text);
}

/* The digits end before `end`, with room in front; moves those before the fraction, to put a point
 * behind them. */
static char *put_point(char *digits, const char *end, int scale)
{
    const char *fraction = end - scale;
    char *at = digits - 1;
    for (; digits < fraction; digits++)
        digits[-1] = *digits;
    digits[-1] = '.';
    return at;
}

/* From the last character to the first. */
int decimal_format_rounded(struct decimal value, int decimals, char out_text[DECIMAL_TEXT_SIZE])
{
    if (decimals < 0) decimals = 0;
    if (decimals > DECIMAL_MAX_SCALE) decimals = DECIMAL_MAX_SCALE;
    if (decimals < value.scale) value = decimal_round(value, decimals);
    char text[DECIMAL_TEXT_SIZE], *end = text + sizeof text - 1, *at = end;

    *end = '\0';
    for (int i = value.scale; i < decimals; i++)
        *--at = '0';
    at = put_digits(at, magnitude(value.coefficient), value.scale + 1);
    if (decimals > 0) at = put_point(at, end, decimals);
    if (value.coefficient < 0) *--at = '-';
    memcpy(out_text, at, (size_t)(end - at) + 1);
    return (int)(end - at);
}

struct decimal decimal_from_int(int64_t number)
{
    return (struct decimal){number, 0};
}

/* `value`'s coefficient at a scale not below its own; false past the limits. */
static bool coefficient_at(struct decimal value, int scale, __int128 *out_coefficient)
{
    __int128 coefficient = value.coefficient;
    if (scale > value.scale &&
        __builtin_mul_overflow(coefficient, power_of_ten(scale - value.scale), &coefficient))
        return false;
    if (!within_limits(coefficient)) return false;
    *out_coefficient = coefficient;
    return true;
}

enum decimal_error decimal_add(struct decimal a, struct decimal b, struct decimal *out_sum)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    __int128 left = a.coefficient, right = b.coefficient;
    if (a.scale != b.scale &&
        (!coefficient_at(a, scale, &left) || !coefficient_at(b, scale, &right)))
        return DECIMAL_OVERFLOW;
    if (!within_limits(left + right)) return DECIMAL_OVERFLOW;
    *out_sum = (struct decimal){left + right, scale};
    return DECIMAL_OK;
}

enum decimal_error decimal_sub(struct decimal a, struct decimal b,
                               struct decimal *out_difference)
{
    return decimal_add(a, decimal_neg(b), out_difference);
}

struct decimal decimal_strip(struct decimal value)
{
    while (value.scale > 0 && value.coefficient % 10 == 0) {
        value.coefficient /= 10;
        value.scale--;
    }
    return value;
}

static bool multiply(struct decimal a, struct decimal b, struct decimal *out_product)
{
    __int128 coefficient;
    if (__builtin_mul_overflow(a.coefficient, b.coefficient, &coefficient)) return false;
    if (!within_limits(coefficient) || a.scale + b.scale > DECIMAL_MAX_SCALE) return false;
    *out_product = (struct decimal){coefficient, a.scale + b.scale};
    return true;
}

enum decimal_error decimal_mul(struct decimal a, struct decimal b, struct decimal *out_product)
{
    if (multiply(a, b, out_product)) return DECIMAL_OK;
    if (multiply(decimal_strip(a), decimal_strip(b), out_product)) return DECIMAL_OK;
    return DECIMAL_OVERFLOW;
}

/* number / 10^drop, half up on the magnitude. Exact even when `number` is itself a truncated
 * quotient, as what was cut off is less than one of its units. */
static __int128 drop_digits(__int128 number, int drop)
{
    if (drop == 0) return number;
    if (drop > DECIMAL_MAX_DIGITS) return 0;
    __int128 unit = power_of_ten(drop);
    __int128 quotient = number / unit, rest = number % unit;
    return quotient + (rest >= unit / 2);
}

/* a * 10^more_digits / b, half up, where all of it fits 64 bits. */
static bool divide_short(__int128 a, __int128 b, int more_digits, __int128 *out_quotient)
{
    uint64_t dividend;
    if (!is_short(a) || !is_short(b) || more_digits < 0 || more_digits > SHORT_DIGITS ||
        __builtin_mul_overflow((uint64_t)a, short_powers[more_digits], &dividend))
        return false;
    uint64_t divisor = (uint64_t)b, quotient = dividend / divisor, rest = dividend % divisor;
    *out_quotient = quotient + (rest >= divisor - rest);
    return true;
}

/* Long division: the remainder stays below the divisor, so ten times it cannot overflow. */
static enum decimal_error divide_magnitudes(__int128 a, __int128 b, int more_digits,
                                            __int128 *out_quotient)
{
    if (divide_short(a, b, more_digits, out_quotient)) return DECIMAL_OK;
    __int128 quotient = a / b, rest = a % b;
    for (int i = 0; i < more_digits; i++) {
        quotient = quotient * 10 + rest * 10 / b;
        rest = rest * 10 % b;
        if (!within_limits(quotient)) return DECIMAL_OVERFLOW;
    }
    if (more_digits < 0)
        quotient = drop_digits(quotient, -more_digits);
    else if (rest * 2 >= b)
        quotient++;
    if (!within_limits(quotient)) return DECIMAL_OVERFLOW;
    *out_quotient = quotient;
    return DECIMAL_OK;
}

enum decimal_error decimal_div(struct decimal a, struct decimal b, int scale,
                               struct decimal *out_quotient)
{
    if (b.coefficient == 0) return DECIMAL_DIVISION_BY_ZERO;
    if (scale < 0 || scale > DECIMAL_MAX_SCALE) return DECIMAL_OVERFLOW;
    __int128 quotient;
    enum decimal_error error =
        divide_magnitudes(magnitude(a.coefficient), magnitude(b.coefficient),
                          scale + b.scale - a.scale, &quotient);
    if (error != DECIMAL_OK) return error;
    bool negative = (a.coefficient < 0) != (b.coefficient < 0);
    *out_quotient = (struct decimal){negative ? -quotient : quotient, scale};
    return DECIMAL_OK;
}

struct decimal decimal_round(struct decimal value, int decimals)
{
    if (decimals < 0) decimals = 0;
    if (decimals >= value.scale) return value;
    __int128 rounded = drop_digits(magnitude(value.coefficient), value.scale - decimals);
    return (struct decimal){value.coefficient < 0 ? -rounded : rounded, decimals};
}

static int compare_numbers(__int128 a, __int128 b)
{
    return (a > b) - (a < b);
}

static bool fits_64(__int128 number)
{
    return number == (int64_t)number;
}

/* A number of 64 bits times 10^exponent for 0..SHORT_DIGITS. */
static __int128 times_short(__int128 number, int exponent)
{
    return (__int128)(int64_t)number * (int64_t)short_powers[exponent];
}

/* Whole parts first, then the fractions at the larger scale: both stay below 10^36. By itself, as
 * it needs many registers, and few numbers need it. */
static __attribute__((noinline)) int compare_long(struct decimal a, struct decimal b)
{
    __int128 unit_a = power_of_ten(a.scale), unit_b = power_of_ten(b.scale);
    int order = compare_numbers(a.coefficient / unit_a, b.coefficient / unit_b);
    if (order != 0) return order;
    int scale = a.scale > b.scale ? a.scale : b.scale;
    return compare_numbers(a.coefficient % unit_a * power_of_ten(scale - a.scale),
                           b.coefficient % unit_b * power_of_ten(scale - b.scale));
}

int decimal_compare(struct decimal a, struct decimal b)
{
    int further = a.scale - b.scale;
    if (further == 0) return compare_numbers(a.coefficient, b.coefficient);
    if (!fits_64(a.coefficient) || !fits_64(b.coefficient) || further < -SHORT_DIGITS ||
        further > SHORT_DIGITS)
        return compare_long(a, b);
    return further > 0 ? compare_numbers(a.coefficient, times_short(b.coefficient, further))
                       : compare_numbers(times_short(a.coefficient, -further), b.coefficient);
}

int decimal_sign(struct decimal value)
{
    return (value.coefficient > 0) - (value.coefficient < 0);
}

bool decimal_is_zero(struct decimal value)
{
    return value.coefficient == 0;
}

struct decimal decimal_neg(struct decimal value)
{
    return (struct decimal){-value.coefficient, value.scale};
}

struct decimal decimal_abs(struct decimal value)
{
    return (struct decimal){magnitude(value.coefficient), value.scale};
}
