#include "service/rights.h"

#include <string.h>

static const struct rights_grant everything[] = {{ROLE_ADMIN, GROUPS_ALL, ""}};
const struct rights rights_of_everyone_on_trial = {
    .grants = everything, .count = 1, .organisation = ""};

unsigned rights_default_groups(enum role role)
{
    switch (role) {
    case ROLE_CONTRIBUTOR:
        return GROUP_REPORTING;
    case ROLE_APPROVER:
    case ROLE_ADMIN:
        return GROUPS_ALL;
    case ROLE_VIEWER:
    case ROLE_AUDITOR:
    case ROLE_UNSET:
    case ROLES:
    case ROLE_ANYONE:
    case ROLE_REDEEMER:
    case ROLE_SIGNED_IN:
        break;
    }
    return 0;
}

bool role_satisfies(enum role have, enum role need)
{
    if (have <= ROLE_UNSET || have >= ROLES) return false;
    switch (need) {
    case ROLE_ANYONE:
    case ROLE_SIGNED_IN:
    case ROLE_VIEWER:
        return true;
    case ROLE_CONTRIBUTOR:
        return have == ROLE_CONTRIBUTOR || have == ROLE_APPROVER || have == ROLE_ADMIN;
    case ROLE_APPROVER:
        return have == ROLE_APPROVER || have == ROLE_ADMIN;
    case ROLE_AUDITOR:
        return have == ROLE_AUDITOR || have == ROLE_ADMIN;
    case ROLE_ADMIN:
        return have == ROLE_ADMIN;
    case ROLE_UNSET:
    case ROLE_REDEEMER:
    case ROLES:
        break;
    }
    return false;
}

const char *role_name(enum role role)
{
    static const char *const names[ROLES] = {"",         "viewer",  "contributor",
                                             "approver", "auditor", "admin"};
    return role > ROLE_UNSET && role < ROLES ? names[role] : "";
}

/* Roles that change nothing. */
static bool only_reads(enum role need)
{
    return need == ROLE_VIEWER || need == ROLE_AUDITOR || need == ROLE_ANYONE ||
           need == ROLE_SIGNED_IN;
}

/* Of one principal, whoever it acts with. */
static bool holds(const struct rights *rights, enum role need, bool everywhere)
{
    if (rights->read_only && !only_reads(need)) return false;
    if (everywhere && rights->organisation[0] != '\0') return false;
    for (size_t i = 0; i < rights->count; i++)
        if (role_satisfies(rights->grants[i].role, need) &&
            (!everywhere || rights->grants[i].organisation[0] == '\0'))
            return true;
    return false;
}

bool rights_hold(const struct rights *rights, enum role need, bool everywhere)
{
    if (rights == NULL) return false;
    for (; rights != NULL; rights = rights->also)
        if (!holds(rights, need, everywhere)) return false;
    return true;
}

bool rights_see_all(const struct rights *rights)
{
    return rights_hold(rights, ROLE_VIEWER, true);
}

bool rights_see_administration(const struct rights *rights)
{
    return rights_hold(rights, ROLE_AUDITOR, true);
}

static bool grant_equal(const struct rights_grant *a, const struct rights_grant *b)
{
    return a->role == b->role && a->groups == b->groups &&
           strcmp(a->organisation, b->organisation) == 0;
}

static bool grants_equal(const struct rights *a, const struct rights *b)
{
    if (a->count != b->count || a->read_only != b->read_only ||
        strcmp(a->organisation, b->organisation) != 0)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!grant_equal(&a->grants[i], &b->grants[i])) return false;
    return true;
}

bool rights_equal(const struct rights *a, const struct rights *b)
{
    for (; a != NULL && b != NULL; a = a->also, b = b->also)
        if (!grants_equal(a, b)) return false;
    return a == b;
}

bool rights_see_the_same(const struct rights *a, const struct rights *b)
{
    if (rights_see_all(a) && rights_see_all(b))
        return rights_see_administration(a) == rights_see_administration(b);
    return rights_equal(a, b);
}

/* Whether what is granted on `organisation` reaches the lineage. */
static bool covers(const char *organisation, const struct lineage *lineage)
{
    if (organisation[0] == '\0') return true;
    for (size_t i = 0; i < lineage->count; i++)
        if (strcmp(lineage->names[i], organisation) == 0) return true;
    return false;
}

static bool reads(const struct rights *rights, const struct lineage *lineage)
{
    if (!covers(rights->organisation, lineage)) return false;
    for (size_t i = 0; i < rights->count; i++)
        if (covers(rights->grants[i].organisation, lineage)) return true;
    return false;
}

bool rights_may_read(const struct rights *rights, const struct lineage *lineage)
{
    if (rights == NULL) return false;
    for (; rights != NULL; rights = rights->also)
        if (!reads(rights, lineage)) return false;
    return true;
}

static bool writes(const struct rights *rights, const struct lineage *lineage, unsigned groups)
{
    if (rights->read_only || !covers(rights->organisation, lineage)) return false;
    unsigned held = 0;
    bool writer = false;
    for (size_t i = 0; i < rights->count; i++) {
        const struct rights_grant *grant = &rights->grants[i];
        if (!role_satisfies(grant->role, ROLE_CONTRIBUTOR) ||
            !covers(grant->organisation, lineage))
            continue;
        writer = true;
        held |= grant->groups;
    }
    return writer && (groups & ~held) == 0;
}

bool rights_may_write(const struct rights *rights, const struct lineage *lineage,
                      unsigned groups)
{
    if (rights == NULL) return false;
    for (; rights != NULL; rights = rights->also)
        if (!writes(rights, lineage, groups)) return false;
    return true;
}
