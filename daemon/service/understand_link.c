/* A link: which collections each kind may join. Lenient: what a council might mean is allowed;
 * refused is what cannot be meant. */
#include "common/fields.h"
#include "common/reasons.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

/* One row allows the links of a kind from any of some collections to any of others. */
struct link_rule {
    Provost__V1__LinkKind first, last; /* kinds, both included */
    const char *from;                  /* collections with spaces between; "*" is any */
    const char *to;                    /* the same; "=" is the collection of `from` */
};

#define KIND(name) PROVOST__V1__LINK_KIND__LINK_KIND_##name
#define GOALS "plans objectives"
#define OWNERS "organisations posts"
#define OWNED "plans objectives actions indicators risks budget-lines"

static const struct link_rule rules[] = {
    {KIND(CONTRIBUTES), KIND(CONTRIBUTES), GOALS " actions indicators", GOALS},
    {KIND(DELIVERS), KIND(DELIVERS), "actions", "objectives plans actions"},
    {KIND(MEASURES), KIND(MEASURES), "indicators", "objectives plans actions risks"},
    {KIND(MITIGATES), KIND(MITIGATES), "actions", "risks"},
    {KIND(RESPONSIBLE_PRIMARY), KIND(RESPONSIBLE_SECONDARY), OWNERS, OWNED},
    {KIND(RESPONSIBLE_PRIMARY), KIND(RESPONSIBLE_SECONDARY), OWNED, OWNERS},
    {KIND(IMPACT_POSITIVE), KIND(IMPACT_NEGATIVE), "objectives actions plans decisions",
     "objectives plans"},
    {KIND(EVIDENCE), KIND(EVIDENCE), "*", "*"},
    {KIND(REPLACES), KIND(REPLACES), "*", "="},
    {KIND(PART_OF), KIND(PART_OF), "*", "*"},
};

enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static bool lists(const char *list, const char *collection)
{
    size_t size = strlen(collection);
    if (strcmp(list, "*") == 0) return true;
    for (const char *p = list; (p = strstr(p, collection)) != NULL; p += size)
        if ((p == list || p[-1] == ' ') && (p[size] == '\0' || p[size] == ' ')) return true;
    return false;
}

/* `to` NULL: deliberately not linked. */
static bool allows(const struct link_rule *rule, const struct catalog_row *from,
                   const struct catalog_row *to)
{
    if (!lists(rule->from, from->kind.collection)) return false;
    if (to == NULL) return true;
    return strcmp(rule->to, "=") == 0 ? from == to : lists(rule->to, to->kind.collection);
}

static const char *any_text(const char *list)
{
    if (strcmp(list, "*") == 0) return "anything";
    return strcmp(list, "=") == 0 ? "the same collection" : list;
}

static struct status refuse(const struct understanding *what, const Provost__V1__Link *link)
{
    const char *text = "";
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (link->kind >= rules[i].first && link->kind <= rules[i].last)
            text = arena_printf(what->arena, "%s%s[%s] -> [%s]", text,
                                text[0] == '\0' ? "" : " or ", any_text(rules[i].from),
                                any_text(rules[i].to));
    return understand_refuse(what, REASON_LINK_INVALID, "kind",
                             "%s does not join %.100s to %.100s; it joins %s",
                             enum_short_name(&provost__v1__link_kind__descriptor, link->kind),
                             link->from, link->none ? "nothing" : link->to, text);
}

struct status understand_link(struct understanding *what)
{
    const Provost__V1__Link *link = (const Provost__V1__Link *)what->after;
    const struct catalog_row *from = catalog_of_name(link->from);
    const struct catalog_row *to = link->none ? NULL : catalog_of_name(link->to);
    if (link->position < 0)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "position",
                                 "position is %d; places run from 1", (int)link->position);
    if (what->before != NULL) return status_ok(); /* what it joins cannot change */
    if (!link->none && strcmp(link->from, link->to) == 0)
        return understand_refuse(what, REASON_LINK_INVALID, "to",
                                 "%.200s cannot be linked to itself", link->from);
    if (from == NULL || (to == NULL && !link->none))
        return status_ok(); /* the check of references refuses it, and says what it takes */
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (link->kind >= rules[i].first && link->kind <= rules[i].last &&
            allows(&rules[i], from, to))
            return status_ok();
    return refuse(what, link);
}
