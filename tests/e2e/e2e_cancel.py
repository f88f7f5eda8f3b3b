#!/usr/bin/python3
"""A client that cancels, and does not know whether its write was in a commit already, asks again with the
same request_id: it gets the answer of the write that was made, or makes it, and never twice."""
import os
import random
import time
import unittest

import grpc

import harness
from harness import pb, submission

SEED = int(os.environ.get("PROVOST_SEED", "7"))
CALLS = harness.scaled(400, 60)


ROUNDS = 20  # at most, until one has shown it: how soon a call is answered depends on the machine


def ask(n):
    return pb.register.SubmitObservationsRequest(
        submissions=[submission(f"i{n % CALLS}", f"{1900 + n // CALLS}-{(n // CALLS + 1) % 100:02d}",
                                str(n))], request_id=f"cancel-{n}")


def cell(n):
    return f"observations/i{n % CALLS}/{1900 + n // CALLS}-{(n // CALLS + 1) % 100:02d}"


class Cancel(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(SEED)
        daemon = harness.Daemon().start()
        self.addCleanup(daemon.finish)
        self.api = daemon.api()
        self.addCleanup(self.api.close)
        self.api.apply([harness.create(f"indicators/i{n}", title="I") for n in range(CALLS)])

    def cancel_some(self, numbers):
        """Calls that are given up from before they arrive until after they were answered."""
        cancelled = set()
        for n in numbers:
            call = self.api.register.SubmitObservations.future(ask(n), timeout=30)
            time.sleep(self.rng.uniform(0, 0.002))
            if call.cancel() and call.cancelled():
                cancelled.add(n)
        return cancelled

    def written(self, numbers):
        """Which of them are there, and since which change."""
        found = {}
        for n in numbers:
            try:
                found[n] = self.api.get(cell(n)).revision
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)
        return found

    def check_again(self, numbers, made):
        before = self.api.seq()
        again = {n: self.api.register.SubmitObservations(ask(n), timeout=30) for n in numbers}
        self.assertEqual(self.api.seq() - before, len(numbers) - len(made),
                         "a write was made twice")
        for n, answer in again.items():
            self.assertEqual(answer.results[0].resource.observation.value, str(n))
            if n in made:
                self.assertEqual(answer.seq, made[n], "not the answer of the write that was made")
            else:
                self.assertGreater(answer.seq, before)
            self.assertEqual(len(self.api.changes(resource=cell(n))), 1)

    def test_a_cancelled_write_is_answered_by_its_retry(self):
        for number in range(ROUNDS):
            numbers = range(number * CALLS, (number + 1) * CALLS)
            cancelled = self.cancel_some(numbers)
            made = self.written(numbers)
            self.check_again(numbers, made)
            in_commit = cancelled & set(made)
            print(f"{len(cancelled)} of {CALLS} cancelled, {len(in_commit)} of them had been written",
                  end=" ", flush=True)
            if in_commit:
                return
        self.fail("no cancelled write was in a commit")


if __name__ == "__main__":
    harness.main()
