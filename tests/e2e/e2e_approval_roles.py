#!/usr/bin/python3
"""Who approves a figure: an approver over the indicator's organisation, another person than who submitted
it. Every way to write `workflow` goes through the one gate, and what a department may do with an approved
or rejected figure of its own stays possible."""
import itertools
import unittest

import grpc

import harness
import secure
from harness import Failure, create, delete, patch, pb, submission

R = pb.resources
CODE = grpc.StatusCode
DENIED, NOT_SECOND = CODE.PERMISSION_DENIED, CODE.FAILED_PRECONDITION
SUBMITTED, APPROVED, REJECTED = (R.WORKFLOW_SUBMITTED, R.WORKFLOW_APPROVED, R.WORKFLOW_REJECTED)
PERIODS = itertools.count(2000)


def measures(indicator, plan):
    m = pb.register.Mutation()
    m.create.link.MergeFrom(R.Link(**{"from": indicator, "to": plan, "kind": R.LINK_KIND_MEASURES}))
    return m


class ApprovalRoles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = secure.Secure()
        cls.s.admin.apply([
            create("plans/asks", title="Asks", approval_required=True, owner="organisations/own",
                   period="2021-24"),
            measures("indicators/own", "plans/asks")])
        cls.people = {}
        for name, role, organisation in (
                ("reporter", "CONTRIBUTOR", "own"), ("colleague", "CONTRIBUTOR", "own"),
                ("approver", "APPROVER", "own"), ("deputy", "APPROVER", "own"),
                ("team", "APPROVER", "own-team"), ("stranger", "APPROVER", "foreign"),
                ("auditor", "AUDITOR", ""), ("chief", "ADMIN", "")):
            cls.s.principal(name, f"ROLE_{role}", organisation and f"organisations/{organisation}")
            cls.people[name] = cls.s.api(cls.s.token(name).secret)
        cls.s.principal("form", "ROLE_APPROVER", "organisations/own", acts_for_others=True)
        cls.form = cls.s.token("form").secret

    @classmethod
    def tearDownClass(cls):
        cls.s.finish()

    def setUp(self):
        self.period = f"cy{next(PERIODS)}"
        self.name = f"observations/own/{self.period}"

    def by(self, who):
        """"approver", or "form for approver"."""
        if " for " not in who:
            return self.people[who]
        key = self.people.get(who)
        if key is None:
            key = self.people[who] = self.s.api(self.form, metadata=[
                ("provost-on-behalf-of", who.split(" for ")[1])])
        return key

    def submit(self, who="reporter", value="5", **fields):
        return self.by(who).submit([submission("own", self.period, value)], **fields)

    def state(self):
        return self.s.admin.get(self.name).observation.workflow

    def said(self, workflow=APPROVED, **fields):
        fields["workflow"] = workflow
        return patch(self.name, base_seq=self.s.admin.seq(), **fields)

    # ---- the ways to write a workflow; each as (api, mutations) ----

    def by_apply(self, api, mutations, reason="looked at"):
        api.apply(mutations, reason=reason)

    def by_stream(self, api, mutations, reason="looked at"):
        requests = [pb.register.ApplyStreamRequest(header=pb.register.ApplyStreamHeader(
            reason=reason)), pb.register.ApplyStreamRequest(
                mutations=pb.register.ApplyStreamPart(mutations=mutations))]
        answers = list(api.register.ApplyStream(iter(requests), timeout=30, metadata=api.metadata))
        for answer in answers:
            self.assertNotIn(b"DENIED", answer.SerializeToString())

    def refused(self, code, who, *mutations, reason=None):
        before = self.s.admin.seq()
        for way in (self.by_apply, self.by_stream):
            with self.assertRaises(grpc.RpcError, msg=(who, way.__name__)) as caught:
                way(self.by(who), list(mutations))
            failure = Failure(caught.exception)
            self.assertEqual(failure.code, code, (who, way.__name__, failure.message))
            if reason:
                self.assertEqual(failure.info.reason, reason)
        self.assertEqual(self.s.admin.seq(), before)
        return failure

    # ---- who may not ----

    def test_a_contributor_approves_neither_own_nor_anothers(self):
        self.submit("reporter")
        for who in ("reporter", "colleague"):
            for workflow in (APPROVED, REJECTED):
                failure = self.refused(DENIED, who, self.said(workflow))
                self.assertIn("approval", failure.message)
        self.assertEqual(self.state(), SUBMITTED)

    def test_an_approver_of_another_organisation_does_not(self):
        self.submit()
        self.refused(DENIED, "stranger", self.said())
        self.refused(DENIED, "auditor", self.said())
        self.assertEqual(self.state(), SUBMITTED)

    def test_an_approver_does_not_approve_their_own(self):
        self.submit("approver")
        self.refused(NOT_SECOND, "approver", self.said(), reason="SECOND_PERSON_NEEDED")
        self.refused(NOT_SECOND, "approver", self.said(REJECTED), reason="SECOND_PERSON_NEEDED")
        self.assertEqual(self.state(), SUBMITTED)
        self.by_apply(self.by("deputy"), [self.said()])
        self.assertEqual(self.state(), APPROVED)

    def test_an_administrator_does_not_approve_their_own(self):
        self.submit("chief")
        self.refused(NOT_SECOND, "chief", self.said(), reason="SECOND_PERSON_NEEDED")

    def test_what_comes_with_the_approval_does_not_carry_it(self):
        """Nobody gets a figure in as approved, neither by making it so nor by bringing it along."""
        for who in ("reporter", "approver"):
            self.by_apply(self.by(who), [create(
                self.name, indicator="indicators/own", period=self.period, verbatim="5",
                workflow=APPROVED)])
            self.assertEqual(self.state(), SUBMITTED)
            self.by_apply(self.by(who), [delete(self.name)])
        self.submit("colleague")
        self.by_apply(self.by("approver"), [self.said(verbatim="6")])
        self.assertEqual(self.state(), SUBMITTED)
        self.refused(NOT_SECOND, "approver", self.said(), reason="SECOND_PERSON_NEEDED")
        self.refused(DENIED, "reporter", self.said(note="and a note"))
        self.refused(DENIED, "reporter", patch(self.name, allow_missing=True, workflow=APPROVED,
                                               base_seq=self.s.admin.seq()))

    def test_a_token_for_less_approves_nothing(self):
        self.submit()
        for fields in ({"roles": ["ROLE_CONTRIBUTOR"]}, {"read_only": True},
                       {"organisation": "organisations/foreign"}):
            less = self.s.api(self.s.token("approver", **fields).secret)
            with self.assertRaises(grpc.RpcError, msg=fields) as caught:
                less.apply([self.said()])
            self.assertEqual(caught.exception.code(), DENIED, fields)
        self.assertEqual(self.state(), SUBMITTED)

    def test_a_contributor_is_not_granted_approval(self):
        """The right to approve comes with the role, not with a list of fields."""
        for role in ("CONTRIBUTOR", "VIEWER", "AUDITOR"):
            with self.assertRaises(grpc.RpcError, msg=role) as caught:
                self.s.admin.admin.AddGrant(pb.admin.AddGrantRequest(grant=pb.admin.Grant(
                    principal="colleague", role=f"ROLE_{role}", organisation="organisations/own",
                    field_groups=["FIELD_GROUP_REPORTING", "FIELD_GROUP_APPROVAL"])), timeout=30)
            failure = Failure(caught.exception)
            self.assertEqual((failure.code, failure.info.reason),
                             (CODE.INVALID_ARGUMENT, "GRANT_INVALID"))

    # ---- one person behind two names ----

    def test_who_acts_for_the_submitter_is_not_another_person(self):
        for submitter, judge in (("form for approver", "approver"),
                                 ("approver", "form for approver"),
                                 ("form for approver", "form for approver"),
                                 ("form for approver", "form for deputy")):
            self.setUp()
            self.submit(submitter)
            self.refused(NOT_SECOND, judge, self.said(), reason="SECOND_PERSON_NEEDED")
            self.assertEqual(self.state(), SUBMITTED)
        self.setUp()
        self.submit("form for approver")
        self.by_apply(self.by("deputy"), [self.said()])
        self.assertEqual(self.state(), APPROVED)

    def test_an_erasure_and_a_new_key_take_another_person_too(self):
        self.s.principal("desk", "ROLE_ADMIN", acts_for_others=True)
        secret = self.s.token("desk").secret
        desk = self.s.api(secret)
        desk_for_chief = self.s.api(secret, metadata=[("provost-on-behalf-of", "chief")])
        chief = self.by("chief")
        seq = self.submit().seq
        erase = pb.change_log.RedactChangeRequest(
            change_seq=seq, target=pb.change_log.REDACT_TARGET_FIELD, resource=self.name,
            field="value", reason="article 17")
        rotate = pb.admin.RotateLogKeyRequest(reason="yearly")
        for request, of in ((erase, lambda api: api.log.RedactChange),
                            (rotate, lambda api: api.admin.RotateLogKey)):
            def call(api, request=request, of=of):
                return of(api)(request, timeout=60, metadata=api.metadata)
            for asks, none in ((chief, desk_for_chief), (desk_for_chief, chief),
                               (desk_for_chief, desk)):
                request.approval_id = ""
                request.approval_id = call(asks).approval_id
                with self.assertRaises(grpc.RpcError) as caught:
                    call(none)
                self.assertEqual(Failure(caught.exception).info.reason, "SECOND_PERSON_NEEDED")
            self.assertGreater(call(self.s.admin).seq, 0)

    # ---- who may ----

    def test_approvers_over_the_organisation_do(self):
        for who in ("approver", "team", "chief", "form for approver"):
            self.setUp()
            self.submit()
            self.by_apply(self.by(who), [self.said()])
            self.assertEqual(self.state(), APPROVED, who)
        self.setUp()
        self.submit()
        self.by_stream(self.by("approver"), [self.said(REJECTED)])
        self.assertEqual(self.state(), REJECTED)

    def test_a_department_corrects_what_was_judged(self):
        for workflow in (APPROVED, REJECTED):
            self.setUp()
            self.submit()
            self.by_apply(self.by("approver"), [self.said(workflow)])
            self.submit("colleague", "6", revise=True, reason="late return")
            self.assertEqual(self.state(), SUBMITTED)
            self.by_apply(self.by("reporter"), [patch(self.name, verbatim="7",
                                                      base_seq=self.s.admin.seq())])
            self.assertEqual(self.state(), SUBMITTED)

    def test_a_department_asks_for_another_look_but_takes_no_approval_back(self):
        self.submit()
        self.by_apply(self.by("approver"), [self.said(REJECTED)])
        self.by_apply(self.by("reporter"), [self.said(SUBMITTED)])
        self.assertEqual(self.state(), SUBMITTED)
        self.by_apply(self.by("approver"), [self.said(APPROVED)])
        self.refused(DENIED, "reporter", self.said(SUBMITTED))
        self.refused(DENIED, "reporter", delete(self.name))
        self.assertEqual(self.state(), APPROVED)
        self.submit("colleague", "8", revise=True, reason="late")
        self.by_apply(self.by("reporter"), [delete(self.name)])

    def test_where_no_plan_asks_the_role_is_still_needed(self):
        self.name = f"observations/own-secret/{self.period}"
        self.by("reporter").submit([submission("own-secret", self.period, "5")])
        self.refused(DENIED, "reporter", self.said())
        self.refused(CODE.NOT_FOUND, "stranger", self.said())  # it is restricted
        self.by_apply(self.by("approver"), [self.said()])
        self.by("reporter").submit([submission("own-secret", self.period, "6")], revise=True,
                                   reason="late")
        self.assertEqual(self.state(), SUBMITTED)


if __name__ == "__main__":
    harness.main()
