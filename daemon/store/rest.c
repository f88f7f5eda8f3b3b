#include "store/rest.h"

#include "store/db.h"

#include <uv.h>

#define REST_NS UINT64_C(1000000000)

uint64_t rest_patience(const struct rest *rest)
{
    return rest->worked_ns == 0 ? 0 : REST_NS;
}

void rest_turn(struct rest *rest, struct db *db, bool worked)
{
    uint64_t now_ns = uv_hrtime();
    if (worked) {
        rest->worked_ns = now_ns;
    } else if (rest->worked_ns != 0 && now_ns - rest->worked_ns >= REST_NS) {
        db_release_memory(db);
        rest->worked_ns = 0;
    }
}
