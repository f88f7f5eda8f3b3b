/* The target that a row of a scorecard is judged by. */
#ifndef SERVICE_SCORECARD_TARGET_H
#define SERVICE_SCORECARD_TARGET_H

#include "domain/rag.h"
#include "service/scorecard.h"

/* The target of an indicator (by id) for the scorecard's period; NULL when there is none with a
 * number. Plain before interim, final and baseline; forecasts are left aside. */
struct status scorecard_find_target(const struct scorecard *card, const char *indicator,
                                    const Provost__V1__Target **out_target) MUST_CHECK;

/* The one of two that counts for a period; NULL when neither does. */
const Provost__V1__Target *scorecard_better_target(const Provost__V1__Target *one,
                                                   const Provost__V1__Target *other);

/* An indicator's polarity; what is not said is MAX. */
enum rag_polarity scorecard_polarity(Provost__V1__Polarity polarity);

/* The polarity that a target's operator says; `otherwise` where it says none. */
enum rag_polarity scorecard_target_polarity(Provost__V1__TargetOperator op,
                                            enum rag_polarity otherwise);

/* Puts the target into the input of a judgement, whose polarity must be set; the way in which
 * it is to be met takes the polarity's place. */
void scorecard_apply_target(const Provost__V1__Target *target, struct rag_input *input);

/* Puts it into the row, kind and operator as they were understood. */
void scorecard_show_target(const Provost__V1__Target *target, const struct rag_input *input,
                           Provost__V1__ScorecardRow *row);

#endif
