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


class Cancel(unittest.TestCase):
    def test_a_cancelled_write_is_answered_by_its_retry(self):
        rng = random.Random(SEED)
        daemon = harness.Daemon().start()
        self.addCleanup(daemon.finish)
        api = daemon.api()
        self.addCleanup(api.close)
        api.apply([harness.create(f"indicators/i{n}", title="I") for n in range(CALLS)])
        ask = lambda n: pb.register.SubmitObservationsRequest(
            submissions=[submission(f"i{n}", "2021-22.q1", str(n))], request_id=f"cancel-{n}")
        cancelled = 0
        for n in range(CALLS):
            call = api.register.SubmitObservations.future(ask(n), timeout=30)
            # From before it arrives until after it was answered.
            time.sleep(rng.uniform(0, 0.004))
            cancelled += call.cancel() and call.cancelled()
        made = {}
        for n in range(CALLS):
            try:
                made[n] = api.get(f"observations/i{n}/2021-22.q1").revision
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)
        before = api.seq()
        again = {n: api.register.SubmitObservations(ask(n), timeout=30) for n in range(CALLS)}
        self.assertEqual(api.seq() - before, CALLS - len(made), "a write was made twice")
        for n, answer in again.items():
            self.assertEqual(answer.results[0].resource.observation.value, str(n))
            if n in made:
                self.assertEqual(answer.seq, made[n], "not the answer of the write that was made")
            else:
                self.assertGreater(answer.seq, before)
            self.assertEqual(len(api.changes(resource=f"observations/i{n}")), 1)
        print(f"{cancelled} of {CALLS} cancelled, {len(made)} had been written", end=" ")
        self.assertGreater(cancelled, 0)
        self.assertGreater(len(made), CALLS - cancelled, "no cancelled write was in a commit")
        self.assertLess(len(made), CALLS, "no cancelled write was dropped")


if __name__ == "__main__":
    harness.main()
