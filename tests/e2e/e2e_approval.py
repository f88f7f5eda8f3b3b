#!/usr/bin/python3
"""Approval by someone other than the submitter, where the plan asks for it: two persons (the unix
peer and a second one over TCP), what each may do, and how the register shows what waits."""
import grpc

import harness
from harness import create, patch, pb, provost, submission

P = pb.performance
R = pb.resources
PERIOD = "2020-21"


class Approval(harness.RegisterTest):
    number = 0

    @classmethod
    def prepare(cls):
        cls.other = cls.daemon.api(tcp=True)
        cls.addClassCleanup(cls.other.close)
        cls.api.apply([create("organisations/cex", title="CEX"),
                       create("plans/asks", title="Asks", approval_required=True,
                              period="2020-22", owner="organisations/cex"),
                       create("objectives/o", title="O", plan="plans/asks"),
                       create("plans/free", title="Free", period="2020-22")])

    def measures(self, indicator, goal):
        m = pb.register.Mutation()
        m.create.link.MergeFrom(pb.resources.Link(
            **{"from": indicator, "to": goal, "kind": R.LINK_KIND_MEASURES}))
        return m

    def setUp(self):
        Approval.number += 1
        self.id = f"i{self.number}"
        self.name = f"indicators/{self.id}"
        self.figure = f"observations/{self.id}/{PERIOD}"
        self.api.apply([create(self.name, title=f"I{self.number}", unit=R.UNIT_PERCENT,
                               frequency=R.FREQUENCY_ANNUAL),
                        self.measures(self.name, "objectives/o")])

    def submit(self, value, api=None, **fields):
        return (api or self.api).submit([submission(self.id, PERIOD, value)], **fields)

    def judge(self, api, state, base_seq=None, reason="", name=None):
        seq = api.seq() if base_seq is None else base_seq
        return api.apply([patch(name or self.figure, mask=["workflow"], base_seq=seq,
                                workflow=R.Workflow.Value(f"WORKFLOW_{state}"))], reason=reason)

    def state(self):
        return R.Workflow.Name(self.api.get(self.figure).observation.workflow)[len("WORKFLOW_"):]

    def row(self):
        card = self.api.performance.GetScorecard(
            P.GetScorecardRequest(scope="plans/asks", period=PERIOD), timeout=30)
        return card, next((r for r in card.rows if r.indicator == self.name), None)

    def due(self):
        answer = self.api.performance.ListDue(P.ListDueRequest(
            scope="plans/asks", date="2021-06-30", page_size=1000), timeout=30)
        return [(i.what, i.period, list(i.owners)) for i in answer.items
                if i.name == self.name and i.period == PERIOD]

    def no(self, code, why, call, *args, **kwargs):
        """The message of a refusal."""
        def run():
            return call(*args, **kwargs)
        return self.refused(getattr(grpc.StatusCode, code), run, reason=why).message

    def test_another_person_approves(self):
        self.submit("90%")
        self.assertEqual(self.state(), "SUBMITTED")
        text = self.no("FAILED_PRECONDITION", "SECOND_PERSON_NEEDED",
                            self.judge, self.api, "APPROVED")
        self.assertIn("plans/asks asks for approval by someone else", text)
        self.assertEqual(self.state(), "SUBMITTED")
        self.judge(self.other, "APPROVED")
        self.assertEqual(self.state(), "APPROVED")
        change = self.api.changes(resource=self.figure, page_size=1)[0]
        self.assertNotEqual(change.principal, self.api.changes(resource=self.name)[0].principal)
        self.assertEqual([(f.field, f.before, f.after) for f in change.items[0].fields],
                         [("workflow", "SUBMITTED", "APPROVED")])

    def test_what_waits_is_shown_as_provisional_and_is_due(self):
        card, _ = self.row()
        waiting = card.awaiting_approval
        self.assertEqual(self.due(), [("SUBMIT", PERIOD, [])])
        self.submit("90%")
        card, row = self.row()
        self.assertEqual((row.value, row.workflow, card.awaiting_approval),
                         ("90", R.WORKFLOW_SUBMITTED, waiting + 1))
        self.assertIn(R.VALUE_FLAG_PROVISIONAL, row.flags)
        self.assertEqual(self.due(), [("APPROVE", PERIOD, ["organisations/cex"])])
        series = self.api.performance.GetIndicatorSeries(
            P.GetIndicatorSeriesRequest(indicator=self.name), timeout=30)
        self.assertEqual([p.row.workflow for p in series.points if p.row.value],
                         [R.WORKFLOW_SUBMITTED])
        self.judge(self.other, "APPROVED")
        card, row = self.row()
        self.assertEqual((row.workflow, list(row.flags), card.awaiting_approval),
                         (R.WORKFLOW_APPROVED, [], waiting))
        self.assertEqual(self.due(), [])

    def test_a_rejected_figure_does_not_count_and_is_due_again(self):
        self.submit("90%")
        self.no("INVALID_ARGUMENT", "REASON_REQUIRED",
                     self.judge, self.other, "REJECTED")
        self.judge(self.other, "REJECTED", reason="counts May twice")
        _, row = self.row()
        self.assertEqual((row.value, row.value_verbatim, row.status_reason, row.workflow),
                         ("", "", "REJECTED", R.WORKFLOW_REJECTED))
        self.assertEqual(self.due()[0][0], "SUBMIT")
        again = self.submit("90%")
        self.assertEqual([w.reason for w in again.results[0].warnings], ["FIGURE_REJECTED"])
        self.submit("85%")  # no revise needed: what was rejected is no figure
        self.assertEqual(self.state(), "SUBMITTED")
        self.assertEqual(self.row()[1].value, "85")

    def test_a_correction_needs_approval_again(self):
        self.submit("90%")
        self.judge(self.other, "APPROVED")
        self.submit("91%", api=self.other, revise=True, reason="late return")
        self.assertEqual(self.state(), "SUBMITTED")
        self.no("FAILED_PRECONDITION", "SECOND_PERSON_NEEDED",
                     self.judge, self.other, "APPROVED")
        self.judge(self.api, "APPROVED")
        self.api.apply([patch(self.figure, mask=["note"], note="a remark is no figure")])
        self.assertEqual(self.state(), "APPROVED")

    def test_nobody_approves_in_the_same_breath(self):
        answer = self.api.apply([create(self.figure, indicator=self.name, period=PERIOD,
                                        verbatim="90%", workflow=R.WORKFLOW_APPROVED)])
        self.assertEqual(self.state(), "SUBMITTED")
        self.assertEqual([w.reason for w in answer.results[0].warnings], ["APPROVAL_NEEDED"])
        self.other.apply([patch(self.figure, mask=["verbatim", "workflow"], base_seq=self.api.seq(),
                                verbatim="95%", workflow=R.WORKFLOW_APPROVED)])
        self.assertEqual(self.state(), "SUBMITTED")

    def test_a_switch_of_the_rule_holds_from_the_next_request_on(self):
        self.submit("90%")
        off = patch("plans/asks", mask=["approval_required"], approval_required=False)
        self.no("FAILED_PRECONDITION", "SECOND_PERSON_NEEDED",
                     self.api.apply, [off, patch(self.figure, mask=["workflow"],
                                                 base_seq=self.api.seq(),
                                                 workflow=R.WORKFLOW_APPROVED)])
        self.assertTrue(self.api.get("plans/asks").plan.approval_required)

    def test_what_is_approved_is_what_was_read(self):
        self.submit("90%")
        read = self.other.seq()
        self.submit("10%", revise=True, reason="slip")
        text = self.no("ABORTED", "CONFLICT",
                            self.judge, self.other, "APPROVED", base_seq=read)
        self.assertIn('it is now "10"', text)
        self.no("INVALID_ARGUMENT", "BASE_SEQ_INVALID",
                     self.judge, self.other, "APPROVED", base_seq=0)
        self.assertEqual(self.state(), "SUBMITTED")

    def test_without_the_rule_the_field_is_free_but_an_approval_is_of_one_figure(self):
        self.api.apply([create("indicators/free", title="Free"),
                        self.measures("indicators/free", "plans/free")])
        self.api.submit([submission("free", PERIOD, "1")])
        name = f"observations/free/{PERIOD}"
        self.assertEqual(self.api.get(name).observation.workflow, R.WORKFLOW_UNSPECIFIED)
        self.judge(self.api, "APPROVED", name=name)
        self.api.submit([submission("free", PERIOD, "2")], revise=True, reason="late")
        self.assertEqual(self.api.get(name).observation.workflow, R.WORKFLOW_SUBMITTED)

    def test_a_locked_period_can_be_approved_and_only_then_published(self):
        period = "reporting-periods/asks/2021-22"
        name = f"observations/{self.id}/2021-22"

        def step(state):
            m = pb.register.Mutation()
            m.patch.allow_missing = True
            m.patch.resource.name = period
            m.patch.resource.reporting_period.MergeFrom(R.ReportingPeriod(
                plan="plans/asks", period="2021-22", state=f"PERIOD_STATE_{state}"))
            return self.api.apply([m], reason="board")
        self.api.submit([submission(self.id, "2021-22", "90%")])
        step("OPEN")
        step("LOCKED")
        text = self.no("FAILED_PRECONDITION", "APPROVAL_NEEDED",
                            step, "PUBLISHED")
        self.assertIn(name, text)
        self.judge(self.other, "APPROVED", name=name)
        step("PUBLISHED")
        self.no("FAILED_PRECONDITION", "PERIOD_LOCKED",
                     self.judge, self.other, "REJECTED", reason="too late", name=name)
        step("OPEN")

    def test_as_of_shows_what_was_approved_then(self):
        self.submit("90%")
        before = self.api.seq()
        self.judge(self.other, "APPROVED")
        old = self.api.get(self.figure, as_of_seq=before).observation.workflow
        self.assertEqual(old, R.WORKFLOW_SUBMITTED)

    def test_commands(self):
        def tcp(*args):
            return provost(*args, server=self.daemon.tcp)
        self.daemon.provost("submit", self.id, PERIOD, "90%")
        own = self.daemon.provost("approve", self.id, "2020/21", code=None)
        self.assertEqual(own.code, 4, own.err)
        self.assertIn("another person must judge it", own.err)
        other = provost("approve", self.id, "2020/21", "80%", server=self.daemon.tcp, code=None)
        self.assertEqual(other.code, 4)
        self.assertIn('the figure is "90%", not "80%"', other.err)
        card = self.daemon.provost("scorecard", "plans/asks", "--period", PERIOD).out
        self.assertIn("90% (to approve)", card)
        self.assertIn("APPROVE", self.daemon.provost("-o", "plain", "due", "plans/asks", "--date",
                                                     "2021-06-30").out)
        self.assertIn("updated", tcp("approve", self.id, "2020/21", "90%").out.lower())
        self.assertEqual(self.state(), "APPROVED")
        none = provost("reject", self.id, PERIOD, server=self.daemon.tcp, code=None)
        self.assertIn("reason", none.err)
        tcp("reject", self.id, PERIOD, "--reason", "counts May twice")
        self.assertIn("(rejected)", self.daemon.provost("scorecard", "plans/asks", "--period",
                                                        PERIOD).out)
        missing = provost("approve", "nothing", PERIOD, server=self.daemon.tcp, code=None)
        self.assertEqual(missing.code, 3)


if __name__ == "__main__":
    harness.main()
