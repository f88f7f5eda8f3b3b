/* In which order resources of a kind are listed (AIP-132): "code", "title desc, position".
 *
 * Texts sort naturally (HB 9 before HB 10), decimals, numbers and times by size, enums by
 * number; what is not said comes first. The name decides last, so that an order is always
 * complete. Pure functions, any thread.
 */
#ifndef SERVICE_ORDER_H
#define SERVICE_ORDER_H

#include "common/decimal.h"
#include "service/attribute.h"

enum { ORDER_MAX_KEYS = 5, ORDER_MAX_BYTES = 500 };

struct order_value;

struct order_key {
    struct attribute attribute;
    bool descending;
};

struct order {
    struct order_key keys[ORDER_MAX_KEYS];
    size_t count; /* 0: by name, bytewise, as the store has them */
};

/* What one version is sorted by; lives in an arena. */
struct order_place {
    const char *id;
    const struct order_value *values; /* order->count of them */
};

/* Reads order_by for resources of `kind`. INVALID_ARGUMENT blamed on "order_by": not of the
 * form, too long, a field that the kind does not have, a list or a message. */
struct status order_parse(struct arena *arena, const struct kind *kind, const char *text,
                          struct order *out_order) MUST_CHECK;

/* The place of a version; everything is copied into `arena`. */
struct order_place order_place_of(const struct order *order, const struct version *version,
                                  struct arena *arena);

/* Sorts places made for this order. */
void order_sort(const struct order *order, struct order_place *places, size_t count);

#endif
