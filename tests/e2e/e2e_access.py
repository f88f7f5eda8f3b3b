#!/usr/bin/python3
"""Who comes in and who does not: TLS, certificates, tokens, the identity provider's tokens, and what
is kept from those who may not see it."""
import base64
import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest

import grpc

import harness
import secure
from harness import Failure, create, patch, pb, submission

INTERNAL = pb.resources.VISIBILITY_INTERNAL
CODE = grpc.StatusCode
BUF = os.path.join(harness.ROOT, "tests", "interop", "node_modules", ".bin", "buf")


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = secure.Secure()
        cls.s.principal("dept", "ROLE_CONTRIBUTOR", "organisations/own",
                        ["cert-dns:dept.council.example"])
        cls.secrets = [cls.s.token("dept").secret]
        cls.dept = cls.s.api(cls.secrets[0])

    @classmethod
    def tearDownClass(cls):
        text = cls.s.daemon.text()
        figures = cls.s.finish()
        assert figures, "nothing was verified"
        for secret in cls.secrets:
            assert secret not in text, "a secret in the log"

    def refused(self, code, call, *args, **kwargs):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*args, timeout=30, **kwargs)
        failure = Failure(caught.exception)
        self.assertEqual(failure.code, code, failure.message)
        for secret in self.secrets:
            self.assertNotIn(secret, failure.message or "")
        return failure

    def caller(self, api):
        return api.admin.GetCaller(pb.admin.GetCallerRequest(), timeout=30, metadata=api.metadata)

    def refused_caller(self, api, code=CODE.UNAUTHENTICATED):
        return self.refused(code, api.admin.GetCaller, pb.admin.GetCallerRequest(),
                            metadata=api.metadata)

    # ---- what is foreign ----

    def test_another_departments_figure_is_never_written(self):
        before = self.s.admin.seq()
        for value, period in (("9", "2021-22.q1"), ("5", "2021-22.q1"), ("1", "2021-22.q3")):
            self.refused(CODE.PERMISSION_DENIED, self.dept.register.SubmitObservations,
                         pb.register.SubmitObservationsRequest(
                             submissions=[submission("own", "2021-22.q4", "1"),
                                          submission("foreign", period, value)], revise=True,
                             reason="r"), metadata=self.dept.metadata)
        for mutation in (harness.delete("observations/foreign/2021-22.q1"),
                         patch("indicators/own", owner="organisations/foreign"),
                         patch("indicators/foreign", owner="organisations/own"),
                         create("indicators/mine", title="x", owner="organisations/own"),
                         create("indicators/none", title="x"),
                         patch("organisations/own", parent="organisations/foreign")):
            self.refused(CODE.PERMISSION_DENIED, self.dept.register.Apply,
                         pb.register.ApplyRequest(mutations=[mutation]),
                         metadata=self.dept.metadata)
        self.assertEqual(self.s.admin.seq(), before)
        done = self.dept.submit([submission("own", "2021-22.q4", "6")])
        change = self.s.admin.log.GetChange(pb.change_log.GetChangeRequest(change_seq=done.seq),
                                            timeout=30).change
        self.assertEqual((change.principal, change.auth_method), ("dept", "token"))

    def test_what_is_restricted_does_not_exist(self):
        api, hidden = self.dept, "indicators/foreign-secret"
        names = lambda found: {r.name for r in found}
        ask = lambda name: self.refused(
            CODE.NOT_FOUND, api.register.GetResource,
            pb.register.GetResourceRequest(name=name), metadata=api.metadata)
        told = ask(hidden).message
        self.assertEqual(told, ask("indicators/never-there1").message.replace(
            "indicators/never-there1", hidden))
        ask("observations/foreign-secret/2021-22.q1")
        listed = lambda collection, **f: names(api.register.ListResources(
            pb.register.ListResourcesRequest(collection=collection, **f), timeout=30,
            metadata=api.metadata).resources)
        for fields in ({}, {"order_by": "title"}, {"filter": 'code = "SEC"'}):
            self.assertNotIn(hidden, listed("indicators", **fields))
            self.assertIn("indicators/own-secret", listed("indicators", **fields))
        self.assertEqual(listed("observations/foreign-secret"), set())
        status = api.admin.GetStatus(pb.admin.GetStatusRequest(), timeout=30, metadata=api.metadata)
        self.assertEqual(len(status.collections), 0)
        # The log: not in lists, not by name, not by seq, and no name in bytes.
        seq = self.s.admin.submit([submission("foreign-secret", "2021-22.q2", "7")]).seq
        mixed = self.s.admin.apply([patch(hidden, title="Secret still"),
                                    patch("indicators/foreign", title="Open")]).seq
        log = api.log.ListChanges(pb.change_log.ListChangesRequest(page_size=1000), timeout=30,
                                  metadata=api.metadata)
        self.assertNotIn(b"foreign-secret", log.SerializeToString())
        self.assertNotIn(seq, [c.seq for c in log.changes])
        self.assertIn(mixed, [c.seq for c in log.changes])
        by_name = api.log.ListChanges(pb.change_log.ListChangesRequest(resource=hidden), timeout=30,
                                      metadata=api.metadata)
        self.assertEqual(len(by_name.changes), 0)
        self.refused(CODE.NOT_FOUND, api.log.GetChange,
                     pb.change_log.GetChangeRequest(change_seq=seq), metadata=api.metadata)
        one = api.log.GetChange(pb.change_log.GetChangeRequest(change_seq=mixed), timeout=30,
                                metadata=api.metadata)
        self.assertNotIn(b"foreign-secret", one.SerializeToString())
        # Reports.
        card = api.performance.GetScorecard(pb.performance.GetScorecardRequest(
            scope="organisations/foreign", period="2021-22"), timeout=30, metadata=api.metadata)
        self.assertNotIn(b"foreign-secret", card.SerializeToString())
        self.assertIn(b"foreign", card.SerializeToString())
        # Nobody refers to it, writes it, or takes its name.
        said = self.refused(CODE.INVALID_ARGUMENT, api.register.SubmitObservations,
                            pb.register.SubmitObservationsRequest(
                                submissions=[submission("foreign-secret", "2021-22.q1", "1")]),
                            metadata=api.metadata).message
        none = self.refused(CODE.INVALID_ARGUMENT, api.register.SubmitObservations,
                            pb.register.SubmitObservationsRequest(
                                submissions=[submission("never-there1", "2021-22.q1", "1")]),
                            metadata=api.metadata).message
        self.assertEqual(said, none.replace("never-there1", "foreign-secret"))
        self.refused(CODE.NOT_FOUND, api.register.Apply, pb.register.ApplyRequest(
            mutations=[patch(hidden, title="x")]), metadata=api.metadata)
        self.refused(CODE.NOT_FOUND, api.register.Apply, pb.register.ApplyRequest(
            mutations=[harness.delete(hidden)]), metadata=api.metadata)
        # One who has a role on the whole register sees it, and so does its own department.
        self.s.principal("all-seeing", "ROLE_VIEWER")
        seeing = self.s.api(self.s.token("all-seeing").secret)
        got = seeing.register.GetResource(pb.register.GetResourceRequest(name=hidden), timeout=30,
                                          metadata=seeing.metadata)
        self.assertEqual(got.resource.name, hidden)

    def test_a_watch_leaves_out_what_is_restricted(self):
        first = self.s.admin.submit([submission("foreign-secret", "2021-22.q3", "7")]).seq
        last = self.s.admin.submit([submission("foreign", "2021-22.q3", "7")]).seq
        stream = self.dept.log.WatchChanges(
            pb.change_log.WatchChangesRequest(from_seq=first), timeout=30,
            metadata=self.dept.metadata)
        for answer in stream:
            self.assertNotIn(b"foreign-secret", answer.SerializeToString())
            if answer.seq == last and answer.HasField("change"):
                break
        stream.cancel()

    # ---- tokens ----

    def watch(self, api):
        """A watch that is open; its end comes into the list."""
        ended, opened = [], threading.Event()
        stream = api.log.WatchChanges(
            pb.change_log.WatchChangesRequest(from_seq=1), timeout=60, metadata=api.metadata)

        def follow():
            try:
                for _ in stream:
                    opened.set()
                ended.append(None)
            except grpc.RpcError as error:
                ended.append(error.code())

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        self.assertTrue(opened.wait(30))
        return thread, ended

    def test_a_revoked_token_stops_and_ends_its_watches(self):
        made = self.s.token("dept")
        self.secrets.append(made.secret)
        api, other = self.s.api(made.secret), self.watch(self.dept)
        thread, ended = self.watch(api)
        self.caller(api)
        self.s.admin.admin.RevokeToken(pb.admin.RevokeTokenRequest(id=made.token.id), timeout=30)
        self.assertIn("revoked", self.refused_caller(api).message)
        thread.join(5)
        self.assertEqual(ended, [CODE.UNAUTHENTICATED])
        self.assertEqual(other[1], [])

    def test_an_expired_token_stops_and_ends_its_watches(self):
        end = pb.admin.Token().expire_time.__class__()
        end.FromNanoseconds(time.time_ns() + 2_500_000_000)
        api = self.s.api(self.s.token("dept", expire_time=end).secret)
        thread, ended = self.watch(api)
        self.caller(api)
        thread.join(10)
        self.assertEqual(ended, [CODE.UNAUTHENTICATED])
        self.assertIn("expired", self.refused_caller(api).message)

    def test_a_grant_taken_away_ends_what_it_allowed(self):
        grant = self.s.principal("leaver", "ROLE_VIEWER")
        api = self.s.api(self.s.token("leaver").secret)
        thread, ended = self.watch(api)
        self.s.admin.admin.RemoveGrant(pb.admin.RemoveGrantRequest(id=grant.id), timeout=30)
        thread.join(5)
        self.assertEqual(ended, [CODE.PERMISSION_DENIED])
        self.refused(CODE.PERMISSION_DENIED, api.register.GetResource,
                     pb.register.GetResourceRequest(name="indicators/own"), metadata=api.metadata)
        self.s.principal("leaver", disabled=True)
        self.refused_caller(api, CODE.PERMISSION_DENIED)

    def test_tokens_that_are_none_are_refused(self):
        secret = self.secrets[0]
        flipped = secret[:20] + ("A" if secret[20] != "A" else "B") + secret[21:]
        for text in (flipped, secret[:-1], secret + "x", "cpr_", "x.y.z", "a" * 5000):
            self.refused_caller(self.s.api(metadata=[("authorization", "Bearer " + text)]))
        for text in ("Basic YTpi", secret, "Bearer"):
            self.refused_caller(self.s.api(metadata=[("authorization", text)]))
        self.refused_caller(self.s.api(secret, metadata=[("authorization", "Bearer " + secret)]),
                            CODE.INVALID_ARGUMENT)
        self.assertEqual(self.caller(self.dept).principal, "dept")

    def test_a_scope_only_narrows(self):
        self.s.principal("wide", "ROLE_ADMIN")
        narrow = self.s.api(self.s.token("wide", organisation="organisations/own").secret)
        narrow.submit([submission("own", "2022-23.q1", "5")])
        self.refused(CODE.PERMISSION_DENIED, narrow.register.SubmitObservations,
                     pb.register.SubmitObservationsRequest(
                         submissions=[submission("foreign", "2022-23.q1", "5")]),
                     metadata=narrow.metadata)
        self.refused(CODE.NOT_FOUND, narrow.register.GetResource,
                     pb.register.GetResourceRequest(name="indicators/foreign-secret"),
                     metadata=narrow.metadata)
        for fields in ({"read_only": True}, {"roles": ["ROLE_VIEWER"]},
                       {"organisation": "organisations/own"}):
            api = self.s.api(self.s.token("wide", **fields).secret)
            self.refused(CODE.PERMISSION_DENIED, api.admin.SetReadOnly,
                         pb.admin.SetReadOnlyRequest(), metadata=api.metadata)
            self.refused(CODE.PERMISSION_DENIED, api.admin.CreateToken,
                         pb.admin.CreateTokenRequest(), metadata=api.metadata)

    def test_who_acts_for_others_may_do_what_both_may(self):
        self.s.principal("portal", "ROLE_ADMIN", "organisations/council", acts_for_others=True)
        secret = self.s.token("portal").secret
        api = self.s.api(secret, metadata=[("provost-on-behalf-of", "dept")])
        done = api.submit([submission("own", "2022-23.q2", "5")])
        change = self.s.admin.log.GetChange(pb.change_log.GetChangeRequest(change_seq=done.seq),
                                            timeout=30).change
        self.assertEqual((change.principal, change.on_behalf_of), ("portal", "dept"))
        self.refused(CODE.PERMISSION_DENIED, api.register.SubmitObservations,
                     pb.register.SubmitObservationsRequest(
                         submissions=[submission("foreign", "2022-23.q2", "5")]),
                     metadata=api.metadata)
        alone = self.s.api(self.secrets[0], metadata=[("provost-on-behalf-of", "admin")])
        self.refused_caller(alone, CODE.PERMISSION_DENIED)

    # ---- administrators at the same time ----

    def codes(self, calls):
        return sorted(str(call.code()).rsplit(".", maxsplit=1)[-1] for call in calls)

    def test_an_identity_has_one_owner_whoever_asks_at_once(self):
        admin = self.s.admin.admin
        calls = [admin.SetPrincipal.future(pb.admin.SetPrincipalRequest(
            principal=pb.admin.Principal(name=f"rival-{n}", identities=["cert-dns:one.example"])),
            timeout=30) for n in range(12)]
        self.assertEqual(self.codes(calls), ["ALREADY_EXISTS"] * 11 + ["OK"])
        owners = [p.name for p in admin.ListPrincipals(
            pb.admin.ListPrincipalsRequest(), timeout=30).principals
            if "cert-dns:one.example" in p.identities]
        self.assertEqual(len(owners), 1)

    def test_a_grant_is_taken_away_once(self):
        grant = self.s.principal("once", "ROLE_VIEWER")
        before = self.s.admin.seq()
        calls = [self.s.admin.admin.RemoveGrant.future(
            pb.admin.RemoveGrantRequest(id=grant.id), timeout=30) for _ in range(8)]
        self.assertEqual(self.codes(calls), ["NOT_FOUND"] * 7 + ["OK"])
        self.assertEqual(self.s.admin.seq(), before + 1)

    # ---- lists ----

    def pages(self, api, call, request, field):
        """(the items of all pages, how many pages)"""
        found, count = [], 0
        while True:
            answer = call(request, timeout=30, metadata=api.metadata)
            self.assertLessEqual(len(getattr(answer, field)), request.page_size or 100)
            found += getattr(answer, field)
            count += 1
            if not answer.next_page_token:
                return found, count
            request.page_token = answer.next_page_token

    def test_lists_come_in_pages_and_in_order(self):
        s, admin = self.s, self.s.admin
        s.principal("page-a", "ROLE_VIEWER")
        names = ["page", "page-a", "page.b", "page0", "pageA"]
        for name in names:
            s.principal(name, "ROLE_VIEWER", identities=[f"unix-user:{name}"])
            for title in ("first", "second", "third"):
                s.token(name, title=title)
        A = pb.admin
        everybody, pages = self.pages(admin, admin.admin.ListPrincipals,
                                      A.ListPrincipalsRequest(page_size=2), "principals")
        self.assertGreater(pages, 3)
        every = [p.name for p in everybody]
        self.assertEqual(every, sorted(set(every)))
        self.assertEqual([p.identities[0] for p in everybody if p.name in names],
                         [f"unix-user:{name}" for name in sorted(names)])
        grants, _ = self.pages(admin, admin.admin.ListGrants, A.ListGrantsRequest(page_size=3),
                               "grants")
        of_whom = [g.principal for g in grants]
        self.assertEqual(of_whom, sorted(of_whom))
        self.assertEqual(len({g.id for g in grants}), len(grants))
        self.assertEqual(of_whom.count("page-a"), 2)
        tokens, _ = self.pages(admin, admin.admin.ListTokens, A.ListTokensRequest(page_size=4),
                               "tokens")
        mine = [(t.principal, t.title) for t in tokens if t.principal in names]
        self.assertEqual(mine, [(name, title) for name in sorted(names)
                                for title in ("first", "second", "third")])
        one, _ = self.pages(admin, admin.admin.ListTokens,
                            A.ListTokensRequest(page_size=1, principal="page"), "tokens")
        self.assertEqual([t.title for t in one], ["first", "second", "third"])
        own, _ = self.pages(self.dept, self.dept.admin.ListTokens,
                            A.ListTokensRequest(page_size=1), "tokens")
        self.assertEqual({t.principal for t in own}, {"dept"})
        # A token of one question is none of another; a made-up one is none.
        first = admin.admin.ListTokens(A.ListTokensRequest(page_size=1), timeout=30)
        for token in (first.next_page_token, "x"):
            self.refused(CODE.INVALID_ARGUMENT, admin.admin.ListGrants,
                         A.ListGrantsRequest(page_token=token))
        self.refused(CODE.INVALID_ARGUMENT, admin.admin.ListGrants,
                     A.ListGrantsRequest(page_size=-1))
        for command in ("principal", "grant"):
            said = s.daemon.provost(command, "list").out
            for name in names:
                self.assertIn(name, said)
        self.assertIn("REPORTING, DEFINITIONS, APPROVAL", s.daemon.provost("grant", "list").out)

    # ---- connections ----

    def test_without_credentials_only_health_answers(self):
        api = self.s.api()
        answer = api.health.Check(pb.health.HealthCheckRequest(), timeout=30)
        self.assertEqual(answer.status, pb.health.HealthCheckResponse.SERVING)
        self.refused_caller(api)

    def test_certificates(self):
        ca = self.s.ca
        ca.issue("dept", "DNS:Dept.council.example")
        ca.issue("unknown", "DNS:unknown.example")
        ca.issue("old", "DNS:dept.council.example", days=-1)
        stranger = secure.Authority(os.path.join(self.s.daemon.dir, "stranger"))
        stranger.issue("fake", "DNS:dept.council.example")
        who = self.caller(self.s.api(cert="dept"))
        self.assertEqual((who.principal, who.auth_method), ("dept", "certificate"))
        self.refused_caller(self.s.api(cert="unknown"))
        for api in (self.s.api(cert="old"), self.s.api(cert="fake", ca=stranger)):
            with self.assertRaises(grpc.RpcError) as caught:
                self.caller(api)
            self.assertEqual(caught.exception.code(), CODE.UNAVAILABLE)
        digest = subprocess.run(["openssl", "x509", "-in", ca.path("unknown.pem"), "-noout",
                                 "-fingerprint", "-sha256"], capture_output=True, text=True,
                                check=True).stdout.strip().split("=")[1]
        self.s.principal("by-print", "ROLE_VIEWER", identities=["cert-sha256:" + digest])
        self.assertEqual(self.caller(self.s.api(cert="unknown")).principal, "by-print")
        self.assertRegex(self.s.daemon.text(), "refused: .*certificate")

    def test_a_new_certificate_is_taken_without_dropping_anybody(self):
        thread, ended = self.watch(self.dept)
        before = self.served()
        self.s.ca.issue("server", "DNS:localhost,IP:127.0.0.1")
        self.s.daemon.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 20
        while self.served() == before:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        after = self.served()
        with open(self.s.ca.path("server.pem"), "w") as file:
            file.write("no certificate")
        self.s.daemon.process.send_signal(signal.SIGHUP)
        while "the old certificate stays" not in self.s.daemon.text():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        self.assertEqual(self.served(), after)
        self.assertEqual(ended, [])
        self.assertTrue(thread.is_alive())

    def served(self):
        """The certificate that a new connection is shown."""
        return subprocess.run(["openssl", "s_client", "-connect", self.s.target, "-alpn", "h2",
                               "-servername", "localhost"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False).stdout.split(
                                  "-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]

    def test_old_protocols_and_other_ones_are_refused(self):
        for arguments in (["-tls1_1", "-alpn", "h2"], ["-alpn", "http/1.1"], [],
                          ["-tls1_2", "-cipher", "AES128-SHA", "-alpn", "h2"]):
            done = subprocess.run(["openssl", "s_client", "-connect", self.s.target, *arguments],
                                  input="x", capture_output=True, text=True, check=False)
            self.assertNotIn("ALPN protocol: h2", done.stdout, arguments)
        done = subprocess.run(["openssl", "s_client", "-connect", self.s.target, "-tls1_2", "-alpn",
                               "h2"], input="", capture_output=True, text=True, check=False)
        self.assertIn("ALPN protocol: h2", done.stdout)

    @unittest.skipUnless(os.path.exists(BUF), "buf (npm ci in tests/interop) is not installed")
    def test_a_stock_client_of_another_stack(self):
        """Go's TLS and HTTP/2, with a token and with a certificate."""
        self.s.ca.issue("dept", "DNS:dept.council.example")
        pair = ["--cert", self.s.ca.path("dept.pem"), "--key", self.s.ca.path("dept.key")]
        for given, method in ((["-H", "authorization: Bearer " + self.secrets[0]], "token"),
                              (pair, "certificate"), ([], None)):
            done = subprocess.run(
                [BUF, "curl", "--protocol", "grpc", "--schema",
                 os.path.join(harness.ROOT, "proto"), "--cacert", self.s.ca.path("ca.pem"), *given,
                 "-d", "{}", f"https://{self.s.target}/provost.v1.AdminService/GetCaller"],
                capture_output=True, text=True, check=False, timeout=60)
            if method is None:
                self.assertIn("unauthenticated", done.stderr)
            else:
                self.assertEqual(done.returncode, 0, done.stderr)
                who = json.loads(done.stdout)
                self.assertEqual((who["principal"], who["authMethod"]), ("dept", method))

    # ---- the client ----

    def test_login_whoami_logout(self):
        made = self.s.token("dept", one_time=True)
        path = os.path.join(self.s.daemon.dir, "token")
        with open(path, "w") as file:
            file.write(made.secret + "\n")
        ca = ("--tls-ca", self.s.ca.path("ca.pem"))
        self.refused_caller(self.s.api(made.secret), CODE.PERMISSION_DENIED)
        self.s.provost(*ca, "--token-file", path, "login")
        self.s.provost(*ca, "--token-file", path, "login", code=5)
        self.assertIn("dept", self.s.provost("whoami").out)
        self.assertIn("CONTRIBUTOR", self.s.provost("whoami").out)
        stored = os.path.join(self.s.daemon.dir, "config", "provost", "credentials")
        for name in os.listdir(stored):
            self.assertEqual(os.stat(os.path.join(stored, name)).st_mode & 0o777, 0o600)
        self.s.provost("submit", "own", "2023-24.q1", "5")
        self.s.provost("submit", "foreign", "2023-24.q1", "5", code=5)
        self.s.provost("logout")
        self.s.provost(*ca, "whoami", code=5)
        other = self.s.provost(*ca, "whoami", server=f"127.0.0.2:{self.s.port}", code=None)
        self.assertNotEqual(other.code, 0)

    def test_a_name_that_does_not_match_is_refused(self):
        self.s.ca.issue("elsewhere", "DNS:elsewhere.example")
        args = ["--listen", "tls:127.0.0.1:0", "--tls-cert", self.s.ca.path("elsewhere.pem"),
                "--tls-key", self.s.ca.path("elsewhere.key")]
        daemon = harness.Daemon(tcp=False, args=args).start()
        try:
            port = secure.tls_port(daemon)
            said = harness.provost("--tls-ca", self.s.ca.path("ca.pem"), "whoami",
                                   server=f"localhost:{port}", code=None)
            self.assertNotEqual(said.code, 0)
            self.assertIn("not for localhost but for: elsewhere.example", said.err)
            said = harness.provost("whoami", server=f"tls:localhost:{port}", code=None)
            self.assertIn("not trusted", said.err)
        finally:
            daemon.finish()


class Revocation(unittest.TestCase):
    """Certificates that their authority has taken back."""

    refused = Access.refused
    caller = Access.caller
    watch = Access.watch
    secrets = ()

    def setUp(self):
        self.s = secure.Secure(crl=True)
        self.addCleanup(self.s.finish)
        for name in ("gone", "stays"):
            self.s.ca.issue(name, f"DNS:{name}.example")
            self.s.principal(name, "ROLE_VIEWER", identities=[f"cert-dns:{name}.example"])

    def wait_for(self, text, before=0):
        """The log is read by a thread of its own."""
        end = time.monotonic() + 20
        while self.s.daemon.text().count(text) <= before:
            self.assertLess(time.monotonic(), end, self.s.daemon.text())
            time.sleep(0.02)

    def reload(self, until):
        self.s.daemon.process.send_signal(signal.SIGHUP)
        self.wait_for(until)

    def refused_at_the_door(self, name, why):
        """In the handshake; the log says why."""
        before = self.s.daemon.text().count(why)
        with self.assertRaises(grpc.RpcError) as caught:
            self.caller(self.s.api(cert=name))
        self.assertEqual(caught.exception.code(), CODE.UNAVAILABLE)
        self.wait_for(why, before)

    def test_a_revoked_one_is_out_at_once(self):
        gone, stays = self.s.api(cert="gone"), self.s.api(cert="stays")
        thread, ended = self.watch(gone)
        other = self.watch(stays)
        self.assertEqual(self.caller(gone).principal, "gone")
        self.s.ca.write_crl(["gone"])
        self.reload("settings read again")
        thread.join(5)
        self.assertEqual(ended, [CODE.UNAUTHENTICATED])
        self.refused_at_the_door("gone", "certificate revoked")
        with self.assertRaises(grpc.RpcError) as caught:  # on what was its connection
            self.caller(gone)
        self.assertEqual(caught.exception.code(), CODE.UNAVAILABLE)
        self.assertEqual(self.caller(stays).principal, "stays")
        self.assertEqual(other[1], [])
        # A file that is none leaves the old list in place.
        with open(self.s.ca.path("crl.pem"), "w") as file:
            file.write("no list")
        self.reload("the old certificate stays")
        self.refused_at_the_door("gone", "certificate revoked")
        self.assertEqual(self.caller(self.s.api(cert="stays")).principal, "stays")

    def test_a_list_that_is_missing_or_old_lets_nobody_in(self):
        stranger = secure.Authority(os.path.join(self.s.daemon.dir, "stranger"), "other")
        harness.shutil.copy(stranger.write_crl(), self.s.ca.path("crl.pem"))
        self.reload("settings read again")
        self.refused_at_the_door("stays", "unable to get certificate CRL")
        self.s.ca.write_crl(arguments=("-crl_lastupdate", "20200101000000Z", "-crl_nextupdate",
                                       "20200201000000Z"))
        self.s.daemon.log.clear()
        self.reload("settings read again")
        self.refused_at_the_door("stays", "CRL has expired")
        # Those with other credentials are not concerned.
        made = self.s.token("stays")
        self.assertEqual(self.caller(self.s.api(made.secret)).principal, "stays")

    def test_an_authority_that_is_trusted_no_more(self):
        stays = self.s.api(cert="stays")
        thread, ended = self.watch(stays)
        fresh = secure.Authority(os.path.join(self.s.daemon.dir, "fresh"), "fresh")
        server = self.s.ca.read("ca.pem")
        with open(self.s.ca.path("ca.pem"), "wb") as file:
            file.write(fresh.read("fresh.pem"))
        self.reload("settings read again")
        thread.join(5)
        self.assertEqual(ended, [CODE.UNAUTHENTICATED])
        with open(self.s.ca.path("ca.pem"), "wb") as file:
            file.write(server)


class Chain(unittest.TestCase):
    """A certificate is good for as long as what stands above it."""

    def test_it_ends_with_its_authority(self):
        s = secure.Secure()
        self.addCleanup(s.finish)
        ca = s.ca
        ca.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-keyout", "between.key", "-out", "between.csr", "-subj", "/CN=between")
        with open(ca.path("between.ext"), "w") as file:
            file.write("basicConstraints=critical,CA:TRUE\n")
        end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 6))
        with open(ca.path("index.txt"), "w"), open(ca.path("serial"), "w") as serial:
            serial.write("78\n")
        with open(ca.path("ca.cnf"), "w") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\n"
                       "new_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        ca.openssl("ca", "-batch", "-config", "ca.cnf", "-in", "between.csr", "-cert", "ca.pem",
                   "-keyfile", "ca.key", "-enddate", end, "-startdate", "20200101000000Z",
                   "-extfile", "between.ext", "-out", "between.pem", "-notext")
        below = secure.Authority.__new__(secure.Authority)
        below.dir, below.name = ca.dir, "between"
        below.issue("leaf", "DNS:leaf.example")
        with open(ca.path("leaf.pem"), "ab") as file:
            file.write(ca.read("between.pem"))
        s.principal("leaf", "ROLE_VIEWER", identities=["cert-dns:leaf.example"])
        api = s.api(cert="leaf")
        thread, ended = Access.watch(self, api)
        thread.join(12)
        self.assertEqual(ended, [CODE.UNAUTHENTICATED])


