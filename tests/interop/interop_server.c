/* interop-server: the server of the public gRPC interop tests, for their stock clients.
 *
 *   interop-server --listen tcp:127.0.0.1:10000 [--listen unix:/path]...
 */
#include "interop/test_server.h"
#include "interop/testing_service.h"

#include <stdio.h>
#include <string.h>

enum { ADDRESSES_MAX = 8 };

static int usage(void)
{
    fprintf(stderr, "usage: interop-server --listen unix:/path|tcp:HOST:PORT ...\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct test_service service = {.methods = testing_methods,
                                   .method_count = testing_method_count,
                                   .keep_fields = testing_fields};
    const char *addresses[ADDRESSES_MAX];
    size_t count = 0;

    for (int i = 1; i < argc; i++) {
        bool apart = strcmp(argv[i], "--listen") == 0 && i + 1 < argc;

        if (count == ADDRESSES_MAX) return usage();
        if (!apart && strncmp(argv[i], "--listen=", 9) != 0) return usage();
        addresses[count++] = apart ? argv[++i] : argv[i] + 9;
    }
    if (count == 0) return usage();
    return test_server_run(&service, addresses, count);
}
