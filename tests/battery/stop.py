#!/usr/bin/python3
"""SIGTERM again and again under load. The clients are strict: a status of 0 comes with the message, and
every call ends (tests/e2e/submit_load). Every figure is there once at the end, and the log verifies."""
import os
import random
import sys
import time
import unittest

import battery
from battery import harness

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import e2e_load  # noqa: E402

ROUNDS = battery.amount(15, 300)
CLIENTS = 16


class Stop(unittest.TestCase):
    def test_every_call_is_answered_or_refused_whole(self):
        rng = random.Random(battery.SEED)
        daemon = harness.Daemon()
        self.addCleanup(daemon.remove)
        daemon.start()
        api = daemon.api()
        e2e_load.make_indicators(api, 32)
        api.close()
        rounds = 0
        total = 0
        while rounds < ROUNDS:
            # A second load asks for the same figures: then the kept answers are told.
            load = e2e_load.Load(daemon, CLIENTS, battery.amount(400, 4000), 32, 600)
            self.addCleanup(load.abandon)
            while rounds < ROUNDS and load.is_running():
                time.sleep(rng.uniform(0.02, 0.25))
                daemon.stop()
                daemon.start()
                rounds += 1
            texts = load.wait(600)
            total += load.total
            print(f"{rounds} stops; {texts}", flush=True)
        daemon.stop()
        figures = daemon.check()
        print(f"{rounds} stops under {CLIENTS} clients, {total} figures, register: {figures}")


if __name__ == "__main__":
    battery.main()
