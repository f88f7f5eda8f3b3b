#include "service/understand_definitions.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "domain/formula.h"
#include "service/definition.h"

#include <string.h>

enum { DEFINITIONS_MAX = 100, PROFILE_SHARES = 12, LABEL_MAX = 200 };

/* ---- one definition, as it holds in the end ---- */

static struct status check_tolerance(const struct understanding *what, const char *field,
                                     const char *text)
{
    struct rag_tolerance tolerance;
    if (definition_read_tolerance(text, &tolerance)) return status_ok();
    return understand_refuse(
        what, REASON_TOLERANCE_INVALID, field,
        "\"%.80s\" is not a tolerance; write \"2\" or \"2%%\", not negative", text);
}

static struct status check_formula(const struct understanding *what, const char *field,
                                   const char *text)
{
    struct formula formula;
    struct formula_error error;
    if (text[0] == '\0' || formula_parse(text, what->arena, &formula, &error))
        return status_ok();
    return understand_refuse(what, REASON_FORMULA_INVALID, field,
                             "\"%.200s\" is not a formula: %s, at character %d", text,
                             error.message, error.column);
}

static const char *tolerance_text(struct arena *arena, struct rag_tolerance tolerance)
{
    char number[DECIMAL_TEXT_SIZE];
    decimal_format(tolerance.amount, number);
    return arena_printf(arena, "%s%s", number, tolerance.percent ? "%" : "");
}

/* Amber and red of the same sort must be in order; others cannot be compared before a target is
 * known. */
static struct status check_order(const struct understanding *what,
                                 const struct definition *definition, const char *prefix)
{
    struct arena *arena = what->arena;
    if (definition->amber.percent != definition->red.percent ||
        decimal_compare(definition->red.amount, definition->amber.amount) >= 0)
        return status_ok();
    return understand_refuse(
        what, REASON_TOLERANCE_INVALID, arena_printf(arena, "%stolerance_red", prefix),
        "the red tolerance %s is less than the amber one, %s; not said it "
        "is 5%%",
        tolerance_text(arena, definition->red), tolerance_text(arena, definition->amber));
}

static struct status check_thresholds(const struct understanding *what,
                                      const struct definition *definition, const char *prefix)
{
    const char *field = arena_printf(what->arena, "%sthreshold_amber", prefix);
    enum rag_polarity polarity = definition_polarity(definition->polarity);
    if (definition->rule != RAG_RULE_THRESHOLDS) return status_ok();
    if (!definition->thresholds_ok)
        return understand_refuse(what, REASON_THRESHOLDS_INVALID, field,
                                 "a status by thresholds needs threshold_amber, the worst OK "
                                 "figure, and threshold_red, the worst WARNING figure");
    if (polarity == RAG_POLARITY_RANGE)
        return understand_refuse(what, REASON_THRESHOLDS_INVALID, field,
                                 "thresholds need polarity MAX or MIN, not RANGE");
    int order = decimal_compare(definition->threshold_amber, definition->threshold_red);
    if ((polarity == RAG_POLARITY_MAX && order < 0) ||
        (polarity == RAG_POLARITY_MIN && order > 0))
        return understand_refuse(what, REASON_THRESHOLDS_INVALID, field,
                                 "the worst OK figure is worse than the worst WARNING figure: "
                                 "exchange threshold_amber and threshold_red, or correct the "
                                 "polarity");
    return status_ok();
}

static struct status check_effective(const struct understanding *what,
                                     const struct definition *definition, const char *prefix)
{
    struct status st = check_order(what, definition, prefix);
    return status_is_ok(st) ? check_thresholds(what, definition, prefix) : st;
}

/* ---- the indicator's own ---- */

static struct status read_top(const struct understanding *what,
                              const Provost__V1__Indicator *indicator)
{
    struct status st = check_tolerance(what, "tolerance_amber", indicator->tolerance_amber);
    if (status_is_ok(st)) st = check_tolerance(what, "tolerance_red", indicator->tolerance_red);
    if (status_is_ok(st))
        st = check_tolerance(what, "trend_materiality", indicator->trend_materiality);
    if (status_is_ok(st)) st = check_formula(what, "formula", indicator->formula);
    if (!status_is_ok(st)) return st;
    Provost__V1__Indicator undated = *indicator;
    const struct period any = {.kind = PERIOD_DATE};
    undated.n_definitions = 0;
    struct definition definition = definition_at(&undated, &any);
    return check_effective(what, &definition, "");
}

/* ---- dated ones ---- */

/* Path of a field of the i-th dated definition. */
static const char *dated_field(const struct understanding *what, size_t i, const char *field)
{
    return arena_printf(what->arena, "definitions[%zu].%s", i, field);
}

