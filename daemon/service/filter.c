#include "service/filter.h"

#include "service/catalog.h"
#include "service/filter_bind.h"

#include <assert.h>
#include <string.h>

struct filter {
    struct filter_program program;
    struct filter_condition conditions[FILTER_MAX_TERMS];
};

/* ---- making one ---- */

/* Walks the program from its end, where the last connective is, and marks the terms that stand
 * under no OR and no NOT. */
static void mark_required(struct filter *filter)
{
    const struct filter_program *program = &filter->program;
    bool required[FILTER_MAX_TERMS + 1] = {true}; /* of the operands still to come */
    size_t depth = 1, term = program->term_count;
    for (size_t i = program->step_count; i-- > 0;) {
        assert(depth > 0);
        bool whole = required[--depth];
        switch (program->steps[i]) {
        case FILTER_STEP_TERM:
            filter->conditions[--term].required = whole;
            break;
        case FILTER_STEP_AND:
        case FILTER_STEP_OR:
            required[depth++] = whole && program->steps[i] == FILTER_STEP_AND;
            required[depth] = required[depth - 1];
            depth++;
            break;
        case FILTER_STEP_NOT:
            required[depth++] = false;
            break;
        }
    }
}

struct status filter_compile(struct arena *arena, const struct kind *kind, const char *text,
                             const struct filter **out_filter)
{
    struct filter *filter = arena_alloc(arena, sizeof *filter);
    struct status st = filter_parse(arena, text, &filter->program);
    for (size_t i = 0; status_is_ok(st) && i < filter->program.term_count; i++)
        st = filter_bind(arena, kind, &filter->program.terms[i], &filter->conditions[i]);

    if (!status_is_ok(st)) return st;
    mark_required(filter);
    *out_filter = filter;
    return status_ok();
}

/* ---- asking a version ---- */

static bool order_fits(int order, enum filter_operator op)
{
    switch (op) {
    case FILTER_EQUAL:
    case FILTER_HAS:
        return order == 0;
    case FILTER_NOT_EQUAL:
        return order != 0;
    case FILTER_LESS:
        return order < 0;
    case FILTER_AT_MOST:
        return order <= 0;
    case FILTER_MORE:
        return order > 0;
    case FILTER_AT_LEAST:
        return order >= 0;
    }
    return false;
}

/* Equal but for what stars at the ends stand for. */
static bool pattern_fits(const struct filter_condition *condition, const char *text)
{
    size_t size = strlen(text), wanted = condition->text_size;
    if (size < wanted) return false;
    if (condition->open_start && condition->open_end)
        return strstr(text, condition->text) != NULL;
    if (condition->open_start) return strcmp(text + size - wanted, condition->text) == 0;
    if (condition->open_end) return strncmp(text, condition->text, wanted) == 0;
    return strcmp(text, condition->text) == 0;
}

static bool text_fits(const struct filter_condition *condition, const char *text)
{
    if (condition->op == FILTER_EQUAL) return pattern_fits(condition, text);
    if (condition->op == FILTER_HAS) return strcasestr(text, condition->text) != NULL;
    return *text != '\0' && order_fits(strcmp(text, condition->text), condition->op);
}

static bool decimal_fits(const struct filter_condition *condition, const char *text)
{
    struct decimal value;
    if (condition->unsaid || *text == '\0') return condition->unsaid && *text == '\0';
    return decimal_parse(text, &value) == DECIMAL_OK &&
           order_fits(decimal_compare(value, condition->decimal), condition->op);
}

static bool number_fits(const struct filter_condition *condition, int64_t number)
{
    int order = (number > condition->number) - (number < condition->number);
    return order_fits(order, condition->op);
}

static bool is_said(const struct filter_condition *condition,
                    const struct attribute_value *value)
{
    switch (condition->attribute.type) {
    case ATTRIBUTE_TEXT:
    case ATTRIBUTE_PERIOD:
    case ATTRIBUTE_DECIMAL:
        return *value->text != '\0';
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_ENUM:
    case ATTRIBUTE_TIME:
    case ATTRIBUTE_OTHER:
        break;
    }
    return value->number != 0;
}

