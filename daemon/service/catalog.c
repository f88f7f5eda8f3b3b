#include "service/catalog.h"

#include "common/fields.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what references may point to ---- */

static const char *const to_organisations[] = {"organisations", NULL};
static const char *const to_owners[] = {"posts", "organisations", NULL};
static const char *const to_plans[] = {"plans", NULL};
static const char *const to_objectives[] = {"objectives", NULL};
static const char *const to_indicators[] = {"indicators", NULL};
static const char *const to_actions[] = {"actions", NULL};
static const char *const to_budget_lines[] = {"budget-lines", NULL};
static const char *const to_subjects_of_money[] = {"plans", "objectives", "actions",
                                                   "organisations", NULL};
static const char *const to_all_but_links[] = {
    "organisations", "posts",        "plans",     "objectives", "indicators",
    "targets",       "observations", "actions",   "notes",      "benchmarks",
    "risks",         "budget-lines", "decisions", NULL};
static const char *const to_all[] = {"organisations", "posts",
                                     "plans",         "objectives",
                                     "indicators",    "targets",
                                     "observations",  "actions",
                                     "links",         "notes",
                                     "benchmarks",    "risks",
                                     "budget-lines",  "reporting-periods",
                                     "decisions",     NULL};

/* ---- fields with a policy ---- */

