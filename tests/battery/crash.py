#!/usr/bin/python3
"""kill -9 again and again under 8 writers whose acknowledgements are on disk before their next
request: nothing acknowledged is lost, nothing is doubled or half there (e2e_crash.py, longer)."""
import battery
import e2e_crash
import e2e_load

e2e_crash.ROUNDS = battery.amount(15, 200)
e2e_crash.CLIENTS = e2e_load.CLIENTS = 8
e2e_crash.SUBMISSIONS = battery.amount(400, 5000)
e2e_crash.INDICATORS = 200
e2e_crash.SECONDS = 900
e2e_load.LOAD_ENV["PROVOST_LOAD_FSYNC"] = "1"


class CrashBattery(e2e_crash.CrashTest):
    """8 writers."""


del e2e_crash.CrashTest  # the short one is a test of its own

if __name__ == "__main__":
    battery.main()
