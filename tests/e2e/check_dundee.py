#!/usr/bin/env python3
"""Checks the bundle examples/dundee without the daemon: that it holds what the document holds
(the numbers stand here, the document is not needed) and that its datapackage.json, an
ordinary Frictionless data package, says what the CSV files are.

    check_dundee.py [DIR]

Prints one line per failure and `N passed, N failed`; exits 1 when something failed."""
import collections
import csv
import json
import os
import re
import sys

ID = r"[a-z0-9._=,~-]+"
NAME = re.compile(rf"[a-z]+(/{ID})+")
NUMBER = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?%?|-?\d+(\.\d+)?%?")
PLAN = "plans/cex-2021-24"
KEYS = {"targets": ("indicator", "period", "kind"), "observations": ("indicator", "period"),
        "links": ("from", "to", "kind")}

# The cells of the indicator table, row by row: baseline 2019/20, target baseline 2019/20,
# 2020/21, then the targets 2020/21 to 2023/24.
CELLS = {
    "living-wage-employers": ["70", "63", "", "81", "105", "", ""],
    "city-plan-indicators": ["63%", "", "", "", "", "", ""],
    "council-plan-indicators": ["61%", "", "", "", "", "", ""],
    "bvar-actions": ["-", "-", "73%", "70%", "80%", "100%", "-"],
    "cftf-actions": ["51%", "50%", "55%", "75%", "100%", "25%", "50%"],
    "nec-smartcards": ["68,740", "68,740", "66,342", "", "", "", ""],
    "over60-concessionary": ["Under Development", "", "", "", "", "", ""],
    "attraction-visits": ["Under development", "", "", "", "", "", ""],
    "social-followers": ["51,313", "45,000", "60,769", "45,000", "68,000", "74,000", "79,000"],
    "marketing-engagement": ["-", "-", "45,000", "50,000", "50,000", "55,000", "60,000"],
    "foi-cex": ["93.8%", "100%", "98.7%", "100%", "100%", "100%", "100%"],
    "stage1-cex": ["66.7%", "90%", "100%", "90%", "90%", "90%", "90%"],
    "stage1-council": ["78.7%", "90%", "77.3%", "90%", "90%", "90%", "90%"],
    "sickness-cex": ["7.63", "-", "4.69", "4.5", "4", "3.5", "3"],
}
COLUMNS = [("observations", "2019-20", None), ("targets", "2019-20", "BASELINE"),
           ("observations", "2020-21", None), ("targets", "2020-21", ""),
           ("targets", "2021-22", ""), ("targets", "2022-23", ""), ("targets", "2023-24", "")]
STRATEGIES = [
    ("City Plan (Local Outcome Improvement Plan)", "2027", "Twice per year."),
    ("The Council's Corporate Plan – The Council Plan 2017 - 2022", "2022", "Twice Per Year"),
    ("Fairness and Child Poverty Action Plan", "May 2022", "Annual"),
    ("Best Value Assurance and Self-Assessment Improvement Plan", "Dec 2021", "Annual"),
    ("Changing for the Future Transformation Plan – C2022", "March 2022", "Twice Per year"),
    ("Communications Strategy 2018 – 2021", "Dec 2021", "Annual"),
    ("Mainstreaming Equalities Outcomes 2021-25", "April 2021 (current Equalities Outcomes) "
     "April 2025 (Mainstreaming Equalities Outcomes 2021-25)",
     "Every Four Years and bi annual progress review."),
    ("Gaelic Language Plan 2020 - 2025", "Sep 2026",
     "Five years after plan, plus annual monitoring report"),
    ("British Sign Language (BSL) Plan 2018-2024", "September 2024",
     "Six years after plan, with bi-annual progress report"),
]
DEADLINES = {
    "30 June 2021": 1, "31 March 2022": 4, "October 2021": 3, "During 2021/22": 2,
    "Annually": 4, "30 January 202": 1, "30 June 2022": 2, "June 2022": 3,
    "Throughout the period of the plan": 2, "By 31 March 2022 and annually thereafter": 1,
    "31 March 2023": 3, "November 2021": 1, "TBC": 1, "Autumn 2021": 1, "September 2021": 1,
    "Internal – organise awards annually\nExternal – meet deadlines for applications": 1,
}
PRIORITIES = [
    "Tackling inequality", "Empowering communities", "Strategic direction",
    "Financial sustainability and transformation", "Best Value and continuous improvement",
    "Strengthening partnership working", "Brexit",
    "Promoting and enhancing the Council's reputation", "Dundee as the place to be",
]
# Actions by the priorities they deliver, as the action table groups them; the merged rows
# count for both.
DELIVERED = {"cex-tackling-inequality": 10, "cex-empowering-communities": 10,
             "cex-strategic-direction": 4, "cex-financial-sustainability": 1,
             "cex-best-value": 3, "cex-partnership-working": 2, "cex-reputation": 5,
             "cex-place-to-be": 5}
