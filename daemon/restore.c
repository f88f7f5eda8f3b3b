/* provostd --restore: a register made of a backup, without serving it. */
#include "store/restore.h"
#include "common/log.h"
#include "daemon.h"
#include "service/catalog.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The name of the user that runs this process. */
static const char *operator_name(struct arena *arena)
{
    const struct passwd *user = getpwuid(geteuid());

    if (user != NULL) return arena_strdup(arena, user->pw_name);
    return arena_printf(arena, "uid-%u", (unsigned)geteuid());
}

int daemon_restore(const struct config *config, struct arena *arena)
{
    struct restore_options options = {
        .backup_dir = config->restore_from,
        .state_dir = config->state_dir,
        .principal = operator_name(arena),
        .reason = config->restore_reason ? config->restore_reason : "",
        .force = config->restore_force,
        .kinds = catalog_kinds(),
    };
    struct restored restored;
    struct status status = store_restore(&options, arena, &restored);

    if (!status_is_ok(status)) {
        log_error("%s", status.message);
        return EXIT_FAILURE;
    }
    printf("restored %s into %s: epoch %u of the log begins with change %lld\n",
           options.backup_dir, options.state_dir, (unsigned)restored.epoch,
           (long long)restored.seq);
    if (restored.erased > 0)
        printf("%lld values erased after the backup are erased again\n",
               (long long)restored.erased);
    if (restored.erased < 0)
        printf("the register that was there cannot be read: erase again what was erased after "
               "the backup\n");
    if (restored.aside) printf("the register that was there is in %s\n", restored.aside);
    return EXIT_SUCCESS;
}
