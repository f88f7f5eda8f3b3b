#include "service/understand.h"

#include "common/decimal.h"
#include "common/fields.h"
#include "common/reasons.h"
#include "domain/date.h"
#include "domain/period.h"
#include "domain/text.h"
#include "domain/value.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { WARNINGS_GROW = 4 };

struct status understand_refuse(const struct understanding *what, const char *reason,
                                const char *field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(what->arena, format, args);
    va_end(args);
    return status_invalid(what->arena, reason, place_field(what->arena, &what->place, field),
                          "%s", message);
}

void understand_warn(struct understanding *what, const char *reason, const char *field,
                     const char *format, ...)
{
    if (what->warning_count % WARNINGS_GROW == 0) {
        size_t room = what->warning_count + WARNINGS_GROW;
        Provost__V1__Warning **wider =
            arena_alloc(what->arena, room * sizeof(Provost__V1__Warning *));
        if (what->warning_count > 0)
            memcpy(wider, what->warnings, what->warning_count * sizeof(Provost__V1__Warning *));
        what->warnings = wider;
    }
    Provost__V1__Warning *warning = arena_alloc(what->arena, sizeof *warning);
    provost__v1__warning__init(warning);
    warning->field = (char *)field;
    warning->reason = (char *)reason;
    va_list args;
    va_start(args, format);
    warning->message = arena_vprintf(what->arena, format, args);
    va_end(args);
    what->warnings[what->warning_count++] = warning;
}

static const ProtobufCFieldDescriptor *field_of(const struct understanding *what,
                                                const char *field)
{
    const ProtobufCFieldDescriptor *fd =
        protobuf_c_message_descriptor_get_field_by_name(what->row->kind.desc, field);
    assert(fd != NULL);
    return fd;
}

bool understand_touched(const struct understanding *what, const char *field)
{
    return what->touched[field_index(what->row->kind.desc, field_of(what, field))];
}

bool understand_said(const struct understanding *what, const char *field)
{
    const ProtobufCFieldDescriptor *fd = field_of(what, field);
    return what->touched[field_index(what->row->kind.desc, fd)] &&
           field_is_set(what->after, fd);
}

struct status understand_date(const struct understanding *what, const char *field,
                              const char *text)
{
    int32_t day;
    if (text[0] == '\0' || date_parse_iso(text, &day)) return status_ok();
    return understand_refuse(what, REASON_DATE_INVALID, field,
                             "\"%.80s\" is not a date; write it as YYYY-MM-DD", text);
}

/* With `last_day` a month is its last day. A day as people write it ("30/09/2024", "30 September 2024"), as its ISO text in the arena; what is
 * no whole day stays, for understand_date to refuse. */
static const char *iso_date(const struct understanding *what, const char *text, bool last_day)
{
    int32_t day;
    enum date_scan_kind kind;
    struct date date;
    if (text[0] == '\0' || date_parse_iso(text, &day)) return text;
    char *plain = arena_strdup(what->arena, text);
    text_lower(plain);
    size_t size = date_scan(plain, &kind, &date);
    if (last_day && kind == DATE_SCAN_MONTH && size == strlen(plain)) {
        kind = DATE_SCAN_DAY;
        date = date_to_civil(date_month_end(date.year, date.month));
    }
    if (size != strlen(plain) || kind != DATE_SCAN_DAY ||
        !date_from_civil(date.year, date.month, date.day, &day))
        return text;
    char *iso = arena_alloc(what->arena, DATE_TEXT_SIZE);
    date_format_iso(day, iso);
    return iso;
}

struct status understand_decimal(const struct understanding *what, const char *field,
                                 const char *text, const char **out_text)
{
    struct decimal number;
    *out_text = text;
    if (text[0] == '\0' || decimal_parse(text, &number) == DECIMAL_OK) return status_ok();
    struct value value;
    value_parse(text, &value);
    if (value.state != VALUE_STATE_VALUE || value.op != VALUE_OPERATOR_NONE || value.flags != 0)
        return understand_refuse(
            what, REASON_DECIMAL_INVALID, field,
            "\"%.80s\" is not a number%s%s; write a decimal of at most %d digits, \"4.50\"",
            text, value.reason == NULL ? "" : ": ", value.reason == NULL ? "" : value.reason,
            DECIMAL_MAX_DIGITS);
    char canonical[DECIMAL_TEXT_SIZE];
    decimal_format(value.number, canonical);
    *out_text = arena_strdup(what->arena, canonical);
    return status_ok();
}

struct status understand_period(const struct understanding *what, const char *field,
                                const char *text, const char **out_id)
{
    struct period period;
    const char *why;
    if (!period_parse(text, &period, &why))
        return understand_refuse(
            what, REASON_PERIOD_INVALID, field,
            "\"%.80s\" is not a period: %s; write for example 2021-22, 2021-22.q1, \"Q1 "
            "2021/22\" or 2021-04",
            text, why);
    char id[PERIOD_TEXT_SIZE];
    period_format_id(&period, id);
    *out_id = strcmp(id, text) == 0 ? text : arena_strdup(what->arena, id);
    return status_ok();
}

static struct status canonical_field(const struct understanding *what,
                                     const struct catalog_field *field)
{
    const char *text = field_get_text(what->after, field->fd);
    if (text[0] == '\0') return status_ok();
    const char *canonical = text;
    struct status st;
    if (field->flags & CATALOG_DATE) {
        canonical = iso_date(what, text, (field->flags & CATALOG_LAST_DAY) != 0);
        st = understand_date(what, field->name, canonical);
    } else {
        st = field->flags & CATALOG_DECIMAL
                 ? understand_decimal(what, field->name, text, &canonical)
                 : understand_period(what, field->name, text, &canonical);
    }
    if (status_is_ok(st) && canonical != text)
        field_set_text(what->after, field->fd, canonical);
    return st;
}

struct status understand_canonical(struct understanding *what)
{
    const unsigned forms = CATALOG_DATE | CATALOG_DECIMAL | CATALOG_PERIOD;
    for (const struct catalog_field *field = what->row->fields; field->name != NULL; field++) {
        if ((field->flags & forms) == 0 ||
            !what->touched[field_index(what->row->kind.desc, field->fd)])
            continue;
        struct status st = canonical_field(what, field);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status policy_of_field(const struct understanding *what,
                                     const struct catalog_field *field)
{
    bool set = field_is_set(what->after, field->fd);
    if ((field->flags & CATALOG_IMMUTABLE) && what->before != NULL) {
        if (!set)
            field_copy(what->after, what->before, field->fd);
        else if (!field_equal(what->before, what->after, field->fd))
            return understand_refuse(what, REASON_FIELD_IMMUTABLE, field->name,
                                     "%s cannot change; delete the resource and make another",
                                     field->name);
    } else if ((field->flags & CATALOG_REQUIRED) && !set) {
        return understand_refuse(what, REASON_FIELD_REQUIRED, field->name,
                                 "%s is required and is empty", field->name);
    }
    return status_ok();
}

struct status understand_policy(struct understanding *what)
{
    for (const struct catalog_field *field = what->row->fields; field->name != NULL; field++) {
        struct status st = policy_of_field(what, field);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}
