#include "service/order.h"

#include "common/names.h"
#include "common/reasons.h"
#include "service/excerpt.h"

#include <stdlib.h>
#include <string.h>

/* What one key of a version is. */
struct order_value {
    const char *text; /* TEXT, PERIOD */
    int64_t number;   /* INT, BOOL, ENUM, TIME; DECIMAL: whether there is one */
    struct decimal decimal;
};

/* ---- reading ---- */

static struct status refuse(struct arena *arena, const char *part, const char *what)
{
    return status_invalid(arena, REASON_ORDER_INVALID, "order_by", "order_by \"%s\": %s",
                          excerpt(arena, part), what);
}

/* "title desc" into "title" and its direction; *text loses its spaces. */
static bool split_part(char *part, const char **out_path, bool *out_descending)
{
    static const char space[] = " \t";
    char *rest;
    const char *path = strtok_r(part, space, &rest);
    const char *direction = strtok_r(NULL, space, &rest);
    if (path == NULL || strtok_r(NULL, space, &rest) != NULL) return false;
    *out_descending = direction != NULL && strcmp(direction, "desc") == 0;
    if (direction != NULL && !*out_descending && strcmp(direction, "asc") != 0) return false;
    *out_path = path;
    return true;
}

static struct status read_part(struct arena *arena, const struct kind *kind, const char *part,
                               struct order_key *out_key)
{
    const char *path;
    char *copy = arena_strdup(arena, part);
    if (!split_part(copy, &path, &out_key->descending))
        return refuse(arena, part, "write a field, or a field and \"desc\", between commas");
    if (!attribute_find(kind, path, &out_key->attribute))
        return status_invalid(arena, REASON_ORDER_INVALID, "order_by",
                              "%s have no field \"%s\" to order by; there are: %s",
                              kind->collection, excerpt(arena, path),
                              attribute_names(arena, kind));
    if (out_key->attribute.many || out_key->attribute.type == ATTRIBUTE_OTHER)
        return refuse(arena, part, "a list or a message has no order");
    return status_ok();
}

struct status order_parse(struct arena *arena, const struct kind *kind, const char *text,
                          struct order *out_order)
{
    out_order->count = 0;
    if (text[strspn(text, " \t")] == '\0') return status_ok();
    if (strlen(text) > ORDER_MAX_BYTES) return refuse(arena, text, "it is too long");
    char *rest = arena_strdup(arena, text);
    const char *part;
    while ((part = strsep(&rest, ",")) != NULL) {
        if (out_order->count == ORDER_MAX_KEYS)
            return refuse(arena, text, "at most 5 fields can be given");
        struct status st = read_part(arena, kind, part, &out_order->keys[out_order->count++]);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* ---- places ---- */

/* Where take_value puts what it is shown. */
struct taker {
    struct arena *arena;
    enum attribute_type type;
    struct order_value *value;
};

static bool take_value(void *data, const struct attribute_value *value)
{
    const struct taker *taker = data;
    taker->value->number = value->number;
    if (taker->type == ATTRIBUTE_DECIMAL)
        taker->value->number = decimal_parse(value->text, &taker->value->decimal) == DECIMAL_OK;
    else
        taker->value->text = arena_strdup(taker->arena, value->text);
    return true;
}

struct order_place order_place_of(const struct order *order, const struct version *version,
                                  struct arena *arena)
{
    struct order_value *values = arena_zalloc(arena, order->count * sizeof *values);
    for (size_t i = 0; i < order->count; i++) {
        const struct attribute *attribute = &order->keys[i].attribute;
        struct taker taker = {arena, attribute->type, &values[i]};
        values[i].text = "";
        (void)attribute_any(attribute, version, take_value, &taker);
    }
    return (struct order_place){arena_strdup(arena, version->id), values};
}

static int compare_decimals(const struct order_value *a, const struct order_value *b)
{
    if (a->number == 0 || b->number == 0) return (int)(a->number - b->number);
    return decimal_compare(a->decimal, b->decimal);
}

static int compare_values(enum attribute_type type, const struct order_value *a,
                          const struct order_value *b)
{
    switch (type) {
    case ATTRIBUTE_TEXT:
    case ATTRIBUTE_PERIOD:
        return text_compare_natural(a->text, b->text);
    case ATTRIBUTE_DECIMAL:
        return compare_decimals(a, b);
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_ENUM:
    case ATTRIBUTE_TIME:
    case ATTRIBUTE_OTHER:
        break;
    }
    return (a->number > b->number) - (a->number < b->number);
}

static int compare_places(const void *left, const void *right, void *data)
{
    const struct order_place *a = left, *b = right;
    const struct order *order = data;
    for (size_t i = 0; i < order->count; i++) {
        int result =
            compare_values(order->keys[i].attribute.type, &a->values[i], &b->values[i]);
        if (result != 0) return order->keys[i].descending ? -result : result;
    }
    return strcmp(a->id, b->id);
}

void order_sort(const struct order *order, struct order_place *places, size_t count)
{
    struct order copy = *order; /* qsort_r hands on a pointer to what is not const */
    if (count > 1) qsort_r(places, count, sizeof *places, compare_places, &copy);
}
