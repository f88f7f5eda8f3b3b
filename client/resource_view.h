/* Views of resources: every field for programs, the ones that matter for people. */
#ifndef CLIENT_RESOURCE_VIEW_H
#define CLIENT_RESOURCE_VIEW_H

#include "client/output.h"

#include <provost/v1/resources.pb-c.h>

/* Context of the view functions. */
struct resource_view {
    Provost__V1__Resource *const *resources;
    size_t n_resources;
    int64_t seq;         /* the log position shown */
    const char *fields;  /* "code,title": only these columns; NULL: as is usual */
    const char *heading; /* of a list, or NULL */
};

/* All fields as columns, a row a resource; several kinds share columns of the same name. */
void resource_view_rows(const struct view *view, struct grid *grid);

/* A row a resource with the usual columns of its kind. */
void resource_view_list(const struct view *view, struct grid *grid);

/* A row a field that is set: for one resource, or some one under the other. */
void resource_view_records(const struct view *view, struct grid *grid);

/* A field's text for people: local times, texts of lists apart by ";". In `arena`. */
const char *resource_field_shown(const ProtobufCMessage *msg,
                                 const ProtobufCFieldDescriptor *fd, struct arena *arena);

/* Columns that a list of this kind usually has: "code,title". NULL: no usual ones. */
const char *resource_view_usual_fields(const char *member_name);

/* The i-th kind with usual columns, for tests; NULL behind the last. */
const char *resource_view_kind(size_t i);

#endif
