#include "access.h"

#include "common/log.h"
#include "net/server.h"
#include "net/tls.h"
#include "rpc/auth.h"
#include "store/access.h"

struct status access_open(struct daemon *daemon)
{
    const struct config *config = &daemon->config;
    struct auth_options options = {
        .store = daemon->store,
        .touch = txn_touch_token,
        .rules = {config->local_admin, config->unix_group},
        .jwks_path = config->jwt_keys,
        .jwt_issuer = config->jwt_issuer,
        .jwt_audience = config->jwt_audience,
        .jwt_subject_claim = config->jwt_subject,
    };

    return auth_new(&options, &daemon->arena, &daemon->auth);
}

struct status access_read_tls(const struct config *config, struct arena *arena,
                              struct tls_context **out_tls)
{
    struct tls_files files = {
        .cert = config->tls_cert,
        .key = config->tls_key,
        .client_ca = config->tls_client_ca,
        .client_crl = config->tls_client_crl,
        .client_required = config->tls_client_required,
    };

    *out_tls = NULL;
    return config->tls_cert[0] != '\0' ? tls_context_new(&files, arena, out_tls) : status_ok();
}

void access_reload(struct daemon *daemon)
{
    struct tls_context *tls = NULL;
    struct arena arena;
    struct status status;

    arena_init(&arena, SIZE_MAX);
    status = auth_reload(daemon->auth, &arena);
    if (!status_is_ok(status)) log_error("%s; the old keys stay", status.message);
    status = access_read_tls(&daemon->config, &arena, &tls);
    if (!status_is_ok(status))
        log_error("%s; the old certificate stays", status.message);
    else
        server_set_tls(daemon->server, tls);
    auth_on_second(daemon->auth); /* whom the new files trust no more is out at once */
    arena_release(&arena);
}
