#!/usr/bin/python3
"""Every worked example of the model (sections 2 to 10 and 12) as an answer of the running daemon: the
data go in over gRPC as a council writes them, nothing is computed here. One class a section."""
import datetime

from google.protobuf import json_format

import harness
from harness import PLAN, create, delete, patch, pb, submission

P = pb.performance


def rag(value):
    return P.RagStatus.Name(value).replace("RAG_STATUS_", "")


def direction(trend):
    return P.TrendDirection.Name(trend.direction).replace("TREND_DIRECTION_", "")


def state(value):
    return pb.resources.ValueState.Name(value).replace("VALUE_STATE_", "")


def mutation(name, kind, **fields):
    """A creation with nested messages, in the contract's JSON."""
    return json_format.ParseDict({"create": {"name": name, kind: fields}}, pb.register.Mutation())


class Worked(harness.RegisterTest):
    """Short ways to write and to ask."""

    def apply(self, *mutations, **fields):
        return self.api.apply(list(mutations), **fields)

    def plan(self, plan, **fields):
        self.apply(create(f"plans/{plan}", title=plan, **fields))

    def indicator(self, name, plan=None, **fields):
        made = json_format.ParseDict(
            {"create": {"name": f"indicators/{name}",
                        "indicator": {"title": name, "polarity": "POLARITY_MAX", **fields}}},
            pb.register.Mutation())
        self.apply(made)
        if plan:
            self.link(f"indicators/{name}", "MEASURES", plan)

    def link(self, from_, kind, to):
        self.apply(json_format.ParseDict(
            {"create": {"link": {"from": from_, "kind": f"LINK_KIND_{kind}", "to": to}}},
            pb.register.Mutation()))

    def target(self, indicator, period, verbatim):
        self.apply(json_format.ParseDict(
            {"create": {"target": {"indicator": f"indicators/{indicator}", "period": period,
                                   "verbatim": verbatim}}}, pb.register.Mutation()))

    def figures(self, indicator, **cells):
        """Cells by period; "_" in a keyword stands for what is between the years."""
        self.api.submit([submission(indicator, period, cell) for period, cell in cells.items()])

    def card(self, scope, period, **fields):
        return self.api.performance.GetScorecard(
            P.GetScorecardRequest(scope=scope, period=period, **fields), timeout=30)

    def row(self, scope, period, indicator, **fields):
        rows = {r.indicator.split("/")[1]: r for r in self.card(scope, period, **fields).rows}
        return rows[indicator]

    def series(self, indicator, **fields):
        return self.api.performance.GetIndicatorSeries(
            P.GetIndicatorSeriesRequest(indicator=indicator, **fields), timeout=30)

    def point(self, indicator, period, **fields):
        found = [p for p in self.series(indicator, **fields).points if p.period == period]
        self.assertEqual(len(found), 1, period)
        return found[0]

    def progress(self, scope, measure, **fields):
        return self.api.performance.GetProgress(
            P.GetProgressRequest(scope=scope, measure=f"PROGRESS_MEASURE_{measure}", **fields),
            timeout=30)

    def share(self, out):
        return f"{out.share.count}/{out.share.denominator} {out.share.percent}"

    def observation(self, indicator, period):
        return self.api.get(f"observations/{indicator}/{period}").observation


class Section2Values(Worked):
    def test_the_scale_is_kept(self):
        self.indicator("scale")
        self.figures("scale", **{"2020-21": "4.50", "2021-22": "123456789012345678.25"})
        self.assertEqual(self.observation("scale", "2020-21").value, "4.50")
        self.assertEqual(self.observation("scale", "2021-22").value, "123456789012345678.25")

    def test_brackets_in_a_column_of_millions(self):
        self.plan("money")
        self.apply(mutation("budget-lines/l", "budgetLine", title="L", subject="plans/money",
                            period="2021/22", scale="MONEY_SCALE_MILLION", verbatim="(£1.159)"))
        line = self.api.get("budget-lines/l").budget_line
        self.assertEqual((line.amount, line.verbatim), ("-1159000", "(£1.159)"))

    def test_every_state_and_flag(self):
        cells = {"68,740": "VALUE", "-": "DASH", "Not due": "NOT_DUE", "Overdue": "OVERDUE",
                 "Under Development": "UNDER_DEVELOPMENT", "TBC": "TBC", "N/A": "NOT_APPLICABLE",
                 "New measure": "NEW_MEASURE", "Not collected": "NOT_COLLECTED",
                 "Suppressed": "SUPPRESSED", "Available from June 2022": "AVAILABLE_FROM"}
        self.indicator("states")
        for n, (cell, wanted) in enumerate(cells.items()):
            period = f"{2000 + n}/{(n + 1) % 100:02d}"
            self.figures("states", **{period: cell})
            said = self.observation("states", f"{2000 + n}-{(n + 1) % 100:02d}")
            self.assertEqual((state(said.state), said.verbatim), (wanted, cell))
        self.figures("states", **{"2030/31": "12.5 (p)"})
        self.assertEqual(list(self.observation("states", "2030-31").flags),
                         [pb.resources.VALUE_FLAG_PROVISIONAL])


