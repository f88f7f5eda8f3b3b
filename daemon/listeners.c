#include "access.h"
#include "common/log.h"
#include "daemon.h"
#include "metrics.h"
#include "metrics_http.h"
#include "net/server.h"
#include "net/tls.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static const char metrics_name[] = "metrics";

static struct status listen_on_text(struct daemon *daemon, const char *text)
{
    struct listen_address address;
    const char *taken = "";
    struct status status =
        listen_parse(text, daemon->config.insecure_tcp, &daemon->arena, &address);

    if (status_is_ok(status))
        status = server_listen(daemon->server, &address, &daemon->arena, &taken);
    if (status_is_ok(status)) log_info("listening on %s", taken);
    if (status_is_ok(status) && address.kind == LISTEN_TCP && !address.secure)
        log_warning(
            "%s: everybody on this machine may do everything there (--insecure-tcp); for "
            "trials only",
            taken);
    return status;
}

static struct metrics_http_options metrics_options(struct daemon *daemon)
{
    return (struct metrics_http_options){
        .loop = &daemon->loop, .write = metrics_write, .data = daemon};
}

static struct status open_metrics_fd(struct daemon *daemon, int fd)
{
    struct metrics_http_options options = metrics_options(daemon);
    struct status status;

    if (daemon->metrics != NULL)
        return status_invalid(&daemon->arena, "CONFIG_INVALID", NULL,
                              "systemd has passed more than one socket named metrics");
    status = metrics_http_open_fd(&options, fd, &daemon->arena, &daemon->metrics);
    if (status_is_ok(status)) log_info("metrics on a socket of systemd");
    return status;
}

static struct status take_passed(struct daemon *daemon, int fd, const char *name)
{
    const char *taken = "";
    struct status status;

    if (strcmp(name, metrics_name) == 0) return open_metrics_fd(daemon, fd);
    status = server_listen_fd(daemon->server, fd, &daemon->arena, &taken);
    if (status_is_ok(status)) log_info("listening on %s of systemd", taken);
    return status;
}

/* *out_count: sockets for gRPC. */
static struct status take_all_passed(struct daemon *daemon, unsigned *out_count)
{
    char **names = NULL;
    int count = sd_listen_fds_with_names(1, &names);
    struct status status = status_ok();

    *out_count = 0;
    for (int i = 0; i < count; i++) {
        if (status_is_ok(status))
            status = take_passed(daemon, SD_LISTEN_FDS_START + i, names[i]);
        if (strcmp(names[i], metrics_name) != 0) ++*out_count;
        free(names[i]);
    }
    free(names);
    return status;
}

static struct status listen_for_metrics(struct daemon *daemon)
{
    struct metrics_http_options options = metrics_options(daemon);
    const char *text = daemon->config.metrics_listen;
    struct status status;

    if (*text == '\0' || daemon->metrics != NULL) return status_ok();
    status = metrics_http_open(&options, text, &daemon->arena, &daemon->metrics);
    if (status_is_ok(status)) log_info("metrics on %s", text);
    return status;
}

struct status daemon_listen(struct daemon *daemon)
{
    const struct config_list *listen = &daemon->config.listen;
    unsigned passed;
    struct status status = take_all_passed(daemon, &passed);

    if (!status_is_ok(status)) return status;
    if (passed == 0 && listen->count == 0)
        return status_invalid(&daemon->arena, "CONFIG_INVALID", NULL,
                              "nowhere to listen: give --listen unix:/path/to/socket");
    /* First: who finds the daemon may ask for its figures at once. */
    status = listen_for_metrics(daemon);
    for (unsigned i = 0; i < listen->count && status_is_ok(status); i++)
        status = listen_on_text(daemon, listen->values[i]);
    return status;
}

struct status daemon_check_addresses(const struct config *config, struct arena *arena)
{
    struct status status = status_ok();
    struct listen_address address;
    struct tls_context *tls = NULL;

    for (unsigned i = 0; i < config->listen.count && status_is_ok(status); i++)
        status = listen_parse(config->listen.values[i], config->insecure_tcp, arena, &address);
    if (status_is_ok(status)) status = access_read_tls(config, arena, &tls);
    if (status_is_ok(status)) tls_context_free(tls);
    if (status_is_ok(status) && *config->metrics_listen != '\0')
        status = listen_parse(config->metrics_listen, true, arena, &address);
    return status;
}
