/* A kind of resource as the store sees it: a table, and the message its columns come from. */
#ifndef STORE_KIND_H
#define STORE_KIND_H

#include <protobuf-c/protobuf-c.h>

/* Some of a kind's fields: what a scan that needs no more reads of each row. */
struct kind_view {
    const char *const *fields; /* NULL-terminated */
};

/* Static; one per kind. Rows of service/catalog.c point at these. */
struct kind {
    const char *collection; /* "indicators", the first part of names */
    const char *table;      /* "indicator"; the current view is "indicator_now" */
    const ProtobufCMessageDescriptor *desc; /* provost.v1.Indicator; one column per field */
    const struct kind_view *const *views;   /* NULL-terminated; NULL: none */
};

/* The log itself, as items of a redaction name it: "changes/12", fields "reason" and "principal".
 * It has no table. */
extern const struct kind change_kind;

#endif
