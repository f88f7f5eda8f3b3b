#include "service/gate.h"

#include "common/arena.h"
#include "service/rights.h"
#include "service/sight.h"
#include "store/txn.h"

#include <stdlib.h>

/* A write sees all, so that rules hold for what its caller does not see too; what it may name is
 * asked for one by one (write_gate.h). */
static void enter(struct handler_call *call)
{
    if (rights_see_all(call->caller->rights)) return;
    call->sight = xmalloc(sizeof *call->sight);
    sight_init(call->sight, call->caller->rights);
    if (call->txn != NULL && !txn_is_write(call->txn))
        txn_set_sight(call->txn, &call->sight->base);
}

static bool leave(struct handler_call *call)
{
    if (call->sight == NULL) return false;
    if (call->txn != NULL) txn_set_sight(call->txn, NULL);
    bool hid = call->sight->base.hid;
    sight_release(call->sight);
    free(call->sight);
    call->sight = NULL;
    return hid;
}

const struct handler_guard gate_guard = {enter, leave};