class IdentityProvider(unittest.TestCase):
    """Access tokens, made with openssl."""

    @classmethod
    def setUpClass(cls):
        directory = harness.tempfile.mkdtemp(prefix="provost-jwt-")
        cls.addClassCleanup(harness.shutil.rmtree, directory, True)
        cls.key, cls.other = (os.path.join(directory, n) for n in ("key.pem", "other.pem"))
        for path in (cls.key, cls.other):
            subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True,
                           capture_output=True)
        cls.keys = os.path.join(directory, "jwks.json")
        cls.write_keys("k1", cls.key)
        config = os.path.join(directory, "provostd.conf")
        with open(config, "w") as file:
            file.write(f"[auth]\njwt_keys = {cls.keys}\njwt_issuer = https://id.example\n"
                       "jwt_audience = provost\n")
        cls.s = secure.Secure(["--config", config])
        cls.s.principal("ann", "ROLE_VIEWER", identities=["jwt:ann-sub"])

    @classmethod
    def tearDownClass(cls):
        cls.s.finish()

    @staticmethod
    def encode(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def write_keys(cls, kid, path):
        text = subprocess.run(["openssl", "rsa", "-in", path, "-noout", "-modulus"], check=True,
                              capture_output=True, text=True).stdout.strip().split("=")[1]
        with open(cls.keys, "w") as file:
            json.dump({"keys": [{"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig",
                                 "n": cls.encode(bytes.fromhex(text)), "e": "AQAB"}]}, file)

    def token(self, key=None, header=None, **claims):
        now = int(time.time())
        body = {"iss": "https://id.example", "aud": "provost", "sub": "ann-sub",
                "exp": now + 600, "iat": now, **claims}
        text = ".".join(self.encode(json.dumps(part).encode()) for part in (
            {"alg": "RS256", "kid": "k1", **(header or {})}, body))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key or self.key],
                                   input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{self.encode(signature)}"

    def ask(self, token):
        api = self.s.api(token)
        return api.admin.GetCaller(pb.admin.GetCallerRequest(), timeout=30, metadata=api.metadata)

    def test_good_and_bad_tokens(self):
        now = int(time.time())
        who = self.ask(self.token())
        self.assertEqual((who.principal, who.auth_method), ("ann", "jwt"))
        bad = {
            "none": self.token(header={"alg": "none"}),
            "unsigned": self.token(header={"alg": "none"}).rsplit(".", 1)[0] + ".",
            "HS256": self.token(header={"alg": "HS256"}),
            "audience": self.token(aud="other"), "issuer": self.token(iss="https://evil"),
            "nbf": self.token(nbf=now + 3600), "expired": self.token(exp=now - 3600),
            "signature": self.token(key=self.other), "kid": self.token(header={"kid": "k9"}),
            "bit": self.token()[:-2] + "AA",
        }
        for name, token in bad.items():
            with self.assertRaises(grpc.RpcError, msg=name) as caught:
                self.ask(token)
            self.assertEqual(caught.exception.code(), CODE.UNAUTHENTICATED, name)
            self.assertNotIn(token, self.s.daemon.text())
        with self.assertRaises(grpc.RpcError) as caught:
            self.ask(self.token(sub="stranger"))
        self.assertEqual(caught.exception.code(), CODE.PERMISSION_DENIED)
        self.assertIn("jwt:stranger", caught.exception.details())

    def test_new_keys_are_taken_with_a_reload(self):
        self.write_keys("k2", self.other)
        self.s.daemon.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 20
        while True:
            try:
                self.ask(self.token(key=self.other, header={"kid": "k2"}))
                break
            except grpc.RpcError:
                self.assertLess(time.monotonic(), until)
                time.sleep(0.05)
        with self.assertRaises(grpc.RpcError):
            self.ask(self.token())
        self.write_keys("k1", self.key)
        self.s.daemon.process.send_signal(signal.SIGHUP)
        while True:
            try:
                self.ask(self.token())
                break
            except grpc.RpcError:
                self.assertLess(time.monotonic(), until)
                time.sleep(0.05)


