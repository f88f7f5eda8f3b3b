/* What a report is about: the whole register, a plan, an objective, an organisation or all that
 * carries a tag; and what lies in it.
 *
 * A plan has its objectives; of a national or reference framework also what contributes to
 * them. An objective has those below it and, again and again, the objectives and plans that
 * contribute to it or are part of it, and what lies below those: an objective of a framework so
 * gathers what contributes across all plans. An organisation has those below it and the posts
 * in them. Everything is read at one moment and lives in the call's arena.
 */
#ifndef SERVICE_SCOPE_H
#define SERVICE_SCOPE_H

#include "service/found.h"
#include "service/handler.h"
#include "service/reading.h"

#include "provost/v1/resources.pb-c.h"

enum scope_kind {
    SCOPE_REGISTER = 1,
    SCOPE_PLAN = 2,
    SCOPE_OBJECTIVE = 4,
    SCOPE_ORGANISATION = 8,
    SCOPE_TAG = 16,
};

/* A plan, an objective, an organisation or a post in the scope. */
struct scope_node {
    const char *name;
    const char *id;
    const char *title;
    const Provost__V1__Objective *objective; /* NULL when it is none */
    bool is_plan;
    bool is_whole; /* its plan is in the scope too: nothing has to be looked for below it */
    size_t place;  /* in scope.nodes */
    struct scope_node *next;
};

/* A link of an indicator or action into the scope. */
struct scope_link {
    const char *from;
    const struct scope_node *node;
    int32_t position;
    struct scope_link *next;
};

struct scope {
    struct handler_call *call;
    struct moment moment;
    enum scope_kind kind;
    const char *name;       /* as asked: "plans/x", "tag=y"; "" for the register */
    const char *title;      /* of it; the tag; "" for the register */
    const char *tag;        /* SCOPE_TAG only */
    struct version version; /* kind NULL for a tag and the register */

    struct scope_node **nodes; /* in the order in which they are shown */
    size_t node_count;
    struct name_map by_name;       /* name to struct scope_node */
    struct scope_link *indicators; /* newest first */
    size_t indicator_count;
    struct scope_link *actions;
    size_t action_count;
};

/* Reads a scope, `allowed` being the kinds that the method takes, and what is in it.
 * INVALID_ARGUMENT (SCOPE_INVALID) for another kind, NOT_FOUND. */
struct status scope_open(struct handler_call *call, const struct moment *moment,
                         const char *text, unsigned allowed, struct scope *scope) MUST_CHECK;

/* Whether one of the tags is the scope's, ASCII case aside. */
bool scope_has_tag(const struct scope *scope, char *const *tags, size_t count);

/* Whether a post or organisation is in an organisation's scope. */
bool scope_has_owner(const struct scope *scope, const char *owner);

/* The actions of the scope, by id: of its plans, those that deliver or contribute to its
 * objectives, those led from an organisation (without a lead: those of its plans), those with
 * the tag. */
struct status scope_find_actions(struct scope *scope, struct found *actions) MUST_CHECK;

/* The indicators of an organisation, a tag or the register, by id: those an organisation is the
 * scope of, or without one answers for. Those of plans and objectives are behind
 * scope->indicators. */
struct status scope_find_indicators(struct scope *scope, struct found *indicators) MUST_CHECK;

#endif
