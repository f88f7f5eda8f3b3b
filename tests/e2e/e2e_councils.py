#!/usr/bin/python3
"""Tables in the wording of other councils: tests/data/councils."""
import os

import e2e_tables
import harness

COUNCILS = os.path.join(e2e_tables.DATA, "councils")


class Councils(e2e_tables.Tables):
    """Tables in the wording of other councils: tests/data/councils."""

    def take_in(self, name, *args):
        plan, new = self.new_plan()
        return self.take(os.path.join(COUNCILS, name), plan, *new, *args)

    def figures(self, report, collection="observations"):
        found = {}
        for name, r in self.of_report(report, collection).items():
            body = getattr(r, collection[:-1])
            found[name.split("/", 1)[1]] = body.value or harness.pb.resources.ValueState.Name(
                body.state)
        return found

    def kept(self, report):
        return report["cells"]["notUnderstood"]

    def test_quarters_of_the_targets_year(self):
        report = self.take_in("quarterly-kpis.txt")
        figures = self.figures(report)
        self.assertEqual(figures["env-01/2023-24.q2"], "48.9")
        self.assertEqual(figures["env-01/2022-23"], "47.3")
        self.assertEqual(figures["cor-10/2023-24.q3"], "71900000")
        self.assertEqual(figures["env-02/2023-24.q3"], "VALUE_STATE_NOT_APPLICABLE")
        self.assertEqual(figures["hsg-04/2023-24.q2"], "VALUE_STATE_TBC")
        self.assertEqual(len(figures), 16)
        self.assertEqual(self.figures(report, "targets")["cor-10/2023-24"], "85000000")
        unsure = [u["text"] for u in report["unsure"]]
        self.assertNotIn("Q1 Actual", unsure)  # the report's own quarter has the year
        self.assertIn("Jane Bloggs", unsure)
        self.assertEqual(self.kept(report), 1)  # a name

    def test_headings_of_two_rows(self):
        report = self.take_in("two-heading-rows.txt")
        self.assertEqual(self.figures(report)["cp1/2023-24"], "1204")
        self.assertEqual(self.figures(report)["cp3/2023-24"], "VALUE_STATE_TBC")
        self.assertEqual(self.figures(report, "targets")["cp2/2022-23"], "65")

    def test_headings_of_three_rows(self):
        report = self.take_in("three-heading-rows.txt")
        self.assertEqual(self.figures(report)["visits-to-leisure-centres/2022-23"], "1310000")
        self.assertEqual(self.figures(report)["visits-to-leisure-centres/2023-24.q1"], "310000")
        self.assertEqual(self.figures(report, "targets")["visits-to-leisure-centres/2022-23"],
                         "1200000")
        self.assertEqual(self.kept(report), 0)

    def test_columns_of_spaces(self):
        report = self.take_in("space-aligned.txt")
        self.assertEqual(self.kept(report), 0)
        self.assertEqual(self.figures(report)["pl4/2022-23"], "1311")
        self.assertEqual(self.figures(report, "targets")["pl1/2023-24"], "90")
        self.assertEqual(len(self.figures(report)), 8)

    def test_a_person_is_no_post(self):
        report = self.take_in("delivery-plan.txt")
        actions = {a.action.title: a.action for a in self.of_report(report, "actions").values()}
        climate = actions["Adopt the Climate Emergency Action Plan"]
        self.assertEqual(list(climate.leads), [])
        notes = [n.note.text for n in self.of_report(report, "notes").values()]
        self.assertIn("Lead Officer: Sam Example", notes)
        self.assertIn("Delayed", notes)
        posts = {p.post.title for p in self.of_report(report, "posts").values()}
        self.assertEqual(posts, {"Assistant Director (Environment)",
                                 "Director of Children’s Services",
                                 "Revenues and Benefits Manager"})
        self.assertEqual(list(actions["Plant 5,000 trees"].leads), ["organisations/parks-team"])
        pb = harness.pb.resources
        kinds = {t: [d.kind for d in a.deadlines] for t, a in actions.items()}
        self.assertEqual(kinds["Open a second family hub"], [pb.DEADLINE_KIND_EXACT])
        self.assertEqual(kinds["Plant 5,000 trees"], [pb.DEADLINE_KIND_SEASON])
        self.assertEqual(actions["Plant 5,000 trees"].status, pb.ACTION_STATUS_IN_PROGRESS)

    def test_risks_with_dates_as_written(self):
        report = self.take_in("risk-register.csv")
        reviews = {r.risk.review_date for r in self.of_report(report, "risks").values()}
        self.assertEqual(reviews, {"2024-06-30", "2024-09-30", "2025-03-31"})

    def test_figures_that_name_their_own_year(self):
        report = self.take_in("scottish-lgbf.txt")
        name = "of-school-leavers-in-a-positive-destination"
        figures = self.figures(report)
        found = {n.rsplit("/", 1)[1]: v for n, v in figures.items() if "destination" in n}
        self.assertEqual(found, {"2020-21": "93.1", "2021-22": "94.0", "2022-23": "95.6"}, name)
        self.assertEqual(self.kept(report), 9)

    def test_a_period_for_headings_that_name_none(self):
        report = self.take_in("scottish-lgbf.txt", "--period", "2023-24")
        figures = self.figures(report)
        self.assertEqual({v for n, v in figures.items() if n.endswith("/2023-24")},
                         {"91.8", "17.4"})
        self.assertEqual(sorted(self.figures(report, "targets").values()), ["18", "95", "96"])
        # What was before is of another year, which nobody named.
        self.assertEqual(self.kept(report), 4)

    def test_euros_and_what_is_said_of_them(self):
        report = self.take_in("irish-service-indicators.txt")
        self.assertEqual(self.kept(report), 0)
        values = set(self.figures(report).values())
        self.assertLessEqual({"41200000", "44050000", "6.9", "2.41"}, values)

    def test_money_with_its_variance_and_total(self):
        report = self.take_in("budget-monitor.txt")
        lines = self.of_report(report, "budget-lines")
        self.assertEqual(len(lines), 6)
        self.assertEqual({t["text"] for t in report["totals"][:2]}, {"158,385", "164,015"})

    def test_quarters_apart_from_their_year_and_what_to_aim_for(self):
        report = self.take_in("quarterly-rag.tsv")
        figures, targets = self.figures(report), self.figures(report, "targets")
        self.assertEqual(figures["cc01/2023-24.q1"], "76.4")
        self.assertEqual(figures["cc04/2022-23"], "412330")
        self.assertEqual(figures["hs03/2023-24.q2"], "VALUE_STATE_NEW_MEASURE")
        self.assertEqual(targets["cc04/2023-24.q2"], "105000")
        self.assertEqual(targets["hs03/2023-24"], "85")
        pb = harness.pb.resources
        ways = {n.split("/")[1]: i.indicator.polarity
                for n, i in self.of_report(report, "indicators").items()}
        self.assertEqual(ways, {
            "cc01": pb.POLARITY_MAX, "cc02": pb.POLARITY_MIN, "cc03": pb.POLARITY_MIN,
            "cc04": pb.POLARITY_MAX, "hs01": pb.POLARITY_MIN, "hs02": pb.POLARITY_MAX,
            "hs03": pb.POLARITY_RANGE})
        self.assertEqual(self.kept(report), 0)  # the judgements are notes

    def test_progress_in_words(self):
        report = self.take_in("action-tracker.tsv")
        done = {a.action.code: a.action.progress
                for a in self.of_report(report, "actions").values()}
        self.assertEqual(done, {"1.1": 60, "1.2": 45, "1.3": 10, "2.1": 100, "2.2": 0,
                                "2.3": 80})
        self.assertEqual(self.kept(report), 0)  # the judgements are notes

    def test_money_of_the_year_above_the_table(self):
        report = self.take_in("budget-quarter.tsv")
        lines = [b.budget_line for b in self.of_report(report, "budget-lines").values()]
        self.assertEqual(len(lines), 16)
        years = {b.period for b in lines if b.basis == harness.pb.resources.BUDGET_BASIS_BUDGET}
        self.assertEqual(years, {"2023-24"})
        self.assertIn("-1850000", {b.amount for b in lines})
        self.assertEqual(self.kept(report), 0)  # variances are notes
        self.assertEqual({t["text"] for t in report["totals"]},
                         {"100,560", "101,260", "53,533", "105,550"})

    def of(self, report, collection):
        """The bodies of what was made, by title."""
        field = {"budget-lines": "budget_line"}.get(collection, collection[:-1])
        found = {}
        for name, r in self.of_report(report, collection).items():
            found.setdefault(getattr(r, field).title, getattr(r, field))
        return found

    def notes(self, report):
        return [n.note.text for n in self.of_report(report, "notes").values()]

    def titles(self, report, collection):
        return set(self.of(report, collection))

    def test_codes_beside_a_description(self):
        report = self.take_in("quarters-over-target-and-actual.tsv")
        codes = {t: i.code for t, i in self.of(report, "indicators").items()}
        self.assertEqual(codes["% Council Tax collected"], "BV 9")
        self.assertEqual(self.figures(report)["ni-191/2023-24.q2"], "112.9")
        self.assertEqual(self.figures(report, "targets")["ni-192/2023-24.q3"], "48")

    def test_a_second_heading_row_that_is_shorter(self):
        report = self.take_in("second-heading-row-shorter.txt")
        self.assertEqual(self.figures(report, "targets"),
                         {"p1/2023-24": "15", "p2/2023-24": "90", "p3/2023-24": "15.0"})
        self.assertEqual(self.figures(report)["p1/2023-24"], "14.2")
        self.assertEqual(self.kept(report), 0)

    def test_units_under_headings(self):
        report = self.take_in("units-under-headings.tsv", "--period", "2023-24")
        lines = [b.budget_line for b in self.of_report(report, "budget-lines").values()]
        self.assertEqual(len(lines), 16)
        pb = harness.pb.resources
        basis = {b.verbatim: b.basis for b in lines}
        self.assertEqual(basis["12,200,000"], pb.BUDGET_BASIS_FORECAST)
        self.assertEqual(basis["9,101,004"], pb.BUDGET_BASIS_ACTUAL)
        self.assertEqual(basis["12,450,300"], pb.BUDGET_BASIS_BUDGET)

    def test_two_cells_broken_over_a_page(self):
        report = self.take_in("two-cells-over-a-page.tsv")
        actions = self.of(report, "actions")
        self.assertEqual(len(actions), 2)
        action = actions["Introduce a single front door for families so that help comes early"]
        self.assertEqual(list(action.outcomes), ["Families get the right help at the right time"])
        self.assertEqual(action.deadline_verbatim, "March 2024")

    def test_lines_of_cells_and_the_foot_of_a_page(self):
        report = self.take_in("space-aligned-page-break.txt")
        actions = self.of(report, "actions")
        self.assertEqual(len(actions), 4)
        first = actions["Implement the new customer services model across all contact centres"]
        self.assertEqual((first.code, list(first.leads)),
                         ("1.1", ["posts/head-of-customer-services"]))
        self.assertEqual(self.of_report(report, "objectives"), {})  # no "Page 7 of 22"

    def test_a_section_above_the_first_heading(self):
        report = self.take_in("section-above-heading.tsv")
        self.assertEqual(self.titles(report, "objectives"), {"Safer Communities",
                                                             "Cleaner Streets"})

    def test_sections_in_bold(self):
        report = self.take_in("pipes-with-sections.md")
        self.assertEqual(self.titles(report, "objectives"), {"Thriving communities",
                                                             "Zero carbon"})
        self.assertEqual(self.figures(report)["council-emissions-tco2e/cy2023"], "8412")
        self.assertEqual(self.figures(report, "targets")["council-emissions-tco2e/cy2028"], "0")

    def test_a_row_a_year(self):
        report = self.take_in("a-row-a-year.tsv")
        self.assertEqual(self.figures(report), {
            "housing-completions/2021-22": "478", "housing-completions/2022-23": "512",
            "housing-completions/2023-24": "431", "affordable-completions/2021-22": "98",
            "affordable-completions/2022-23": "161"})
        self.assertEqual(self.figures(report, "targets")["housing-completions/2023-24"], "520")
        self.assertEqual(self.kept(report), 0)

    def test_the_year_of_a_baseline(self):
        report = self.take_in("baseline-year.tsv")
        figures = self.figures(report)
        self.assertEqual(figures["smoking-prevalence-in-adults/cy2021"], "15.4")
        self.assertEqual(figures["healthy-life-expectancy-males-years/2018-20"], "61.2")
        self.assertEqual(figures["healthy-life-expectancy-males-years/2020-22"], "60.9")
        self.assertIn("63.1", {b.benchmark.value
                               for b in self.of_report(report, "benchmarks").values()})

    def test_strategies_with_their_period(self):
        report = self.take_in("strategies-with-period.tsv")
        plans = self.of(report, "plans")
        housing = plans["Housing Strategy"]
        self.assertEqual((housing.period, housing.start_date, housing.end_date),
                         ("2022-2027", "2022-04-01", "2027-03-31"))
        self.assertEqual(plans["Digital Strategy"].period, "To 2026")
        self.assertEqual(self.kept(report), 0)

    def test_the_newest_date_counts(self):
        report = self.take_in("revised-dates.csv")
        dates = {a.code: a.deadline_verbatim for a in self.of(report, "actions").values()}
        self.assertEqual(dates, {
            "CC-01": "31/12/2024", "CC-02": "31/03/2023", "CC-03": "01/04/2024",
            "CC-04": "Winter 2023/24", "CC-05": "N/A", "CC-06": "31/09/2023"})
        self.assertIn("Original Due Date: 30/06/2023", self.notes(report))

    def test_how_urgent_is_no_objective(self):
        report = self.take_in("audit-recommendations.tsv")
        self.assertEqual(self.of_report(report, "objectives"), {})
        self.assertIn("Priority: High", self.notes(report))
        dates = [a.deadline_verbatim for a in self.of(report, "actions").values()]
        self.assertEqual(dates, ["31-Oct-23", "Mar-24", "Ongoing", "N/A"])

    def test_what_to_aim_for_is_no_objective(self):
        report = self.take_in("aims-and-numbers.tsv")
        self.assertEqual(self.of_report(report, "objectives"), {})
        pb = harness.pb.resources
        ways = {t: i.polarity for t, i in self.of(report, "indicators").items()}
        self.assertEqual(ways["Energy use (kWh)"], pb.POLARITY_MIN)
        self.assertEqual(ways["Budget variance"], pb.POLARITY_RANGE)

    def test_a_period_that_a_note_cannot_have(self):
        report = self.take_in("equality-outcomes.tsv")
        self.assertTrue(report["written"])
        self.assertIn("Disability", self.of(report, "actions")["Audit all public buildings"].tags)
        self.assertEqual(len(self.of_report(report, "objectives")), 2)

    def test_titles_worded_otherwise(self):
        report = self.take_in("australian-indicators.tsv")
        self.assertIn("Roads – Sealed local road requests (per 100 km)",
                      self.titles(report, "indicators"))
        self.assertIn("Strategic Indicator", [u["text"] for u in report["unsure"]])
        report = self.take_in("medium-term-financial-strategy.tsv")
        lines = [b.budget_line for b in self.of_report(report, "budget-lines").values()]
        self.assertEqual(len(lines), 28)
        self.assertIn(("Savings identified", "2024-25", "-12100000"),
                      {(b.title, b.period, b.amount) for b in lines})

    def test_numbers_of_things(self):
        report = self.take_in("american-measures.txt")
        self.assertIn("# of City Employees (FTEs)", self.titles(report, "indicators"))
        self.assertEqual(self.figures(report, "targets")["of-employees-retained/2024-25"], "91")

    def test_judgements_are_no_figures(self):
        report = self.take_in("new-zealand-service-performance.tsv")
        self.assertNotIn("the document has another figure for it",
                         " ".join(u["why"] for u in report["notUnderstood"]))
        self.assertEqual(self.figures(report)["total-complaints-per-1-000-connections/2023-24"],
                         "8.71")
        self.assertEqual(self.titles(report, "objectives"),
                         {"We provide safe drinking water", "Customers are satisfied"})

    def test_marks_under_quarters_are_nobodys(self):
        report = self.take_in("dots-by-quarter.tsv")
        self.assertEqual(self.of_report(report, "organisations"), {})
        self.assertEqual(len(self.of_report(report, "actions")), 3)
        self.assertIn("Q3: ●", self.notes(report))

    def test_ticks_under_goals(self):
        report = self.take_in("ticks-under-goals.md")
        self.assertEqual(self.of_report(report, "organisations"), {})
        links = [r["name"] for r in report["resources"] if r["name"].startswith("links/")]
        self.assertEqual(len(links), 7)
        self.assertTrue(all(n.startswith("links/contributes/") for n in links))

    def test_a_savings_tracker(self):
        report = self.take_in("savings-tracker.tsv")
        lines = [b.budget_line for b in self.of_report(report, "budget-lines").values()]
        pb = harness.pb.resources
        garden = {b.basis: b.amount for b in lines if b.title == "Charge for garden waste"}
        self.assertEqual(garden, {pb.BUDGET_BASIS_BUDGET: "-450000",
                                  pb.BUDGET_BASIS_ACTUAL: "-300000",
                                  pb.BUDGET_BASIS_FORECAST: "-450000"})
        self.assertIn("the only year in the headings",
                      " ".join(u["why"] for u in report["unsure"]))
        self.assertTrue(any("Reduce agency spend: Adults" in n for n in self.notes(report)))

    def test_quarters_named_by_their_months(self):
        report = self.take_in("quarters-by-months.tsv")
        figures = self.figures(report)
        self.assertEqual(figures["number-of-new-homes-started/2023-24.q1"], "112")
        self.assertEqual(figures["rough-sleepers-supported/2023-24.q4"], "VALUE_STATE_TBC")
        self.assertEqual(figures["invoices-paid-on-time/2023-24.q3"],
                         "VALUE_STATE_NOT_COLLECTED")
        self.assertIn("£164.5m", [u["text"] for u in report["unsure"]])  # beside "41.2"

    def test_financial_years_by_their_end(self):
        report = self.take_in("american-years.tsv")
        self.assertEqual(self.figures(report)["lane-miles-resurfaced/2022-23"], "38.5")
        self.assertEqual(
            self.figures(report, "targets")["cost-per-mile-of-street-swept/2024-25"], "45")
        self.assertIn("FY25 Target", [u["text"] for u in report["unsure"]])

    def test_a_year_that_is_none_of_the_registers(self):
        report = self.take_in("years-to-june.tsv")
        self.assertEqual(self.figures(report), {})
        self.assertEqual(self.kept(report), 6)
        self.assertIn("such as 2021/22", report["notUnderstood"][0]["why"])

    def test_words_in_place_of_figures(self):
        report = self.take_in("words-for-figures.tsv")
        figures = self.figures(report)
        self.assertEqual(figures["exam-results-attainment-8/2023-24.q1"],
                         "VALUE_STATE_NOT_DUE")
        self.assertEqual(figures["new-homes/2023-24.q1"], "0")
        self.assertEqual(figures["road-deaths/2022-23"], "3")
        self.assertEqual([u["text"] for u in report["notUnderstood"]],
                         ["1 quarter lag", "none", "c", "1p", "↓"])

    def test_scores_in_one_cell_and_reviews_in_words(self):
        pb = harness.pb.resources
        report = self.take_in("risk-scores-in-one.tsv")
        risks = {r.code: r for r in self.of(report, "risks").values()}
        places = {c: [(s.likelihood, s.impact) for s in (r.original, r.current, r.target)]
                  for c, r in risks.items()}
        self.assertEqual(places, {"SR1": [(4, 5), (3, 5), (2, 4)],
                                  "SR2": [(5, 5), (4, 4), (3, 3)],
                                  "SR3": [(0, 0)] * 3, "SR4": [(0, 0)] * 3})
        self.assertEqual([u["text"] for u in report["notUnderstood"]], ["16", "12", "8"])
        reviews = {c: (r.review_verbatim, r.review_date, r.review_frequency)
                   for c, r in risks.items()}
        self.assertEqual(reviews["SR1"], ("Quarterly", "", pb.FREQUENCY_QUARTERLY))
        self.assertEqual(reviews["SR2"], ("March 2024", "2024-03-31", 0))
        self.assertEqual(reviews["SR4"], ("TBC", "", 0))
        matrix = self.daemon.json("risks", risks["SR1"].plans[0])
        self.assertEqual({r["name"] for r in matrix["unscored"]}, {"risks/sr3", "risks/sr4"})

    def test_scores_in_words(self):
        report = self.take_in("risk-scores-in-words.tsv")
        risks = self.of(report, "risks")
        flood = risks["Flooding of the town centre"]
        self.assertEqual((flood.original.likelihood, flood.original.impact), (4, 4))
        self.assertEqual(risks["Loss of key staff"].current.likelihood, 0)
        self.assertIn("Inherent Likelihood: TBC", self.notes(report))
        self.assertNotIn("TBC", [u["text"] for u in report["notUnderstood"]])

    def test_rows_of_quarters_under_years(self):
        report = self.take_in("rows-of-quarters.tsv")
        figures = self.figures(report)
        self.assertEqual(figures["visits-to-swimming-pools/2022-23.q4"], "121900")
        self.assertEqual(figures["visits-to-swimming-pools/2023-24.q1"], "131002")
        self.assertEqual(len(figures), 8)
        self.assertNotIn("visits-to-swimming-pools/2022-23", figures)

    def test_scores_before_and_after_controls(self):
        report = self.take_in("risk-scores-unnamed.csv")
        gap = self.of(report, "risks")["Budget gap in the plan"]
        self.assertEqual((gap.original.likelihood, gap.original.impact,
                          gap.current.likelihood, gap.current.impact), (4, 5, 3, 4))
        self.assertIn("L", [u["text"] for u in report["unsure"]])
        report = self.take_in("risk-groups-over-headings.tsv")
        data = self.of(report, "risks")["Loss of data"]
        self.assertEqual((data.original.likelihood, data.original.impact,
                          data.current.likelihood, data.current.impact), (3, 5, 2, 5))
        self.assertEqual(self.kept(report), 0)

    def test_baselines_that_name_their_year(self):
        report = self.take_in("baseline-with-year.tsv")
        self.assertEqual(
            self.figures(report)["recorded-domestic-abuse-incidents/2017-18"], "1204")

    def test_recommendations_and_where_they_stand(self):
        pb = harness.pb.resources
        report = self.take_in("recommendations-tracker.csv")
        actions = self.of(report, "actions")
        self.assertEqual(actions["Reconcile leavers monthly"].status,
                         pb.ACTION_STATUS_COMPLETED)
        self.assertEqual(actions["Patch servers"].deadline_verbatim, "30/09/2023")
        self.assertIn("Current status: Outstanding", self.notes(report))
        self.assertEqual(self.kept(report), 0)

    def test_units_behind_figures(self):
        report = self.take_in("targets-in-days.tsv")
        targets = self.figures(report, "targets")
        self.assertEqual(targets["void-turnaround/2022-23"], "25")
        self.assertEqual(targets["claims-decided/2023-24"], "5")
        self.assertEqual(self.figures(report)["void-turnaround/2022-23"], "31.4")
        self.assertEqual(self.figures(report)["answering-calls-seconds/2022-23"], "40")
        self.assertEqual(self.of(report, "indicators")["Void turnaround"].unit,
                         harness.pb.resources.UNIT_DAYS)
        # Minutes are not taken for days, nor for what nothing names.
        self.assertEqual([u["text"] for u in report["notUnderstood"]],
                         ["3 minutes", "2 weeks", "10 days"])

    def test_dates_of_milestones_are_no_heading(self):
        plan, new = self.new_plan()
        seq = self.api.seq()
        err = self.take(os.path.join(COUNCILS, "milestones-as-columns.tsv"), plan, *new, code=1)
        self.assertIn("Business case", err)
        self.assertEqual(self.api.seq(), seq)

    def test_rows_set_apart(self):
        report = self.take_in("rows-set-apart.txt")
        self.assertEqual(self.figures(report)["council-tax-in-year/2023-24.q2"], "56.8")
        self.assertEqual(self.figures(report, "targets")["changes-days/2023-24"], "5")
        self.assertEqual(self.kept(report), 0)

    def test_a_form_with_its_figures(self):
        report = self.take_in("indicator-form.txt")
        self.assertEqual(self.figures(report), {"asc-12/2021-22": "11.4"})
        self.assertEqual(self.figures(report, "targets"), {"asc-12/2023-24": "9.5"})

    def test_a_second_time_changes_nothing(self):
        for name in sorted(os.listdir(COUNCILS)):
            if name == "milestones-as-columns.tsv":  # refused
                continue
            with self.subTest(name):
                path = os.path.join(COUNCILS, name)
                plan, new = self.new_plan()
                self.take(path, plan, *new)
                seq = self.api.seq()
                again = self.take(path, plan)
                self.assertEqual([r for r in again["resources"]
                                  if r["outcome"] not in ("unchanged", "left out")], [])
                self.assertEqual(self.api.seq(), seq)


if __name__ == "__main__":
    harness.main()
