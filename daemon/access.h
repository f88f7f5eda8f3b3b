/* Who may come in: what the settings say of certificates and keys. For the files
 * straight in daemon/ only. */
#ifndef DAEMON_ACCESS_H
#define DAEMON_ACCESS_H

#include "daemon.h"

struct tls_context;

/* Makes daemon->auth. */
struct status access_open(struct daemon *daemon) MUST_CHECK;

/* *out_tls is NULL without a certificate in the settings. */
struct status access_read_tls(const struct config *config, struct arena *arena,
                              struct tls_context **out_tls) MUST_CHECK;

/* Reads certificates and keys anew, from the files the daemon was started with; what cannot be used
 * leaves the old in place and is logged. */
void access_reload(struct daemon *daemon);

#endif
