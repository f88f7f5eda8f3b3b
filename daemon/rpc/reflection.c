#include "rpc/reflection.h"

#include "rpc/call.h"
#include "rpc/descriptor_set.h"
#include "rpc/dispatch.h"

#include <grpc/reflection/v1/reflection.pb-c.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef Grpc__Reflection__V1__ServerReflectionRequest reflection_request;
typedef Grpc__Reflection__V1__ServerReflectionResponse reflection_response;
typedef Grpc__Reflection__V1__ServiceResponse reflection_service;

struct reflection {
    struct descriptor_set *set;
    struct reflection_source source;
};

/* One answer while it is made; the arena is the message's. */
struct answer {
    const struct reflection *reflection;
    struct arena *arena;
    reflection_response response;
};

struct status reflection_new(const struct reflection_source *source, struct arena *arena,
                             struct reflection **out_reflection)
{
    struct descriptor_set *set;
    struct status status = descriptor_set_new(source->bytes, source->size, arena, &set);

    if (!status_is_ok(status)) return status;
    *out_reflection = xcalloc(1, sizeof **out_reflection);
    (*out_reflection)->set = set;
    (*out_reflection)->source = *source;
    return status;
}

void reflection_free(struct reflection *reflection)
{
    if (reflection == NULL) return;
    descriptor_set_free(reflection->set);
    free(reflection);
}

/* --- the kinds of answer --- */

static void answer_not_found(struct answer *answer, const char *what)
{
    Grpc__Reflection__V1__ErrorResponse *error = arena_alloc(answer->arena, sizeof *error);

    grpc__reflection__v1__error_response__init(error);
    error->error_code = GRPC_NOT_FOUND;
    error->error_message = arena_printf(answer->arena, "%.200s is not known here", what);
    answer->response.error_response = error;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
}

/* `first` and all files it needs, each once. */
static size_t gather_files(struct answer *answer, const struct descriptor_file *first,
                           const struct descriptor_file **out_files)
{
    const struct descriptor_set *set = answer->reflection->set;
    bool *seen = arena_zalloc(answer->arena, descriptor_set_file_count(set) * sizeof *seen);
    size_t count = 0;

    out_files[count++] = first;
    seen[first->index] = true;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < out_files[i]->dependency_count; j++) {
            const struct descriptor_file *file =
                descriptor_set_file(set, out_files[i]->dependencies[j]);

            if (file == NULL || seen[file->index]) continue;
            seen[file->index] = true;
            out_files[count++] = file;
        }
    }
    return count;
}

static void answer_files(struct answer *answer, const struct descriptor_file *first)
{
    size_t files_max = descriptor_set_file_count(answer->reflection->set);
    const struct descriptor_file **files =
        arena_alloc(answer->arena, files_max * sizeof(void *));
    Grpc__Reflection__V1__FileDescriptorResponse *list =
        arena_alloc(answer->arena, sizeof *list);

    grpc__reflection__v1__file_descriptor_response__init(list);
    list->n_file_descriptor_proto = gather_files(answer, first, files);
    list->file_descriptor_proto = arena_alloc(
        answer->arena, list->n_file_descriptor_proto * sizeof *list->file_descriptor_proto);
    for (size_t i = 0; i < list->n_file_descriptor_proto; i++)
        list->file_descriptor_proto[i] = (ProtobufCBinaryData){
            .len = files[i]->size, .data = (uint8_t *)(uintptr_t)files[i]->bytes};
    answer->response.file_descriptor_response = list;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
}

static void answer_file(struct answer *answer, const char *name)
{
    const struct descriptor_file *file = descriptor_set_file(answer->reflection->set, name);

    if (file == NULL)
        answer_not_found(answer, name);
    else
        answer_files(answer, file);
}

static void answer_symbol(struct answer *answer, const char *symbol)
{
    const struct descriptor_file *file = descriptor_set_symbol(answer->reflection->set, symbol);

    if (file == NULL)
        answer_not_found(answer, symbol);
    else
        answer_files(answer, file);
}

static bool is_served(const struct reflection_source *source, const char *service)
{
    size_t size = strlen(service);

    for (size_t i = 0; i < source->method_count; i++)
        if (strncmp(source->methods[i].path + 1, service, size) == 0 &&
            source->methods[i].path[1 + size] == '/')
            return true;
    return false;
}

static void answer_services(struct answer *answer)
{
    size_t count;
    const char *const *names = descriptor_set_services(answer->reflection->set, &count);
    Grpc__Reflection__V1__ListServiceResponse *list = arena_alloc(answer->arena, sizeof *list);

    grpc__reflection__v1__list_service_response__init(list);
    list->service = arena_alloc(answer->arena, (count + 1) * sizeof *list->service);
    for (size_t i = 0; i < count; i++) {
        reflection_service *service = arena_alloc(answer->arena, sizeof *service);

        if (!is_served(&answer->reflection->source, names[i])) continue;
        grpc__reflection__v1__service_response__init(service);
        service->name = (char *)(uintptr_t)names[i];
        list->service[list->n_service++] = service;
    }
    answer->response.list_services_response = list;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
}

static void answer_request(struct answer *answer, const reflection_request *request)
{
    switch (request->message_request_case) {
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
        answer_file(answer, request->file_by_filename);
        return;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
        answer_symbol(answer, request->file_containing_symbol);
        return;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
        answer_services(answer);
        return;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
        answer_not_found(answer, "an extension"); /* proto3 without custom options has none */
        return;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__NOT_SET:
    case _GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__CASE_IS_INT_SIZE:
        answer_not_found(answer, "a request without a question");
        return;
    }
}

/* --- the stream --- */

/* The next question is read when the last answer has gone out. */
static void on_message(struct call *call, const ProtobufCMessage *message)
{
    struct answer answer = {
        .reflection = dispatch_get_options(call->setup.dispatch)->reflection,
        .arena = &call->message_arena,
        .response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT,
    };
    const reflection_request *request = (const reflection_request *)message;

    answer.response.valid_host = request->host;
    answer.response.original_request = (reflection_request *)(uintptr_t)request;
    answer_request(&answer, request);
    call_send(call, &answer.response.base);
}

static void on_writable(struct call *call)
{
    if (call->request_delivered) call_take_next(call);
}

static void on_half_close(struct call *call)
{
    call_finish(call, status_ok());
}

const struct stream_ops reflection_ops = {
    .on_message = on_message,
    .on_half_close = on_half_close,
    .on_writable = on_writable,
};
