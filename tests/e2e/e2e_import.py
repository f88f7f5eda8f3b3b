#!/usr/bin/python3
"""ImportObservations: rows in a stream, chunks that are all or nothing, a stream sent again."""
import threading
import time

import grpc

import harness
from e2e_load import make_indicators
from harness import pb, scaled

ROWS = scaled(5000, 1200)
INDICATORS = 100


def header(import_id="", **fields):
    return pb.register.ImportObservationsRequest(
        header=pb.register.ImportHeader(import_id=import_id, **fields))


def row(n, value=None, **fields):
    """Row number n from 0: a figure of its own, its value follows."""
    month = n // INDICATORS
    submission = harness.submission(f"load-{n % INDICATORS}",
                                    f"{1950 + month // 12}-{month % 12 + 1:02d}",
                                    f"{n}.5" if value is None else value, **fields)
    return pb.register.ImportObservationsRequest(
        row=pb.register.ImportRow(key=f"line {n + 2}", submission=submission))


WHOLE = "IMPORT_ATOMICITY_WHOLE"


class ImportTest(harness.RegisterTest):
    base = 0  # rows of each test, apart from those of the others

    @classmethod
    def prepare(cls):
        make_indicators(cls.api, INDICATORS)

    def setUp(self):
        ImportTest.base += 6000
        self.first = ImportTest.base

    def rows(self, count, first=0, **fields):
        return [row(self.first + first + n, **fields) for n in range(count)]

    def send(self, *messages, timeout=60):
        return self.api.register.ImportObservations(iter(messages), timeout=timeout)

    def counts(self, answer):
        return (answer.rows, answer.created, answer.updated, answer.unchanged, answer.refused)

    def test_many_rows(self):
        before = self.api.seq()
        start = time.monotonic()
        answer = self.send(header("many"), *self.rows(ROWS))
        seconds = time.monotonic() - start
        print(f"{ROWS} rows in {seconds:.2f} s, {ROWS / seconds:.0f} rows/s")
        self.assertEqual(self.counts(answer), (ROWS, ROWS, 0, 0, 0))
        self.assertEqual(len(answer.results), 0)
        self.assertEqual(answer.seq, before + -(-ROWS // 500))  # a change a chunk
        change = self.api.changes(from_seq=answer.seq)[0]
        self.assertEqual(change.method, "/provost.v1.RegisterService/ImportObservations")
        self.assertRegex(change.request_id, r"^many#\d+$")
        start = time.monotonic()
        again = self.send(header("many"), *self.rows(ROWS))
        print(f"sent again: {time.monotonic() - start:.2f} s")
        self.assertEqual(self.counts(again), self.counts(answer))
        self.assertEqual(self.api.seq(), answer.seq)

    def test_same_figures_under_another_id(self):
        self.send(header("one"), *self.rows(30))
        before = self.api.seq()
        answer = self.send(header("two"), *self.rows(30))
        self.assertEqual(self.counts(answer), (30, 0, 0, 30, 0))
        self.assertEqual(self.api.seq(), before)

    def test_revise(self):
        self.send(header(), *self.rows(10))
        refused = self.send(header(), *self.rows(10, value="7"))
        self.assertEqual(self.counts(refused), (10, 0, 0, 0, 10))
        self.assertEqual(refused.results[0].reason, "FIGURE_EXISTS")
        self.assertEqual(refused.results[0].code, grpc.StatusCode.ABORTED.value[0])
        revised = self.send(header(revise=True, reason="recount"), *self.rows(10, value="7"))
        self.assertEqual(self.counts(revised), (10, 0, 10, 0, 0))

    def test_broken_stream_sent_again(self):
        """The client vanishes in the middle, several times; nothing is doubled or missing."""
        before = self.api.seq()
        for part in (700, 1100, 50):
            gate = threading.Event()

            def messages(part=part, gate=gate):
                yield header("broken", chunk_rows=100)
                yield from self.rows(part)
                gate.wait(20)

            call = self.api.register.ImportObservations.future(messages(), timeout=60)
            time.sleep(0.3)
            call.cancel()
            gate.set()
        answer = self.send(header("broken", chunk_rows=100), *self.rows(1200))
        self.assertEqual(self.counts(answer), (1200, 1200, 0, 0, 0))
        changes = self.api.changes(from_seq=before + 1, oldest_first=True)
        self.assertEqual([c.request_id for c in changes], [f"broken#{n}" for n in range(1, 13)])
        self.assertEqual(sum(len(c.items) for c in changes), 1200)

    def test_other_rows_under_the_same_id(self):
        self.send(header("reused", chunk_rows=10), *self.rows(30))
        before = self.api.seq()
        answer = self.send(header("reused", chunk_rows=10), *self.rows(10),
                           *self.rows(10, 10, value="1"), *self.rows(10, 20))
        self.assertEqual(self.counts(answer), (30, 20, 0, 0, 10))
        self.assertEqual([r.row for r in answer.results], list(range(11, 21)))
        self.assertEqual({r.reason for r in answer.results}, {"REQUEST_ID_REUSED"})
        self.assertEqual(self.api.seq(), before)

    def test_wrong_rows_refuse_their_chunk(self):
        rows = self.rows(40)
        rows[13].row.submission.indicator = "nobody"
        rows[17].row.submission.value = "about twelve"
        rows[18].row.submission.period = "the other day"
        before = self.api.seq()
        answer = self.send(header("wrong", chunk_rows=10), *rows)
        self.assertEqual(self.counts(answer), (40, 30, 0, 0, 10))
        self.assertEqual([r.row for r in answer.results], list(range(11, 21)))
        self.assertEqual([r.key for r in answer.results],
                         [f"line {self.first + n + 2}" for n in range(10, 20)])
        wrong = {r.row: r for r in answer.results if r.reason != "CHUNK_REFUSED"}
        self.assertEqual(sorted(wrong), [14, 18, 19])
        self.assertEqual(wrong[14].field, "indicator")
        self.assertEqual(wrong[18].field, "value")
        self.assertEqual(wrong[19].field, "period")
        for result in wrong.values():
            self.assertGreater(result.code, 0)
            self.assertNotEqual(result.message, "")
        self.assertEqual(self.api.seq(), before + 3)
        # Corrected and sent again: the refused chunk was not remembered.
        answer = self.send(header("wrong", chunk_rows=10), *self.rows(40))
        self.assertEqual(self.counts(answer), (40, 40, 0, 0, 0))
        self.assertEqual(self.api.seq(), before + 4)

    def test_row_twice(self):
        rows = self.rows(5)
        answer = self.send(header(), *rows, rows[2])
        self.assertEqual(self.counts(answer), (6, 0, 0, 0, 6))
        wrong = [r for r in answer.results if r.reason != "CHUNK_REFUSED"]
        self.assertEqual([(r.row, r.reason) for r in wrong], [(6, "DUPLICATE_RESOURCE")])
        self.assertIn("rows[3]", wrong[0].message)

    def test_whole(self):
        count = scaled(4000, 1000)
        before = self.api.seq()
        rows = self.rows(count)
        rows[-1].row.submission.value = "x?!"
        answer = self.send(header("whole", atomicity=WHOLE), *rows)
        self.assertEqual(self.counts(answer), (count, 0, 0, 0, count))
        self.assertEqual(answer.results[-1].row, count)
        self.assertEqual(self.api.seq(), before)
        start = time.monotonic()
        answer = self.send(header("whole", atomicity=WHOLE), *self.rows(count))
        print(f"{count} rows as a whole in {time.monotonic() - start:.2f} s")
        self.assertEqual(self.counts(answer), (count, count, 0, 0, 0))
        self.assertEqual(self.api.seq(), before + 1)
        self.assertEqual(self.counts(self.send(header("whole", atomicity=WHOLE),
                                               *self.rows(count))),
                         (count, count, 0, 0, 0))
        self.assertEqual(self.api.seq(), before + 1)

    def test_whole_is_bounded(self):
        self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED, self.send,
                     header("huge", atomicity=WHOLE), *self.rows(10001))

    def test_whole_that_breaks_leaves_nothing(self):
        before = self.api.seq()
        gate = threading.Event()

        def messages():
            yield header("gone", atomicity=WHOLE)
            yield from self.rows(300)
            gate.wait(20)

        call = self.api.register.ImportObservations.future(messages(), timeout=60)
        time.sleep(0.3)
        call.cancel()
        gate.set()
        time.sleep(0.2)
        self.assertEqual(self.api.seq(), before)

    def test_validate_only(self):
        before = self.api.seq()
        answer = self.send(header("v", validate_only=True), *self.rows(20))
        self.assertEqual(self.counts(answer), (20, 20, 0, 0, 0))
        self.assertEqual(self.api.seq(), before)
        answer = self.send(header("v"), *self.rows(20))
        self.assertEqual(self.api.seq(), before + 1)

    def test_warnings_are_listed(self):
        rows = self.rows(3)
        rows[1].row.submission.numerator = "7"
        rows[1].row.submission.denominator = "3"
        answer = self.send(header(), *rows)
        for result in answer.results:
            self.assertEqual(result.row, 2)
            self.assertNotEqual(result.reason, "")

    def test_results_are_bounded(self):
        """All rows wrong: a thousand results, all rows counted, refusals that say why come first
        hand although companions would fill the list."""
        rows = self.rows(1500)
        for r in rows:
            r.row.submission.indicator = "nobody"
        answer = self.send(header(chunk_rows=100), *rows)
        self.assertEqual(self.counts(answer), (1500, 0, 0, 0, 1500))
        self.assertLessEqual(len(answer.results), 1000)
        reasons = [r.reason for r in answer.results]
        self.assertGreaterEqual(len(reasons) - reasons.count("CHUNK_REFUSED"), 15 * 20)

    def test_bad_streams(self):
        bad = grpc.StatusCode.INVALID_ARGUMENT
        self.refused(bad, self.send)
        self.refused(bad, self.send, row(1))
        self.refused(bad, self.send, header(), header())
        self.refused(bad, self.send, header("x" * 41))
        self.refused(bad, self.send, header("nül"))
        self.refused(bad, self.send, header(chunk_rows=1001))
        self.refused(bad, self.send, header(chunk_rows=-1))
        self.refused(bad, self.send, header(revise=True), *self.rows(1), reason="REASON_REQUIRED")
        self.refused(bad, self.send, header(), pb.register.ImportObservationsRequest())
        self.refused(bad, self.send, header(), pb.register.ImportObservationsRequest(
            row=pb.register.ImportRow(key="k")))
        long_key = self.rows(1)[0]
        long_key.row.key = "k" * 65
        self.refused(bad, self.send, header(), long_key)
        self.assertEqual(self.counts(self.send(header("empty"))), (0, 0, 0, 0, 0))

    def test_slow_sender_with_a_deadline(self):
        """What was written stays; the rest goes with the same id."""
        before = self.api.seq()

        def messages():
            yield header("slow", chunk_rows=10)
            for r in self.rows(25):
                yield r
                time.sleep(0.05)

        with self.assertRaises(grpc.RpcError) as caught:
            self.api.register.ImportObservations(messages(), timeout=1)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        time.sleep(0.2)
        self.assertIn(self.api.seq(), (before + 1, before + 2))
        answer = self.send(header("slow", chunk_rows=10), *self.rows(25))
        self.assertEqual(self.counts(answer), (25, 25, 0, 0, 0))
        self.assertEqual(self.api.seq(), before + 3)

    def test_large_rows_are_cut_by_bytes(self):
        """Long notes: chunks end at 1 MiB, the same way each time."""
        note = "n" * 20000
        before = self.api.seq()
        answer = self.send(header("large", chunk_rows=1000), *self.rows(120, note=note))
        self.assertEqual(self.counts(answer), (120, 120, 0, 0, 0))
        self.assertEqual(answer.seq, before + 3)
        self.send(header("large", chunk_rows=1000), *self.rows(120, note=note))
        self.assertEqual(self.api.seq(), before + 3)


if __name__ == "__main__":
    harness.main()
