#!/usr/bin/python3
"""A register that an older provostd has filled: it opens, answers what was asked then as it did, keeps what
was erased erased, goes on, and its log verifies with a checkpoint from before."""
import os
import re
import sqlite3
import subprocess
import sys
import unittest

import grpc

import harness
from harness import create, pb, submission

DUMP = os.path.join(harness.ROOT, "tests", "data", "register-before-answers.sql")
SCRIPT = os.path.join(harness.ROOT, "scripts", "verify-log")
CHANGES = 9


class OldRegister(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon()
        self.addCleanup(self.daemon.remove)
        with open(DUMP, encoding="utf-8") as file:
            text = file.read()
        db = sqlite3.connect(os.path.join(self.daemon.state_dir, "register.db"))
        db.executescript(text)
        db.close()

        def comments(name):
            return re.findall(rf"^-- {name}: (.*)$", text, re.MULTILINE)
        self.put(os.path.join(self.daemon.state_dir, "log.key"), comments("key"))
        self.checkpoint = self.put(os.path.join(self.daemon.dir, "checkpoint"),
                                   comments("checkpoint"))
        self.key = self.put(os.path.join(self.daemon.dir, "key"), comments("verifier"))
        self.daemon.start()
        self.api = self.daemon.api(tcp=True)
        self.addCleanup(self.api.close)

    def put(self, path, lines):
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        os.chmod(path, 0o600)
        return path

    def reason_of(self, call, *args, **fields):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*args, **fields)
        return harness.Failure(caught.exception).info.reason

    def test_it_goes_on(self):
        self.assertEqual(self.api.seq(), CHANGES)
        for n in range(5):  # asked before, and answered as then
            answer = self.api.submit([submission("i", f"cy{2000 + n}", str(n))],
                                     request_id=f"r-{n + 1}")
            self.assertEqual((answer.seq, answer.results[0].outcome),
                             (n + 2, pb.register.OUTCOME_CREATED))
        self.assertEqual(self.reason_of(self.api.submit, [submission("i", "cy2000", "1")],
                                        request_id="r-1"), "REQUEST_ID_REUSED")
        self.assertEqual(self.reason_of(self.api.apply, [create("posts/h", title="SecretName")],
                                        request_id="r-p"), "ANSWER_REDACTED")
        self.assertEqual(self.api.seq(), CHANGES)
        self.assertEqual(self.api.get("observations/i/cy2000").observation.value, "7")
        self.assertEqual(self.api.get("observations/i/cy2000", as_of_seq=2).observation.value, "0")
        self.assertEqual(self.api.get("posts/h").post.title, "")
        made = self.api.submit([submission("i", "cy2010", "1")], request_id="new")
        self.assertEqual(made.seq, CHANGES + 1)
        self.daemon.provost("audit", "verify")
        self.daemon.provost("audit", "consistency", self.checkpoint)
        log = os.path.join(self.daemon.dir, "log.jsonl")
        self.daemon.provost("audit", "export", log)
        done = subprocess.run([sys.executable, SCRIPT, "--log", log, "--checkpoint",
                               self.checkpoint, "--key", self.key], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.api.close()
        self.daemon.finish()


if __name__ == "__main__":
    harness.main()