class Section3Periods(Worked):
    def test_labels_as_councils_write_them(self):
        self.indicator("labels")
        for label, wanted in {"2020/21": "2020-21", "2019-20": "2019-20", "Q1 2021/22": "2021-22.q1",
                              "H1 2021/22": "2021-22.h1", "April 2021": "2021-04",
                              "at 31 March 2020": "at-2020-03-31", "2021": "cy2021"}.items():
            self.figures("labels", **{label: "1"})
            self.assertEqual(self.observation("labels", wanted).value, "1", label)

    def test_a_malformed_one_is_kept_and_reported(self):
        self.plan("years", summary="Follows the plan of 2009/20010")
        found = self.api.performance.CheckPlan(P.CheckPlanRequest(plan="plans/years"))
        malformed = [f for f in found.findings if f.reason == "PERIOD_MALFORMED"]
        self.assertEqual([f.value for f in malformed], ["2009/20010"])
        self.assertIn("2009/20010", self.api.get("plans/years").plan.summary)


class Section4Deadlines(Worked):
    @classmethod
    def prepare(cls):
        cls.api.apply([create("plans/d", title="D", start_date="2021-04-01", end_date="2024-03-31",
                              period="2021-24")])
        cls.count = 0

    def deadlines(self, verbatim):
        type(self).count += 1
        name = f"actions/a{self.count}"
        self.apply(create(name, title=name, plan="plans/d", deadline_verbatim=verbatim))
        action = self.api.get(name).action
        self.assertEqual(action.deadline_verbatim, verbatim)
        return [(pb.resources.DeadlineKind.Name(d.kind).replace("DEADLINE_KIND_", ""), d.earliest,
                 d.latest) for d in action.deadlines]

    def test_the_table(self):
        table = {
            "30 June 2021": ("EXACT", "2021-06-30", "2021-06-30"),
            "31 st March 2011": ("EXACT", "2011-03-31", "2011-03-31"),
            "October 2021": ("MONTH", "2021-10-01", "2021-10-31"),
            "Sep 2026": ("MONTH", "2026-09-01", "2026-09-30"),
            "2027": ("YEAR", "2027-01-01", "2027-12-31"),
            "Autumn 2021": ("SEASON", "2021-09-01", "2021-11-30"),
            "During 2021/22": ("WINDOW", "2021-04-01", "2022-03-31"),
        }
        for verbatim, wanted in table.items():
            self.assertEqual(self.deadlines(verbatim), [wanted], verbatim)
        self.assertEqual([d[0] for d in self.deadlines("Annually")], ["RECURRING"])
        self.assertEqual([(d[0], d[2]) for d in
                          self.deadlines("By 31 March 2022 and annually thereafter")],
                         [("EXACT_THEN_RECURRING", "2022-03-31")])
        self.assertEqual([d[0] for d in self.deadlines("Throughout the period of the plan")],
                         ["ONGOING"])
        self.assertEqual([d[0] for d in self.deadlines("TBC")], ["TBC"])
        self.assertEqual([d for d in self.deadlines("") if d[0] != "NONE"], [])
        self.assertEqual(self.deadlines("30 January 202"), [("INVALID", "", "")])

    def test_two_dates_in_one_cell(self):
        found = self.deadlines("30 June 2021 (draft) 31 October 2021 (statutory)")
        self.assertEqual([d[2] for d in found], ["2021-06-30", "2021-10-31"])
        statutory = self.api.get(f"actions/a{self.count}").action.deadlines[1].statutory
        self.assertTrue(statutory)


