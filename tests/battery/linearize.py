#!/usr/bin/python3
"""Histories of 10 clients on 20 registers, through the real daemon that is killed and started again
meanwhile, are linearizable; the checker (linearize.c) finds defects put into them."""
import os
import random
import subprocess
import threading
import time

import battery
import grpc
import harness
from harness import create, patch

LINEARIZE = os.path.join(harness.BUILD, "tests", "battery", "linearize")
CLIENTS, KEYS = 10, 20
OPS = battery.amount(200, 5000)
KILLS = battery.amount(2, 12)
TIMES = {"r": 0.3, "w": 0.2, "c": 0.5}


class Client(threading.Thread):
    """Reads, writes and compares-and-sets; keeps what it did and when."""

    def __init__(self, daemon, number):
        super().__init__()
        self.daemon_under_test, self.number = daemon, number
        self.dice = random.Random(battery.SEED * 100 + number)
        self.lines, self.error = [], None
        self.known = {}  # key -> (value, revision)

    def run(self):
        try:
            for n in range(OPS):
                self.step(n)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def open(self):
        # A pool of its own: a killed connection is nobody else's.
        return harness.Api(self.daemon_under_test.unix, options=[
            ("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 200),
            ("grpc.initial_reconnect_backoff_ms", 20), ("grpc.enable_retries", 0)])

    def step(self, n):
        if n == 0:
            self.api = self.open()
        key, value = self.dice.randrange(KEYS), self.number * OPS + n + 1
        kind = self.dice.choices(list(TIMES), TIMES.values())[0]
        if key not in self.known and kind == "c":
            kind = "r"
        expected, base = self.known.get(key, (0, 0)) if kind == "c" else (0, 0)
        # Some answers are not waited for: their outcome is unknown.
        patience = 0.002 if kind != "r" and self.dice.random() < 0.03 else 5
        start = time.monotonic_ns()
        outcome, seen, revision = self.call(kind, f"actions/k-{key}", value, base, patience)
        end = time.monotonic_ns()
        if kind == "r" and outcome == "u":
            return  # a read without an answer says nothing
        if outcome == "o":
            self.known[key] = (seen, revision)
        self.lines.append(f"{key} {kind} {start} {end} {seen if kind == 'r' else value}"
                          f" {expected} {outcome}")

    def call(self, kind, name, value, base, patience):
        try:
            if kind == "r":
                resource = self.api.register.GetResource(
                    harness.pb.register.GetResourceRequest(name=name), timeout=patience)
                resource = resource.resource
            else:
                request = harness.pb.register.ApplyRequest(
                    mutations=[patch(name, base_seq=base, title=str(value))])
                resource = self.api.register.Apply(request, timeout=patience).results[0].resource
            return "o", int(resource.action.title), resource.revision
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.ABORTED:
                return "f", 0, 0
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED,
                                grpc.StatusCode.CANCELLED):
                if error.code() == grpc.StatusCode.UNAVAILABLE:
                    time.sleep(0.1)  # it is being killed or started
                return "u", 0, 0
            raise


class LinearizeTest(harness.unittest.TestCase):
    def test_histories(self):
        daemon = harness.Daemon().start()
        self.addCleanup(daemon.remove)
        api = daemon.api()
        api.apply([create("plans/p", title="P", period="2021-24")] +
                  [create(f"actions/k-{k}", title="0", plan="plans/p") for k in range(KEYS)])
        api.close()
        clients = [Client(daemon, n) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        dice, total = random.Random(battery.SEED), CLIENTS * OPS
        for n in range(1, KILLS + 1):
            while sum(len(c.lines) for c in clients) < total * n // (KILLS + 1) * 0.9 and \
                    any(c.is_alive() for c in clients):
                time.sleep(0.002)
            time.sleep(dice.random() * 0.02)
            daemon.kill()
            daemon.start()
        for client in clients:
            client.join()
            if client.error:
                raise client.error
            client.api.close()
        daemon.stop()
        daemon.check()
        path = os.path.join(daemon.dir, "history")
        with open(path, "w", encoding="ascii") as f:
            for client in clients:
                f.writelines(line + "\n" for line in client.lines)
        for what in ("check", "inject"):
            done = subprocess.run([LINEARIZE, what, path], text=True, capture_output=True,
                                  timeout=600, check=False)
            print(f"{what}: {done.stdout.strip()}", flush=True)
            self.assertEqual(done.returncode, 0, done.stderr + f"\n{what} {path}")
        print(f"{CLIENTS} clients, {KEYS} registers, {KILLS} kill -9 meanwhile", flush=True)


if __name__ == "__main__":
    battery.main()