# Indicators likewise; the generic ones measure the plan itself.
MEASURED = {"objectives/cex-tackling-inequality": 1, "objectives/cex-empowering-communities": 1,
            "objectives/cex-strategic-direction": 2, "objectives/cex-best-value": 2,
            "objectives/cex-partnership-working": 2, "objectives/cex-reputation": 3,
            "objectives/cex-place-to-be": 3, PLAN: 4}

tally = collections.Counter()


def check(ok, what):
    tally["passed" if ok else "failed"] += 1
    if not ok:
        print(f"FAILED: {what}")


def equal(got, want, what):
    check(got == want, f"{what}: {got!r}, expected {want!r}")


def read_bundle(directory):
    with open(os.path.join(directory, "datapackage.json"), encoding="utf-8") as f:
        package = json.load(f)
    tables, headers = {}, {}
    for resource in package["resources"]:
        path = os.path.join(directory, resource["path"])
        with open(path, encoding="utf-8", newline="") as f:
            rows = csv.reader(f, strict=True)
            headers[resource["name"]] = header = next(rows)
            lines = list(rows)
        check(all(len(line) == len(header) for line in lines), f"{path}: rows are ragged")
        tables[resource["name"]] = [dict(zip(header, line)) for line in lines]
    return package, headers, tables


def cell_error(field, cell):
    """What is wrong with a cell by the Table Schema field, or None."""
    constraints = field.get("constraints", {})
    if cell == "":
        return "is required" if constraints.get("required") else None
    if field["type"] == "integer" and not re.fullmatch(r"-?\d+", cell):
        return "is no integer"
    if field["type"] in ("array", "object"):
        try:
            value = json.loads(cell)
        except ValueError:
            return "is no JSON"
        if not isinstance(value, list if field["type"] == "array" else dict):
            return f"is no {field['type']}"
    if "enum" in constraints and cell not in constraints["enum"]:
        return "is not in the enum"
    if "pattern" in constraints and not re.fullmatch(constraints["pattern"], cell):
        return "does not fit the pattern"
    return None


def check_package(directory, package, headers, tables):
    listed = {r["path"] for r in package["resources"]}
    present = {n for n in os.listdir(directory) if n.endswith(".csv")}
    equal(listed, present, "files in datapackage.json")
    for resource in package["resources"]:
        name, schema = resource["name"], resource["schema"]
        equal(resource["path"], name + ".csv", f"{name}: path")
        equal([f["name"] for f in schema["fields"]], headers[name], f"{name}: header")
        equal(schema["missingValues"], [""], f"{name}: missingValues")
        key = KEYS.get(name, ("id",))
        declared = schema["primaryKey"]
        equal((declared,) if isinstance(declared, str) else tuple(declared), key,
              f"{name}: primaryKey")
        keys = [tuple(row[k] for k in key) for row in tables[name]]
        equal(len(set(keys)), len(keys), f"{name}: distinct keys")
        for number, row in enumerate(tables[name], 1):
            wrong = {f["name"]: cell_error(f, row[f["name"]]) for f in schema["fields"]}
            wrong = {k: v for k, v in wrong.items() if v}
            check(not wrong, f"{name} row {number}: {wrong}")
        used = [c for c in headers[name] if any(row[c] for row in tables[name])]
        equal(used, headers[name], f"{name}: columns with a cell")


def names_of(tables):
    return {f"{collection}/{row['id']}" for collection, rows in tables.items()
            for row in rows if "id" in row}


def references(collection, row):
    """(column, name) of every cell of the row that refers to a resource."""
    for column in ("parent", "organisation", "owner", "plan", "indicator",
                   "scope_organisation", "from", "to", "subject"):
        if row.get(column):
            yield column, row[column]
    for column in ("leads", "contributors"):
        for name in json.loads(row.get(column) or "[]"):
            yield column, name


def check_references(tables):
    names = names_of(tables)
    for name in sorted(names):
        check(NAME.fullmatch(name) and len(name) <= 200, f"ill-formed name {name}")
    for collection, rows in tables.items():
        for row in rows:
            for column, name in references(collection, row):
                check(name in names, f"{collection}.{column}: {name} is not in the bundle")
    for a in tables["actions"] + tables["objectives"]:
        equal(a["plan"], PLAN, f"plan of {a['id']}")


def state_of(cell):
    if cell == "":
        return "BLANK"
    if cell == "-":
        return "DASH"
    if cell.lower() == "under development":
        return "UNDER_DEVELOPMENT"
    return "VALUE" if NUMBER.fullmatch(cell) else "?"