class Dundee(Worked):
    """Sections 5 to 7: the service plan that lies in examples/dundee, through the client."""

    ROWS = {  # value, target, shortfall in per cent, status
        "bvar-actions": ("73", "70", "-4.2857", "OK"),
        "cftf-actions": ("55", "75", "26.6667", "ALERT"),
        "social-followers": ("60769", "45000", "-35.0422", "OK"),
        "marketing-engagement": ("45000", "50000", "10.0000", "ALERT"),
        "foi-cex": ("98.7", "100", "1.3000", "WARNING"),
        "stage1-cex": ("100", "90", "-11.1111", "OK"),
        "stage1-council": ("77.3", "90", "14.1111", "ALERT"),
        "sickness-cex": ("4.69", "4.5", "4.2222", "WARNING"),
    }

    @classmethod
    def prepare(cls):
        cls.daemon.provost("import", harness.DUNDEE)

    def test_section_5_the_table(self):
        card = self.card(PLAN, "2020/21")
        rows = {r.indicator.split("/")[1]: r for r in card.rows}
        for name, wanted in self.ROWS.items():
            row = rows[name]
            self.assertEqual((row.value, row.target, row.shortfall_percent, rag(row.status)), wanted)
            self.assertIn("red 5% of target", row.rule)
        counts = card.counts
        self.assertEqual((counts.ok, counts.warning, counts.alert, len(card.rows)), (3, 2, 3, 14))
        self.assertEqual(rag(rows["nec-smartcards"].status), "NO_TARGET")
        self.assertEqual(card.seq, self.api.seq())

    def test_section_5_smartcards_the_year_before(self):
        row = self.row(PLAN, "2019/20", "nec-smartcards")
        self.assertEqual((row.value, row.target, row.shortfall, rag(row.status)),
                         ("68740", "68740", "0", "OK"))

    def test_section_6_the_trends(self):
        card = self.card(PLAN, "2020/21")
        rows = {r.indicator.split("/")[1]: direction(r.short_trend) for r in card.rows}
        for name in ("cftf-actions", "social-followers", "foi-cex", "stage1-cex", "sickness-cex"):
            self.assertEqual(rows[name], "IMPROVING", name)
        for name in ("nec-smartcards", "stage1-council"):
            self.assertEqual(rows[name], "GETTING_WORSE", name)
        change = {r.indicator.split("/")[1]: r.short_trend.change_percent for r in card.rows}
        self.assertEqual(change["nec-smartcards"], "-3.4885")
        self.assertEqual(change["stage1-council"], "-1.7789")

    def test_section_7_improving_or_maintained(self):
        wanted = {("", "COMPARABLE"): "5/7 71.4", ("", "WITH_VALUE"): "5/9 55.6",
                  ("", "ALL"): "5/14 35.7", ("5%", "COMPARABLE"): "7/7 100.0",
                  ("5%", "WITH_VALUE"): "7/9 77.8", ("5%", "ALL"): "7/14 50.0"}
        for (materiality, policy), share in wanted.items():
            out = self.progress(PLAN, "IMPROVING_OR_MAINTAINED", period="2020/21",
                                trend_materiality=materiality,
                                policy=f"DENOMINATOR_POLICY_{policy}")
            self.assertEqual(self.share(out), share)
            self.assertEqual((len(out.members), out.seq), (14, self.api.seq()))
            self.assertEqual(sum(m.included for m in out.members) +
                             sum(e.count for e in out.exclusions), 14)
            self.assertIn(policy, out.share.rule)

    def test_section_7_actions_on_schedule(self):
        for day, share in {"2021-11-30": "24/29 82.8", "2021-12-01": "22/29 75.9"}.items():
            out = self.progress(PLAN, "ACTIONS_ON_SCHEDULE", date=day)
            self.assertEqual((self.share(out), len(out.members)), (share, 31))
            self.assertEqual(sum(e.count for e in out.exclusions), 2)

    def test_section_7_a_measure_as_an_indicator(self):
        self.indicator("own-trends", PLAN, unit="UNIT_PERCENT",
                       computed=f"improving-or-maintained:{PLAN}")
        self.target("own-trends", "2020-21", "75")
        try:
            row = self.row(PLAN, "2020/21", "own-trends")
            self.assertEqual((row.value, row.numerator, row.denominator, rag(row.status)),
                             ("71.428571428571", "5", "7", "WARNING"))
            excluded = {e.reason: e.count for e in row.exclusions}
            self.assertEqual((excluded["CIRCULAR"], sum(excluded.values())), (1, 8))
            self.assertEqual(len(row.inputs), 7)
            self.assertIn("COMPARABLE", row.value_rule)
            point = self.point("own-trends", "2020-21")
            self.assertEqual(point.row.value, row.value)
            due = self.api.performance.ListDue(P.ListDueRequest(scope=PLAN, date="2022-06-30"))
            self.assertNotIn("indicators/own-trends", [i.name for i in due.items])
        finally:
            links = [f"links/measures/indicators/own-trends/{PLAN}",
                     "targets/own-trends/2020-21", "indicators/own-trends"]
            self.apply(*[harness.delete(name) for name in links])

    def test_the_client_shows_the_same(self):
        text = self.daemon.provost("progress", PLAN, "--measure", "actions-on-schedule", "--date",
                                   "2021-12-01").out
        self.assertIn("22", text)
        self.assertIn("75.9", text)


