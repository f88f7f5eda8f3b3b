#include "rpc/quota.h"

#include "common/arena.h"
#include "common/metrics.h"
#include "common/reasons.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 256,
    ACCOUNTS_KEPT =
        4096, /* past it, those without calls and with a full bucket are forgotten */
    MILLI = 1000,
    BUSY_RETRY_MS = 100,
    FULL_RETRY_MS = 1000,
};

struct quota_account {
    struct quota_account *next; /* of its slot */
    uint64_t tokens;            /* thousandths of a call */
    uint64_t filled_ms;
    uint32_t calls;
    uint32_t watches;
    char principal[];
};

struct quota {
    struct quota_limits limits;
    struct quota_account *slots[SLOTS];
    size_t accounts;
    uint64_t buffered_bytes;
    uint32_t writes;
};

struct quota_limits quota_default_limits(void)
{
    return (struct quota_limits){
        .calls_per_second = 10000,
        .refusals_per_second = 20,
        .calls_max = 4000,
        .watches_max = 2000,
        .writes_max = 4096,
        .buffered_max_bytes = (uint64_t)256 << 20,
    };
}

struct quota *quota_new(const struct quota_limits *limits)
{
    struct quota *quota = xcalloc(1, sizeof *quota);

    quota->limits = *limits;
    return quota;
}

void quota_set_limits(struct quota *quota, const struct quota_limits *limits)
{
    quota->limits = *limits;
}

/* --- accounts --- */

static struct quota_account **slot_of(struct quota *quota, const char *principal)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (const char *at = principal; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    return &quota->slots[(hash ^ hash >> 32) % SLOTS];
}

/* Frees the idle accounts of a slot, or all with `all`. */
static void sweep_slot(struct quota *quota, struct quota_account **link, bool all)
{
    while (*link != NULL) {
        struct quota_account *account = *link;

        if (!all && (account->calls > 0 || account->watches > 0)) {
            link = &account->next;
            continue;
        }
        *link = account->next;
        free(account);
        quota->accounts--;
    }
}

void quota_free(struct quota *quota)
{
    if (quota == NULL) return;
    for (size_t i = 0; i < SLOTS; i++)
        sweep_slot(quota, &quota->slots[i], true);
    free(quota);
}

static struct quota_account *find_named(struct quota *quota, const char *principal,
                                        uint64_t now_ms)
{
    struct quota_account **slot = slot_of(quota, principal);
    size_t size = strlen(principal) + 1;
    struct quota_account *account;

    for (account = *slot; account != NULL; account = account->next)
        if (strcmp(account->principal, principal) == 0) return account;
    if (quota->accounts >= ACCOUNTS_KEPT) sweep_slot(quota, slot, false);
    account = xcalloc(1, sizeof *account + size);
    memcpy(account->principal, principal, size);
    account->tokens = UINT64_MAX; /* cut to the burst when first looked at */
    account->filled_ms = now_ms;
    account->next = *slot;
    *slot = account;
    quota->accounts++;
    return account;
}

/* That of the principal, or of the place strangers come from: no name begins with a blank. */
static struct quota_account *find_account(struct quota *quota,
                                          const struct quota_request *request, uint64_t now_ms)
{
    char stranger[32];

    if (request->principal[0] != '\0') return find_named(quota, request->principal, now_ms);
    snprintf(stranger, sizeof stranger, " %s", request->place != NULL ? request->place : "");
    return find_named(quota, stranger, now_ms);
}

/* --- the rate --- */

/* Takes one call's token. False, and how long until there is one. */
static bool take_token(struct quota_account *account, uint32_t per_second, uint64_t now_ms,
                       uint32_t *out_retry_ms)
{
    uint64_t full = (uint64_t)per_second * 2 * MILLI;
    uint64_t elapsed_ms = now_ms - account->filled_ms;

    if (per_second == 0) return true;
    if (account->tokens > full || elapsed_ms > full - account->tokens ||
        elapsed_ms * per_second > full - account->tokens)
        account->tokens = full;
    else
        account->tokens += elapsed_ms * per_second;
    account->filled_ms = now_ms;
    if (account->tokens >= MILLI) {
        account->tokens -= MILLI;
        return true;
    }
    *out_retry_ms = (uint32_t)((MILLI - account->tokens) / per_second + 1);
    return false;
}

/* --- letting in --- */

static bool is_over(uint64_t used, uint64_t max, bool is_write)
{
    if (max == 0) return false;
    return used >= (is_write ? max - max / 4 : max);
}

