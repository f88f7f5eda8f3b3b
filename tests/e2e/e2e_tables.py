#!/usr/bin/python3
"""Tables of real documents go in as they were pasted, and as they are mistreated on the way."""
import collections
import json
import os
import random
import re

import harness

DATA = os.path.join(harness.ROOT, "tests", "data")
DUNDEE_TEXT = os.path.join(DATA, "dundee-2021.txt")
STOKE_TEXT = os.path.join(DATA, "stoke-2020.txt")

# A document of our own, with what goes wrong in others.
ACTIONS = [["Strategic Priority", "What will we do?", "What difference will we make?",
            "Who is leading this?", "When will we do it by?", "Is it resourced?"],
           ["Warm homes", "Insulate 200 homes", "Lower bills", "Head of Housing", "Autumn 2021",
            "Yes"],
           ["Warm homes", "Publish a heat plan", "", "Head of Housing", "TBC", "No"],
           ["Safe roads", "Resurface the A90", "Fewer accidents",
            "Service Manager – Roads & Lighting", "31 March 2022", "Within existing budgets"]]
MEASURES = [["Measure No.", "Measure", "Baseline 2019/20", "2020/21", "Target 2021/22",
             "Frequency"],
            ["WH 1", "% of homes insulated", "40%", "55%", "70%", "Quarterly"],
            ["WH 2", "Cost per home (£)", "£1,200", "-", "", "Annual"],
            ["SR 10a", "Accidents", "68", "Under development", "60", "6 Monthly"]]


def tsv(*tables):
    return "\n\n".join("\n".join("\t".join(row) for row in table) for table in tables)


def pipes(*tables):
    out = []
    for table in tables:
        lines = ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in table]
        lines.insert(1, "|" + "---|" * len(table[0]))
        out.append("\n".join(lines))
    return "\n\n".join(out) + "\n"


def shuffled(table, seed):
    order = list(range(len(table[0])))
    random.Random(seed).shuffle(order)
    return [[row[i] for i in order] for row in table]


def repeated(table):
    return table[:2] + [table[0]] + table[2:]


class Tables(harness.RegisterTest):
    """Each test has a plan of its own."""

    plans = 0

    def write(self, data, name="table.tsv"):
        path = os.path.join(self.daemon.dir, name)
        with open(path, "wb") as f:
            f.write(data.encode() if isinstance(data, str) else data)
        return path

    def take(self, path, plan, *args, code=0):
        done = self.daemon.provost("-o", "json", "import", path, "--plan", plan, *args, code=code)
        return json.loads(done.out) if done.out else done.err

    def new_plan(self):
        Tables.plans += 1
        return f"p{Tables.plans}", ["--new-plan", f"Plan {Tables.plans}"]

    def outcomes(self, report, name):
        return sum(1 for r in report["resources"] if r["outcome"] == name)

    def list(self, collection, *args):
        answer = self.daemon.json("list", collection, *args)
        return answer.get("resources", [])

    def of_report(self, report, collection):
        names = [r["name"] for r in report["resources"] if r["name"].startswith(collection + "/")]
        return {n: self.api.get(n) for n in names}