class Section5Rules(Worked):
    def status(self, name, value, target="", **fields):
        self.indicator(name, "plans/rules", **fields)
        if target:
            self.target(name, "2020-21", target)
        self.figures(name, **{"2020-21": value})
        return self.row("plans/rules", "2020-21", name)

    @classmethod
    def prepare(cls):
        cls.api.apply([create("plans/rules", title="Rules")])

    def test_a_boundary_belongs_to_the_better_side(self):
        row = self.status("boundary", "45,000", "50,000", toleranceRed="10%")
        self.assertEqual((rag(row.status), row.shortfall_percent), ("WARNING", "10.0000"))

    def test_a_strict_target_met_by_equality(self):
        row = self.status("strict", "10", "less than 10", polarity="POLARITY_MIN")
        self.assertEqual(rag(row.status), "WARNING")

    def test_a_percentage_of_nothing(self):
        row = self.status("zero", "1", "0", polarity="POLARITY_MIN")
        self.assertEqual((rag(row.status), row.status_reason), ("UNKNOWN", "ZERO_TARGET"))

    def test_ranges_absolute_tolerances_thresholds(self):
        self.assertEqual(rag(self.status("range", "12", "8-10", polarity="POLARITY_RANGE",
                                         toleranceRed="3").status), "WARNING")
        self.assertEqual(rag(self.status("absolute", "97", "100", toleranceAmber="2",
                                         toleranceRed="4").status), "WARNING")
        row = self.status("thresholds", "80", "", statusRule="STATUS_RULE_THRESHOLDS",
                          thresholdAmber="85", thresholdRed="75")
        self.assertEqual(rag(row.status), "WARNING")

    def test_data_only_and_no_target(self):
        self.assertEqual(rag(self.status("data", "1", "2", dataOnly=True).status), "DATA_ONLY")
        self.assertEqual(rag(self.status("none", "1").status), "NO_TARGET")

    def test_amber_only_when_improved_on_last_year(self):
        for name, before, wanted in (("better", "70", "WARNING"), ("worse", "85", "ALERT")):
            self.indicator(name, "plans/rules", statusRule="STATUS_RULE_IMPROVED",
                           toleranceRed="10%")
            self.figures(name, **{"2019-20": before, "2020-21": "80"})
            self.target(name, "2020-21", "100")
            self.assertEqual(rag(self.row("plans/rules", "2020-21", name).status), wanted)


    def targets(self, name, times=6, **fields):
        """What the scorecard says, asked again and again: each reader keeps targets of its own."""
        rows = [self.row("plans/rules", "2020-21", name, **fields) for _ in range(times)]
        told = {(r.target, rag(r.status)) for r in rows}
        self.assertEqual(len(told), 1, told)
        return told.pop()

    def test_a_target_counts_from_the_change_that_makes_it(self):
        """Plain before interim before final; each change shows in the next answer, and not in the past."""
        def kind(name, value):
            self.apply(create(f"targets/moving/2020-21/{name}", indicator="indicators/moving",
                              period="2020-21", value=value,
                              kind=pb.resources.TargetKind.Value(f"TARGET_KIND_{name.upper()}")))
        self.status("moving", "50")
        self.assertEqual(self.targets("moving"), ("", "NO_TARGET"))
        kind("final", "90")
        self.assertEqual(self.targets("moving"), ("90", "ALERT"))
        kind("interim", "50")
        self.assertEqual(self.targets("moving"), ("50", "OK"))
        self.target("moving", "2020-21", "60")
        self.assertEqual(self.targets("moving"), ("60", "ALERT"))
        before = self.card("plans/rules", "2020-21").seq
        self.apply(patch("targets/moving/2020-21", value="40"))
        self.assertEqual(self.targets("moving"), ("40", "OK"))
        self.apply(delete("targets/moving/2020-21"))
        self.assertEqual(self.targets("moving"), ("50", "OK"))
        self.apply(delete("targets/moving/2020-21/interim"))
        self.assertEqual(self.targets("moving"), ("90", "ALERT"))
        self.assertEqual(self.targets("moving", as_of_seq=before), ("60", "ALERT"))


class Section6Trends(Worked):
    @classmethod
    def prepare(cls):
        cls.api.apply([create("plans/t", title="T")])

    def test_long_trend_breaks_and_no_polarity(self):
        self.indicator("long", "plans/t")
        self.figures("long", **{"2016-17": "10", "2017-18": "20", "2018-19": "30",
                                "2019-20": "40", "2020-21": "26"})
        row = self.row("plans/t", "2020-21", "long")
        self.assertEqual(direction(row.short_trend), "GETTING_WORSE")
        self.assertEqual((direction(row.long_trend), row.long_trend.change.rstrip("0").rstrip(".")),
                         ("IMPROVING", "1"))
        self.assertEqual(direction(self.row("plans/t", "2017-18", "long").long_trend), "UNKNOWN")
        self.indicator("plain", "plans/t", polarity="POLARITY_NONE")
        self.figures("plain", **{"2019-20": "1", "2020-21": "2"})
        self.assertEqual(direction(self.row("plans/t", "2020-21", "plain").short_trend),
                         "INCREASING")
        self.indicator("broken", "plans/t")
        self.figures("broken", **{"2019-20": "1"})
        self.api.submit([submission("broken", "2020-21", "2",
                                    flags=[pb.resources.VALUE_FLAG_BREAK])])
        trend = self.row("plans/t", "2020-21", "broken").short_trend
        self.assertEqual((direction(trend), trend.reason), ("UNKNOWN", "BREAK"))

    def test_the_same_period_last_year(self):
        self.indicator("season", "plans/t", trendMode="TREND_MODE_SAME_PERIOD_LAST_YEAR")
        self.figures("season", **{"2019-20.q1": "5", "2019-20.q4": "9", "2020-21.q1": "6"})
        trend = self.row("plans/t", "2020-21.q1", "season").short_trend
        self.assertEqual((direction(trend), trend.against_period), ("IMPROVING", "2019-20.q1"))


