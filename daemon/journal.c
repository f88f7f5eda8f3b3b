#include "journal.h"

#include "common/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION /* file and line are no news to an administrator */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

enum { FIELDS_MAX = 12, FIELD_BYTES = 2200 };

static const char *council_name = "";

struct record {
    struct iovec parts[FIELDS_MAX];
    char texts[FIELDS_MAX][FIELD_BYTES];
    int count;
};

static void add(struct record *record, const char *name, const char *value)
{
    char *text = record->texts[record->count];

    if (value == NULL || *value == '\0') return;
    snprintf(text, FIELD_BYTES, "%s=%s", name, value);
    record->parts[record->count++] = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
}

static void add_number(struct record *record, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    add(record, name, text);
}

static bool write_record(enum log_level level, const struct log_event_row *event,
                         const struct log_fields *fields, const char *text)
{
    struct record record = {.count = 0};

    add(&record, "MESSAGE", text);
    add_number(&record, "PRIORITY", level);
    if (event != NULL) add(&record, "MESSAGE_ID", event->message_id);
    add(&record, "COUNCIL", council_name);
    add(&record, "PRINCIPAL", fields->principal);
    add(&record, "RPC", fields->rpc);
    add(&record, "GRPC_STATUS", fields->grpc_status);
    add(&record, "REQUEST_ID", fields->request_id);
    add(&record, "TRACE_ID", fields->trace_id);
    if (fields->change_seq != 0) add_number(&record, "CHANGE_SEQ", fields->change_seq);
    return sd_journal_sendv(record.parts, record.count) == 0;
}

/* $JOURNAL_STREAM names the socket by device and inode: stderr may have been sent elsewhere since
 * (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device;
    unsigned long long inode;
    struct stat info;

    if (stream == NULL || sscanf(stream, "%llu:%llu", &device, &inode) != 2) return false;
    return fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

void journal_open(const char *council)
{
    council_name = council;
    if (stderr_is_journal()) log_set_sink(write_record);
}
