/* The built-in synonyms (sheet_synonyms.c), folded and found by their words: a sheet has many
 * headings, and each is looked for in every kind of table. */
#ifndef CLIENT_SHEET_INDEX_H
#define CLIENT_SHEET_INDEX_H

#include "client/sheet_field.h"
#include "common/arena.h"

#include <stdbool.h>

struct sheet_index;

/* In the arena. */
struct sheet_index *sheet_index_new(struct arena *arena);

/* The meaning of a folded heading that stands word for word among the synonyms of a kind;
 * SHEET_NONE for others. */
enum sheet_field sheet_index_exact(const struct sheet_index *index, const char *key,
                                   enum sheet_kind kind);

/* That of the longest synonym whose words stand in the heading and make up half of it. */
enum sheet_field sheet_index_loose(const struct sheet_index *index, const char *key,
                                   enum sheet_kind kind);

/* A folded heading stands word for word among the synonyms, of whatever kind. */
bool sheet_index_knows(const struct sheet_index *index, const char *key);

#endif
