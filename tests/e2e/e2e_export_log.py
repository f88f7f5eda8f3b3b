#!/usr/bin/python3
"""`provost audit export`: the log as a file. It is byte for byte what scripts/verify-log makes of the
database file, verifies with an older checkpoint, holds nothing that was erased, and is there as a
whole or not at all, whatever happens on the way."""
import os
import stat
import subprocess
import sys
import tempfile

import grpc

import harness
from gate import Gate
from harness import create, delete, pb, submission

SCRIPT = os.path.join(harness.ROOT, "scripts", "verify-log")
L = pb.change_log
SECRET = "Xx7ErasedText"
BULKY = 50          # changes of
BULK = 60_000       # bytes: more than any window holds


class ExportLog(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        api = cls.api
        api.apply([create("indicators/foi", title='A "quoted"\ttitle\nof two lines \\ £ \u2028',
                          data_only=True),
                   create("organisations/o", title="O", significant=True),
                   create("plans/p", title="P", summary="s")], reason="first: \"né\"")
        cls.daemon.provost("audit", "checkpoint", cls.path("older"))
        cls.daemon.provost("audit", "key", cls.path("key"))
        person = cls.daemon.api(service="housing", person="Zoë Ó Briain")
        person.submit([submission("foi", "2020-21", "97.5%")], request_id="r-1")
        person.submit([submission("foi", "2020-21", "98%")], revise=True, reason="late")
        person.close()
        api.apply([create("posts/head", title="Head", holders=[
            pb.resources.PostHolder(name="Jane Roe")])])
        api.apply([create(f"organisations/x{i}", title=f"X {i}") for i in range(300)])
        api.apply([delete("organisations/x7")], reason="closed")
        for i in range(BULKY):
            api.apply([create(f"plans/b{i}", title="B", summary=f"{i} " + "£" * (BULK // 2))])

    @classmethod
    def path(cls, name):
        return os.path.join(cls.daemon.dir, name)

    def verify(self, log, *more):
        done = subprocess.run(
            [sys.executable, SCRIPT, "--log", log, "--checkpoint", self.path("older"), "--key",
             self.path("key"), *more], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def offline(self):
        """What --write-export makes of the file, taken by a backup."""
        name = f"b{self.api.seq()}-{self.id().rsplit('.', 1)[-1]}".replace("_", "-")
        self.daemon.provost("backup", name)
        found = os.path.join(self.daemon.state_dir, "backups", name, "register.db")
        out = self.path(name + ".jsonl")
        done = subprocess.run([sys.executable, SCRIPT, "--db", found, "--write-export", out],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.read(out)

    def erase(self, **what):
        request = dict(reason="UK GDPR article 17", **what)
        asked = self.api.log.RedactChange(L.RedactChangeRequest(**request), timeout=60)
        return self.api.second.log.RedactChange(
            L.RedactChangeRequest(approval_id=asked.approval_id, **request), timeout=60)

    def leftovers(self, folder):
        return [n for n in os.listdir(folder) if ".tmp-" in n]

    def test_it_is_what_the_database_file_gives(self):
        path = self.path("log.jsonl")
        said = self.daemon.provost("audit", "export", path)
        self.assertIn(f"{self.api.seq()} changes", said.err)
        self.assertIn(f"{os.path.getsize(path)} bytes", said.err)
        self.assertEqual(said.out, "")
        self.assertNotIn("not opened", self.verify(path))
        self.assertEqual(self.read(path), self.offline())
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)

    def test_a_folder_gets_all_that_is_needed(self):
        folder = tempfile.mkdtemp(dir=self.daemon.dir)
        self.daemon.provost("audit", "export", folder)
        self.assertEqual(sorted(os.listdir(folder)), ["checkpoint", "key", "log.jsonl"])
        log = os.path.join(folder, "log.jsonl")
        self.assertIn("2 checkpoints hold",
                      self.verify(log, "--checkpoint", os.path.join(folder, "checkpoint")))

    def test_what_was_erased_is_not_in_it(self):
        person = self.daemon.api(service="s", person="Mx " + SECRET)
        seq = person.apply([create("plans/e", title=SECRET, summary="kept words")],
                           reason="because " + SECRET).seq
        person.close()
        path = self.path("erased.jsonl")
        self.daemon.provost("audit", "export", path)
        self.assertIn(SECRET.encode(), self.read(path))
        self.erase(change_seq=seq, target=L.REDACT_TARGET_FIELD, resource="plans/e", field="title")
        self.erase(change_seq=seq, target=L.REDACT_TARGET_REASON)
        self.erase(change_seq=seq, target=L.REDACT_TARGET_ACTOR)
        self.daemon.provost("audit", "export", path)
        text = self.read(path)
        self.assertNotIn(SECRET.encode(), text)
        self.assertIn(b"kept words", text)
        self.verify(path)
        self.assertEqual(text, self.offline())

    def test_messages_are_small_and_tell_how_far_it_is(self):
        last, size, head = 0, 0, self.api.seq()
        for answer in self.api.log.ExportLog(L.ExportLogRequest(), timeout=120):
            self.assertLessEqual(len(answer.data), 256 << 10)
            self.assertGreaterEqual(answer.seq, last)
            self.assertEqual(answer.last_seq, head)
            last, size = answer.seq, size + len(answer.data)
        self.assertEqual(last, head)
        self.assertGreater(size, BULKY * BULK)

    def test_an_erasure_in_between_ends_it(self):
        seq = self.api.apply([create("posts/between", title="Gone soon")]).seq
        stream = self.api.log.ExportLog(L.ExportLogRequest(), timeout=120)
        next(stream)
        self.erase(change_seq=seq, target=L.REDACT_TARGET_FIELD, resource="posts/between",
                   field="title")
        with self.assertRaises(grpc.RpcError) as ended:
            for _ in stream:
                pass
        failure = harness.Failure(ended.exception)
        self.assertEqual(failure.code, grpc.StatusCode.ABORTED)
        self.assertEqual(failure.info.reason, "ERASED_MEANWHILE")

    def test_the_client_begins_again_after_an_erasure(self):
        seq = self.api.apply([create("posts/again", title=SECRET + "2")]).seq

        def erase():
            self.erase(change_seq=seq, target=L.REDACT_TARGET_FIELD, resource="posts/again",
                       field="title")

        gate = Gate(self.daemon.tcp, erase, most=500_000)
        path = self.path("again.jsonl")
        said = harness.provost("audit", "export", path, server=gate.address)
        gate.close()
        self.assertIn("erased meanwhile", said.err)
        self.assertNotIn((SECRET + "2").encode(), self.read(path))
        self.verify(path)
        self.assertEqual(self.read(path), self.offline())

    def test_writes_in_between_are_not_in_it(self):
        head = self.api.seq()
        gate = Gate(self.daemon.tcp,
                    lambda: self.api.apply([create("plans/late", title="Late")]), most=500_000)
        path = self.path("late.jsonl")
        harness.provost("audit", "export", path, server=gate.address)
        gate.close()
        self.assertEqual(self.api.seq(), head + 1)
        self.assertIn(f"verify-log: {head} changes are sound", self.verify(path))

    def test_a_lost_connection_leaves_the_file_as_it_was(self):
        folder = tempfile.mkdtemp(dir=self.daemon.dir)
        path = os.path.join(folder, "log.jsonl")
        for before in (None, "what was there"):
            if before is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(before)
            gate = Gate(self.daemon.tcp, lambda: False, most=500_000)
            said = harness.provost("audit", "export", path, server=gate.address, code=None)
            gate.close()
            self.assertIn(said.code, (1, 6), said.err)
            self.assertIn("export the log", said.err)
            self.assertEqual(os.listdir(folder), [] if before is None else ["log.jsonl"])
        self.assertEqual(self.read(path), b"what was there")

    def test_what_cannot_be_written_is_said(self):
        said = self.daemon.provost("audit", "export", "/nowhere/log.jsonl", code=1)
        self.assertIn("cannot write /nowhere/log.jsonl: No such file", said.err)
        said = self.daemon.provost("audit", "export", "/dev/full", code=1)
        self.assertIn("cannot write /dev/full: No space left", said.err)
        said = self.daemon.provost("audit", "export", code=2)
        self.assertIn("name a file", said.err)
        said = self.daemon.provost("--as-of", "1", "audit", "export", self.path("x"), code=2)
        self.assertIn("--as-of", said.err)
        self.assertFalse(os.path.exists(self.path("x")))
        self.assertEqual(self.leftovers(self.daemon.dir), [])

    def test_a_file_that_is_no_export_is_named(self):
        path = self.path("other")
        for text in ("# a page\n", "[1]\n", "7\n", "", "\xff"):
            with open(path, "w", encoding="latin-1") as file:
                file.write(text)
            done = subprocess.run([sys.executable, SCRIPT, "--log", path], capture_output=True,
                                  text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr),
                             (2, f"verify-log: {path} is no export of a log: `provost audit export` "
                              "writes one\n"))
        done = subprocess.run([sys.executable, SCRIPT, "--log", path + "-not"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, f"verify-log: {path}-not: No such file or directory\n")

    def test_an_empty_register_has_a_header(self):
        other = harness.Daemon(tcp=False).start()
        self.addCleanup(other.finish)
        path = self.path("empty.jsonl")
        other.provost("audit", "export", path)
        done = subprocess.run([sys.executable, SCRIPT, "--log", path], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0 changes are sound", done.stdout)


if __name__ == "__main__":
    harness.main()
