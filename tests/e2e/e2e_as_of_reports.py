#!/usr/bin/python3
"""Every method that reads, at any moment: what it answered when change N was the newest is, byte for
byte, what it answers later as of N, by seq and by time, whatever was written between: definitions,
targets, links, actions, risks, periods, money, benchmarks, decisions, approvals, deletions."""
import os
import time

import grpc

import harness
from google.protobuf.timestamp_pb2 import Timestamp
from harness import create, delete, patch, pb, submission

P, R, G = pb.performance, pb.resources, pb.register
DAY = "2021-11-30"
COLLECTIONS = ["organisations", "posts", "plans", "objectives", "indicators", "targets",
               "observations", "actions", "links", "notes", "benchmarks", "risks", "budget-lines",
               "reporting-periods", "decisions"]
SCOPES = ["plans/p", "objectives/o", "organisations/o", "tag=key"]


def raw(collection, body, **fields):
    """A create of a kind whose member is not its collection without the last letter."""
    m = pb.register.Mutation()
    getattr(m.create, body).MergeFrom(
        {"budget_line": R.BudgetLine, "reporting_period": R.ReportingPeriod, "link": R.Link,
         "benchmark": R.Benchmark, "risk": R.Risk}[body](**fields))
    m.create.name = collection
    return m


def repatch(name, body, mask, **fields):
    m = raw("", body, **fields)
    p = pb.register.Mutation()
    p.patch.resource.CopyFrom(m.create)
    p.patch.resource.name = name
    p.patch.update_mask.paths.extend(mask)
    return p


PERIOD = "reporting-periods/p/2020-21"


def period(state):
    return repatch(PERIOD, "reporting_period", ["state"], plan="plans/p", period="2020-21",
                   state=state)


WRITES = [
    [create("organisations/o", title="Parks")],
    [create("posts/m", title="Manager", organisation="organisations/o")],
    [create("plans/p", title="Plan", period="2019-24", owner="organisations/o", tags=["key"])],
    [create("objectives/o", title="Objective", plan="plans/p", code="1")],
    [create("indicators/i", title="Figures in per cent", unit=R.UNIT_PERCENT, decimals=1,
            polarity=R.POLARITY_MAX, frequency=R.FREQUENCY_ANNUAL, tags=["key"],
            scope_organisation="organisations/o", owner="posts/m")],
    [raw("", "link", **{"from": "indicators/i", "to": "objectives/o",
                        "kind": R.LINK_KIND_MEASURES})],
    [create("targets/i/2020-21", indicator="indicators/i", period="2020-21", verbatim="90%")],
    "70 2019-20", "88 2020-21",
    [create("indicators/q", title="Quarters", polarity=R.POLARITY_MIN, tags=["key"],
            frequency=R.FREQUENCY_QUARTERLY, roll_up=R.ROLL_UP_SUM,
            scope_organisation="organisations/o"),
     raw("", "link", **{"from": "indicators/q", "to": "plans/p", "kind": R.LINK_KIND_MEASURES})],
    "q 1 2020-21.q1", "q 2 2020-21.q2", "q 3 2020-21.q3", "q 4 2020-21.q4",
    [create("indicators/f", title="Formula", formula="i + 1", tags=["key"])],
    [patch("indicators/i", tolerance_red="1%")],
    [patch("indicators/i", definitions=[R.IndicatorDefinition(
        from_period="2020-21", tolerance_red="10%", reason="members asked")])],
    [patch("targets/i/2020-21", mask=["verbatim", "value", "state"], verbatim="80%")],
    [create("actions/a", title="Action", plan="plans/p", leads=["posts/m"],
            deadline_verbatim="Autumn 2021")],
    [raw("", "link", **{"from": "actions/a", "to": "objectives/o", "kind": R.LINK_KIND_DELIVERS})],
    [patch("actions/a", progress=50, status=R.ACTION_STATUS_IN_PROGRESS)],
    [create("risks/r", title="Risk", plans=["plans/p"], owner="posts/m", review_date="2021-10-01",
            tags=["key"])],
    [repatch("risks/r", "risk", ["current"], current=R.RiskScore(likelihood=4, impact=5))],
    [raw("", "benchmark", indicator="indicators/i", period="2020-21", comparator="Scotland",
         value="85", group_values=["80", "95"])],
    [raw("budget-lines/b", "budget_line", title="Money", subject="plans/p", period="2020-21",
         verbatim="(£1.159)", scale=R.MONEY_SCALE_MILLION)],
    [create("notes/n", subject="indicators/i", period="2020-21", text="why",
            kind=R.NOTE_KIND_COMMENTARY)],
    [create("decisions/d", title="Agreed", plan="plans/p", date="2021-06-01",
            outcome=R.DECISION_OUTCOME_APPROVED)],
    [raw("", "reporting_period", plan="plans/p", period="2020-21", due_date="2021-05-15")],
    [period(R.PERIOD_STATE_LOCKED)], [period(R.PERIOD_STATE_PUBLISHED)],
    [period(R.PERIOD_STATE_OPEN)],
    "89 2020-21",
    [patch("plans/p", approval_required=True)],
    "91 2020-21",
    [repatch("benchmarks/i/2020-21/scotland", "benchmark", ["value"], value="92")],
    [patch("decisions/d", outcome=R.DECISION_OUTCOME_AMENDED)],
    [repatch("budget-lines/b", "budget_line", ["verbatim", "scale", "amount", "state"],
             verbatim="2", scale=R.MONEY_SCALE_GBP)],
    [patch("actions/a", progress=100, status=R.ACTION_STATUS_COMPLETED,
           completed_on="2021-11-01")],
    [delete("links/delivers/actions/a/objectives/o")], [delete("actions/a")], [delete("risks/r")],
    [delete("observations/i/2019-20")], [delete("targets/i/2020-21")], [delete("notes/n")],
    [delete("benchmarks/i/2020-21/scotland")], [delete("budget-lines/b")],
    [delete("decisions/d")], [delete(PERIOD)],
    [create("actions/a", title="Another action", plan="plans/p", deadline_verbatim="TBC")],
]


