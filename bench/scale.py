#!/usr/bin/python3
"""What the register's size costs: one register grows, and at each size the same is measured.

    bench/scale.py [--build DIR] [--sizes N,N,...] [--seconds S]

A size is a number of changes. Up to a million of them each brings a new figure; those beyond revise
figures that are there, so that 10,000,000 changes are of 1,000,000 figures. Ten million take the
better part of an hour, most of it filling: they are not among the sizes unless asked for.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import subjects

FIGURES_MAX = 1000000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--seconds", type=float, default=5)
    return parser.parse_args()


def seq_of(subject):
    return int(re.search(r"seq\W+(\d+)", subject.client("-o", "json", "status")).group(1))


def fill(subject, size):
    """By as many requests at once as give the most."""
    while (missing := size - seq_of(subject)) > 0:
        work = "submit-one" if seq_of(subject) < FIGURES_MAX else "revise-one"
        step = min(missing, 200000)
        subjects.run(subject.build / "bench/load", "--server", subject.server, "--work", work,
                     "--connections", 16, "--streams", 16, "--requests", step, "--indicators",
                     subject.indicators, "--first", subject.first, "--token-file", subject.token)
        if work == "submit-one":
            subject.first += step + 1000


def pss_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))


def database_bytes(subject):
    """Of a daemon that has stopped, which leaves no write-ahead log."""
    return (subject.dir / "register.db").stat().st_size


def measure(subject, seconds):
    time.sleep(3)  # until its threads rest (store/rest.h)
    row = {"changes": seq_of(subject), "rest_kib": pss_kib(subject.process.pid)}
    subject.stop()
    row["bytes_a_change"] = ((database_bytes(subject) - subject.base[1]) /
                             (row["changes"] - subject.base[0]))
    row["ready_s"] = subject.serve()
    row["pss_kib"] = pss_kib(subject.process.pid)
    for name, work, shape in (("write", "submit-one", (8, 8)), ("get", "get", (8, 8)),
                              ("series", "series", (1, 1)), ("log", "log-service", (1, 1)),
                              ("field", "log-field", (1, 1))):
        row[name] = subject.measure(work, shape, seconds)
    return row


def print_table(rows):
    print("| changes | bytes a change | Pss MiB after the load | ready s | Pss MiB after start | W1 64: rate, server CPU us "
          "| W5 64: rate, server CPU us | W6 p50 us | W8 department p50 us | W8 field p50 us |\n"
          "|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['changes']:,} | {row['bytes_a_change']:,.0f} "
              f"| {row['rest_kib'] / 1024:.1f} | {row['ready_s']:.3f} | {row['pss_kib'] / 1024:.1f} "
              f"| {row['write']['rate']:,.0f}, {row['write']['server_cpu_us']:.0f} "
              f"| {row['get']['rate']:,.0f}, {row['get']['server_cpu_us']:.0f} "
              f"| {row['series']['p50_us']:,.0f} | {row['log']['p50_us']:,.0f} "
              f"| {row['field']['p50_us']:,.0f} |", flush=True)
    first, last = rows[0], rows[-1]
    print(f"\nA write at {last['changes']:,} changes takes "
          f"{last['write']['server_cpu_us'] / first['write']['server_cpu_us']:.2f} times the "
          f"server CPU of one at {first['changes']:,}.")


def main():
    options = arguments()
    place = pathlib.Path(tempfile.mkdtemp(prefix="provost-scale-"))
    subject, rows = subjects.Provost(place, options.build), []
    try:
        subject.start()
        # The field that W8 asks for is changed here and never again: its changes are the farthest.
        subject.measure("patch-action", (8, 1), 1)
        base = seq_of(subject)
        subject.stop()
        subject.base = (base, database_bytes(subject))
        subject.serve()
        for size in map(int, options.sizes.split(",")):
            fill(subject, size)
            rows.append(measure(subject, options.seconds))
            print(f"measured at {rows[-1]['changes']:,}", file=sys.stderr, flush=True)
    except (subjects.Fault, subprocess.SubprocessError) as fault:
        sys.exit(f"bench/scale: {fault}")
    finally:
        subject.stop()
        shutil.rmtree(place, ignore_errors=True)
        if rows:
            print_table(rows)


main()
