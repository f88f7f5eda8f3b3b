/* What `provost export` takes out of the register: all of it from one moment. Everything lives
 * in the session's arena.
 */
#ifndef CLIENT_EXPORT_H
#define CLIENT_EXPORT_H

#include "client/session.h"

#include <provost/v1/resources.pb-c.h>
#include <stddef.h>
#include <stdint.h>

/* Resources of one kind, in bytewise order of their names. */
struct export_table {
    const ProtobufCFieldDescriptor *member; /* of Resource.body */
    const char *collection;
    Provost__V1__Resource **rows;
    size_t n_rows;
    size_t capacity;
    const ProtobufCFieldDescriptor **fields; /* those that some row uses, in .proto order */
    size_t n_fields;
};

struct export
{
    struct session *session;
    struct options options; /* the session's, with --as-of at the moment pinned */
    int64_t seq;            /* 0 before the first answer */
    const char *name;       /* of the package */
    const char *title;
    struct export_table *tables; /* those with rows, in the order of kinds */
    size_t n_tables;
    size_t n_links_left; /* of a plan: links to what is not exported */
};

/* Lists a collection, all pages, with a filter or "". The first answer pins the moment for all
 * that follow. Failures have been said. */
enum exit_code export_list(struct export *export, const char *collection, const char *filter,
                           Provost__V1__Resource ***out_resources, size_t *out_n);

/* Adds a resource to the table of its kind. */
void export_add(struct export *export, Provost__V1__Resource *resource);

/* Makes `tables` of the whole register; or of one plan and what belongs to it. Failures have
 * been said. `plan` is a name or an id. */
enum exit_code export_read_all(struct export *export);
enum exit_code export_read_plan(struct export *export, const char *plan);

/* NULL when the folder can take the export: it is not there, is empty, or holds a bundle; else
 * why not. */
const char *export_check_folder(const char *directory, struct arena *arena);

/* Writes the files, each under a name of its own first; then all take their places, and files
 * of kinds that are no longer there go. NULL, or what failed. */
const char *export_write(const struct export *export, const char *directory);

#endif
