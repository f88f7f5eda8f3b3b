/* The labels of a deadline cell, and each deadline with its own. */
#include "common/arena.h"
#include "domain/date.h"
#include "domain/deadline_cell.h"
#include "domain/text.h"

#include <string.h>

/* A stretch of the cleaned text. */
struct stretch {
    size_t start;
    size_t end;
};

static bool is_mark(char c)
{
    return c != '\0' && strchr(" -:,;.()/&", c) != NULL;
}

/* Without marks and filler words at both ends. */
static struct stretch trim_fillers(const struct deadline_cell *cell, struct stretch text)
{
    const char *lower = cell->lower;
    for (;;) {
        while (text.start < text.end && is_mark(lower[text.start]))
            text.start++;
        size_t size = text_word_length(lower + text.start);
        if (size == 0 || text.start + size > text.end ||
            !deadline_lead_is_filler(lower + text.start, size))
            break;
        text.start += size;
    }
    for (;;) {
        while (text.end > text.start && is_mark(lower[text.end - 1]))
            text.end--;
        size_t size = 0;
        while (text.end - size > text.start && text_is_word(lower[text.end - size - 1]))
            size++;
        if (size == 0 || !deadline_lead_is_filler(lower + text.end - size, size)) break;
        text.end -= size;
    }
    return text;
}

/* Where "Label:" or "Label -" ends inside the stretch; its end when there is none. */
static size_t find_separator(const struct deadline_cell *cell, struct stretch text)
{
    for (size_t i = text.start; i < text.end; i++) {
        if (cell->lower[i] == ':') return i;
        if (cell->lower[i] == '-' && i > text.start && cell->lower[i - 1] == ' ') return i;
    }
    return text.end;
}

static struct stretch label_of(const struct deadline_cell *cell, struct stretch text)
{
    text = trim_fillers(cell, text);
    text.end = find_separator(cell, text);
    return trim_fillers(cell, text);
}

static bool says_statutory(const struct deadline_cell *cell, struct stretch text)
{
    for (size_t i = text.start; i < text.end; i++) {
        if (text_match_phrase(cell->lower + i, "statutory") == 0) continue;
        if (i > 0 && text_is_word(cell->lower[i - 1])) continue;
        return i < 4 || (strncmp(cell->lower + i - 4, "non-", 4) != 0 &&
                         strncmp(cell->lower + i - 4, "non ", 4) != 0);
    }
    return false;
}

/* How far the words behind a piece still speak of it: what stands in parentheses or before a
 * comma; at the end of the cell all of it, unless a new label begins there. */
static size_t trail_end(const struct deadline_cell *cell, size_t index)
{
    size_t start = cell->pieces[index].end;
    bool last = index + 1 == cell->count;
    size_t limit = last ? strlen(cell->lower) : cell->pieces[index + 1].start;
    while (start < limit && cell->lower[start] == ' ')
        start++;
    if (text_match_phrase(cell->lower + start, "thereafter") > 0) start += strlen("thereafter");
    if (start < limit && cell->lower[start] == '(') {
        const char *close = memchr(cell->lower + start, ')', limit - start);
        if (close != NULL) return (size_t)(close - cell->lower) + 1;
    }
    if (last) {
        struct stretch rest = trim_fillers(cell, (struct stretch){start, limit});
        return find_separator(cell, rest) < rest.end ? rest.start : limit;
    }
    for (size_t i = start; i < limit; i++)
        if (cell->lower[i] == ',' || cell->lower[i] == ';') return i;
    return start;
}

static char *copy_stretch(const struct deadline_cell *cell, struct stretch text,
                          struct arena *arena)
{
    if (text.end <= text.start) return NULL;
    return arena_strndup(arena, cell->clean + text.start, text.end - text.start);
}

/* Where the stretch begins in the text as written, with the markup that opens before it. */
static size_t written_start(const struct deadline_cell *cell, size_t start)
{
    size_t gap = start == 0 ? 0 : cell->origins[start - 1].end;
    gap += strspn(cell->text + gap, " \t\r\n");
    const char *at = cell->text + gap;
    bool opens = (at[0] == '<' && at[1] != '/') || strncmp(at, "**", 2) == 0;
    return opens && gap < cell->origins[start].start ? gap : cell->origins[start].start;
}

/* The same, as it was written. */
static char *copy_written(const struct deadline_cell *cell, struct stretch text,
                          struct arena *arena)
{
    if (text.end <= text.start) return NULL;
    size_t start = written_start(cell, text.start);
    return arena_strndup(arena, cell->text + start, cell->origins[text.end - 1].end - start);
}

struct deadline deadline_label_build(const struct deadline_cell *cell, size_t index,
                                     struct arena *arena)
{
    const struct deadline_piece *piece = &cell->pieces[index];
    struct stretch lead = {index == 0 ? 0 : trail_end(cell, index - 1), piece->start};
    struct stretch trail = {piece->end, trail_end(cell, index)};
    struct stretch label = label_of(cell, lead);
    if (label.end <= label.start) label = trim_fillers(cell, trail);
    struct stretch part = {lead.start, trail.end};
    while (part.start < part.end && strchr(" ,;", cell->lower[part.start]) != NULL)
        part.start++;
    while (part.end > part.start && cell->lower[part.end - 1] == ' ')
        part.end--;
    struct deadline deadline = {
        .kind = piece->kind,
        .recurrence = piece->recurrence,
        .earliest = piece->earliest,
        .latest = piece->latest,
        .statutory = says_statutory(cell, lead) || says_statutory(cell, trail),
        .label = copy_stretch(cell, label, arena),
        .part = copy_written(cell, part, arena),
        .reason = piece->reason,
    };
    return deadline;
}

/* Words with a label of their own behind the last date: "External - meet deadlines". */
bool deadline_label_build_rest(const struct deadline_cell *cell, struct arena *arena,
                               struct deadline *out_deadline)
{
    struct stretch rest = {trail_end(cell, cell->count - 1), strlen(cell->lower)};
    rest = trim_fillers(cell, rest);
    if (find_separator(cell, rest) == rest.end) return false;
    *out_deadline = (struct deadline){
        .kind = DEADLINE_INVALID,
        .earliest = DATE_NO_DAY,
        .latest = DATE_NO_DAY,
        .statutory = says_statutory(cell, rest),
        .label = copy_stretch(cell, label_of(cell, rest), arena),
        .part = copy_written(cell, rest, arena),
        .reason = deadline_no_date,
    };
    return true;
}
