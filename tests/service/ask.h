/* Asking handlers in tests of the reading side: requests and answers as JSON. */
#ifndef TESTS_SERVICE_ASK_H
#define TESTS_SERVICE_ASK_H

#include "common/fields.h"
#include "common/json.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The answer to a request; the test fails when there is none. */
static inline void *ask(struct register_fixture *f, handler_fn *handler,
                        const ProtobufCMessageDescriptor *type, const char *json)
{
    ProtobufCMessage *answer = register_read(f, handler, type, json);
    if (answer == NULL) fail_msg("%s: %s", f->status.reason, f->status.message);
    return answer;
}

/* Creates resources: "NAME", "MEMBER", "FIELDS" by threes, NULL at the end. */
static inline void create_all(struct register_fixture *f, const char *const *rows)
{
    const char *mutations = "";
    for (; *rows != NULL; rows += 3)
        mutations =
            arena_printf(&f->arena, "%s%s{\"create\":{\"name\":\"%s\",\"%s\":{%s}}}", mutations,
                         *mutations != '\0' ? "," : "", rows[0], rows[1], rows[2]);
    register_must_apply(f, mutations);
}

/* A figure of an indicator, as somebody writes it. */
static inline void figure(struct register_fixture *f, const char *indicator, const char *period,
                          const char *cell)
{
    register_must_apply(
        f, arena_printf(&f->arena,
                        "{\"create\":{\"observation\":{\"indicator\":\"indicators/%s\","
                        "\"period\":\"%s\",\"verbatim\":\"%s\"}}}",
                        indicator, period, cell));
}

static inline void target(struct register_fixture *f, const char *indicator, const char *period,
                          const char *cell)
{
    register_must_apply(f,
                        arena_printf(&f->arena,
                                     "{\"create\":{\"target\":{\"indicator\":\"indicators/%s\","
                                     "\"period\":\"%s\",\"verbatim\":\"%s\"}}}",
                                     indicator, period, cell));
}

/* A link with the name that the register gives it. */
static inline void link_to(struct register_fixture *f, const char *from, const char *kind,
                           const char *to)
{
    register_must_apply(f,
                        arena_printf(&f->arena,
                                     "{\"create\":{\"link\":{\"from\":\"%s\",\"kind\":\"%s\","
                                     "\"to\":\"%s\"}}}",
                                     from, kind, to));
}

#endif
