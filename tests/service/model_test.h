/* What the tests of the model share: short ways to write resources and to ask for a scorecard.
 */
#ifndef TESTS_SERVICE_MODEL_TEST_H
#define TESTS_SERVICE_MODEL_TEST_H

#include "common/json.h"
#include "common/reasons.h"
#include "service/performance.h"
#include "support/register_fixture.h"

#include "provost/v1/performance.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)

/* Mutations. */
#define CREATE(name, kind, fields)                                                             \
    "{\"create\":{\"name\":\"" name "\",\"" kind "\":{" fields "}}}"
#define PATCH(name, kind, fields, mask)                                                        \
    "{\"patch\":{\"resource\":{\"name\":\"" name "\",\"" kind "\":{" fields                    \
    "}},\"updateMask\":\"" mask "\"}}"
#define LINK(kind, from, to)                                                                   \
    "{\"create\":{\"link\":{\"kind\":\"LINK_KIND_" kind "\",\"from\":\"" from                  \
    "\",\"to\":\"" to "\"}}}"
#define FIGURE(indicator, period, value)                                                       \
    "{\"patch\":{\"resource\":{\"observation\":{\"indicator\":\"indicators/" indicator         \
    "\",\"period\":\"" period "\",\"verbatim\":\"" value "\"}},\"allowMissing\":true}}"
#define TARGET(indicator, period, value)                                                       \
    "{\"create\":{\"target\":{\"indicator\":\"indicators/" indicator "\",\"period\":\"" period \
    "\",\"verbatim\":\"" value "\"}}}"
#define PLAN_P CREATE("plans/p", "plan", "\"title\":\"P\"")

/* Apply of several mutations with a reason; NULL with f->status when refused. */
static inline Provost__V1__ApplyResponse *
apply_list(struct register_fixture *f, const char *reason, const char *const *mutations)
{
    const char *list = *mutations;
    while (*++mutations != NULL)
        list = arena_printf(&f->arena, "%s,%s", list, *mutations);
    return register_apply_json(
        f, arena_printf(&f->arena, "{\"reason\":\"%s\",\"mutations\":[%s]}", reason, list));
}

static inline Provost__V1__ApplyResponse *must_apply_list(struct register_fixture *f,
                                                          const char *const *mutations)
{
    Provost__V1__ApplyResponse *response = apply_list(f, "", mutations);
    if (response == NULL) fail_msg("%s: %s", f->status.reason, f->status.message);
    return response;
}

#define APPLY_BECAUSE(f, reason, ...)                                                          \
    apply_list(f, reason, (const char *const[]){__VA_ARGS__, NULL})
/* Asked for by the fixture's caller, approved by somebody else. */
static inline Provost__V1__ApplyResponse *
apply_by_two(struct register_fixture *f, const char *reason, const char *const *mutations)
{
    const char *list = mutations[0], *first = f->caller.principal;
    for (size_t i = 1; mutations[i] != NULL; i++)
        list = arena_printf(&f->arena, "%s,%s", list, mutations[i]);
    Provost__V1__ApplyResponse *asked = register_apply_json(
        f, arena_printf(&f->arena, "{\"reason\":\"%s\",\"mutations\":[%s]}", reason, list));
    if (asked == NULL) return NULL;
    assert_string_not_equal(asked->approval_id, "");
    f->caller.principal = "carol";
    Provost__V1__ApplyResponse *done = register_apply_json(
        f,
        arena_printf(&f->arena, "{\"reason\":\"%s\",\"approvalId\":\"%s\",\"mutations\":[%s]}",
                     reason, asked->approval_id, list));
    f->caller.principal = first;
    return done;
}
#define APPLY_BY_TWO(f, reason, ...)                                                           \
    apply_by_two(f, reason, (const char *const[]){__VA_ARGS__, NULL})
#define APPLY(f, ...) APPLY_BECAUSE(f, "", __VA_ARGS__)
#define MUST_APPLY(f, ...) must_apply_list(f, (const char *const[]){__VA_ARGS__, NULL})

/* The scorecard of plans/p, now (as_of 0) or then. */
static inline Provost__V1__GetScorecardResponse *scorecard_at(struct register_fixture *f,
                                                              const char *period, int64_t as_of)
{
    const char *json = arena_printf(
        &f->arena, "{\"scope\":\"plans/p\",\"period\":\"%s\",\"asOfSeq\":\"%lld\"}", period,
        (long long)as_of);
    Provost__V1__GetScorecardResponse *card =
        (Provost__V1__GetScorecardResponse *)register_read(
            f, performance_get_scorecard, &provost__v1__get_scorecard_request__descriptor,
            json);
    if (card == NULL) fail_msg("scorecard: %s", f->status.message);
    return card;
}

/* The row of an indicator, by id. */
static inline Provost__V1__ScorecardRow *row_of(const Provost__V1__GetScorecardResponse *card,
                                                const char *id)
{
    for (size_t i = 0; i < card->n_rows; i++)
        if (strcmp(card->rows[i]->indicator + strlen("indicators/"), id) == 0)
            return card->rows[i];
    fail_msg("no row of %s", id);
    return NULL;
}

/* The i-th result's first warning with this reason; NULL for none. */
static inline const Provost__V1__Warning *warning_of(const Provost__V1__ApplyResponse *response,
                                                     size_t i, const char *reason)
{
    const Provost__V1__MutationResult *result = response->results[i];
    for (size_t w = 0; w < result->n_warnings; w++)
        if (strcmp(result->warnings[w]->reason, reason) == 0) return result->warnings[w];
    return NULL;
}

/* Every byte of a message, as JSON. */
static inline const char *json_of(struct register_fixture *f, const ProtobufCMessage *message)
{
    char *text;
    struct status st = json_encode(message, 0, &f->arena, &text);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    return text;
}

static inline void assert_field(struct register_fixture *f, const char *name, const char *field,
                                const char *expected)
{
    const char *text = register_field(f, name, field);
    if (text == NULL) fail_msg("there is no %s", name);
    if (strcmp(text, expected) != 0)
        fail_msg("%s.%s is \"%s\", not \"%s\"", name, field, text, expected);
}

#endif