class AsOfReports(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.exports = {}  # seq: folder of what was exported then
        cls.moments = []  # (seq, time behind it, {question: answer})
        for write in WRITES:
            if isinstance(write, str):
                *indicator, value, when = write.split()
                cls.api.submit([submission(indicator[0] if indicator else "i", when, value)],
                               revise=True, reason="return")
            else:
                cls.api.apply(write, reason="board 3 May")
            seq = cls.api.seq()
            answers = cls.ask_all({})
            if len(cls.moments) in (len(WRITES) // 3, len(WRITES) * 2 // 3):
                cls.exports[seq] = os.path.join(cls.daemon.dir, f"export-{seq}")
                cls.daemon.provost("export", cls.exports[seq])
            time.sleep(0.002)
            now = time.time_ns()
            time.sleep(0.002)
            cls.moments.append((seq, Timestamp(seconds=now // 10**9, nanos=now % 10**9 // 1000
                                               * 1000), answers))

    @classmethod
    def questions(cls):
        perf, reg = cls.api.performance, cls.api.register
        for scope in SCOPES:
            for when in ("2020-21", "2020-21.q3"):
                yield perf.GetScorecard, P.GetScorecardRequest(
                    scope=scope, period=when, with_forecast=True, with_children=True)
            for measure in (P.PROGRESS_MEASURE_IMPROVING_OR_MAINTAINED,
                            P.PROGRESS_MEASURE_ON_TARGET):
                yield perf.GetProgress, P.GetProgressRequest(scope=scope, measure=measure,
                                                             period="2020-21")
            for measure in (P.PROGRESS_MEASURE_ACTIONS_ON_SCHEDULE,
                            P.PROGRESS_MEASURE_ACTIONS_COMPLETED):
                yield perf.GetProgress, P.GetProgressRequest(scope=scope, measure=measure,
                                                             date=DAY)
            yield perf.ListDue, P.ListDueRequest(scope=scope, date=DAY, page_size=1000)
        for scope in ("", "plans/p", "organisations/o", "tag=key"):
            for score in (P.RISK_SCORE_KIND_CURRENT, P.RISK_SCORE_KIND_TARGET):
                yield perf.GetRiskMatrix, P.GetRiskMatrixRequest(scope=scope, score=score)
        for name in "iqf":
            for granularity in ("", "year", "quarter"):
                yield perf.GetIndicatorSeries, P.GetIndicatorSeriesRequest(
                    indicator=f"indicators/{name}", granularity=granularity, partial=True)
        yield perf.CheckPlan, P.CheckPlanRequest(plan="plans/p", period="2020-21", date=DAY)
        for root in ("plans/p", "objectives/o"):
            yield perf.GetTree, P.GetTreeRequest(root=root, period="2020-21")
        for collection in COLLECTIONS:
            yield reg.ListResources, G.ListResourcesRequest(collection=collection, page_size=1000)
        for collection, condition in (("indicators", 'tags : "key"'), ("observations", "value > 2"),
                                      ("actions", "progress >= 50"), ("plans", "approval_required = true"),
                                      ("risks", 'title = "Risk"')):
            yield reg.ListResources, G.ListResourcesRequest(
                collection=collection, filter=condition, order_by="update_time desc",
                page_size=1000)
        yield reg.GetResource, G.GetResourceRequest(name="indicators/i")
        yield reg.BatchGetResources, G.BatchGetResourcesRequest(names=["plans/p", "indicators/i"])

    @classmethod
    def ask_all(cls, as_of):
        """Answers, and refusals with code and text, in the order of the questions."""
        answers = []
        for method, question in cls.questions():
            request = type(question)()
            request.CopyFrom(question)
            for key, value in as_of.items():
                if key == "as_of_time":
                    request.as_of_time.CopyFrom(value)
                else:
                    setattr(request, key, value)
            try:
                answer = method(request, timeout=60)
            except grpc.RpcError as error:
                assert not isinstance(request, G.ListResourcesRequest), error
                answers.append((error.code(), ""))
                continue
            answers.append((None, answer))
        return answers

    def compare(self, seq, then, later):
        for (_, question), old, new in zip(self.questions(), then, later):
            if old[0] is not None or new[0] is not None:
                self.assertEqual(old[0], new[0], (seq, question))
                continue
            self.assertEqual(old[1].SerializeToString(deterministic=True),
                             new[1].SerializeToString(deterministic=True),
                             f"as of {seq}, {type(question).__name__} {question}\n"
                             f"then {old[1]}\nlater {new[1]}")

    def test_by_seq(self):
        for seq, _, answers in self.moments:
            self.compare(seq, answers, self.ask_all({"as_of_seq": seq}))

    def test_by_time(self):
        for seq, moment, answers in self.moments:
            self.compare(seq, answers, self.ask_all({"as_of_time": moment}))

    def test_every_method_that_reports_is_asked(self):
        asked = {type(question).DESCRIPTOR.name for _, question in self.questions()}
        service = P.DESCRIPTOR.services_by_name["PerformanceService"]
        self.assertEqual({m.input_type.name for m in service.methods} - asked, set())

    def test_every_kind_is_asked_for(self):
        body = R.Resource.DESCRIPTOR.oneofs_by_name["body"]
        self.assertEqual({f.name.replace("_", "-") + "s" for f in body.fields}, set(COLLECTIONS))

    def test_export(self):
        """The bundle of a moment is, file for file, what it was then."""
        for seq, folder in self.exports.items():
            later = folder + "-later"
            self.daemon.provost("--as-of", seq, "export", later)
            names = sorted(os.listdir(folder))
            self.assertGreater(len(names), 5)
            self.assertEqual(sorted(os.listdir(later)), names)
            for name in names:
                if name.endswith(".csv"):
                    with open(os.path.join(folder, name), "rb") as then, \
                            open(os.path.join(later, name), "rb") as now:
                        self.assertEqual(then.read(), now.read(), (seq, name))

    def test_the_moments_differ(self):
        """Every method has answered, and not the same all the time."""
        methods = [type(q).__name__ for _, q in self.questions()]
        for method in sorted(set(methods)):
            seen = {str(a[1]) for _, _, answers in self.moments
                    for m, a in zip(methods, answers) if m == method and a[0] is None}
            self.assertGreater(len(seen), 5, method)


if __name__ == "__main__":
    harness.main()
