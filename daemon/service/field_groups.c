#include "service/field_groups.h"

#include "common/fields.h"
#include "service/approval.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

enum { OTHERS_MAX = 12 };

/* Per collection: the group of its fields, and those that are of another. What has no row is
 * DEFINITIONS throughout. */
static const struct grouping {
    const char *collection;
    unsigned group;
    unsigned others_group;
    const char *others[OTHERS_MAX];
} grouping_table[] = {
    {"observations", GROUP_REPORTING, GROUP_APPROVAL, {"workflow", NULL}},
    {"notes", GROUP_REPORTING, 0, {NULL}},
    {"objectives", GROUP_DEFINITIONS, GROUP_REPORTING, {"outcome_status", NULL}},
    {"actions",
     GROUP_DEFINITIONS,
     GROUP_REPORTING,
     {"progress", "status", "completed_on", "resourced", "resourced_note", NULL}},
    {"risks",
     GROUP_DEFINITIONS,
     GROUP_REPORTING,
     {"current", "controls", "mitigation", "review_date", "review_verbatim", "review_frequency",
      "status", NULL}},
    {"reporting-periods", GROUP_DEFINITIONS, GROUP_APPROVAL, {"state", "reopen_reason", NULL}},
};

static const struct grouping *find_grouping(const struct catalog_row *row)
{
    for (size_t i = 0; i < sizeof grouping_table / sizeof *grouping_table; i++)
        if (strcmp(grouping_table[i].collection, row->kind.collection) == 0)
            return &grouping_table[i];
    return NULL;
}

unsigned field_group_of(const struct catalog_row *row, unsigned field)
{
    const struct grouping *grouping = find_grouping(row);
    const char *name = row->kind.desc->fields[field].name;
    if (grouping == NULL) return GROUP_DEFINITIONS;
    for (const char *const *other = grouping->others; *other != NULL; other++)
        if (strcmp(*other, name) == 0) return grouping->others_group;
    return grouping->group;
}

/* A figure that is new or another one is SUBMITTED, whatever was said of the one before, and a
 * rejected one may be put up for another look: neither takes an approver. Taking an approval back
 * does. */
static bool is_submission(const ProtobufCMessage *before, const ProtobufCMessage *after,
                          const ProtobufCFieldDescriptor *fd)
{
    if (after->descriptor != &provost__v1__observation__descriptor ||
        strcmp(fd->name, "workflow") != 0 ||
        field_get_int(after, fd) > PROVOST__V1__WORKFLOW__WORKFLOW_SUBMITTED)
        return false;
    return approval_is_other_figure(before, after) ||
           field_get_int(before, fd) != PROVOST__V1__WORKFLOW__WORKFLOW_APPROVED;
}

/* A new period is open. */
static bool is_open_period(const ProtobufCMessage *before, const ProtobufCMessage *after,
                           const ProtobufCFieldDescriptor *fd)
{
    return before == NULL && after->descriptor == &provost__v1__reporting_period__descriptor &&
           strcmp(fd->name, "state") == 0 &&
           field_get_int(after, fd) <= PROVOST__V1__PERIOD_STATE__PERIOD_STATE_OPEN;
}

unsigned field_groups_of(const struct catalog_row *row, const ProtobufCMessage *before,
                         const ProtobufCMessage *after, const bool *changed)
{
    const ProtobufCMessageDescriptor *desc = row->kind.desc;
    unsigned groups = 0;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        if (!changed[i] || is_submission(before, after, &desc->fields[i]) ||
            is_open_period(before, after, &desc->fields[i]))
            continue;
        groups |= field_group_of(row, i);
    }
    return groups;
}

const char *field_groups_text(unsigned groups)
{
    static const char *const texts[GROUPS_ALL + 1] = {
        "",
        "reporting",
        "definitions",
        "reporting and definitions",
        "approval",
        "reporting and approval",
        "definitions and approval",
        "reporting, definitions and approval",
    };
    return texts[groups & GROUPS_ALL];
}
