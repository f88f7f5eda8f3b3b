#!/usr/bin/python3
"""Starting, stopping, refusing to start: what an administrator meets."""
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import grpc

import harness
from harness import PROVOSTD, Daemon, create, pb, submission


def run(*args, seconds=60, **popen):
    """Runs provostd to its end."""
    done = subprocess.run([PROVOSTD, *args], capture_output=True, text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL, env=harness.clean_env(), **popen)
    if harness.SANITIZER.search(done.stderr):
        raise AssertionError(done.stderr)
    return done


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="provost-life-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def new_daemon(self, **kwargs):
        daemon = Daemon(**kwargs)
        self.addCleanup(daemon.remove)
        return daemon

    def path(self, name):
        return os.path.join(self.dir, name)

    def refuses(self, *args, says=(), **popen):
        """provostd must end at once, not with 0, with one clear complaint."""
        done = run(*args, **popen)
        self.assertGreater(done.returncode, 0, done)
        for word in says:
            self.assertIn(word, done.stderr)
        return done


class CommandLine(Case):
    def test_version_and_help(self):
        done = run("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^provostd \d+\.\d+")
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--config", "--state-dir", "--listen", "--insecure-tcp", "--check-config",
                     "--version"):
            self.assertIn(word, done.stdout)

    def test_wrong_words(self):
        unix = "unix:" + self.path("s")
        self.refuses("--nonsense", says=["--nonsense"])
        self.refuses("--state-dir", self.dir, "--listen", "carrier-pigeon:x",
                     says=["carrier-pigeon"])
        self.refuses("--state-dir", self.dir, "--listen", "unix:relative", says=["relative"])
        self.refuses("--state-dir", self.dir, "--listen", "unix:/" + "x" * 200)
        self.refuses("--state-dir", self.path("none"), "--listen", unix, says=[self.path("none")])
        self.assertFalse(os.path.exists(self.path("s")))

    def test_plain_tcp_only_on_purpose_and_on_loopback(self):
        self.refuses("--state-dir", self.dir, "--listen", "tcp:127.0.0.1:0",
                     says=["--insecure-tcp"])
        self.refuses("--state-dir", self.dir, "--insecure-tcp", "--listen", "tcp:0.0.0.0:0",
                     says=["loopback"])
        self.refuses("--state-dir", self.dir, "--insecure-tcp", "--listen", "tcp:[::]:0",
                     says=["loopback"])
        for bad in ("tcp:127.0.0.1", "tcp:127.0.0.1:x", "tcp:127.0.0.1:70000", "tcp::0",
                    "tcp:example.org:80"):
            self.refuses("--state-dir", self.dir, "--insecure-tcp", "--listen", bad, says=[bad])

    def test_config_file(self):
        config = self.path("provostd.conf")

        def write(text):
            with open(config, "w", encoding="utf-8") as f:
                f.write(text)

        write("")
        good = run("--config", config, "--check-config", "--state-dir", self.dir, "--listen",
                   "unix:" + self.path("s"))
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertFalse(os.path.exists(self.path("register.db")), "it did more than check")
        write("[store]\nnonsense = 1\n")
        self.refuses("--config", config, "--check-config", "--state-dir", self.dir, "--listen",
                     "unix:" + self.path("s"), says=["nonsense", config])
        self.refuses("--config", self.path("none.conf"), "--check-config",
                     says=[self.path("none.conf")])

    def test_config_file_serves(self):
        """The same settings from the file as from the command line."""
        config = self.path("provostd.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"[store]\nstate_dir = {self.dir}\n[server]\nlisten = unix:{self.path('s')}\n")
        done = run("--config", config, "--check-config")
        self.assertEqual(done.returncode, 0, done.stderr)
        process = subprocess.Popen([PROVOSTD, "--config", config], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.kill)
        until = time.monotonic() + 30
        while harness.provost("status", server="unix:" + self.path("s"), code=None).code != 0:
            self.assertLess(time.monotonic(), until)
            self.assertIsNone(process.poll())
        process.terminate()
        self.assertEqual(process.wait(60), 0)


class Running(Case):
    def test_second_daemon_is_refused(self):
        first = self.new_daemon().start()
        self.refuses("--state-dir", first.state_dir, "--listen", "unix:" + self.path("other"),
                     says=["another provostd", first.state_dir])
        self.assertFalse(os.path.exists(self.path("other")))
        # Another register on the same socket: the first one's file stays.
        self.refuses("--state-dir", self.dir, "--listen", first.unix, says=[first.socket_path])
        self.assertIn("register_id", first.provost("status").out)
        self.refuses("--state-dir", self.dir, "--insecure-tcp", "--listen", "tcp:" + first.tcp,
                     says=[first.tcp])
        first.finish()

    def test_stop_removes_the_socket_and_restart_keeps_everything(self):
        daemon = self.new_daemon().start()
        daemon.provost("import", harness.DUNDEE)
        before = {form: daemon.provost("-o", form, "--as-of", "1", "scorecard", harness.PLAN, "-p",
                                       "2020-21").out for form in ("json", "table")}
        status = daemon.json("status")
        daemon.stop()
        self.assertFalse(os.path.exists(daemon.socket_path), "the socket file is left")
        figures = daemon.check()
        daemon.start()
        again = daemon.json("status")
        for field in ("registerId", "seq", "treeSize", "treeRoot", "epoch", "collections"):
            self.assertEqual(again[field], status[field], field)
        for form, text in before.items():
            self.assertEqual(daemon.provost("-o", form, "--as-of", "1", "scorecard", harness.PLAN,
                                            "-p", "2020-21").out, text)
        self.assertEqual(daemon.finish(), figures)

    def test_sigint_too(self):
        daemon = self.new_daemon().start()
        daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(daemon.wait(), 0)

    def test_stale_socket_file(self):
        daemon = self.new_daemon().start()
        daemon.kill()
        self.assertTrue(os.path.exists(daemon.socket_path))
        daemon.start()
        daemon.finish()

    def test_a_file_in_the_way_is_not_removed(self):
        daemon = self.new_daemon(tcp=False)
        with open(daemon.socket_path, "w", encoding="ascii") as f:
            f.write("precious")
        self.refuses(*daemon.command()[1:], says=[daemon.socket_path])
        with open(daemon.socket_path, encoding="ascii") as f:
            self.assertEqual(f.read(), "precious")

    def test_modes(self):
        daemon = self.new_daemon().start()
        self.assertEqual(os.stat(daemon.socket_path).st_mode & 0o777, 0o660)
        self.assertEqual(os.stat(daemon.state_dir + "/register.db").st_mode & 0o007, 0,
                         "anybody can read the register")
        daemon.finish()

    def test_drain(self):
        """Calls that are running when SIGTERM comes are answered; new ones find nobody."""
        daemon = self.new_daemon().start()
        api = daemon.api()
        api.apply([create(f"indicators/i{n}", title="I", unit=pb.resources.UNIT_NUMBER)
                   for n in range(200)])
        requests = [pb.register.SubmitObservationsRequest(
            submissions=[submission(f"i{n}", f"{1900 + k}-{(k + 1) % 100:02d}", "5")
                         for n in range(200)]) for k in range(90)]
        futures = [api.register.SubmitObservations.future(r, timeout=60) for r in requests]
        # The last one has reached the daemon when an earlier one is answered.
        futures[0].result(timeout=60)
        daemon.process.send_signal(signal.SIGTERM)
        outcomes = []
        for future in futures:
            try:
                outcomes.append(future.result(timeout=60).seq)
            except grpc.RpcError as error:
                outcomes.append(error.code())
        acked = [o for o in outcomes if isinstance(o, int)]
        refused = {o for o in outcomes if not isinstance(o, int)}
        self.assertLessEqual(refused, {grpc.StatusCode.UNAVAILABLE})
        self.assertEqual(daemon.wait(), 0, daemon.text())
        api.close()
        figures = daemon.check()
        self.assertGreaterEqual(figures["changes"], len(acked) + 1)
        self.assertGreater(len(acked), 0)
        print(f"drain: {len(acked)} of {len(outcomes)} answered, refused {refused}, "
              f"{figures['changes']} changes")
        self.assertFalse(harness.SANITIZER.search(daemon.text()))

    def test_stop_under_load_loses_nothing(self):
        """SIGTERM and start again, while clients submit and repeat: each figure is there once."""
        from e2e_load import Load, check_stored, make_indicators
        daemon = self.new_daemon().start()
        api = daemon.api()
        make_indicators(api, 50)
        api.close()
        load = Load(daemon, 64, harness.scaled(100, 20), 50, 120)
        self.addCleanup(load.abandon)
        for _ in range(3):
            time.sleep(0.15)
            daemon.stop()
            daemon.start()
        load.wait(120)
        daemon.stop()
        daemon.check()
        check_stored(self, daemon, load)

    def test_idle_connection_does_not_hold_the_stop_up(self):
        daemon = self.new_daemon().start()
        idle = socket.socket(socket.AF_UNIX)
        idle.connect(daemon.socket_path)
        api = daemon.api()
        api.seq()
        watch = api.health.Watch(pb.health.HealthCheckRequest(), timeout=60)
        self.assertEqual(next(watch).status, pb.health.HealthCheckResponse.SERVING)
        start = time.monotonic()
        daemon.stop()
        print(f"stopped beside a watch and an idle connection in {time.monotonic() - start:.2f} s")
        idle.close()
        api.close()

    def test_health_says_not_serving_while_draining(self):
        daemon = self.new_daemon().start()
        api = daemon.api()
        watch = api.health.Watch(pb.health.HealthCheckRequest(), timeout=60)
        self.assertEqual(next(watch).status, pb.health.HealthCheckResponse.SERVING)
        seen = []

        def read():
            try:
                for answer in watch:
                    seen.append(answer.status)
            except grpc.RpcError:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        daemon.stop()
        reader.join(30)
        self.assertIn(pb.health.HealthCheckResponse.NOT_SERVING, seen)
        api.close()

    def test_ready_means_recovered(self):
        """The first connection that is accepted is answered."""
        daemon = self.new_daemon(tcp=False).start()
        daemon.provost("import", harness.DUNDEE)
        daemon.kill()
        daemon.start(wait=False)
        until = time.monotonic() + 30
        while not daemon._accepts():
            self.assertLess(time.monotonic(), until)
        self.assertEqual(daemon.json("status")["seq"], "1")
        daemon.finish()

    def test_client_without_daemon(self):
        done = harness.provost("status", server="unix:" + self.path("nobody"), code=6)
        self.assertIn(self.path("nobody"), done.err)
        daemon = self.new_daemon().start()
        daemon.stop()
        harness.provost("status", server=daemon.unix, code=6)
        harness.provost("status", server=daemon.tcp, code=6)


class Disk(Case):
    def test_state_directory_that_is_a_file(self):
        with open(self.path("file"), "w", encoding="ascii") as f:
            f.write("x")
        self.refuses("--state-dir", self.path("file"), "--listen", "unix:" + self.path("s"),
                     says=[self.path("file")])

    def test_database_that_is_none(self):
        with open(self.path("register.db"), "w", encoding="ascii") as f:
            f.write("this is not a database, but it is longer than a header would be" * 100)
        self.refuses("--state-dir", self.dir, "--listen", "unix:" + self.path("s"),
                     says=["register.db"])

    def test_newer_database(self):
        import sqlite3
        daemon = self.new_daemon().start()
        daemon.stop()
        db = sqlite3.connect(daemon.state_dir + "/register.db")
        db.execute("PRAGMA user_version = 9999")
        db.close()
        self.refuses(*daemon.command()[1:], says=["newer provostd"])

    def test_changed_table_is_refused(self):
        import sqlite3
        daemon = self.new_daemon().start()
        daemon.stop()
        db = sqlite3.connect(daemon.state_dir + "/register.db")
        db.execute("ALTER TABLE plan ADD COLUMN mine TEXT")
        db.close()
        self.refuses(*daemon.command()[1:], says=["plan"])

    def test_cut_log_is_refused(self):
        import sqlite3
        daemon = self.new_daemon().start()
        api = daemon.api()
        for n in range(3):
            api.apply([create(f"plans/p{n}", title="P")])
        api.close()
        daemon.stop()
        db = sqlite3.connect(daemon.state_dir + "/register.db")
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM change_item WHERE seq = 3")
        db.execute("DELETE FROM change WHERE seq = 3")
        db.commit()
        db.close()
        self.refuses(*daemon.command()[1:], says=["log"])

    def test_a_reference_to_nothing_is_found(self):
        """No write looks for the row it refers to: the full check and every backup do."""
        import sqlite3
        daemon = self.new_daemon().start()
        api = daemon.api()
        api.apply([create("plans/p", title="P")])
        api.close()
        daemon.stop()
        db = sqlite3.connect(daemon.state_dir + "/register.db")
        db.execute("UPDATE change SET actor = 99 WHERE seq = (SELECT max(seq) FROM change)")
        db.commit()
        db.close()
        daemon.start()
        self.assertIn("no problem", daemon.provost("check-integrity").out)
        told = "a row of change refers to one of change_actor that is not there"
        self.assertIn(told, daemon.provost("check-integrity", "--full", code=None).out)
        self.assertIn(told, daemon.provost("backup", code=None).err)
        daemon.stop()

    def test_write_error(self):
        """The disk refuses a write (here a file size limit): the daemon exits, and the next start
        has everything that was acknowledged and nothing else."""
        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, resource.RLIM_INFINITY))

        daemon = self.new_daemon().start(preexec_fn=limited)
        api = daemon.api()
        api.apply([create("plans/p", title="P")])
        seq, code = fill(api, 400)
        print("write error after seq", seq, "answered", code)
        self.assertEqual(code, grpc.StatusCode.UNAVAILABLE)
        api.close()
        self.assertGreater(daemon.wait(), 0)
        self.assertIn("the store has failed", daemon.text())
        daemon.start()
        self.assertEqual(daemon.json("status")["seq"], str(seq))
        daemon.stop()
        self.assertEqual(daemon.check()["changes"], seq)

    def test_in_a_namespace(self):
        """Runs SmallDisk below where it may mount a small file system."""
        probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", self.dir],
                               capture_output=True, timeout=60, check=False)
        if probe.returncode != 0:
            self.skipTest("no user namespaces here")
        done = subprocess.run(["unshare", "-rm", sys.executable, __file__, "SmallDisk"],
                              env={**os.environ, IN_NAMESPACE: self.dir}, timeout=120,
                              capture_output=True, text=True, check=False)
        sys.stdout.write(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)