class Variants(Tables):
    """The same tables in many forms are the same register."""

    @classmethod
    def prepare(cls):
        pass

    def summary(self, report):
        """What was understood of the document, without names that depend on order."""
        actions = sorted((a.action.title, a.action.deadline_verbatim, a.action.resourced,
                          len(a.action.leads)) for a in self.of_report(report, "actions").values())
        figures = sorted((o.observation.indicator.split("/")[1].split("-", 2)[-1],
                          o.observation.period, o.observation.state, o.observation.value)
                         for o in self.of_report(report, "observations").values())
        targets = sorted((t.target.period, t.target.state, t.target.value)
                         for t in self.of_report(report, "targets").values())
        return actions, figures, targets

    def variants(self):
        plain = tsv(ACTIONS, MEASURES)
        yield "plain", plain, "t.tsv"
        yield "line ends", plain.replace("\n", "\r\n"), "t.tsv"
        yield "pipes", pipes(ACTIONS, MEASURES), "t.md"
        yield "windows", plain.encode("cp1252"), "t.tsv"
        yield "utf-16", plain.encode("utf-16"), "t.txt"
        yield "repeated", tsv(repeated(ACTIONS), repeated(MEASURES)), "t.tsv"
        yield "markup", plain.replace("Warm homes", "**Warm homes**").replace("&", "&amp;"), "t.tsv"
        for seed in range(4):
            yield f"shuffled {seed}", tsv(shuffled(ACTIONS, seed), shuffled(MEASURES, seed)), "t.tsv"
        yield "csv", "\n".join(",".join(f'"{c}"' for c in row) for row in ACTIONS) + "\n,,\n" + \
            "\n".join(",".join(f'"{c}"' for c in row) for row in MEASURES), "t.csv"

    def test_variants(self):
        plan, new = self.new_plan()
        wanted = None
        for what, data, name in self.variants():
            with self.subTest(what):
                report = self.take(self.write(data, name), plan, *(new if wanted is None else []))
                self.assertEqual(report["cells"]["notUnderstood"], 0, report["notUnderstood"])
                got = self.summary(report)
                if wanted is None:
                    wanted = got
                    self.assertEqual((len(got[0]), len(got[1]), len(got[2])), (3, 6, 3))
                self.assertEqual(got, wanted)
                if what not in ("plain",):
                    self.assertEqual(self.outcomes(report, "created"), 0, what)
                    self.assertEqual(self.outcomes(report, "changed"), 0, what)
        self.assertIn("Windows-1252", json.dumps(self.take(
            self.write(tsv(ACTIONS).encode("cp1252")), plan)))

    def test_figures_are_not_replaced_unasked(self):
        plan, new = self.new_plan()
        path = self.write("Indicator\t2020/21\nFresh figure\t5\n")
        self.take(path, plan, *new)
        self.write("Indicator\t2020/21\nFresh figure\t6\n")
        seq = self.api.seq()
        report = self.take(path, plan, code=4)
        self.assertEqual(report["outcomes"]["conflict"], 1)
        self.assertEqual(self.api.seq(), seq)
        self.daemon.provost("import", path, "--plan", plan, "--revise", code=2)
        self.take(path, plan, "--revise", "--reason", "recounted")
        self.assertEqual(self.api.get("observations/fresh-figure/2020-21").observation.value, "6")
        self.write("Indicator\t2020/21\nFresh figure\t\n")
        self.take(path, plan)
        self.assertEqual(self.api.get("observations/fresh-figure/2020-21").observation.value, "6")

    def test_what_is_only_matched_stays_as_it_is(self):
        plan, new = self.new_plan()
        path = self.write("Indicator\tFrequency\t2020/21\nKept whole\tMonthly\t5\n")
        self.take(path, plan, *new)
        before = self.api.get("indicators/kept-whole")
        self.write("Indicator\t2021/22\nKept whole\t7\n")
        self.take(path, plan)
        self.assertEqual(self.api.get("indicators/kept-whole"), before)

    def test_figures_not_understood_are_kept_as_notes(self):
        plan, new = self.new_plan()
        report = self.take(self.write("Indicator\t2020/21\nOdd figure\tlots of them\n"), plan, *new)
        self.assertEqual(report["cells"]["keptAsNotes"], 1)
        self.assertEqual((report["notUnderstood"][0]["line"], report["notUnderstood"][0]["column"]),
                         (2, 2))
        notes = [n for n in self.list("notes") if "lots of them" in n["note"]["text"]]
        self.assertEqual(notes[0]["note"]["subject"], "indicators/odd-figure")

    def test_a_dry_run_writes_nothing(self):
        plan, new = self.new_plan()
        seq = self.api.seq()
        path = self.write(tsv(ACTIONS))
        report = self.take(path, plan, "--dry-run", *new)
        self.assertFalse(report["written"])
        self.assertEqual(self.api.seq(), seq)
        table = self.daemon.provost("import", path, "--plan", plan, "--dry-run", *new).out
        self.assertIn("nothing was written", table)
        self.assertIn("deadline_verbatim", table)

    def test_a_mapping_file(self):
        plan, new = self.new_plan()
        path = self.write("Pledge\tDone when\tColour\nPlant trees\tMay 2022\tgreen\nDig\tTBC\tred\n")
        seq = self.api.seq()
        err = self.take(path, plan, *new, code=1)
        for word in ("Done when", "Colour", "--map", "header,kind,field", "nothing was written"):
            self.assertIn(word, err)
        self.assertEqual(self.api.seq(), seq)
        mapping = self.write("header,kind,field\nPledge,actions,title\nDone when,actions,deadline\n"
                             "Colour,any,ignore\n", "map.csv")
        report = self.take(path, plan, "--map", mapping, *new)
        self.assertEqual(report["cells"]["notUnderstood"], 0)
        self.assertEqual(self.api.get("actions/plant-trees").action.deadline_verbatim, "May 2022")
        bad = self.write("Pledge,actions,nonsense\n", "bad.csv")
        self.assertIn("nonsense", self.take(path, plan, "--map", bad, code=1))

    def test_words_of_time_and_direction(self):
        pb = harness.pb.resources
        plan, new = self.new_plan()
        self.take(self.write("# Improvement Plan 2024\n\nAction\tBy when\nFirst thing\tTBC\n"),
                  plan, *new)
        self.assertEqual([r for r in self.list("objectives")
                          if r["objective"]["plan"] == f"plans/{plan}"], [])
        self.daemon.provost("set", f"plans/{plan}", "period=2022-25")
        report = self.take(self.write("Action\tBy when\nIn a month\tMar 24\nIn a year\tYear 2\n"
                                      "At its end\tEnd of Year 3\nToo late\tYear 4\n"), plan)
        found = {r.action.title: [d.latest for d in r.action.deadlines]
                 for r in self.of_report(report, "actions").values()}
        self.assertEqual(found, {"In a month": ["2024-03-31"], "In a year": ["2024-03-31"],
                                 "At its end": ["2025-03-31"], "Too late": [""]})
        report = self.take(self.write(
            "Indicator\t2022/23\tDirection of travel\nGoes up\t1\t\u2191\nGoes down\t2\tDown\n"
            "Stays\t3\tSame\nFalls\t4\t\u25bc\n"), plan)
        found = {r.benchmark.indicator.split("/")[1]: pb.Trajectory.Name(r.benchmark.trajectory)
                 for r in self.of_report(report, "benchmarks").values()}
        self.assertEqual(found, {"goes-up": "TRAJECTORY_IMPROVING", "stays": "TRAJECTORY_STABLE",
                                 "goes-down": "TRAJECTORY_DECLINING",
                                 "falls": "TRAJECTORY_DECLINING"})
        self.take(self.write("Risk ID,Risk Description,Likelihood,Impact,Next Review\n"
                             "WT1,Words are misread,2,3,March 2025\n", "r.csv"), plan)
        self.assertEqual(self.api.get("risks/wt1").risk.review_date, "2025-03-31")

    def test_too_many_rows_are_told_quickly(self):
        plan, new = self.new_plan()
        path = self.write("Indicator\t2020/21\n" + "Row\t1\n" * 500000)
        self.assertIn("more than 50000 rows", self.take(path, plan, *new, code=1))

    def test_files_that_are_no_tables(self):
        plan, new = self.new_plan()
        seq = self.api.seq()
        for data, word in ((b"", "empty"), (b" \n\n", "empty"), (b"PK\x03\x04rest", "workbook"),
                           (os.urandom(5000), "binary"), (b"Only prose.\nNo table.\n", "no table"),
                           (b"a\x00b", "binary"), (b"%PDF-1.7\n", "PDF")):
            self.assertIn(word, self.take(self.write(data), plan, *new, code=1))
        big = os.path.join(self.daemon.dir, "big.tsv")
        with open(big, "wb") as f:
            f.truncate(100 << 20)
        self.assertIn("16 MiB", self.take(big, plan, *new, code=1))
        os.remove(big)
        self.assertIn("No such file", self.daemon.provost(
            "import", "/nonexistent.tsv", "--plan", plan, code=None).err)
        self.take(self.write(tsv(ACTIONS)), "no-such-plan", code=3)
        self.daemon.provost("import", self.write(tsv(ACTIONS)), code=2)
        self.assertEqual(self.api.seq(), seq)

    def test_partial_leaves_out_what_is_unknown(self):
        plan, new = self.new_plan()
        path = self.write("Foo\tBar\tBaz\n1\tb\tc\n2\td\te\n\nThen a text.\n\n"
                          "Action\tBy when\nGo on\tTBC\n")
        self.take(path, plan, *new, code=1)
        report = self.take(path, plan, "--partial", *new)
        self.assertTrue(report["written"])
        self.assertEqual(report["cells"]["notUnderstood"], 9)

    def test_many_rows(self):
        plan, new = self.new_plan()
        n = harness.scaled(2500, 200)
        rows = ["Code\tIndicator\t2019/20\t2020/21\tTarget 2021/22"]
        rows += [f"MR {i}\tMeasure of many, number {i}\t{i}\t{i + 1}\t{i + 2}" for i in range(n)]
        path = self.write("\n".join(rows))
        report = self.take(path, plan, *new)
        self.assertEqual(report["outcomes"]["created"], 5 * n + 1)
        report = self.take(path, plan)
        self.assertEqual(report["outcomes"]["unchanged"], len(report["resources"]))
        self.assertFalse(report["written"])


