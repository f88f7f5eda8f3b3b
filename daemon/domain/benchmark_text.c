/* Positions and trajectories as documents word them. */
#include "common/arena.h"
#include "domain/benchmark.h"
#include "domain/text.h"

#include <string.h>

/* A cell's beginning and what it means; `meaning` is a position or a trajectory. */
struct opening {
    const char *words;
    enum benchmark_answer answer;
    int meaning;
};

static const struct opening common_table[] = {
    {"n/a", BENCHMARK_NOT_APPLICABLE, 0},
    {"not applicable", BENCHMARK_NOT_APPLICABLE, 0},
    {"not available", BENCHMARK_NOT_AVAILABLE, 0},
    {"data not available", BENCHMARK_NOT_AVAILABLE, 0},
    {"no data", BENCHMARK_NOT_AVAILABLE, 0},
    {"not yet available", BENCHMARK_NOT_AVAILABLE, 0},
    {"no benchmark", BENCHMARK_NOT_AVAILABLE, 0},
    {"no comparison", BENCHMARK_NOT_AVAILABLE, 0},
    {"new measure", BENCHMARK_NOT_AVAILABLE, 0},
    {"tbc", BENCHMARK_TBC, 0},
    {"to be confirmed", BENCHMARK_TBC, 0},
    {"tba", BENCHMARK_TBC, 0},
};

/* Longer phrases before those they begin with; text_match_phrase takes hyphens for spaces. */
static const struct opening position_table[] = {
    {"above average", BENCHMARK_STATED, BENCHMARK_ABOVE},
    {"above the average", BENCHMARK_STATED, BENCHMARK_ABOVE},
    {"above", BENCHMARK_STATED, BENCHMARK_ABOVE},
    {"below average", BENCHMARK_STATED, BENCHMARK_BELOW},
    {"below the average", BENCHMARK_STATED, BENCHMARK_BELOW},
    {"below", BENCHMARK_STATED, BENCHMARK_BELOW},
    {"in line with average", BENCHMARK_STATED, BENCHMARK_AVERAGE},
    {"same as average", BENCHMARK_STATED, BENCHMARK_AVERAGE},
    {"around average", BENCHMARK_STATED, BENCHMARK_AVERAGE},
    {"average", BENCHMARK_STATED, BENCHMARK_AVERAGE},
};

static const struct opening trajectory_table[] = {
    {"improving", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"improved", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"stable", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"no change", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"maintained", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"declining", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"declined", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"worsening", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"deteriorating", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"better", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"getting better", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"worse", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"getting worse", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"same", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"the same", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"unchanged", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"static", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"steady", BENCHMARK_STATED, BENCHMARK_STABLE},
    /* Up is good in such a column, whichever way the figures go. */
    {"up to", BENCHMARK_INVALID, 0},
    {"up", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"upward", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"upwards", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"down", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"downward", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"downwards", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"\u2191", BENCHMARK_STATED, BENCHMARK_IMPROVING}, /* arrows: up, north-east, heavy */
    {"\u2197", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"\u2b06", BENCHMARK_STATED, BENCHMARK_IMPROVING},
    {"\u25b2", BENCHMARK_STATED, BENCHMARK_IMPROVING}, /* triangles */
    {"\u2193", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"\u2198", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"\u2b07", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"\u25bc", BENCHMARK_STATED, BENCHMARK_DECLINING},
    {"\u2192", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"\u2194", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"\u27a1", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"\u25ba", BENCHMARK_STATED, BENCHMARK_STABLE},
    {"\u25c4\u25ba", BENCHMARK_STATED, BENCHMARK_STABLE},
};

/* A cell cleaned twice over: as written and in lower case, same offsets. */
struct cell {
    const char *clean;
    const char *lower;
};

static struct cell clean_cell(const char *text, struct arena *arena)
{
    size_t capacity = strlen(text) + 1;
    char *clean = arena_alloc(arena, capacity);
    (void)text_clean(text, capacity, clean);
    char *lower = arena_strdup(arena, clean);
    text_lower(lower);
    return (struct cell){clean, lower};
}

/* What stands behind the opening, without the marks around it; NULL when nothing does. */
static const char *qualifier_at(const char *at, struct arena *arena)
{
    at += strspn(at, " -:,;.");
    size_t size = strlen(at);
    while (size > 0 && strchr(" .;,", at[size - 1]) != NULL)
        size--;
    /* One pair of parentheses around all of it. */
    if (size > 1 && at[0] == '(' && memchr(at, ')', size) == at + size - 1) {
        at++;
        size -= 2;
    }
    return size > 0 ? arena_strndup(arena, at, size) : NULL;
}

static const struct opening *find_opening(const struct opening *table, size_t count,
                                          const char *lower)
{
    for (size_t i = 0; i < count; i++)
        if (text_match_phrase(lower, table[i].words) > 0) return &table[i];
    return NULL;
}

/* "Above" and "below" alone, or some average behind them; but not "below target". */
static bool means_something_else(const struct opening *opening, const char *lower)
{
    if (strcmp(opening->words, "above") != 0 && strcmp(opening->words, "below") != 0)
        return false;
    return lower[strlen(opening->words)] != '\0' && strstr(lower, "average") == NULL;
}

/* An answer, its meaning and qualifier; the opening words are the table's own or common ones.
 */
struct reading {
    enum benchmark_answer answer;
    int meaning;
    const char *qualifier;
};

static struct reading read_cell(const char *text, const struct opening *table, size_t count,
                                struct arena *arena)
{
    static const char *const blanks[] = {"", "-", "--", "---"};
    struct cell cell = clean_cell(text, arena);
    if (text_is_one_of(cell.lower, strlen(cell.lower), blanks, 4))
        return (struct reading){.answer = BENCHMARK_BLANK};
    const struct opening *opening = find_opening(table, count, cell.lower);
    if (opening == NULL)
        opening = find_opening(common_table, sizeof common_table / sizeof common_table[0],
                               cell.lower);
    if (opening == NULL || opening->answer == BENCHMARK_INVALID ||
        means_something_else(opening, cell.lower))
        return (struct reading){.answer = BENCHMARK_INVALID};
    const char *rest = cell.clean + strlen(opening->words);
    /* "new measure" alone is its own reason. */
    if (strcmp(opening->words, "new measure") == 0) rest = cell.clean;
    return (struct reading){opening->answer, opening->meaning, qualifier_at(rest, arena)};
}

struct benchmark_text benchmark_parse_position(const char *text, struct arena *arena)
{
    struct reading reading = read_cell(text, position_table,
                                       sizeof position_table / sizeof position_table[0], arena);
    return (struct benchmark_text){reading.answer, (enum benchmark_position)reading.meaning,
                                   reading.qualifier};
}

struct benchmark_course benchmark_parse_trajectory(const char *text, struct arena *arena)
{
    struct reading reading = read_cell(
        text, trajectory_table, sizeof trajectory_table / sizeof trajectory_table[0], arena);
    return (struct benchmark_course){reading.answer, (enum benchmark_trajectory)reading.meaning,
                                     reading.qualifier};
}
