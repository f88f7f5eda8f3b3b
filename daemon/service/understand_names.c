/* Ids that are derived from what a resource is about. */
#include "common/fields.h"
#include "common/names.h"
#include "common/reasons.h"
#include "service/resource.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

/* "interim" behind the id, for kinds that are not the plain target. */
static const char *const target_suffixes[] = {
    [PROVOST__V1__TARGET_KIND__TARGET_KIND_UNSPECIFIED] = "",
    [PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET] = "",
    [PROVOST__V1__TARGET_KIND__TARGET_KIND_INTERIM] = "interim",
    [PROVOST__V1__TARGET_KIND__TARGET_KIND_FINAL] = "final",
    [PROVOST__V1__TARGET_KIND__TARGET_KIND_FORECAST] = "forecast",
    [PROVOST__V1__TARGET_KIND__TARGET_KIND_BASELINE] = "baseline",
};

/* The path of the field is made only for a refusal: this is on the way of every figure. */
static struct status check_name_of(const struct understanding *what, const char *field,
                                   const char *name)
{
    struct status st = name_check(what->arena, field, name);
    if (!status_is_ok(st)) st.field = place_field(what->arena, &what->place, field);
    return st;
}

/* Copies with the NUL; returns where that is. */
static char *append(char *end, const char *text)
{
    size_t size = strlen(text);
    memcpy(end, text, size + 1);
    return end + size;
}

/* a/b, or a/b/c unless c is empty. */
static char *join(struct arena *arena, const char *a, const char *b, const char *c)
{
    char *text = arena_alloc(arena, strlen(a) + strlen(b) + strlen(c) + 3);
    char *end = append(text, a);
    *end++ = '/';
    end = append(end, b);
    if (c[0] == '\0') return text;
    *end++ = '/';
    append(end, c);
    return text;
}

static struct status require_indicator(const struct understanding *what, const char *indicator)
{
    if (indicator[0] == '\0')
        return understand_refuse(what, REASON_FIELD_REQUIRED, "indicator",
                                 "indicator is required and is empty");
    if (strncmp(indicator, "indicators/", 11) != 0 || indicator[11] == '\0')
        return understand_refuse(
            what, REASON_UNKNOWN_REFERENCE, "indicator",
            "\"%.200s\" is not the name of an indicator; write \"indicators/ID\"", indicator);
    return check_name_of(what, "indicator", indicator);
}

static struct status require_period(const struct understanding *what, const char *period)
{
    if (period[0] != '\0') return status_ok();
    return understand_refuse(what, REASON_FIELD_REQUIRED, "period",
                             "period is required and is empty");
}

struct status derive_target_id(struct understanding *what, const char **out_id)
{
    Provost__V1__Target *target = (Provost__V1__Target *)what->after;
    struct status st = require_indicator(what, target->indicator);
    if (status_is_ok(st)) st = require_period(what, target->period);
    if (!status_is_ok(st)) return st;
    if (target->kind == PROVOST__V1__TARGET_KIND__TARGET_KIND_UNSPECIFIED)
        target->kind = PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET;
    size_t kind = (size_t)target->kind;
    if (kind >= sizeof target_suffixes / sizeof target_suffixes[0])
        return understand_refuse(what, REASON_NOT_UNDERSTOOD, "kind",
                                 "there is no target kind %zu", kind);
    *out_id = join(what->arena, resource_id(target->indicator), target->period,
                   target_suffixes[kind]);
    return status_ok();
}

struct status derive_observation_id(struct understanding *what, const char **out_id)
{
    const Provost__V1__Observation *observation = (const Provost__V1__Observation *)what->after;
    struct status st = require_indicator(what, observation->indicator);
    if (status_is_ok(st)) st = require_period(what, observation->period);
    if (!status_is_ok(st)) return st;
    const char *breakdown = observation->breakdown;
    if (breakdown[strspn(breakdown, "abcdefghijklmnopqrstuvwxyz0123456789._-=,~")] != '\0')
        return understand_refuse(
            what, REASON_NOT_UNDERSTOOD, "breakdown",
            "\"%.80s\" is not a breakdown; write lower-case letters, digits "
            "and \"._-=,~\", as in \"age=16-24,sex=f\"",
            breakdown);
    *out_id =
        join(what->arena, resource_id(observation->indicator), observation->period, breakdown);
    return status_ok();
}

/* "RESPONSIBLE_PRIMARY" as "responsible-primary". */
static char *kebab_case(struct arena *arena, const char *name)
{
    char *text = arena_strdup(arena, name);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '_' ? '-' : *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    return text;
}

struct status derive_link_id(struct understanding *what, const char **out_id)
{
    const Provost__V1__Link *link = (const Provost__V1__Link *)what->after;
    const char *kind = enum_short_name(&provost__v1__link_kind__descriptor, link->kind);
    if (kind == NULL || kind[0] == '\0')
        return understand_refuse(what, REASON_FIELD_REQUIRED, "kind",
                                 "kind is required: say what the link means");
    if (link->none && link->to[0] != '\0')
        return understand_refuse(what, REASON_VERBATIM_CONTRADICTS, "to",
                                 "\"%.200s\" is linked to, but none says that there is "
                                 "deliberately no link: give one of the two",
                                 link->to);
    if (!link->none && link->to[0] == '\0')
        return understand_refuse(what, REASON_FIELD_REQUIRED, "to",
                                 "to is required and is empty; where there is deliberately no "
                                 "link, set none");
    struct status st = check_name_of(what, "from", link->from);
    if (status_is_ok(st) && !link->none) st = check_name_of(what, "to", link->to);
    if (!status_is_ok(st)) return st;
    *out_id = join(what->arena, kebab_case(what->arena, kind), link->from,
                   link->none ? "none" : link->to);
    return status_ok();
}

/* "Family Group 3" as "family-group-3"; what cannot be in a name becomes a dash. */
static char *slug(struct arena *arena, const char *text)
{
    char *out = arena_alloc(arena, strlen(text) + 1), *end = out;
    for (const char *p = text; *p != '\0'; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fine)
            *end++ = c;
        else if (end > out && end[-1] != '-')
            *end++ = '-';
    }
    while (end > out && end[-1] == '-')
        end--;
    *end = '\0';
    return out;
}

struct status derive_benchmark_id(struct understanding *what, const char **out_id)
{
    Provost__V1__Benchmark *benchmark = (Provost__V1__Benchmark *)what->after;
    struct status st = require_indicator(what, benchmark->indicator);
    if (!status_is_ok(st)) return st;
    const char *comparator = slug(what->arena, benchmark->comparator);
    *out_id = join(what->arena, resource_id(benchmark->indicator),
                   benchmark->period[0] != '\0' ? benchmark->period : "undated",
                   comparator[0] != '\0' ? comparator : "average");
    return status_ok();
}

struct status derive_reporting_period_id(struct understanding *what, const char **out_id)
{
    const Provost__V1__ReportingPeriod *period =
        (const Provost__V1__ReportingPeriod *)what->after;
    struct status st = require_period(what, period->period);
    if (status_is_ok(st)) st = check_name_of(what, "plan", period->plan);
    if (!status_is_ok(st)) return st;
    *out_id = join(what->arena, resource_id(period->plan), period->period, "");
    return status_ok();
}