class Documents(Tables):
    """Whole documents, as they are."""

    def again(self, path, plan):
        seq = self.api.seq()
        report = self.take(path, plan)
        self.assertEqual(self.outcomes(report, "created") + self.outcomes(report, "changed"), 0)
        self.assertEqual(self.api.seq(), seq)

    def states(self, report):
        found = collections.Counter()
        for name, r in {**self.of_report(report, "observations"),
                        **self.of_report(report, "targets")}.items():
            body = r.observation if name.startswith("observations") else r.target
            found[harness.pb.resources.ValueState.Name(body.state).split("_", 2)[2]] += 1
        return found

    def test_dundee(self):
        report = self.take(DUNDEE_TEXT, "cex", "--new-plan", "CEX 2021-24")
        self.assertEqual(report["cells"]["notUnderstood"], 0)
        self.assertEqual(self.states(report), {"VALUE": 59, "BLANK": 31, "DASH": 6,
                                               "UNDER_DEVELOPMENT": 2})
        self.assertEqual(len(self.of_report(report, "indicators")), 14)
        self.assertEqual([t["items"] for t in report["tables"]], [9, 14, 31])
        actions = self.of_report(report, "actions")
        self.assertEqual(len(actions), 31)
        award = next(a.action for a in actions.values() if "OSCAs" in a.action.title)
        self.assertTrue(award.title.endswith("in particular the COSLA Excellence and Scottish "
                                             "Public Service Awards"))
        self.assertEqual(list(award.leads), ["posts/head-of-chief-executives-service",
                                             "posts/corporate-planning-officer"])
        self.assertEqual([d.label for d in award.deadlines], ["Internal", "External"])
        last = next(a.action for a in actions.values() if "complaint handling" in a.action.title)
        self.assertEqual(last.deadline_verbatim, "September 2021")
        plans = [p.plan for p in self.of_report(report, "plans").values()]
        self.assertEqual(sum(1 for p in plans if p.end_verbatim), 9)
        communications = next(p for p in plans if p.title.startswith("Communications"))
        self.assertTrue(communications.summary.endswith(
            "how we are using dialogue and digital media to empower communities."))
        self.again(DUNDEE_TEXT, "cex")

    def test_dundee_over_the_bundle(self):
        daemon = harness.Daemon(tcp=False).start()
        try:
            daemon.provost("import", harness.DUNDEE)
            report = json.loads(daemon.provost("-o", "json", "import", DUNDEE_TEXT, "--plan",
                                               "cex-2021-24").out)
            created = [r["name"] for r in report["resources"] if r["outcome"] == "created"]
            self.assertEqual([n for n in created if not n.startswith("links/contributes/")], [])
        finally:
            daemon.finish()

    def test_stoke(self):
        report = self.take(STOKE_TEXT, "stoke", "--new-plan", "Stronger Together")
        self.assertEqual(report["cells"]["notUnderstood"], 0)
        pb = harness.pb.resources
        measures = self.of_report(report, "indicators")
        classes = collections.Counter(getattr(r.indicator, "class") for r in measures.values())
        self.assertEqual(classes, {pb.INDICATOR_CLASS_POPULATION_OUTCOME: 53,
                                   pb.INDICATOR_CLASS_PROCESS: 26})
        codes = {r.indicator.code for r in measures.values()}
        self.assertTrue({"EP 21a", "EP3", "HB 6a", "Vul 10b", "COU 1", "VUL 18"} <= codes)
        self.assertEqual(len(self.of_report(report, "objectives")), 5)
        benchmarks = {b.benchmark.indicator: b.benchmark
                      for b in self.of_report(report, "benchmarks").values()}
        self.assertEqual(len(benchmarks), 79)
        roads = benchmarks["indicators/com-1"]
        self.assertEqual((roads.position, roads.position_qualifier, roads.trajectory),
                         (pb.BENCHMARK_POSITION_BELOW, "except unclassified roads",
                          pb.TRAJECTORY_DECLINING))
        self.assertTrue(all(b.trajectory for b in benchmarks.values()))
        links = [n for n in (r["name"] for r in report["resources"]) if n.startswith("links/")]
        self.assertEqual(len(links), 79)
        self.assertEqual(len({n.split("/objectives/")[1] for n in links}), 5)
        self.again(STOKE_TEXT, "stoke")

    def test_one_table_cut_out(self):
        """A user pastes the last table only."""
        with open(DUNDEE_TEXT, encoding="utf-8") as f:
            text = f.read()
        path = self.write(text[text.index("ACTIONS\n\nStrategic Priority"):])
        report = self.take(path, "cut", "--new-plan", "Cut out", "--dry-run")
        self.assertEqual([t["items"] for t in report["tables"]], [31])
        path = self.write(re.sub(r"\n", "\r\n", text).encode("cp1252"))
        report = self.take(path, "cut", "--new-plan", "Cut out", "--dry-run")
        self.assertEqual([t["items"] for t in report["tables"]], [9, 14, 31])


if __name__ == "__main__":
    harness.main()