static bool value_fits(void *data, const struct attribute_value *value)
{
    const struct filter_condition *condition = data;
    if (condition->presence) return is_said(condition, value);
    switch (condition->attribute.type) {
    case ATTRIBUTE_TEXT:
    case ATTRIBUTE_PERIOD:
        return text_fits(condition, value->text);
    case ATTRIBUTE_DECIMAL:
        return decimal_fits(condition, value->text);
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_ENUM:
    case ATTRIBUTE_TIME:
        return number_fits(condition, value->number);
    case ATTRIBUTE_OTHER:
        break;
    }
    return false;
}

static bool condition_holds(struct filter_condition *condition, const struct version *version)
{
    bool fits = attribute_any(&condition->attribute, version, value_fits, condition);
    return fits != condition->negated;
}

bool filter_matches(const struct filter *filter, const struct version *version)
{
    bool stack[FILTER_MAX_TERMS] = {false};
    size_t depth = 0, term = 0;
    const struct filter_program *program = &filter->program;
    for (size_t i = 0; i < program->step_count; i++) {
        switch (program->steps[i]) {
        case FILTER_STEP_TERM: {
            struct filter_condition condition = filter->conditions[term++];
            stack[depth++] = condition_holds(&condition, version);
            break;
        }
        case FILTER_STEP_AND:
            depth--;
            stack[depth - 1] = stack[depth - 1] && stack[depth];
            break;
        case FILTER_STEP_OR:
            depth--;
            stack[depth - 1] = stack[depth - 1] || stack[depth];
            break;
        case FILTER_STEP_NOT:
            stack[depth - 1] = !stack[depth - 1];
            break;
        }
    }
    return depth == 0 || stack[0];
}

/* ---- using an index ---- */

/* Columns that the schema has an index for (store/migrations.c). */
static const struct {
    const char *collection;
    const char *field;
} indexed_table[] = {
    {"links", "to"},     {"links", "from"},    {"objectives", "plan"},
    {"actions", "plan"}, {"notes", "subject"},
};

static bool is_indexed(const char *collection, const char *field)
{
    for (size_t i = 0; i < sizeof indexed_table / sizeof *indexed_table; i++)
        if (strcmp(indexed_table[i].collection, collection) == 0 &&
            strcmp(indexed_table[i].field, field) == 0)
            return true;
    return false;
}

static bool is_exact_text(const struct filter_condition *condition)
{
    return condition->required && condition->op == FILTER_EQUAL && !condition->negated &&
           !condition->open_start && !condition->open_end && *condition->text != '\0' &&
           condition->attribute.type == ATTRIBUTE_TEXT && !condition->attribute.many;
}

/* Ids that begin with the one in `name`. */
static void narrow_by_id(struct scan *scan, const char *name)
{
    const char *slash = strchr(name, '/');
    if (scan->prefix == NULL && slash != NULL && slash[1] != '\0') scan->prefix = slash + 1;
}

static void narrow_by_field(const struct filter_condition *condition, struct scan *scan)
{
    const char *field = condition->attribute.field->name;
    if ((attribute_flags(scan->kind, field) & CATALOG_KEY) != 0)
        narrow_by_id(scan, condition->text);
    if (scan->column == NULL && is_indexed(scan->kind->collection, field)) {
        scan->column = field;
        scan->value = condition->text;
    }
}

void filter_narrow(const struct filter *filter, struct scan *scan)
{
    for (size_t i = 0; i < filter->program.term_count; i++) {
        const struct filter_condition *condition = &filter->conditions[i];
        if (!is_exact_text(condition)) continue;
        if (condition->attribute.source == ATTRIBUTE_NAME)
            narrow_by_id(scan, condition->text);
        else if (condition->attribute.subfield == NULL)
            narrow_by_field(condition, scan);
    }
}
