#!/usr/bin/python3
"""Bundles out: exported, imported into an empty register and exported again they are the same, and
they are what Data Package and Table Schema say."""
import csv
import filecmp
import json
import os
import re
import shutil
import tempfile
import unittest

import bundle_schema
import harness
from harness import DUNDEE, PLAN, ROOT

TEXT = 'first line\nsecond "quoted", with comma\n\nfourth: Dùn Dè, £1 – ½ …'

# A register with every kind, and with what is awkward in each.
BUNDLE = {
    "organisations": [
        {"id": "council", "title": "The Council", "kind": "COUNCIL", "aliases": '["City","Dè"]',
         "tags": '["a,b","c"]', "valid_from": "1996-04-01"},
        {"id": "a-service", "title": "A service", "kind": "SERVICE",
         "parent": "organisations/council", "succeeded_by": "organisations/z-service"},
        {"id": "z-service", "title": "Z", "kind": "SERVICE", "parent": "organisations/council",
         "significant": "true"},
        {"id": "body", "title": "Committee", "kind": "COMMITTEE"}],
    "posts": [{"id": "chief", "title": "Chief", "organisation": "organisations/a-service",
               "holders": '[{"name":"Ann \\"A\\" Other","from":"2020-01-01"}]'}],
    "plans": [
        {"id": "p", "title": "Plan", "kind": "COUNCIL_PLAN", "owner": "posts/chief",
         "period": "2021-24", "review_verbatim": "Every Four Years and bi annual progress review",
         "end_verbatim": "April 2021 (current Plan) April 2025 (new Plan)",
         "max_priorities": "5"},
        {"id": "other", "title": "Other", "owner": "organisations/council", "period": "2021-24"},
        {"id": "un", "title": "UN goals", "kind": "REFERENCE_FRAMEWORK"}],
    "objectives": [
        {"id": "top", "title": "Top", "plan": "plans/p", "code": "1", "position": "1"},
        {"id": "low", "title": "Low", "plan": "plans/p", "parent": "objectives/top",
         "statement": TEXT},
        {"id": "goal", "title": "Goal 10", "plan": "plans/un"},
        {"id": "theirs", "title": "Theirs", "plan": "plans/other"}],
    "indicators": [
        {"id": "up", "title": "Up", "unit": "NUMBER", "polarity": "MAX", "frequency": "QUARTERLY",
         "owner": "posts/chief", "tolerance_red": "5%",
         "definitions": '[{"fromPeriod":"2022-23","polarity":"POLARITY_MIN",'
                        '"toleranceAmber":"2","reason":"as \\"agreed\\""}]'},
        {"id": "down", "title": "Down", "unit": "PERCENT", "polarity": "MIN",
         "frequency_verbatim": "6 Monthly"},
        {"id": "made", "title": "Made", "unit": "NUMBER", "formula": "up * 2 + down@prev",
         "null_policy": "SKIP"},
        {"id": "input-only", "title": "Input", "unit": "NUMBER"},
        {"id": "second", "title": "Second", "unit": "NUMBER", "formula": "input-only + up"},
        {"id": "counted", "title": "Counted", "unit": "PERCENT",
         "computed": "actions-on-schedule:plans/p"},
        {"id": "theirs", "title": "Theirs", "unit": "NUMBER",
         "parts": '["indicators/up","indicators/down"]'},
        {"id": "range", "title": "Range", "unit": "NUMBER", "polarity": "RANGE"}],
    "targets": [
        {"indicator": "indicators/up", "period": "2021-22", "verbatim": ">= 90"},
        {"indicator": "indicators/up", "period": "2021-22", "kind": "FINAL", "verbatim": "100"},
        {"indicator": "indicators/down", "period": "2021/22", "verbatim": "<10%",
         "note": "n"},
        {"indicator": "indicators/down", "period": "2022/23", "verbatim": "-"},
        {"indicator": "indicators/up", "period": "2022-23", "value": "7.50",
         "operator": "AT_MOST"},
        {"indicator": "indicators/range", "period": "2022-23", "verbatim": "3 - 5"}],
    "observations": [
        {"indicator": "indicators/up", "period": "2021-22.q1", "verbatim": "68,740",
         "note": TEXT},
        {"indicator": "indicators/up", "period": "2021-22.q2", "verbatim": "1,001 (p)"},
        {"indicator": "indicators/up", "period": "2021-22.q2", "breakdown": "area=lochee",
         "verbatim": "400"},
        {"indicator": "indicators/up", "period": "2021-22.q3", "verbatim": "Under Development"},
        {"indicator": "indicators/up", "period": "2021-22.q4", "verbatim": "[c]"},
        {"indicator": "indicators/up", "period": "2022-23.q1", "verbatim": ""},
        {"indicator": "indicators/input-only", "period": "2021-22.q2", "verbatim": "5"},
        {"indicator": "indicators/down", "period": "2021-22.q1", "numerator": "1",
         "denominator": "4"},
        {"indicator": "indicators/down", "period": "2021-22.q2", "verbatim": "4.50%",
         "workflow": "APPROVED", "source_system": "csv"}],
    "actions": [
        {"id": "a1", "title": "Do it", "plan": "plans/p", "leads": '["posts/chief"]',
         "contributors": '["organisations/body"]', "benefit_amount": "12.50",
         "benefit_period": "2022/23",
         "deadline_verbatim": "Internal – June 2021 External – meet deadlines for applications"},
        {"id": "a2", "title": "Twice", "plan": "plans/p", "parent": "actions/a1",
         "deadline_verbatim": "June and December 2022", "outcomes": '["one","two\\nlines"]'},
        {"id": "a3", "title": "Often", "plan": "plans/p", "status": "COMPLETED",
         "completed_on": "2022-01-31", "progress": "100",
         "deadline_verbatim": "By 31 March 2022 and annually thereafter"},
        {"id": "a4", "title": "Listed", "plan": "plans/p",
         "deadlines": '[{"verbatim":"June"},{"verbatim":"December 2022","label":"Ext.",'
                      '"statutory":true}]'},
        {"id": "a5", "title": "Marked", "plan": "plans/p",
         "deadline_verbatim": "**Draft:** June 2021, <b>Final</b> - 1 March 2022; Review: TBC"}],
    "links": [
        {"from": "indicators/up", "to": "objectives/low", "kind": "MEASURES", "position": "1"},
        {"from": "indicators/down", "to": "plans/p", "kind": "MEASURES"},
        {"from": "indicators/second", "to": "plans/p", "kind": "MEASURES"},
        {"from": "indicators/made", "to": "objectives/theirs", "kind": "MEASURES"},
        {"from": "actions/a1", "to": "objectives/low", "kind": "DELIVERS", "qualifier": TEXT},
        {"from": "actions/a2", "none": "true", "kind": "DELIVERS"},
        {"from": "actions/a1", "to": "risks/r", "kind": "MITIGATES"},
        {"from": "plans/p", "to": "plans/un", "kind": "CONTRIBUTES"},
        {"from": "objectives/top", "to": "objectives/goal", "kind": "CONTRIBUTES"},
        {"from": "organisations/z-service", "to": "objectives/top",
         "kind": "RESPONSIBLE_PRIMARY"},
        {"from": "notes/n", "to": "actions/a3", "kind": "EVIDENCE"}],
    "notes": [
        {"id": "n", "subject": "observations/up/2021-22.q1", "period": "2021/22",
         "kind": "COMMENTARY", "text": TEXT},
        {"id": "m", "subject": "links/measures/indicators/down/plans/p", "text": "\n,\"'",
         "visibility": "INTERNAL"}],
    "benchmarks": [
        {"indicator": "indicators/up", "period": "2021/22", "comparator": "Family Group 3",
         "comparator_kind": "FAMILY_GROUP", "value": "70.10", "group_values": '["1","2.50"]'},
        {"indicator": "indicators/down", "comparator": "average",
         "position_verbatim": "<b>Above Average</b>, except unclassified roads",
         "trajectory_verbatim": "Not available (new measure)"}],
    "risks": [
        {"id": "r", "title": "Risk", "owner": "posts/chief", "plans": '["plans/p","plans/other"]',
         "original": '{"likelihood":5,"impact":4,"scoredOn":"2021-04-01"}',
         "current": '{"likelihood":3}', "controls": '["a","b"]', "review_date": "2022-04-01"}],
    "budget-lines": [
        {"id": "b1", "title": "Line", "subject": "objectives/low", "category": "REVENUE",
         "basis": "BUDGET", "period": "2021/22", "scale": "MILLION", "verbatim": "(£1.159)",
         "total": "budget-lines/sum"},
        {"id": "sum", "title": "Sum", "subject": "organisations/council", "date": "2022-03-31",
         "verbatim": "£12,000"},
        {"id": "tbc", "title": "None", "subject": "plans/p", "period": "2022/23",
         "verbatim": "TBC"}],
    "reporting-periods": [
        {"plan": "plans/p", "period": "2021-22.q1", "due_date": "2021-07-15"},
        {"plan": "plans/p", "period": "2021-22.q2", "state": "LOCKED"},
        {"plan": "plans/p", "period": "2020-21", "state": "PUBLISHED"}],
    "decisions": [{"id": "d", "title": "Approved", "plan": "plans/p", "body": "organisations/body",
                   "date": "2021-06-07", "report_number": "162-2021", "outcome": "AMENDED",
                   "text": TEXT}],
}


