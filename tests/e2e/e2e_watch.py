#!/usr/bin/python3
"""WatchChanges: every matching change, once, in order, whole, whatever happens in between.

50 watchers (watch_load) with random disconnects, resumes and slow readers beside 8 writers; then
the same while the daemon is killed and started again. What each saw is held against ListChanges
with the same filter, byte for byte.
"""
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import grpc

import harness
from e2e_load import Load, make_indicators
from harness import create, pb, scaled

WATCH_LOAD = os.path.join(harness.BUILD, "tests", "e2e", "watch_load")
WATCHERS = 50
WRITERS = 8
LONG = os.environ.get("PROVOST_BATTERY") == "long"
SUBMISSIONS = 500 if LONG else scaled(100, 60)  # of each writer
INDICATORS = 7
KILLS = 8 if LONG else 3
SECONDS = 240


def filter_of(watcher):
    """As watch_load has them."""
    return ({}, {"resource": f"observations/load-{watcher // 4 % 7}"},
            {"service": f"department-{watcher // 4 % 8}"},
            {"resource": "observations"})[watcher % 4]


class Watchers:
    def __init__(self, daemon, server, watchers, from_seq, last_seq, cuts=0, seed=1):
        self.watchers = watchers
        self.path = os.path.join(daemon.dir, f"seen-{time.monotonic_ns()}")
        self.process = subprocess.Popen(
            [WATCH_LOAD, server, str(watchers), str(from_seq), str(last_seq), str(seed),
             str(cuts), self.path, str(SECONDS)],
            stderr=subprocess.PIPE, text=True, env=harness.clean_env())

    def wait(self):
        err = self.process.communicate(timeout=SECONDS + 60)[1]
        if self.process.returncode != 0 or harness.SANITIZER.search(err):
            raise AssertionError(f"watch_load: exit {self.process.returncode}\n{err[-3000:]}")
        self.seen = {n: [] for n in range(self.watchers)}
        self.lags = []
        with open(self.path, encoding="ascii") as f:
            for line in f:
                words = line.split()
                if words[0] == "calls":
                    self.calls = int(words[1])
                    continue
                self.seen[int(words[0])].append((int(words[1]), int(words[2]), words[3]))
                if int(words[4]) >= 0 and int(words[0]) % 10 != 9:  # not the slow ones
                    self.lags.append(int(words[4]))
        return self

    def abandon(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()

    def total(self):
        return sum(len(s) for s in self.seen.values())

    def lag_ms(self, quantile):
        lags = sorted(self.lags)
        return lags[int(len(lags) * quantile)] / 1000 if lags else float("nan")


def rss_kib(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmRSS:")).split()[1])


class Case(harness.unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("PROVOST_TEST_SEED",
                                       random.SystemRandom().getrandbits(31)))
        print(f"PROVOST_TEST_SEED={self.seed}", flush=True)
        self.daemon = harness.Daemon().start()
        self.addCleanup(self.daemon.remove)
        self.api = self.daemon.api()
        self.addCleanup(self.api.close)
        make_indicators(self.api, INDICATORS)
        self.base = self.api.seq()

    def fresh_api(self):
        """On a connection of its own: grpcio would share one that an earlier daemon had."""
        return harness.Api(self.daemon.unix, options=[("grpc.use_local_subchannel_pool", 1)])

    def listed(self, api, **conditions):
        return [(c.seq, len(c.items), hashlib.sha256(c.SerializeToString(deterministic=True))
                 .hexdigest()[:16])
                for c in api.changes(oldest_first=True, page_size=1000, **conditions)]

    def check(self, watchers, from_seq, last_seq):
        """Every watcher saw exactly what ListChanges says."""
        api = self.fresh_api()
        expected = {}
        for n, seen in watchers.seen.items():
            conditions = filter_of(n)
            key = str(conditions)
            if key not in expected:
                expected[key] = self.listed(api, from_seq=from_seq, to_seq=last_seq,
                                            **conditions)
            # Beyond last_seq a watcher may have received what came in the same batch.
            self.assertEqual([s for s in seen if s[0] <= last_seq], expected[key],
                             f"watcher {n}, {conditions}")
        everything = expected.get(str({}))
        if everything:
            self.assertEqual([s[0] for s in everything], list(range(from_seq, last_seq + 1)))
        api.close()

    def load(self, submissions=SUBMISSIONS):
        load = Load(self.daemon, WRITERS, submissions, INDICATORS, SECONDS)
        self.addCleanup(load.abandon)
        return load

    def watch(self, server, *args, **kwargs):
        watchers = Watchers(self.daemon, server, *args, **kwargs)
        self.addCleanup(watchers.abandon)
        return watchers


class Validator(Case):
    def test_cut_and_resumed_beside_writers(self):
        last = self.base + WRITERS * SUBMISSIONS
        watchers = [self.watch(server, WATCHERS // 2, 1, last, cuts=40, seed=self.seed + n)
                    for n, server in enumerate((self.daemon.unix, self.daemon.tcp))]
        self.load().wait(SECONDS)
        for w in watchers:
            w.wait()
            self.check(w, 1, last)
        print(f"{sum(w.total() for w in watchers)} changes to {WATCHERS} watchers in "
              f"{sum(w.calls for w in watchers)} calls")
        self.daemon.finish()

    def test_beside_kills(self):
        last = self.base + WRITERS * SUBMISSIONS
        watchers = self.watch(self.daemon.unix, WATCHERS, 1, last, cuts=200, seed=self.seed)
        load = self.load()
        dice = random.Random(self.seed)
        kills = 0
        for _ in range(KILLS):
            time.sleep(0.1 + dice.random() * 0.4)
            if not load.is_running():
                break
            self.daemon.kill()
            self.daemon.start()
            kills += 1
        self.assertGreater(kills, 0)
        load.wait(SECONDS)
        watchers.wait()
        self.check(watchers, 1, last)
        print(f"{kills} kills, {watchers.total()} changes to {WATCHERS} watchers in "
              f"{watchers.calls} calls")
        self.daemon.finish()

    def test_live_lag(self):
        """Nobody disturbs them: how far behind are 50 watchers, and what do they cost?"""
        seconds = {}
        for number in (0, 10, WATCHERS) if LONG else (0, WATCHERS):
            if number != 0:
                self.setUp()  # a new daemon
            last = self.base + WRITERS * SUBMISSIONS
            watchers = self.watch(self.daemon.unix, number, self.base + 1, last)
            time.sleep(0.5)
            start = time.monotonic()
            self.load().wait(SECONDS)
            seconds[number] = time.monotonic() - start
            watchers.wait()
            if number == 0:
                continue
            self.check(watchers, self.base + 1, last)
            print(f"{number} watchers: "
                  f"{watchers.total() / (time.monotonic() - start):.0f} events/s, lag p50 "
                  f"{watchers.lag_ms(0.5):.1f} ms, p99 {watchers.lag_ms(0.99):.1f} ms; writes/s "
                  f"{WRITERS * SUBMISSIONS / seconds[number]:.0f} beside them, "
                  f"{WRITERS * SUBMISSIONS / seconds[0]:.0f} alone")
        self.daemon.finish()

    def test_replay_speed(self):
        self.load().wait(SECONDS)
        last = self.base + WRITERS * SUBMISSIONS
        start = time.monotonic()
        watchers = self.watch(self.daemon.unix, 8, 1, last).wait()
        seconds = time.monotonic() - start
        self.check(watchers, 1, last)
        print(f"replay: {watchers.total() / seconds:.0f} events/s to 8 watchers")
        self.daemon.finish()


class Slow(Case):
    def test_readers_that_read_nothing_cost_little(self):
        for n in range(scaled(30, 12)):
            self.api.apply([create(f"notes/n{n}-{k}", subject="indicators/load-0",
                                   text="x" * 3000) for k in range(50)])
        before = rss_kib(self.daemon)
        apis = [self.daemon.api(tcp=n % 2 == 0) for n in range(40)]
        watches = [a.log.WatchChanges(pb.change_log.WatchChangesRequest(from_seq=1), timeout=60)
                   for a in apis]
        time.sleep(2)
        grown = rss_kib(self.daemon) - before
        print(f"40 watches of which nothing is read: {grown} KiB more")
        # One batch each (256 KiB and a change), plus the arenas of two reads.
        if harness.SCALE == 1:  # else a sanitizer's own memory is most of it
            self.assertLess(grown, 40 * 600 + 40000)
        seqs = [[w.seq for w in self.take(watch, self.api.seq())] for watch in watches[:3]]
        for seen in seqs:
            self.assertEqual(seen, list(range(1, self.api.seq() + 1)))
        for a in apis:
            a.close()
        self.daemon.finish()

    def take(self, watch, last):
        for message in watch:
            if message.HasField("change"):
                yield message
            if message.seq >= last:
                return


class Contract(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        make_indicators(cls.api, 3)
        cls.api.apply([create("plans/p", title="P")])

    def watch(self, timeout=30, **fields):
        return self.api.log.WatchChanges(pb.change_log.WatchChangesRequest(**fields),
                                         timeout=timeout)

    def test_from_now_on(self):
        head = self.api.seq()
        watch = self.watch()
        first = next(watch)
        self.assertFalse(first.HasField("change"))
        self.assertEqual(first.seq, head)
        made = self.api.apply([create("plans/now", title="Now")])
        told = next(watch)
        self.assertEqual((told.seq, told.change.seq), (made.seq, made.seq))
        self.assertEqual(told.change.items[0].resource, "plans/now")
        self.assertEqual(told.change, self.api.changes(from_seq=made.seq)[0])
        watch.cancel()

    def test_replay_then_word_that_it_has_caught_up(self):
        head = self.api.seq()
        watch = self.watch(from_seq=1)
        for seq in range(1, head + 1):
            self.assertEqual(next(watch).change.seq, seq)
        done = next(watch)
        self.assertFalse(done.HasField("change"))
        self.assertEqual(done.seq, head)
        watch.cancel()

    def test_progress_when_nothing_matches(self):
        watch = self.watch(resource="plans/nobody", progress_seconds=1)
        next(watch)
        made = self.api.apply([create("plans/unwatched", title="U")])
        told = next(watch)
        self.assertFalse(told.HasField("change"))
        self.assertEqual(told.seq, made.seq)
        watch.cancel()

    def test_from_the_head_plus_one(self):
        head = self.api.seq()
        watch = self.watch(from_seq=head + 1)
        self.assertEqual(next(watch).seq, head)
        watch.cancel()

    def test_refusals(self):
        bad = grpc.StatusCode.INVALID_ARGUMENT
        for code, field, request in (
                (grpc.StatusCode.OUT_OF_RANGE, "from_seq", {"from_seq": self.api.seq() + 2}),
                (bad, "from_seq", {"from_seq": -1}),
                (bad, "resource", {"resource": "nonsense/x"}),
                (bad, "resource", {"resource": "nonsense", "from_seq": 1}),
                (bad, "progress_seconds", {"progress_seconds": -1}),
                (bad, "progress_seconds", {"progress_seconds": 3601})):
            self.refused(code, lambda r=request: next(self.watch(**r)), field=field)

    def test_deadline(self):
        watch = self.watch(timeout=0.5)
        next(watch)
        with self.assertRaises(grpc.RpcError) as caught:
            next(watch)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_many_watches_on_one_connection(self):
        watches = [self.watch(from_seq=1 + n % 3) for n in range(90)]
        head = self.api.seq()
        for n, watch in enumerate(watches):
            seen = []
            for message in watch:
                if not message.HasField("change"):
                    break
                seen.append(message.seq)
            self.assertEqual(seen, list(range(1 + n % 3, head + 1)))
        made = self.api.apply([create(f"notes/w{head}", subject="plans/p", text="x")])
        for watch in watches:
            self.assertEqual(next(watch).seq, made.seq)
            watch.cancel()

    def test_large_change(self):
        """A change that is more than a message may hold comes as one, with what fits."""
        made = self.api.apply([create(f"notes/l{k}", subject="plans/p", text="y" * 7000)
                               for k in range(200)])
        watch = self.watch(from_seq=made.seq)
        told = next(watch)
        self.assertEqual(len(told.change.items), 200)
        self.assertEqual(next(watch).seq, made.seq)
        watch.cancel()


class Stopping(Case):
    def test_drain_says_where_to_resume(self):
        watch = self.api.log.WatchChanges(pb.change_log.WatchChangesRequest(), timeout=60)
        next(watch)
        start = time.monotonic()
        self.daemon.stop()
        with self.assertRaises(grpc.RpcError) as caught:
            next(watch)
        failure = harness.Failure(caught.exception)
        self.assertEqual(failure.code, grpc.StatusCode.UNAVAILABLE, failure)
        self.assertEqual(failure.info.reason, "SERVER_STOPPING")
        self.assertIn(f"from_seq {self.base + 1}", failure.message)
        self.assertLess(time.monotonic() - start, 10)
        self.daemon.check()


class Client(Case):
    """provost watch."""

    def start(self, *args, **env):
        process = subprocess.Popen(
            [harness.PROVOST, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=subprocess.DEVNULL,
            env=harness.clean_env(PROVOST_SERVER=self.daemon.unix, **env))
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def test_until_current(self):
        self.api.apply([create("plans/p", title="P")], reason="why")
        head = self.api.seq()
        lines = self.daemon.provost("-o", "json", "watch", "--from", "1",
                                    "--until-current").out.splitlines()
        self.assertEqual([json.loads(line)["seq"] for line in lines],
                         [str(n) for n in range(1, head + 1)])
        done = self.daemon.provost("-o", "csv", "watch", "--from", "1", "--until-current",
                                   "--resource", "plans")
        rows = harness.read_csv(done.out)
        self.assertEqual(rows[0][0], "seq")
        self.assertEqual({row[0] for row in rows[1:]}, {str(head)})
        done = self.daemon.provost("-o", "plain", "watch", "--from", head, "--until-current")
        self.assertIn("plans/p", done.out)
        done = self.daemon.provost("watch", "--from", head, "--until-current")
        self.assertIn("plans/p", done.out)
        self.assertIn("why", done.out)
        self.assertEqual(len(done.out.splitlines()), 1)
        self.assertEqual(self.daemon.provost("watch", "--until-current").out, "")

    def test_exec(self):
        self.api.apply([create("plans/p", title="P")])
        head = self.api.seq()
        out = os.path.join(self.daemon.dir, "executed")
        self.daemon.provost("watch", "--from", "1", "--until-current", "--exec",
                            f"cat >> {out}; echo $PROVOST_SEQ >> {out}")
        with open(out, encoding="utf-8") as f:
            lines = f.read().splitlines()
        self.assertEqual(lines[1::2], [str(n) for n in range(1, head + 1)])
        self.assertEqual([json.loads(line)["seq"] for line in lines[0::2]], lines[1::2])
        done = self.daemon.provost("watch", "--from", "1", "--until-current", "--exec",
                                   "test $PROVOST_SEQ -lt 2", code=1)
        self.assertIn("--from 2", done.err)
        # A command that does not read is not an error.
        self.daemon.provost("watch", "--from", "1", "--until-current", "--exec", "true")

    def write(self, name):
        api = self.fresh_api()
        seq = api.apply([create(name, title="T")]).seq
        api.close()
        return seq

    def test_resumes_after_a_restart(self):
        process = self.start("-o", "json", "watch", "--from", "1")
        seen = []
        reader = threading.Thread(target=lambda: seen.extend(
            int(json.loads(line)["seq"]) for line in process.stdout))
        reader.start()
        until = time.monotonic() + 30
        while not seen and time.monotonic() < until:
            time.sleep(0.02)
        for round_number in range(3):
            self.write(f"plans/r{round_number}")
            if round_number == 1:
                self.daemon.kill()
            else:
                self.daemon.stop()
            self.daemon.start()
        last = self.write("plans/last")
        until = time.monotonic() + 30
        while (not seen or seen[-1] < last) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 0)
        reader.join(10)
        err = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(seen, list(range(1, last + 1)))
        self.assertIn("resuming from change", err)
        self.assertIsNone(harness.SANITIZER.search(err), err)

    def test_wrong_place(self):
        done = self.daemon.provost("watch", "--from", "999", code=None)
        self.assertNotEqual(done.code, 0)
        self.assertIn("999", done.err)
        self.daemon.provost("watch", "--resource", "nonsense", code=1)
        self.daemon.stop()
        harness.provost("watch", server=self.daemon.unix, code=6)

    def test_submit_file(self):
        path = os.path.join(self.daemon.dir, "q.csv")

        def write(rows):
            with open(path, "w", encoding="utf-8") as f:
                f.write("indicator,period,value,note,flags\n" + "".join(rows))

        write([f"load-{n % 3},{1990 + n // 36}-{n // 3 % 12 + 1:02d},{n},\"said, {n}\",provisional\n"
               for n in range(1200)])
        done = self.daemon.provost("submit", "--file", path, "--import-id", "q1")
        self.assertIn("1200 new", done.out)
        head = self.api.seq()
        self.assertIn("1200 new", self.daemon.provost("submit", "--file", path, "--import-id",
                                                      "q1").out)
        self.assertIn("1200 as they were", self.daemon.provost("submit", "--file", path).out)
        self.assertEqual(self.api.seq(), head)
        write(["load-0,2040-01,5,,\n", "nobody,2040-01,6,,\n", "load-1,2040-01,seven,,\n"])
        done = self.daemon.provost("submit", "--file", path, "--whole", code=1)
        self.assertIn("3 refused", done.out)
        lines = self.daemon.provost("-o", "plain", "submit", "--file", path, code=1).out
        self.assertEqual([line.split("\t")[0] for line in lines.splitlines()], ["2", "3", "4"])
        self.assertEqual(self.api.seq(), head)
        self.assertIn("nothing was written",
                      self.daemon.provost("submit", "--file", path, "--dry-run", code=1).out)
        write(["load-0,2040-01,5,,sometimes\n"])
        self.assertIn(":2: flags", self.daemon.provost("submit", "--file", path, code=2).err)
        self.daemon.provost("submit", "--file", path, "a", "b", "c", code=2)
        self.daemon.provost("submit", code=2)
        self.daemon.provost("submit", "--file", path + ".none", code=1)


if __name__ == "__main__":
    if not os.path.exists(WATCH_LOAD):
        sys.exit(f"{WATCH_LOAD} is not built")
    harness.main()
