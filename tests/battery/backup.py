#!/usr/bin/python3
"""Backups made under full write load restore to registers that verify; a restore begins a new epoch
that names the old one's last checkpoint; a register that is behind what it has published does not
start; integrity checks and read-only mode."""
import json
import os
import shutil
import subprocess
import threading
import time

import battery
import grpc
import harness
from e2e_crash import Counter
from e2e_load import Load, make_indicators
from harness import create, patch, pb

BACKUPS = battery.amount(2, 20)
CLIENTS, SUBMISSIONS = 8, battery.amount(1000, 40000)


def provostd(*args):
    return subprocess.run([harness.PROVOSTD, *args], env=harness.clean_env(), text=True,
                          capture_output=True, timeout=120, stdin=subprocess.DEVNULL)


def backup(api, name=""):
    return api.admin.Backup(pb.admin.BackupRequest(name=name), timeout=120)


def provost_verify(daemon):
    return daemon.provost("audit", "verify", code=None)


class BackupTest(harness.unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon().start()
        self.addCleanup(self.daemon.remove)
        self.api = self.daemon.api()
        self.addCleanup(self.api.close)

    def refused(self, code, reason, call, *args, **kwargs):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*args, **kwargs)
        failure = harness.Failure(caught.exception)
        self.assertEqual((failure.code, failure.info.reason), (code, reason), failure)
        return failure

    def restore(self, folder, state_dir, *args):
        done = provostd("--restore", folder, "--state-dir", state_dir, *args)
        self.assertIsNone(harness.SANITIZER.search(done.stderr), done.stderr)
        return done

    def test_backups_under_load(self):
        make_indicators(self.api, 200)
        load = Load(self.daemon, CLIENTS, SUBMISSIONS, 200, 300)
        self.addCleanup(load.abandon)
        made, slowest = [], 0
        count = Counter(load.acks)
        for n in range(BACKUPS):
            while load.is_running() and count.total() < load.total * (n + 1) // (BACKUPS + 2):
                time.sleep(0.01)
            before, start = self.api.seq(), time.monotonic()
            answer = backup(self.api, f"b-{n}")
            slowest = max(slowest, time.monotonic() - start)
            self.assertTrue(answer.integrity_ok and answer.root_ok)
            self.assertGreaterEqual(answer.seq, before)
            made.append((answer, self.api.seq() - before, load.is_running()))
        busy = sum(1 for m in made if m[2])
        load.wait(300)
        self.refused(grpc.StatusCode.ALREADY_EXISTS, "BACKUP_EXISTS", backup, self.api, "b-0")
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, "BACKUP_NAME_INVALID", backup, self.api,
                     "../b")
        self.assertEqual([n for n in os.listdir(os.path.dirname(made[0][0].path))
                          if n.startswith(".")], [])
        self.daemon.stop()
        self.daemon.check()
        for answer, _, _ in made:
            figures, problems = harness.verify_register.verify(answer.path)
            self.assertEqual(problems, [])
            self.assertEqual(figures["changes"], answer.seq)
            with open(os.path.join(answer.path, "manifest.json"), encoding="utf-8") as f:
                manifest = json.load(f)
            self.assertEqual((manifest["seq"], manifest["root"]), (answer.seq, figures["root"]))
            self.check_restored(answer)
        print(f"{len(made)} backups of up to {made[-1][0].bytes / 1e6:.1f} MB, {busy} of them under"
              f" load, {sum(m[1] for m in made)} changes made meanwhile, the slowest took"
              f" {slowest:.2f} s; all restored and verified", flush=True)

    def check_restored(self, answer):
        """The backup as a register of its own, served, written to, verified."""
        other = harness.Daemon(args=["--new-log-key"])
        try:
            done = self.restore(answer.path, other.state_dir, "--reason", "the disk was lost")
            self.assertEqual(done.returncode, 0, done.stderr)
            other.start()
            api = other.api()
            status = api.admin.GetStatus(pb.admin.GetStatusRequest())
            self.assertEqual(status.epoch, 2)
            change = api.log.GetChange(pb.change_log.GetChangeRequest(
                change_seq=answer.seq + 1)).change
            self.assertIn("the disk was lost", change.reason)
            self.assertIn(f"/epoch/1 {answer.seq} ", change.reason)
            api.apply([create("organisations/after", title="After")])
            api.close()
            other.stop()
            other.check()
        finally:
            other.remove()

    def test_what_was_erased_after_a_backup_stays_erased(self):
        """The older backup holds the value; the restore takes it out again, with its own change, and
        the log names the checkpoint that the new epoch continues."""
        secret = "Zz9BackedUpSecret"
        loopback = self.daemon.api(tcp=True)
        self.addCleanup(loopback.close)
        seq = self.api.apply([create("posts/p", title="Head"),
                              create("plans/p", title="P", summary=secret)]).seq
        answer = backup(self.api, "with-secret")
        with open(os.path.join(answer.path, "register.db"), "rb") as file:
            self.assertIn(secret.encode(), file.read())
        self.api.apply([patch("posts/p", title="Chief")])
        what = dict(change_seq=seq, target=pb.change_log.REDACT_TARGET_FIELD,
                    resource="plans/p", field="summary")
        redact = pb.change_log.RedactChangeRequest
        asked = self.api.log.RedactChange(redact(reason="UK GDPR article 17", **what))
        loopback.log.RedactChange(redact(approval_id=asked.approval_id, **what))
        note = self.api.log.GetCheckpoint(pb.change_log.GetCheckpointRequest()).note
        time.sleep(1.5)  # it is published within a second
        self.api.close()
        loopback.close()
        self.daemon.stop()
        done = self.restore(answer.path, self.daemon.state_dir, "--force", "--reason", "disk lost")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.daemon.start()
        api = harness.Api(self.daemon.unix, options=[("grpc.use_local_subchannel_pool", 1)])
        self.assertEqual(api.get("plans/p").plan.summary, "")
        self.assertEqual(api.get("plans/p", as_of_seq=seq).plan.summary, "")
        self.assertEqual(api.get("posts/p").post.title, "Head")
        changes = api.changes(oldest_first=True, from_seq=answer.seq + 1)
        self.assertIn("disk lost", changes[0].reason)
        self.assertEqual([i.outcome for i in changes[1].items], [pb.register.OUTCOME_REDACTED])
        self.assertEqual(api.changes(resource="plans/p", oldest_first=True)[0].items[1].fields[1]
                         .after_redacted, True)
        checkpoint = api.log.GetCheckpoint(pb.change_log.GetCheckpointRequest())
        self.assertEqual(checkpoint.epoch, 2)
        self.assertEqual(checkpoint.previous_epoch_note.split("\n")[:3], note.split("\n")[:3])
        self.assertEqual(provost_verify(self.daemon).code, 0)
        api.close()
        self.daemon.stop()
        self.daemon.check()
        for name in ("register.db", "register.db-wal"):
            path = os.path.join(self.daemon.state_dir, name)
            if os.path.exists(path):
                with open(path, "rb") as file:
                    self.assertNotIn(secret.encode(), file.read(), name)

    def test_a_copy_put_back_by_hand_does_not_start(self):
        self.api.apply([create("organisations/a", title="A")])
        kept = backup(self.api).path
        for n in range(5):
            self.api.apply([create(f"organisations/later-{n}", title="Later")])
        time.sleep(1.5)  # the newest checkpoint is published
        self.daemon.stop()
        state = self.daemon.state_dir
        published = os.path.join(state, "checkpoints", "latest")
        with open(published, encoding="utf-8") as f:
            last = f.read().split("\n")[:3]
        shutil.copy(os.path.join(kept, "register.db"), os.path.join(state, "register.db"))
        done = provostd("--state-dir", state, "--listen", self.daemon.unix)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--restore", done.stderr)
        self.assertIn("older than", done.stderr)
        done = self.restore(kept, state)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--force", done.stderr)
        done = self.restore(kept, state, "--force", "--reason", "rolled back")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.api.close()
        self.daemon.start()
        api = self.daemon.api()
        newest = api.log.GetChange(pb.change_log.GetChangeRequest(
            change_seq=api.seq())).change
        self.assertIn(" ".join(last), newest.reason)
        api.apply([create("organisations/a-2", title="A")])
        api.close()
        self.daemon.stop()
        self.daemon.check()
        self.assertTrue(os.path.exists(os.path.join(state, "checkpoints", "epoch-1")))

    def test_a_damaged_backup_is_refused(self):
        self.api.apply([create("organisations/a", title="A")])
        folder = backup(self.api, "x").path
        self.daemon.stop()
        path = os.path.join(folder, "register.db")
        with open(path, "r+b") as f:
            f.seek(os.path.getsize(path) - 100)
            byte = f.read(1)[0]
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte ^ 1]))
        empty = os.path.join(self.daemon.dir, "empty")
        os.mkdir(empty)
        done = self.restore(folder, empty)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse(os.path.exists(os.path.join(empty, "register.db")))

    def test_a_restore_beside_a_running_daemon_is_refused(self):
        self.api.apply([create("organisations/a", title="A")])
        folder = backup(self.api, "x").path
        done = self.restore(folder, self.daemon.state_dir, "--force")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("stop it first", done.stderr)

    def test_what_a_cut_off_backup_left_goes(self):
        left = os.path.join(self.daemon.state_dir, "backups", ".x.partial")
        os.makedirs(left)
        open(os.path.join(left, "register.db"), "w", encoding="ascii").close()
        self.api.close()
        self.daemon.stop()
        self.daemon.start()
        self.assertFalse(os.path.exists(left))

    def test_a_stop_during_a_backup(self):
        """The daemon ends in time, whole, and leaves no half backup under a name."""
        make_indicators(self.api, 100)
        ended = []

        def ask():
            try:
                ended.append(backup(self.api, "cut").path)
            except grpc.RpcError as error:
                ended.append(error.code())
        asking = threading.Thread(target=ask)
        asking.start()
        self.daemon.stop()
        asking.join()
        self.daemon.check()
        folder = os.path.join(self.daemon.state_dir, "backups")
        if os.path.isdir(os.path.join(folder, "cut")):
            self.assertEqual(harness.verify_register.verify(os.path.join(folder, "cut"))[1], [])

    def test_integrity_and_read_only(self):
        self.api.apply([create("organisations/a", title="A")], request_id="first")
        for full in (False, True):
            answer = self.api.admin.CheckIntegrity(pb.admin.CheckIntegrityRequest(full=full))
            self.assertEqual((answer.ok, list(answer.problems), answer.seq), (True, [], 1))
        wanted = pb.admin.SetReadOnlyRequest(read_only=True, reason="moving house")
        self.assertTrue(self.api.admin.SetReadOnly(wanted).read_only)
        failure = self.refused(grpc.StatusCode.FAILED_PRECONDITION, "READ_ONLY", self.api.apply,
                               [patch("organisations/a", title="B")])
        self.assertIn("moving house", failure.message)
        self.assertEqual(self.api.get("organisations/a").organisation.title, "A")
        self.assertTrue(self.api.admin.GetStatus(pb.admin.GetStatusRequest()).read_only)
        again = self.api.apply([create("organisations/a", title="A")], request_id="first")
        self.assertEqual(again.seq, 1)  # a kept answer
        self.api.admin.SetReadOnly(pb.admin.SetReadOnlyRequest())
        self.assertEqual(self.api.apply([patch("organisations/a", title="B")]).seq, 2)


if __name__ == "__main__":
    battery.main()
