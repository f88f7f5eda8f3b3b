#!/usr/bin/python3
"""Hours in minutes: mixed work half of the time at all the daemon gives, watchers that come and go,
clients that vanish in the middle, and then: nothing has grown, nothing is stuck, all is there.

Half the peak load is made of bursts: a second of work with 64 requests in flight, a second of rest.
"""
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import battery
from battery import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import subjects  # noqa: E402

SECONDS = battery.amount(6, 480)
BUILD = pathlib.Path(os.environ.get("PROVOST_BUILD", "build/release"))
SETTLE_SECONDS = 4
# What a heap may still gain while it finds its size, beside a tenth.
SLACK_KIB = 8192 if not os.environ.get("PROVOST_TEST_SCALE", "1").startswith("0") else 262144
WORKS = ("mixed", "mixed", "mixed", "revise-one", "submit-batch", "patch-action", "scorecard",
         "log-service", "progress")


class Sample:
    """What the daemon holds at a moment."""

    def __init__(self, subject, metrics):
        pid = subject.process.pid
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        self.pss_kib = int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
        self.files = len(os.listdir(f"/proc/{pid}/fd"))
        self.threads = len(os.listdir(f"/proc/{pid}/task"))
        told = scrape(metrics)
        self.calls = told["provost_calls_in_flight"]
        self.watches = told["provost_watches"]
        self.connections = told["provost_connections"]
        self.seq = told["provost_log_seq"]

    def __str__(self):
        return (f"Pss {self.pss_kib} KiB, {self.files} files, {self.threads} threads, "
                f"{self.connections:.0f} connections, {self.calls:.0f} calls, "
                f"{self.watches:.0f} watches, seq {self.seq:.0f}")


def scrape(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(str(path))
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b""
        while part := s.recv(65536):
            text += part
    return {m.group(1): float(m.group(2))
            for m in re.finditer(r"^(provost_\w+) ([-+.eE\d]+)$", text.decode(), re.M)}


class Soak(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="provost-soak-")
        self.addCleanup(self.place.cleanup)
        self.subject = subjects.Provost(self.place.name, BUILD)
        self.metrics = pathlib.Path(self.place.name) / "metrics.sock"
        self.subject.more = ("--metrics-listen", f"unix:{self.metrics}")
        self.subject.indicators = 1000 if battery.LONG else 100
        self.addCleanup(self.subject.stop)
        self.subject.start()
        self.rng = random.Random(battery.SEED)
        self.answers, self.vanished, self.received = 0, 0, 0

    def watchers(self):
        seconds = self.rng.randint(3, 8)
        return subprocess.Popen(
            [str(BUILD / "bench/watchers"), self.subject.server, "10", str(seconds),
             self.rng.choice(("all", "department"))], stdout=subprocess.PIPE, text=True)

    def burst(self):
        report = self.subject.measure(self.rng.choice(WORKS), (8, 8), 1)
        self.assertEqual((report["wrong"], report["broken"], report["codes"]), (0, 0, {}))
        self.answers += report["answers"]

    def vanish(self):
        """Sixty-four calls whose client is gone before they are answered."""
        work = self.rng.choice(("scorecard", "submit-one", "series"))
        with subprocess.Popen(
                [str(BUILD / "bench/load"), "--server", self.subject.server, "--work", work,
                 "--connections", "8", "--streams", "8", "--indicators",
                 str(self.subject.indicators), "--first", str(self.subject.first), "--token-file",
                 str(self.subject.token)], stdout=subprocess.DEVNULL) as client:
            time.sleep(self.rng.uniform(0.05, 0.4))
            client.kill()
        self.subject.first += 10000
        self.vanished += 1

    def rested(self):
        """A sample once what was under way has ended."""
        end = time.monotonic() + 60
        while True:
            sample = Sample(self.subject, self.metrics)
            if (sample.calls, sample.watches, sample.connections) == (0, 0, 0):
                return sample
            self.assertLess(time.monotonic(), end, f"something is stuck: {sample}")
            time.sleep(0.2)

    def work(self, seconds):
        end = time.monotonic() + seconds
        watchers = self.watchers()
        while time.monotonic() < end:
            self.burst()
            time.sleep(1)
            if self.rng.random() < 0.2:
                self.vanish()
            if watchers.poll() is not None:
                self.received += json.loads(watchers.communicate()[0])["received"]
                watchers = self.watchers()
        self.received += json.loads(watchers.communicate(timeout=60)[0])["received"]

    def test_nothing_grows(self):
        self.work(SECONDS / 4)
        time.sleep(SETTLE_SECONDS)
        first = self.rested()
        print(f"after a quarter: {first}", flush=True)
        self.work(SECONDS * 3 / 4)
        time.sleep(SETTLE_SECONDS)
        last = self.rested()
        print(f"at the end:      {last}\n{self.answers} answers, {self.received} changes to "
              f"watchers, {self.vanished} times 64 calls whose client vanished", flush=True)
        self.assertLessEqual(last.files, first.files + 2)
        self.assertEqual(last.threads, first.threads)
        self.assertLess(last.pss_kib, first.pss_kib * 1.1 + SLACK_KIB)
        self.subject.stop()
        self.assertEqual(self.subject.process.returncode, 0,
                         (self.subject.dir / "log").read_text()[-2000:])
        figures = harness.verify_register.verify(str(self.subject.dir))
        print(f"register: {figures}")


if __name__ == "__main__":
    battery.main()
