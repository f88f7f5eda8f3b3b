#!/usr/bin/python3
"""What is kept from somebody shows nowhere.

Two registers that differ only in what a department may not see (in the second, changes of who may do
what stand where those of hidden things stand in the first, so that positions agree) give it the same
answers to the same questions, page by page, in every report, in the log and in a watch.
"""
import json
import re
import unittest

import grpc
from google.protobuf import json_format

import harness
import secure
from harness import create, delete, patch, pb, submission

CODE = grpc.StatusCode
R, L, P, A = pb.register, pb.change_log, pb.performance, pb.admin
INTERNAL = pb.resources.VISIBILITY_INTERNAL
HIDDEN = ["plans/secret", "objectives/secret-goal", "indicators/secret-kpi",
          "observations/secret-kpi/2021-22.q1", "actions/secret-act", "risks/secret-risk",
          "notes/secret-note", "links/measures/indicators/secret-kpi/objectives/open-goal",
          "links/measures/indicators/own/objectives/secret-goal",
          "reporting-periods/secret/2019-20", "targets/secret-kpi/2021-22",
          "budget-lines/secret-money", "benchmarks/secret-kpi/2021-22/scotland"]


def open_things(admin):
    admin.apply([create("objectives/open-goal", title="Goal", plan="plans/foreign"),
                 create("actions/open-act", title="Act", plan="plans/foreign",
                        leads=["organisations/foreign"]),
                 create("risks/open-risk", title="Risk", owner="organisations/foreign",
                        plans=["plans/foreign"]),
                 create("notes/open-note", subject="indicators/foreign", text="N")])
    admin.apply([link("measures", "indicators/own", "objectives/open-goal"),
                 link("measures", "indicators/foreign", "objectives/open-goal")])


def link(kind, start, end):
    return create(f"links/{kind}/{start}/{end}", **{"from": start, "to": end,
                                                    "kind": pb.resources.LinkKind.Value(
                                                        "LINK_KIND_" + kind.upper())})


def hide(admin):
    """Each call is one change; as many as dummies() makes."""
    owner = "organisations/foreign"
    admin.apply([create("plans/secret", title="Secret plan", owner=owner, period="2021-24",
                        visibility=INTERNAL),
                 create("objectives/secret-goal", title="Secret goal", plan="plans/secret"),
                 create("indicators/secret-kpi", title="Secret kpi", owner=owner,
                        visibility=INTERNAL, frequency=pb.resources.FREQUENCY_QUARTERLY),
                 create("actions/secret-act", title="Secret act", plan="plans/secret",
                        leads=[owner])])
    admin.apply([create("risks/secret-risk", title="Secret risk", owner=owner,
                        plans=["plans/foreign"], visibility=INTERNAL),
                 create("notes/secret-note", subject="indicators/foreign", text="Secret text",
                        visibility=INTERNAL),
                 create("budget-lines/secret-money", title="Secret money",
                        subject="plans/secret", amount="5", period="2021-22"),
                 create("benchmarks/secret-kpi/2021-22/scotland", indicator="indicators/secret-kpi",
                        period="2021-22", comparator="Scotland", value="7")])
    admin.apply([link("measures", "indicators/secret-kpi", "objectives/open-goal"),
                 link("measures", "indicators/own", "objectives/secret-goal"),
                 create("targets/secret-kpi/2021-22", indicator="indicators/secret-kpi",
                        period="2021-22", value="9")])
    admin.submit([submission("secret-kpi", "2021-22.q1", "3"),
                  submission("secret-kpi", "2021-22.q2", "4")])
    admin.apply([create("reporting-periods/secret/2019-20", plan="plans/secret",
                        period="2019-20", state=pb.resources.PERIOD_STATE_LOCKED)])
    admin.apply([patch("indicators/secret-kpi", title="Secret kpi still")], reason="secret reason")
    admin.apply([delete("notes/secret-note")])


def dummies(admin):
    for n in range(7):
        admin.admin.SetPrincipal(A.SetPrincipalRequest(principal=A.Principal(name="dummy"),
                                                       reason=f"dummy {n}"), timeout=30)


def fill_open_after(admin):
    admin.submit([submission("foreign", "2021-22.q2", "6"), submission("own", "2021-22.q2", "8")])
    admin.apply([patch("indicators/foreign", title="Title later")])


