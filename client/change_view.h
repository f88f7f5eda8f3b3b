/* Views of changes of the log. */
#ifndef CLIENT_CHANGE_VIEW_H
#define CLIENT_CHANGE_VIEW_H

#include "client/output.h"

#include <provost/v1/change_log.pb-c.h>
#include <stdbool.h>

/* What was erased is shown as "[erased]", an erasure with who asked for it (its principal
 * approved), and a change that came without its fields has a note.
 *
 * Context of the view functions. A change that matches a query is answered whole; the rows keep
 * to what was asked for. */
struct change_view {
    Provost__V1__Change *const *changes;
    size_t n_changes;
    int64_t seq;
    bool is_history;      /* all about one resource: its name is not repeated */
    const char *resource; /* only resources of this name or below it; NULL: all */
    const char *field;    /* only this field; NULL: all */
};

/* A row a field that changed; a resource without any (made empty, deleted) has one row. */
void change_view_rows(const struct view *view, struct grid *grid);

/* A row a change: seq, when, who, what, why. */
void change_view_log(const struct view *view, struct grid *grid);

/* A row a field, with before and after; what is the same as in the row above is not repeated.
 */
void change_view_fields(const struct view *view, struct grid *grid);

#endif
