#!/usr/bin/python3
"""What the log's tree, the commitments and the kept answers cost: the same provostd with and without
them (PROVOST_BENCH_WITHOUT, store/bench.h), in turns, 64 submissions in flight. The median round
must not lose more than a tenth. The machine is shared, so the writer's CPU is told too.

    tests/battery/cost.py [ROUNDS [SUBMISSIONS-PER-CLIENT]]
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import battery
from battery import harness

CLIENTS = 64
INDICATORS = 64
ALL = "tree,commitments,dedup"
TICKS = os.sysconf("SC_CLK_TCK")


def writer_seconds(pid):
    """CPU of the writer thread so far."""
    folder = f"/proc/{pid}/task"
    for task in os.listdir(folder):
        with open(f"{folder}/{task}/comm") as file:
            if file.read().strip() != "writer":
                continue
        with open(f"{folder}/{task}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9
    raise RuntimeError("no writer thread")


def start(state, server, without):
    env = dict(harness.clean_env())
    if without:
        env["PROVOST_BENCH_WITHOUT"] = without
    daemon = subprocess.Popen([harness.PROVOSTD, "--state-dir", state, "--listen", server],
                              env=env, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not os.path.exists(server[5:]) and time.monotonic() < end:
        time.sleep(0.02)
    return daemon


def measure(without, submissions):
    """Submissions a second, and the writer's microseconds for each."""
    folder = tempfile.mkdtemp(prefix="provost-cost-")
    state, server = f"{folder}/state", f"unix:{folder}/socket"
    os.mkdir(state)
    daemon = start(state, server, without)
    try:
        api = harness.Api(server)
        api.apply([harness.create(f"indicators/load-{i}", title="Load")
                   for i in range(INDICATORS)])
        api.close()
        before = writer_seconds(daemon.pid)
        done = subprocess.run(
            [harness.SUBMIT_LOAD, server, str(CLIENTS), str(submissions), "0", str(INDICATORS),
             f"{folder}/acks"], capture_output=True, text=True, timeout=600, check=True)
        cpu = writer_seconds(daemon.pid) - before
        rate = float(re.search(r"\((\d+) a second\)", done.stdout).group(1))
        return rate, cpu / (CLIENTS * submissions) * 1e6
    finally:
        daemon.terminate()
        daemon.wait(60)
        shutil.rmtree(folder)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else battery.amount(1, 7)
    submissions = int(sys.argv[2]) if len(sys.argv) > 2 else battery.amount(40, 1000)
    full, bare, ratios = [], [], []
    for i in range(rounds):
        order = [("", full), (ALL, bare)]
        for without, results in order if i % 2 == 0 else reversed(order):
            results.append(measure(without, submissions))
        ratios.append(full[-1][0] / bare[-1][0])
        print(f"round {i + 1}: with {full[-1][0]:.0f}/s, writer {full[-1][1]:.1f} us; "
              f"without {bare[-1][0]:.0f}/s, writer {bare[-1][1]:.1f} us; "
              f"ratio {ratios[-1]:.3f}", flush=True)
    writer = (statistics.median(r[1] for r in full), statistics.median(r[1] for r in bare))
    ratio = statistics.median(ratios)
    print(f"{rounds} rounds of {CLIENTS * submissions} submissions, {CLIENTS} in flight: with "
          f"{statistics.median(r[0] for r in full):.0f}/s, without "
          f"{statistics.median(r[0] for r in bare):.0f}/s, median ratio {ratio:.3f}; writer "
          f"{writer[0]:.1f} us and {writer[1]:.1f} us each")
    if battery.LONG and ratio < 0.9:
        sys.exit("tree, commitments and kept answers cost more than a tenth")


main()
