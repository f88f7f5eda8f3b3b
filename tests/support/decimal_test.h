/* Decimals as tests write them. */
#ifndef SUPPORT_DECIMAL_TEST_H
#define SUPPORT_DECIMAL_TEST_H

#include "common/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static inline struct decimal dec(const char *text)
{
    struct decimal value = {0, 0};
    assert_int_equal(decimal_parse(text, &value), DECIMAL_OK);
    return value;
}

static inline void assert_decimal(struct decimal value, const char *text)
{
    char shown[DECIMAL_TEXT_SIZE];
    decimal_format(value, shown);
    assert_string_equal(shown, text);
}

#endif