class Section7Actions(Worked):
    def test_the_vocabulary(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        past, future = (today + datetime.timedelta(days=d) for d in (-10, 400))
        soon, long_gone = (today + datetime.timedelta(days=d) for d in (10, 120))
        self.plan("v")
        self.apply(create("organisations/o", title="O"))
        R = pb.resources

        def action(name, deadline, **fields):
            self.apply(create(f"actions/{name}", title=name, plan="plans/v",
                              deadline_verbatim=deadline.isoformat(), **fields))
        lead = {"leads": ["organisations/o"]}
        action("completed", past, status=R.ACTION_STATUS_COMPLETED, completed_on=past.isoformat(),
               **lead)
        action("late", past - datetime.timedelta(days=5), status=R.ACTION_STATUS_COMPLETED,
               completed_on=past.isoformat(), **lead)
        action("cancelled", past, status=R.ACTION_STATUS_CANCELLED, **lead)
        action("overdue", past, **lead)
        action("check", soon, **lead)
        action("unassigned", future)
        action("begun", future, progress=10, **lead)
        action("not-begun", future, status=R.ACTION_STATUS_NOT_STARTED, **lead)
        action("assigned", future, **lead)
        action("neglected", past, **lead)
        out = self.progress("plans/v", "ACTIONS_ON_SCHEDULE")
        shown = {m.name.split("/")[1]: P.ActionProgress.Name(m.action_progress)
                 .replace("ACTION_PROGRESS_", "") for m in out.members}
        self.assertEqual(shown, {
            "completed": "COMPLETED", "late": "COMPLETED", "cancelled": "CANCELLED",
            "overdue": "OVERDUE", "check": "CHECK_PROGRESS", "unassigned": "UNASSIGNED",
            "begun": "IN_PROGRESS", "not-begun": "NOT_STARTED", "assigned": "ASSIGNED",
            "neglected": "OVERDUE"})
        self.assertEqual([m.name for m in out.members if m.completed_late], ["actions/late"])
        self.assertEqual({e.reason: e.count for e in out.exclusions}, {"CANCELLED": 1})
        later = self.progress("plans/v", "ACTIONS_ON_SCHEDULE", date=long_gone.isoformat())
        words = {m.name.split("/")[1]: m.action_progress for m in later.members}
        self.assertEqual(words["neglected"], P.ACTION_PROGRESS_NEGLECTED)

    def test_progress_against_a_straight_line(self):
        self.plan("line", start_date="2021-01-01", end_date="2021-12-31")
        for name, done in (("ahead", 60), ("behind", 20)):
            self.apply(create(f"actions/{name}", title=name, plan="plans/line", progress=done,
                              deadline_verbatim="31 December 2021"))
        out = self.progress("plans/line", "ACTIONS_ON_SCHEDULE", date="2021-07-01",
                            schedule_rule=P.SCHEDULE_RULE_PROGRESS)
        self.assertEqual(self.share(out), "1/2 50.0")


class Section8RollUp(Worked):
    @classmethod
    def prepare(cls):
        cls.api.apply([create("plans/r", title="R")])

    def test_nine_of_twelve_is_75_never_83(self):
        self.indicator("ratio", "plans/r", unit="UNIT_PERCENT", rollUp="ROLL_UP_RATIO",
                       frequency="FREQUENCY_SIX_MONTHLY")
        self.api.submit([submission("ratio", "2021-22.h1", "", numerator="6", denominator="9"),
                         submission("ratio", "2021-22.h2", "", numerator="3", denominator="3")])
        row = self.row("plans/r", "2021-22", "ratio")
        self.assertEqual((row.value, row.numerator, row.denominator), ("75", "9", "12"))
        self.assertEqual((row.value_rule, list(row.inputs)),
                         ("roll-up ratio of 2/2", ["observations/ratio/2021-22.h1",
                                                   "observations/ratio/2021-22.h2"]))

    def test_a_percentage_without_its_parts(self):
        for method in ("MEAN", "LAST"):
            name = method.lower()
            self.indicator(name, "plans/r", unit="UNIT_PERCENT", rollUp=f"ROLL_UP_{method}",
                           frequency="FREQUENCY_SIX_MONTHLY")
            self.figures(name, **{"2021-22.h1": "66.7", "2021-22.h2": "100"})
        row = self.row("plans/r", "2021-22", "mean")
        self.assertEqual((row.value, rag(row.status), row.status_reason), ("", "UNKNOWN", "NO_PARTS"))
        self.assertEqual(self.row("plans/r", "2021-22", "last").value, "100")

    def test_every_method_and_completeness(self):
        for method, wanted in {"SUM": "10", "MEAN": "2.5", "LAST": "4", "MIN": "1",
                               "MAX": "4"}.items():
            name = f"q-{method.lower()}"
            self.indicator(name, "plans/r", rollUp=f"ROLL_UP_{method}",
                           frequency="FREQUENCY_QUARTERLY")
            self.figures(name, **{f"2021-22.q{q}": str(q) for q in range(1, 5)})
            self.assertEqual(self.row("plans/r", "2021-22", name).value, wanted)
        self.indicator("gap", "plans/r", rollUp="ROLL_UP_SUM", frequency="FREQUENCY_QUARTERLY")
        self.figures("gap", **{"2021-22.q1": "1", "2021-22.q2": "2", "2021-22.q4": "4"})
        row = self.row("plans/r", "2021-22", "gap")
        self.assertEqual((row.status_reason, row.value_rule),
                         ("INCOMPLETE", "roll-up sum of 3/4: INCOMPLETE"))
        point = self.point("gap", "2021-22", granularity="year", partial=True)
        self.assertEqual((point.row.value, point.row.value_rule),
                         ("7", "roll-up sum of 3/4, partial"))

    def test_the_target_at_month_6(self):
        self.indicator("sick", "plans/r", polarity="POLARITY_MIN", frequency="FREQUENCY_MONTHLY",
                       rollUp="ROLL_UP_SUM", targetProfile="TARGET_PROFILE_LINEAR")
        self.target("sick", "2021-22", "4.5")
        self.figures("sick", **{f"2021-{m:02d}": "0.40" for m in range(4, 10)})
        point = self.point("sick", "2021-09")
        self.assertEqual((point.year_to_date.rstrip("0"), point.target_to_date), ("2.4", "2.25"))
        row = self.row("plans/r", "2021-09", "sick")
        self.assertEqual((rag(row.status), row.shortfall_percent), ("ALERT", "6.6667"))

    def test_formulas(self):
        self.indicator("done", "plans/r")
        self.indicator("all", "plans/r")
        self.indicator("rate", "plans/r", formula="100 * done / all")
        self.figures("done", **{"2020-21": "6", "2021-22": "1"})
        self.figures("all", **{"2020-21": "8", "2021-22": "0"})
        row = self.row("plans/r", "2020-21", "rate")
        self.assertEqual((row.value, row.value_rule), ("75", "formula: 100 * done / all"))
        self.assertEqual(self.row("plans/r", "2021-22", "rate").value, "")
        before = self.api.seq()
        self.api.submit([submission("done", "2020-21", "2")], revise=True, reason="late")
        self.assertEqual(self.api.seq(), before + 1)
        self.assertEqual(self.row("plans/r", "2020-21", "rate").value, "25")
        self.refused(harness.grpc.StatusCode.INVALID_ARGUMENT, self.api.apply,
                     [patch("indicators/all", formula="rate + 1")], reason="FORMULA_CIRCLE")
        self.indicator("third", "plans/r")
        self.indicator("fourth", "plans/r")
        for policy in ("STRICT", "SKIP", "ZERO"):
            self.indicator(f"mean-{policy.lower()}", "plans/r", formula="mean(third, fourth)",
                           nullPolicy=f"NULL_POLICY_{policy}")
        self.figures("third", **{"2020-21": "4"})
        for policy, wanted in {"strict": "", "skip": "4", "zero": "2"}.items():
            self.assertEqual(self.row("plans/r", "2020-21", f"mean-{policy}").value, wanted)


class Section9Control(Worked):
    VECTOR = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]

    @classmethod
    def prepare(cls):
        cls.api.apply([create("plans/x", title="X")])

    def months(self, name, values, **fields):
        self.indicator(name, frequency="FREQUENCY_MONTHLY", **fields)
        periods = [f"{2020 + n // 12}-{n % 12 + 1:02d}" for n in range(len(values))]
        self.figures(name, **{f"{datetime.date(2020 + n // 12, n % 12 + 1, 1):%B %Y}": str(v)
                              for n, v in enumerate(values)})
        return periods

    def test_the_vector(self):
        self.months("vector", self.VECTOR)
        for screen, lower, upper in ((True, "-0.7156", "4.6044"), (False, "-3.0626", "6.9515")):
            out = self.series("vector", screen=screen)
            self.assertEqual(len(out.points), 18)
            self.assertEqual((out.control.mean, out.control.lower, out.control.upper),
                             ("1.9444", lower, upper))
            self.assertEqual((out.control.points, out.control.trial, out.control.screened),
                             (18, False, screen))
            self.assertEqual(list(out.points[4].special_causes), [P.SPECIAL_CAUSE_OUTSIDE_LIMITS])
            self.assertEqual(out.control.variation, P.VARIATION_COMMON_CAUSE)

    def test_icons(self):
        flat = [5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5]
        for polarity, icon in (("MAX", "IMPROVEMENT"), ("MIN", "CONCERN"), ("NONE", "NEUTRAL")):
            name = f"icon-{polarity.lower()}"
            self.months(name, flat + [30], polarity=f"POLARITY_{polarity}")
            self.assertEqual(self.series(name).control.variation,
                             P.Variation.Value(f"VARIATION_{icon}"))
        for name, target, icon in (("pass", "1", "CONSISTENTLY_PASS"), ("fail", "90",
                                   "CONSISTENTLY_FAIL"), ("miss", "5.5", "HIT_OR_MISS")):
            last = self.months(name, flat)[-1]
            self.target(name, last if last != "2021-01" else "January 2021", target)
            self.assertEqual(self.series(name).control.assurance,
                             P.Assurance.Value(f"ASSURANCE_{icon}"))
        self.months("short", flat[:12])
        self.assertTrue(self.series("short").control.trial)


