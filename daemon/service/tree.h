/* The branches of the golden thread: what hangs on a node. */
#ifndef SERVICE_TREE_H
#define SERVICE_TREE_H

#include "service/action_facts.h"
#include "service/found.h"

#include "provost/v1/performance.pb-c.h"

/* What the whole tree is read with. */
struct tree {
    struct handler_call *call;
    struct moment moment;
    struct action_facts facts;
    struct name_map actions_of; /* plan to struct found: its actions, read once */
};

/* One thing that hangs on a node. */
struct branch {
    const char *name;
    const char *relation; /* "CHILD", or the link's kind */
    const char *qualifier;
    int32_t position; /* 0 is "not said" */
    struct version version;
};

struct branches {
    struct branch *items;
    size_t count;
    size_t capacity;
};

/* What hangs on a resource, in the order shown: children first, then what is linked to it. */
struct status tree_find_branches(struct tree *tree, const struct version *version,
                                 struct branches *branches) MUST_CHECK;

/* Title and code of a resource that has them, else "". */
const char *tree_title(const struct version *version);
const char *tree_code(const struct version *version);

#endif
