#include "service/cell.h"

#include "common/reasons.h"
#include "service/measure.h"

#include <assert.h>
#include <string.h>

/* The two enums are one list. */
_Static_assert((int)VALUE_STATE_VALUE == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE, "same");
_Static_assert((int)VALUE_STATE_NOT_DUE == PROVOST__V1__VALUE_STATE__VALUE_STATE_NOT_DUE,
               "same");
_Static_assert((int)VALUE_STATE_TBC == PROVOST__V1__VALUE_STATE__VALUE_STATE_TBC, "same");
_Static_assert((int)VALUE_STATE_AVAILABLE_FROM ==
                   PROVOST__V1__VALUE_STATE__VALUE_STATE_AVAILABLE_FROM,
               "same");

/* What a person would have written; value_parse reads each back as its state. */
static const char *const state_texts[] = {
    [VALUE_STATE_BLANK] = "",
    [VALUE_STATE_DASH] = "-",
    [VALUE_STATE_NOT_DUE] = "Not due",
    [VALUE_STATE_OVERDUE] = "Overdue",
    [VALUE_STATE_UNDER_DEVELOPMENT] = "Under development",
    [VALUE_STATE_TBC] = "TBC",
    [VALUE_STATE_NOT_APPLICABLE] = "N/A",
    [VALUE_STATE_NEW_MEASURE] = "New measure",
    [VALUE_STATE_NOT_COLLECTED] = "Not collected",
    [VALUE_STATE_SUPPRESSED] = "[c]",
};

char *cell_number_text(struct arena *arena, struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(number, text);
    return arena_strdup(arena, text);
}

struct status cell_indicator(const struct understanding *what, const char *name,
                             const Provost__V1__Indicator **out_indicator)
{
    *out_indicator = NULL;
    const struct catalog_row *row = catalog_of_name(name);
    if (row == NULL || row->kind.desc != &provost__v1__indicator__descriptor)
        return status_ok();
    struct lookup_entry *entry;
    struct status st = lookup_get(what->lookup, row, name, &entry);
    if (status_is_ok(st) && entry->found)
        *out_indicator = (const Provost__V1__Indicator *)entry->version.body;
    return st;
}

static struct status refuse_text(const struct understanding *what, const char *field,
                                 const char *text, const char *why)
{
    return understand_refuse(
        what, REASON_NOT_UNDERSTOOD, field,
        "\"%.80s\" is not understood: %s; write a number of at most %d digits (\"68,740\", "
        "\"98.7%%\", \"(1.159)\"), or one of \"\", \"-\", \"TBC\", \"N/A\", \"Under "
        "development\", \"New measure\", \"Not due\", \"Overdue\", \"Not collected\", \"[c]\", "
        "\"Available from 1 June 2022\"",
        text, why, DECIMAL_MAX_DIGITS);
}

static bool parse_yes_no(const char *text, struct value *value)
{
    char clean[8];
    if (!value_clean_text(text, sizeof clean, clean)) return false;
    value_lower_text(clean);
    bool yes = strcmp(clean, "yes") == 0 || strcmp(clean, "y") == 0;
    if (!yes && strcmp(clean, "no") != 0 && strcmp(clean, "n") != 0) return false;
    *value = (struct value){.state = VALUE_STATE_VALUE,
                            .number = decimal_from_int(yes),
                            .available_from = DATE_NO_DAY};
    return true;
}

static struct status parse_text(const struct understanding *what, const struct cell *cell,
                                const char *field, const char *text, struct value *value)
{
    const Provost__V1__Indicator *indicator = cell->indicator;
    if (indicator != NULL && indicator->unit == PROVOST__V1__UNIT__UNIT_YES_NO &&
        parse_yes_no(text, value))
        return status_ok();
    if (value_parse(text, value) != VALUE_STATE_UNKNOWN) return status_ok();
    const char *bare = indicator == NULL ? NULL : measure_strip(what->arena, indicator, text);
    struct value stripped;
    if (bare == NULL || value_parse(bare, &stripped) != VALUE_STATE_VALUE)
        return refuse_text(what, field, text,
                           value->reason == NULL ? "it is not a number" : value->reason);
    *value = stripped;
    return status_ok();
}