static struct catalog_field organisation_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"parent", CATALOG_PARENT, to_organisations, NULL},
    {"valid_from", CATALOG_DATE, NULL, NULL},
    {"valid_to", CATALOG_DATE, NULL, NULL},
    {"succeeded_by", 0, to_organisations, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field post_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"organisation", 0, to_organisations, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field plan_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"owner", 0, to_owners, NULL},
    {"start_date", CATALOG_DATE, NULL, NULL},
    {"end_date", CATALOG_DATE, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field objective_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"plan", CATALOG_REQUIRED, to_plans, NULL},
    {"parent", CATALOG_PARENT, to_objectives, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field indicator_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"unit_base", CATALOG_DECIMAL, NULL, NULL},
    {"scope_organisation", 0, to_organisations, NULL},
    {"owner", 0, to_owners, NULL},
    {"threshold_amber", CATALOG_DECIMAL, NULL, NULL},
    {"threshold_red", CATALOG_DECIMAL, NULL, NULL},
    {"parts", 0, to_indicators, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field target_fields[] = {
    {"indicator", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_KEY, to_indicators, NULL},
    {"period", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_PERIOD, NULL, NULL},
    {"kind", CATALOG_IMMUTABLE, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static const char *const figure_fields[] = {"state",         "value",    "numerator",
                                            "denominator",   "flags",    "workflow",
                                            "source_system", "verbatim", NULL};
const struct kind_view catalog_figures = {figure_fields};

static const char *const number_fields[] = {"state", "value",    "numerator",     "denominator",
                                            "flags", "workflow", "source_system", NULL};
const struct kind_view catalog_numbers = {number_fields};

static const char *const said_fields[] = {"state", "workflow", NULL};
const struct kind_view catalog_said = {said_fields};

static const struct kind_view *const observation_views[] = {&catalog_figures, &catalog_numbers,
                                                            &catalog_said, NULL};

static struct catalog_field observation_fields[] = {
    {"indicator", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_KEY, to_indicators, NULL},
    {"period", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_PERIOD, NULL, NULL},
    {"breakdown", CATALOG_IMMUTABLE, NULL, NULL},
    {"numerator", CATALOG_DECIMAL, NULL, NULL},
    {"denominator", CATALOG_DECIMAL, NULL, NULL},
    {"available_from", CATALOG_DATE, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field action_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"plan", CATALOG_REQUIRED, to_plans, NULL},
    {"parent", CATALOG_PARENT, to_actions, NULL},
    {"leads", 0, to_owners, NULL},
    {"contributors", 0, to_owners, NULL},
    {"completed_on", CATALOG_DATE, NULL, NULL},
    {"benefit_amount", CATALOG_DECIMAL, NULL, NULL},
    {"benefit_period", CATALOG_PERIOD, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field link_fields[] = {
    {"from", CATALOG_REQUIRED | CATALOG_IMMUTABLE, to_all_but_links, NULL},
    {"to", CATALOG_IMMUTABLE, to_all_but_links, NULL},
    {"kind", CATALOG_REQUIRED | CATALOG_IMMUTABLE, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field note_fields[] = {
    {"subject", CATALOG_REQUIRED, to_all, NULL},
    {"period", CATALOG_PERIOD, NULL, NULL},
    {"text", CATALOG_REQUIRED, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field benchmark_fields[] = {
    {"indicator", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_KEY, to_indicators, NULL},
    {"period", CATALOG_IMMUTABLE | CATALOG_PERIOD, NULL, NULL},
    {"comparator", CATALOG_IMMUTABLE, NULL, NULL},
    {"value", CATALOG_DECIMAL, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field risk_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"owner", 0, to_owners, NULL},
    {"plans", 0, to_plans, NULL},
    {"review_date", CATALOG_DATE | CATALOG_LAST_DAY, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field budget_line_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"subject", CATALOG_REQUIRED, to_subjects_of_money, NULL},
    {"period", CATALOG_PERIOD, NULL, NULL},
    {"date", CATALOG_DATE, NULL, NULL},
    {"amount", CATALOG_DECIMAL, NULL, NULL},
    {"total", CATALOG_PARENT, to_budget_lines, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field reporting_period_fields[] = {
    {"plan", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_KEY, to_plans, NULL},
    {"period", CATALOG_REQUIRED | CATALOG_IMMUTABLE | CATALOG_PERIOD, NULL, NULL},
    {"due_date", CATALOG_DATE, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

static struct catalog_field decision_fields[] = {
    {"title", CATALOG_REQUIRED, NULL, NULL},
    {"plan", CATALOG_REQUIRED, to_plans, NULL},
    {"body", 0, to_organisations, NULL},
    {"date", CATALOG_DATE, NULL, NULL},
    {NULL, 0, NULL, NULL},
};

/* ---- the kinds ---- */

static struct catalog_row rows[] = {
    {
        .kind = {"organisations", "organisation", &provost__v1__organisation__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_ORGANISATION,
        .naming = NAMED_BY_CLIENT,
        .fields = organisation_fields,
        .understand = understand_organisation,
    },
    {
        .kind = {"posts", "post", &provost__v1__post__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_POST,
        .naming = NAMED_BY_CLIENT,
        .fields = post_fields,
        .understand = understand_post,
    },
    {
        .kind = {"plans", "plan", &provost__v1__plan__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_PLAN,
        .naming = NAMED_BY_CLIENT,
        .fields = plan_fields,
        .understand = understand_plan,
    },
    {
        .kind = {"objectives", "objective", &provost__v1__objective__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_OBJECTIVE,
        .naming = NAMED_BY_CLIENT,
        .fields = objective_fields,
    },
    {
        .kind = {"indicators", "indicator", &provost__v1__indicator__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_INDICATOR,
        .naming = NAMED_BY_CLIENT,
        .fields = indicator_fields,
        .understand = understand_indicator,
    },
    {
        .kind = {"targets", "target", &provost__v1__target__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_TARGET,
        .naming = NAMED_FROM_FIELDS,
        .fields = target_fields,
        .understand = understand_target,
        .derive_id = derive_target_id,
    },
    {
        .kind = {"observations", "observation", &provost__v1__observation__descriptor,
                 observation_views},
        .member_tag = PROVOST__V1__RESOURCE__BODY_OBSERVATION,
        .naming = NAMED_FROM_FIELDS,
        .fields = observation_fields,
        .figures = true,
        .understand = understand_observation,
        .derive_id = derive_observation_id,
    },
    {
        .kind = {"actions", "action", &provost__v1__action__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_ACTION,
        .naming = NAMED_BY_CLIENT,
        .fields = action_fields,
        .understand = understand_action,
    },
    {
        .kind = {"links", "link", &provost__v1__link__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_LINK,
        .naming = NAMED_FROM_FIELDS,
        .fields = link_fields,
        .understand = understand_link,
        .derive_id = derive_link_id,
    },
    {
        .kind = {"notes", "note", &provost__v1__note__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_NOTE,
        .naming = NAMED_BY_SEQ,
        .fields = note_fields,
    },
    {
        .kind = {"benchmarks", "benchmark", &provost__v1__benchmark__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_BENCHMARK,
        .naming = NAMED_FROM_FIELDS,
        .fields = benchmark_fields,
        .understand = understand_benchmark,
        .derive_id = derive_benchmark_id,
    },
    {
        .kind = {"risks", "risk", &provost__v1__risk__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_RISK,
        .naming = NAMED_BY_CLIENT,
        .fields = risk_fields,
        .understand = understand_risk,
    },
    {
        .kind = {"budget-lines", "budget_line", &provost__v1__budget_line__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_BUDGET_LINE,
        .naming = NAMED_BY_CLIENT,
        .fields = budget_line_fields,
        .understand = understand_budget_line,
    },
    {
        .kind = {"reporting-periods", "reporting_period",
                 &provost__v1__reporting_period__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_REPORTING_PERIOD,
        .naming = NAMED_FROM_FIELDS,
        .fields = reporting_period_fields,
        .understand = understand_reporting_period,
        .derive_id = derive_reporting_period_id,
    },
    {
        .kind = {"decisions", "decision", &provost__v1__decision__descriptor, NULL},
        .member_tag = PROVOST__V1__RESOURCE__BODY_DECISION,
        .naming = NAMED_BY_CLIENT,
        .fields = decision_fields,
        .understand = understand_decision,
    },
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

const struct catalog_row *catalog_rows(size_t *out_count)
{
    *out_count = ROW_COUNT;
    return rows;
}

const struct kind *const *catalog_kinds(void)
{
    static const struct kind *const kinds[ROW_COUNT + 1] = {
        &rows[0].kind,  &rows[1].kind,  &rows[2].kind,  &rows[3].kind,  &rows[4].kind,
        &rows[5].kind,  &rows[6].kind,  &rows[7].kind,  &rows[8].kind,  &rows[9].kind,
        &rows[10].kind, &rows[11].kind, &rows[12].kind, &rows[13].kind, &rows[14].kind,
    };
    return kinds;
}

static const struct catalog_row *find_collection(const char *text, size_t size)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *collection = rows[i].kind.collection;
        if (collection[0] != text[0]) continue; /* as most do */
        if (strncmp(collection, text, size) == 0 && collection[size] == '\0') return &rows[i];
    }
    return NULL;
}

const struct catalog_row *catalog_find(const char *collection)
{
    return find_collection(collection, strlen(collection));
}

const struct catalog_row *catalog_of_name(const char *name)
{
    return find_collection(name, strcspn(name, "/"));
}

const struct catalog_row *catalog_of_desc(const ProtobufCMessageDescriptor *desc)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].kind.desc == desc) return &rows[i];
    return NULL;
}

const struct catalog_row *catalog_of_kind(const struct kind *kind)
{
    return (const struct catalog_row *)((const char *)kind -
                                        offsetof(struct catalog_row, kind));
}

bool catalog_has_field(const char *field)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (protobuf_c_message_descriptor_get_field_by_name(rows[i].kind.desc, field) != NULL)
            return true;
    return false;
}

/* ---- the check at start ---- */

static void require(bool truth, const struct catalog_row *row, const char *field,
                    const char *what)
{
    if (truth) return;
    fprintf(stderr, "service/catalog.c: %s%s%s: %s\n", row->kind.collection,
            field == NULL ? "" : ".", field == NULL ? "" : field, what);
    abort();
}

static void verify_targets(const struct catalog_row *row, const struct catalog_field *field)
{
    if (field->targets == NULL) return;
    require(field_item_shape(field->fd) == FIELD_TEXT, row, field->name,
            "a reference is a text or a list of texts");
    for (size_t i = 0; field->targets[i] != NULL; i++)
        require(catalog_find(field->targets[i]) != NULL, row, field->name,
                "refers to a collection that does not exist");
}

static void verify_field(const struct catalog_row *row, struct catalog_field *field)
{
    const unsigned text_flags =
        CATALOG_DATE | CATALOG_DECIMAL | CATALOG_PERIOD | CATALOG_PARENT | CATALOG_KEY;
    field->fd = protobuf_c_message_descriptor_get_field_by_name(row->kind.desc, field->name);
    require(field->fd != NULL, row, field->name, "there is no such field in the .proto");
    require((field->flags & text_flags) == 0 || field_shape(field->fd) == FIELD_TEXT, row,
            field->name, "must be a text");
    require((field->flags & (CATALOG_PARENT | CATALOG_KEY)) == 0 || field->targets != NULL, row,
            field->name, "must be a reference");
    require((field->flags & CATALOG_PARENT) == 0 ||
                strcmp(field->targets[0], row->kind.collection) == 0,
            row, field->name, "a parent is of the same kind");
    verify_targets(row, field);
}

static void verify_row(struct catalog_row *row)
{
    row->member = protobuf_c_message_descriptor_get_field(&provost__v1__resource__descriptor,
                                                          row->member_tag);
    require(row->member != NULL && field_is_oneof(row->member), row, NULL,
            "no such member of Resource's oneof");
    require(field_message_type(row->member) == row->kind.desc, row, NULL,
            "the oneof has another type");
    require(row->kind.desc->n_fields <= CATALOG_FIELDS_MAX, row, NULL, "too many fields");
    require((row->naming == NAMED_FROM_FIELDS) == (row->derive_id != NULL), row, NULL,
            "derive_id goes with NAMED_FROM_FIELDS");
    for (struct catalog_field *field = row->fields; field->name != NULL; field++)
        verify_field(row, field);
}

void catalog_verify(void)
{
    size_t members = 0;
    for (unsigned i = 0; i < provost__v1__resource__descriptor.n_fields; i++)
        if (field_is_oneof(&provost__v1__resource__descriptor.fields[i])) members++;
    require(members == ROW_COUNT, &rows[0], NULL, "not as many rows as members in Resource");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        require(i == 0 || rows[i - 1].member_tag < rows[i].member_tag, &rows[i], NULL,
                "rows stand in the order of the oneof");
        require(catalog_kinds()[i] == &rows[i].kind, &rows[i], NULL, "catalog_kinds is stale");
        verify_row(&rows[i]);
    }
}
