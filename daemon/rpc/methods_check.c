#include "rpc/methods.h"

#include <stdio.h>
#include <string.h>

static char fault[256];

static const char *report(const char *service, const char *method, const char *what)
{
    snprintf(fault, sizeof fault, "method table: /%s/%s %s", service, method, what);
    return fault;
}

static bool is_path_of(const char *path, const char *service, const char *method)
{
    size_t service_size = strlen(service);

    return path[0] == '/' && strncmp(path + 1, service, service_size) == 0 &&
           path[1 + service_size] == '/' && strcmp(path + 2 + service_size, method) == 0;
}

/* The row of one method, and how many there are. */
static size_t count_rows(const struct method *methods, size_t count, const char *service,
                         const char *method, const struct method **out_row)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_path_of(methods[i].path, service, method)) continue;
        *out_row = &methods[i];
        found++;
    }
    return found;
}

/* What a row must have to be run at all; NULL when it has. */
static const char *find_row_fault(const struct method *row)
{
    bool streams = row->client_streams || row->server_streams;

    if (row->kind == METHOD_LOCAL && row->handler != NULL) return "is LOCAL but has a handler";
    if (row->kind != METHOD_LOCAL && row->stream != NULL) return "is not LOCAL but has stream";
    if (row->handler != NULL && streams) return "streams but has a unary handler";
    if (row->stream != NULL && row->stream->on_message == NULL) return "has no on_message";
    return NULL;
}

static const char *check_method(const struct method *methods, size_t count,
                                const ProtobufCServiceDescriptor *service, unsigned index)
{
    const ProtobufCMethodDescriptor *method = &service->methods[index];
    const struct method *row = NULL;
    size_t rows = count_rows(methods, count, service->name, method->name, &row);
    const char *row_fault;

    if (rows != 1)
        return report(service->name, method->name, rows ? "has two rows" : "has no row");
    if (row->input != method->input)
        return report(service->name, method->name, "input differs");
    if (row->output != method->output)
        return report(service->name, method->name, "output differs");
    row_fault = find_row_fault(row);
    return row_fault ? report(service->name, method->name, row_fault) : NULL;
}

/* Nothing is served because somebody forgot to say for whom, also where no descriptor stands
 * behind the row. */
static const char *check_roles(const struct method *methods, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (methods[i].min_role != ROLE_UNSET) continue;
        snprintf(fault, sizeof fault, "method table: %s has no min_role", methods[i].path);
        return fault;
    }
    return NULL;
}

const char *methods_check(const struct method *methods, size_t count,
                          const ProtobufCServiceDescriptor *const *services,
                          size_t service_count)
{
    for (size_t i = 0; i < service_count; i++) {
        for (unsigned j = 0; j < services[i]->n_methods; j++) {
            const char *found = check_method(methods, count, services[i], j);

            if (found != NULL) return found;
        }
    }
    return check_roles(methods, count);
}
