#include "common/mask.h"

#include "common/fields.h"
#include "common/utf8.h"

#include <ctype.h>
#include <string.h>

enum {
    WORD_MAX = 48,          /* longer names are not compared */
    SHORT_LIST_FIELDS = 16, /* messages up to this size show all their fields in a refusal */
    SHOWN_BYTES = 80,       /* of what the client sent */
};

/* `name` without case and '_', so that "toleranceRed" is at distance 0 of "tolerance_red".
 * Returns the length, or -1 when it is too long. */
static int fold_word(const char *name, char out_word[WORD_MAX])
{
    int length = 0;

    for (; *name != '\0'; name++) {
        if (*name == '_') continue;
        if (length == WORD_MAX) return -1;
        out_word[length++] = (char)tolower((unsigned char)*name);
    }
    return length;
}

static int min3(int a, int b, int c)
{
    int least = a < b ? a : b;

    return least < c ? least : c;
}

/* Insertions, deletions and replacements between two words (Levenshtein). */
static int edit_distance(const char *a, int a_length, const char *b, int b_length)
{
    int row[WORD_MAX + 1];

    for (int j = 0; j <= b_length; j++)
        row[j] = j;
    for (int i = 1; i <= a_length; i++) {
        int diagonal = row[0];

        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int replaced = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = min3(replaced, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b_length];
}

const char *mask_suggest(const ProtobufCMessageDescriptor *desc, const char *name)
{
    char wanted[WORD_MAX];
    char present[WORD_MAX];
    int wanted_length = fold_word(name, wanted);
    int best = wanted_length / 3 + 2; /* the first distance that is too far */
    const char *suggestion = NULL;

    if (wanted_length <= 0) return NULL;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        int length = fold_word(desc->fields[i].name, present);
        int distance =
            length < 0 ? best : edit_distance(wanted, wanted_length, present, length);

        if (distance >= best || distance >= wanted_length) continue;
        best = distance;
        suggestion = desc->fields[i].name;
    }
    return suggestion;
}

static const char *field_list(const ProtobufCMessageDescriptor *desc, struct arena *arena)
{
    const char *list = "";

    for (unsigned i = 0; i < desc->n_fields; i++)
        list = arena_printf(arena, "%s%s%s", list, i == 0 ? "" : ", ", desc->fields[i].name);
    return list;
}

struct status mask_unknown_field(const ProtobufCMessageDescriptor *desc, const char *name,
                                 const char *field, struct arena *arena)
{
    const char *suggestion = mask_suggest(desc, name);
    const char *advice = "";

    if (suggestion != NULL)
        advice = arena_printf(arena, "; did you mean \"%s\"?", suggestion);
    else if (desc->n_fields <= SHORT_LIST_FIELDS)
        advice = arena_printf(arena, "; it has: %s", field_list(desc, arena));
    return status_invalid(arena, REASON_UNKNOWN_FIELD, field, "%s has no field \"%.*s\"%s",
                          desc->short_name, (int)utf8_fit(name, SHOWN_BYTES), name, advice);
}

struct status mask_resolve(const ProtobufCMessageDescriptor *body, char *const *paths,
                           size_t n_paths, struct arena *arena, bool **out_selected)
{
    bool all = n_paths == 0 || (n_paths == 1 && strcmp(paths[0], "*") == 0);
    bool *selected = arena_zalloc(arena, body->n_fields * sizeof *selected);

    if (all) memset(selected, true, body->n_fields * sizeof *selected);
    for (size_t i = 0; i < n_paths && !all; i++) {
        const ProtobufCFieldDescriptor *fd = fields_find(body, paths[i]);

        if (fd == NULL) return mask_unknown_field(body, paths[i], "update_mask", arena);
        selected[field_index(body, fd)] = true;
    }
    *out_selected = selected;
    return status_ok();
}

void mask_apply(ProtobufCMessage *to, const ProtobufCMessage *from, const bool *selected)
{
    for (unsigned i = 0; i < to->descriptor->n_fields; i++)
        if (selected[i]) field_copy(to, from, &to->descriptor->fields[i]);
}