def write_bundle(directory, bundle):
    os.mkdir(directory)
    for collection, rows in bundle.items():
        titles = list(dict.fromkeys(t for row in rows for t in row))
        with open(os.path.join(directory, collection + ".csv"), "w", encoding="utf-8",
                  newline="") as f:
            writer = csv.DictWriter(f, titles, restval="")
            writer.writeheader()
            writer.writerows(rows)


class Export(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="provost-export-")
        self.daemons = []

    def tearDown(self):
        for daemon in self.daemons:
            daemon.finish()
        shutil.rmtree(self.dir)

    def daemon(self):
        daemon = harness.Daemon().start()
        self.daemons.append(daemon)
        return daemon

    def path(self, name):
        return os.path.join(self.dir, name)

    def filled(self):
        """A daemon with every kind, and a state that only steps lead to."""
        daemon = self.daemon()
        write_bundle(self.path("in"), BUNDLE)
        daemon.provost("import", self.path("in"))
        daemon.provost("set", "reporting-periods/p/2021-22.q3", "plan=plans/p",
                       "period=2021-22.q3", "state=LOCKED", "--create")
        reopen = ("set", "reporting-periods/p/2021-22.q3", "state=OPEN", "--reason",
                  "late figures")
        asked = re.search(r"--approve (\w+)", daemon.provost(*reopen).err).group(1)
        daemon.provost(*reopen, "--approve", asked, code=4)  # alone nobody may
        harness.provost(*reopen, "--approve", asked, server=daemon.tcp)
        return daemon

    def assert_same(self, left, right):
        names = sorted(os.listdir(self.path(left)))
        self.assertEqual(names, sorted(os.listdir(self.path(right))))
        _, different, errors = filecmp.cmpfiles(self.path(left), self.path(right), names, False)
        for name in different:
            with open(os.path.join(self.path(left), name), encoding="utf-8") as a, \
                    open(os.path.join(self.path(right), name), encoding="utf-8") as b:
                self.assertEqual(a.read(), b.read(), name)
        self.assertEqual(errors, [])

    def round_trip(self, daemon, *flags):
        """Exports, imports elsewhere, exports there; all files must be the same."""
        daemon.provost("export", self.path("one"), *flags)
        self.assertEqual(bundle_schema.problems(self.path("one")), [])
        other = self.daemon()
        other.provost("import", self.path("one"), "--reason", "moved")
        other.provost("export", self.path("two"), *flags)
        self.assert_same("one", "two")
        again = other.json("import", self.path("one"), "--reason", "again")
        self.assertEqual({r["outcome"] for r in again["results"]}, {"OUTCOME_UNCHANGED"},
                         [r for r in again["results"] if r["outcome"] != "OUTCOME_UNCHANGED"])
        return other

    def rows(self, name, directory="one"):
        with open(os.path.join(self.path(directory), name), encoding="utf-8", newline="") as f:
            return {r["id"]: r for r in csv.DictReader(f)}

    def test_dundee(self):
        daemon = self.daemon()
        daemon.provost("import", DUNDEE, "--reason", "first")
        self.round_trip(daemon)

    def test_every_kind(self):
        daemon = self.filled()
        self.round_trip(daemon)
        with open(os.path.join(self.path("one"), "datapackage.json"), encoding="utf-8") as f:
            package = json.load(f)
        self.assertEqual({r["name"] for r in package["resources"]}, set(BUNDLE))
        for name in os.listdir(self.path("one")):
            with open(os.path.join(self.path("one"), name), "rb") as f:
                self.assertNotIn(b"\r", f.read(), name)
        self.assertEqual(self.rows("notes.csv")["n"]["text"], TEXT)
        self.assertEqual(self.rows("observations.csv")["made/2021-22.q2"]["source_system"],
                         "formula")
        periods = self.rows("reporting-periods.csv")
        self.assertEqual({i: r["state"] for i, r in periods.items()},
                         {"p/2020-21": "PUBLISHED", "p/2021-22.q1": "OPEN",
                          "p/2021-22.q2": "LOCKED", "p/2021-22.q3": "OPEN"})
        self.assertEqual(periods["p/2021-22.q3"]["reopen_reason"], "late figures")
        deadlines = json.loads(self.rows("actions.csv")["a1"]["deadlines"])
        self.assertEqual([d["verbatim"] for d in deadlines],
                         ["Internal – June 2021", "External – meet deadlines for applications"])
        self.assertNotIn("published_seq", periods["p/2020-21"])
        for collection, rows in BUNDLE.items():
            titles = {t for r in rows for t in r}
            found = self.rows(collection + ".csv")
            self.assertLessEqual(titles, set(next(iter(found.values()))), collection)
            names = [r["name"] for r in found.values()]
            self.assertEqual(names, sorted(names, key=str.encode))

    def test_schema_knows_what_the_daemon_knows(self):
        """References and required fields of service/catalog.c stand in the schema."""
        daemon = self.filled()
        daemon.provost("export", self.path("one"))
        with open(os.path.join(self.path("one"), "datapackage.json"), encoding="utf-8") as f:
            schemas = {r["name"]: {c["name"]: c for c in r["schema"]["fields"]}
                       for r in json.load(f)["resources"]}
        with open(os.path.join(ROOT, "daemon", "service", "catalog.c"), encoding="utf-8") as f:
            source = f.read()
        lists = dict(re.findall(r"(to_\w+)\[\] = \{([^}]*)\}", source))
        for table, body in re.findall(r"catalog_field (\w+)_fields\[\] = \{(.*?)\n\};", source,
                                      re.S):
            fields = schemas[table.replace("_", "-") + "s"]
            for name, flags, targets in re.findall(r'\{"(\w+)", ([^,]*), (\w+), NULL\}', body):
                with self.subTest(table=table, field=name):
                    if name not in fields:
                        continue
                    field = fields[name]
                    constraints = field.get("constraints", {})
                    self.assertEqual("CATALOG_REQUIRED" in flags,
                                     constraints.get("required", False))
                    self.assertEqual("CATALOG_DATE" in flags, field["type"] == "date")
                    wanted = re.findall(r'"([^"]+)"', lists.get(targets, ""))
                    self.assertEqual(set(wanted), set(field.get("x-references", [])))

    def test_plan(self):
        other = self.round_trip(self.filled(), "--plan", "p")
        self.assertEqual(set(self.rows("plans.csv")), {"p", "other", "un"})
        self.assertEqual(set(self.rows("objectives.csv")), {"top", "low"})
        self.assertEqual(set(self.rows("indicators.csv")), {"up", "down", "second", "input-only"})
        self.assertEqual(set(self.rows("organisations.csv")),
                         {"council", "a-service", "z-service", "body"})
        self.assertEqual(set(self.rows("budget-lines.csv")), {"b1", "sum", "tbc"})
        self.assertEqual(set(self.rows("notes.csv")), {"n", "m"})
        links = self.rows("links.csv")
        self.assertIn("delivers/actions/a2/none", links)
        self.assertIn("responsible-primary/organisations/z-service/objectives/top", links)
        self.assertIn("evidence/notes/n/actions/a3", links)
        self.assertFalse([i for i in links if "goal" in i or "theirs" in i])
        self.assertEqual(other.json("list", "risks")["resources"][0]["name"], "risks/r")
        missing = other.provost("export", self.path("none"), "--plan", "nothing", code=3)
        self.assertIn("plans/nothing", missing.err)
        self.assertFalse(os.path.exists(self.path("none")))

    def test_plan_of_dundee(self):
        daemon = self.daemon()
        daemon.provost("import", DUNDEE, "--reason", "first")
        self.round_trip(daemon, "--plan", PLAN)

    def test_as_of_and_replacing(self):
        daemon = self.filled()
        seq = int(daemon.json("export", self.path("one"))["seq"])
        daemon.provost("set", "plans/p", "title=Renamed")
        daemon.provost("delete", "decisions/d")
        report = daemon.provost("export", self.path("one")).out
        self.assertIn(f"as of seq {seq + 2}", report)
        self.assertEqual(self.rows("plans.csv")["p"]["title"], "Renamed")
        self.assertFalse(os.path.exists(os.path.join(self.path("one"), "decisions.csv")))
        daemon.provost("--as-of", seq, "export", self.path("then"))
        self.assertEqual(self.rows("plans.csv", "then")["p"]["title"], "Plan")
        self.assertIn("d", self.rows("decisions.csv", "then"))
        self.assertFalse([n for n in os.listdir(self.path("one")) if "tmp" in n])

    def write_large(self, indicators):
        """More than a request holds, with references ahead of what they point at."""
        os.mkdir(self.path("large"))

        def put(name, *lines):
            with open(os.path.join(self.path("large"), name), "w", encoding="utf-8") as out:
                out.writelines(line + "\n" for line in lines)

        put("indicators.csv", "id,title,formula", "aa-sum,Sum,large-0 + large-1",
            *(f"large-{n},Indicator {n}," for n in range(indicators)))
        put("observations.csv", "indicator,period,verbatim,note",
            *(f"indicators/large-{n},{2010 + m // 12}-{m % 12 + 1:02d},{n * m},{'x' * 200}"
              for n in range(indicators) for m in range(120)))
        put("risks.csv", "id,title", "r,Risk")
        put("plans.csv", "id,title,owner", "p,Plan,organisations/o")
        put("organisations.csv", "id,title", "o,Organisation")
        put("notes.csv", "id,subject,text", "n,risks/r,About it")
        put("links.csv", "from,to,kind", "organisations/o,risks/r,RESPONSIBLE_PRIMARY",
            "notes/n,risks/r,EVIDENCE", "indicators/large-0,objectives/nothing,MEASURES")

    def test_a_large_bundle_goes_in_whole_or_not_at_all(self):
        indicators = harness.scaled(130, 90)
        self.write_large(indicators)
        daemon = self.daemon()
        refused = daemon.provost("import", self.path("large"), code=1)
        self.assertIn("links.csv:4:2 (to)", refused.err)
        self.assertIn("Nothing was written", refused.err)
        self.assertEqual(daemon.api().seq(), 0)
        links = os.path.join(self.path("large"), "links.csv")
        with open(links, encoding="utf-8") as source:
            lines = source.readlines()
        with open(links, "w", encoding="utf-8") as out:
            out.writelines(lines[:-1])
        daemon.provost("import", self.path("large"), "--dry-run")
        self.assertEqual(daemon.api().seq(), 0)
        done = daemon.provost("import", self.path("large"))
        self.assertIn(f"{indicators * 121 + 7} rows", done.out)
        self.assertGreater(daemon.api().seq(), 1)
        self.round_trip(daemon)

    def test_a_file_that_is_too_large(self):
        os.mkdir(self.path("huge"))
        with open(os.path.join(self.path("huge"), "notes.csv"), "wb") as out:
            out.truncate(100 << 20)
        refused = self.daemon().provost("import", self.path("huge"), code=1)
        self.assertIn("larger than 64 MiB", refused.err)

    def test_folders_that_will_not_do(self):
        daemon = self.filled()
        os.mkdir(self.path("mine"))
        with open(os.path.join(self.path("mine"), "thesis.txt"), "w", encoding="utf-8") as f:
            f.write("years of work")
        said = daemon.provost("export", self.path("mine"), code=1)
        self.assertIn("is no bundle", said.err)
        self.assertEqual(os.listdir(self.path("mine")), ["thesis.txt"])
        daemon.provost("export", os.path.join(self.path("mine"), "thesis.txt"), code=1)
        daemon.provost("export", os.path.join(self.path("mine"), "no", "where"), code=1)
        os.mkdir(self.path("empty"))
        daemon.provost("export", self.path("empty"))
        empty = self.daemon()
        said = empty.provost("export", self.path("new"), code=1)
        self.assertIn("empty", said.err)

    def test_id_and_name_must_agree(self):
        daemon = self.daemon()
        write_bundle(self.path("in"), {"plans": [
            {"id": "p", "name": "plans/p", "title": "One"}, {"id": "q", "name": "", "title": "Two"},
            {"id": "", "name": "plans/r", "title": "Three"}]})
        daemon.provost("import", self.path("in"))
        self.assertEqual({r["name"] for r in daemon.json("list", "plans")["resources"]},
                         {"plans/p", "plans/q", "plans/r"})
        write_bundle(self.path("bad"), {"plans": [{"id": "p", "name": "plans/x", "title": "?"}]})
        self.assertIn("plans.csv:2:2", daemon.provost("import", self.path("bad"), code=1).err)


if __name__ == "__main__":
    harness.main()
