/* grpc.testing.TestService as the public interop test cases ask for it
 * [grpc: doc/interop-test-descriptions.md], on the daemon's own rpc layer. */
#ifndef TESTS_TESTING_SERVICE_H
#define TESTS_TESTING_SERVICE_H

#include "rpc/methods.h"

/* TestService, health and reflection. */
extern const struct method testing_methods[];
extern const size_t testing_method_count;

/* The metadata that TestService echoes, for dispatch_options.keep_fields. */
extern const char *const testing_fields[];

#endif