def check_cells(tables):
    rows = {}
    for table in ("observations", "targets"):
        for row in tables[table]:
            key = (table, row["indicator"], row["period"], row.get("kind"))
            rows[key] = row
            equal(row["state"], "BLANK" if row["verbatim"] == "" else "", f"state of {key}")
    for indicator, cells in CELLS.items():
        for (table, period, kind), cell in zip(COLUMNS, cells):
            key = (table, "indicators/" + indicator, period, kind)
            equal(rows.pop(key, {}).get("verbatim"), cell, f"cell {key}")
    equal(list(rows), [], "cells that are not in the document")
    states = collections.Counter(state_of(row["verbatim"])
                                 for t in ("observations", "targets") for row in tables[t])
    equal(dict(states), {"VALUE": 59, "BLANK": 31, "DASH": 6, "UNDER_DEVELOPMENT": 2},
          "states of the 98 cells")


def check_indicators(tables):
    rows = {row["id"]: row for row in tables["indicators"]}
    equal(set(rows), set(CELLS), "indicators")
    for id_, row in rows.items():
        equal(row["polarity"], "MIN" if id_ == "sickness-cex" else "MAX", f"{id_} polarity")
        under = row["lifecycle"] == "UNDER_DEVELOPMENT"
        equal(under, CELLS[id_][0].lower() == "under development", f"{id_} lifecycle")
        check(row["unit"] and row["scope_organisation"] and row["owner"],
              f"{id_}: unit, scope and owner are there")
        shown = [len(c.rstrip("%").partition(".")[2]) for c in CELLS[id_] if NUMBER.fullmatch(c)]
        check(max(shown, default=0) <= int(row["decimals"]), f"{id_}: decimals are enough")
        percent = any(c.endswith("%") for c in CELLS[id_]) or row["title"].startswith("%")
        equal(row["unit"] == "PERCENT", percent, f"{id_}: is a percentage")
    equal(collections.Counter(r["frequency_verbatim"] for r in rows.values()),
          {"Quarterly": 12, "6 Monthly": 1, "Monthly": 1}, "frequencies")


def check_plans(tables):
    rows = {row["title"]: row for row in tables["plans"]}
    mine = next((row for row in tables["plans"] if "plans/" + row["id"] == PLAN), {})
    equal([mine.get(c) for c in ("kind", "period", "owner", "status")],
          ["SERVICE_PLAN", "2021-24", "organisations/cex", "APPROVED"], "the plan")
    tagged = [row for row in tables["plans"] if "key strategy" in row["tags"]]
    equal(len(tagged), 9, "strategies")
    for title, end, review in STRATEGIES:
        row = rows.get(title, {})
        equal((row.get("end_verbatim"), row.get("review_verbatim")), (end, review), title)
    objectives = sorted(tables["objectives"], key=lambda row: int(row["position"]))
    equal([row["title"] for row in objectives], PRIORITIES, "priorities in order")
    equal([int(row["position"]) for row in objectives], list(range(1, 10)), "their positions")
    equal({row["kind"] for row in objectives}, {"PRIORITY"}, "their kind")


def check_actions(tables):
    rows = tables["actions"]
    equal(len(rows), 31, "actions")
    equal([int(row["position"]) for row in rows], list(range(1, 32)), "their positions")
    equal(dict(collections.Counter(row["deadline_verbatim"] for row in rows)), DEADLINES,
          "deadlines as written")
    for row in rows:
        check(json.loads(row["leads"]) and json.loads(row["outcomes"]),
              f"{row['id']}: leads and outcomes are there")
    awards = next((row for row in rows if "OSCAs" in row["title"]), {"leads": "[]", "title": ""})
    check(awards["title"].endswith("COSLA Excellence and Scottish Public Service Awards"),
          "the award action is joined over the page break")
    equal(json.loads(awards["leads"]), ["posts/head-of-cex", "posts/corporate-planning-officer"],
          "its two leads")


def check_links(tables):
    by_kind = collections.defaultdict(list)
    for row in tables["links"]:
        by_kind[row["kind"]].append(row)
    equal(set(by_kind), {"CONTRIBUTES", "DELIVERS", "MEASURES"}, "kinds of link")
    delivers = collections.Counter(r["to"].removeprefix("objectives/") for r in by_kind["DELIVERS"])
    equal(dict(delivers), DELIVERED, "actions by priority")
    equal(dict(collections.Counter(r["to"] for r in by_kind["MEASURES"])), MEASURED,
          "indicators by priority")
    linked = {r["from"] for r in by_kind["DELIVERS"]}
    general = [a["id"] for a in tables["actions"] if "actions/" + a["id"] not in linked]
    equal(len(general), 6, "general service actions, which deliver no priority")
    served = {r["to"] for r in by_kind["CONTRIBUTES"] if r["from"] == PLAN}
    check({"plans/city-plan", "plans/council-plan", "plans/fairness-action-plan"} <= served,
          "the plan contributes to the plans it serves")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../examples/dundee")
    package, headers, tables = read_bundle(directory)
    check_package(directory, package, headers, tables)
    check_references(tables)
    check_cells(tables)
    check_indicators(tables)
    check_plans(tables)
    check_actions(tables)
    check_links(tables)
    print(f"{tally['passed']} passed, {tally['failed']} failed")
    return 1 if tally["failed"] else 0


sys.exit(main())
