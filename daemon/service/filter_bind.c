#include "service/filter_bind.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "domain/period.h"
#include "service/excerpt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The term being looked at and what becomes of it. */
struct binder {
    struct arena *arena;
    const struct kind *kind;
    const struct filter_term *term;
    struct filter_condition *condition;
};

static struct status refuse_value(const struct binder *binder, const char *allowed)
{
    const struct filter_term *term = binder->term;
    return status_invalid(binder->arena, REASON_FILTER_INVALID, "filter",
                          "filter, column %zu: \"%s\" cannot be compared with %s; it takes %s",
                          term->value_column, excerpt(binder->arena, term->value), term->path,
                          allowed);
}

static struct status refuse_path(const struct binder *binder)
{
    const struct filter_term *term = binder->term;
    return status_invalid(binder->arena, REASON_FILTER_INVALID, "filter",
                          "filter, column %zu: %s have no field \"%s\"; there are: %s",
                          term->path_column, binder->kind->collection,
                          excerpt(binder->arena, term->path),
                          attribute_names(binder->arena, binder->kind));
}

static struct status refuse_operator(const struct binder *binder, const char *advice)
{
    const struct filter_term *term = binder->term;
    return status_invalid(binder->arena, REASON_FILTER_INVALID, "filter",
                          "filter, column %zu: %s cannot be compared so; %s", term->path_column,
                          term->path, advice);
}

static bool is_order_operator(enum filter_operator op)
{
    return op == FILTER_LESS || op == FILTER_AT_MOST || op == FILTER_MORE ||
           op == FILTER_AT_LEAST;
}

static struct status bind_period(const struct binder *binder)
{
    struct period period;
    char id[PERIOD_TEXT_SIZE];
    struct filter_condition *condition = binder->condition;
    if (condition->op == FILTER_HAS || condition->open_start || condition->open_end ||
        !period_parse(condition->text, &period, NULL))
        return status_ok();
    period_format_id(&period, id);
    condition->text = arena_strdup(binder->arena, id);
    return status_ok();
}

static struct status bind_decimal(const struct binder *binder)
{
    if (decimal_parse(binder->term->value, &binder->condition->decimal) != DECIMAL_OK)
        return refuse_value(binder, "a number such as 4.5");
    return status_ok();
}

static struct status bind_int(const struct binder *binder)
{
    char *end;
    errno = 0;
    long long number = strtoll(binder->term->value, &end, 10);
    if (errno != 0 || *end != '\0' || end == binder->term->value)
        return refuse_value(binder, "a whole number");
    binder->condition->number = number;
    return status_ok();
}

static struct status bind_bool(const struct binder *binder)
{
    bool is_true = strcmp(binder->term->value, "true") == 0;
    if (!is_true && strcmp(binder->term->value, "false") != 0)
        return refuse_value(binder, "true or false");
    if (is_order_operator(binder->condition->op))
        return refuse_operator(binder, "use = true or = false");
    binder->condition->number = is_true;
    return status_ok();
}

static struct status bind_enum(const struct binder *binder)
{
    int number;
    const ProtobufCEnumDescriptor *desc = attribute_enum(&binder->condition->attribute);
    if (strcasecmp(binder->term->value, "unspecified") == 0)
        number = 0;
    else if (!enum_from_name(desc, binder->term->value, &number))
        return refuse_value(binder, enum_names(desc, binder->arena));
    binder->condition->number = number;
    return status_ok();
}

static struct status bind_time(const struct binder *binder)
{
    if (!time_parse(binder->term->value, &binder->condition->number))
        return refuse_value(binder, "a time such as 2021-04-01T09:30:00Z, or a date");
    return status_ok();
}

/* "" for what is not a text: nothing said, which is 0 or no number at all. */
static struct status bind_unsaid(const struct binder *binder)
{
    struct filter_condition *condition = binder->condition;
    if (condition->op != FILTER_EQUAL || condition->attribute.type == ATTRIBUTE_OTHER)
        return refuse_operator(binder, "\"\" only goes with = and !=");
    condition->unsaid = true;
    return status_ok();
}

static struct status bind_typed(const struct binder *binder)
{
    switch (binder->condition->attribute.type) {
    case ATTRIBUTE_TEXT:
        return status_ok();
    case ATTRIBUTE_PERIOD:
        return bind_period(binder);
    case ATTRIBUTE_DECIMAL:
        return bind_decimal(binder);
    case ATTRIBUTE_INT:
        return bind_int(binder);
    case ATTRIBUTE_BOOL:
        return bind_bool(binder);
    case ATTRIBUTE_ENUM:
        return bind_enum(binder);
    case ATTRIBUTE_TIME:
        return bind_time(binder);
    case ATTRIBUTE_OTHER:
        break;
    }
    return refuse_operator(binder, "name a field of it (see those with a dot), or ask : *");
}

static bool is_text(enum attribute_type type)
{
    return type == ATTRIBUTE_TEXT || type == ATTRIBUTE_PERIOD;
}

static struct status bind_value(const struct binder *binder)
{
    const struct filter_term *term = binder->term;
    struct filter_condition *condition = binder->condition;
    bool starred = term->open_start || term->open_end;
    condition->presence = condition->op == FILTER_HAS && starred && *term->value == '\0';
    if (condition->presence) return status_ok();
    if (starred && (!is_text(condition->attribute.type) || is_order_operator(condition->op)))
        return refuse_operator(binder,
                               "a * only goes with = and != on texts, and alone with :");
    if (*term->value == '\0' && !is_text(condition->attribute.type)) return bind_unsaid(binder);
    return bind_typed(binder);
}

struct status filter_bind(struct arena *arena, const struct kind *kind,
                          const struct filter_term *term,
                          struct filter_condition *out_condition)
{
    struct binder binder = {arena, kind, term, out_condition};
    *out_condition = (struct filter_condition){
        .op = term->op == FILTER_NOT_EQUAL ? FILTER_EQUAL : term->op,
        .negated = term->op == FILTER_NOT_EQUAL,
        .open_start = term->open_start,
        .open_end = term->open_end,
        .text = term->value,
    };
    if (!attribute_find(kind, term->path, &out_condition->attribute))
        return refuse_path(&binder);
    struct status st = bind_value(&binder);
    out_condition->text_size = strlen(out_condition->text);
    return st;
}
