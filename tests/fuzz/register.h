/* A register for targets that go as far as the handlers: a few resources of each kind, in a folder
 * in memory, made once and copied, so that each target can spoil its own and begin anew. */
#ifndef FUZZ_REGISTER_H
#define FUZZ_REGISTER_H

#include "rpc/methods.h"
#include "store/store.h"

#include <uv.h>

/* Opens a fresh copy; `options` needs only what differs: loop and callbacks. Closes nothing: the
 * caller does that to the store it had. */
struct store *fuzz_register_open(const struct store_options *options);

/* One call of a handler, on this thread; the store was opened without a loop. */
struct fuzz_call {
    const struct method *method; /* READ or WRITE */
    const ProtobufCMessage *request;
    bool undo; /* a write that succeeds is undone: the register stays as it is */

    struct status status;       /* of the handler, else of the commit */
    ProtobufCMessage *response; /* NULL unless OK */
};

/* What is made lives in `arena`. */
void fuzz_register_call(struct store *store, struct fuzz_call *call, struct arena *arena);

/* The row of "Service/Method". */
const struct method *fuzz_method(const char *name);

/* The row whose path's hash comes next from `byte` on: every byte means a method, and nearly all
 * keep theirs when a method is added, so that stored inputs stay what they are. */
const struct method *fuzz_method_of(uint8_t byte);

#endif
