#include "settings.h"

#include "common/suggest.h"
#include "config.h"

#include <string.h>

#define AT(field) .offset = offsetof(struct config, field)

const struct setting setting_table[] = {
    {"store", "state_dir", "--state-dir", SETTING_TEXT, AT(state_dir),
     .fallback = "/var/lib/provost", .help = "directory of register.db; must exist",
     .more =
         "The register's database, its log key unless log_key says otherwise, the published "
         "checkpoints and the lock that keeps a second daemon out are in it. Only the "
         "daemon's user needs rights there."},
    {"store", "log_key", "--log-key", SETTING_PATH, AT(log_key), .fallback = "",
     .help = "file of the log's private key; made when missing; empty: log.key in the state "
             "directory",
     .more =
         "Keep a copy where the backups are not: whoever has the key can sign a changed log. "
         "A rotation writes the new key beside the old one, so the directory must be "
         "writable for the daemon."},
    {"store", "new_log_key", "--new-log-key", SETTING_BOOL, AT(new_log_key), .fallback = "no",
     .help = "the log key is lost: begin with a new one, and log that"},
    {"store", "backup_dir", "--backup-dir", SETTING_TEXT, AT(backup_dir), .fallback = "",
     .help = "where backups go; empty: backups in the state directory"},
    {"store", "readers", NULL, SETTING_NUMBER, AT(readers), .fallback = "2", .min = 1,
     .max = 16, .help = "reader threads"},
    {"store", "write_queue_max", NULL, SETTING_NUMBER, AT(write_queue_max), .fallback = "4096",
     .min = 1, .max = 1000000, .help = "writes waiting before more are refused"},
    {"store", "read_queue_max", NULL, SETTING_NUMBER, AT(read_queue_max), .fallback = "4096",
     .min = 1, .max = 1000000, .help = "reads waiting before more are refused"},
    {"server", "listen", "--listen", SETTING_LIST, AT(listen),
     .help =
         "unix:/path, tls:HOST:PORT or, on trial, tcp:HOST:PORT; may be given several times",
     .more = "Not needed when systemd passes sockets (provostd.socket)."},
    {"server", "insecure_tcp", "--insecure-tcp", SETTING_BOOL, AT(insecure_tcp),
     .fallback = "no", .help = "allow plain TCP, on loopback only"},
    {"server", "council", "--council", SETTING_TEXT, AT(council), .fallback = "",
     .help = "name of this register's council, for the journal and the metrics"},
    {"server", "connections_max", NULL, SETTING_NUMBER, AT(connections_max), .fallback = "0",
     .max = 20480, .reloads = true,
     .help = "open connections; 0: what the descriptor limit allows"},
    {"server", "idle_seconds", NULL, SETTING_NUMBER, AT(idle_seconds), .fallback = "900",
     .max = 86400, .reloads = true,
     .help = "a connection without calls is closed after this; 0: never"},
    {"server", "connection_age_seconds", NULL, SETTING_NUMBER, AT(connection_age_seconds),
     .fallback = "0", .max = 2592000, .reloads = true,
     .help = "a connection is ended, in peace, at about this age; 0: never"},
    {"server", "connection_grace_seconds", NULL, SETTING_NUMBER, AT(connection_grace_seconds),
     .fallback = "60", .min = 1, .max = 86400, .reloads = true,
     .help = "time for the calls of a connection that has come of age"},
    {"server", "keepalive_seconds", NULL, SETTING_NUMBER, AT(keepalive_seconds),
     .fallback = "300", .max = 86400, .reloads = true,
     .help = "a client not heard for so long is asked whether it is there; 0: never"},
    {"server", "keepalive_min_seconds", NULL, SETTING_NUMBER, AT(keepalive_min_seconds),
     .fallback = "60", .max = 86400, .reloads = true,
     .help = "least time between the PINGs of a client that has calls"},
    {"server", "drain_seconds", NULL, SETTING_NUMBER, AT(drain_seconds), .fallback = "10",
     .max = 3600, .reloads = true, .help = "time for open calls when the daemon stops"},
    {"server", "call_seconds", NULL, SETTING_NUMBER, AT(call_seconds), .fallback = "60",
     .min = 1, .max = 3600, .reloads = true,
     .help = "longest a call may take, whatever its client allows"},
    {"server", "reflection", NULL, SETTING_BOOL, AT(reflection), .fallback = "yes",
     .help = "let clients ask for the .proto files"},
    {"limits", "calls_per_second", NULL, SETTING_NUMBER, AT(calls_per_second),
     .fallback = "200000", .max = 10000000, .reloads = true,
     .help = "calls one principal may make over the network, twice as many at once; 0: any"},
    {"limits", "local_calls_per_second", NULL, SETTING_NUMBER, AT(local_calls_per_second),
     .fallback = "0", .max = 10000000, .reloads = true,
     .help = "the same on the unix socket; 0: any"},
    {"limits", "refusals_per_second", NULL, SETTING_NUMBER, AT(refusals_per_second),
     .fallback = "20", .max = 10000000, .reloads = true,
     .help = "calls without good credentials from one IP address (IPv6: /64) that are answered "
             "as such, twice as many at once; more are told to slow down; 0: any"},
    {"limits", "calls_max", NULL, SETTING_NUMBER, AT(calls_max), .fallback = "4000",
     .max = 1000000, .reloads = true,
     .help = "calls one principal may have open, writes three quarters of them; 0: any"},
    {"limits", "watches_max", NULL, SETTING_NUMBER, AT(watches_max), .fallback = "2000",
     .max = 1000000, .reloads = true, .help = "watches one principal may have open; 0: any"},
    {"limits", "buffered_megabytes", NULL, SETTING_NUMBER, AT(buffered_megabytes),
     .fallback = "256", .max = 1000000, .reloads = true,
     .help = "requests and answers held in memory, of all calls; 0: any"},
    {"limits", "connections_per_address", NULL, SETTING_NUMBER, AT(connections_per_address),
     .fallback = "0", .max = 20480, .reloads = true,
     .help = "open connections of one IP address (IPv6: /64); 0: half of all, loopback any"},
    {"auth", "local_admin", NULL, SETTING_BOOL, AT(local_admin), .fallback = "yes",
     .help = "root and the user the daemon runs as are administrators on the unix socket"},
    {"auth", "unix_group", NULL, SETTING_TEXT, AT(unix_group), .fallback = "provost",
     .help = "members of this unix group may read, on the unix socket; empty: nobody",
     .more = "What more they may do is granted to them by name (provost principal, provost "
             "grant)."},
    {"auth", "jwt_keys", NULL, SETTING_PATH, AT(jwt_keys), .fallback = "",
     .help = "file with the identity provider's keys (JWKS); empty: its tokens are not taken",
     .more = "Read again with a reload. Tokens must be signed with RS256 or ES256."},
    {"auth", "jwt_issuer", NULL, SETTING_TEXT, AT(jwt_issuer), .fallback = "",
     .help = "issuer that its tokens must name"},
    {"auth", "jwt_audience", NULL, SETTING_TEXT, AT(jwt_audience), .fallback = "",
     .help = "audience that its tokens must name"},
    {"auth", "jwt_subject", NULL, SETTING_TEXT, AT(jwt_subject), .fallback = "sub",
     .help = "claim of its tokens that names the caller"},
    {"tls", "cert", "--tls-cert", SETTING_PATH, AT(tls_cert), .fallback = "",
     .help = "file of the server's certificate and those between it and the root, PEM",
     .more = "This file, the key, the authorities and what they revoked are read again with a "
             "reload; connections "
             "that are open go on."},
    {"tls", "key", "--tls-key", SETTING_PATH, AT(tls_key), .fallback = "",
     .help = "file of its private key, PEM; empty: in the certificate's file"},
    {"tls", "client_ca", "--tls-client-ca", SETTING_PATH, AT(tls_client_ca), .fallback = "",
     .help =
         "file of the authorities whose client certificates are taken; empty: none is asked "
         "for"},
    {"tls", "client_crl", "--tls-client-crl", SETTING_PATH, AT(tls_client_crl), .fallback = "",
     .help = "file of what those authorities have revoked (CRLs), PEM; empty: not asked",
     .more =
         "It needs a list of every authority between a client's certificate and the root, and "
         "while one is missing or past its next update, certificates of that authority are "
         "refused. With a reload, connections whose certificate has been revoked are refused "
         "from then on."},
    {"tls", "client_required", "--tls-client-required", SETTING_BOOL, AT(tls_client_required),
     .fallback = "no", .help = "refuse connections without a client certificate"},
    {"metrics", "listen", "--metrics-listen", SETTING_TEXT, AT(metrics_listen), .fallback = "",
     .help = "unix:/path or tcp:HOST:PORT on loopback for Prometheus; empty: none",
     .more =
         "The figures are at /metrics there, over HTTP, without authentication: they say how "
         "much is done, never by whom or what. With systemd, provostd-metrics.socket is "
         "used instead."},
    {"log", "calls_every", NULL, SETTING_NUMBER, AT(calls_every), .fallback = "0",
     .max = 1000000, .reloads = true,
     .help =
         "one call out of so many is logged, with caller, method, status and trace; 0: none",
     .more = "Calls that fail inside the daemon are logged whatever this says, and so is every "
             "denial."},
    {"log", "level", NULL, SETTING_LEVEL, AT(log_level), .fallback = "info", .reloads = true,
     .help = "error, warning, notice, info or debug"},
};
#undef AT
const size_t setting_count = sizeof setting_table / sizeof setting_table[0];

