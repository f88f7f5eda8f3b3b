#!/usr/bin/python3
"""ApplyStream: more than one request can hold, written as a whole or not at all."""
import threading
import time

import grpc

import harness
from harness import create, pb, scaled

ROWS = scaled(40000, 4000)
PART = 2000


def header(request_id="", **fields):
    return pb.register.ApplyStreamRequest(
        header=pb.register.ApplyStreamHeader(request_id=request_id, **fields))


def part(mutations):
    return pb.register.ApplyStreamRequest(
        mutations=pb.register.ApplyStreamPart(mutations=mutations))


def figures(indicator, first, count):
    return [pb.register.Mutation(create=pb.resources.Resource(
        observation=pb.resources.Observation(
            indicator=indicator, period=f"{1900 + n // 12}-{n % 12 + 1:02d}", verbatim=str(n))))
        for n in range(first, first + count)]


class ApplyStreamTest(harness.RegisterTest):
    number = 0

    def setUp(self):
        ApplyStreamTest.number += 1
        self.id = f"s{self.number}"
        self.indicator = f"indicators/{self.id}"

    def send(self, *messages, timeout=120):
        return list(self.api.register.ApplyStream(iter(messages), timeout=timeout))

    def refused(self, code, *messages):
        before = self.api.seq()
        with self.assertRaises(grpc.RpcError) as caught:
            self.send(*messages)
        failure = harness.Failure(caught.exception)
        self.assertEqual(failure.code, code, failure)
        self.assertEqual(self.api.seq(), before)
        return failure

    def count(self, collection):
        found, token = 0, ""
        while True:
            page = self.api.register.ListResources(pb.register.ListResourcesRequest(
                collection=collection, page_size=1000, page_token=token), timeout=60)
            found, token = found + len(page.resources), page.next_page_token
            if not token:
                return found

    def stream(self, parts=3, rows=50):
        """An indicator and its figures, in that many parts."""
        yield part([create(self.indicator, title="Figures")])
        for n in range(parts):
            yield part(figures(self.indicator, n * rows, rows))

    def test_many_rows(self):
        before = self.api.seq()
        indicators = [f"indicators/{self.id}-{n}" for n in range(ROWS // 1000)]
        rows = [row for name in indicators for row in figures(name, 0, 1000)]
        messages = [header("many", reason="taken over"),
                    part([create(name, title=name) for name in indicators])]
        messages += [part(rows[n:n + PART]) for n in range(0, len(rows), PART)]
        start = time.monotonic()
        answers = self.send(*messages)
        seconds = time.monotonic() - start
        print(f"{len(rows)} rows in {seconds:.2f} s, {len(rows) / seconds:.0f} rows/s")
        self.assertEqual([a.part for a in answers], list(range(len(messages) - 1)))
        self.assertEqual([a.seq for a in answers],
                         list(range(before + 1, before + len(messages))))
        self.assertEqual(sum(len(a.results) for a in answers), len(rows) + len(indicators))
        self.assertFalse(answers[1].results[0].HasField("resource"))
        change = self.api.changes(from_seq=answers[-1].seq)[0]
        self.assertEqual((change.method, change.request_id, change.reason),
                         ("/provost.v1.RegisterService/ApplyStream",
                          f"many#{len(messages) - 2}", "taken over"))
        again = self.send(*messages)
        self.assertEqual(again, answers)
        self.assertEqual(self.api.seq(), answers[-1].seq)
        messages[-1].mutations.mutations[-1].create.observation.verbatim = "7777"
        failure = self.refused(grpc.StatusCode.INVALID_ARGUMENT, *messages)
        self.assertEqual(failure.info.reason, "REQUEST_ID_REUSED")

    def test_a_wrong_row_in_the_last_part_undoes_all(self):
        messages = [header(), *self.stream(), part(figures("indicators/nobody", 0, 1))]
        failure = self.refused(grpc.StatusCode.INVALID_ARGUMENT, *messages)
        self.assertEqual(failure.info.reason, "UNKNOWN_REFERENCE")
        self.assertTrue(failure.fields[0].startswith("parts[4].mutations[0].create."),
                        failure.fields)
        self.assertEqual(self.count(f"observations/{self.id}"), 0)
        # The log goes on from where it was, and other writers of the batch were not harmed.
        answer = self.api.apply([create(self.indicator, title="By itself")])
        self.assertEqual(answer.seq, self.api.seq())

    def test_other_writers_are_not_undone_with_a_stream(self):
        stop = threading.Event()
        done = []

        def write():
            api = self.daemon.api()
            while not stop.is_set():
                done.append(api.apply([create(f"indicators/{self.id}-w{len(done)}", title="w")]))
            api.close()

        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(10):
            with self.assertRaises(grpc.RpcError):
                self.send(header(), *self.stream(), part(figures("indicators/nobody", 0, 1)))
        stop.set()
        writer.join(30)
        self.assertEqual(len({a.seq for a in done}), len(done))
        for n in range(len(done)):
            self.api.get(f"indicators/{self.id}-w{n}")

    def test_references_may_point_ahead(self):
        organisation = f"organisations/{self.id}"
        answers = self.send(
            header(),
            part([create(f"{organisation}-team", title="Team", parent=f"{organisation}-council")]),
            part([create(f"{organisation}-council", title="Council")]))
        self.assertEqual(len(answers), 2)
        failure = self.refused(
            grpc.StatusCode.INVALID_ARGUMENT, header(),
            part([create(f"{organisation}-a", title="A")]),
            part([create(f"{organisation}-b", title="B", parent=f"{organisation}-missing")]),
            part([create(f"{organisation}-c", title="C")]))
        self.assertEqual(failure.fields, ["parts[1].mutations[0].create.organisation.parent"])

    def test_validate_only(self):
        before = self.api.seq()
        answers = self.send(header(validate_only=True), *self.stream())
        self.assertEqual({(a.validated_only, a.seq >= before) for a in answers}, {(True, True)})
        self.assertEqual({r.outcome for a in answers for r in a.results}, {1})
        self.assertEqual(self.api.seq(), before)
        self.assertEqual(self.count(f"observations/{self.id}"), 0)
        self.assertEqual(len(self.send(header(), *self.stream())), 4)

    def test_a_client_that_gives_up_leaves_nothing(self):
        before = self.api.seq()
        gate = threading.Event()

        def messages():
            yield header("gone")
            yield from self.stream()
            gate.wait(20)

        call = self.api.register.ApplyStream(messages(), timeout=60)
        time.sleep(0.3)
        call.cancel()
        gate.set()
        self.assertEqual(self.api.seq(), before)
        self.assertEqual(len(self.send(header("gone"), *self.stream())), 4)

    def test_what_is_no_stream_of_parts(self):
        bad = grpc.StatusCode.INVALID_ARGUMENT
        self.refused(bad)
        self.refused(bad, header())
        self.refused(bad, part([create("indicators/x", title="X")]))
        self.refused(bad, header(), header())
        self.refused(bad, header("x" * 41))
        self.refused(bad, header(reason="x" * 2001))
        self.refused(bad, header(), part([]))
        self.refused(bad, header(), pb.register.ApplyStreamRequest())

    def test_too_much_is_refused_early(self):
        note = "x" * 60000

        def messages():
            yield header()
            for n in range(65):
                yield part([create(f"indicators/{self.id}-{n}-{i}", title="T", definition=note)
                            for i in range(20)])

        failure = self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED, *messages())
        self.assertIn("64 MiB", failure.message)


if __name__ == "__main__":
    harness.main()
