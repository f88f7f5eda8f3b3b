#include "domain/risk.h"

#include "common/arena.h"

static size_t cell_count(const struct risk_matrix *matrix)
{
    return (size_t)matrix->likelihoods * (size_t)matrix->impacts;
}

const char *risk_matrix_fault(const struct risk_matrix *matrix)
{
    if (matrix->likelihoods < 1 || matrix->likelihoods > RISK_MAX_LEVELS ||
        matrix->impacts < 1 || matrix->impacts > RISK_MAX_LEVELS)
        return "a matrix has 1 to 10 levels each way";
    if (matrix->band_count < 1 || matrix->band_count > RISK_MAX_BANDS)
        return "a matrix has 1 to 10 bands";
    for (size_t i = 0; i < cell_count(matrix); i++)
        if (matrix->bands[i] < 0 || matrix->bands[i] >= matrix->band_count)
            return "a cell names a band that is not there";
    return NULL;
}

struct risk_matrix risk_matrix_by_score(const struct risk_matrix *shape, const int *starts,
                                        struct arena *arena)
{
    struct risk_matrix matrix = *shape;
    int *bands = arena_alloc(arena, cell_count(shape) * sizeof *bands);
    for (int l = 1; l <= shape->likelihoods; l++) {
        for (int i = 1; i <= shape->impacts; i++) {
            int band = 0;
            while (band + 1 < shape->band_count && l * i >= starts[band])
                band++;
            bands[(l - 1) * shape->impacts + i - 1] = band;
        }
    }
    matrix.bands = bands;
    return matrix;
}

/* The cell's index; only for scored risks. */
static size_t cell_of(const struct risk_matrix *matrix, struct risk risk)
{
    return (size_t)((risk.likelihood - 1) * matrix->impacts + risk.impact - 1);
}

struct risk_score risk_score(const struct risk_matrix *matrix, struct risk risk)
{
    struct risk_score score = {.state = RISK_UNSCORED, .band = -1};
    if (risk.likelihood == 0 || risk.impact == 0) return score;
    score.state = RISK_OFF_MATRIX;
    if (risk.likelihood < 0 || risk.likelihood > matrix->likelihoods || risk.impact < 0 ||
        risk.impact > matrix->impacts)
        return score;
    score.state = RISK_SCORED;
    score.score = risk.likelihood * risk.impact;
    score.band = matrix->bands[cell_of(matrix, risk)];
    return score;
}

/* The bucket of a risk: its cell, then unscored, then off the matrix. */
static size_t bucket_of(const struct risk_matrix *matrix, struct risk risk)
{
    struct risk_score score = risk_score(matrix, risk);
    if (score.state == RISK_SCORED) return cell_of(matrix, risk);
    return cell_count(matrix) + (score.state == RISK_OFF_MATRIX);
}

/* A counting sort: stable, so members keep the order given. */
struct risk_placement risk_place(const struct risk_matrix *matrix, const struct risk *risks,
                                 size_t count, struct arena *arena)
{
    size_t cells = cell_count(matrix);
    size_t *counts = arena_zalloc(arena, (cells + 2) * sizeof *counts);
    size_t *next = arena_zalloc(arena, (cells + 2) * sizeof *next);
    size_t *bands = arena_zalloc(arena, (size_t)matrix->band_count * sizeof *bands);
    size_t *members = arena_alloc(arena, (count + 1) * sizeof *members);
    for (size_t i = 0; i < count; i++)
        counts[bucket_of(matrix, risks[i])]++;
    for (size_t i = 0; i <= cells; i++)
        next[i + 1] = next[i] + counts[i];
    for (size_t i = 0; i < count; i++)
        members[next[bucket_of(matrix, risks[i])]++] = i;
    for (size_t i = 0; i < cells; i++)
        bands[matrix->bands[i]] += counts[i];
    return (struct risk_placement){.cells = counts,
                                   .bands = bands,
                                   .unscored = counts[cells],
                                   .off_matrix = counts[cells + 1],
                                   .members = members,
                                   .scored = count - counts[cells] - counts[cells + 1]};
}
