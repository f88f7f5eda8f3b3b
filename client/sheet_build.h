/* Rows become resources. Cells go out as written; what they mean is the daemon's to say. */
#ifndef CLIENT_SHEET_BUILD_H
#define CLIENT_SHEET_BUILD_H

#include "client/sheet_draft.h"
#include "client/sheet_known.h"
#include "client/sheet_table.h"

/* An import being built. Set by the caller: arena, plan, known (filled), tables. */
struct sheet_build {
    struct arena *arena;
    const char *plan;   /* "plans/..." */
    const char *period; /* of headings that name none, where nothing above does; NULL */
    struct sheet_known *known;
    struct sheet_tables *tables;
    struct sheet_draft draft;
    struct sheet_keys vocabulary; /* folded names of posts in the document, to `posts` */
    struct sheet_texts posts;     /* as written */
    size_t n_actions;             /* positions given out */
    size_t n_objectives;
    size_t n_lines;    /* of money */
    size_t n_headings; /* different ones over tables of the kind at hand */
};

/* A row being built. */
struct sheet_at {
    struct sheet_build *build;
    struct sheet_table *table;
    struct sheet_row *row;
};

enum { SHEET_ID_MAX_BYTES = 60, SHEET_NAMES_MAX = 16 };

/* All tables into build->draft. Every cell gets a fate. */
void sheet_build(struct sheet_build *build);

/* --- For the builders. --- */

/* The columns of a field in a row, one after the other: the text as written, or cleaned, of
 * several with a line end between; "" when all are empty. The cells become STORED. */
const char *sheet_take_raw(const struct sheet_at *at, enum sheet_field field);
const char *sheet_take(const struct sheet_at *at, enum sheet_field field);

/* The first cell of a field that is not empty; NULL. */
struct sheet_cell *sheet_cell_of(const struct sheet_at *at, enum sheet_field field);

/* The words of a cell, with what was cleaned noted. */
const char *sheet_words(const struct sheet_at *at, const char *text);

struct sheet_place sheet_place_of(const struct sheet_at *at, enum sheet_field field);

void sheet_unsure(const struct sheet_at *at, const struct sheet_cell *cell, const char *why);

/* An id for a new resource that nothing has yet: of the text, else with the plan's id before it
 * or a number behind it. Returns the whole name. */
const char *sheet_new_name(struct sheet_build *build, const char *collection, const char *text);

/* What an item of the document is called in the register. */
struct sheet_named {
    const char *name;
    bool exists;
};

/* Finds the resource by a telling code, else by title; when there is none, a new name.
 * `exists` is about the register; an item of this document is found too. */
struct sheet_named sheet_name_item(struct sheet_build *build, const char *collection,
                                   const char *code, const char *title);

/* The item with its title (and, where it has another wording, alias) and code. */
struct sheet_item *sheet_item_named(const struct sheet_at *at, const char *collection,
                                    const struct sheet_named *named, const char *code,
                                    const char *title);

/* A link, made once. `kind` by its short name. */
void sheet_link(struct sheet_build *build, const char *kind, const char *from, const char *to,
                struct sheet_place place);

/* A remark as a note of the subject. `fate` becomes that of the cell. */
void sheet_note(const struct sheet_at *at, const char *subject, size_t column,
                enum sheet_fate fate);

/* A cell as a tag of the item. The tags of what is in the register stay as they are; one that it
 * does not have is left for sheet_note_rest. */
void sheet_add_tag(const struct sheet_at *at, struct sheet_item *item, struct sheet_cell *cell);

/* All columns that no builder took: remarks and what is not understood become notes. */
void sheet_note_rest(const struct sheet_at *at, const char *subject);

/* Posts and organisations named in the cells of a field, made where they are new; added to the
 * list `list` of the item. */
void sheet_add_people(const struct sheet_at *at, enum sheet_field field,
                      struct sheet_item *item, const char *list);
/* The first of them as a reference in `field_name`; the others as notes. */
void sheet_set_owner(const struct sheet_at *at, struct sheet_item *item);
/* Reads the names of posts in the whole document. */
void sheet_people_read(struct sheet_build *build);
/* A post or organisation by name, made when it is new. NULL when the text names nobody ("TBC"), or
 * is neither: a person's own name. */
const char *sheet_person(struct sheet_build *build, const char *text, bool is_organisation,
                         struct sheet_place place);

/* The words are those of a post or an organisation, or of one that is known. */
bool sheet_names_body(const struct sheet_build *build, const char *text);

/* "TBC", "Vacant" and the like. */
bool sheet_is_nobody(const struct sheet_build *build, const char *text);

/* The objectives that the row serves: its priority columns, else its section, else the heading
 * above; linked from `from` with `kind`. False when there are none. */
bool sheet_link_goals(const struct sheet_at *at, const char *from, const char *kind);
/* The objectives that a text names, made when it is new; at most SHEET_NAMES_MAX. The plan
 * itself when it is named. */
size_t sheet_goals(struct sheet_build *build, const char *text, bool may_create,
                   struct sheet_place place, const char **out_names);

/* The year that a heading without one is taken to mean, from the table's targets; NULL. */
const char *sheet_guess_year(const struct sheet_table *table,
                             const struct sheet_column *column);

void sheet_build_indicator(const struct sheet_at *at);
void sheet_build_action(const struct sheet_at *at);
void sheet_build_strategy(const struct sheet_at *at);
void sheet_build_risk(const struct sheet_at *at);
void sheet_build_money(const struct sheet_at *at);
void sheet_build_matrix(const struct sheet_at *at);

#endif