def plain(message):
    """As JSON without what differs between any two registers: clocks, hashes."""
    text = json.dumps(json_format.MessageToDict(message), sort_keys=True)
    text = re.sub(r'"\d{4}-\d\d-\d\dT[^"]*Z"', '"TIME"', text)
    return re.sub(r'"(leafHash|entry|items|hashes|checkpoint|note)": ("[^"]*"|\[[^][]*\])',
                  r'"\1": "HASH"', text)


class Hidden(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.both = []
        for secrets in (hide, dummies):
            s = secure.Secure()
            s.principal("dept", "ROLE_CONTRIBUTOR", "organisations/own")
            open_things(s.admin)
            secrets(s.admin)
            fill_open_after(s.admin)
            cls.both.append((s, s.api(s.token("dept").secret)))
        cls.head = cls.both[0][0].admin.seq()
        assert cls.head == cls.both[1][0].admin.seq(), "the positions do not agree"

    @classmethod
    def tearDownClass(cls):
        for s, _ in cls.both:
            s.finish()

    def ask(self, api, method, request):
        """One answer, all pages of it, or what was refused, as text."""
        service, name = method.split(".")
        call = getattr(getattr(api, service), name)
        said = []
        try:
            for _ in range(300):
                answer = call(request, timeout=30, metadata=api.metadata)
                said.append(plain(answer))
                token = getattr(answer, "next_page_token", "")
                if not token:
                    return "\n".join(re.sub(r'"nextPageToken": "[^"]*"', '"nextPageToken": "..."',
                                            page) for page in said)
                request.page_token = token
        except grpc.RpcError as error:
            return f"{error.code()} {error.details()}"
        raise AssertionError(f"{method} has no end")

    def same(self, method, request):
        first, second = (self.ask(api, method, type(request).FromString(
            request.SerializeToString())) for _, api in self.both)
        self.assertEqual(first, second, f"{method}({request})")
        return first

    def test_by_name(self):
        for name in HIDDEN + ["indicators/foreign", "indicators/own"]:
            for as_of in (0, self.head - 2):
                self.same("register.GetResource", R.GetResourceRequest(name=name, as_of_seq=as_of))
            self.same("register.BatchGetResources",
                      R.BatchGetResourcesRequest(names=["indicators/own", name]))

    def test_lists(self):
        collections = sorted({name.split("/")[0] for name in HIDDEN} | {"organisations"})
        for collection in collections + ["observations/secret-kpi", "links/measures"]:
            for fields in ({}, {"order_by": "update_time desc"}, {"as_of_seq": self.head - 1}):
                for size in (1, 1000):
                    said = self.same("register.ListResources", R.ListResourcesRequest(
                        collection=collection, page_size=size, **fields))
                    said = re.sub(r'"indicators/own-secret"|"title": "Secret"|own-secret', "", said)
                    self.assertNotRegex(said, "ecret[ -]")
        self.same("register.ListResources", R.ListResourcesRequest(
            collection="indicators", filter='title : "secret"'))
        self.same("register.ListResources", R.ListResourcesRequest(
            collection="links", filter='from = "indicators/secret-kpi"'))

    def test_reports(self):
        scopes = ["plans/foreign", "plans/own", "plans/secret", "objectives/open-goal",
                  "objectives/secret-goal", "organisations/foreign", "organisations/council", ""]
        for as_of in (0, self.head - 1):
            for scope in scopes:
                self.same("performance.GetScorecard", P.GetScorecardRequest(
                    scope=scope, period="2021-22", with_children=True, with_forecast=True,
                    as_of_seq=as_of))
                for measure in P.ProgressMeasure.values():
                    self.same("performance.GetProgress", P.GetProgressRequest(
                        scope=scope, measure=measure, period="2021-22.q2", date="2021-11-30",
                        as_of_seq=as_of))
                for size in (0, 1):
                    self.same("performance.ListDue", P.ListDueRequest(
                        scope=scope, date="2021-11-30", days_ahead=500, page_size=size,
                        as_of_seq=as_of))
                self.same("performance.GetRiskMatrix", P.GetRiskMatrixRequest(
                    scope=scope, as_of_seq=as_of))
                self.same("performance.CheckPlan", P.CheckPlanRequest(plan=scope, as_of_seq=as_of))
                self.same("performance.GetTree", P.GetTreeRequest(root=scope, as_of_seq=as_of))
            for indicator in ("own", "foreign", "secret-kpi", "never-there"):
                self.same("performance.GetIndicatorSeries", P.GetIndicatorSeriesRequest(
                    indicator="indicators/" + indicator, as_of_seq=as_of))

    def test_the_log(self):
        for fields in ({}, {"oldest_first": True}, {"field": "title"}, {"principal": "admin"},
                       {"reason_contains": "secret"}, {"reason_contains": "dummy"},
                       {"reason_contains": "principal"}, {"reason_contains": "grant"},
                       *({"resource": name} for name in HIDDEN),
                       {"resource": "indicators"}, {"resource": "notes"},
                       {"resource": "observations/secret-kpi"}, {"from_seq": 5, "to_seq": 12}):
            for size in (1, 2, 1000):
                said = self.same("log.ListChanges", L.ListChangesRequest(page_size=size, **fields))
                self.assertNotRegex(said, "[^n]-secret|secret-|Secret[ ]|principal dummy")
        for seq in range(1, self.head + 2):
            self.same("log.GetChange", L.GetChangeRequest(change_seq=seq))

    def test_a_watch(self):
        seen = []
        for _, api in self.both:
            stream = api.log.WatchChanges(L.WatchChangesRequest(from_seq=1), timeout=30,
                                          metadata=api.metadata)
            seen.append([])
            for answer in stream:
                if answer.HasField("change"):
                    seen[-1].append(plain(answer.change))
                if answer.seq >= self.head:
                    break
            stream.cancel()
        self.assertEqual(*seen)


class Writes(unittest.TestCase):
    """Rules hold for what one does not see too; what they say does not name it."""

    def setUp(self):
        self.s = s = secure.Secure()
        self.addCleanup(s.finish)
        s.principal("dept", "ROLE_CONTRIBUTOR", "organisations/own")
        open_things(s.admin)
        hide(s.admin)

    def test_refusals_name_nothing(self):
        s, api = self.s, self.s.api(self.s.token("dept").secret)
        s.admin.apply([patch("indicators/secret-kpi", formula="own + 1",
                             mask=["formula"])])
        s.principal("definer", "ROLE_APPROVER", "organisations/own")
        definer = s.api(s.token("definer").secret)
        # Its formula is computed, and its writer does not hear of it.
        answer = api.submit([submission("own", "2022-23.q1", "5")])
        self.assertNotIn("ecret", str(answer))
        self.assertEqual(s.admin.get("observations/secret-kpi/2022-23.q1").observation.value, "6")
        s.admin.apply([create("indicators/bare", title="B", owner="organisations/own")])
        s.admin.apply([patch("indicators/secret-kpi", formula="own + bare",
                             mask=["formula"])])
        own = "organisations/own"
        for says, attempt in (
                ("a plan that you may not see",
                 lambda: api.submit([submission("own", "2019-20.q1", "5")])),
                ("something that you may not see",
                 lambda: definer.apply([
                     delete("indicators/bare")])),
                (None, lambda: definer.apply([patch("indicators/own",
                                                    formula="secret-kpi * 2")])),
                (None, lambda: definer.apply([create("indicators/secret-kpi", title="x",
                                                     owner=own)])),
                (None, lambda: definer.apply([link("measures", "indicators/own",
                                                   "objectives/secret-goal")])),
                (None, lambda: definer.apply([create("notes/n", subject="plans/secret",
                                                     text="x")])),
                (None, lambda: definer.apply([create("actions/a", title="x", plan="plans/secret",
                                                     leads=[own])]))):
            with self.assertRaises(grpc.RpcError) as caught:
                attempt()
            said = caught.exception.details()
            self.assertNotEqual(caught.exception.code(), CODE.INTERNAL, said)
            if says:
                self.assertIn(says, said)
                self.assertNotIn("ecret", said)
            else:
                self.assertNotRegex(said, "Secret|locked|foreign")

    def test_what_waits_for_approval_is_not_named(self):
        """A plan is not published while a figure waits that the publisher may not see."""
        s = self.s
        s.admin.apply([create("plans/asks", title="Asks", owner="organisations/own",
                              period="2030-31", approval_required=True),
                       create("objectives/asked", title="O", plan="plans/asks"),
                       create("reporting-periods/asks/2030-31", plan="plans/asks",
                              period="2030-31", state=pb.resources.PERIOD_STATE_OPEN)])
        s.admin.apply([link("measures", "indicators/secret-kpi", "objectives/asked")])
        s.admin.submit([submission("secret-kpi", "2030-31", "5")])
        s.principal("publisher", "ROLE_APPROVER", "organisations/own")
        publisher = s.api(s.token("publisher").secret)

        def publish(api):
            for state in ("LOCKED", "PUBLISHED"):
                api.apply([patch("reporting-periods/asks/2030-31", mask=["state"],
                                 state=pb.resources.PeriodState.Value(f"PERIOD_STATE_{state}"))],
                          reason="board")

        for api, named in ((publisher, False), (s.admin, True)):
            with self.assertRaises(grpc.RpcError) as caught:
                publish(api)
            said = caught.exception.details()
            self.assertEqual(caught.exception.code(), CODE.FAILED_PRECONDITION, said)
            self.assertIn("approval", said)
            self.assertEqual("secret-kpi" in said, named, said)

    def test_an_answer_kept_for_one_is_not_for_another(self):
        """A service that acts for two people with the same request_id."""
        s = self.s
        s.principal("portal", "ROLE_ADMIN", acts_for_others=True)
        s.principal("wide", "ROLE_CONTRIBUTOR")
        secret = s.token("portal").secret
        acting = {name: s.api(secret, metadata=[("provost-on-behalf-of", name)])
                  for name in ("wide", "dept")}
        asked = [submission("secret-kpi", "2021-22.q3", "11")]
        acting["wide"].submit(asked, request_id="same")
        with self.assertRaises(grpc.RpcError) as caught:
            acting["dept"].submit(asked, request_id="same")
        self.assertEqual(caught.exception.code(), CODE.INVALID_ARGUMENT)
        again = acting["wide"].submit(asked, request_id="same")
        self.assertEqual(again.results[0].resource.observation.value, "11")


class SideBySide(unittest.TestCase):
    """Watches that wait at one place may be answered by one read, but each by what it may see."""

    def setUp(self):
        self.s = s = secure.Secure()
        self.addCleanup(s.finish)
        for number in ("one", "two"):
            s.principal(f"{number}-dept", "ROLE_CONTRIBUTOR", "organisations/own")
        s.principal("foreign-dept", "ROLE_CONTRIBUTOR", "organisations/foreign")
        for name in ("one-viewer", "two-viewer", "one-auditor", "two-auditor"):
            s.principal(name, "ROLE_" + name[4:].upper())
        self.apis = {name: s.api(s.token(name).secret) for name in
                     ("one-viewer", "two-viewer", "one-auditor", "two-auditor", "one-dept",
                      "two-dept", "foreign-dept")}

    def watch(self, name):
        """The answers, from the next change on; it has begun."""
        api = self.apis[name]
        stream = api.log.WatchChanges(L.WatchChangesRequest(), timeout=60, metadata=api.metadata)
        self.addCleanup(stream.cancel)
        assert not next(stream).HasField("change")
        return stream

    def until(self, stream, last):
        """The changes up to the one with this reason."""
        changes = []
        while not changes or changes[-1].reason != last:
            answer = next(stream)
            if answer.HasField("change"):
                changes.append(answer.change)
        return changes

    def test_each_is_shown_what_it_sees(self):
        """The first to wait is the first to read, and others are told what it read."""
        admin, names, blind = self.s.admin, sorted(self.apis), ("one-dept", "two-dept")
        for turn, order in enumerate((names, names[::-1])):
            watches = [(name, self.watch(name)) for name in order]
            admin.admin.SetPrincipal(A.SetPrincipalRequest(
                principal=A.Principal(name="dummy"), reason="who"), timeout=30)
            admin.apply([patch("indicators/foreign-secret", title=f"S{turn}")], reason="secret")
            admin.apply([patch("indicators/foreign", title=f"O{turn}")], reason="open")
            for name, stream in watches:
                expected = [reason for reason, seen in (("principal dummy: who", "auditor" in name),
                                                        ("secret", name not in blind),
                                                        ("open", True)) if seen]
                self.assertEqual([c.reason for c in self.until(stream, "open")], expected, name)


if __name__ == "__main__":
    harness.main()
