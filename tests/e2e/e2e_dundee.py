#!/usr/bin/python3
"""The plan of a real council: imported, its scorecard as MODEL.md works it out, imported again."""
import collections
import csv
import os
import re
import shutil

import harness
from harness import DUNDEE, PLAN

IMPROVING, WORSE, UNKNOWN = ("TREND_DIRECTION_" + d for d in
                             ("IMPROVING", "GETTING_WORSE", "UNKNOWN"))

# MODEL.md section 5 for 2020/21: value, target, status, shortfall per cent, then the short trend of
# section 6 against 2019/20.
ROWS = {
    "living-wage-employers": ("", "81", "UNKNOWN", "", UNKNOWN),
    "city-plan-indicators": ("", "", "UNKNOWN", "", UNKNOWN),
    "council-plan-indicators": ("", "", "UNKNOWN", "", UNKNOWN),
    "bvar-actions": ("73", "70", "OK", "-4.2857", UNKNOWN),
    "cftf-actions": ("55", "75", "ALERT", "26.6667", IMPROVING),
    "nec-smartcards": ("66342", "", "NO_TARGET", "", WORSE),
    "over60-concessionary": ("", "", "UNKNOWN", "", UNKNOWN),
    "attraction-visits": ("", "", "UNKNOWN", "", UNKNOWN),
    "social-followers": ("60769", "45000", "OK", "-35.0422", IMPROVING),
    "marketing-engagement": ("45000", "50000", "ALERT", "10.0000", UNKNOWN),
    "foi-cex": ("98.7", "100", "WARNING", "1.3000", IMPROVING),
    "stage1-cex": ("100", "90", "OK", "-11.1111", IMPROVING),
    "stage1-council": ("77.3", "90", "ALERT", "14.1111", WORSE),
    "sickness-cex": ("4.69", "4.5", "WARNING", "4.2222", IMPROVING),
}
SIZES = {"objectives": 9, "indicators": 14, "actions": 31}


