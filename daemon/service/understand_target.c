/* A target: its cell, with operator and range. */
#include "common/fields.h"
#include "common/reasons.h"
#include "service/cell.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

/* How the domain's operators read as those of the .proto. */
static const Provost__V1__TargetOperator operators[] = {
    [VALUE_OPERATOR_NONE] = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_UNSPECIFIED,
    [VALUE_OPERATOR_LESS] = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_LESS_THAN,
    [VALUE_OPERATOR_AT_MOST] = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_MOST,
    [VALUE_OPERATOR_MORE] = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_MORE_THAN,
    [VALUE_OPERATOR_AT_LEAST] = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST,
    [VALUE_OPERATOR_RANGE] = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_RANGE,
};

/* What stands in front of the number; the range is composed otherwise. */
static const char *const operator_marks[] = {
    [PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_UNSPECIFIED] = "",
    [PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST] = ">=",
    [PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_MOST] = "<=",
    [PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_LESS_THAN] = "<",
    [PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_MORE_THAN] = ">",
    [PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_RANGE] = "",
};

static bool fields_touched(const struct understanding *what)
{
    return understand_touched(what, "verbatim") || understand_touched(what, "state") ||
           understand_touched(what, "value") || understand_touched(what, "value_high") ||
           understand_touched(what, "operator");
}

/* The cell that operator, value and value_high would have been written as. */
static const char *compose(const struct understanding *what, const Provost__V1__Target *target)
{
    if (target->value_high[0] != '\0')
        return arena_printf(what->arena, "%s - %s", target->value, target->value_high);
    if ((size_t)target->operator_ >= sizeof operator_marks / sizeof operator_marks[0])
        return target->value;
    return arena_printf(what->arena, "%s%s", operator_marks[target->operator_], target->value);
}

/* Whether the operator and bounds the client sent agree with the cell. A cell without a mark
 * takes the operator beside it. */
static struct status check_operator(const struct understanding *what,
                                    const Provost__V1__Target *target,
                                    const struct cell_reading *reading)
{
    Provost__V1__TargetOperator read = operators[reading->value.op];
    if (understand_said(what, "operator") && target->operator_ != read &&
        (reading->value.op != VALUE_OPERATOR_NONE ||
         target->operator_ == PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_RANGE))
        return understand_refuse(what, REASON_VERBATIM_CONTRADICTS, "operator",
                                 "\"%.80s\" is not a cell of that operator; send only one of "
                                 "them, and value_high with a range",
                                 reading->verbatim);
    struct value high;
    if (understand_said(what, "value_high") &&
        (reading->value.op != VALUE_OPERATOR_RANGE ||
         value_parse(target->value_high, &high) != VALUE_STATE_VALUE ||
         decimal_compare(high.number, reading->value.range_high) != 0))
        return understand_refuse(what, REASON_VERBATIM_CONTRADICTS, "value_high",
                                 "value_high says \"%.80s\", the cell \"%.80s\"; send only one "
                                 "of them",
                                 target->value_high, reading->verbatim);
    return status_ok();
}

static void store_reading(const struct understanding *what, Provost__V1__Target *target,
                          const struct cell_reading *reading)
{
    bool operator_kept = understand_said(what, "operator") &&
                         reading->value.op == VALUE_OPERATOR_NONE &&
                         reading->value.state == VALUE_STATE_VALUE;
    target->verbatim = (char *)reading->verbatim;
    target->state = (Provost__V1__ValueState)reading->value.state;
    target->value = (char *)reading->number;
    target->value_high = reading->value.op == VALUE_OPERATOR_RANGE
                             ? cell_number_text(what->arena, reading->value.range_high)
                             : (char *)protobuf_c_empty_string;
    if (!operator_kept) target->operator_ = operators[reading->value.op];
}

static bool is_number(const char *text)
{
    struct value value;
    return value_parse(text, &value) == VALUE_STATE_VALUE && value.op == VALUE_OPERATOR_NONE;
}

/* When operator and bounds were said and no cell: the cell they make is read instead. Bounds
 * that are no numbers are left for the reading to refuse. */
static struct status compose_unsaid(struct understanding *what, Provost__V1__Target *target)
{
    if (understand_said(what, "verbatim") || !is_number(target->value)) return status_ok();
    if (!understand_said(what, "value") && !understand_touched(what, "operator") &&
        !understand_touched(what, "value_high"))
        return status_ok();
    if (target->value_high[0] != '\0' && !is_number(target->value_high))
        return understand_refuse(what, REASON_NOT_UNDERSTOOD, "value_high",
                                 "\"%.80s\" is not a number", target->value_high);
    target->verbatim = (char *)compose(what, target);
    const ProtobufCFieldDescriptor *fd =
        protobuf_c_message_descriptor_get_field_by_name(what->row->kind.desc, "verbatim");
    what->touched[field_index(what->row->kind.desc, fd)] = true;
    return status_ok();
}

struct status understand_target(struct understanding *what)
{
    Provost__V1__Target *target = (Provost__V1__Target *)what->after;
    if (what->before != NULL && !fields_touched(what)) return status_ok();
    const Provost__V1__Indicator *indicator;
    struct status st = compose_unsaid(what, target);
    if (status_is_ok(st)) st = cell_indicator(what, target->indicator, &indicator);
    if (!status_is_ok(st)) return st;
    struct cell cell = {target->verbatim, target->value, target->state, "", indicator};
    struct cell_reading reading;
    st = cell_read(what, &cell, &reading);
    if (status_is_ok(st)) st = check_operator(what, target, &reading);
    if (status_is_ok(st)) store_reading(what, target, &reading);
    return st;
}
