/* How much of the daemon one principal, and all of them together, may have at a time.
 *
 * A call is let in before its body is read, and refused as early: RESOURCE_EXHAUSTED when its
 * principal is over its share, UNAVAILABLE when the daemon as a whole is, both with the time after
 * which to try again. Writes may take three quarters of a principal's calls and of the memory for
 * buffered bytes; the rest is for reads. Methods open to anyone (health) pass always but for the
 * number of watches. Loop thread only.
 */
#ifndef RPC_QUOTA_H
#define RPC_QUOTA_H

#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0: no limit. */
struct quota_limits {
    uint32_t calls_per_second;       /* of one principal; as many again at once */
    uint32_t local_calls_per_second; /* the same on the unix socket */
    uint32_t refusals_per_second;    /* calls of one address that are refused for want of good
                                        credentials and still told so; as many again at once */
    uint32_t calls_max;              /* open calls of one principal */
    uint32_t watches_max;            /* open streams without end of one principal */
    uint32_t writes_max;             /* waiting for the writer or with it, all together */
    uint64_t buffered_max_bytes;     /* requests as decoded and answers, all together */
};

struct quota_limits quota_default_limits(void);

/* What is asked for. */
struct quota_request {
    const char *principal; /* "": nobody is known */
    const char *place;     /* who pays then: struct auth_peer's */
    bool local;            /* on the unix socket */
    bool is_write;         /* for the writer thread */
    bool is_watch;         /* a stream without end */
    bool is_public;        /* needs no identity */
};

struct quota;
struct quota_account; /* one principal's */

struct quota *quota_new(const struct quota_limits *limits);
void quota_free(struct quota *quota); /* NULL is allowed */
void quota_set_limits(struct quota *quota, const struct quota_limits *limits);

/* Lets a call in: OK and *out_account, for quota_leave; or why not, and after how many
 * milliseconds to try again. The status has only static texts. */
struct status quota_enter(struct quota *quota, const struct quota_request *request,
                          uint64_t now_ms, struct quota_account **out_account,
                          uint32_t *out_retry_ms) MUST_CHECK;

/* The call is refused for want of identity or rights, which costs as much as one that is let in. False:
 * too many of them, and after how many milliseconds to try again. */
bool quota_pay_refusal(struct quota *quota, const struct quota_request *request,
                       uint64_t now_ms, uint32_t *out_retry_ms);

/* The call is released. */
void quota_leave(struct quota *quota, struct quota_account *account, bool is_watch);

/* A write goes to the store, or comes back. */
void quota_count_write(struct quota *quota, int change);

/* The bytes a call holds have changed. False when all together are over the limit now. */
bool quota_count_bytes(struct quota *quota, size_t before, size_t after);

/* True when all of the memory for buffered bytes is used: nothing more is taken in. */
bool quota_is_full(const struct quota *quota);

/* True when half of the memory for buffered bytes is used: time to be strict with those who hold
 * it and do nothing. */
bool quota_is_pressed(const struct quota *quota);

/* Figures. */
uint64_t quota_get_buffered_bytes(const struct quota *quota);
size_t quota_get_accounts(const struct quota *quota);

#endif
