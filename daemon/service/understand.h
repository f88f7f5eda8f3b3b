/* What the daemon understands from what a client said (MODEL.md, DESIGN.md section 4: a client
 * may send only the verbatim text of a value, period or deadline, and every client gets the
 * same understanding). What is not understood is refused or kept with a warning, never guessed.
 *
 * An understanding is one resource about to be written. Functions here work on what->after,
 * whose strings and lists may be shared with the request and the stored version: they are
 * replaced, never changed in place.
 */
#ifndef SERVICE_UNDERSTAND_H
#define SERVICE_UNDERSTAND_H

#include "service/catalog.h"
#include "service/lookup.h"
#include "service/place.h"

#include "provost/v1/register.pb-c.h"

#include <stdint.h>

struct understanding {
    struct arena *arena;
    struct lookup *lookup; /* other resources, the call's own writes included */
    const struct catalog_row *row;
    const char *name;               /* of the resource */
    const char *reason;             /* of the request; may be "" */
    const ProtobufCMessage *before; /* NULL for a new resource */
    ProtobufCMessage *after;
    bool touched[CATALOG_FIELDS_MAX]; /* per field of the kind: the client said it */
    struct place place;
    Provost__V1__Warning **warnings; /* in the arena */
    size_t warning_count;
};

/* ---- for all kinds ---- */

/* INVALID_ARGUMENT about a field of the body. */
struct status understand_refuse(const struct understanding *what, const char *reason,
                                const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Something noticed but accepted. */
void understand_warn(struct understanding *what, const char *reason, const char *field,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The client said the field, by name, and what it said is not empty. */
bool understand_said(const struct understanding *what, const char *field);

/* The client named the field, with or without a value. */
bool understand_touched(const struct understanding *what, const char *field);

/* Brings the dates, decimals and periods of the row that the client touched into their
 * canonical form. Comes before derive_id and understand. */
struct status understand_canonical(struct understanding *what) MUST_CHECK;

/* Every required field is there, no immutable one changes. An immutable field that is touched
 * but left empty keeps its value. */
struct status understand_policy(struct understanding *what) MUST_CHECK;

/* One date text, "2021-04-01" or empty; `field` for the refusal. */
struct status understand_date(const struct understanding *what, const char *field,
                              const char *text) MUST_CHECK;

/* One number as people write it ("1,234"), as a canonical decimal in the arena; "" stays. */
struct status understand_decimal(const struct understanding *what, const char *field,
                                 const char *text, const char **out_text) MUST_CHECK;

/* One period, id or label, as its id in the arena. */
struct status understand_period(const struct understanding *what, const char *field,
                                const char *text, const char **out_id) MUST_CHECK;

/* ---- per kind: the catalog's `understand` ---- */

understand_fn understand_organisation;     /* validity */
understand_fn understand_post;             /* holders' dates */
understand_fn understand_plan;             /* period, ends, review */
understand_fn understand_indicator;        /* frequency, tolerances, decimals, definitions */
understand_fn understand_target;           /* cell: operator, value, range */
understand_fn understand_observation;      /* cell: state, value, flags; parts */
understand_fn understand_action;           /* deadlines, progress, completion */
understand_fn understand_link;             /* which collections a kind of link joins */
understand_fn understand_benchmark;        /* position, trajectory, figures of the group */
understand_fn understand_risk;             /* scores within the matrix */
understand_fn understand_budget_line;      /* amount in pounds from text and scale */
understand_fn understand_reporting_period; /* the steps of its state; what is published */
understand_fn understand_decision;         /* an outcome has a date */

/* ---- per kind: the catalog's `derive_id` ---- */

derive_id_fn derive_target_id;      /* INDICATOR/PERIOD[/interim|final|forecast|baseline] */
derive_id_fn derive_observation_id; /* INDICATOR/PERIOD[/BREAKDOWN] */
derive_id_fn derive_link_id;        /* KIND-IN-KEBAB-CASE/FROM/TO, or .../FROM/none */
derive_id_fn derive_benchmark_id;   /* INDICATOR/PERIOD/COMPARATOR-IN-KEBAB-CASE */
derive_id_fn derive_reporting_period_id; /* PLAN/PERIOD */

#endif
