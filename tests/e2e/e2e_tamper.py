#!/usr/bin/python3
"""Somebody with the database file: each thing they can do is named by scripts/verify-log with a
checkpoint kept from before, from the file itself and from an export of it, and by VerifyLog."""
import base64
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import create, submission
from verify_register import verify_log

SCRIPT = os.path.join(harness.ROOT, "scripts", "verify-log")
PLANS = 270  # more than a tile of the tree


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


class Signer:
    """Signs checkpoints as the daemon does, by openssl."""

    def __init__(self, folder, name):
        self.name, self.path = name, os.path.join(folder, "key.pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        self.public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n\x01" + self.public).digest()[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(b'%c' % 1 + self.public).decode()}"

    def note(self, text):
        with tempfile.NamedTemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", file.name)
        line = base64.b64encode(self.id + signature).decode()
        return f"{text}\n\u2014 {self.name} {line}\n"


class Forger:
    """Makes a log agree with itself again, as its owner could."""

    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.row_factory = sqlite3.Row

    def leaves(self):
        return [verify_log.sha(b"\x00", r[0]) for r in
                self.db.execute("SELECT entry FROM change ORDER BY seq")]

    def recompute(self):
        """Tiles, frontier, root, seq and time of the head from the entries there are."""
        leaves, tree = self.leaves(), verify_log.Tree()
        for leaf in leaves:
            tree.add(leaf)
        seq, time_us = self.db.execute(
            "SELECT seq, time_us FROM change ORDER BY seq DESC LIMIT 1").fetchone()
        self.db.execute("UPDATE log_head SET seq = ?, time_us = ?, root = ?, frontier = ?",
                        (seq, time_us, tree.root(), b"".join(tree.stack)))
        self.db.execute("DELETE FROM log_tile")
        for number in range(len(leaves) // 256):
            row, tile = leaves[number * 256:number * 256 + 256], verify_log.Tree()
            for leaf in row:
                tile.add(leaf)
            self.db.execute("INSERT INTO log_tile VALUES (1, 0, ?, ?, ?)",
                            (number, b"".join(row), tile.root()))

    def rewrite(self, seq, **changes):
        """The entry of a change with other fields, committed to anew."""
        row = self.db.execute("SELECT * FROM change WHERE seq = ?", (seq,)).fetchone()
        entry, at = row["entry"], len(row["entry"]) - 36 - 32
        if "items" in changes:
            items = changes["items"]
            entry = entry[:-32] + hashlib.sha256(items).digest()
            self.db.execute("UPDATE change SET items = ? WHERE seq = ?", (items, seq))
        if "reason" in changes:
            salt = bytes(32)
            why = verify_log.sha(b"provost/v1/reason", salt, changes["reason"].encode())
            entry = entry[:at] + why + entry[at + 32:]
            self.db.execute("UPDATE change SET reason = ?, reason_salt = ? WHERE seq = ?",
                            (changes["reason"], salt, seq))
        self.db.execute("UPDATE change SET entry = ? WHERE seq = ?", (entry, seq))

    def delete(self, seq):
        """A change with all it made, as if it had never been."""
        self.db.execute("DELETE FROM change_item WHERE seq = ?", (seq,))
        self.db.execute("DELETE FROM change WHERE seq = ?", (seq,))
        self.db.execute("DELETE FROM plan WHERE from_seq = ?", (seq,))

    def done(self):
        self.db.commit()
        self.db.close()


class Tamper(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="provost-tamper-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        daemon = harness.Daemon().start()
        cls.addClassCleanup(daemon.remove)
        api = daemon.api(service="corporate", person="B. Smith")
        api.apply([create("indicators/foi", title="FOI", data_only=True),
                   create("organisations/o", title="O", significant=True)], reason="first")
        api.submit([submission("foi", "2020-21", "97.5%")], reason="return of May")
        api.submit([submission("foi", "2020-21", "98%")], revise=True, reason="late returns")
        for i in range(PLANS):
            api.apply([create(f"plans/p{i}", title=f"Plan {i}")])
        api.close()
        daemon.stop()
        cls.heads = {"PROVOST_HEADS": os.path.join(cls.dir, "heads")}
        daemon.start()
        daemon.provost("status", env=cls.heads)  # remembers the newest checkpoint
        daemon.stop()
        cls.register = os.path.join(cls.dir, "register.db")
        cls.key = shutil.copy(os.path.join(daemon.state_dir, "log.key"), cls.dir)
        cls.socket = daemon.unix
        shutil.copy(os.path.join(daemon.state_dir, "register.db"), cls.register)
        cls.newest = 3 + PLANS
        cls.make_checkpoints()

    @classmethod
    def make_checkpoints(cls):
        source = verify_log.Database(cls.register)
        cls.register_id = source.head["register_id"]
        cls.signer = Signer(cls.dir, f"provost/{cls.register_id}")
        cls.checkpoints = []
        tree, wanted = verify_log.Tree(), (2, 100, 256, cls.newest)
        for row in source.rows("SELECT entry FROM change ORDER BY seq"):
            tree.add(verify_log.sha(b"\x00", row[0]))
            if tree.size in wanted:
                root = base64.b64encode(tree.root()).decode()
                path = os.path.join(cls.dir, f"checkpoint-{tree.size}")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(cls.signer.note(
                        f"provost/{cls.register_id}/epoch/1\n{tree.size}\n{root}\n"))
                cls.checkpoints.append(path)

    def run_script(self, *args, checkpoints=None, key=None):
        command = [sys.executable, SCRIPT, *args]
        for path in self.checkpoints if checkpoints is None else checkpoints:
            command += ["--checkpoint", path]
        command += ["--key", key or self.signer.vkey()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def forge(self, change):
        """A copy of the register after `change(forger)`."""
        path = os.path.join(self.dir, self.id().rsplit(".", 1)[-1] + ".db")
        shutil.copy(self.register, path)
        forger = Forger(path)
        change(forger)
        forger.done()
        return path

    def assert_named(self, path, *words, checkpoints=None):
        """verify-log fails on the file, and on an export of it, with these words."""
        export = path + ".log"
        for args in (["--db", path, "--write-export", export], ["--log", export]):
            done = self.run_script(*args, checkpoints=checkpoints)
            self.assertEqual(done.returncode, 7, done)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def audit(self, path):
        """What `provost audit verify` says of a register that was put in place of the other, by a client
        that remembers the newest checkpoint, and by one that has seen nothing yet."""
        daemon = harness.Daemon(tcp=False)
        try:
            shutil.copy(path, os.path.join(daemon.state_dir, "register.db"))
            shutil.copy(self.key, daemon.state_dir)
            daemon.start()
            heads = os.path.join(daemon.dir, "heads")
            shutil.copytree(self.heads["PROVOST_HEADS"], heads)
            name, = os.listdir(heads)
            os.rename(os.path.join(heads, name),
                      os.path.join(heads, daemon.unix.replace("/", "%")))
            return [daemon.provost("audit", "verify", code=None, env={"PROVOST_HEADS": where})
                    for where in (heads, "off")]
        finally:
            daemon.remove()

    def assert_audited(self, path, *words, knowing=()):
        """Both clients are told `words`; where the log was replaced only who remembers it sees that."""
        remembering, new = self.audit(path)
        self.assertEqual(remembering.code, 7, remembering.err)
        for word in knowing or words:
            self.assertIn(word, remembering.err)
        if words:
            self.assertEqual(new.code, 7, new.err)
            for word in words:
                self.assertIn(word, new.err)

    # ---- what is sound ----

    def test_a_sound_register_passes_the_audit(self):
        for said in self.audit(self.register):
            self.assertEqual(said.code, 0, said.err)
            self.assertIn(f"verified: {self.newest} changes", said.err)

    def test_a_sound_register_passes(self):
        export = os.path.join(self.dir, "sound.log")
        done = self.run_script("--db", self.register, "--write-export", export)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4 checkpoints hold", done.stdout)
        done = self.run_script("--log", export)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("not opened", done.stdout)

    def test_a_checkpoint_by_another_key_is_worth_nothing(self):
        other = Signer(tempfile.mkdtemp(dir=self.dir), self.signer.name)
        done = self.run_script("--db", self.register, key=other.vkey())
        self.assertEqual(done.returncode, 7)
        self.assertIn("CHECKPOINT_UNSIGNED", done.stderr)

    def test_a_changed_checkpoint_is_worth_nothing(self):
        path = os.path.join(self.dir, "changed")
        with open(self.checkpoints[0], encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("\n2\n", "\n3\n", 1))
        done = self.run_script("--db", self.register, checkpoints=[path])
        self.assertEqual(done.returncode, 7)
        self.assertIn("CHECKPOINT_UNSIGNED", done.stderr)

    def test_wrong_usage_is_2(self):
        self.assertEqual(self.run_script("--db", "/nowhere").returncode, 2)
        self.assertEqual(self.run_script("--log", SCRIPT).returncode, 2)
        self.assertEqual(self.run_script("--db", self.register, key="nonsense").returncode, 2)

    # ---- what issue 4 lists ----

    def test_one_figure(self):
        path = self.forge(lambda f: f.db.execute(
            "UPDATE observation SET value = '99' WHERE from_seq = 3"))
        self.assert_named(path, "VALUE_CHANGED change 3: observations/foi/2020-21: value = '99'")
        self.assert_audited(path, "change 3: VALUE_CHANGED: observations/foi/2020-21: value: ")

    def test_one_figure_with_its_commitment(self):
        def change(f):
            f.db.execute("UPDATE observation SET value = '99', seed = ? WHERE from_seq = 3",
                         (bytes(32),))
            items = bytearray(f.db.execute("SELECT items FROM change WHERE seq = 3").fetchone()[0])
            names = [5, 9]
            for number in names:
                at = items.find(verify_log.u32(number))
                items[at + 4:at + 36] = verify_log.field_commitment(
                    verify_log.field_salt(bytes(32), number), number, "99")
            f.rewrite(3, items=bytes(items))
            f.recompute()
        path = self.forge(change)
        self.assert_named(path, "CHECKPOINT_MISMATCH", "checkpoint-100")

    def test_one_figure_carried_on(self):
        """A column that the newest version only took over from the one before."""
        path = self.forge(lambda f: f.db.execute(
            "UPDATE observation SET indicator = 'indicators/other' WHERE from_seq = 3"))
        done = self.run_script("--db", path)
        self.assertEqual(done.returncode, 7)
        self.assertIn("VALUE_CHANGED change 3", done.stderr)

    def test_one_name(self):
        path = self.forge(lambda f: f.db.execute("UPDATE change_actor SET on_behalf_of = 'Eve'"))
        self.assert_named(path, "ACTOR_CHANGED change 1: ", "'Eve'")
        self.assert_audited(path, "change 1: ACTOR_CHANGED: ", '"Eve"')

    def test_one_reason(self):
        path = self.forge(lambda f: f.db.execute("UPDATE change SET reason = 'x' WHERE seq = 3"))
        self.assert_named(path, "REASON_CHANGED change 3: 'x'")

    def test_a_reason_with_its_commitment(self):
        def change(f):
            f.rewrite(3, reason="x")
            f.recompute()
        self.assert_named(self.forge(change), "CHECKPOINT_MISMATCH", "checkpoint-256")

    def test_the_order_of_two_changes(self):
        def change(f):
            f.db.execute("CREATE TEMP TABLE t AS SELECT seq, time_us, entry, items FROM change"
                         " WHERE seq IN (20, 21)")
            for a, b in ((20, 21), (21, 20)):
                f.db.execute("UPDATE change SET (time_us, entry, items) = (SELECT time_us, entry,"
                             " items FROM temp.t WHERE seq = ?) WHERE seq = ?", (a, b))
            f.db.execute("UPDATE change_item SET id = CASE seq WHEN 20 THEN 'p17' ELSE 'p16' END"
                         " WHERE seq IN (20, 21)")
            f.recompute()
        path = self.forge(change)
        self.assert_named(path, "ENTRY_CHANGED change 20: seq is 20",
                          "ENTRY_CHANGED change 21", "CHECKPOINT_MISMATCH", "checkpoint-100")
        self.assert_audited(path, "change 20: ENTRY_CHANGED: seq ", "change 21: ENTRY_CHANGED: seq ",
                            knowing=[f"does not begin with the {self.newest} seen before"])

    def test_the_newest_change_deleted(self):
        def change(f):
            f.delete(self.newest)
            f.recompute()
        path = self.forge(change)
        self.assert_named(path, "LOG_TRUNCATED", f"has only {self.newest - 1}")
        self.assert_audited(path, knowing=[
            f"it has {self.newest - 1} changes, but {self.newest} were seen before"])

    def test_the_newest_change_deleted_carelessly(self):
        self.assert_named(self.forge(lambda f: f.delete(self.newest)), "LOG_TRUNCATED change",
                          "ROOT_MISMATCH")

    def test_the_whole_log_replaced(self):
        """Another log of the same register, in which everything agrees."""
        def change(f):
            for seq in range(1, self.newest + 1):
                f.rewrite(seq, reason="as it should have been")
            f.recompute()
        path = self.forge(change)
        done = self.run_script("--db", path, checkpoints=[])
        self.assertEqual(done.returncode, 0, done.stderr)  # nothing shows without a checkpoint
        self.assertIn("no checkpoint was given", done.stdout)
        self.assert_named(path, "CHECKPOINT_MISMATCH", "checkpoint-2 ", "checkpoint-256")
        self.assert_audited(path, knowing=[
            f"does not begin with the {self.newest} seen before"])

    def test_a_truncated_log(self):
        def change(f):
            for seq in range(self.newest, 200, -1):
                f.delete(seq)
            f.recompute()
        self.assert_named(self.forge(change), "LOG_TRUNCATED", "has only 200", "checkpoint-256")

    def test_a_truncated_export(self):
        export = os.path.join(self.dir, "cut.log")
        self.run_script("--db", self.register, "--write-export", export)
        with open(export, encoding="utf-8") as file:
            lines = file.readlines()
        with open(export, "w", encoding="utf-8") as file:
            file.writelines(lines[:50])
        done = self.run_script("--log", export)
        self.assertEqual(done.returncode, 7)
        self.assertIn("LOG_TRUNCATED", done.stderr)

    def test_a_gap(self):
        self.assert_named(self.forge(lambda f: f.delete(50)), "ENTRY_MISSING change 50",
                          "CHECKPOINT_MISMATCH")

    def test_a_version_out_of_nothing(self):
        path = self.forge(lambda f: f.db.execute(
            "CREATE TEMP TABLE t AS SELECT * FROM plan WHERE id = 'p5'") and f.db.execute(
            "UPDATE temp.t SET id = 'fake'") and f.db.execute(
            "INSERT INTO plan SELECT * FROM temp.t"))
        done = self.run_script("--db", path)
        self.assertIn("VERSION_UNLOGGED", done.stderr)

    def test_another_register(self):
        path = self.forge(lambda f: f.db.execute(
            "UPDATE log_head SET register_id = '00000000-0000-4000-8000-000000000000'"))
        self.assert_named(path, "CHECKPOINT_MISMATCH", "is of the register")


if __name__ == "__main__":
    unittest.main(verbosity=2)
