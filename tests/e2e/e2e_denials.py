#!/usr/bin/python3
"""Every refusal is in the log, without a secret, and in the figures; a flood of them is not."""
import os
import re
import time
import unittest

import grpc

import harness
import secure
from e2e_metrics import UnixConnection, samples
from harness import pb, submission

CODE = grpc.StatusCode
DENIALS = "provost_denials_total"
FAILED = 'provost_tls_handshakes_total{result="failed"}'
SHAKEN = 'provost_tls_handshakes_total{result="ok"}'


class Denials(unittest.TestCase):
    settings = ()

    def setUp(self):
        directory = harness.tempfile.mkdtemp(prefix="provost-denials-")
        self.addCleanup(harness.shutil.rmtree, directory, True)
        self.metrics = os.path.join(directory, "metrics.sock")
        self.s = secure.Secure(["--metrics-listen", "unix:" + self.metrics, *self.settings])
        self.addCleanup(self.s.finish)
        self.s.principal("dept", "ROLE_CONTRIBUTOR", "organisations/own")
        self.secret = self.s.token("dept").secret
        self.dept = self.s.api(self.secret)

    def figures(self):
        connection = UnixConnection(self.metrics)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return samples(text)

    def lines(self):
        return [l for l in self.s.daemon.text().splitlines() if "event=denied" in l]

    def await_line(self, pattern, among=None):
        until = time.monotonic() + 10
        while True:
            text = "\n".join(among()) if among else self.s.daemon.text()
            found = re.search(pattern, text)
            if found:
                return found.group(0)
            self.assertLess(time.monotonic(), until, f"{pattern} not in:\n{text}")
            time.sleep(0.02)

    def refused(self, code, pattern, call, request, metadata=(), denials=1):
        """The call ends so, and that is one more line and one more in the figures."""
        before, listed = self.figures()[DENIALS], len(self.lines())
        with self.assertRaises(grpc.RpcError) as caught:
            call(request, timeout=30, metadata=metadata)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        if denials:
            self.await_line(pattern, lambda: self.lines()[listed:])
        self.assertEqual(self.figures()[DENIALS] - before, denials)
        self.assertEqual(len(self.lines()) - listed, denials)

    def test_calls(self):
        s, dept = self.s, self.dept
        caller = pb.admin.GetCallerRequest()
        flipped = self.secret[:-1] + ("A" if self.secret[-1] != "A" else "B")
        nobody, slip = s.api(), s.api(flipped)
        self.refused(CODE.UNAUTHENTICATED, r"principal=- .* from=127\.0\.0\.1 port \d+ "
                     r"method=/provost\.v1\.AdminService/GetCaller code=UNAUTHENTICATED",
                     nobody.admin.GetCaller, caller)
        self.refused(CODE.UNAUTHENTICATED, "a slip", slip.admin.GetCaller, caller, slip.metadata)
        self.refused(CODE.PERMISSION_DENIED, "principal=dept .* it takes the role admin",
                     dept.admin.AddGrant, pb.admin.AddGrantRequest(), dept.metadata)
        self.refused(CODE.PERMISSION_DENIED,
                     "principal=dept .* belongs to organisations/foreign.* request_id=q1-figures",
                     dept.register.SubmitObservations, pb.register.SubmitObservationsRequest(
                         submissions=[submission("foreign", "2021-22.q1", "1")],
                         request_id="q1-figures"), dept.metadata)
        # What is kept from one is refused as what never was; the log knows the difference.
        get = dept.register.GetResource
        self.refused(CODE.NOT_FOUND, "principal=dept .*code=NOT_FOUND.*foreign-secret", get,
                     pb.register.GetResourceRequest(name="indicators/foreign-secret"),
                     dept.metadata)
        self.refused(CODE.NOT_FOUND, None, get,
                     pb.register.GetResourceRequest(name="indicators/never-there"),
                     dept.metadata, denials=0)
        before = self.figures()[DENIALS]
        dept.register.ListResources(pb.register.ListResourcesRequest(collection="indicators"),
                                    timeout=30, metadata=dept.metadata)
        self.assertEqual(self.figures()[DENIALS], before, "a list is no refusal")
        for secret in (self.secret, flipped):
            self.assertNotIn(secret[4:], s.daemon.text())

    def test_handshakes(self):
        self.s.ca.issue("old", "DNS:dept.council.example", days=-1)
        before = self.figures()
        with self.assertRaises(grpc.RpcError):
            api = self.s.api(cert="old")
            api.admin.GetCaller(pb.admin.GetCallerRequest(), timeout=10)
        self.await_line(r"method=TLS code=UNAUTHENTICATED: the client's certificate: "
                        r"certificate has expired", self.lines)
        after = self.figures()
        self.assertGreater(after[FAILED], before[FAILED])
        self.assertEqual(after[DENIALS] - before[DENIALS], after[FAILED] - before[FAILED])
        self.dept.admin.GetCaller(pb.admin.GetCallerRequest(), timeout=10,
                                  metadata=self.dept.metadata)
        self.assertGreater(self.figures()[SHAKEN], before[SHAKEN])

    def refuse_often(self, count):
        """How often each code came back."""
        nobody = self.s.api()
        calls = [nobody.admin.GetCaller.future(pb.admin.GetCallerRequest(), timeout=30)
                 for _ in range(count)]
        codes = [call.code() for call in calls]
        return {code: codes.count(code) for code in codes}

    def test_an_address_is_refused_only_so_often(self):
        """Then it hears that it is too much, and its connection is closed; whoever has good
        credentials at the same address is not concerned."""
        before = self.figures()
        refused = {}
        for _ in range(5):
            for code, count in self.refuse_often(60).items():
                refused[code] = refused.get(code, 0) + count
        after = self.figures()
        self.assertLess(refused.get(CODE.UNAUTHENTICATED, 0), 200)
        self.assertGreater(refused.get(CODE.RESOURCE_EXHAUSTED, 0), 40)
        self.assertLessEqual(set(refused), {CODE.UNAUTHENTICATED, CODE.RESOURCE_EXHAUSTED,
                                            CODE.UNAVAILABLE})
        grown = lambda name: after[name] - before[name]
        self.assertEqual(grown(DENIALS), refused[CODE.UNAUTHENTICATED])
        self.assertGreater(grown('provost_refusals_total{limit="rate"}'), 40)
        self.assertGreater(grown('provost_h2_abuse_total{kind="refused_call"}'), 0)
        for _ in range(50):
            self.dept.admin.GetCaller(pb.admin.GetCallerRequest(), timeout=30,
                                      metadata=self.dept.metadata)