class FirstStart(unittest.TestCase):
    def test_the_first_administrator_is_told_of_once(self):
        daemon = harness.Daemon(tcp=False).start()
        found = re.compile(r"one-time token: (cpr_\S+)")
        until = time.monotonic() + 20
        while not found.search(daemon.text()):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        secret = found.search(daemon.text()).group(1)
        self.assertEqual(len(found.findall(daemon.text())), 1)
        daemon.stop()
        with open(os.path.join(daemon.state_dir, "register.db"), "rb") as file:
            self.assertNotIn(secret.encode(), file.read())
        daemon.log.clear()
        daemon.start()
        daemon.provost("status")
        self.assertIsNone(found.search(daemon.text()))
        self.assertIn("admin", daemon.provost("principal", "list").out)
        daemon.finish()

    def test_a_restore_ends_every_token(self):
        """One that was revoked after the backup would be good again."""
        daemon = harness.Daemon().start()
        daemon.provost("principal", "set", "ann")
        daemon.provost("grant", "add", "ann", "viewer")
        env = {"PROVOST_TOKEN": daemon.provost("token", "create", "ann").out.strip()}
        self.assertIn("ann", harness.provost("whoami", server=daemon.tcp, env=dict(env)).out)
        daemon.provost("backup", "b")
        daemon.stop()
        restored = harness.Daemon(state_dir=os.path.join(daemon.dir, "restored"))
        subprocess.run([harness.PROVOSTD, "--state-dir", restored.state_dir, "--restore",
                        os.path.join(daemon.state_dir, "backups", "b"), "--reason", "test"],
                       check=True, capture_output=True)
        harness.shutil.copy(os.path.join(daemon.state_dir, "log.key"), restored.state_dir)
        restored.start()
        said = harness.provost("whoami", server=restored.tcp, env=dict(env), code=5)
        self.assertIn("revoked", said.err)
        self.assertIn("VIEWER", restored.provost("grant", "list", "ann").out)
        restored.finish()
        daemon.remove()


if __name__ == "__main__":
    harness.main()