IN_NAMESPACE = "PROVOST_E2E_SMALL_DISK"


def fill(api, most):
    """Writes until refused: (seq of the last acknowledged, the code)."""
    seq = api.seq()
    for n in range(most):
        try:
            seq = api.apply([create(f"notes/n{n}-{k}", subject="plans/p", text="x" * 2000)
                             for k in range(20)]).seq
        except grpc.RpcError as error:
            return seq, error.code()
    return seq, None


@unittest.skipUnless(os.environ.get(IN_NAMESPACE), "run by test_in_a_namespace")
class SmallDisk(Case):
    def tearDown(self):
        subprocess.check_call(["umount", "-l", os.environ[IN_NAMESPACE]])

    def test_read_only_state_directory(self):
        disk = os.environ[IN_NAMESPACE]
        subprocess.check_call(["mount", "-t", "tmpfs", "-o", "ro", "none", disk])
        done = self.refuses("--state-dir", disk, "--listen", "unix:" + self.path("s"), says=[disk])
        self.assertIn("Read-only", done.stderr)
        self.assertFalse(os.path.exists(self.path("s")))

    def await_text(self, daemon, text):
        until = time.monotonic() + 10
        while text not in daemon.text():
            self.assertLess(time.monotonic(), until, daemon.text())
            time.sleep(0.05)

    def test_disk_full(self):
        """No room: writes are refused with a clear status, reads go on, and when there is room
        again it recovers by itself."""
        disk = os.environ[IN_NAMESPACE]
        subprocess.check_call(["mount", "-t", "tmpfs", "-o", "size=4m", "none", disk])
        daemon = self.new_daemon(state_dir=disk).start()
        api = daemon.api()
        api.apply([create("plans/p", title="P")])
        seq, code = fill(api, 400)
        print("disk full after seq", seq, "answered", code)
        self.assertEqual(code, grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(api.get("plans/p").plan.title, "P")
        status = daemon.json("status")
        self.assertEqual((status["seq"], status["readOnly"]), (str(seq), True))
        self.await_text(daemon, "the disk of the register is full event=read_only")
        done = daemon.provost("set", "plans/p", "title=" + "Q" * 60000, code=1)
        self.assertIn("full", done.err)
        subprocess.check_call(["mount", "-o", "remount,size=64m", "none", disk])
        until = time.monotonic() + 30
        while daemon.provost("set", "plans/p", "title=" + "R" * 60000, code=None).code != 0:
            self.assertLess(time.monotonic(), until, "it does not recover")
            time.sleep(0.2)
        self.assertIs(daemon.json("status")["readOnly"], False)
        self.await_text(daemon, "writes are taken again")
        api.close()
        daemon.stop()
        self.assertEqual(daemon.check()["changes"], seq + 1)


if __name__ == "__main__":
    harness.main()
