/* What a cell of an observation or a target says (MODEL.md sections 2 and 11).
 *
 * The verbatim text stays with the caller; here it is understood or refused with a reason,
 * never guessed. Pure functions on NUL-terminated UTF-8 (any bytes are safe), no allocation, no
 * locale.
 *
 * Declared conventions: "*" and "[c]" mean SUPPRESSED; "p" after a space, "%" or in parentheses
 * means PROVISIONAL ("63p" is refused: it may be pence); letters of scale ("1.2m") and words of
 * unit ("5 days") are refused; "Available June 2022" is available from the month's first day. Words
 * that say why stay with a state ("n/a - annual measure") unless there is a digit among them. Spaces
 * do not group digits: "478 512" may be two figures.
 */
#ifndef DOMAIN_VALUE_H
#define DOMAIN_VALUE_H

#include "common/decimal.h"
#include "domain/date.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MODEL.md section 2; UNKNOWN is "not understood". */
enum value_state {
    VALUE_STATE_UNKNOWN = 0,
    VALUE_STATE_VALUE,
    VALUE_STATE_BLANK,
    VALUE_STATE_DASH,
    VALUE_STATE_NOT_DUE,
    VALUE_STATE_OVERDUE,
    VALUE_STATE_UNDER_DEVELOPMENT,
    VALUE_STATE_TBC,
    VALUE_STATE_NOT_APPLICABLE,
    VALUE_STATE_NEW_MEASURE,
    VALUE_STATE_NOT_COLLECTED,
    VALUE_STATE_SUPPRESSED,
    VALUE_STATE_AVAILABLE_FROM,
};

enum value_unit {
    VALUE_UNIT_NONE = 0, /* no mark was written */
    VALUE_UNIT_PERCENT,
    VALUE_UNIT_GBP,
};

enum value_operator {
    VALUE_OPERATOR_NONE = 0,
    VALUE_OPERATOR_LESS,
    VALUE_OPERATOR_AT_MOST,
    VALUE_OPERATOR_MORE,
    VALUE_OPERATOR_AT_LEAST,
    VALUE_OPERATOR_RANGE, /* number..range_high, both included */
};

enum value_flag {
    VALUE_FLAG_PROVISIONAL = 1,
    VALUE_FLAG_ESTIMATED = 2,
    VALUE_FLAG_FORECAST = 4,
    VALUE_FLAG_BREAK = 8,
};

struct value {
    enum value_state state;
    enum value_unit unit;      /* the mark seen beside the number */
    enum value_operator op;    /* targets; an observation should have NONE */
    unsigned flags;            /* of enum value_flag */
    bool scaled;               /* "1.2m": the number is multiplied out */
    struct decimal number;     /* VALUE only: scale as written; a range's low end */
    struct decimal range_high; /* RANGE only */
    int32_t available_from;    /* AVAILABLE_FROM only: day number, else DATE_NO_DAY */
    const char *reason;        /* UNKNOWN only: why it was not understood; static */
};

/* Understands `text`; always fills `out_value` and returns its state. */
enum value_state value_parse(const char *text, struct value *out_value);

/* "VALUE", "NOT_DUE", ...; "UNKNOWN" for UNKNOWN. Static. */
const char *value_state_name(enum value_state state);

/* Reads a state's name as value_state_name writes it; UNKNOWN when it is none. */
enum value_state value_state_from_name(const char *name);

/* The same as text_clean and text_lower (domain/text.h). */
bool value_clean_text(const char *text, size_t capacity, char *out_text);
void value_lower_text(char *text);

#endif
