/* What stands around every handler that works on the register: it is given the sight of its caller
 * before it runs, so that reads pass over what the caller may not see whether or not the handler
 * thinks of it. */
#ifndef SERVICE_GATE_H
#define SERVICE_GATE_H

#include "service/handler.h"

/* Store thread, around each job. */
extern const struct handler_guard gate_guard;

#endif
