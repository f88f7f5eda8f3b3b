/* The catalogue of events. A row's message_id is never changed or used again: administrators'
 * filters rely on it (journalctl MESSAGE_ID=...). */
#include "common/log.h"

const struct log_event_row log_event_table[LOG_EVENTS] = {
    [LOG_EVENT_SERVING] =
        {"serving", "b952ede79e824e4ab02ba608b2ea8a90", LOG_LEVEL_NOTICE,
         "The register is open and served",
         "The register has been opened and recovered, and provostd accepts calls.\n"
         "\n"
         "CHANGE_SEQ= is the newest change in its log.\n"},
    [LOG_EVENT_STOPPING] = {"stopping", "b1db618f2bf042529d02a3fafd6ec380", LOG_LEVEL_NOTICE,
                            "The daemon is stopping",
                            "provostd was asked to stop. It lets open calls finish (setting "
                            "drain_seconds), copies the\n"
                            "write-ahead log into the database and ends.\n"},
    [LOG_EVENT_STOPPED] = {"stopped", "c84391ffb5e148c4b6c8dfd121fcc1b5", LOG_LEVEL_NOTICE,
                           "The daemon has stopped",
                           "Every answered change is in the database. The state directory may "
                           "be copied as it is.\n"},
    [LOG_EVENT_START_FAILED] =
        {"start_failed", "64645f5d2b304a3192d2babab7eb51b0", LOG_LEVEL_ERROR,
         "The daemon could not start",
         "The message says why and what to do. Nothing was served and nothing was changed.\n"},
    [LOG_EVENT_STORE_FAILED] =
        {"store_failed", "ede0d7c896494d6bb2785fdc94570f6e", LOG_LEVEL_ERROR,
         "The register's disk has failed",
         "A write to the register failed in a way that leaves unknown what the disk holds. "
         "provostd\n"
         "ends at once and answers nothing more; the next start recovers every change that "
         "was\n"
         "answered. Look at the disk (dmesg, smartctl) before anything else. When the failure "
         "comes\n"
         "back, restore the newest backup on another disk: provostd(8), RESTORE.\n"},
    [LOG_EVENT_RELOADED] = {"reloaded", "84724211c8d24a9d99be68a17d3d527f", LOG_LEVEL_NOTICE,
                            "Settings were read again",
                            "The files of settings were read again after a SIGHUP. The lines "
                            "before say which settings\n"
                            "were taken and which wait for the next start.\n"},
    [LOG_EVENT_RELOAD_FAILED] = {"reload_failed", "ff448ace68b649c29b952c8a647ac76c",
                                 LOG_LEVEL_ERROR, "Settings could not be read again",
                                 "There is a mistake in the files of settings; the message "
                                 "names file and line. provostd runs\n"
                                 "on with the settings it had. Check with: provostd --config "
                                 "/etc/provost/provostd.conf\n"
                                 "--check-config\n"},
    [LOG_EVENT_WATCHDOG] = {"watchdog", "6c34543948da4536b7c45243a1fdb4f0", LOG_LEVEL_ERROR,
                            "The writer does not answer",
                            "The thread that writes to the register has not answered for a "
                            "while: it waits for the disk, or\n"
                            "it hangs. systemd restarts provostd when this goes on for longer "
                            "than WatchdogSec=. No\n"
                            "answered change is lost by that.\n"},
    [LOG_EVENT_CALL_FAILED] = {"call_failed", "b643b3b9720e4ab083580ec4318086ff",
                               LOG_LEVEL_ERROR, "A call failed inside the daemon",
                               "RPC= ended with GRPC_STATUS= INTERNAL, UNKNOWN or DATA_LOSS, "
                               "which a client cannot cause.\n"
                               "Please report it with this message. PRINCIPAL=, REQUEST_ID= "
                               "and TRACE_ID= say whose call\n"
                               "it was, where known.\n"},
    [LOG_EVENT_CALL] =
        {"call", "dc7c557e9de442e7934294ec15d41baf", LOG_LEVEL_INFO, "A call was answered",
         "One line of the access log, of which the setting calls_every takes a sample.\n"},
    [LOG_EVENT_DENIED] = {"denied", "5bf334fb42d44b8b8f36e2aadf8c80d6", LOG_LEVEL_WARNING,
                          "A call was refused for want of rights",
                          "PRINCIPAL= called RPC= and may not. When this is a surprise: "
                          "provost principals and provost\n"
                          "grants show who has which role where. Many of these in a short time "
                          "are an attempt.\n"},
    [LOG_EVENT_READ_ONLY] = {"read_only", "7821a910d09d4aedaad0da348ebae008", LOG_LEVEL_WARNING,
                             "Writes are refused",
                             "The disk of the register is full, or an administrator has made "
                             "the register read-only. Reads go\n"
                             "on. Writes are taken again as soon as there is room, or when the "
                             "administrator says so.\n"},
    [LOG_EVENT_CHECKPOINT] =
        {"checkpoint", "fa0b7c7eaf6e4fafb3495b7f122e68e8", LOG_LEVEL_NOTICE,
         "The log's signed checkpoint",
         "Origin, size and root of the newest checkpoint, once an hour when it has moved. The "
         "journal is so a\n"
         "place apart from the database that remembers how the log was: scripts/verify-log\n"
         "--checkpoint with checkpoints/latest of that time tells whether it still is.\n"},
};
