/* Roles, and what a caller may do with them. Pure: no store, no clock.
 *
 * A role is granted on an organisation and everything below it, or on the whole register. A
 * credential may narrow what its principal may do (a token with a scope); someone who acts for
 * another may do what both may.
 */
#ifndef SERVICE_RIGHTS_H
#define SERVICE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

/* The first five as provost.v1.Role numbers them: they are stored. */
enum role {
    ROLE_UNSET = 0, /* a method that says nothing is not served */
    ROLE_VIEWER = 1,
    ROLE_CONTRIBUTOR = 2,
    ROLE_APPROVER = 3,
    ROLE_AUDITOR = 4,
    ROLE_ADMIN = 5,
    ROLES = 6,

    /* Only asked for, never granted. */
    ROLE_ANYONE = 10,    /* health: no identity needed */
    ROLE_REDEEMER = 11,  /* who has a one-time token, and nobody else */
    ROLE_SIGNED_IN = 12, /* any identity that the register knows */
};

/* Groups of fields, as bits; 1 << (number in provost.v1.FieldGroup - 1). */
enum field_group {
    GROUP_REPORTING = 1,
    GROUP_DEFINITIONS = 2,
    GROUP_APPROVAL = 4,
    GROUPS_ALL = 7,
};

struct rights_grant {
    enum role role;
    unsigned groups;          /* what it may write, of enum field_group */
    const char *organisation; /* "organisations/x"; "" is the whole register */
};

/* What a caller may do. NULL where one is expected: nothing at all. */
struct rights {
    const struct rights_grant *grants;
    size_t count;
    const char *organisation; /* only there and below; "" is no limit */
    bool read_only;
    const struct rights *also; /* and only what these allow too; NULL: no limit */
};

/* All of it, for tests and for loopback on trial. */
extern const struct rights rights_of_everyone_on_trial;

/* What a role may write where its grant says nothing. */
unsigned rights_default_groups(enum role role);

/* Whether one who holds `have` counts as one of whom `need` is asked. */
bool role_satisfies(enum role have, enum role need);

/* "viewer"; "" for no role. */
const char *role_name(enum role role);

/* Whether a role that satisfies `need` is held: anywhere, or on the whole register. */
bool rights_hold(const struct rights *rights, enum role need, bool everywhere);

/* Whether nothing has to be kept from the caller: a role on the whole register. */
bool rights_see_all(const struct rights *rights);

/* Whether changes that changed no resource are shown: those of the register itself, who may do what
 * and its key. */
bool rights_see_administration(const struct rights *rights);

/* Whether the same was granted, in the same order. */
bool rights_equal(const struct rights *a, const struct rights *b);

/* Whether what was read for the one may be shown to the other as it is: both see all, and the same
 * of the administration, or what they may do is the same altogether. False also where that is not
 * plain. */
bool rights_see_the_same(const struct rights *a, const struct rights *b);

/* An organisation with all those above it, itself first. */
struct lineage {
    const char *const *names;
    size_t count;
};

/* Whether the caller holds any role on it: may read what is restricted to it. With no names only
 * who has the whole register does. */
bool rights_may_read(const struct rights *rights, const struct lineage *lineage);

/* Whether the caller may write fields of all these groups there. */
bool rights_may_write(const struct rights *rights, const struct lineage *lineage,
                      unsigned groups);

#endif
