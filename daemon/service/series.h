/* The parts of GetIndicatorSeries. */
#ifndef SERVICE_SERIES_H
#define SERVICE_SERIES_H

#include "service/figures.h"

/* One answer in the making. */
struct series {
    struct handler_call *call;
    struct scorecard card; /* call and moment */
    struct scorecard_member member;
    struct figures figures;
    bool is_derived;        /* its figures are made when asked for (derived.h) */
    struct period *periods; /* of the points */
    size_t count;
    Provost__V1__GetIndicatorSeriesResponse *out;
};

/* Process control over the points with a figure (series_control.c): fills out->control and the
 * points' special causes. */
void series_add_control(struct series *series, bool screen);

/* Comparisons with others (series_benchmark.c): those of the periods shown, and undated ones.
 */
struct status series_add_benchmarks(struct series *series) MUST_CHECK;

#endif
