#!/usr/bin/python3
"""Memory runs out in the daemon itself, in its own code and in all libraries, at one call of malloc,
calloc or realloc, once or from there on. It may go on, refuse, or end at once with "out of memory" (the
policy of common/arena.h); whatever it does, nothing acknowledged is lost, nothing is there by halves or
twice, and it never ends in any other way."""
import mmap
import os
import random
import re
import signal
import struct
import time
import unittest

import battery
import grpc
from battery import harness
from harness import create, pb, submission

SHIM = os.path.join(harness.BUILD, "tests", "battery", "libfail_malloc.so")
POINTS = battery.amount(40, 1500)
OPS = 6  # of each point
WAIT = 5  # seconds that a call may take
ENDED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)


class Plan:
    """The shim's four numbers."""

    CALLS, AT, FOR_EVER, FAILED = range(4)

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(32))
        self.path = path
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 32)

    def get(self, at):
        return struct.unpack_from("<Q", self.memory, 8 * at)[0]

    def set(self, at, value):
        struct.pack_into("<Q", self.memory, 8 * at, value)

    def arm(self, call, for_ever):
        """`call` counts from now."""
        self.set(self.FAILED, 0)
        self.set(self.FOR_EVER, for_ever)
        self.set(self.AT, self.get(self.CALLS) + call)

    def disarm(self):
        self.set(self.AT, 0)


class Op:
    """One write, sent again under its id until it is answered."""

    def __init__(self, number):
        self.number, self.done = number, False
        self.id = f"op-{number}"
        self.period = f"cy{1900 + number // 10}"
        self.indicator = f"i{number % 10}"

    def send(self, api):
        if self.number % 3 == 0:  # two resources in one change
            answer = api.register.Apply(pb.register.ApplyRequest(
                request_id=self.id, reason=self.id, mutations=[
                    create(f"plans/a{self.number}", title=self.id, summary="s" * 3000),
                    create(f"plans/b{self.number}", title=self.id)]), timeout=WAIT)
        else:
            answer = api.register.SubmitObservations(pb.register.SubmitObservationsRequest(
                request_id=self.id, submissions=[submission(self.indicator, self.period,
                                                            str(self.number))]), timeout=WAIT)
        assert answer.seq > 0 and answer.results, answer
        self.done = True

    def check(self, api, test):
        if self.number % 3 == 0:
            for letter in "ab":
                test.assertEqual(api.get(f"plans/{letter}{self.number}").plan.title, self.id)
        else:
            name = f"observations/{self.indicator}/{self.period}"
            test.assertEqual(api.get(name).observation.value, str(self.number))


