#!/usr/bin/python3
"""Provost beside what a council's IT would pick instead, on this machine, in one run.

    bench/run [--rounds N] [--seconds S] [--only WORD] [--build DIR] [--out FILE]

Every case is run once a
round, all subjects in turn, so that a drifting machine drifts under all of them; the table shows
medians, ranges and the ratios that docs/performance.md sets as goals.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import subjects

ONE, EIGHT, MANY, FLOOD = (1, 1), (8, 1), (8, 8), (16, 16)
IN_FLIGHT = {ONE: 1, EIGHT: 8, MANY: 64, FLOOD: 256}

# (work of the table, subject, the subject's work, shapes)
CASES = [
    ("W1 submit one", "provost", "submit-one", (ONE, EIGHT, MANY, FLOOD)),
    ("W1 submit one", "etcd", "etcd-put", (ONE, EIGHT, MANY, FLOOD)),
    ("W1 submit one (Txn)", "etcd", "etcd-txn", (MANY, FLOOD)),
    ("W1 submit one", "postgresql", "cte", (ONE, EIGHT, MANY, FLOOD)),
    ("W1 submit one (chained)", "postgresql", "chained", (MANY,)),
    ("W1 submit one", "redis", "unit", (ONE, EIGHT, MANY, FLOOD)),
    ("W1 submit one", "raw sqlite", "unit", (ONE, EIGHT, MANY, FLOOD)),
    ("W1 submit one", "floor", "echo", (ONE, EIGHT, MANY, FLOOD)),
    ("W2 revise one", "provost", "revise-one", (ONE, MANY)),
    ("W3 patch with base_seq", "provost", "patch-action", (ONE, MANY)),
    ("W4 batch of 100", "provost", "submit-batch", (ONE, (4, 1))),
    ("W4 batch of 100", "raw sqlite", "batch", ((100, 1), (100, 4))),
    ("W5 get one", "provost", "get", (ONE, MANY, FLOOD)),
    ("W5 get one", "etcd", "etcd-range", (ONE, MANY, FLOOD)),
    ("W5 get one", "postgresql", "read", (ONE, MANY, FLOOD)),
    ("W6 series", "provost", "series", (ONE,)),
    ("W7 scorecard", "provost", "scorecard", (ONE,)),
    ("W8 log of a department", "provost", "log-service", (ONE,)),
    ("W8 log of a field", "provost", "log-field", (ONE,)),
    ("W9 beside 50 of a department", "provost", "watched-department", (MANY,)),
    ("W9 beside 50 of everything", "provost", "watched-all", (MANY,)),
    ("W10 mixed", "provost", "mixed", (MANY,)),
    ("W5 by h2load", "provost", "h2load-get", (ONE, MANY, FLOOD)),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", default="", help="cases whose work or subject holds this")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--out", help="raw results as JSON")
    return parser.parse_args()


def chosen(only):
    return [case for case in CASES if only in case[0] or only == case[1]]


def measure_all(options, place):
    """{(work, subject, in flight): [report of each round]}"""
    cases, found = chosen(options.only), {}
    makers = {kind.name: kind for kind in subjects.Subject.__subclasses__()}
    running = {}
    try:
        for name in dict.fromkeys(case[1] for case in cases):
            print(f"starting {name}", file=sys.stderr, flush=True)
            running[name] = makers[name](place, options.build).start()
        for number in range(options.rounds):
            for work, name, subject_work, shapes in cases:
                for shape in shapes:
                    report = running[name].measure(subject_work, shape, options.seconds)
                    key = (work, name, IN_FLIGHT.get(shape, shape[0] * shape[1]))
                    found.setdefault(key, []).append(report)
                    print(f"round {number + 1}: {work}, {name}, {key[2]} in flight: "
                          f"{report['rate']:.0f}/s, p50 {report.get('p50_us', 0):.0f} us",
                          file=sys.stderr, flush=True)
    finally:
        for subject in running.values():
            subject.stop()
    return found


def median(reports, what):
    values = [r[what] for r in reports if what in r]
    return statistics.median(values) if values else None


def cell(value):
    return "" if value is None else f"{value:,.0f}"


def print_table(found):
    print("| work | in flight | subject | rate/s (range) | p50 us | p99 us | server CPU us "
          "| client CPU us |\n|---|---|---|---|---|---|---|---|")
    for (work, name, flight), reports in sorted(found.items()):
        rates = [r["rate"] for r in reports]
        print(f"| {work} | {flight} | {name} | {median(reports, 'rate'):,.0f} "
              f"({min(rates):,.0f}..{max(rates):,.0f}) | {cell(median(reports, 'p50_us'))} "
              f"| {cell(median(reports, 'p99_us'))} | {cell(median(reports, 'server_cpu_us'))} "
              f"| {cell(median(reports, 'client_cpu_us'))} |")


# (what, in flight, work of ours, measure, subject, its work, its in flight, goal, at least?)
W1, TXN, CHAINED = "W1 submit one", "W1 submit one (Txn)", "W1 submit one (chained)"
W4, W5 = "W4 batch of 100", "W5 get one"
GOALS = [
    ("etcd Put", W1, 1, "rate", "etcd", W1, 1, 1.15, True),
    ("p50 of raw SQLite", W1, 1, "p50_us", "raw sqlite", W1, 1, 2, False),
    ("etcd Put", W1, 64, "rate", "etcd", W1, 64, 1.5, True),
    ("etcd Txn", W1, 64, "rate", "etcd", TXN, 64, 4, True),
    ("PostgreSQL, one statement", W1, 64, "rate", "postgresql", W1, 64, 2.5, True),
    ("PostgreSQL, chained", W1, 64, "rate", "postgresql", CHAINED, 64, 20, True),
    ("Redis", W1, 64, "rate", "redis", W1, 64, 1.3, True),
    ("raw SQLite", W1, 64, "rate", "raw sqlite", W1, 64, 0.55, True),
    ("p50 of etcd Put", W1, 64, "p50_us", "etcd", W1, 64, 1, False),
    ("p99 of etcd Put", W1, 64, "p99_us", "etcd", W1, 64, 1, False),
    ("etcd Put", W1, 256, "rate", "etcd", W1, 256, 1.4, True),
    ("PostgreSQL, one statement", W1, 256, "rate", "postgresql", W1, 256, 4, True),
    ("raw SQLite", W1, 256, "rate", "raw sqlite", W1, 256, 0.6, True),
    ("p99 of etcd Put", W1, 256, "p99_us", "etcd", W1, 256, 1, False),
    ("raw SQLite", W4, 1, "rate", "raw sqlite", W4, 100, 0.6, True),
    ("etcd Range", W5, 1, "rate", "etcd", W5, 1, 1.8, True),
    ("etcd Range", W5, 64, "rate", "etcd", W5, 64, 3, True),
    ("PostgreSQL", W5, 64, "rate", "postgresql", W5, 64, 1.9, True),
    ("etcd Range", W5, 256, "rate", "etcd", W5, 256, 3, True),
    ("PostgreSQL", W5, 256, "rate", "postgresql", W5, 256, 1.9, True),
    ("W1 unwatched", "W9 beside 50 of a department", 64, "rate", "provost", W1, 64, 0.85, True),
    ("W1 unwatched", "W9 beside 50 of everything", 64, "rate", "provost", W1, 64, 0.85, True),
]

# (work, in flight, measure, at most)
LIMITS = [
    (W1, 64, "p50_us", 1800), (W1, 64, "p99_us", 4000), ("W6 series", 1, "p50_us", 1000),
    ("W7 scorecard", 1, "p50_us", 20000), ("W8 log of a department", 1, "p50_us", 5000),
    ("W8 log of a field", 1, "p50_us", 5000),
    ("W9 beside 50 of a department", 64, "lag_p99_us", 50000),
    ("W9 beside 50 of everything", 64, "lag_p99_us", 50000),
]


def print_limits(found):
    print("\n| work | in flight | measure | seen | at most | |\n|---|---|---|---|---|---|")
    for work, flight, measure, most in LIMITS:
        reports = found.get((work, "provost", flight))
        if reports:
            seen = median(reports, measure)
            print(f"| {work} | {flight} | {measure} | {seen:,.0f} | {most:,} "
                  f"| {'met' if seen <= most else 'not met'} |")


def print_goals(found):
    print("\n| work | in flight | against | ratio | goal | |\n|---|---|---|---|---|---|")
    for what, work, flight, measure, rival, rival_work, rival_flight, goal, least in GOALS:
        ours = found.get((work, "provost", flight))
        theirs = found.get((rival_work, rival, rival_flight))
        if not ours or not theirs:
            continue
        ratio = median(ours, measure) / median(theirs, measure)
        met = ratio >= goal if least else ratio <= goal
        print(f"| {work} | {flight} | {what} | {ratio:.2f} | {'>=' if least else '<='} {goal} "
              f"| {'met' if met else 'not met'} |")


def versions():
    commands = (["uname", "-r"], ["etcd", "--version"], ["redis-server", "--version"],
                ["/usr/lib/postgresql/15/bin/postgres", "--version"])
    return [subprocess.run(c, capture_output=True, text=True, check=False).stdout.split("\n")[0]
            for c in commands]


def main():
    options = arguments()
    place = pathlib.Path(tempfile.mkdtemp(prefix="provost-bench-"))
    place.chmod(0o755)
    try:
        found = measure_all(options, place)
    except subjects.Fault as fault:
        sys.exit(f"bench/run: {fault}")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if options.out:
        rows = [{"work": k[0], "subject": k[1], "in_flight": k[2], "rounds": v}
                for k, v in found.items()]
        pathlib.Path(options.out).write_text(json.dumps(rows, indent=1))
    print("; ".join(versions()), "\n")
    print_table(found)
    print_goals(found)
    print_limits(found)


main()