static struct status read_texts(const struct understanding *what, size_t i,
                                Provost__V1__IndicatorDefinition *dated)
{
    const char *amber = "", *red = "";
    struct status st =
        check_tolerance(what, dated_field(what, i, "tolerance_amber"), dated->tolerance_amber);
    if (status_is_ok(st))
        st = check_tolerance(what, dated_field(what, i, "tolerance_red"), dated->tolerance_red);
    if (status_is_ok(st))
        st = check_tolerance(what, dated_field(what, i, "trend_materiality"),
                             dated->trend_materiality);
    if (status_is_ok(st))
        st = check_formula(what, dated_field(what, i, "formula"), dated->formula);
    if (status_is_ok(st))
        st = understand_decimal(what, dated_field(what, i, "threshold_amber"),
                                dated->threshold_amber, &amber);
    if (status_is_ok(st))
        st = understand_decimal(what, dated_field(what, i, "threshold_red"),
                                dated->threshold_red, &red);
    if (!status_is_ok(st)) return st;
    dated->threshold_amber = (char *)amber;
    dated->threshold_red = (char *)red;
    return status_ok();
}

/* Its period, and that it comes after the one before. */
static struct status read_period(const struct understanding *what, size_t i,
                                 Provost__V1__IndicatorDefinition *dated, struct period *last)
{
    const char *field = dated_field(what, i, "from_period"), *id = "";
    struct period period;
    if (dated->from_period[0] == '\0')
        return understand_refuse(what, REASON_FIELD_REQUIRED, field,
                                 "say from which period on the definition holds");
    struct status st = understand_period(what, field, dated->from_period, &id);
    if (!status_is_ok(st)) return st;
    if (!period_parse(id, &period, NULL)) period = *last;
    if (i > 0 && period.start_day <= last->start_day)
        return understand_refuse(what, REASON_DEFINITIONS_UNORDERED, field,
                                 "the definition from %s does not begin after the one before "
                                 "it; give them in the order of time",
                                 id);
    dated->from_period = (char *)id;
    *last = period;
    return status_ok();
}

static struct status read_dated(const struct understanding *what,
                                Provost__V1__Indicator *indicator)
{
    struct period last = {.kind = PERIOD_DATE};
    size_t count = indicator->n_definitions;
    if (count == 0) return status_ok();
    if (count > DEFINITIONS_MAX)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "definitions",
                                 "there are %zu definitions; at most %d are kept", count,
                                 DEFINITIONS_MAX);
    Provost__V1__IndicatorDefinition *copies = arena_alloc(what->arena, count * sizeof *copies);
    Provost__V1__IndicatorDefinition **list =
        arena_alloc(what->arena, count * sizeof(Provost__V1__IndicatorDefinition *));
    for (size_t i = 0; i < count; i++) {
        copies[i] = *indicator->definitions[i];
        list[i] = &copies[i];
        struct status st = read_period(what, i, list[i], &last);
        if (status_is_ok(st)) st = read_texts(what, i, list[i]);
        if (!status_is_ok(st)) return st;
    }
    indicator->definitions = list;
    return status_ok();
}