class Section10Benchmarks(Worked):
    def benchmark(self, indicator, comparator, **fields):
        self.apply(json_format.ParseDict(
            {"create": {"benchmark": {"indicator": f"indicators/{indicator}", "period": "2020-21",
                                      "comparator": comparator, **fields}}},
            pb.register.Mutation()))

    def test_rank_ties_and_quartile(self):
        self.indicator("ranked")
        self.figures("ranked", **{"2020-21": "80"})
        self.benchmark("ranked", "family group", groupValues=["90", "80", "70", "60"])
        found = self.series("ranked").benchmarks[0]
        self.assertEqual((found.rank, found.members, found.quartile), (2, 5, 2))

    def test_above_average_is_worse(self):
        self.indicator("conceptions", polarity="POLARITY_MIN")
        self.figures("conceptions", **{"2020-21": "41.2"})
        self.benchmark("conceptions", "national", positionVerbatim="Above average")
        found = self.series("conceptions").benchmarks[0]
        self.assertEqual((found.position, found.comparison),
                         (pb.resources.BENCHMARK_POSITION_ABOVE, P.COMPARISON_WORSE))

    def test_reconciliation(self):
        self.plan("sums")
        self.indicator("east")
        self.indicator("west")
        self.indicator("city", "plans/sums", parts=["indicators/east", "indicators/west"])
        self.indicator("share", "plans/sums", unit="UNIT_PERCENT")
        self.figures("east", **{"2020-21": "40"})
        self.figures("west", **{"2020-21": "50"})
        self.figures("city", **{"2020-21": "100"})
        self.figures("share", **{"2020-21": "120"})
        found = self.api.performance.CheckPlan(
            P.CheckPlanRequest(plan="plans/sums", period="2020-21"))
        reasons = {f.reason: f for f in found.findings}
        self.assertIn("add up to 90", reasons["TOTAL_DIFFERS"].message)
        self.assertEqual(reasons["PERCENT_OUT_OF_RANGE"].other, "indicators/share")


