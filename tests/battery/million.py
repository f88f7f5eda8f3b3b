#!/usr/bin/python3
"""A log of a million changes (fewer in the short form), made by submissions: a proof of one change
must fit in 1 KiB, be made in milliseconds, and be verified offline in milliseconds, by `provost` and
by scripts/verify-log."""
import os
import random
import statistics
import subprocess
import sys
import time
import unittest

import battery
import grpc  # noqa: F401
from battery import harness

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import e2e_load  # noqa: E402

CLIENTS = 64
CHANGES = battery.amount(6400, 1_000_000)
PROOFS = 200


def milliseconds(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


class Million(unittest.TestCase):
    def test_a_proof_is_small_and_quick(self):
        L = harness.pb.change_log
        daemon = harness.Daemon()
        self.addCleanup(daemon.remove)
        daemon.start()
        api = daemon.api()
        e2e_load.make_indicators(api, 1000)
        load = e2e_load.Load(daemon, CLIENTS, -(-CHANGES // CLIENTS), 1000, 3600)
        self.addCleanup(load.abandon)
        print(load.wait(3600), flush=True)
        size = api.seq()
        self.assertGreater(size, CHANGES)
        rng = random.Random(battery.SEED)
        bytes_max, made = 0, []
        for seq in [1, size] + [rng.randrange(1, size + 1) for _ in range(PROOFS)]:
            answer = []
            made.append(milliseconds(lambda: answer.append(api.log.GetInclusionProof(
                L.GetInclusionProofRequest(change_seq=seq), timeout=30))))
            bytes_max = max(bytes_max, answer[0].ByteSize())
            self.assertEqual(answer[0].tree_size, size)
        self.assertLess(bytes_max, 1024)
        api.close()
        seq = rng.randrange(1, size + 1)
        path, key = os.path.join(daemon.dir, "proof"), os.path.join(daemon.dir, "key")
        daemon.provost("audit", "key", key)
        daemon.provost("audit", "prove", seq, path)
        with open(key, encoding="utf-8") as file:
            vkey = file.read().strip()
        script = os.path.join(harness.ROOT, "scripts", "verify-log")
        nowhere = "unix:/nonexistent/p.sock"
        # The process itself, its start included.
        ours = [milliseconds(lambda: harness.provost("audit", "verify", path, "--key", vkey,
                                                     server=nowhere)) for _ in range(9)]
        other = [milliseconds(lambda: subprocess.run(
            [script, "--proof", path, "--key", vkey], check=True, capture_output=True))
            for _ in range(9)]
        database = os.path.getsize(os.path.join(daemon.state_dir, "register.db"))
        print(f"{size} changes, register.db {database / 1e6:.0f} MB; proof at most {bytes_max} bytes, "
              f"made in {statistics.median(made):.1f} ms (slowest {max(made):.1f}); verified in "
              f"{statistics.median(ours):.1f} ms by provost, {statistics.median(other):.0f} ms by "
              f"verify-log (Python and openssl started anew)", flush=True)
        daemon.stop()


if __name__ == "__main__":
    battery.main()
