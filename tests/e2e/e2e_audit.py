#!/usr/bin/python3
"""Checkpoints and proofs: what the daemon signs is checked here with Python's own hashes and the
openssl command, and the client stops when a server shows another log than it did before."""
import base64
import hashlib
import os
import shutil
import subprocess
import tempfile

import grpc

import harness
from gate import Gate
from harness import create, pb


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha(b"\x01", left, right)


def inclusion_root(index, size, leaf, path):
    """RFC 9162 section 2.1.3.2, the root a path leads to."""
    fn, sn, root = index, size - 1, leaf
    for step in path:
        assert sn, "the path is too long"
        if fn & 1 or fn == sn:
            root = node(step, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node(root, step)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0, "the path is too short"
    return root


def split_note(note):
    text, signatures = note.rsplit("\n\n", 1)
    return (text + "\n").encode(), signatures


def read_checkpoint(note):
    origin, size, root = split_note(note)[0].decode().split("\n")[:3]
    return origin, int(size), base64.b64decode(root)


def signature_holds(note, vkey):
    """Ed25519 by the openssl command, over the note's text."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    assert sha(name.encode(), b"\n", key)[:4].hex() == key_id
    text, signatures = split_note(note)
    for line in signatures.splitlines():
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if signer != name or blob[:4].hex() != key_id:
            continue
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, n) for n in ("key.der", "text", "signature")]
            for path, data in zip(paths, (bytes.fromhex("302a300506032b6570032100") + key[1:],
                                          text, blob[4:])):
                with open(path, "wb") as out:
                    out.write(data)
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0],
                 "-rawin", "-in", paths[1], "-sigfile", paths[2]], capture_output=True)
            return done.returncode == 0
    return False


class Audit(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        harness.require_tool("openssl")
        for i in range(20):
            cls.api.apply([create(f"organisations/o{i}", title=f"Organisation {i}")])

    def checkpoint(self):
        return self.api.log.GetCheckpoint(pb.change_log.GetCheckpointRequest(), timeout=30)

    def test_the_signature_holds_for_openssl(self):
        answer = self.checkpoint()
        self.assertTrue(signature_holds(answer.note, answer.verifier_key))
        bent = answer.note.replace("provost/", "provosu/", 1)
        self.assertFalse(signature_holds(bent, answer.verifier_key))

    def test_every_change_is_proven(self):
        answer = self.checkpoint()
        _, size, root = read_checkpoint(answer.note)
        for seq in range(1, size + 1):
            proof = self.api.log.GetInclusionProof(
                pb.change_log.GetInclusionProofRequest(change_seq=seq, tree_size=size), timeout=30)
            entry = self.api.log.GetChange(pb.change_log.GetChangeRequest(change_seq=seq),
                                           timeout=30).entry
            leaf = sha(b"\x00", entry)
            self.assertEqual(leaf, proof.leaf_hash)
            self.assertEqual(inclusion_root(proof.leaf_index, size, leaf, list(proof.hashes)), root)
            self.assertLess(proof.ByteSize(), 1024)

    def test_what_is_not_there_is_not_proven(self):
        for request in ({"change_seq": 10_000}, {"change_seq": 0}, {"change_seq": -1}):
            self.refused(grpc.StatusCode.NOT_FOUND, self.api.log.GetInclusionProof,
                         pb.change_log.GetInclusionProofRequest(**request), field="change_seq")
        self.refused(grpc.StatusCode.OUT_OF_RANGE, self.api.log.GetInclusionProof,
                     pb.change_log.GetInclusionProofRequest(change_seq=1, tree_size=10_000),
                     field="tree_size")
        self.refused(grpc.StatusCode.OUT_OF_RANGE, self.api.log.GetConsistencyProof,
                     pb.change_log.GetConsistencyProofRequest(old_size=0), field="old_size")

    def independent(self, path, vkey, code):
        """What scripts/verify-log says of a proof; `code` None: it must not be good."""
        done = subprocess.run([os.path.join(harness.ROOT, "scripts", "verify-log"), "--proof", path,
                               "--key", vkey], capture_output=True, text=True, timeout=60)
        if code is None:
            self.assertIn(done.returncode, (2, 7), done.stderr)
        else:
            self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_a_proof_file_verifies_without_the_server(self):
        folder = tempfile.mkdtemp(dir=self.daemon.dir)
        path, key = os.path.join(folder, "7.tlog-proof"), os.path.join(folder, "key")
        self.daemon.provost("audit", "key", key)
        self.daemon.provost("audit", "prove", "7", path)
        with open(key) as file:
            vkey = file.read().strip()
        nowhere = "unix:/nonexistent/p.sock"
        said = harness.provost("audit", "verify", path, "--key", vkey, server=nowhere)
        self.assertIn("leaf 6", said.err)
        self.assertEqual(self.independent(path, vkey, 0),
                         f"verify-log: change 7 is leaf 6 of the {self.api.seq()} that "
                         f"{vkey.split('+')[0]}/epoch/1 has signed\n")
        with open(path) as file:
            text = file.read()
        for bent in (text.replace("index 6", "index 5"), text.replace("extra A", "extra B"),
                     text[:len(text) // 2], ""):
            with open(path, "w") as file:
                file.write(bent)
            harness.provost("audit", "verify", path, "--key", vkey, server=nowhere, code=7)
            self.independent(path, vkey, None)

    def test_the_log_goes_on_from_an_older_checkpoint(self):
        path = os.path.join(self.daemon.dir, "older")
        self.daemon.provost("audit", "checkpoint", path)
        self.api.apply([create("organisations/later", title="Later")])
        said = self.daemon.provost("audit", "consistency", path)
        self.assertIn("begins with", said.err)

    def test_a_new_key_is_vouched_for_by_the_old_one(self):
        old = self.checkpoint()
        harness.rotate_key(self.daemon, "yearly")
        new = self.checkpoint()
        self.assertNotEqual(old.verifier_key, new.verifier_key)
        self.assertIn(old.verifier_key, new.earlier_keys)
        endorsement = new.endorsements[-1]
        self.assertTrue(signature_holds(endorsement, old.verifier_key))
        self.assertTrue(signature_holds(endorsement, new.verifier_key))
        self.assertTrue(signature_holds(new.note, new.verifier_key))
        change = self.api.log.GetChange(
            pb.change_log.GetChangeRequest(change_seq=self.api.seq()), timeout=30).change
        self.assertIn(new.verifier_key, change.reason)
        with open(os.path.join(self.daemon.state_dir, "log.key")) as file:
            self.assertIn(new.verifier_key.split("+")[1], file.read())

    def test_the_journal_keeps_a_checkpoint_and_a_watch_hears_of_it(self):
        daemon = harness.Daemon().start()
        self.addCleanup(daemon.remove)
        api = daemon.api()
        api.apply([harness.create("organisations/a", title="A")])
        calls = api.log.WatchChanges(harness.pb.change_log.WatchChangesRequest(
            from_seq=1, progress_seconds=1), timeout=60)
        signed = 0
        for message in calls:
            if not message.HasField("change"):
                signed = message.signed_size
            if signed:
                break
        calls.cancel()
        self.assertEqual(signed, 1)
        api.close()
        daemon.stop()
        self.assertRegex(daemon.text(), r"checkpoint provost/[0-9a-f-]{36}/epoch/1 size 1 root "
                         r"[0-9a-f]{64}")

    def test_the_checkpoint_is_dropped_as_a_file(self):
        answer = self.checkpoint()
        with open(os.path.join(self.daemon.state_dir, "checkpoints", "latest")) as file:
            self.assertEqual(read_checkpoint(file.read())[1], read_checkpoint(answer.note)[1])
        mode = os.stat(os.path.join(self.daemon.state_dir, "log.key")).st_mode & 0o777
        self.assertEqual(mode, 0o600)


class Memory(harness.unittest.TestCase):
    """The client remembers what it saw."""

    def setUp(self):
        self.daemon = harness.Daemon().start()
        self.heads = {"PROVOST_HEADS": os.path.join(self.daemon.dir, "heads")}
        api = self.daemon.api()
        for i in range(5):
            api.apply([create(f"organisations/o{i}", title=str(i))])
        api.close()
        self.daemon.provost("status", env=self.heads)

    def tearDown(self):
        self.daemon.remove()

    def test_it_follows_a_growing_log_over_a_restart_and_a_new_key(self):
        self.daemon.provost("set", "organisations/o1", "title=Changed", env=self.heads)
        harness.rotate_key(self.daemon, "test", env=self.heads)
        self.daemon.provost("set", "organisations/o1", "title=Again", env=self.heads)
        self.daemon.stop()
        self.daemon.start()
        self.daemon.provost("status", env=self.heads)

    def remembered(self, server):
        """The size of the checkpoint that is remembered."""
        said = harness.provost("audit", "remembered", server=server, env=self.heads).out
        return read_checkpoint(said.split("\n\n", 1)[1])[1]

    def test_it_is_not_taken_in_by_another_run_of_itself(self):
        """A checkpoint is asked for, and while its answer travels another run sees a newer one."""
        others = []

        def change_and_look():
            for command in (("set", "organisations/o1", "title=Other"), ("status",)):
                others.append(harness.provost(*command, server=gate.address, env=self.heads))

        gate = Gate(self.daemon.tcp, change_and_look, text=b"/epoch/")
        self.addCleanup(gate.close)
        harness.provost("status", server=gate.address, env=self.heads)
        self.assertEqual(len(others), 2)
        self.assertEqual(self.remembered(gate.address), 6)

    def forked_note(self):
        """A checkpoint of this register's log that went on elsewhere by one change."""
        self.daemon.stop()
        copy = shutil.copytree(self.daemon.state_dir, os.path.join(self.daemon.dir, "fork"))
        self.daemon.start()
        other = harness.Daemon(state_dir=copy).start()
        self.addCleanup(other.remove)
        other.provost("set", "organisations/o2", "title=Forked")
        return other.provost("audit", "checkpoint").out

    def test_it_holds_the_answer_to_what_another_run_saw(self):
        """As above, but what the other run saw is no part of this log."""
        note = self.forked_note()

        def put_note():
            with open(path, encoding="utf-8") as file:
                key = file.readline()
            with open(path, "w", encoding="utf-8") as file:
                file.write(key + note)

        gate = Gate(self.daemon.tcp, put_note, text=b"/epoch/")
        self.addCleanup(gate.close)
        path = os.path.join(self.heads["PROVOST_HEADS"], gate.address)
        shutil.copy(os.path.join(self.heads["PROVOST_HEADS"], self.daemon.unix.replace("/", "%")),
                    path)
        self.daemon.provost("set", "organisations/o1", "title=Mine")
        said = harness.provost("status", server=gate.address, env=self.heads, code=7)
        self.assertIn("6 changes does not begin with the 6 seen before", said.err)

    def test_it_stops_at_another_register(self):
        self.daemon.stop()
        shutil.rmtree(self.daemon.state_dir)
        os.makedirs(self.daemon.state_dir)
        self.daemon.start()
        api = self.daemon.api()
        api.apply([create("organisations/x", title="x")])
        api.close()
        said = self.daemon.provost("status", env=self.heads, code=7)
        self.assertIn("another register", said.err)
        self.daemon.provost("audit", "forget", env=self.heads)
        self.daemon.provost("status", env=self.heads)

    def test_it_stops_at_a_log_that_was_rolled_back(self):
        kept = os.path.join(self.daemon.dir, "kept")
        self.daemon.stop()
        shutil.copytree(self.daemon.state_dir, kept)
        self.daemon.start()
        self.daemon.provost("set", "organisations/o1", "title=Later", env=self.heads)
        self.daemon.provost("status", env=self.heads)  # sees the change
        self.daemon.stop()
        shutil.rmtree(self.daemon.state_dir)
        shutil.copytree(kept, self.daemon.state_dir)  # with its own, older checkpoint file
        self.daemon.start()
        said = self.daemon.provost("get", "organisations/o1", env=self.heads, code=7)
        self.assertIn("seen before", said.err)


if __name__ == "__main__":
    harness.main()
