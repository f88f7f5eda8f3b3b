/* FIELD=VALUE of the command line, put into the body of a resource. */
#ifndef CLIENT_ASSIGNMENT_H
#define CLIENT_ASSIGNMENT_H

#include "common/arena.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* How a value goes into its field. */
enum assignment_kind {
    ASSIGN_SET,    /* FIELD=VALUE; an empty value clears */
    ASSIGN_ADD,    /* FIELD+=VALUE, to a list */
    ASSIGN_REMOVE, /* FIELD-=VALUE, from a list */
};

struct assignment {
    const ProtobufCFieldDescriptor *fd;
    enum assignment_kind kind;
    const char *value; /* of FIELD=@FILE the file's text, without its last line end */
};

/* Reads one word. INVALID_ARGUMENT with the field that was probably meant. */
struct status assignment_parse(const char *word, const ProtobufCMessageDescriptor *desc,
                               struct arena *arena,
                               struct assignment *out_assignment) MUST_CHECK;

/* Carries it out on a body; ASSIGN_ADD and ASSIGN_REMOVE on the list that stands there: adding
 * what is there, or removing what is not, changes nothing. INVALID_ARGUMENT for a value that
 * does not fit the field. */
struct status assignment_apply(const struct assignment *assignment, ProtobufCMessage *body,
                               struct arena *arena) MUST_CHECK;

#endif