/* What holds from each of them on, with what went before. */
static struct status check_dated(const struct understanding *what,
                                 const Provost__V1__Indicator *indicator)
{
    for (size_t i = 0; i < indicator->n_definitions; i++) {
        struct period period;
        if (!period_parse(indicator->definitions[i]->from_period, &period, NULL)) continue;
        struct definition definition = definition_at(indicator, &period);
        struct status st = check_effective(what, &definition, dated_field(what, i, ""));
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* ---- the profile of the year's target ---- */

static struct status refuse_profile(const struct understanding *what, size_t i, const char *why)
{
    return understand_refuse(what, REASON_PROFILE_INVALID,
                             arena_printf(what->arena, "target_profile_shares[%zu]", i),
                             "%s; the shares are what is reached by the end of each month, "
                             "April first, rising to 100",
                             why);
}

static struct status read_shares(const struct understanding *what,
                                 Provost__V1__Indicator *indicator)
{
    char **list = arena_alloc(what->arena, PROFILE_SHARES * sizeof(char *));
    struct decimal last = decimal_from_int(0);
    for (size_t i = 0; i < PROFILE_SHARES; i++) {
        const char *field = arena_printf(what->arena, "target_profile_shares[%zu]", i);
        const char *number = "";
        struct decimal share;
        struct status st =
            understand_decimal(what, field, indicator->target_profile_shares[i], &number);
        if (!status_is_ok(st)) return st;
        if (decimal_parse(number, &share) != DECIMAL_OK)
            return refuse_profile(what, i, "a share is empty");
        if (decimal_compare(share, last) < 0)
            return refuse_profile(what, i, "a share is less than the one before");
        list[i] = (char *)number;
        last = share;
    }
    if (decimal_compare(last, decimal_from_int(100)) != 0)
        return refuse_profile(what, PROFILE_SHARES - 1, "the last share is not 100");
    indicator->target_profile_shares = list;
    return status_ok();
}

static struct status read_profile(const struct understanding *what,
                                  Provost__V1__Indicator *indicator)
{
    bool listed =
        indicator->target_profile == PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_LISTED;
    size_t count = indicator->n_target_profile_shares;
    if (count == 0 && !listed) return status_ok();
    if (count != PROFILE_SHARES)
        return understand_refuse(what, REASON_PROFILE_INVALID, "target_profile_shares",
                                 "there are %zu shares; a listed profile has %d, one a month",
                                 count, PROFILE_SHARES);
    return read_shares(what, indicator);
}

/* ---- measures of the register, parts ---- */

static struct status check_scope(const struct understanding *what, const char *scope)
{
    static const char *const collections[] = {"plans", "objectives", "organisations"};
    const struct catalog_row *row = catalog_of_name(scope);
    if (strncmp(scope, "tag=", 4) == 0 && scope[4] != '\0' && strlen(scope) <= LABEL_MAX)
        return status_ok();
    for (size_t i = 0; row != NULL && i < sizeof collections / sizeof *collections; i++) {
        if (row != catalog_find(collections[i])) continue;
        struct lookup_entry *entry;
        struct status st = lookup_get(what->lookup, row, scope, &entry);
        if (!status_is_ok(st) || entry->found) return st;
        return understand_refuse(
            what, REASON_UNKNOWN_REFERENCE, "computed",
            "there is no \"%.200s\"; create it first, or in the same request", scope);
    }
    return understand_refuse(what, REASON_COMPUTED_INVALID, "computed",
                             "\"%.200s\" is no scope; write \"plans/...\", \"objectives/...\", "
                             "\"organisations/...\" or \"tag=LABEL\"",
                             scope);
}

static bool has_formula(const Provost__V1__Indicator *indicator)
{
    bool has = indicator->formula[0] != '\0';
    for (size_t i = 0; i < indicator->n_definitions; i++)
        has |= indicator->definitions[i]->formula[0] != '\0';
    return has;
}

static struct status check_computed(const struct understanding *what,
                                    const Provost__V1__Indicator *indicator)
{
    static const char *const measures[] = {
        "improving-or-maintained:", "actions-on-schedule:", "on-target:"};
    const char *text = indicator->computed;
    if (text[0] == '\0') return status_ok();
    if (has_formula(indicator))
        return understand_refuse(
            what, REASON_COMPUTED_INVALID, "computed",
            "the figure comes from a formula or from the register, not from "
            "both");
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        size_t size = strlen(measures[i]);
        if (strncmp(text, measures[i], size) == 0) return check_scope(what, text + size);
    }
    return understand_refuse(
        what, REASON_COMPUTED_INVALID, "computed",
        "\"%.200s\" is no measure of the register; write "
        "\"improving-or-maintained:SCOPE\", \"actions-on-schedule:SCOPE\" or "
        "\"on-target:SCOPE\"",
        text);
}

static struct status check_parts(const struct understanding *what,
                                 const Provost__V1__Indicator *indicator)
{
    for (size_t i = 0; i < indicator->n_parts; i++)
        if (strcmp(indicator->parts[i], what->name) == 0)
            return understand_refuse(what, REASON_PARENT_CIRCLE,
                                     arena_printf(what->arena, "parts[%zu]", i),
                                     "%s cannot be a part of itself", what->name);
    return status_ok();
}

/* What is not said is strict; so an indicator with a formula, or one that the register computes,
 * always says it, which is how those are found (formula_graph.h). */
static void say_null_policy(Provost__V1__Indicator *indicator)
{
    if ((has_formula(indicator) || indicator->computed[0] != '\0') &&
        indicator->null_policy == PROVOST__V1__NULL_POLICY__NULL_POLICY_UNSPECIFIED)
        indicator->null_policy = PROVOST__V1__NULL_POLICY__NULL_POLICY_STRICT;
}

/* A change of what judges figures, without a period, re-colours the past. */
static void warn_undated(struct understanding *what)
{
    static const char *const fields[] = {"polarity",         "tolerance_amber", "tolerance_red",
                                         "threshold_amber",  "threshold_red",   "status_rule",
                                         "trend_materiality"};
    if (what->before == NULL) return;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const ProtobufCFieldDescriptor *fd =
            protobuf_c_message_descriptor_get_field_by_name(what->row->kind.desc, fields[i]);
        if (!understand_touched(what, fields[i]) || field_equal(what->before, what->after, fd))
            continue;
        understand_warn(what, REASON_DEFINITION_UNDATED, fields[i],
                        "%s changes for all periods before the first dated definition; to keep "
                        "the statuses of earlier periods add to definitions, with from_period",
                        fields[i]);
        return;
    }
}

struct status understand_definitions(struct understanding *what,
                                     Provost__V1__Indicator *indicator)
{
    struct status st = read_top(what, indicator);
    if (status_is_ok(st)) st = read_dated(what, indicator);
    if (status_is_ok(st)) st = check_dated(what, indicator);
    if (status_is_ok(st)) st = read_profile(what, indicator);
    if (status_is_ok(st)) st = check_computed(what, indicator);
    if (status_is_ok(st)) st = check_parts(what, indicator);
    if (!status_is_ok(st)) return st;
    say_null_policy(indicator);
    warn_undated(what);
    return st;
}