static struct status parse_number_text(const struct understanding *what,
                                       const struct cell *cell, struct value *value)
{
    struct status st = parse_text(what, cell, "value", cell->value, value);
    if (status_is_ok(st) && value->state != VALUE_STATE_VALUE)
        return refuse_text(what, "value", cell->value,
                           "value holds a number only; words go into verbatim");
    return st;
}

/* The text that stands for a state said without value or verbatim. */
static struct status state_text(const struct understanding *what, const struct cell *cell,
                                const char **out_text)
{
    if (cell->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE) {
        *out_text = cell->value;
        if (cell->value[0] != '\0') return status_ok();
        return understand_refuse(what, REASON_FIELD_REQUIRED, "value",
                                 "the state is VALUE and there is no value");
    }
    if (cell->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_AVAILABLE_FROM) {
        *out_text = arena_printf(what->arena, "Available from %s", cell->available_from);
        if (cell->available_from[0] != '\0') return status_ok();
        return understand_refuse(what, REASON_FIELD_REQUIRED, "available_from",
                                 "the state is AVAILABLE_FROM and there is no date");
    }
    if ((size_t)cell->state >= sizeof state_texts / sizeof state_texts[0])
        return understand_refuse(what, REASON_NOT_UNDERSTOOD, "state", "there is no state %d",
                                 (int)cell->state);
    *out_text = state_texts[cell->state];
    return status_ok();
}

static struct status contradicts(const struct understanding *what, const char *field,
                                 const char *said, const struct cell_reading *reading)
{
    return understand_refuse(
        what, REASON_VERBATIM_CONTRADICTS, field,
        "%s says \"%.80s\", but \"%.80s\" is understood as %s%s%s; send only one of them",
        field, said, reading->verbatim, value_state_name(reading->value.state),
        reading->number[0] == '\0' ? "" : " ", reading->number);
}

/* What was said besides the text that was read says the same. */
static struct status check_agreement(const struct understanding *what, const struct cell *cell,
                                     const struct cell_reading *reading)
{
    if (understand_said(what, "state") && (int)cell->state != (int)reading->value.state)
        return contradicts(what, "state", value_state_name((enum value_state)cell->state),
                           reading);
    if (!understand_said(what, "value")) return status_ok();
    struct value value;
    struct status st = parse_number_text(what, cell, &value);
    if (!status_is_ok(st)) return st;
    if (reading->value.state != VALUE_STATE_VALUE ||
        decimal_compare(value.number, reading->value.number) != 0)
        return contradicts(what, "value", cell->value, reading);
    return status_ok();
}

/* Finds the text to read and reads it. */
static struct status read_said(const struct understanding *what, const struct cell *cell,
                               struct cell_reading *reading)
{
    reading->verbatim = cell->verbatim;
    if (!understand_said(what, "verbatim")) {
        if (understand_said(what, "value")) {
            reading->verbatim = cell->value;
            return parse_number_text(what, cell, &reading->value);
        }
        if (understand_said(what, "state")) {
            struct status st = state_text(what, cell, &reading->verbatim);
            if (!status_is_ok(st)) return st;
        } else if (understand_touched(what, "value") || understand_touched(what, "state")) {
            reading->verbatim = ""; /* taken away */
        }
    }
    return parse_text(what, cell, "verbatim", reading->verbatim, &reading->value);
}

struct status cell_read(const struct understanding *what, const struct cell *cell,
                        struct cell_reading *out_reading)
{
    out_reading->number = "";
    struct status st = read_said(what, cell, out_reading);
    if (!status_is_ok(st)) return st;
    if (out_reading->value.state == VALUE_STATE_VALUE)
        out_reading->number = cell_number_text(what->arena, out_reading->value.number);
    return check_agreement(what, cell, out_reading);
}
