/* The parts of CheckPlan (MODEL.md section 12). All of it warns; nothing is changed. */
#ifndef SERVICE_CHECK_H
#define SERVICE_CHECK_H

#include "service/figures.h"
#include "service/scope.h"

#include "provost/v1/performance.pb-c.h"

/* One check in the making. */
struct check {
    struct handler_call *call;
    const Provost__V1__CheckPlanRequest *in;
    struct moment moment;
    struct scope scope; /* the plan and its objectives */
    const Provost__V1__Plan *plan;
    struct found objectives;          /* of the plan */
    struct found actions;             /* of the plan */
    struct found risks;               /* of the plan */
    struct found decisions;           /* on the plan */
    struct found money;               /* for the plan, its objectives and actions */
    struct scorecard_member *members; /* its indicators */
    size_t member_count;
    int32_t day;
    bool has_period;
    struct scorecard card; /* has_period only: of that period */
    size_t capacity;       /* of the findings */
    Provost__V1__CheckPlanResponse *out;
};

/* Something found; texts in the arena or static, NULL for "". */
struct check_finding {
    Provost__V1__FindingLevel level;
    const char *reason;
    const char *resource;
    const char *field;
    const char *value;
    const char *message;
    const char *other;
};

#define CHECK_ERROR PROVOST__V1__FINDING_LEVEL__FINDING_LEVEL_ERROR
#define CHECK_WARNING PROVOST__V1__FINDING_LEVEL__FINDING_LEVEL_WARNING

void check_add(struct check *check, const struct check_finding *finding);

/* Name of a version, in the arena. */
const char *check_name(const struct check *check, const struct version *version);

/* Texts of everything: placeholders, malformed periods, codes that match nothing; things
 * entered twice (check_items.c). */
void check_texts(struct check *check);
void check_duplicates(struct check *check);

/* Days and years: deadlines, title against period, number of priorities (check_dates.c). */
void check_dates(struct check *check);

/* What hangs on nothing (check_links.c). */
struct status check_links(struct check *check) MUST_CHECK;

/* Figures of the period: red without a word, overdue, not adding up (check_figures.c). */
struct status check_figures(struct check *check) MUST_CHECK;

/* Totals of money (check_money.c). */
void check_money(struct check *check);

#endif