class Section12Check(Worked):
    def test_what_is_found(self):
        self.plan("check", period="2021-24", start_date="2021-04-01", end_date="2024-03-31",
                  summary="See [ADD LINK] and HB 9")
        self.apply(create("objectives/c1", title="Homes", plan="plans/check", code="HB 1"))
        for name, code in (("one", "A 1"), ("two", "a1")):
            self.apply(create(f"actions/{name}", title="Build new council homes in the city",
                              plan="plans/check", deadline_verbatim="30 January 202", code=code))
        self.apply(create("risks/r1", title="Costs rise", plans=["plans/check"]),
                   create("risks/r2", title="Costs rise", plans=["plans/check"]))
        self.indicator("red", "plans/check", frequency="FREQUENCY_ANNUAL")
        self.indicator("silent", "plans/check", frequency="FREQUENCY_ANNUAL")
        self.target("red", "2021-22", "100")
        self.figures("red", **{"2021-22": "10"})
        found = self.api.performance.CheckPlan(
            P.CheckPlanRequest(plan="plans/check", period="2021-22", date="2022-12-01"))
        reasons = {f.reason for f in found.findings}
        for reason in ("PLACEHOLDER", "DATE_MALFORMED", "CODE_UNKNOWN", "UNLINKED",
                       "RED_WITHOUT_COMMENT", "SUBMISSION_OVERDUE", "DUPLICATE",
                       "DUPLICATE_CODE"):
            self.assertIn(reason, reasons)
        self.assertEqual(found.seq, self.api.seq())


