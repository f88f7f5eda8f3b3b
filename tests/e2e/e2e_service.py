#!/usr/bin/python3
"""What a service manager sees of provostd: sockets it passes, readiness, reload, signs of life."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from harness import PROVOSTD, Daemon, create

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


class Frozen:
    """One thread of a process that stands still, as one that hangs on its disk."""

    def __init__(self, pid, name):
        tasks = f"/proc/{pid}/task"
        self.tid = next(int(t) for t in os.listdir(tasks)
                        if self.name(pid, t) == name)
        self.libc = ctypes.CDLL(None, use_errno=True)

    @staticmethod
    def name(pid, tid):
        with open(f"/proc/{pid}/task/{tid}/comm") as file:
            return file.read().strip()

    def ptrace(self, request):
        if self.libc.ptrace(request, self.tid, None, None) != 0:
            raise unittest.SkipTest(f"ptrace is not allowed here: "
                                    f"{os.strerror(ctypes.get_errno())}")

    def __enter__(self):
        self.ptrace(PTRACE_SEIZE)
        self.ptrace(PTRACE_INTERRUPT)
        os.waitpid(self.tid, 0x40000000)  # __WALL
        return self

    def __exit__(self, *_):
        self.ptrace(PTRACE_DETACH)


class Manager:
    """The notification socket of a service manager, which never keeps a daemon waiting."""

    def __init__(self, case):
        self.path = os.path.join(case.dir, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.seen = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        case.addCleanup(self.close)

    def read(self):
        while message := self.socket.recv(4096):
            self.seen += message.decode().split("\n")

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self.reader.join(10)
        self.socket.close()

    def wait_for(self, word, seconds=30):
        until = time.monotonic() + seconds
        while word not in [line[:len(word)] for line in self.seen]:
            if time.monotonic() > until:
                raise AssertionError(f"{word} was not told: {self.seen}")
            time.sleep(0.02)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="provost-service-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def start(self, config="", **environment):
        self.config = os.path.join(self.dir, "provostd.conf")
        self.write(config)
        daemon = Daemon(tcp=False, args=["--config", self.config])
        self.addCleanup(daemon.remove)
        original = harness.clean_env
        harness.clean_env = lambda **extra: original(**environment, **extra)
        self.addCleanup(setattr, harness, "clean_env", original)
        try:
            daemon.start()
        finally:
            harness.clean_env = original
        return daemon

    def write(self, config):
        with open(self.config, "w") as file:
            file.write(config)


class Notification(Case):
    def test_readiness_reload_and_stop_are_told(self):
        manager = Manager(self)
        daemon = self.start(NOTIFY_SOCKET=manager.path)
        manager.wait_for("READY=1")
        manager.wait_for("STATUS=serving change 0")
        manager.seen.clear()
        daemon.process.send_signal(signal.SIGHUP)
        manager.wait_for("READY=1")
        told = [line.split("=")[0] for line in manager.seen]
        self.assertEqual(told[:2], ["RELOADING", "MONOTONIC_USEC"])
        self.assertLess(told.index("RELOADING"), told.index("READY"))
        moment = int(manager.seen[1].split("=")[1])
        self.assertAlmostEqual(moment / 1e6, time.clock_gettime(time.CLOCK_MONOTONIC), delta=30)
        daemon.stop()
        manager.wait_for("STOPPING=1")

    def test_the_watchdog_is_fed_only_while_the_writer_lives(self):
        manager = Manager(self)
        daemon = self.start(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="600000")
        manager.wait_for("WATCHDOG=1")
        with Frozen(daemon.process.pid, "writer"):
            time.sleep(0.5)  # what was on its way
            manager.seen.clear()
            time.sleep(1.2)
            self.assertNotIn("WATCHDOG=1", manager.seen)
            self.assertIsNone(daemon.process.poll())
        manager.seen.clear()
        manager.wait_for("WATCHDOG=1")
        self.assertEqual(daemon.text().count("event=watchdog"), 1)
        daemon.finish()

    def test_work_is_a_sign_of_life(self):
        manager = Manager(self)
        daemon = self.start(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="300000")
        api = daemon.api()
        until = time.monotonic() + 1.5
        number = 0
        while time.monotonic() < until:
            api.apply([create(f"organisations/o{number}", title="O")])
            number += 1
        api.close()
        self.assertGreaterEqual(manager.seen.count("WATCHDOG=1"), 5)
        self.assertNotIn("event=watchdog", daemon.text())
        daemon.finish()


class Reload(Case):
    def reload(self, daemon, config, says):
        self.write(config)
        daemon.log.clear()
        daemon.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 20
        while "event=reload" not in daemon.text():
            self.assertLess(time.monotonic(), until, daemon.text())
            time.sleep(0.02)
        for words in says:
            self.assertIn(words, daemon.text())

    def test_what_may_change_is_taken_and_the_rest_is_named(self):
        daemon = self.start("[log]\nlevel = warning\n")
        self.assertNotIn("listening", daemon.text())
        self.reload(daemon, "[log]\nlevel = info\n[store]\nreaders = 3\n", [
            "[store] readers: the new value waits for the next start",
            "1 taken, 1 wait for the next start"])
        self.reload(daemon, "[log]\nlevel = info\n[server]\ndrain_seconds = 1\n", [
            "[server] drain_seconds: the new value counts from now on"])
        daemon.finish()

    def test_a_mistake_leaves_everything_as_it_was(self):
        daemon = self.start("[server]\nidle_seconds = 900\n")
        self.reload(daemon, "[server]\nidle_secnds = 1\n", [
            f"{self.config}:2: there is no setting idle_secnds in section [server]; did you mean "
            "idle_seconds?"])
        self.assertIn("registerId", daemon.provost("-o", "json", "status").out)
        daemon.finish()

    def test_a_new_idle_limit_holds_for_new_connections(self):
        daemon = self.start("[server]\nidle_seconds = 900\n")
        self.reload(daemon, "[server]\nidle_seconds = 1\n", ["1 taken"])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(daemon.socket_path)
            client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))
            client.settimeout(10)
            seen = b""
            while b"\0\0\x08\x07\0" not in seen:  # an empty GOAWAY: go, nothing is wrong
                seen += client.recv(4096)
        daemon.finish()


class SocketActivation(Case):
    """Under a stock activator, which starts provostd at the first connection."""

    def activate(self, sockets, names=None, config=""):
        harness.require_tool("systemd-socket-activate")
        state = os.path.join(self.dir, "state")
        os.makedirs(state, exist_ok=True)
        path = os.path.join(self.dir, "provostd.conf")
        with open(path, "w") as file:
            file.write(f"[store]\nstate_dir = {state}\n{config}")
        command = ["systemd-socket-activate"]
        for address in sockets:
            command += ["-l", address]
        if names:
            command.append("--fdname=" + ":".join(names))
        command += ["-E", "ASAN_OPTIONS", PROVOSTD, "--config", path]
        self.log = open(os.path.join(self.dir, "log"), "w+")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, env=harness.clean_env())
        self.addCleanup(self.end)
        self.state = state

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(60)
        self.log.seek(0)
        text = self.log.read()
        self.assertEqual(code, 0, text)
        self.assertIsNone(harness.SANITIZER.search(text), text)
        return text

    def wait_listening(self, path):
        until = time.monotonic() + 20
        while not os.path.exists(path):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)

    def test_the_first_call_starts_the_daemon(self):
        path = os.path.join(self.dir, "p.sock")
        self.activate([path])
        self.wait_listening(path)
        done = harness.provost("-o", "json", "status", server="unix:" + path)
        self.assertIn("registerId", done.out)
        harness.provost("import", harness.DUNDEE, server="unix:" + path)
        self.assertIn("of systemd", self.stop())
        _, problems = harness.verify_register.verify(self.state)
        self.assertEqual(problems, [])

    def test_a_socket_named_metrics_is_for_prometheus(self):
        grpc_path = os.path.join(self.dir, "p.sock")
        metrics_path = os.path.join(self.dir, "m.sock")
        self.activate([grpc_path, metrics_path], ["grpc", "metrics"])
        self.wait_listening(metrics_path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(metrics_path)
            client.settimeout(60)
            client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            answer = b""
            while chunk := client.recv(65536):
                answer += chunk
        self.assertRegex(answer, rb"^HTTP/1\.[01] 200 ")
        self.assertIn(b"\nprovost_log_seq 0\n", answer)
        harness.provost("list", "plans", server="unix:" + grpc_path)
        self.assertIn("metrics on a socket of systemd", self.stop())


if __name__ == "__main__":
    harness.main()
