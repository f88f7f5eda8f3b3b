#!/usr/bin/python3
"""Runs client.js (@grpc/grpc-js, which reads the .proto at run time) over both listeners."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e"))
import harness  # noqa: E402


class GrpcJs(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.daemon.provost("import", harness.DUNDEE)

    def run_client(self, target):
        done = subprocess.run(
            ["node", os.path.join(HERE, "client.js"), target,
             os.path.join(harness.ROOT, "proto"), harness.GRPC_PROTO_DIR],
            env=harness.clean_env(), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreaterEqual(done.stdout.count("ok "), 9)

    def test_over_the_unix_socket(self):
        self.run_client(self.daemon.unix)

    def test_over_tcp(self):
        self.run_client(self.daemon.tcp)


if __name__ == "__main__":
    harness.require_tool("node")
    if not os.path.isdir(os.path.join(HERE, "node_modules", "@grpc", "grpc-js")):
        harness.skip("tests/interop/node_modules is missing: npm ci")
    harness.main()