class Flood(Denials):
    settings = secure.settings("[limits]\nrefusals_per_second = 0\n")
    test_calls = test_handshakes = test_a_register_made_read_only_is_told_once = None

    def test_an_address_is_refused_only_so_often(self):
        self.assertEqual(self.refuse_often(100), {CODE.UNAUTHENTICATED: 100})

    def test_a_flood_is_counted_and_hides_nobody(self):
        nobody, before = self.s.api(), self.figures()[DENIALS]
        calls = [nobody.admin.GetCaller.future(pb.admin.GetCallerRequest(), timeout=30)
                 for _ in range(300)]
        for call in calls:
            self.assertEqual(call.code(), CODE.UNAUTHENTICATED)
        self.assertEqual(self.figures()[DENIALS] - before, 300)
        self.assertLess(len(self.lines()), 60)
        self.refused(CODE.PERMISSION_DENIED, "principal=dept", self.dept.admin.Backup,
                     pb.admin.BackupRequest(), self.dept.metadata)
        told = self.await_line(r"(\d+) refusals of callers nobody knows before this")
        self.assertGreater(int(told.split()[0]), 200)

    def test_a_register_made_read_only_is_told_once(self):
        admin = self.s.admin.admin
        admin.SetReadOnly(pb.admin.SetReadOnlyRequest(read_only=True, reason="audit"), timeout=30)
        self.await_line("writes are refused: an administrator .* event=read_only")
        time.sleep(1.2)
        self.assertEqual(self.s.daemon.text().count("event=read_only"), 1)
        admin.SetReadOnly(pb.admin.SetReadOnlyRequest(read_only=False), timeout=30)
        self.await_line("writes are taken again")


if __name__ == "__main__":
    harness.main()