class History(Worked):
    """Dated definitions, publication, corrections, frameworks."""

    def test_a_new_tolerance_leaves_earlier_statuses(self):
        self.plan("dated")
        self.indicator("dated", "plans/dated")
        for year in ("2021-22", "2022-23"):
            self.target("dated", year, "100")
            self.figures("dated", **{year: "92"})
        self.assertEqual(rag(self.row("plans/dated", "2021-22", "dated").status), "ALERT")
        change = json_format.ParseDict(
            {"patch": {"resource": {"name": "indicators/dated", "indicator": {"definitions": [
                {"fromPeriod": "2022/23", "toleranceRed": "10%"}]}},
                "updateMask": "definitions"}}, pb.register.Mutation())
        self.apply(change)
        self.assertEqual(rag(self.row("plans/dated", "2021-22", "dated").status), "ALERT")
        row = self.row("plans/dated", "2022-23", "dated")
        self.assertEqual(rag(row.status), "WARNING")
        self.assertIn("as defined from 2022-23", row.rule)

    def state(self, name, value, **fields):
        self.apply(json_format.ParseDict(
            {"patch": {"resource": {"name": name, "reportingPeriod":
                                    {"state": f"PERIOD_STATE_{value}"}}, "updateMask": "state"}},
            pb.register.Mutation()), **fields)

    def test_what_is_published_stays(self):
        self.plan("pub")
        self.indicator("pub", "plans/pub", rollUp="ROLL_UP_SUM", frequency="FREQUENCY_QUARTERLY")
        self.figures("pub", **{f"2020-21.q{q}": "10" for q in range(1, 5)})
        self.target("pub", "2020-21", "40")
        name = "reporting-periods/pub/2020-21"
        self.apply(json_format.ParseDict(
            {"create": {"reportingPeriod": {"plan": "plans/pub", "period": "2020/21"}}},
            pb.register.Mutation()))
        self.state(name, "LOCKED")
        self.state(name, "PUBLISHED")
        seq = self.api.get(name).reporting_period.published_seq
        published = self.card("plans/pub", "2020-21", as_of_seq=seq)
        self.assertEqual((published.rows[0].value, rag(published.rows[0].status)), ("40", "OK"))
        self.refused(harness.grpc.StatusCode.FAILED_PRECONDITION, lambda: self.api.submit(
            [submission("pub", "2020-21.q4", "5")], revise=True, reason="late"), field="period",
                     reason="PERIOD_LOCKED")
        self.state(name, "OPEN", reason="audit found five late")
        anna = self.daemon.api(service="finance", person="Anna Smith")
        anna.submit([submission("pub", "2020-21.q4", "5")], revise=True, reason="five were late")
        anna.close()
        now = self.card("plans/pub", "2020-21")
        self.assertEqual((now.rows[0].value, rag(now.rows[0].status)), ("35", "ALERT"))
        found = [c for c in now.corrections if c.field == "value"]
        self.assertEqual(
            [(c.resource, c.before, c.after, c.on_behalf_of, c.reason) for c in found],
            [("observations/pub/2020-21.q4", "10", "5", "Anna Smith", "five were late")])
        self.assertEqual(found[0].seq, self.api.seq())
        again = self.card("plans/pub", "2020-21", as_of_seq=seq)
        self.assertEqual(again.SerializeToString(), published.SerializeToString())

    def test_a_framework_lists_what_contributes(self):
        R = pb.resources
        self.apply(create("plans/sdg", title="UN SDG", kind=R.PLAN_KIND_REFERENCE_FRAMEWORK))
        self.apply(create("objectives/sdg-1", title="No poverty", plan="plans/sdg", code="1"))
        for plan in ("city", "service"):
            self.plan(plan)
            self.apply(create(f"objectives/{plan}-o", title=f"{plan} fairness",
                              plan=f"plans/{plan}"))
            self.link(f"objectives/{plan}-o", "CONTRIBUTES", "objectives/sdg-1")
            self.indicator(f"{plan}-i", f"objectives/{plan}-o")
            self.figures(f"{plan}-i", **{"2020-21": "1"})
        card = self.card("objectives/sdg-1", "2020-21")
        self.assertEqual(sorted(r.indicator for r in card.rows),
                         ["indicators/city-i", "indicators/service-i"])
        tree = self.api.performance.GetTree(P.GetTreeRequest(root="objectives/sdg-1"))
        self.assertEqual({n.name for n in tree.nodes},
                         {"objectives/sdg-1", "objectives/city-o", "objectives/service-o",
                          "indicators/city-i", "indicators/service-i"})
        text = self.daemon.provost("tree", "objectives/sdg-1").out
        self.assertIn("city fairness", text)
        self.assertIn("service fairness", text)


if __name__ == "__main__":
    harness.main()
