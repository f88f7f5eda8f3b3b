#!/usr/bin/python3
"""Erasure from the outside: two persons, no byte left in any file, every old proof as it was."""
import os
import threading
import unittest

import grpc

import harness
from harness import create, patch, pb, submission

L = pb.change_log
MARKER = "Zz9MarkerOfAPerson"
ROWS = harness.scaled(3000, 300)


class Redact(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.other = cls.daemon.api(tcp=True)  # "loopback": another person than the unix peer
        cls.addClassCleanup(cls.other.close)
        cls.api.apply([create("indicators/i", title="I")])

    def redact(self, api, **fields):
        return api.log.RedactChange(L.RedactChangeRequest(**fields), timeout=60,
                                    metadata=api.metadata)

    def erase(self, **fields):
        """The unix peer asks, loopback approves."""
        asked = self.redact(self.api, reason="UK GDPR article 17", **fields)
        self.assertEqual(asked.seq, 0)
        return self.redact(self.other, approval_id=asked.approval_id, **fields)

    def files_with(self, text):
        found = []
        for folder, _, names in os.walk(self.daemon.state_dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    if text.encode() in file.read():
                        found.append(name)
        return found

    def verify(self):
        seq = 0
        while True:
            answer = self.api.log.VerifyLog(L.VerifyLogRequest(from_seq=seq), timeout=60)
            self.assertEqual(list(answer.faults), [])
            seq = answer.next_seq
            if not seq:
                self.assertTrue(answer.root_matches)
                return

    def entries(self, to_seq):
        return [self.api.log.GetChange(L.GetChangeRequest(change_seq=s), timeout=30)
                for s in range(1, to_seq + 1)]

    def field(self, change, name):
        return next(f for i in change.items for f in i.fields if f.field == name)

    def test_no_byte_is_left(self):
        """Rows before, between and behind, so that pages of the tree are split and moved."""
        names = [f"plans/{os.urandom(6).hex()}" for _ in range(ROWS)]
        marked = names[:: max(1, ROWS // 30)]
        for at in range(0, ROWS, 50):
            self.api.apply([create(n, title="t" * 40, summary=f"{MARKER}-{n}" * 3 if n in marked
                                   else "s" * 100) for n in names[at:at + 50]])
        for at in range(0, ROWS, 100):
            self.api.apply([patch(n, title="u" * 300) for n in names[at:at + 100]])
        self.assertTrue(self.files_with(MARKER))
        stop = threading.Event()

        def read():
            api = self.daemon.api()
            while not stop.is_set():
                api.changes(resource="plans", page_size=200)
            api.close()
        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            for n in marked:
                change = self.api.changes(resource=n, oldest_first=True)[0]
                self.erase(change_seq=change.seq, target=L.REDACT_TARGET_FIELD, resource=n,
                           field="summary")
        finally:
            stop.set()
            for reader in readers:
                reader.join()
        self.assertEqual(self.files_with(MARKER), [])
        self.assertEqual(self.api.get(marked[0]).plan.summary, "")
        self.verify()

    def test_proofs_hold_and_entries_stay(self):
        seq = self.api.apply([create("posts/p", title="Head", holders=[
            pb.resources.PostHolder(name="Jane " + MARKER)])], reason="moved " + MARKER,
            request_id="one").seq
        before = self.entries(seq)
        size = self.api.seq()
        question = L.GetInclusionProofRequest(change_seq=seq, tree_size=size)
        proof = self.api.log.GetInclusionProof(question, timeout=30)
        self.erase(change_seq=seq, target=L.REDACT_TARGET_FIELD, resource="posts/p",
                   field="holders")
        done = self.erase(change_seq=seq, target=L.REDACT_TARGET_REASON)
        self.assertEqual(done.erased, 1)
        self.assertEqual(self.files_with(MARKER), [])
        after = self.entries(seq)
        for old, new in zip(before, after):
            self.assertEqual((old.entry, old.items, old.change.leaf_hash),
                             (new.entry, new.items, new.change.leaf_hash))
        again = self.api.log.GetInclusionProof(question, timeout=30)
        self.assertEqual((again.leaf_hash, again.hashes), (proof.leaf_hash, proof.hashes))
        change = after[-1].change
        self.assertTrue(change.reason_redacted)
        self.assertTrue(self.field(change, "holders").after_redacted)
        self.assertFalse(self.field(change, "title").after_redacted)
        erased = self.api.log.GetChange(L.GetChangeRequest(change_seq=done.seq)).change
        self.assertEqual(erased.items[0].outcome, pb.register.OUTCOME_REDACTED)
        self.assertEqual(erased.items[0].resource, f"changes/{seq}")
        self.assertEqual(erased.principal, "loopback")
        self.assertNotIn(erased.items[0].requested_by, ("", "loopback"))
        history = self.api.changes(resource="posts/p")
        self.assertEqual([c.items[0].outcome for c in history],
                         [pb.register.OUTCOME_REDACTED, pb.register.OUTCOME_CREATED])
        # A retry is recognised and is not carried out again, but what it told is gone.
        with self.assertRaises(grpc.RpcError) as refused:
            self.api.apply([create("posts/p", title="Head", holders=[
                pb.resources.PostHolder(name="Jane " + MARKER)])], reason="moved " + MARKER,
                request_id="one")
        self.assertEqual(harness.Failure(refused.exception).info.reason, "ANSWER_REDACTED")
        self.verify()

    def test_a_kept_import_answer_quotes_nothing(self):
        """A row's warning repeats the numerator; the answer is kept for a retry of the stream."""
        def rows():
            yield pb.register.ImportObservationsRequest(
                header=pb.register.ImportHeader(import_id="quotes"))
            yield pb.register.ImportObservationsRequest(row=pb.register.ImportRow(
                key="1", submission=submission("quoted", "2020-21", "50%", numerator="987654321",
                                               denominator="3")))
        self.api.apply([create("indicators/quoted", title="Q", unit=pb.resources.UNIT_PERCENT)])
        answer = self.api.register.ImportObservations(rows(), timeout=30)
        self.assertIn("987654321", answer.results[0].message)
        name = "observations/quoted/2020-21"
        self.assertEqual(answer.results[0].resource, name)
        self.erase(change_seq=answer.seq, target=L.REDACT_TARGET_FIELD, resource=name,
                   field="numerator")
        self.assertEqual(self.files_with("987654321"), [])
        self.verify()

    def test_the_same_person_cannot_approve(self):
        seq = self.api.submit([submission("i", "2020-21", "97.5")], request_id="f").seq
        what = dict(change_seq=seq, target=L.REDACT_TARGET_FIELD,
                    resource="observations/i/2020-21", field="value")
        asked = self.redact(self.api, reason="wrong person", **what)
        somebody = self.daemon.api(service="other", person="Somebody Else")
        with self.assertRaises(grpc.RpcError) as refused:
            self.redact(somebody, approval_id=asked.approval_id, **what)
        failure = harness.Failure(refused.exception)
        self.assertEqual(failure.code, grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(failure.info.reason, "SECOND_PERSON_NEEDED")
        somebody.close()
        done = self.redact(self.other, approval_id=asked.approval_id, request_id="yes", **what)
        self.assertEqual(self.redact(self.other, approval_id=asked.approval_id,
                                     request_id="yes", **what), done)
        figure = self.api.get("observations/i/2020-21").observation
        self.assertEqual((figure.value, figure.verbatim, figure.state), ("", "", 0))
        self.api.submit([submission("i", "2020-21", "98")])
        self.verify()

    def test_names_go_everywhere(self):
        person = self.daemon.api(service="s", person="Mx " + MARKER)
        seqs = [person.apply([create(f"organisations/o{i}", title="O")]).seq for i in range(3)]
        # What waits for a second person says who asked.
        self.redact(person, reason="asked only", change_seq=seqs[0],
                    target=L.REDACT_TARGET_FIELD, resource="organisations/o0", field="title")
        person.admin.RotateLogKey(pb.admin.RotateLogKeyRequest(reason="asked only"), timeout=30,
                                  metadata=person.metadata)
        person.close()
        self.assertNotEqual(self.files_with(MARKER), [])
        self.erase(change_seq=seqs[1], target=L.REDACT_TARGET_ACTOR)
        self.assertEqual(self.files_with(MARKER), [])
        for seq in seqs:
            change = self.api.log.GetChange(L.GetChangeRequest(change_seq=seq)).change
            self.assertTrue(change.actor_redacted)
            self.assertEqual((change.on_behalf_of, change.service), ("", "s"))
        self.verify()

    def test_zz_an_erasure_survives_a_kill(self):
        seq = self.api.apply([create("organisations/k", title=MARKER)]).seq
        self.erase(change_seq=seq, target=L.REDACT_TARGET_FIELD, resource="organisations/k",
                   field="title")
        self.daemon.kill()
        self.assertEqual(self.files_with(MARKER), [])
        self.daemon.start()
        self.api.close()
        type(self).api = self.daemon.api()
        self.verify()


if __name__ == "__main__":
    unittest.main(verbosity=2)
