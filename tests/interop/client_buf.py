#!/usr/bin/python3
"""`buf curl`, a client in Go: with the types from reflection, and with those of the .proto."""
import base64
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUF = os.path.join(HERE, "node_modules", ".bin", "buf")
sys.path.insert(0, os.path.join(HERE, "../e2e"))
import harness  # noqa: E402


class Buf(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.daemon.provost("import", harness.DUNDEE)

    def curl(self, method, request, *options, code=0):
        done = subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *options, "-d",
             json.dumps(request), f"http://{self.daemon.tcp}/provost.v1.{method}"],
            cwd=self.daemon.dir, capture_output=True, text=True, timeout=120, check=False,
            env=harness.clean_env(HOME=self.daemon.dir, XDG_CACHE_HOME=self.daemon.dir))
        if code == 0:
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def use(self, *options):
        card = self.curl("PerformanceService/GetScorecard",
                         {"scope": harness.PLAN, "period": "2020-21"}, *options)
        self.assertEqual(card["counts"], {"ok": 3, "warning": 2, "alert": 3, "noTarget": 1,
                                          "unknown": 5})
        done = self.curl("RegisterService/Apply", {"mutations": [{"patch": {
            "resource": {"name": "notes/buf", "note": {"subject": harness.PLAN, "text": "Go ✓"}},
            "updateMask": "subject,text", "allowMissing": True}}]}, *options, "-H",
            "provost-service: buf")
        self.assertEqual(done["results"][0]["resource"]["note"]["text"], "Go ✓")
        error = self.curl("RegisterService/GetResource", {"name": "plans/none"}, *options,
                          code="not_found")
        error = json.loads(error)
        self.assertEqual(error["code"], "not_found")
        details = {d["type"]: d["value"] for d in error["details"]}
        self.assertIn(b"RESOURCE_NOT_FOUND",
                      base64.b64decode(details["google.rpc.ErrorInfo"] + "=="))

    def test_with_reflection(self):
        self.use("--reflect", "--reflect-protocol", "grpc-v1")
        self.use("--reflect", "--reflect-protocol", "grpc-v1alpha")
        change, = self.daemon.json("log", "--service", "buf")["changes"]
        self.assertEqual(change["principal"], "loopback")

    def test_with_the_schema(self):
        self.use("--schema", os.path.join(harness.ROOT, "proto"))

    def test_lists_services(self):
        done = subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--list-methods",
             f"http://{self.daemon.tcp}"], cwd=self.daemon.dir, capture_output=True, text=True,
            timeout=120, check=False,
            env=harness.clean_env(HOME=self.daemon.dir, XDG_CACHE_HOME=self.daemon.dir))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("provost.v1.RegisterService/Apply", done.stdout)


if __name__ == "__main__":
    if not os.path.exists(BUF):
        harness.skip("tests/interop/node_modules is missing: npm ci")
    harness.main()