class Dundee(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.imported = cls.daemon.json("import", DUNDEE, "--reason", "first load")
        cls.card = cls.daemon.json("scorecard", PLAN, "--period", "2020-21")
        cls.rows = {r["indicator"].split("/")[1]: r for r in cls.card["rows"]}

    def test_counts(self):
        self.assertEqual(self.card["counts"], {"ok": 3, "warning": 2, "alert": 3, "noTarget": 1,
                                               "unknown": 5, "dataOnly": 0})

    def test_percentages_with_count_and_denominator(self):
        share = self.card["onTarget"]
        self.assertEqual((share["count"], share["denominator"], share["percent"]),
                         (3, 8, "37.5"))
        share = self.card["improvingOrMaintained"]
        self.assertEqual((share["count"], share["denominator"], share["percent"]),
                         (5, 7, "71.4"))
        for share in (self.card["onTarget"], self.card["improvingOrMaintained"]):
            self.assertTrue(share["rule"])

    def test_rows(self):
        self.assertEqual(set(self.rows), set(ROWS))
        for name, (value, target, status, percent, trend) in ROWS.items():
            row = self.rows[name]
            with self.subTest(name):
                self.assertEqual((row["value"], row["target"], row["status"],
                                  row["shortfallPercent"]),
                                 (value, target, "RAG_STATUS_" + status, percent))
                self.assertEqual(row["shortTrend"]["direction"], trend)
                self.assertTrue(row["title"])

    def test_unknown_says_why(self):
        for name, row in self.rows.items():
            with self.subTest(name):
                self.assertEqual(bool(row["statusReason"]),
                                 row["status"] == "RAG_STATUS_UNKNOWN", row)
                self.assertEqual(bool(row["shortTrend"]["reason"]),
                                 row["shortTrend"]["direction"] == UNKNOWN, row["shortTrend"])

    def test_trend_against(self):
        trend = self.rows["nec-smartcards"]["shortTrend"]
        self.assertEqual((trend["againstPeriod"], trend["againstValue"], trend["changePercent"]),
                         ("2019-20", "68740", "-3.4885"))
        self.assertEqual(self.rows["stage1-council"]["shortTrend"]["changePercent"], "-1.7789")
        self.assertEqual(self.rows["foi-cex"]["valueVerbatim"], "98.7%")

    def test_year_before(self):
        card = self.daemon.json("scorecard", PLAN, "-p", "2019/20")
        rows = {r["indicator"].split("/")[1]: r for r in card["rows"]}
        self.assertEqual(card["period"], "2019-20")
        nec = rows["nec-smartcards"]
        self.assertEqual((nec["status"], float(nec["shortfallPercent"])), ("RAG_STATUS_OK", 0))
        self.assertEqual(nec["targetKind"], "TARGET_KIND_BASELINE")
        self.assertEqual(rows["over60-concessionary"]["valueState"],
                         "VALUE_STATE_UNDER_DEVELOPMENT")

    def test_tolerance_boundary_is_warning(self):
        """MODEL.md section 5: with r = 10 % marketing-engagement is exactly on the boundary."""
        name = "indicators/marketing-engagement"
        before = self.api.seq()
        self.daemon.provost("set", name, "tolerance_red=10%", "--reason", "boundary")
        card = self.daemon.json("scorecard", PLAN, "-p", "2020-21")
        self.assertEqual((card["counts"]["warning"], card["counts"]["alert"]), (3, 2))
        old = self.daemon.json("--as-of", before, "scorecard", PLAN, "-p", "2020-21")
        self.assertEqual(old["counts"], self.card["counts"])
        self.daemon.provost("set", name, "tolerance_red=", "--reason", "as it was")

    def test_materiality(self):
        """MODEL.md section 6: with m = 5 % the two that fell are unchanged."""
        for name in ("nec-smartcards", "stage1-council"):
            self.daemon.provost("set", "indicators/" + name, "trend_materiality=5%")
        card = self.daemon.json("scorecard", PLAN, "-p", "2020-21")
        share = card["improvingOrMaintained"]
        self.assertEqual((share["count"], share["denominator"], share["percent"]),
                         (7, 7, "100.0"))
        for name in ("nec-smartcards", "stage1-council"):
            self.daemon.provost("set", "indicators/" + name, "trend_materiality=")

    def test_sizes_and_states(self):
        sizes = {c["collection"]: int(c["size"]) for c in self.daemon.json("status")["collections"]}
        for collection, size in SIZES.items():
            self.assertEqual(sizes[collection], size, collection)
        states = collections.Counter()
        for collection in ("observations", "targets"):
            for item in self.daemon.json("list", collection)["resources"]:
                body = item[collection[:-1]]
                states[body["state"]] += 1
                self.assertEqual(body["state"] == "VALUE_STATE_VALUE", body["value"] != "", item)
        self.assertEqual(states, {"VALUE_STATE_VALUE": 59, "VALUE_STATE_BLANK": 31,
                                  "VALUE_STATE_DASH": 6, "VALUE_STATE_UNDER_DEVELOPMENT": 2})

    def test_actions_understood(self):
        actions = {a["action"]["position"]: a["action"]
                   for a in self.daemon.json("list", "actions")["resources"]}
        self.assertEqual(len(actions), 31)
        kinds = collections.Counter(d["kind"].replace("DEADLINE_KIND_", "")
                                    for a in actions.values() for d in a["deadlines"])
        self.assertEqual(kinds, {"EXACT": 10, "MONTH": 8, "SEASON": 1, "WINDOW": 2,
                                 "RECURRING": 5, "EXACT_THEN_RECURRING": 1, "ONGOING": 2,
                                 "TBC": 1, "INVALID": 2})
        wrong = {d["verbatim"] for a in actions.values() for d in a["deadlines"]
                 if d["kind"] == "DEADLINE_KIND_INVALID"}
        self.assertIn("30 January 202", wrong)
        self.assertTrue(any("meet deadlines for applications" in w for w in wrong), wrong)
        self.assertTrue(all(a["leads"] for a in actions.values()))

    def test_cells_are_kept_verbatim(self):
        """Whatever was understood, every cell of the bundle is there as it was written."""
        for collection in ("actions", "plans", "indicators", "observations", "targets"):
            have = {r["name"]: r[collection[:-1]]
                    for r in self.daemon.json("list", collection)["resources"]}
            with open(os.path.join(DUNDEE, collection + ".csv"), encoding="utf-8",
                      newline="") as f:
                for row in csv.DictReader(f):
                    key = row.get("id") or row["indicator"].split("/")[1] + "/" + row["period"] + (
                        "/" + row["kind"].lower() if row.get("kind") else "")
                    for column, cell in row.items():
                        if "verbatim" in column:
                            camel = re.sub("_(.)", lambda m: m.group(1).upper(), column)
                            self.assertEqual(have[f"{collection}/{key}"][camel], cell)

    def test_import_again_changes_nothing(self):
        seq = self.api.seq()
        again = self.daemon.json("import", DUNDEE)
        self.assertEqual(self.api.seq(), seq)
        outcomes = collections.Counter(r["outcome"] for r in again["results"])
        self.assertEqual(set(outcomes), {"OUTCOME_UNCHANGED"})
        self.assertEqual(len(again["results"]), len(self.imported["results"]))

    def test_import_is_one_logged_change(self):
        outcomes = collections.Counter(r["outcome"] for r in self.imported["results"])
        self.assertEqual(set(outcomes), {"OUTCOME_CREATED"})
        log = self.daemon.json("log", "--to-seq", self.imported["seq"])
        self.assertEqual(len(log["changes"]), 1)
        self.assertEqual(log["changes"][0]["reason"], "first load")
        self.assertEqual(len(log["changes"][0]["items"]), len(self.imported["results"]))

    def test_dry_run_writes_nothing(self):
        seq = self.api.seq()
        copy = os.path.join(self.daemon.dir, "bundle")
        shutil.copytree(DUNDEE, copy)
        with open(os.path.join(copy, "observations.csv"), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(copy, "observations.csv"), "w", encoding="utf-8") as f:
            f.write(text.rstrip("\n") + "\nindicators/foi-cex,2018-19,,91.2%\n")
        try:
            dry = self.daemon.json("import", copy, "--dry-run")
            self.assertTrue(dry["validatedOnly"])
            made = [r["name"] for r in dry["results"] if r["outcome"] == "OUTCOME_CREATED"]
            self.assertEqual(made, ["observations/foi-cex/2018-19"])
            self.assertEqual(self.api.seq(), seq)
        finally:
            shutil.rmtree(copy)


if __name__ == "__main__":
    harness.main()
