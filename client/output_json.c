/* -o json: the response message in proto3 JSON, defaults printed. */
#include "client/output.h"
#include "common/json.h"

static struct status write_json(const struct view *view, struct arena *arena, FILE *out)
{
    char *text;
    struct status st = json_encode(view->message, JSON_DEFAULTS | JSON_INDENT, arena, &text);

    if (status_is_ok(st)) fputs(text, out);
    return st;
}

const struct output output_json = {"json", write_json};
