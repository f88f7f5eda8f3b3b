#include "client/resource_view.h"

#include "client/collection.h"
#include "client/message_words.h"
#include "client/moment.h"
#include "common/field_text.h"
#include "common/fields.h"

#include <string.h>

enum { COLUMNS_MAX = 512 };

/* What a list for people shows; everything else is one "get" away. */
static const struct usual_row {
    const char *kind; /* member of Resource.body */
    const char *fields;
} usual_table[] = {
    {"organisation", "title,kind,parent"},
    {"post", "title,organisation"},
    {"plan", "title,kind,owner,period,status"},
    {"objective", "code,title,plan,kind,parent"},
    {"indicator", "code,title,unit,polarity,frequency,owner"},
    {"target", "indicator,period,state,operator,value,value_high,verbatim"},
    {"observation", "indicator,period,breakdown,state,value,verbatim,note"},
    {"action", "code,title,leads,deadline_verbatim,status"},
    {"link", "kind,from,to,qualifier"},
    {"note", "subject,period,kind,text"},
    {"benchmark", "indicator,period,comparator,value,position,trajectory"},
    {"risk", "code,title,category,owner,current,review_date"},
    {"budget_line", "title,subject,category,basis,period,amount,verbatim"},
    {"reporting_period", "plan,period,state,published_seq,due_date"},
    {"decision", "date,body,title,plan,outcome,report_number"},
};

const char *resource_view_kind(size_t i)
{
    return i < sizeof usual_table / sizeof usual_table[0] ? usual_table[i].kind : NULL;
}

const char *resource_view_usual_fields(const char *member_name)
{
    for (size_t i = 0; i < sizeof usual_table / sizeof usual_table[0]; i++)
        if (strcmp(usual_table[i].kind, member_name) == 0) return usual_table[i].fields;
    return NULL;
}

static const char *join_texts(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                              struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < field_get_count(msg, fd); i++)
        text =
            arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "", field_list_text(msg, fd, i));
    return text;
}

static const char *join_enums(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                              struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < field_get_count(msg, fd); i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "",
                            enum_short_name(fd->descriptor, field_list_int(msg, fd, i)));
    return text;
}

static const char *join_messages(const ProtobufCMessage *msg,
                                 const ProtobufCFieldDescriptor *fd, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < field_get_count(msg, fd); i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "",
                            message_words(field_list_message(msg, fd, i), arena));
    return text;
}

const char *resource_field_shown(const ProtobufCMessage *msg,
                                 const ProtobufCFieldDescriptor *fd, struct arena *arena)
{
    if (field_shape(fd) == FIELD_TIME)
        return field_is_set(msg, fd) ? moment_show(field_get_int(msg, fd), arena) : "";
    if (field_shape(fd) == FIELD_LIST && field_item_shape(fd) == FIELD_TEXT)
        return join_texts(msg, fd, arena);
    if (field_shape(fd) == FIELD_LIST && field_item_shape(fd) == FIELD_ENUM)
        return join_enums(msg, fd, arena);
    if (field_shape(fd) == FIELD_LIST && field_item_shape(fd) == FIELD_MESSAGE)
        return join_messages(msg, fd, arena);
    if (field_shape(fd) == FIELD_MESSAGE)
        return field_is_set(msg, fd) ? message_words(field_get_message(msg, fd), arena) : "";
    return field_to_text(msg, fd, arena);
}

/* Columns under way. */
struct columns {
    struct grid_column *items;
    size_t n;
};

static void add_column(struct columns *columns, const char *name, unsigned flags)
{
    for (size_t i = 0; i < columns->n; i++)
        if (strcmp(columns->items[i].name, name) == 0) return;
    if (columns->n < COLUMNS_MAX)
        columns->items[columns->n++] = (struct grid_column){.name = name, .flags = flags};
}

static unsigned column_flags(const ProtobufCFieldDescriptor *fd)
{
    if (field_shape(fd) == FIELD_INT || strcmp(fd->name, "value") == 0) return GRID_RIGHT;
    return strcmp(fd->name, "title") == 0 || strcmp(fd->name, "text") == 0 ||
                   strcmp(fd->name, "note") == 0 || field_shape(fd) == FIELD_LIST ||
                   field_shape(fd) == FIELD_MESSAGE
               ? GRID_WRAP
               : 0;
}

/* The fields named in a list "a,b", as far as `desc` has them; NULL is all. */
static void add_fields(struct columns *columns, const ProtobufCMessageDescriptor *desc,
                       const char *fields, struct arena *arena)
{
    if (fields == NULL) {
        for (unsigned i = 0; i < desc->n_fields; i++)
            add_column(columns, desc->fields[i].name, column_flags(&desc->fields[i]));
        return;
    }
    while (*fields != '\0') {
        size_t length = strcspn(fields, ",");
        const ProtobufCFieldDescriptor *fd =
            fields_find(desc, arena_strndup(arena, fields, length));

        if (fd != NULL) add_column(columns, fd->name, column_flags(fd));
        fields += length;
        fields += strspn(fields, ",");
    }
}

