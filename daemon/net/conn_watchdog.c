#include "net/conn_watchdog.h"

#include "common/metrics.h"
#include "net/h2_watch.h"

enum {
    /* Between the notice to an idle client and the end. Stock clients look at an idle connection
     * every 5 s; one that calls in between is served, where a closed socket would fail it. */
    IDLE_NOTICE_MS = 20000,
    /* Between the two GOAWAYs: more than a round trip. */
    AGE_NOTICE_MS = 1000,
    /* For the last words to be sent and read, once a session is over. */
    ENDING_MS = 2000,
};

struct conn_limits conn_default_limits(void)
{
    return (struct conn_limits){
        .preface_ms = 10000,
        .header_block_ms = 10000,
        .write_stalled_ms = 30000,
        .idle_ms = 15 * 60 * 1000,
        .age_grace_ms = 60000,
        .keepalive_ms = 5 * 60 * 1000,
        .keepalive_timeout_ms = 20000,
        .h2 = {.ping_min_ms = 60000,
               .ping_min_idle_ms = 2 * 60 * 60 * 1000,
               .body_grace_ms = 10000,
               .body_bytes_per_second = 1024,
               .output_stalled_ms = 5 * 60 * 1000},
    };
}

static bool has_passed(uint64_t since_ms, uint64_t limit_ms, uint64_t now_ms)
{
    return limit_ms != 0 && now_ms - since_ms >= limit_ms;
}

/* A tenth more or less, without a random source: connections differ in address and birth. */
static uint64_t spread(const struct conn_watchdog *dog, uint64_t limit_ms, uint64_t now_ms)
{
    uint64_t mixed = ((uintptr_t)dog / sizeof *dog + now_ms) * 0x9e3779b97f4a7c15u >> 32;

    return limit_ms - limit_ms / 10 + mixed % (limit_ms / 5 + 1);
}

void conn_watchdog_init(struct conn_watchdog *dog, const struct conn_limits *limits,
                        uint64_t now_ms)
{
    *dog = (struct conn_watchdog){
        .opened_ms = now_ms, .idle_since_ms = now_ms, .heard_ms = now_ms};
    if (limits->age_ms != 0) dog->age_limit_ms = spread(dog, limits->age_ms, now_ms);
}

void conn_watchdog_heard(struct conn_watchdog *dog, uint64_t now_ms)
{
    dog->heard_ms = now_ms;
    dog->pinged_ms = 0;
}

void conn_watchdog_calls_gone(struct conn_watchdog *dog, uint64_t now_ms)
{
    dog->idle_since_ms = now_ms;
}

/* The client holds us up and gets nothing from it. */
static bool is_stalling(const struct conn_watchdog *dog, const struct conn_limits *limits,
                        const struct h2 *h2, uint64_t now_ms)
{
    if (!h2->preface_done && has_passed(dog->opened_ms, limits->preface_ms, now_ms)) {
        metric_count(METRIC_ABUSE_SLOW_PREFACE);
        return true;
    }
    if (h2->header_block_since_ms == 0 ||
        !has_passed(h2->header_block_since_ms, limits->header_block_ms, now_ms))
        return false;
    metric_count(METRIC_ABUSE_SLOW_HEADERS);
    return true;
}

static bool is_write_stalled(const struct conn_limits *limits,
                             const struct transport *transport)
{
    if (limits->write_stalled_ms == 0 ||
        transport_write_age_ms(transport) < limits->write_stalled_ms)
        return false;
    metric_count(METRIC_ABUSE_WRITE_STALLED);
    return true;
}

/* True when the client has not answered our PING, nor said anything else. */
static bool is_dead(struct conn_watchdog *dog, const struct conn_limits *limits, struct h2 *h2,
                    uint64_t now_ms)
{
    if (dog->pinged_ms == 0 && has_passed(dog->heard_ms, limits->keepalive_ms, now_ms)) {
        dog->pinged_ms = now_ms;
        h2_ping(h2);
    }
    if (dog->pinged_ms == 0 ||
        !has_passed(dog->pinged_ms, limits->keepalive_timeout_ms, now_ms))
        return false;
    metric_count(METRIC_ABUSE_KEEPALIVE_TIMEOUT);
    return true;
}

static void notice(struct conn_watchdog *dog, struct h2 *h2, uint64_t now_ms)
{
    if (dog->noticed_ms != 0) return;
    dog->noticed_ms = now_ms;
    h2_announce_shutdown(h2);
}

/* An idle client is first told to go, and left to it. */
static void check_idle(struct conn_watchdog *dog, const struct conn_limits *limits,
                       struct h2 *h2, uint64_t now_ms)
{
    if (h2->open_calls > 0 || !has_passed(dog->idle_since_ms, limits->idle_ms, now_ms)) return;
    notice(dog, h2, now_ms);
    if (dog->shut_ms != 0 || now_ms - dog->noticed_ms < IDLE_NOTICE_MS) return;
    dog->shut_ms = now_ms;
    h2_shutdown(h2, "max_idle");
}

/* False when the calls of an old connection have had their time. */
static bool check_age(struct conn_watchdog *dog, const struct conn_limits *limits,
                      struct h2 *h2, uint64_t now_ms)
{
    if (!has_passed(dog->opened_ms, dog->age_limit_ms, now_ms)) return true;
    notice(dog, h2, now_ms);
    if (dog->shut_ms == 0 && now_ms - dog->noticed_ms >= AGE_NOTICE_MS) {
        dog->shut_ms = now_ms;
        h2_shutdown(h2, "max_age");
    }
    return dog->shut_ms == 0 || now_ms - dog->shut_ms < limits->age_grace_ms;
}

bool conn_watchdog_check(struct conn_watchdog *dog, const struct conn_limits *limits,
                         struct h2 *h2, const struct transport *transport, uint64_t now_ms)
{
    if (h2_is_ending(h2)) {
        if (dog->ending_ms == 0) dog->ending_ms = now_ms;
        return now_ms - dog->ending_ms < ENDING_MS;
    }
    if (is_stalling(dog, limits, h2, now_ms) || is_write_stalled(limits, transport) ||
        is_dead(dog, limits, h2, now_ms))
        return false;
    h2_watch_streams(h2, now_ms);
    check_idle(dog, limits, h2, now_ms);
    return check_age(dog, limits, h2, now_ms);
}
