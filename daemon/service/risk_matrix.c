/* PerformanceService.GetRiskMatrix: open risks by likelihood and impact. A risk without both
 * numbers is unscored, never low.
 *
 * Bands are those of a 5 x 5 matrix (LOW up to 4, MEDIUM up to 9, HIGH up to 15, VERY_HIGH) and
 * in the same proportion of the highest score for other sizes. */
#include "domain/risk.h"
#include "service/performance.h"
#include "service/resource.h"
#include "service/scope.h"

#include "provost/v1/performance.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SIZE = 5, BANDS = 4 };

static const char *const band_names[BANDS] = {"LOW", "MEDIUM", "HIGH", "VERY_HIGH"};

/* One answer in the making. */
struct matrix {
    struct handler_call *call;
    const Provost__V1__GetRiskMatrixRequest *in;
    struct moment moment;
    struct scope scope;
    struct found risks;
    Provost__V1__RiskCell *by_band[RISK_MAX_LEVELS + 1][RISK_MAX_LEVELS + 1][BANDS];
    Provost__V1__GetRiskMatrixResponse *out;
};

/* ---- which risks ---- */

static bool wants_risk(void *data, const struct version *version)
{
    const struct scope *scope = data;
    const Provost__V1__Risk *risk = (const void *)version->body;
    if (risk->status == PROVOST__V1__RISK_STATUS__RISK_STATUS_CLOSED) return false;
    if (scope->kind == SCOPE_REGISTER) return true;
    if (scope->kind == SCOPE_TAG) return scope_has_tag(scope, risk->tags, risk->n_tags);
    if (scope->kind == SCOPE_ORGANISATION) return scope_has_owner(scope, risk->owner);
    for (size_t i = 0; i < risk->n_plans; i++)
        if (strcmp(risk->plans[i], scope->name) == 0) return true;
    return false;
}

static const Provost__V1__RiskScore *score_of(const struct matrix *matrix,
                                              const Provost__V1__Risk *risk)
{
    switch ((int)matrix->in->score) {
    case PROVOST__V1__RISK_SCORE_KIND__RISK_SCORE_KIND_ORIGINAL:
        return risk->original;
    case PROVOST__V1__RISK_SCORE_KIND__RISK_SCORE_KIND_TARGET:
        return risk->target;
    default:
        return risk->current;
    }
}

/* ---- placing ---- */

static struct risk_matrix matrix_of_size(int size, struct arena *arena)
{
    int highest = size * size;
    int starts[BANDS - 1] = {highest / 5 + (highest % 5 != 0), 0, 0};
    starts[1] = (highest * 2 + 4) / 5;
    starts[2] = (highest * 16 + 24) / 25;
    for (int i = 1; i < BANDS - 1; i++)
        if (starts[i] <= starts[i - 1]) starts[i] = starts[i - 1] + 1;
    struct risk_matrix shape = {
        .version = "",
        .likelihoods = size,
        .impacts = size,
        .band_names = band_names,
        .band_count = BANDS,
    };
    return risk_matrix_by_score(&shape, starts, arena);
}

static int size_of(const Provost__V1__Risk *risk)
{
    if (risk->matrix_size < 1) return DEFAULT_SIZE;
    return risk->matrix_size < RISK_MAX_LEVELS ? risk->matrix_size : RISK_MAX_LEVELS;
}

static Provost__V1__RiskPlace *make_place(const struct matrix *matrix,
                                          const struct version *version, const char *reason)
{
    struct arena *arena = matrix->call->arena;
    const Provost__V1__Risk *risk = (const void *)version->body;
    Provost__V1__RiskPlace *place = arena_alloc(arena, sizeof *place);
    provost__v1__risk_place__init(place);
    place->name = resource_name(arena, version->kind, version->id);
    place->title = risk->title;
    place->owner = risk->owner;
    place->reason = (char *)reason;
    return place;
}

