#!/usr/bin/python3
"""gRPC's own C core (python3-grpcio) with stubs made from the .proto: what any client may do, over
the unix socket and over TCP."""
import os
import sys
import threading
import time

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import harness  # noqa: E402
from harness import Api, create, patch, pb, submission  # noqa: E402

Code = grpc.StatusCode
GET = "/provost.v1.RegisterService/GetResource"
BIG = 60000  # bytes of a large text
TEXTS = 55  # of them, a little under 4 MiB in all
# Channels of one process to one address share a connection unless they say so.
OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]


def large_texts(number):
    return pb.register.BatchGetResourcesRequest(names=[f"notes/big-{n}" for n in range(number)])


class Grpcio(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.tcp = cls.daemon.api(tcp=True, service="interop")
        cls.api.apply([create("plans/p", title="Plan – ünïcode"),
                       create("indicators/i", title="I", unit=pb.resources.UNIT_NUMBER)])
        cls.api.apply([create(f"notes/big-{n}", subject="plans/p", text=f"{n:05d}" * (BIG // 5))
                       for n in range(TEXTS)])

    @classmethod
    def tearDownClass(cls):
        cls.tcp.close()
        super().tearDownClass()

    def test_every_method(self):
        for api in (self.api, self.tcp):
            self.assertEqual(api.get("plans/p").plan.title, "Plan – ünïcode")
            batch = api.register.BatchGetResources(
                pb.register.BatchGetResourcesRequest(names=["indicators/i", "plans/p"]))
            self.assertEqual([r.name for r in batch.resources], ["indicators/i", "plans/p"])
            page = api.register.ListResources(
                pb.register.ListResourcesRequest(collection="notes", page_size=3))
            self.assertEqual(len(page.resources), 3)
            api.apply([patch("plans/p", summary=str(time.monotonic()))])
            api.submit([submission("i", "2020-21", "5")])
            change = api.log.GetChange(pb.change_log.GetChangeRequest(change_seq=1))
            self.assertEqual(len(change.change.items), 2)
            self.assertEqual(len(change.change.leaf_hash), 32)
            self.assertEqual(harness.verify_register.sha(b"\0", change.entry),
                             change.change.leaf_hash)
            self.assertTrue(api.changes(page_size=2))
            card = api.performance.GetScorecard(
                pb.performance.GetScorecardRequest(scope="plans/p", period="2020-21"))
            self.assertEqual(card.period_label, "2020/21")
            status = api.admin.GetStatus(pb.admin.GetStatusRequest())
            self.assertEqual(len(status.tree_root), 32)
            self.assertEqual(status.tree_size, status.seq)

    def test_principals(self):
        self.assertEqual(self.tcp.admin.GetStatus(pb.admin.GetStatusRequest()).principal,
                         "loopback")
        import pwd
        self.assertEqual(self.api.admin.GetStatus(pb.admin.GetStatusRequest()).principal,
                         pwd.getpwuid(os.getuid()).pw_name)

    def test_hundred_concurrent_streams(self):
        """On one connection: 100 calls at once, and 1,000 that queue for them."""
        for api in (self.api, self.tcp):
            for number in (100, harness.scaled(1000, 200)):
                futures = [api.register.GetResource.future(
                    pb.register.GetResourceRequest(name="plans/p"), timeout=60)
                    for _ in range(number)]
                self.assertEqual({f.result().resource.name for f in futures}, {"plans/p"})

    def test_concurrent_writes_on_one_connection(self):
        seq = self.api.seq()
        futures = [self.tcp.register.SubmitObservations.future(
            pb.register.SubmitObservationsRequest(
                submissions=[submission("i", f"{1900 + n}-{(n + 1) % 100:02d}", str(n))]),
            timeout=60) for n in range(100)]
        self.assertEqual(sorted(f.result().seq for f in futures),
                         list(range(seq + 1, seq + 101)))

    def test_large_messages(self):
        for api in (self.api, self.tcp):
            batch = api.register.BatchGetResources(large_texts(TEXTS), timeout=60)
            self.assertGreater(batch.ByteSize(), 3 << 20)
            for n, r in enumerate(batch.resources):
                self.assertEqual(r.note.text, f"{n:05d}" * (BIG // 5))
        # Ten at once: more than any window holds.
        futures = [self.tcp.register.BatchGetResources.future(large_texts(TEXTS), timeout=120)
                   for _ in range(10)]
        self.assertEqual({len(f.result().resources) for f in futures}, {TEXTS})

    def test_answer_over_the_limit(self):
        names = [f"notes/big-{n}" for n in range(TEXTS)]
        failure = self.refused(Code.RESOURCE_EXHAUSTED, self.api.register.BatchGetResources,
                               pb.register.BatchGetResourcesRequest(names=names * 2), timeout=60)
        self.assertEqual(failure.info.reason, "RESPONSE_TOO_LARGE")

    def test_pages_stay_below_the_limit(self):
        """A listing of large resources comes in pages that any client can take."""
        found, token = 0, ""
        while True:
            page = self.api.register.ListResources(pb.register.ListResourcesRequest(
                collection="notes", page_size=1000, page_token=token), timeout=60)
            self.assertLess(page.ByteSize(), 4 << 20)
            found += len(page.resources)
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(found, TEXTS)
        listed = self.daemon.json("list", "notes")
        self.assertEqual(len(listed["resources"]), TEXTS)

    def test_slow_reader(self):
        """A client that takes its answers in small pieces holds nobody else up, and gets them."""
        slow = Api(self.daemon.tcp, options=[("grpc.http2.lookahead_bytes", 1024)])
        pending = [slow.register.BatchGetResources.future(large_texts(TEXTS), timeout=120)
                   for _ in range(5)]
        self.assertEqual(self.api.get("plans/p").name, "plans/p")
        for p in pending:
            self.assertEqual(len(p.result().resources), TEXTS)
        slow.close()

    # ---- deadlines, cancelling ----

    def test_deadline(self):
        for api in (self.api, self.tcp):
            for timeout in (0.0000001, 0.001):
                try:
                    api.register.GetResource(pb.register.GetResourceRequest(name="plans/p"),
                                             timeout=timeout)
                except grpc.RpcError as error:
                    self.assertEqual(error.code(), Code.DEADLINE_EXCEEDED)
            self.assertEqual(api.get("plans/p").name, "plans/p")

    def test_cancel(self):
        """All answers together stay under 64 MiB: past that a connection's new calls are refused,
        and how many answers wait when a call comes is a matter of speed."""
        texts = TEXTS // 2
        for api in (self.api, self.tcp):
            futures = [api.register.BatchGetResources.future(large_texts(texts), timeout=120)
                       for _ in range(30)]
            for future in futures[::2]:
                future.cancel()
            for future in futures[1::2]:
                self.assertEqual(len(future.result().resources), texts)
            for future in futures[::2]:  # the answer may have come before
                self.assertIn(future.code(), (Code.CANCELLED, Code.OK))
            self.assertEqual(api.get("plans/p").name, "plans/p")

    def test_cancelled_write_is_whole_or_not_there(self):
        seq = self.api.seq()
        for n in range(50):
            future = self.tcp.register.Apply.future(pb.register.ApplyRequest(mutations=[
                patch("plans/p", summary=f"cancelled {n}"),
                patch("indicators/i", definition=f"cancelled {n}")]))
            time.sleep(0.0002 * (n % 5))
            future.cancel()
        # Over the same connection: once it is answered, no cancelled write is still to come.
        self.tcp.apply([patch("plans/p", tags=["after"])])
        for change in self.api.changes(from_seq=seq + 1):
            if change.service == "" and len(change.items) == 2:
                after = {f.after for item in change.items for f in item.fields}
                self.assertEqual(len(after), 1, change)

    def test_channel_closed_in_the_middle(self):
        for _ in range(10):
            api = Api(self.daemon.tcp, options=OWN_CONNECTION)
            api.get("plans/p")
            for n in range(20):
                api.register.BatchGetResources.future(large_texts(n + 1))
            api.close()
        self.assertEqual(self.api.get("plans/p").name, "plans/p")

    # ---- metadata ----

    def test_declared_service_and_person(self):
        for metadata, want in (
                ([("provost-service", "finance"), ("provost-on-behalf-of", "A. B.")],
                 ("finance", "A. B.")),
                ([("provost-service-bin", "Süd".encode()),
                  ("provost-on-behalf-of-bin", "Zoë".encode())], ("Süd", "Zoë")),
                ([("x-unknown", "1"), ("x-unknown-bin", b"\0\xff")], ("", ""))):
            answer = self.api.register.Apply(pb.register.ApplyRequest(
                mutations=[patch("plans/p", summary=str(time.monotonic_ns()))]),
                metadata=metadata)
            change, = self.api.changes(from_seq=answer.seq)
            self.assertEqual((change.service, change.on_behalf_of), want)

    def test_trace_context(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        answer = self.api.register.Apply(pb.register.ApplyRequest(
            mutations=[patch("plans/p", summary=str(time.monotonic_ns()))]),
            metadata=[("traceparent", f"00-{trace}-b7ad6b7169203331-01")])
        change, = self.api.changes(from_seq=answer.seq)
        self.assertEqual(change.trace_id, trace)

    def test_bad_metadata(self):
        call = self.api.register.Apply
        request = pb.register.ApplyRequest(mutations=[patch("plans/p", title="never")])
        for metadata in ([("provost-service-bin", b"\xff\xfe")],
                         [("provost-on-behalf-of-bin", b"a\0b")],
                         [("provost-service", "x" * 4000)]):
            failure = self.refused(Code.INVALID_ARGUMENT, call, request, metadata=metadata)
            self.assertEqual(failure.info.reason, "METADATA_INVALID")
        with self.assertRaises(grpc.RpcError) as caught:
            call(request, metadata=[("x-large", "x" * 9000)])
        self.assertIn(caught.exception.code(), (Code.RESOURCE_EXHAUSTED, Code.UNKNOWN,
                                                Code.INTERNAL, Code.UNAVAILABLE))
        self.assertNotEqual(self.api.get("plans/p").plan.title, "never")

    def test_compression(self):
        """We speak gzip and not deflate; a client is told what we speak."""
        api = Api(self.daemon.tcp)
        call = api.channel.unary_unary(GET)
        request = pb.register.GetResourceRequest(name="plans/p").SerializeToString()
        answer = call(request * 50, compression=grpc.Compression.Gzip, timeout=30)
        self.assertEqual(
            pb.register.GetResourceResponse.FromString(answer).resource.name, "plans/p")
        with self.assertRaises(grpc.RpcError) as caught:
            call(request * 50, compression=grpc.Compression.Deflate, timeout=30)
        self.assertEqual(caught.exception.code(), Code.UNIMPLEMENTED)
        self.assertIn("identity or gzip", caught.exception.details())
        self.assertEqual(api.get("plans/p").name, "plans/p")
        api.close()

    def test_error_texts_are_unicode(self):
        failure = self.refused(Code.INVALID_ARGUMENT, self.api.submit,
                               [submission("i", "2020-21", "größer → ½ %\n")])
        self.assertIn("größer → ½ %", failure.message)

    def test_wrong_number_of_messages(self):
        stream = self.api.channel.stream_unary(GET)
        request = pb.register.GetResourceRequest(name="plans/p").SerializeToString()
        for messages in ([], [request, request]):
            self.refused(Code.UNIMPLEMENTED, stream, iter(messages), timeout=30)

    # ---- health ----

    def test_health(self):
        ask = pb.health.HealthCheckRequest
        serving = pb.health.HealthCheckResponse.SERVING
        for service in ("", "provost.v1.RegisterService", "provost.v1.ChangeLogService"):
            self.assertEqual(self.api.health.Check(ask(service=service), timeout=30).status,
                             serving)
        self.refused(Code.NOT_FOUND, self.api.health.Check, ask(service="nonsense"), timeout=30)

    def test_health_watch(self):
        ask = pb.health.HealthCheckRequest
        one = self.tcp.health.Watch(ask(), timeout=30)
        other = self.tcp.health.Watch(ask(service="nonsense"), timeout=30)
        self.assertEqual(next(one).status, pb.health.HealthCheckResponse.SERVING)
        self.assertEqual(next(other).status, pb.health.HealthCheckResponse.SERVICE_UNKNOWN)
        one.cancel()
        other.cancel()
        with self.assertRaises(grpc.RpcError) as caught:
            for answer in self.api.health.Watch(ask(), timeout=0.5):  # one, or none in so short a time
                self.assertEqual(answer.status, pb.health.HealthCheckResponse.SERVING)
        self.assertEqual(caught.exception.code(), Code.DEADLINE_EXCEEDED)

    # ---- many connections ----

    def test_many_connections(self):
        number = harness.scaled(200, 30)
        apis = [Api(self.daemon.tcp if n % 2 == 0 else self.daemon.unix, options=OWN_CONNECTION)
                for n in range(number)]
        results = []

        def run(api):
            try:
                results.extend(api.get("plans/p").name for _ in range(5))
            except grpc.RpcError as error:
                results.append(error)

        threads = [threading.Thread(target=run, args=(a,)) for a in apis]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(results, ["plans/p"] * number * 5)
        for api in apis:
            api.close()


if __name__ == "__main__":
    harness.main()
