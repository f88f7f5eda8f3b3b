/* All of the register, from one moment. */
#include "client/collection.h"
#include "client/export.h"
#include "client/paging.h"

#include <provost/v1/register.pb-c.h>
#include <string.h>

/* From here on every call reads at the log position of the first answer. */
static void pin(struct export *export, int64_t seq)
{
    struct session *session = export->session;

    if (export->seq != 0 || seq == 0) return;
    export->seq = seq;
    export->options = *session->options;
    export->options.as_of = arena_printf(session->arena, "%lld", (long long)seq);
    session->options = &export->options;
}

enum exit_code export_list(struct export *export, const char *collection, const char *filter,
                           Provost__V1__Resource ***out_resources, size_t *out_n)
{
    Provost__V1__ListResourcesRequest request = PROVOST__V1__LIST_RESOURCES_REQUEST__INIT;
    struct arena *arena = export->session->arena;
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "ListResources",
        .request = &request.base,
        .failure.doing = arena_printf(arena, "export %s", collection),
    };
    ProtobufCMessage *answer;
    enum exit_code code;

    request.collection = arena_strdup(arena, collection);
    request.filter = arena_strdup(arena, filter);
    code = paging_run(export->session, &call, "resources", 0, &answer);
    if (code != EXIT_CODE_OK) return code;

    const Provost__V1__ListResourcesResponse *list =
        (const Provost__V1__ListResourcesResponse *)answer;

    pin(export, list->seq);
    *out_resources = list->resources;
    *out_n = list->n_resources;
    return EXIT_CODE_OK;
}

static struct export_table *table_of(struct export *export, const char *name)
{
    for (size_t i = 0; i < export->n_tables; i++)
        if (export->tables[i].member == collection_find(name)) return &export->tables[i];
    return NULL;
}

void export_add(struct export *export, Provost__V1__Resource *resource)
{
    struct export_table *table = table_of(export, resource->name);

    if (table == NULL) return;
    if (table->n_rows == table->capacity) {
        size_t capacity = table->capacity == 0 ? 256 : table->capacity * 2;
        Provost__V1__Resource **rows =
            arena_alloc(export->session->arena, capacity * sizeof(Provost__V1__Resource *));

        if (table->n_rows > 0)
            memcpy(rows, table->rows, table->n_rows * sizeof(Provost__V1__Resource *));
        table->rows = rows;
        table->capacity = capacity;
    }
    table->rows[table->n_rows++] = resource;
}

enum exit_code export_read_all(struct export *export)
{
    export->name = "provost-register";
    export->title = "Register of plans and performance";
    for (size_t i = 0; collection_member(i) != NULL; i++) {
        struct export_table *table = &export->tables[i];
        enum exit_code code =
            export_list(export, table->collection, "", &table->rows, &table->n_rows);

        if (code != EXIT_CODE_OK) return code;
    }
    return EXIT_CODE_OK;
}