static Provost__V1__RiskCell *find_cell(struct matrix *matrix, struct risk at,
                                        const struct risk_score *score)
{
    struct arena *arena = matrix->call->arena;
    Provost__V1__RiskCell **cell = &matrix->by_band[at.likelihood][at.impact][score->band];
    if (*cell != NULL) return *cell;
    *cell = arena_alloc(arena, sizeof **cell);
    provost__v1__risk_cell__init(*cell);
    (*cell)->likelihood = at.likelihood;
    (*cell)->impact = at.impact;
    (*cell)->score = score->score;
    (*cell)->band = (char *)band_names[score->band];
    (*cell)->risks = arena_alloc(arena, matrix->risks.count * sizeof(Provost__V1__RiskPlace *));
    matrix->out->cells[matrix->out->n_cells++] = *cell;
    return *cell;
}

static const char *unscored_reason(const struct risk_score *score, struct risk at)
{
    if (score->state == RISK_OFF_MATRIX) return "OFF_MATRIX";
    if (at.likelihood == 0 && at.impact == 0) return "NOT_SCORED";
    return at.likelihood == 0 ? "NO_LIKELIHOOD" : "NO_IMPACT";
}

static void place_risk(struct matrix *matrix, const struct version *version)
{
    const Provost__V1__Risk *risk = (const void *)version->body;
    const Provost__V1__RiskScore *said = score_of(matrix, risk);
    struct risk at = {0, 0};
    int size = size_of(risk);
    if (said != NULL) at = (struct risk){said->likelihood, said->impact};
    struct risk_matrix shape = matrix_of_size(size, matrix->call->arena);
    struct risk_score score = risk_score(&shape, at);
    if (size > matrix->out->size) matrix->out->size = size;
    if (score.state != RISK_SCORED) {
        matrix->out->unscored[matrix->out->n_unscored++] =
            make_place(matrix, version, unscored_reason(&score, at));
        return;
    }
    Provost__V1__RiskCell *cell = find_cell(matrix, at, &score);
    cell->risks[cell->n_risks++] = make_place(matrix, version, "");
}

/* The worst first; of equal scores the graver impact. */
static int compare_cells(const void *left, const void *right)
{
    const Provost__V1__RiskCell *a = *(Provost__V1__RiskCell *const *)left;
    const Provost__V1__RiskCell *b = *(Provost__V1__RiskCell *const *)right;
    if (a->score != b->score) return a->score < b->score ? 1 : -1;
    if (a->impact != b->impact) return a->impact < b->impact ? 1 : -1;
    return strcmp(a->band, b->band);
}

static void place_all(struct matrix *matrix)
{
    Provost__V1__GetRiskMatrixResponse *out = matrix->out;
    struct arena *arena = matrix->call->arena;
    size_t count = matrix->risks.count;
    out->cells = arena_alloc(arena, count * sizeof(Provost__V1__RiskCell *));
    out->unscored = arena_alloc(arena, count * sizeof(Provost__V1__RiskPlace *));
    for (size_t i = 0; i < count; i++)
        place_risk(matrix, &matrix->risks.items[i]);
    if (out->n_cells > 1)
        qsort(out->cells, out->n_cells, sizeof(Provost__V1__RiskCell *), compare_cells);
    if (out->size == 0) out->size = DEFAULT_SIZE;
    out->total = (int32_t)count;
    out->seq = matrix->moment.seq;
}

struct status performance_get_risk_matrix(struct handler_call *call,
                                          const ProtobufCMessage *request,
                                          ProtobufCMessage **out_response)
{
    static const unsigned allowed =
        SCOPE_REGISTER | SCOPE_PLAN | SCOPE_ORGANISATION | SCOPE_TAG;
    struct matrix *matrix = arena_zalloc(call->arena, sizeof *matrix);
    matrix->call = call;
    matrix->in = (const void *)request;
    matrix->out = arena_alloc(call->arena, sizeof *matrix->out);
    provost__v1__get_risk_matrix_response__init(matrix->out);
    struct found_query query = {
        .collection = "risks", .wants = wants_risk, .data = &matrix->scope};
    struct status st =
        moment_resolve(call, matrix->in->as_of_seq, matrix->in->as_of_time, &matrix->moment);
    if (status_is_ok(st))
        st = scope_open(call, &matrix->moment, matrix->in->scope, allowed, &matrix->scope);
    if (status_is_ok(st)) st = found_scan(call, &matrix->moment, &query, &matrix->risks);
    if (!status_is_ok(st)) return st;
    place_all(matrix);
    *out_response = &matrix->out->base;
    return status_ok();
}
