/* A program around a method table: the daemon's own net and rpc layers with no store behind them
 * (tests/support/fake_store.c), until SIGTERM.
 *
 * For tests of the wire: the environment may set limits of the connections (WIRE_... = number, see
 * test_server.c), and on SIGUSR1 the figures of the server are printed on stderr as one line of
 * JSON. */
#ifndef TESTS_TEST_SERVER_H
#define TESTS_TEST_SERVER_H

#include "rpc/methods.h"

struct test_service {
    const struct method *methods;
    size_t method_count;
    const char *const *keep_fields; /* as in dispatch_options */
};

/* Serves on `count` addresses; prints "listening on ..." on stderr for each. Returns what main
 * shall. */
int test_server_run(const struct test_service *service, const char *const *addresses,
                    size_t count);

/* What every server has beside its own: rows of its methods. */
#define TEST_SERVER_METHODS                                                                    \
    {"/grpc.health.v1.Health/Check",                                                           \
     &grpc__health__v1__health_check_request__descriptor,                                      \
     &grpc__health__v1__health_check_response__descriptor,                                     \
     METHOD_LOCAL,                                                                             \
     false,                                                                                    \
     false,                                                                                    \
     ROLE_ANYONE,                                                                              \
     NULL,                                                                                     \
     &health_check_ops,                                                                        \
     false,                                                                                    \
     REACH_PART},                                                                              \
        {"/grpc.health.v1.Health/Watch",                                                       \
         &grpc__health__v1__health_check_request__descriptor,                                  \
         &grpc__health__v1__health_check_response__descriptor,                                 \
         METHOD_LOCAL,                                                                         \
         false,                                                                                \
         true,                                                                                 \
         ROLE_ANYONE,                                                                          \
         NULL,                                                                                 \
         &health_watch_ops,                                                                    \
         false,                                                                                \
         REACH_PART},                                                                          \
    {                                                                                          \
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",                           \
            &grpc__reflection__v1__server_reflection_request__descriptor,                      \
            &grpc__reflection__v1__server_reflection_response__descriptor, METHOD_LOCAL, true, \
            true, ROLE_VIEWER, NULL, &reflection_ops, false, REACH_PART                        \
    }

#endif
