/* Which resources of a kind a filter lets through (AIP-160 subset; grammar in filter_parse.h).
 *
 * What the operators mean:
 *   text     = and != compare exactly, with "*" at either end of the value for any text; :
 * finds a part, ASCII case aside; < <= > >= compare bytewise, as dates and ids order. decimal
 * all operators compare exactly ("4.5" equals "4.50"); : is =. period   a value that is a
 * period's label is first turned into its id. enum     by short or full name, order by number;
 * bool true or false; numbers; times as RFC 3339 or a date.
 * != is always the opposite of =. `field = ""` asks for what is not said; what is not said is
 * never less or more than anything. `field : *` asks whether anything is said. On a list, and
 * on a field of the messages of a list, one element that fits is enough.
 */
#ifndef SERVICE_FILTER_H
#define SERVICE_FILTER_H

#include "service/filter_parse.h"
#include "store/txn.h"

struct filter;

/* Reads a filter for resources of `kind`; "" lets everything through. The filter lives in the
 * arena. INVALID_ARGUMENT blamed on "filter": not of the form, over its limits, a field that
 * the kind does not have (with those it has), a value that the field cannot have. */
struct status filter_compile(struct arena *arena, const struct kind *kind, const char *text,
                             const struct filter **out_filter) MUST_CHECK;

/* True when the filter lets the version through; it must be of the kind the filter is for. */
bool filter_matches(const struct filter *filter, const struct version *version);

/* Narrows a scan of the kind to what an index can find: conditions that all must hold and that
 * compare an indexed column, or the beginning of ids, with one value. Shows no less than what
 * matches, so filter_matches must still be asked. Strings are the filter's. */
void filter_narrow(const struct filter *filter, struct scan *scan);

#endif
