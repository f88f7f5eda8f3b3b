#include "client/sheet_context.h"

#include "client/sheet_period.h"

#include <string.h>
#include <strings.h>

enum { HEADING_MAX_BYTES = 140, HEADING_MAX_WORDS = 20 };

static const struct {
    const char *words; /* folded */
    const char *class_name;
    const char *tier_name;
} class_table[] = {
    {"population outcome", "POPULATION_OUTCOME", NULL},
    {"population outcome measure", "POPULATION_OUTCOME", NULL},
    {"population indicator", "POPULATION_OUTCOME", NULL},
    {"population measure", "POPULATION_OUTCOME", NULL},
    {"outcome measure", "POPULATION_OUTCOME", NULL},
    {"outcome indicator", "POPULATION_OUTCOME", NULL},
    {"process", "PROCESS", NULL},
    {"process measure", "PROCESS", NULL},
    {"process indicator", "PROCESS", NULL},
    {"process outcome", "PROCESS", NULL},
    {"output measure", "PROCESS", NULL},
    {"strategic measure", NULL, "STRATEGIC"},
    {"strategic indicator", NULL, "STRATEGIC"},
    {"strategic", NULL, "STRATEGIC"},
    {"operational measure", NULL, "OPERATIONAL"},
    {"operational indicator", NULL, "OPERATIONAL"},
    {"operational", NULL, "OPERATIONAL"},
};

static const char *const generic_table[] = {
    "action",
    "actions",
    "action plan",
    "key action",
    "indicator",
    "performance indicator",
    "key performance indicator",
    "measure",
    "performance measure",
    "measure and action",
    "risk",
    "risk register",
    "budget",
    "strategy",
    "key strategy",
    "strategy in place",
    "contents",
    "content",
    "introduction",
    "foreword",
    "appendix",
    "background",
    "performance",
    "performance framework",
    "performance management",
    "our performance",
    "what will we do",
    "resource",
    "improvement plan",
    "delivery plan",
    "service plan",
    "operating plan",
    "business plan",
    "corporate plan",
    "council plan",
    "annual delivery plan",
    "annual service plan",
    "annual report",
    "annual performance report",
    "performance report",
    "performance improvement plan",
    "corporate risk register",
    "strategic risk register",
    "target",
    "performance data",
    "our action",
    "responsibility matrix",
    "monitoring",
    "financial implication",
    "recommendation",
    "purpose of report",
};

const char *sheet_class_name(const char *folded)
{
    for (size_t i = 0; i < sizeof class_table / sizeof class_table[0]; i++)
        if (strcmp(class_table[i].words, folded) == 0) return class_table[i].class_name;
    return NULL;
}

const char *sheet_tier_name(const char *folded)
{
    for (size_t i = 0; i < sizeof class_table / sizeof class_table[0]; i++)
        if (strcmp(class_table[i].words, folded) == 0) return class_table[i].tier_name;
    return NULL;
}

static bool is_generic(const char *folded)
{
    for (size_t i = 0; i < sizeof generic_table / sizeof generic_table[0]; i++)
        if (strcmp(generic_table[i], folded) == 0) return true;
    return strncmp(folded, "appendix", 8) == 0 || strncmp(folded, "annex", 5) == 0;
}

/* "12", "Page 3 of 20", "- 7 -" */
static bool is_page(const char *folded)
{
    if (strncmp(folded, "page ", 5) == 0) folded += 5;
    folded += strspn(folded, "0123456789");
    if (strncmp(folded, " of ", 4) == 0) folded += 4 + strspn(folded + 4, "0123456789");
    return *folded == '\0';
}

static size_t count_words(const char *folded)
{
    size_t n = *folded != '\0';

    for (; *folded != '\0'; folded++)
        n += *folded == ' ';
    return n;
}

static bool is_marked(const char *text)
{
    text += strspn(text, " \t");
    return *text == '#' || strncmp(text, "**", 2) == 0 || strncasecmp(text, "<b>", 3) == 0;
}

/* A list item, a sentence or a remark is no heading. */
static bool reads_as_heading(const char *clean, const char *folded)
{
    size_t length = strlen(clean);

    if (length == 0 || length > HEADING_MAX_BYTES) return false;
    if (count_words(folded) > HEADING_MAX_WORDS) return false;
    if (strchr("-*(\"'", clean[0]) != NULL || strncmp(clean, "\xE2\x80\xA2", 3) == 0)
        return false;
    return strchr(".,;", clean[length - 1]) == NULL && !sheet_starts_low(clean);
}