const struct setting_action setting_action_table[] = {
    {"--config", "FILE", "settings from an INI file and FILE.d/*.conf; flags go before it"},
    {"--check-config", NULL, "check flags and files, then stop"},
    {"--restore", "BACKUP",
     "make a register of a backup in an empty --state-dir and stop; begins a new epoch of the "
     "log"},
    {"--reason", "TEXT", "of a restore: why, for the log"},
    {"--force", NULL, "of a restore: move a register that is there aside"},
    {"--version", NULL, "print the version and stop"},
    {"--help", NULL, "print this and stop"},
    {NULL, NULL, NULL},
};

const struct setting *setting_by_name(const char *section, const char *name)
{
    for (size_t i = 0; i < setting_count; i++)
        if (strcmp(setting_table[i].section, section) == 0 &&
            strcmp(setting_table[i].name, name) == 0)
            return &setting_table[i];
    return NULL;
}

const struct setting *setting_by_flag(const char *flag, size_t size)
{
    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].flag != NULL && strlen(setting_table[i].flag) == size &&
            strncmp(setting_table[i].flag, flag, size) == 0)
            return &setting_table[i];
    return NULL;
}

bool setting_has_section(const char *section)
{
    for (size_t i = 0; i < setting_count; i++)
        if (strcmp(setting_table[i].section, section) == 0) return true;
    return false;
}

const struct setting *setting_near(const char *section, const char *name)
{
    struct suggest here = {.word = name};
    struct suggest anywhere = {.word = name};

    for (size_t i = 0; i < setting_count; i++) {
        suggest_offer(&anywhere, setting_table[i].name);
        if (strcmp(setting_table[i].section, section) == 0)
            suggest_offer(&here, setting_table[i].name);
    }
    if (here.best != NULL) return setting_by_name(section, here.best);
    for (size_t i = 0; anywhere.best != NULL && i < setting_count; i++)
        if (strcmp(setting_table[i].name, anywhere.best) == 0) return &setting_table[i];
    return NULL;
}

const char *setting_near_section(const char *section)
{
    struct suggest suggest = {.word = section};

    for (size_t i = 0; i < setting_count; i++)
        suggest_offer(&suggest, setting_table[i].section);
    return suggest.best;
}

const char *setting_near_flag(const char *flag)
{
    struct suggest suggest = {.word = flag};

    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].flag != NULL) suggest_offer(&suggest, setting_table[i].flag);
    for (const struct setting_action *action = setting_action_table; action->flag != NULL;
         action++)
        suggest_offer(&suggest, action->flag);
    return suggest.best;
}
