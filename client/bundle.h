/* A bundle: a folder of CSV files, one per collection ("indicators.csv"), beside
 * datapackage.json.
 *
 * The first column is `id`, the part of a name behind the collection; kinds whose names the
 * daemon derives may go without. Every other column is a field as the .proto names it, in snake
 * or camel case. What "-o csv list" writes is a bundle file too: `name`, the whole name, stands
 * for `id`, or beside it, where the two must agree unless one of them is empty; `revision`,
 * `create_time` and `update_time` are passed over. Each row becomes a patch of all the file's
 * columns that creates what is missing; so an empty cell clears.
 */
#ifndef CLIENT_BUNDLE_H
#define CLIENT_BUNDLE_H

#include "common/arena.h"
#include "common/csv.h"

#include <provost/v1/register.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

/* One file. */
struct bundle_file {
    const char *name;                       /* "indicators.csv" */
    const char *collection;                 /* "indicators" */
    const ProtobufCFieldDescriptor *member; /* of Resource.body */
    size_t n_columns;
    const char **titles;                     /* as written */
    const ProtobufCFieldDescriptor **fields; /* of the body; NULL: no field of it */
    size_t id_column;                        /* n_columns: there is none */
    size_t name_column;                      /* the same, of whole names */
    Google__Protobuf__FieldMask *mask;       /* shared by the rows */
};

/* One row. */
struct bundle_row {
    const struct bundle_file *file;
    const struct csv_row *row;
};

/* Everything lives in the arena given to bundle_read. */
struct bundle {
    struct arena *arena;
    struct bundle_row *rows; /* in an order in which references come after what they refer to */
    size_t n_rows;
    size_t capacity;
    size_t n_files;
    bool has_package;      /* datapackage.json is there */
    const char **problems; /* "links.csv:7:3 (kind): ...", at most BUNDLE_PROBLEMS_MAX */
    size_t n_problems;     /* may be more than are kept */
};

enum { BUNDLE_PROBLEMS_MAX = 20, BUNDLE_FILE_MAX_BYTES = 64 << 20 };

/* Reads the folder. Whatever is wrong stands in the problems; rows are then not to be sent. */
void bundle_read(const char *directory, struct arena *arena, struct bundle *out_bundle);

/* The patch that rows[i] is, in the arena. Its mask is the bundle's. */
const Provost__V1__Mutation *bundle_mutation(const struct bundle *bundle, size_t i,
                                             struct arena *arena);

/* "links.csv:7:3 (kind)" for what follows the mutation of rows[i] in a field path
 * ("patch.resource.link.kind"). */
const char *bundle_locate(const struct bundle *bundle, size_t i, const char *path,
                          struct arena *arena);

#endif