class Memory(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(battery.SEED)
        self.daemon = harness.Daemon(tcp=False)
        self.addCleanup(self.daemon.remove)
        self.plan = Plan(os.path.join(self.daemon.dir, "plan"))
        self.ops, self.made = [], 1
        self.ends = {"went on": 0, "out of memory": 0, "refused to start": 0, "stopped": 0}

    def arm(self, number, calls):
        self.point = (self.rng.randrange(1, calls + 1), number % 2)
        self.plan.arm(*self.point)

    def start(self, wait=True):
        env = harness.clean_env(LD_PRELOAD=SHIM, FAIL_MALLOC=self.plan.path)
        # The harness starts it with an environment of its own making.
        real, harness.clean_env = harness.clean_env, lambda **extra: {**env, **extra}
        try:
            self.daemon.start(wait=wait)
        finally:
            harness.clean_env = real

    def api(self):
        """On a connection of its own."""
        return harness.Api(self.daemon.unix, options=[("grpc.use_local_subchannel_pool", 1),
                                                      ("grpc.enable_retries", 0)])

    def load(self, api):
        """Writes and reads until something fails; every answer must be right."""
        for _ in range(OPS):
            op = Op(len(self.ops))
            self.ops.append(op)
            try:
                op.send(api)
                op.check(api, self)
                api.performance.GetScorecard(pb.performance.GetScorecardRequest(
                    scope="plans/p", period="2020-21"), timeout=WAIT)
                watch = api.log.WatchChanges(pb.change_log.WatchChangesRequest(from_seq=1),
                                             timeout=WAIT)
                self.assertEqual(next(watch).seq, 1)
                watch.cancel()
            except grpc.RpcError:
                pass
            if self.daemon.process.poll() is not None:
                return

    def ended(self):
        """How a daemon ended that has ended by itself."""
        code = self.daemon.wait()
        text = "".join(self.daemon.log)
        self.daemon.log.clear()
        if code == 0:
            return "went on"
        if code == -signal.SIGABRT and "out of memory" in text:
            return "out of memory"
        if code == 1 and re.search(r"out of memory|cannot be used", text):
            return "stopped"
        self.fail(f"point {self.point}: it ended with {code}, which is none of its ways:\n{text[-3000:]}")

    def survive(self, api):
        """With memory again: it serves, or has ended and starts."""
        self.plan.disarm()
        until = time.monotonic() + WAIT
        while self.daemon.process.poll() is None:
            try:
                probe = self.api()
                probe.admin.GetStatus(pb.admin.GetStatusRequest(), timeout=WAIT)
                probe.close()
                return "went on"
            except grpc.RpcError as error:
                self.assertIn(error.code(), ENDED, error)
                self.assertLess(time.monotonic(), until, "it neither serves nor ends")
        how = self.ended()
        self.assertNotEqual(how, "went on")
        self.start()
        return how

    def settle(self):
        """What was not answered is sent again; then all of it is there."""
        api = self.api()
        for op in self.ops[-OPS:]:
            if not op.done:
                op.send(api)
            op.check(api, self)
        self.assertEqual(api.seq(), self.made + len(self.ops))
        api.close()

    def test_while_it_serves(self):
        self.start()
        api = self.api()
        api.apply([create("plans/p", title="P")] + [
            create(f"indicators/i{n}", title="I", data_only=True) for n in range(10)])
        before = self.plan.get(Plan.CALLS)
        self.load(api)
        api.close()
        calls = self.plan.get(Plan.CALLS) - before
        struck = 0
        for point in range(POINTS):
            api = self.api()
            self.arm(point, calls)
            self.load(api)
            api.close()
            struck += self.plan.get(Plan.FAILED) > 0
            self.ends[self.survive(api)] += 1
            self.settle()
        self.plan.disarm()
        self.daemon.stop()
        figures = self.daemon.check()
        self.assertGreater(struck, POINTS // 2)
        print(f"{POINTS} points over {calls} allocations of a load, {struck} struck: {self.ends}; "
              f"{len(self.ops)} operations, register: {figures}", flush=True)

    def test_while_it_starts(self):
        self.made = 0
        for _ in range(2):  # the first makes the register
            before = self.plan.get(Plan.CALLS)
            self.start()
            calls = self.plan.get(Plan.CALLS) - before
            self.daemon.stop()
        for point in range(POINTS):
            self.arm(point, calls)
            self.start(wait=False)
            until = time.monotonic() + harness.START_SECONDS
            while self.daemon.process.poll() is None and not self.daemon._accepts():
                self.assertLess(time.monotonic(), until, "it neither serves nor ends")
                time.sleep(0.005)
            self.plan.disarm()
            self.daemon.process.send_signal(signal.SIGTERM)  # it may yet fail, or have
            how = self.ended()
            self.ends["refused to start" if how == "stopped" else how] += 1
        self.start()
        self.settle()
        self.daemon.stop()
        self.daemon.check()
        print(f"{POINTS} points over {calls} allocations of a start: {self.ends}", flush=True)


if __name__ == "__main__":
    if not os.path.exists(SHIM):
        harness.skip("a sanitizer has malloc of its own")
    battery.main()
