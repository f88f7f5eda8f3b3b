/* W5 to W8 and the mix: what only reads. */
#include "work.h"

#include "provost/v1/change_log.pb-c.h"
#include "provost/v1/performance.pb-c.h"
#include "provost/v1/register.pb-c.h"

#include <string.h>

static void make_get(struct lane *lane, const struct scale *scale, struct arena *arena,
                     struct ask *out_ask)
{
    Provost__V1__GetResourceRequest *request = arena_alloc(arena, sizeof *request);
    provost__v1__get_resource_request__init(request);
    request->name = indicator_name(arena, random_below(lane, scale->indicators));
    *out_ask = (struct ask){path_get, &request->base, NULL};
}

static bool take_got(struct lane *lane, const uint8_t *bytes, size_t size, struct arena *arena)
{
    Provost__V1__GetResourceResponse *response =
        provost__v1__get_resource_response__unpack(arena_allocator(arena), size, bytes);
    (void)lane;
    return response && response->resource && *response->resource->name;
}

static void make_series(struct lane *lane, const struct scale *scale, struct arena *arena,
                        struct ask *out_ask)
{
    Provost__V1__GetIndicatorSeriesRequest *request = arena_alloc(arena, sizeof *request);
    provost__v1__get_indicator_series_request__init(request);
    request->indicator = indicator_name(arena, random_below(lane, scale->indicators));
    request->from_period = history_month(arena, 0);
    request->to_period = history_month(arena, HISTORY_MONTHS - 1);
    *out_ask = (struct ask){path_series, &request->base, NULL};
}

static bool take_series(struct lane *lane, const uint8_t *bytes, size_t size,
                        struct arena *arena)
{
    Provost__V1__GetIndicatorSeriesResponse *response =
        provost__v1__get_indicator_series_response__unpack(arena_allocator(arena), size, bytes);
    (void)lane;
    return response && response->n_points == HISTORY_MONTHS;
}

static void make_scorecard(struct lane *lane, const struct scale *scale, struct arena *arena,
                           struct ask *out_ask)
{
    Provost__V1__GetScorecardRequest *request = arena_alloc(arena, sizeof *request);
    (void)scale;
    provost__v1__get_scorecard_request__init(request);
    request->scope = (char *)"plans/bench";
    request->period = history_month(arena, random_below(lane, HISTORY_MONTHS));
    *out_ask = (struct ask){path_scorecard, &request->base, NULL};
}

static void make_scorecard_year(struct lane *lane, const struct scale *scale,
                                struct arena *arena, struct ask *out_ask)
{
    int year = HISTORY_FIRST_YEAR + (int)random_below(lane, HISTORY_MONTHS / 12 - 1);
    make_scorecard(lane, scale, arena, out_ask);
    ((Provost__V1__GetScorecardRequest *)out_ask->message)->period =
        arena_printf(arena, "%d-%02d", year, (year + 1) % 100);
}

static void make_progress(struct lane *lane, const struct scale *scale, struct arena *arena,
                          struct ask *out_ask)
{
    Provost__V1__GetProgressRequest *request = arena_alloc(arena, sizeof *request);
    (void)scale;
    provost__v1__get_progress_request__init(request);
    request->scope = (char *)"plans/bench";
    request->measure = PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_IMPROVING_OR_MAINTAINED;
    request->period = history_month(arena, random_below(lane, HISTORY_MONTHS));
    *out_ask = (struct ask){path_progress, &request->base, NULL};
}

static void make_due(struct lane *lane, const struct scale *scale, struct arena *arena,
                     struct ask *out_ask)
{
    Provost__V1__ListDueRequest *request = arena_alloc(arena, sizeof *request);
    (void)lane, (void)scale;
    provost__v1__list_due_request__init(request);
    request->scope = (char *)"plans/bench";
    *out_ask = (struct ask){path_due, &request->base, NULL};
}

static bool take_scorecard(struct lane *lane, const uint8_t *bytes, size_t size,
                           struct arena *arena)
{
    Provost__V1__GetScorecardResponse *response =
        provost__v1__get_scorecard_response__unpack(arena_allocator(arena), size, bytes);
    (void)lane;
    return response && response->n_rows > 0;
}

static Provost__V1__ListChangesRequest *changes_request(struct arena *arena,
                                                        struct ask *out_ask)
{
    Provost__V1__ListChangesRequest *request = arena_alloc(arena, sizeof *request);
    provost__v1__list_changes_request__init(request);
    request->page_size = BATCH;
    *out_ask = (struct ask){path_changes, &request->base, NULL};
    return request;
}

static void make_log_service(struct lane *lane, const struct scale *scale, struct arena *arena,
                             struct ask *out_ask)
{
    Provost__V1__ListChangesRequest *request = changes_request(arena, out_ask);
    (void)scale;
    request->service = (char *)department(random_below(lane, 16));
}

static void make_log_field(struct lane *lane, const struct scale *scale, struct arena *arena,
                           struct ask *out_ask)
{
    Provost__V1__ListChangesRequest *request = changes_request(arena, out_ask);
    (void)lane, (void)scale;
    request->field = (char *)"progress";
}

static bool take_changes(struct lane *lane, const uint8_t *bytes, size_t size,
                         struct arena *arena)
{
    Provost__V1__ListChangesResponse *response =
        provost__v1__list_changes_response__unpack(arena_allocator(arena), size, bytes);
    (void)lane;
    return response && response->n_changes > 0;
}

static void make_mixed(struct lane *lane, const struct scale *scale, struct arena *arena,
                       struct ask *out_ask)
{
    uint64_t dice = random_below(lane, 10);
    if (dice < 7)
        make_get(lane, scale, arena, out_ask);
    else if (dice < 9)
        work_find("submit-one")->make(lane, scale, arena, out_ask);
    else
        make_series(lane, scale, arena, out_ask);
}

const struct work works_read[] = {
    {"get", "W5: one indicator", make_get, take_got},
    {"series", "W6: one indicator's ten years by month", make_series, take_series},
    {"scorecard", "W7: all indicators of the plan for a month", make_scorecard, take_scorecard},
    {"scorecard-year", "a year of all of them, rolled up from the months", make_scorecard_year,
     take_scorecard},
    {"progress", "how many of them improve", make_progress, NULL},
    {"due", "what is to be submitted of them", make_due, NULL},
    {"log-service", "W8: last 100 changes of a department", make_log_service, take_changes},
    {"log-field", "W8: last 100 changes of a field", make_log_field, take_changes},
    {"mixed", "W10: 70 % get, 20 % submit-one, 10 % series", make_mixed, NULL},
    {NULL, NULL, NULL, NULL},
};
