/* Calculated indicators (MODEL.md section 8): when a figure changes, the figures of indicators
 * whose formula uses it are computed again for the periods concerned, in the same change.
 *
 * A figure so made has source_system "formula", the marks of its inputs, and never takes the
 * place of one that was submitted. Where a formula has no result, or the period is locked, what
 * is there stays, with a warning on the mutation that asked for it. A new formula fills the
 * periods in which its inputs have figures.
 *
 * A figure of a part of the whole (a breakdown) is computed from those of the same part. A
 * formula that leads to a measure of the register is not computed here but when it is asked for
 * (derived.h): what a measure says changes without anything of it being written.
 *
 * Cost: nothing unless the request changed a figure or a formula; then formula_graph_find; and
 * what depends on the figures, at most FORMULAS_MAX computations.
 */
#ifndef SERVICE_FORMULAS_H
#define SERVICE_FORMULAS_H

#include "domain/formula.h"
#include "domain/period.h"
#include "service/period_lock.h"
#include "service/understand.h"

#define FORMULAS_SOURCE "formula" /* Observation.source_system of what is computed */
#define FORMULAS_MAX 20000

/* What one request changed. */
struct formulas;

/* Begins; all memory is the lookup's arena's. */
struct formulas *formulas_new(struct lookup *lookup, struct period_lock *lock);

/* An item was put or deleted: `body` is what it is, or was. `what` gets the warnings. */
void formulas_note(struct formulas *formulas, struct understanding *what,
                   const ProtobufCMessage *body);

/* After all checks: computes and writes. */
struct status formulas_run(struct formulas *formulas) MUST_CHECK;

/* A null policy as domain/formula.h has it; what is not said is STRICT. */
enum formula_nulls formulas_nulls(Provost__V1__NullPolicy policy);

/* The names of the figures that a formula reads for a period and breakdown, in the arena. */
size_t formulas_inputs(const char *text, const struct period *period, const char *breakdown,
                       struct arena *arena, char ***out_names);

#endif
