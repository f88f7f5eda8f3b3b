/* The resources that an import wants to be so: each a patch that creates what is missing, with
 * the place in the document that it comes from. */
#ifndef CLIENT_SHEET_DRAFT_H
#define CLIENT_SHEET_DRAFT_H

#include "client/sheet_keys.h"
#include "client/sheet_table.h"

#include <provost/v1/register.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

/* What became of an item. */
enum sheet_outcome {
    SHEET_OUTCOME_NONE, /* not checked yet */
    SHEET_OUTCOME_CREATED,
    SHEET_OUTCOME_CHANGED,
    SHEET_OUTCOME_UNCHANGED,
    SHEET_OUTCOME_CONFLICT, /* another figure is there */
    SHEET_OUTCOME_REJECTED, /* the register refuses it */
    SHEET_OUTCOME_LEFT_OUT, /* an empty cell where the register has a figure; replaced by a note
                             */
};

struct sheet_item {
    const char *key;  /* its name, or what the daemon derives the name from */
    const char *name; /* "" where the daemon derives it */
    const ProtobufCFieldDescriptor *member;
    Provost__V1__Resource *resource;
    ProtobufCMessage *body;
    Google__Protobuf__FieldMask *mask;
    size_t mask_capacity;
    size_t line; /* of the document */
    size_t column;
    const char *subject;     /* what a figure is of; NULL */
    const char *header;      /* its heading; NULL */
    struct sheet_cell *cell; /* the one cell that it is made from; NULL */
    bool exists;             /* in the register, before */
    bool is_figure;          /* an observation or a target */
    bool is_blank;           /* the figure's cell is empty */
    bool is_shared;          /* others refer to it: objective, post, plan */
    enum sheet_outcome outcome;
    const char *trouble; /* why REJECTED, or what stands there in a CONFLICT */
    const Provost__V1__MutationResult *result; /* of the check; NULL */
};

struct sheet_draft {
    struct arena *arena;
    struct sheet_item **items;
    size_t n;
    size_t capacity;
    struct sheet_keys keys;
};

/* Where something comes from. */
struct sheet_place {
    size_t line;
    size_t column;
};

/* The item of the key, made when there is none: `*out_is_new`. `collection` is one of the
 * .proto's; name "" is for the daemon to derive. */
struct sheet_item *sheet_draft_take(struct sheet_draft *draft, const char *collection,
                                    const char *key, struct sheet_place place,
                                    bool *out_is_new);

/* The same without making one; NULL. */
struct sheet_item *sheet_draft_find(const struct sheet_draft *draft, const char *key);

/* Fields by their names in the .proto; each comes into the mask. Enum values by short name. */
void sheet_item_text(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                     const char *text);
void sheet_item_int(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                    int value);
void sheet_item_enum(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                     const char *value);
/* One more in a list, unless it is in it. */
void sheet_item_add(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                    const char *text);
/* Only notes a field in the mask: the caller sets it. */
void sheet_item_touch(struct sheet_draft *draft, struct sheet_item *item, const char *field);
/* Takes a field out of the patch. */
void sheet_item_drop(struct sheet_item *item, const char *field);

/* The text of a field; "" when it is not set or there is no such field. */
const char *sheet_item_get(const struct sheet_item *item, const char *field);

/* The mutation of an item. `base_seq` as in Patch. */
Provost__V1__Mutation *sheet_item_mutation(const struct sheet_item *item, int64_t base_seq,
                                           struct arena *arena);

#endif
