#include "client/datapackage.h"

#include "client/collection.h"
#include "common/fields.h"
#include "common/json.h"

#include <stdbool.h>
#include <string.h>

/* What the descriptors do not carry: service/catalog.c in the daemon has the same. */
static const struct policy {
    const char *kind;
    const char *field;
    bool is_required;
    const char *references; /* collections, or NULL */
} policy_table[] = {
    {"organisation", "title", true, NULL},
    {"organisation", "parent", false, "organisations"},
    {"organisation", "succeeded_by", false, "organisations"},
    {"post", "title", true, NULL},
    {"post", "organisation", false, "organisations"},
    {"plan", "title", true, NULL},
    {"plan", "owner", false, "posts organisations"},
    {"objective", "title", true, NULL},
    {"objective", "plan", true, "plans"},
    {"objective", "parent", false, "objectives"},
    {"indicator", "title", true, NULL},
    {"indicator", "scope_organisation", false, "organisations"},
    {"indicator", "owner", false, "posts organisations"},
    {"indicator", "parts", false, "indicators"},
    {"target", "indicator", true, "indicators"},
    {"target", "period", true, NULL},
    {"observation", "indicator", true, "indicators"},
    {"observation", "period", true, NULL},
    {"action", "title", true, NULL},
    {"action", "plan", true, "plans"},
    {"action", "parent", false, "actions"},
    {"action", "leads", false, "posts organisations"},
    {"action", "contributors", false, "posts organisations"},
    {"link", "from", true,
     "organisations posts plans objectives indicators targets observations actions notes "
     "benchmarks risks budget-lines decisions"},
    {"link", "to", false,
     "organisations posts plans objectives indicators targets observations actions notes "
     "benchmarks risks budget-lines decisions"},
    {"link", "kind", true, NULL},
    {"note", "subject", true,
     "organisations posts plans objectives indicators targets observations actions links notes "
     "benchmarks risks budget-lines reporting-periods decisions"},
    {"note", "text", true, NULL},
    {"benchmark", "indicator", true, "indicators"},
    {"risk", "title", true, NULL},
    {"risk", "owner", false, "posts organisations"},
    {"risk", "plans", false, "plans"},
    {"budget_line", "title", true, NULL},
    {"budget_line", "subject", true, "plans objectives actions organisations"},
    {"budget_line", "total", false, "budget-lines"},
    {"reporting_period", "plan", true, "plans"},
    {"reporting_period", "period", true, NULL},
    {"decision", "title", true, NULL},
    {"decision", "plan", true, "plans"},
    {"decision", "body", false, "organisations"},
};

enum { POLICY_COUNT = sizeof policy_table / sizeof policy_table[0] };

/* Texts of a special form, whatever their kind. */
static const char *const date_table[] = {"valid_from",     "valid_to",     "start_date",
                                         "end_date",       "completed_on", "review_date",
                                         "available_from", "due_date",     "date"};
static const char *const decimal_table[] = {"unit_base",   "threshold_amber", "threshold_red",
                                            "value",       "value_high",      "numerator",
                                            "denominator", "benefit_amount",  "amount"};

#define ID_PATTERN "[a-z0-9._=,~/-]+"
#define DECIMAL_PATTERN "-?[0-9]+([.][0-9]+)?"
#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

static const struct policy *find_policy(const char *kind, const char *field)
{
    for (size_t i = 0; i < POLICY_COUNT; i++)
        if (strcmp(policy_table[i].kind, kind) == 0 &&
            strcmp(policy_table[i].field, field) == 0)
            return &policy_table[i];
    return NULL;
}

const char *datapackage_references(const char *kind, const char *field)
{
    const struct policy *policy = find_policy(kind, field);

    return policy == NULL ? NULL : policy->references;
}

static bool is_among(const char *const *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(table[i], name) == 0) return true;
    return false;
}

/* ---- a field ---- */

/* A field of a table on its way into the schema. */
struct column {
    const ProtobufCFieldDescriptor *fd;
    const struct policy *policy; /* or NULL */
    const char *type;
    struct arena *arena;
};

static const char *type_of(const ProtobufCFieldDescriptor *fd)
{
    switch (field_shape(fd)) {
    case FIELD_INT:
        return "integer";
    case FIELD_BOOL:
        return "boolean";
    case FIELD_TIME:
        return "datetime";
    case FIELD_MESSAGE:
        return "object";
    case FIELD_LIST:
        return "array";
    case FIELD_TEXT:
        return is_among(date_table, LENGTH(date_table), fd->name) ? "date" : "string";
    case FIELD_ENUM:
    case FIELD_BYTES:
        break;
    }
    return "string";
}

/* "plans/..." or "(posts|organisations)/...". */
static const char *reference_pattern(const char *collections, struct arena *arena)
{
    char *list = arena_strdup(arena, collections);

    for (char *at = list; *at != '\0'; at++)
        if (*at == ' ') *at = '|';
    if (strchr(list, '|') == NULL) return arena_printf(arena, "%s/" ID_PATTERN, list);
    return arena_printf(arena, "(%s)/" ID_PATTERN, list);
}

static const char *pattern_of(const struct column *column)
{
    if (field_shape(column->fd) != FIELD_TEXT) return NULL;
    if (column->policy != NULL && column->policy->references != NULL)
        return reference_pattern(column->policy->references, column->arena);
    if (is_among(decimal_table, LENGTH(decimal_table), column->fd->name))
        return DECIMAL_PATTERN;
    return NULL;
}