/* "# Improvement Plan 2024", "Service Plan 2021-24": the document, with the years it is for. */
static bool names_document(const char *clean, struct arena *arena)
{
    static const char *const words[] = {"plan",     "report",    "scorecard", "dashboard",
                                        "register", "framework", "monitoring"};
    struct sheet_period period = sheet_period_find(clean, arena);

    const char *rest = sheet_fold(arena, period.rest);

    if (period.label == NULL) return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sheet_has_words(rest, words[i])) return true;
    return is_generic(rest);
}

enum sheet_prose sheet_prose_read(const char *text, struct arena *arena)
{
    const char *clean = sheet_clean(arena, text, NULL);
    const char *folded = sheet_fold(arena, clean);

    if (is_page(folded)) return SHEET_PROSE_PAGE;
    if (sheet_class_name(folded) != NULL || sheet_tier_name(folded) != NULL)
        return SHEET_PROSE_CLASS;
    if (is_generic(folded) || names_document(clean, arena)) return SHEET_PROSE_GENERIC;
    if (reads_as_heading(clean, folded)) return SHEET_PROSE_HEADING;
    return SHEET_PROSE_TEXT;
}

const char *sheet_heading_words(const char *text, struct arena *arena)
{
    static const char *const labels[] = {"table", "figure", "section", "appendix", "annex"};
    const char *clean = sheet_clean(arena, text, NULL);

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        size_t length = strlen(labels[i]);
        const char *rest = clean + length;

        if (strncasecmp(clean, labels[i], length) != 0 || *rest != ' ') continue;
        rest += 1 + strspn(rest + 1, "0123456789.");
        rest += strspn(rest, " :-");
        if (strncmp(rest, "\xE2\x80\x93", 3) == 0) rest += 3;
        rest += strspn(rest, " ");
        if (*rest != '\0') return rest;
    }
    return clean;
}

static void set_heading(struct sheet_context *context, const char *text, size_t line,
                        struct arena *arena)
{
    context->heading = sheet_heading_words(text, arena);
    context->heading_line = line;
    context->is_sure = true;
    context->is_marked = is_marked(text);
    context->is_row = false;
    context->class_name = NULL;
    context->tier_name = NULL;
}

/* "2023/24" is the year of all below; that of "Quarter 2 2023/24" only of what names its part. */
static void take_year(struct sheet_context *context, const char *label, struct arena *arena)
{
    if (sheet_period_is_year(label))
        context->year = label;
    else
        context->year_within = sheet_period_year_in(label, arena);
}

const struct sheet_context *sheet_context_add(const struct sheet_context *before,
                                              const char *text, size_t line,
                                              struct arena *arena)
{
    struct sheet_context *context = arena_memdup(arena, before, sizeof *before);
    const char *folded = sheet_fold(arena, text);
    struct sheet_period period = sheet_period_find(sheet_clean(arena, text, NULL), arena);
    enum sheet_prose prose = sheet_prose_read(text, arena);

    if (prose == SHEET_PROSE_PAGE) return before;
    context->caption_key = folded;
    if (prose != SHEET_PROSE_TEXT && period.label != NULL)
        take_year(context, period.label, arena);
    if (prose == SHEET_PROSE_CLASS) {
        if (sheet_class_name(folded) != NULL) context->class_name = sheet_class_name(folded);
        if (sheet_tier_name(folded) != NULL) context->tier_name = sheet_tier_name(folded);
    }
    if (prose == SHEET_PROSE_HEADING) set_heading(context, text, line, arena);
    /* A paragraph between makes a heading that is not marked as one doubtful. */
    if (prose == SHEET_PROSE_TEXT && !context->is_marked) context->is_sure = false;
    return context;
}

const struct sheet_context *sheet_context_of_row(const struct sheet_context *context,
                                                 size_t line, struct arena *arena)
{
    struct sheet_context *of_row;

    if (context->heading == NULL || context->heading_line != line) return context;
    of_row = arena_memdup(arena, context, sizeof *of_row);
    of_row->is_row = true;
    return of_row;
}
