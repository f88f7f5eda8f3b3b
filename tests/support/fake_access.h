/* Who may do what, for tests and benches without a real store: nobody is registered, so that only
 * the daemon's own rules count: the user it runs as, and loopback, may do all. */
#ifndef SUPPORT_FAKE_ACCESS_H
#define SUPPORT_FAKE_ACCESS_H

#include "rpc/auth.h"

struct auth *fake_auth_new(struct store *store);

#endif
