/* Tables of resources, grown from the descriptors: the statements of a kind, and rows to messages
 * and back. The only place where SQL is put together from names; the names come from descriptors
 * that were compared with the database at start. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "common/fields.h"
#include "store/db.h"
#include "store/txn.h"

#include <stdatomic.h>

/* How a column becomes a field. */
struct table_column {
    const ProtobufCFieldDescriptor *fd;
    enum field_shape shape;
    bool is_number;     /* else text, NULL for what is not set */
    const char **words; /* of an enum: short names in the order of its values; else NULL */
};

/* A scan that reads some fields. */
struct table_view {
    const struct kind_view *view;
    char *scan;
    unsigned *fields; /* their places in the descriptor */
    unsigned count;
};

/* One per kind, for all connections; read-only after table_new but for changed_seq. */
struct table {
    const struct kind *kind;
    /* The newest change that wrote or erased a version, set before its COMMIT; one that was undone
     * counts too. */
    _Atomic int64_t changed_seq;
    int number;         /* place in the store's list of kinds */
    char *select_as_of; /* one id, newest version not after a seq */
    char *select_from;  /* one id, exactly this from_seq */
    char *select_since; /* one id, all versions open after a seq */
    char *scan;         /* ids between two, as of a seq */
    char *count;        /* current rows */
    char *ends;         /* from_seq and to_seq of all versions of one id, the oldest first */
    char *ends_below;   /* the same of ids between two */
    char *insert;
    char *close;                  /* sets to_seq of a version */
    char **scan_where;            /* per field: like scan, with the field equal to a text */
    struct table_column *columns; /* per field */
    struct table_view *views;     /* view_count of them */
    unsigned view_count;
    char **scan_set;   /* per field: with the field not NULL */
    char **erase;      /* per field: empties it in the version of an id and a from_seq */
    char *select_seed; /* of the version of an id and a from_seq */
    char *forget_seed; /* likewise */
    char *next;        /* from_seq of the next version of an id behind a from_seq */
    char *versions;    /* how many there are of all ids */
    char *unlogged;    /* versions that no item of the log made: id, from_seq */
};

/* Builds the statements of a kind. */
struct table *table_new(const struct kind *kind, int number);
void table_free(struct table *table); /* NULL allowed */

/* FAILED_PRECONDITION with the first difference when the table's columns are not the
 * descriptor's fields. */
struct status table_check(const struct table *table, struct db *db,
                          struct arena *arena) MUST_CHECK;

/* The one that reads what a view of the kind names. */
const struct table_view *table_view_of(const struct table *table, const struct kind_view *view);

/* The row a select stands on; with a view (NULL: none) that of its scan: the id and its fields.
 * DATA_LOSS when a stored text is no value of its field. */
struct status table_read(const struct table *table, const struct table_view *view,
                         struct stmt *stmt, struct arena *arena,
                         struct version *out_version) MUST_CHECK;

/* The column of a field in every select of whole rows; -1 when the kind has no such field. */
int table_column(const struct table *table, const char *field);
enum { TABLE_SEED_COLUMN = 5 };

/* Binds all columns of `insert`. Texts made on the way live in the arena. */
void table_bind(const struct version *version, const void *seed, size_t seed_size,
                struct stmt *stmt, struct arena *arena);

#endif