static struct status refuse(enum metric_counter metric, enum grpc_code code, const char *reason,
                            const char *message)
{
    metric_count(metric);
    return (struct status){.code = code, .reason = reason, .message = message};
}

static struct status check_whole(const struct quota *quota, const struct quota_request *request)
{
    const struct quota_limits *limits = &quota->limits;

    if (is_over(quota->buffered_bytes, limits->buffered_max_bytes, request->is_write))
        return refuse(METRIC_REFUSED_MEMORY, GRPC_UNAVAILABLE, REASON_SERVER_BUSY,
                      "too much is being sent and answered; nothing was done, try again in a "
                      "moment");
    if (request->is_write && is_over(quota->writes, limits->writes_max, false))
        return refuse(METRIC_REFUSED_QUEUE, GRPC_UNAVAILABLE, REASON_SERVER_BUSY,
                      "too many writes are waiting; nothing was done, try again in a moment");
    return status_ok();
}

static struct status check_account(const struct quota *quota,
                                   const struct quota_account *account,
                                   const struct quota_request *request)
{
    const struct quota_limits *limits = &quota->limits;

    if (request->is_watch && is_over(account->watches, limits->watches_max, false))
        return refuse(METRIC_REFUSED_WATCHES, GRPC_RESOURCE_EXHAUSTED, REASON_TOO_MANY_WATCHES,
                      "you have as many watches open as you may; end one first");
    if (!request->is_public && is_over(account->calls, limits->calls_max, request->is_write))
        return refuse(METRIC_REFUSED_CALLS, GRPC_RESOURCE_EXHAUSTED, REASON_TOO_MANY_CALLS,
                      "you have as many calls open as you may; wait for answers first");
    return status_ok();
}

struct status quota_enter(struct quota *quota, const struct quota_request *request,
                          uint64_t now_ms, struct quota_account **out_account,
                          uint32_t *out_retry_ms)
{
    const struct quota_limits *limits = &quota->limits;
    uint32_t rate = request->local ? limits->local_calls_per_second : limits->calls_per_second;
    struct status status = request->is_public ? status_ok() : check_whole(quota, request);
    struct quota_account *account;

    *out_retry_ms = BUSY_RETRY_MS;
    if (!status_is_ok(status)) return status;
    *out_retry_ms = FULL_RETRY_MS;
    account = find_account(quota, request, now_ms);
    status = check_account(quota, account, request);
    if (!status_is_ok(status)) return status;
    if (!request->is_public && !take_token(account, rate, now_ms, out_retry_ms))
        return refuse(METRIC_REFUSED_RATE, GRPC_RESOURCE_EXHAUSTED, REASON_RATE_EXCEEDED,
                      "you call more often than you may; slow down");
    account->calls++;
    if (request->is_watch) account->watches++;
    *out_account = account;
    return status;
}

static uint32_t rate_of(const struct quota *quota, const struct quota_request *request)
{
    const struct quota_limits *limits = &quota->limits;

    if (request->principal[0] == '\0') return limits->refusals_per_second;
    return request->local ? limits->local_calls_per_second : limits->calls_per_second;
}

bool quota_pay_refusal(struct quota *quota, const struct quota_request *request,
                       uint64_t now_ms, uint32_t *out_retry_ms)
{
    if (take_token(find_account(quota, request, now_ms), rate_of(quota, request), now_ms,
                   out_retry_ms))
        return true;
    metric_count(METRIC_REFUSED_RATE);
    return false;
}

void quota_leave(struct quota *quota, struct quota_account *account, bool is_watch)
{
    (void)quota;
    assert(account->calls > 0 && (!is_watch || account->watches > 0));
    account->calls--;
    if (is_watch) account->watches--;
}

void quota_count_write(struct quota *quota, int change)
{
    quota->writes = (uint32_t)((int64_t)quota->writes + change);
}

bool quota_count_bytes(struct quota *quota, size_t before, size_t after)
{
    assert(quota->buffered_bytes >= before);
    quota->buffered_bytes += after - before; /* wraps to the right sum when it shrinks */
    return after <= before || !quota_is_full(quota);
}

bool quota_is_full(const struct quota *quota)
{
    return is_over(quota->buffered_bytes, quota->limits.buffered_max_bytes, false);
}

bool quota_is_pressed(const struct quota *quota)
{
    uint64_t max = quota->limits.buffered_max_bytes;

    return max != 0 && quota->buffered_bytes >= max / 2;
}

uint64_t quota_get_buffered_bytes(const struct quota *quota)
{
    return quota->buffered_bytes;
}

size_t quota_get_accounts(const struct quota *quota)
{
    return quota->accounts;
}
