/* The kinds of resource and the policy of each, in one visible table: what protobuf-c cannot
 * carry (which fields are required, cannot change, refer to what; how names come about; what is
 * understood from verbatim texts). Read-only once catalog_verify has run; shared by all
 * threads.
 */
#ifndef SERVICE_CATALOG_H
#define SERVICE_CATALOG_H

#include "common/status.h"
#include "store/kind.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct understanding;

enum {
    CATALOG_FIELDS_MAX = 64, /* fields of one kind; flags per field fit into such an array */
};

/* What is to be said about a field beyond its type. */
enum catalog_flag {
    CATALOG_REQUIRED = 1,   /* must not be empty, 0 or unspecified */
    CATALOG_IMMUTABLE = 2,  /* cannot change once the resource is there */
    CATALOG_DATE = 4,       /* text: a date or empty */
    CATALOG_DECIMAL = 8,    /* text: a decimal or empty; stored in its canonical form */
    CATALOG_PERIOD = 16,    /* text: a period or empty; stored as its id */
    CATALOG_PARENT = 32,    /* reference to the same kind that must not form a circle */
    CATALOG_KEY = 64,       /* reference whose target's id, and a "/", begin the id */
    CATALOG_LAST_DAY = 128, /* with DATE: a month ("March 2025") stands for its last day */
};

/* Policy of one field. */
struct catalog_field {
    const char *name;           /* NULL ends a list */
    unsigned flags;             /* of enum catalog_flag */
    const char *const *targets; /* a reference, or list of references: the collections it may
                                   point into, NULL-terminated; NULL when it is none */
    const ProtobufCFieldDescriptor *fd; /* set by catalog_verify */
};

/* Where the id of a new resource comes from. */
enum catalog_naming {
    NAMED_BY_CLIENT,   /* the client gives it, in one segment */
    NAMED_FROM_FIELDS, /* derived from immutable fields; a name given must agree */
    NAMED_BY_SEQ,      /* made from the change's seq unless the client gives one */
};

/* Understands the verbatim texts of a resource that is about to be written (understand.h). */
typedef struct status understand_fn(struct understanding *what);

/* Gives the id of what->after, whose key fields are in canonical form (understand.h). */
typedef struct status derive_id_fn(struct understanding *what, const char **out_id);

/* One kind. */
struct catalog_row {
    struct kind kind;
    const ProtobufCFieldDescriptor *member; /* of Resource's oneof; set by catalog_verify */
    unsigned member_tag;                    /* its number: PROVOST__V1__RESOURCE__BODY_... */
    enum catalog_naming naming;
    struct catalog_field *fields; /* those with a policy */
    understand_fn *understand;    /* NULL when nothing has to be understood */
    derive_id_fn *derive_id;      /* NAMED_FROM_FIELDS only */
    bool figures; /* a figure that is there is not replaced unasked (figure.h) */
};

/* Of observations: what a figure is, but what its id says and its note; the same without its
 * verbatim; whether something was said. */
extern const struct kind_view catalog_figures, catalog_numbers, catalog_said;

/* All rows in the order of the oneof: what a kind's texts are understood by (an observation's
 * indicator, an action's plan) stands before it. */
const struct catalog_row *catalog_rows(size_t *out_count);

/* The same as store_open wants them: NULL-terminated, static. */
const struct kind *const *catalog_kinds(void);

/* The row of a collection ("indicators"); of a resource's name ("indicators/foi-cex": what
 * stands before the first "/", or all of it); of a body's descriptor. NULL when there is none.
 */
const struct catalog_row *catalog_find(const char *collection);
const struct catalog_row *catalog_of_name(const char *name);
const struct catalog_row *catalog_of_desc(const ProtobufCMessageDescriptor *desc);

/* The row that a kind of the store (struct version's `kind`) is part of. */
const struct catalog_row *catalog_of_kind(const struct kind *kind);

/* True when some kind has a field of this name, in snake_case. */
bool catalog_has_field(const char *field);

/* Completes the table and aborts the process unless it agrees with the descriptors: every oneof
 * member of Resource has exactly one row and the types match, every field named here exists and
 * is of the right sort, every reference points to collections that exist. Call once at start,
 * before any other thread and anything else here; calling it again is harmless. */
void catalog_verify(void);

#endif
