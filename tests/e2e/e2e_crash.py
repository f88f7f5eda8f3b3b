#!/usr/bin/python3
"""kill -9 of the daemon, again and again while 64 clients submit: after each start nothing that was
acknowledged is missing, nothing is doubled or half there, and the log adds up to its root."""
import os
import random
import shutil
import sqlite3
import tempfile
import time

import harness
from e2e_load import CLIENTS, Load, check_stored, make_indicators
from harness import scaled

ROUNDS = scaled(20, 6)
SUBMISSIONS = scaled(1000, 60)
INDICATORS = 200
SECONDS = 240
CHECKED_ROUNDS = (1, 3, 5)  # early, while it is cheap


class Counter:
    """Acknowledgements so far, by the ends of lines, without reading the files again and again."""

    def __init__(self, paths):
        self.lines = 0
        self.offsets = dict.fromkeys(paths, 0)

    def total(self):
        for path, offset in self.offsets.items():
            if os.path.exists(path):
                with open(path, "rb") as f:
                    f.seek(offset)
                    data = f.read()
                self.offsets[path] += len(data)
                self.lines += data.count(b"\n")
        return self.lines


def stored_figures(state_dir):
    db = sqlite3.connect(f"file:{state_dir}/register.db?mode=ro", uri=True)
    found = {f"observations/{row[0]}": (row[1], row[2])
             for row in db.execute("SELECT id, from_seq, value FROM observation")}
    db.close()
    return found


class CrashTest(harness.unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("PROVOST_TEST_SEED", random.SystemRandom().getrandbits(32)))
        print(f"PROVOST_TEST_SEED={self.seed}", flush=True)
        self.daemon = harness.Daemon().start()
        self.addCleanup(self.daemon.remove)

    def kill_rounds(self, load):
        """Kills at random moments, spread over the load by the number of acknowledgements."""
        dice = random.Random(self.seed)
        done, count = 0, Counter(load.acks)
        for done in range(1, ROUNDS + 1):
            aim = load.total * done // (ROUNDS + 1)
            until = time.monotonic() + SECONDS
            while count.total() < aim and load.is_running() and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(dice.random() * 0.05)
            if not load.is_running():
                self.fail(f"the load was over after {done - 1} rounds")
            self.daemon.kill()
            acked = count.total()
            if done in CHECKED_ROUNDS:
                self.check_between(load)
            self.daemon.start()
            api = self.daemon.api()
            self.assertGreaterEqual(api.seq(), acked + 1)
            api.close()
        return done

    def check_between(self, load):
        """What the killed daemon left, in a copy that SQLite recovers: whole, nothing missing."""
        with tempfile.TemporaryDirectory() as copy:
            for name in ("register.db", "register.db-wal"):
                shutil.copy(os.path.join(self.daemon.state_dir, name), copy)
            problems = harness.verify_register.verify(copy)[1]
            self.assertEqual(problems, [])
            stored = stored_figures(copy)
        for name, seq, value, _ in load.acknowledged():
            self.assertEqual(stored.get(name), (seq, value), f"{name} was acknowledged")

    def test_crash(self):
        api = self.daemon.api()
        make_indicators(api, INDICATORS)
        api.close()
        start = time.monotonic()
        load = Load(self.daemon, CLIENTS, SUBMISSIONS, INDICATORS, SECONDS)
        self.addCleanup(load.abandon)
        rounds = self.kill_rounds(load)
        texts = load.wait(SECONDS)
        seconds = time.monotonic() - start
        print("unix:", texts[0], "\ntcp: ", texts[1])
        print(f"{rounds} times kill -9 in {seconds:.1f} s over {load.total} figures", flush=True)
        self.assertEqual(rounds, ROUNDS)
        self.daemon.stop()
        print("register:", self.daemon.check())
        check_stored(self, self.daemon, load)


if __name__ == "__main__":
    harness.main()
