/* What derived figures are made from: the indicators as nodes, each using others (derived.h). */
#ifndef SERVICE_DERIVED_NODE_H
#define SERVICE_DERIVED_NODE_H

#include "service/derived.h"
#include "service/figures.h"

enum derived_measure { MEASURE_NONE, MEASURE_MAINTAINED, MEASURE_SCHEDULE, MEASURE_ON_TARGET };

struct derived_node {
    struct scorecard_member member;
    enum derived_measure measure; /* MEASURE_NONE: a formula, or submitted */
    bool has_formula;
    bool is_open;                     /* the next five are known */
    bool is_missing;                  /* its scope is not there */
    struct scope scope;               /* of a measure */
    struct scorecard_member *members; /* of a measure of indicators */
    size_t member_count;
    struct derived_node **uses; /* with a formula or measure; of a formula all it refers to */
    size_t use_count;
    int live;               /* 0: not known yet, 1: leads to a measure, -1: does not */
    struct figures figures; /* as others read them */
    struct name_map made;   /* period id to struct figure */
};

struct derived {
    struct handler_call *call;
    struct scorecard card; /* call, moment and this */
    struct name_map nodes; /* indicator's name to struct derived_node */
    size_t depth;          /* of figures being made inside each other */
    bool too_deep;
};

/* Whether the figures of an indicator may be derived at all. */
bool derived_may_be(const Provost__V1__Indicator *indicator);

/* The node of an indicator, made when it is new. */
struct derived_node *derived_node_of(struct derived *derived,
                                     const struct scorecard_member *member);

/* Finds out what it uses. */
struct status derived_node_open(struct derived *derived, struct derived_node *node) MUST_CHECK;

/* All that a node leads to, itself first, each once. */
struct derived_reach {
    struct derived_node **nodes;
    size_t count;
};
struct status derived_node_reach(struct derived *derived, struct derived_node *node,
                                 struct derived_reach *out_reach) MUST_CHECK;

/* Whether `node` leads to `target`. */
struct status derived_node_leads(struct derived *derived, struct derived_node *node,
                                 const struct derived_node *target, bool *out_leads) MUST_CHECK;

#endif
