#!/usr/bin/python3
"""64 clients at once, half over the unix socket and half over TCP: every acknowledged figure is
there exactly once, and every change says who, when, for which service, what, before and after."""
import collections
import os
import re
import sqlite3
import subprocess
import time

import harness
from harness import create, scaled

CLIENTS = 64
SUBMISSIONS = scaled(1000)
INDICATORS = 200
LOAD_ENV = {}  # for submit_load


def make_indicators(api, number):
    api.apply([create(f"indicators/load-{i}", title=f"Load {i}",
                      unit=harness.pb.resources.UNIT_NUMBER) for i in range(number)],
              reason="for the load test")


class Load:
    """submit_load over both listeners at once."""

    def __init__(self, daemon, clients, submissions, indicators, seconds):
        self.total = clients * submissions
        half = clients // 2
        self.acks = [os.path.join(daemon.dir, f"acks-{n}") for n in ("unix", "tcp")]
        self.processes = [
            subprocess.Popen([harness.SUBMIT_LOAD, server, str(n), str(submissions), str(first),
                              str(indicators), acks, str(seconds)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=harness.clean_env(**LOAD_ENV))
            for server, n, first, acks in ((daemon.unix, half, 0, self.acks[0]),
                                           (daemon.tcp, clients - half, half, self.acks[1]))]

    def is_running(self):
        return any(p.poll() is None for p in self.processes)

    def wait(self, seconds):
        """Output of both; AssertionError when one failed."""
        texts = []
        for process in self.processes:
            out, err = process.communicate(timeout=seconds)
            if process.returncode != 0 or harness.SANITIZER.search(err):
                raise AssertionError(f"submit_load: exit {process.returncode}\n{out}{err[-3000:]}")
            texts.append(out.strip())
        return texts

    def abandon(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
            process.stderr.close()

    def acknowledged(self):
        """(name, seq, value, client) of every acknowledgement."""
        found = []
        for path in self.acks:
            with open(path, encoding="ascii") as f:
                for line in f:
                    name, seq, value, client = line.split()
                    found.append((name, int(seq), value, int(client)))
        return found


def check_stored(test, daemon, load):
    """Every acknowledgement against the stopped register, by plain SQL."""
    acks = load.acknowledged()
    test.assertEqual(len(acks), load.total)
    test.assertEqual(len({a[0] for a in acks}), load.total, "a figure acknowledged twice")
    test.assertEqual(len({a[1] for a in acks}), load.total, "two figures with one seq")
    db = sqlite3.connect(f"file:{daemon.state_dir}/register.db?mode=ro", uri=True)
    stored = {}
    for name, seq, to_seq, value, service, principal, time_us in db.execute(
            "SELECT 'observations/' || o.id, o.from_seq, o.to_seq, o.value, a.service,"
            " a.principal, c.time_us FROM observation o JOIN change c ON c.seq = o.from_seq"
            " JOIN change_actor a ON a.actor = c.actor"):
        test.assertNotIn(name, stored, "a figure is there twice")
        test.assertEqual(to_seq, harness.verify_register.SEQ_OPEN)
        stored[name] = (seq, value, service, principal)
        test.assertGreater(time_us, 0)
    for name, seq, value, client in acks:
        have = stored.pop(name, None)
        test.assertIsNotNone(have, f"{name} was acknowledged and is missing")
        test.assertEqual(have[:3], (seq, value, f"department-{client % 8}"), name)
        test.assertEqual(have[3] == "loopback", client >= CLIENTS // 2, name)
    test.assertEqual(stored, {}, "figures that nobody submitted")
    seqs = [r[0] for r in db.execute("SELECT seq FROM change ORDER BY seq")]
    test.assertEqual(seqs, list(range(1, len(seqs) + 1)), "seq has a gap")
    test.assertEqual(len(seqs), load.total + 1)
    db.close()


class LoadTest(harness.unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon().start()
        self.addCleanup(self.daemon.remove)

    def check_log(self, api):
        """What the log says of each change, over all pages."""
        changes = api.changes(oldest_first=True, page_size=1000, from_seq=2)
        self.assertEqual([c.seq for c in changes],
                         list(range(2, CLIENTS * SUBMISSIONS + 2)))
        services, principals, last = collections.Counter(), set(), (0, 0)
        for c in changes:
            at = (c.time.seconds, c.time.nanos)
            self.assertGreaterEqual(at, last)
            last = at
            self.assertRegex(c.service, r"^department-[0-7]$")
            self.assertRegex(c.request_id, r"^load-\d+-\d+$")
            self.assertEqual(c.method, "/provost.v1.RegisterService/SubmitObservations")
            self.assertEqual((len(c.items), len(c.leaf_hash)), (1, 32))
            item = c.items[0]
            fields = {f.field: (f.before, f.after) for f in item.fields}
            self.assertEqual(item.outcome, harness.pb.register.OUTCOME_CREATED)
            self.assertEqual(fields["value"][0], "")
            self.assertRegex(fields["value"][1], r"^\d+\.\d\d$")
            self.assertTrue(fields["indicator"][1].startswith("indicators/load-"))
            services[c.service] += 1
            principals.add((c.principal, c.auth_method))
        self.assertEqual(len(services), 8)
        self.assertEqual({m for _, m in principals}, {"unix-peer", "loopback"})

    def test_load(self):
        api = self.daemon.api()
        make_indicators(api, INDICATORS)
        start = time.monotonic()
        load = Load(self.daemon, CLIENTS, SUBMISSIONS, INDICATORS, 200)
        self.addCleanup(load.abandon)
        reads = self.read_while(api, load)
        texts = load.wait(200)
        seconds = time.monotonic() - start
        print("unix:", texts[0], "\ntcp: ", texts[1])
        print(f"{load.total} figures in {seconds:.2f} s: {load.total / seconds:.0f} a second, "
              f"{reads} scorecard-sized reads beside them", flush=True)
        repeated = sum(int(re.search(r"(\d+) repeated", t).group(1)) for t in texts)
        self.assertEqual(api.seq(), load.total + 1)
        print("repeated:", repeated)
        self.check_log(api)
        api.close()
        self.daemon.stop()
        print("register:", self.daemon.check())
        check_stored(self, self.daemon, load)

    def read_while(self, api, load):
        """Readers see whole changes only, and never an older moment than before."""
        reads, seq = 0, 0
        while load.is_running():
            page = api.log.ListChanges(
                harness.pb.change_log.ListChangesRequest(page_size=50), timeout=60)
            self.assertGreaterEqual(page.seq, seq)
            self.assertEqual(page.changes[0].seq, page.seq)
            for c in page.changes:
                self.assertEqual(len(c.items), 1 if c.seq > 1 else INDICATORS)
            seq, reads = page.seq, reads + 1
            time.sleep(0.02)
        return reads


if __name__ == "__main__":
    harness.main()
