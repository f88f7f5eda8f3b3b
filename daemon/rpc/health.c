#include "rpc/health.h"

#include "common/arena.h"
#include "common/reasons.h"
#include "rpc/call.h"
#include "rpc/dispatch.h"

#include <grpc/health/v1/health.pb-c.h>
#include <stdlib.h>
#include <string.h>

typedef Grpc__Health__V1__HealthCheckRequest health_request;
typedef Grpc__Health__V1__HealthCheckResponse health_response;
typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus health_answer;

/* One Watch call; lives in the call's arena. */
struct watch {
    struct call *call;
    struct watch *next;
    struct watch *previous;
    bool known; /* the service exists */
    health_answer told;
};

struct health {
    const struct method *methods;
    size_t method_count;
    struct watch *watches;
    bool serving;
    bool stopped;
};

struct health *health_new(const struct method *methods, size_t count)
{
    struct health *health = xcalloc(1, sizeof *health);

    health->methods = methods;
    health->method_count = count;
    return health;
}

void health_free(struct health *health)
{
    free(health);
}

static bool is_known(const struct health *health, const char *service)
{
    size_t size = strlen(service);

    if (size == 0) return true;
    for (size_t i = 0; i < health->method_count; i++) {
        const char *path = health->methods[i].path; /* "/service/method" */

        if (strncmp(path + 1, service, size) == 0 && path[1 + size] == '/') return true;
    }
    return false;
}

static struct health *health_of(const struct call *call)
{
    return dispatch_get_options(call->setup.dispatch)->health;
}

static health_answer answer_for(const struct health *health, bool known)
{
    if (!known) return GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
    return health->serving
               ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
               : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
}

static bool send_answer(struct call *call, health_answer answer)
{
    health_response response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

    response.status = answer;
    return call_send(call, &response.base);
}

/* --- Check --- */

static void check_on_message(struct call *call, const ProtobufCMessage *message)
{
    const health_request *request = (const health_request *)message;
    struct health *health = health_of(call);

    if (!is_known(health, request->service)) {
        call_finish(call,
                    status_error(&call->arena, GRPC_NOT_FOUND, REASON_HEALTH_SERVICE_UNKNOWN,
                                 NULL, "there is no service %.200s", request->service));
        return;
    }
    if (send_answer(call, answer_for(health, true))) call_finish(call, status_ok());
}

const struct stream_ops health_check_ops = {.on_message = check_on_message};

/* --- Watch --- */

/* Tells what is so now, unless that was told or the client has not taken the last one: then
 * on_writable comes back here, and what lay between is skipped. */
static void tell(struct watch *watch)
{
    health_answer answer = answer_for(health_of(watch->call), watch->known);

    if (watch->told == answer || watch->call->output_bytes > 0) return;
    watch->told = answer;
    send_answer(watch->call, answer);
}

static void watch_on_message(struct call *call, const ProtobufCMessage *message)
{
    const health_request *request = (const health_request *)message;
    struct health *health = health_of(call);
    struct watch *watch = arena_zalloc(&call->arena, sizeof *watch);

    watch->call = call;
    watch->known = is_known(health, request->service);
    watch->next = health->watches;
    if (watch->next != NULL) watch->next->previous = watch;
    health->watches = watch;
    call->stream_state = watch;
    tell(watch);
}

static void watch_on_writable(struct call *call)
{
    if (call->stream_state != NULL) tell(call->stream_state);
}

static void watch_on_ended(struct call *call)
{
    struct watch *watch = call->stream_state;

    if (watch == NULL) return;
    if (watch->next != NULL) watch->next->previous = watch->previous;
    if (watch->previous != NULL)
        watch->previous->next = watch->next;
    else
        health_of(call)->watches = watch->next;
    call->stream_state = NULL;
}

const struct stream_ops health_watch_ops = {
    .on_message = watch_on_message,
    .on_writable = watch_on_writable,
    .on_ended = watch_on_ended,
};

/* --- the daemon's side --- */

void health_set_serving(struct health *health, bool serving)
{
    struct watch *next;

    if (health->stopped) return;
    health->serving = serving;
    for (struct watch *watch = health->watches; watch != NULL; watch = next) {
        next = watch->next;
        tell(watch);
    }
}

void health_stop(struct health *health)
{
    static const struct status stopping = {.code = GRPC_UNAVAILABLE,
                                           .reason = REASON_SERVER_STOPPING,
                                           .message =
                                               "the daemon is stopping; watch again later"};

    health_set_serving(health, false);
    health->stopped = true;
    while (health->watches != NULL)
        call_finish(health->watches->call, stopping); /* takes itself off the list */
}
