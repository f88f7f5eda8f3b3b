/* The whole report of an import as JSON. */
#include "client/import_table.h"

#include "client/say.h"
#include "common/buf.h"
#include "common/json.h"

#include <stdio.h>
#include <string.h>

enum { JSON_MAX_BYTES = 512 << 20 };

/* An object or list being written. */
struct writer {
    struct buf buf;
    bool needs_comma;
};

static void name(struct writer *writer, const char *key)
{
    if (writer->needs_comma) buf_add_u8(&writer->buf, ',');
    json_add_string(&writer->buf, key);
    buf_add_u8(&writer->buf, ':');
    writer->needs_comma = true;
}

static void text(struct writer *writer, const char *key, const char *value)
{
    name(writer, key);
    json_add_string(&writer->buf, value);
}

static void number(struct writer *writer, const char *key, size_t value)
{
    name(writer, key);
    buf_printf(&writer->buf, "%zu", value);
}

static void truth(struct writer *writer, const char *key, bool value)
{
    name(writer, key);
    buf_add_string(&writer->buf, value ? "true" : "false");
}

static void open(struct writer *writer, const char *key, char bracket)
{
    if (key != NULL)
        name(writer, key);
    else if (writer->needs_comma)
        buf_add_u8(&writer->buf, ',');
    buf_add_u8(&writer->buf, (uint8_t)bracket);
    writer->needs_comma = false;
}

static void close(struct writer *writer, char bracket)
{
    buf_add_u8(&writer->buf, (uint8_t)bracket);
    writer->needs_comma = true;
}

static void remarks(struct writer *writer, const char *key, const struct sheet_remarks *list)
{
    open(writer, key, '[');
    for (size_t i = 0; i < list->n; i++) {
        open(writer, NULL, '{');
        number(writer, "line", list->items[i].line);
        if (list->items[i].column > 0) number(writer, "column", list->items[i].column);
        text(writer, "text", list->items[i].text);
        text(writer, "why", list->items[i].why);
        close(writer, '}');
    }
    close(writer, ']');
}

static void column(struct writer *writer, const struct sheet_column *what, size_t at)
{
    open(writer, NULL, '{');
    number(writer, "column", at + 1);
    text(writer, "header", what->header);
    text(writer, "field", sheet_field_name(what->field));
    if (what->period != NULL) text(writer, "period", what->period);
    close(writer, '}');
}

static void tables(struct writer *writer, const struct sheet_tables *all)
{
    open(writer, "tables", '[');
    for (size_t t = 0; t < all->n; t++) {
        const struct sheet_table *table = all->items[t];
        size_t rows = 0;

        for (size_t i = 0; i < table->n_rows; i++)
            rows += !table->rows[i].is_gone;
        open(writer, NULL, '{');
        text(writer, "kind", sheet_kind_name(table->header.kind));
        number(writer, "line", table->line);
        number(writer, "items", rows);
        open(writer, "columns", '[');
        for (size_t i = 0; i < table->header.n_columns; i++)
            column(writer, &table->header.columns[i], i);
        close(writer, ']');
        close(writer, '}');
    }
    close(writer, ']');
}

static void item(struct writer *writer, const struct sheet_item *what)
{
    open(writer, NULL, '{');
    text(writer, "name", import_item_name(what));
    text(writer, "outcome", sheet_outcome_name(what->outcome));
    number(writer, "line", what->line);
    number(writer, "column", what->column);
    if (what->trouble != NULL) text(writer, "trouble", what->trouble);
    open(writer, "changedFields", '[');
    for (size_t i = 0; what->result != NULL && i < what->result->n_changed_fields; i++) {
        if (i > 0) buf_add_u8(&writer->buf, ',');
        json_add_string(&writer->buf, what->result->changed_fields[i]);
    }
    close(writer, ']');
    if (what->result != NULL && what->result->n_warnings > 0) {
        open(writer, "warnings", '[');
        for (size_t i = 0; i < what->result->n_warnings; i++) {
            if (i > 0) buf_add_u8(&writer->buf, ',');
            json_add_string(&writer->buf, what->result->warnings[i]->message);
        }
        close(writer, ']');
    }
    close(writer, '}');
}

static void items(struct writer *writer, const struct sheet_draft *draft)
{
    open(writer, "resources", '[');
    for (size_t i = 0; i < draft->n; i++)
        item(writer, draft->items[i]);
    close(writer, ']');
}

static void outcomes(struct writer *writer, const struct table_import *import)
{
    open(writer, "outcomes", '{');
    for (int i = SHEET_OUTCOME_CREATED; i <= SHEET_OUTCOME_LEFT_OUT; i++)
        number(writer,
               i == SHEET_OUTCOME_LEFT_OUT ? "leftOut"
                                           : sheet_outcome_name((enum sheet_outcome)i),
               import_table_count(import, (enum sheet_outcome)i));
    close(writer, '}');
}

static void cells(struct writer *writer, const struct sheet_tables *all)
{
    struct import_cells counts = import_cells_count(all);

    open(writer, "cells", '{');
    number(writer, "stored", counts.stored);
    number(writer, "understood", counts.understood);
    number(writer, "notUnderstood", counts.kept + counts.unknown);
    number(writer, "keptAsNotes", counts.kept);
    close(writer, '}');
}

static void changes(struct writer *writer, unsigned bits)
{
    bool is_first = true;

    open(writer, "normalised", '[');
    for (unsigned bit = 1; bit < 1U << SHEET_CHANGES; bit <<= 1) {
        if ((bits & bit) == 0) continue;
        if (!is_first) buf_add_u8(&writer->buf, ',');
        json_add_string(&writer->buf, sheet_change_name(bit));
        is_first = false;
    }
    close(writer, ']');
}

static void lists(struct writer *writer, const struct table_import *import)
{
    struct sheet_remarks unknown = {0};

    import_cells_list(&import->tables, import->session->arena, &unknown);
    remarks(writer, "notUnderstood", &unknown);
    remarks(writer, "unsure", &import->tables.unsure);
    remarks(writer, "totals", &import->tables.totals);
    remarks(writer, "rows", &import->tables.joined);
    remarks(writer, "notTables", &import->tables.prose);
}

enum exit_code import_json_show(struct table_import *import)
{
    struct writer writer = {.needs_comma = false};

    buf_init(&writer.buf, JSON_MAX_BYTES);
    open(&writer, NULL, '{');
    text(&writer, "file", import->path);
    text(&writer, "plan", import->build.plan);
    text(&writer, "encoding", import->encoding);
    text(&writer, "format", import->sheet.format);
    truth(&writer, "dryRun", import->flags->dry_run);
    truth(&writer, "written", import->is_written);
    number(&writer, "seq", (size_t)(import->is_written ? import->seq : import->base_seq));
    outcomes(&writer, import);
    cells(&writer, &import->tables);
    changes(&writer, import->tables.changes);
    tables(&writer, &import->tables);
    items(&writer, &import->build.draft);
    lists(&writer, import);
    close(&writer, '}');
    buf_add_u8(&writer.buf, '\n');
    if (!writer.buf.failed) fwrite(writer.buf.data, 1, writer.buf.size, stdout);
    if (writer.buf.failed) say_error("the report is too large to show");
    buf_release(&writer.buf);
    return EXIT_CODE_OK;
}
