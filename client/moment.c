#include "client/moment.h"

#include "common/fields.h"
#include "common/time_text.h"

#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)

static const struct age_unit {
    char letter;
    int64_t seconds;
} age_unit_table[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};

/* Digits at the beginning; false when there are none or too many. */
static bool leading_number(const char **text, int64_t *out_number)
{
    const char *at = *text;
    int64_t number = 0;

    while (*at >= '0' && *at <= '9' && at - *text < 9)
        number = number * 10 + (*at++ - '0');
    if (at == *text || (*at >= '0' && *at <= '9')) return false;
    *text = at;
    *out_number = number;
    return true;
}

static bool parse_age(const char *text, int64_t now_us, int64_t *out_us)
{
    int64_t count;

    if (!leading_number(&text, &count) || text[0] == '\0' || text[1] != '\0') return false;
    for (size_t i = 0; i < sizeof age_unit_table / sizeof age_unit_table[0]; i++) {
        if (age_unit_table[i].letter != text[0]) continue;
        /* Nine digits of weeks in microseconds are more than 64 bits hold. */
        count *= age_unit_table[i].seconds;
        *out_us = count > (now_us - TIME_MIN_US) / SECOND_US ? TIME_MIN_US
                                                             : now_us - count * SECOND_US;
        return true;
    }
    return false;
}

/* A midnight of UTC as the same day's midnight of local time, or the next day's. */
static int64_t local_midnight(int64_t utc_us, enum moment_edge edge)
{
    time_t seconds = (time_t)(utc_us / SECOND_US);
    struct tm day;
    time_t local;

    if (gmtime_r(&seconds, &day) == NULL) return utc_us;
    if (edge == MOMENT_DAY_END) day.tm_mday++;
    day.tm_isdst = -1;
    local = mktime(&day);
    return (int64_t)local * SECOND_US;
}

bool moment_parse(const char *text, enum moment_edge edge, int64_t now_us, int64_t *out_us)
{
    int64_t us;

    if (date_parse(text, &us)) {
        *out_us = local_midnight(us, edge);
        return true;
    }
    return time_parse(text, out_us) || parse_age(text, now_us, out_us);
}

const char *moment_show(int64_t us, struct arena *arena)
{
    enum { TEXT_BYTES = 32 };
    time_t seconds = (time_t)(us / SECOND_US);
    char *text = arena_alloc(arena, TEXT_BYTES);
    struct tm local;

    if (localtime_r(&seconds, &local) == NULL) return "";
    strftime(text, TEXT_BYTES, "%Y-%m-%d %H:%M:%S", &local);
    return text;
}

static bool is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0' && strlen(text) <= 18;
}

const char *moment_set_as_of(ProtobufCMessage *request, const char *as_of, struct arena *arena)
{
    const ProtobufCFieldDescriptor *seq = fields_find(request->descriptor, "as_of_seq");
    const ProtobufCFieldDescriptor *time = fields_find(request->descriptor, "as_of_time");
    int64_t value = 0;

    if (seq == NULL || time == NULL) return "means nothing for this command";
    if (is_number(as_of)) {
        for (; *as_of != '\0'; as_of++)
            value = value * 10 + (*as_of - '0');
        if (value == 0) return "is not a moment of the register: the first change has seq 1";
        field_set_int(request, seq, value, arena);
        return NULL;
    }
    if (!moment_parse(as_of, MOMENT_DAY_END, time_now_us(), &value))
        return "is neither a seq (42), a time (2021-04-01T09:30:00Z), a date (2021-04-01) nor "
               "an "
               "age (7d, 24h)";
    if (strlen(as_of) == DATE_TEXT_BYTES - 1 && as_of[4] == '-') value--;
    field_set_int(request, time, value, arena);
    return NULL;
}
