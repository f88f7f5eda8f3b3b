#!/usr/bin/python3
"""The figures for Prometheus: what is shown, in both formats, and that it is true."""
import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import harness
from harness import Daemon, create

SAMPLE = re.compile(r'^([a-z0-9_]+)(\{[^}]*\})? (\S+)$')
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def samples(text):
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        if not match:
            raise AssertionError(f"not a sample: {line!r}")
        found[match.group(1) + (match.group(2) or "")] = float(match.group(3))
    return found


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.daemon = Daemon(tcp=False, args=["--council", 'Old "Town"', "--metrics-listen",
                                             f"tcp:127.0.0.1:{cls.port}"])
        cls.daemon.start()
        cls.api = cls.daemon.api()

    @classmethod
    def tearDownClass(cls):
        cls.api.close()
        cls.daemon.finish()

    def ask(self, method="GET", path="/metrics", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers={k.title(): v for k, v in headers.items()})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def figures(self):
        return samples(self.ask()[1])

    def test_the_format_follows_what_is_accepted(self):
        answer, body = self.ask()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.getheader("Content-Type"),
                         "text/plain; version=0.0.4; charset=utf-8")
        self.assertIn("# TYPE provost_denials_total counter\n", body)
        self.assertNotIn("# EOF", body)
        answer, body = self.ask(accept=OPENMETRICS)
        self.assertTrue(answer.getheader("Content-Type").startswith(OPENMETRICS))
        self.assertIn("# TYPE provost_denials counter\n", body)
        self.assertTrue(body.endswith("# EOF\n"))

    def test_each_family_has_one_head_and_each_series_one_sample(self):
        for accept in ("text/plain", OPENMETRICS):
            _, body = self.ask(accept=accept)
            for kind in ("HELP", "TYPE"):
                names = re.findall(rf"^# {kind} (\S+)", body, re.M)
                self.assertEqual(len(names), len(set(names)), kind)
            series = re.findall(r"^(?!#)(\S+) \S+$", body, re.M)
            self.assertEqual(len(series), len(set(series)))

    def test_a_write_is_counted(self):
        before = self.figures()
        method = '{grpc_method="provost.v1.RegisterService/Apply",grpc_status="OK"}'
        key = "grpc_server_call_duration_seconds_count" + method
        self.api.apply([create("organisations/metrics-write", title="Metrics")])
        after = self.figures()
        self.assertEqual(after[key], before.get(key, 0) + 1)
        self.assertEqual(after["provost_log_seq"], before["provost_log_seq"] + 1)
        self.assertEqual(after["provost_log_size"], before["provost_log_size"] + 1)
        self.assertEqual(after["provost_commit_seconds_count"],
                         before["provost_commit_seconds_count"] + 1)
        self.assertGreater(after["provost_commit_seconds_sum"],
                           before["provost_commit_seconds_sum"])

    def test_a_refusal_is_counted_by_its_status(self):
        self.daemon.provost("get", "plans/none-such", code=3)
        self.assertGreaterEqual(self.figures()[
            'grpc_server_call_duration_seconds_count{grpc_method='
            '"provost.v1.RegisterService/GetResource",grpc_status="NOT_FOUND"}'], 1)

    def test_names_that_are_no_methods_share_one_series(self):
        for name in ("/a.B/C", "/d.E/F"):
            with self.assertRaises(Exception):
                self.api.channel.unary_unary(name)(b"", timeout=10)
        others = [k for k in self.figures() if "grpc_method" in k and "_count" in k
                  and "provost.v1" not in k and "grpc." not in k.split("{")[1]]
        self.assertEqual(others, ['grpc_server_call_duration_seconds_count{grpc_method="_OTHER"'
                                  ',grpc_status="UNIMPLEMENTED"}'])

    def test_buckets_are_cumulative_and_end_with_all(self):
        self.api.apply([create("organisations/metrics-buckets", title="Metrics")])
        _, body = self.ask()
        counts = [int(n) for n in re.findall(r'^provost_commit_seconds_bucket\{le="[^"]+"\} (\d+)',
                                             body, re.M)]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], self.figures()["provost_commit_seconds_count"])
        self.assertIn('provost_batch_ops_bucket{le="1.0"}', body)

    def test_the_process_is_told(self):
        figures = self.figures()
        self.assertGreater(figures["process_resident_memory_bytes"], 1 << 20)
        self.assertGreater(figures["process_cpu_seconds_total"], 0)
        self.assertAlmostEqual(figures["process_start_time_seconds"], time.time(), delta=600)
        self.assertGreater(figures["process_open_fds"], 5)
        self.assertEqual(figures['provost_build_info{version="0.1.0",council="Old \\"Town\\""}'], 1)

    def test_only_gets_of_one_path_are_answered(self):
        self.assertEqual(self.ask(path="/")[0].status, 404)
        self.assertEqual(self.ask(method="POST")[0].status, 405)
        answer, body = self.ask(method="HEAD")
        self.assertEqual((answer.status, body), (200, ""))

    def test_a_flood_of_connections_leaves_the_register_alone(self):
        held = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(60)]
        try:
            for connection in held[:10]:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 3000)
            self.assertGreaterEqual(self.api.seq(), 0)
        finally:
            for connection in held:
                connection.close()
        self.assertGreaterEqual(self.figures()["provost_connections"], 1)

    def test_what_rules_dashboard_and_manual_name_is_shown(self):
        self.api.apply([create("organisations/metrics-named", title="Metrics")])
        shown = set(re.findall(r"^([a-z0-9_]+)[{ ]", self.ask()[1], re.M))
        for name in ("monitoring/provost.rules.yml", "monitoring/grafana-dashboard.json",
                     "docs/operations.md"):
            with open(os.path.join(harness.ROOT, name)) as file:
                named = set(re.findall(r"\b(?:provost|process|grpc_server)_[a-z0-9_]+", file.read()))
            self.assertGreater(len(named), 5)
            missing = [n for n in named if n not in shown and n + "_count" not in shown]
            self.assertEqual(missing, [], name)

    def test_promtool_takes_the_rules(self):
        promtool = shutil.which("promtool")
        if not promtool:
            self.skipTest("promtool (package prometheus) is not installed")
        done = subprocess.run([promtool, "check", "rules", "monitoring/provost.rules.yml"],
                              cwd=harness.ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_has_nothing_to_say(self):
        promtool = shutil.which("promtool")
        if not promtool:
            self.skipTest("promtool (package prometheus) is not installed")
        done = subprocess.run([promtool, "check", "metrics"], input=self.ask()[1], text=True,
                              capture_output=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_prometheus_scrapes_it(self):
        prometheus = shutil.which("prometheus")
        if not prometheus:
            self.skipTest("prometheus is not installed")
        directory = tempfile.mkdtemp(prefix="provost-prometheus-")
        self.addCleanup(shutil.rmtree, directory, True)
        port = free_port()
        config = os.path.join(directory, "prometheus.yml")
        with open(config, "w") as file:
            file.write("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: provost\n"
                       f"  static_configs: [{{targets: ['127.0.0.1:{self.port}']}}]\n")
        process = subprocess.Popen(
            [prometheus, "--config.file=" + config, "--storage.tsdb.path=" + directory + "/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            self.wait_scraped(port)
        finally:
            process.terminate()
            process.wait(20)

    def wait_scraped(self, port):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/api/v1/query?query=provost_log_seq")
                if '"job":"provost"' in connection.getresponse().read().decode():
                    return
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.3)
        self.fail("prometheus did not scrape the daemon")


class OnUnixSocket(unittest.TestCase):
    def test_metrics_on_a_unix_socket_and_after_a_crash(self):
        daemon = Daemon(tcp=False)
        self.addCleanup(daemon.remove)
        path = os.path.join(daemon.dir, "metrics.sock")
        daemon.args = ["--metrics-listen", "unix:" + path]
        for end in (daemon.kill, daemon.stop):
            daemon.start()
            connection = UnixConnection(path)
            connection.request("GET", "/metrics")
            self.assertIn("provost_log_seq", connection.getresponse().read().decode())
            connection.close()
            end()
        self.assertFalse(os.path.exists(path))

    def test_a_listener_beyond_loopback_is_refused(self):
        daemon = Daemon(tcp=False, args=["--metrics-listen", "tcp:0.0.0.0:9464"])
        self.addCleanup(daemon.remove)
        with self.assertRaisesRegex(AssertionError, "loopback"):
            daemon.start()


if __name__ == "__main__":
    harness.main()
