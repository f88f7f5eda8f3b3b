/* The numbers of domain/value.h, for domain/value.c alone: digits, units, operators, ranges,
 * flags. */
#ifndef DOMAIN_VALUE_NUMBER_H
#define DOMAIN_VALUE_NUMBER_H

#include "domain/value.h"

#include <stdbool.h>

#define VALUE_TEXT_SIZE 256 /* a cell that can be a value, with its NUL */

/* Reads cleaned lower-case text of less than VALUE_TEXT_SIZE bytes as a number with all that
 * may stand around it. `value` comes in without flags and operator; on failure its `reason`
 * is set and the rest is of no use. */
bool value_parse_number(const char *text, struct value *value);

#endif