/* Short names of all values but the one that is "not said". */
static void write_enum(const ProtobufCEnumDescriptor *desc, struct buf *buf)
{
    const char *separator = "";

    buf_add_string(buf, "\"enum\": [");
    for (unsigned i = 0; i < desc->n_values; i++) {
        if (desc->values[i].value == 0) continue;
        buf_add_string(buf, separator);
        json_add_string(buf, enum_short_name(desc, desc->values[i].value));
        separator = ", ";
    }
    buf_add_string(buf, "]");
}

static void write_constraints(const struct column *column, struct buf *buf)
{
    bool is_required = column->policy != NULL && column->policy->is_required;
    bool is_enum = field_shape(column->fd) == FIELD_ENUM;
    const char *pattern = pattern_of(column);

    if (!is_required && !is_enum && pattern == NULL) return;
    buf_add_string(buf, ", \"constraints\": {");
    if (is_required) buf_add_string(buf, "\"required\": true");
    if (is_required && (is_enum || pattern != NULL)) buf_add_string(buf, ", ");
    if (is_enum) write_enum(field_enum_type(column->fd), buf);
    if (pattern != NULL) {
        buf_add_string(buf, "\"pattern\": ");
        json_add_string(buf, pattern);
    }
    buf_add_string(buf, "}");
}

/* The words of a list as a JSON array. */
static void write_words(const char *words, struct buf *buf)
{
    const char *separator = "[";

    while (*words != '\0') {
        size_t length = strcspn(words, " ");

        buf_printf(buf, "%s\"%.*s\"", separator, (int)length, words);
        separator = ", ";
        words += length;
        words += strspn(words, " ");
    }
    buf_add_string(buf, "]");
}

static void write_field(const struct column *column, struct buf *buf)
{
    buf_printf(buf, ",\n          {\"name\": \"%s\", \"type\": \"%s\"", column->fd->name,
               column->type);
    if (strcmp(column->type, "date") == 0) buf_add_string(buf, ", \"format\": \"default\"");
    write_constraints(column, buf);
    if (column->policy != NULL && column->policy->references != NULL) {
        buf_add_string(buf, ", \"x-references\": ");
        write_words(column->policy->references, buf);
    }
    buf_add_string(buf, "}");
}

/* ---- a table ---- */

static bool is_exported(const struct export *export, const char *collection)
{
    for (size_t i = 0; i < export->n_tables; i++)
        if (strcmp(export->tables[i].collection, collection) == 0) return true;
    return false;
}

/* Only a text that refers to one collection can be a foreign key: Table Schema knows no others.
 * A table that refers to itself is "" there. */
static void write_foreign_keys(const struct export *export, const struct export_table *table,
                               struct buf *buf)
{
    const char *separator = ",\n        \"foreignKeys\": [\n";
    bool any = false;

    for (size_t i = 0; i < table->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = table->fields[i];
        const char *to = datapackage_references(table->member->name, fd->name);

        if (to == NULL || strchr(to, ' ') != NULL || field_shape(fd) != FIELD_TEXT) continue;
        if (!is_exported(export, to)) continue;
        buf_printf(buf,
                   "%s          {\"fields\": \"%s\", \"reference\": {\"resource\": \"%s\", "
                   "\"fields\": \"name\"}}",
                   separator, fd->name, strcmp(to, table->collection) == 0 ? "" : to);
        separator = ",\n";
        any = true;
    }
    if (any) buf_add_string(buf, "\n        ]");
}

static void write_key_fields(const struct export_table *table, struct buf *buf)
{
    buf_printf(buf,
               "          {\"name\": \"id\", \"type\": \"string\", \"constraints\": "
               "{\"required\": true, \"unique\": true, \"pattern\": \"" ID_PATTERN "\"}},\n"
               "          {\"name\": \"name\", \"type\": \"string\", \"constraints\": "
               "{\"required\": true, \"unique\": true, \"pattern\": \"%s/" ID_PATTERN "\"}}",
               table->collection);
}

static void write_table(const struct export *export, const struct export_table *table,
                        struct buf *buf)
{
    buf_printf(buf,
               "    {\n      \"name\": \"%s\",\n      \"path\": \"%s.csv\",\n"
               "      \"profile\": \"tabular-data-resource\",\n      \"format\": \"csv\",\n"
               "      \"mediatype\": \"text/csv\",\n      \"encoding\": \"utf-8\",\n"
               "      \"dialect\": {\"delimiter\": \",\", \"lineTerminator\": \"\\n\", "
               "\"quoteChar\": \"\\\"\", \"doubleQuote\": true, \"header\": true},\n"
               "      \"schema\": {\n        \"fields\": [\n",
               table->collection, table->collection);
    write_key_fields(table, buf);
    for (size_t i = 0; i < table->n_fields; i++) {
        struct column column = {
            .fd = table->fields[i],
            .policy = find_policy(table->member->name, table->fields[i]->name),
            .type = type_of(table->fields[i]),
            .arena = export->session->arena,
        };

        write_field(&column, buf);
    }
    buf_add_string(buf, "\n        ],\n        \"missingValues\": [\"\"],\n"
                        "        \"primaryKey\": \"id\"");
    write_foreign_keys(export, table, buf);
    buf_add_string(buf, "\n      }\n    }");
}

void datapackage_write(const struct export *export, struct buf *buf)
{
    buf_add_string(buf, "{\n  \"profile\": \"tabular-data-package\",\n  \"name\": ");
    json_add_string(buf, export->name);
    buf_add_string(buf, ",\n  \"title\": ");
    json_add_string(buf, export->title);
    buf_add_string(buf, ",\n  \"resources\": [\n");
    for (size_t i = 0; i < export->n_tables; i++) {
        if (i > 0) buf_add_string(buf, ",\n");
        write_table(export, &export->tables[i], buf);
    }
    buf_add_string(buf, "\n  ]\n}\n");
}