/* Columns for all kinds in the view; the usual ones where `is_usual` and none were asked for.
 */
static struct columns make_columns(const struct resource_view *what, bool is_usual,
                                   struct arena *arena)
{
    struct columns columns = {arena_zalloc(arena, COLUMNS_MAX * sizeof(struct grid_column)), 0};
    const ProtobufCFieldDescriptor *last = NULL;

    add_column(&columns, "name", 0);
    if (what->fields == NULL && !is_usual) {
        add_column(&columns, "revision", GRID_RIGHT);
        add_column(&columns, "create_time", 0);
        add_column(&columns, "update_time", 0);
    }
    for (size_t i = 0; i < what->n_resources; i++) {
        const ProtobufCFieldDescriptor *member =
            message_oneof_case(&what->resources[i]->base, "body");
        const char *fields = what->fields;

        if (member == NULL || member == last) continue;
        last = member;
        if (fields == NULL && is_usual) fields = resource_view_usual_fields(member->name);
        add_fields(&columns, field_message_type(member), fields, arena);
    }
    return columns;
}

/* The text of one column of one resource: of the body, or beside it. */
static const char *cell_text(const Provost__V1__Resource *resource, const char *name,
                             bool is_shown, struct arena *arena)
{
    const ProtobufCMessage *msg = collection_body(resource);
    const ProtobufCFieldDescriptor *fd =
        msg == NULL ? NULL : fields_find(msg->descriptor, name);

    if (fd == NULL) {
        msg = &resource->base;
        fd = fields_find(msg->descriptor, name);
    }
    if (fd == NULL || field_is_oneof(fd)) return "";
    return is_shown ? resource_field_shown(msg, fd, arena) : field_to_text(msg, fd, arena);
}

static void add_resources(const struct resource_view *what, bool is_shown, struct grid *grid)
{
    for (size_t i = 0; i < what->n_resources; i++) {
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = what->resources[i]->name;
        for (size_t at = 1; at < grid->n_columns; at++)
            row[at].text =
                cell_text(what->resources[i], grid->columns[at].name, is_shown, grid->arena);
    }
}

void resource_view_rows(const struct view *view, struct grid *grid)
{
    const struct resource_view *what = view->context;
    struct columns columns = make_columns(what, false, grid->arena);

    grid_set_columns(grid, columns.items, columns.n);
    add_resources(what, false, grid);
}

void resource_view_list(const struct view *view, struct grid *grid)
{
    const struct resource_view *what = view->context;
    struct columns columns = make_columns(what, true, grid->arena);

    grid->heading = what->heading;
    grid_set_columns(grid, columns.items, columns.n);
    add_resources(what, true, grid);
    if (what->fields == NULL) grid_drop_empty(grid);
    grid_note(grid, "%zu shown, as of seq %lld", what->n_resources, (long long)what->seq);
}

static const struct grid_column record_columns[] = {
    {"field", NULL, 0},
    {"value", NULL, GRID_WRAP},
};

static void add_record_row(struct grid *grid, const char *name, const char *value)
{
    struct grid_cell *row;

    if (value[0] == '\0') return;
    row = grid_add_row(grid);
    row[0] = (struct grid_cell){name, TONE_FAINT};
    row[1] = (struct grid_cell){value, TONE_PLAIN};
}

void resource_view_records(const struct view *view, struct grid *grid)
{
    const struct resource_view *what = view->context;

    grid_set_columns(grid, record_columns, 2);
    grid->is_record = true;
    for (size_t i = 0; i < what->n_resources; i++) {
        const Provost__V1__Resource *resource = what->resources[i];
        const ProtobufCMessage *body = collection_body(resource);

        if (i > 0) grid_add_row(grid);
        add_record_row(grid, "name", resource->name);
        grid->rows[grid->n_rows - 1][1].tone = TONE_STRONG;
        for (unsigned at = 0; body != NULL && at < body->descriptor->n_fields; at++) {
            const ProtobufCFieldDescriptor *fd = &body->descriptor->fields[at];

            add_record_row(grid, fd->name, resource_field_shown(body, fd, grid->arena));
        }
        add_record_row(grid, "revision",
                       arena_printf(grid->arena, "%lld", (long long)resource->revision));
        add_record_row(grid, "update_time",
                       cell_text(resource, "update_time", true, grid->arena));
    }
    grid_note(grid, "as of seq %lld", (long long)what->seq);
}
