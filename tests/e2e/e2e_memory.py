#!/usr/bin/python3
"""Memory that a peer makes the daemon hold is counted as it is, not as it came: a message of empty
parts takes eighty times its bytes once it is decoded."""
import os
import threading
import time
import unittest

import grpc

import harness
from harness import pb, submission

CODE = grpc.StatusCode
SUBMIT = "/provost.v1.RegisterService/SubmitObservations"
LIMIT_MEGABYTES = 64
EMPTY = b"\x0a\x00" * 100_000  # so many submissions without anything in them


def peak_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


class Hoarder:
    """A call that sends its only message and never ends it."""

    def __init__(self, channel):
        self.go = threading.Event()
        call = channel.stream_unary(SUBMIT, lambda raw: raw, lambda raw: raw)
        self.future = call.future(self.parts(), timeout=300)

    def parts(self):
        yield EMPTY
        self.go.wait(360)

    def code(self):
        return self.future.code() if self.future.done() else None


class Memory(unittest.TestCase):
    def setUp(self):
        directory = harness.tempfile.mkdtemp(prefix="provost-memory-")
        self.addCleanup(harness.shutil.rmtree, directory, True)
        config = os.path.join(directory, "c.conf")
        with open(config, "w") as file:
            file.write(f"[limits]\nbuffered_megabytes = {LIMIT_MEGABYTES}\n")
        self.daemon = harness.Daemon(args=["--config", config]).start()
        self.addCleanup(self.daemon.finish)
        self.api = self.daemon.api()
        self.addCleanup(self.api.close)

    def test_what_decodes_into_much_is_counted_so(self):
        self.api.apply([harness.create("indicators/i", title="I")])
        before = peak_bytes(self.daemon.process.pid)
        channels = [grpc.insecure_channel(self.daemon.tcp, options=[("n", n)]) for n in range(4)]
        hoarders = [Hoarder(channels[n % 4]) for n in range(40)]
        self.addCleanup(lambda: [h.go.set() for h in hoarders] + [c.close() for c in channels])
        until = time.monotonic() + 300
        # Those beyond the limit are refused; those within it are given up when they do not end.
        while any(h.code() is None for h in hoarders):
            self.assertLess(time.monotonic(), until, [h.code() for h in hoarders])
            time.sleep(0.05)
        codes = [h.code() for h in hoarders]
        self.assertIn(CODE.UNAVAILABLE, codes)
        self.assertIn(CODE.DEADLINE_EXCEEDED, codes)
        self.assertLessEqual(set(codes), {CODE.UNAVAILABLE, CODE.DEADLINE_EXCEEDED})
        if harness.SCALE == 1:  # a sanitizer's memory is not ours
            grown = peak_bytes(self.daemon.process.pid) - before
            print(f"{len(hoarders)} calls of {len(EMPTY)} bytes: {grown >> 20} MiB more")
            self.assertLess(grown, (LIMIT_MEGABYTES + 64) << 20)
        # And others have room again.
        self.api.submit([submission("i", "2021-22.q1", "5")])

    def test_a_message_that_decodes_into_too_much_is_refused(self):
        call = self.api.channel.unary_unary(SUBMIT, lambda raw: raw, lambda raw: raw)
        with self.assertRaises(grpc.RpcError) as caught:
            call(b"\x0a\x00" * 2_000_000, timeout=30)
        self.assertEqual(caught.exception.code(), CODE.RESOURCE_EXHAUSTED)
        self.assertIn("decodes into too much", caught.exception.details())


if __name__ == "__main__":
    harness.main()
