#!/usr/bin/python3
"""The register at any moment: every kind is created, changed and deleted, and `--as-of` each seq
(and each time) shows what there was then, byte for byte, by get, list and scorecard."""
import json
import time

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

import harness
from harness import create, delete, patch, pb

R = pb.resources
# name: (create, change). The order is such that each finds what it refers to.
KINDS = {
    "organisations/o": ({"title": "Parks", "aliases": ["City Parks"], "significant": True},
                        {"title": "Parks and Gardens", "aliases": []}),
    "posts/m": ({"title": "Manager", "organisation": "organisations/o",
                 "holders": [R.PostHolder(name="B. Smith", **{"from": "2021-04-01"})]},
                {"holders": [R.PostHolder(name="C. Jones")]}),
    "plans/p": ({"title": "Plan", "period": "2021-24", "owner": "organisations/o",
                 "end_verbatim": "March 2024"}, {"status": R.PLAN_STATUS_CLOSED}),
    "objectives/ob": ({"title": "Objective", "plan": "plans/p", "code": "HB 9", "position": 3},
                      {"code": "HB 10", "position": 0}),
    "indicators/i": ({"title": "Indicator", "unit": R.UNIT_PERCENT, "decimals": 1,
                      "polarity": R.POLARITY_MAX, "owner": "posts/m"},
                     {"decimals": 2, "data_only": True}),
    "targets/i/2020-21": ({"indicator": "indicators/i", "period": "2020/21", "verbatim": "90%"},
                          {"verbatim": "95%", "value": "", "state": 0}),
    "observations/i/2020-21": ({"indicator": "indicators/i", "period": "2020-21",
                                "verbatim": "91.50%", "note": "first"}, {"note": "second\nline"}),
    "actions/a": ({"title": "Action", "plan": "plans/p", "leads": ["posts/m"],
                   "outcomes": ["One", "Two"], "deadline_verbatim": "Autumn 2021"},
                  {"deadline_verbatim": "30 June 2021", "deadlines": [], "progress": 50}),
    "links/measures/indicators/i/objectives/ob": (
        {"from": "indicators/i", "to": "objectives/ob", "kind": R.LINK_KIND_MEASURES},
        {"qualifier": "part of"}),
    "notes/n": ({"subject": "plans/p", "text": "Zażółć — “gęślą” 😀", "kind": 1},
                {"text": "other"}),
}


class AsOf(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        """Creates all, changes all, deletes all, makes some anew; keeps what each moment showed."""
        cls.moments = []  # (seq, {name: json}, time between this change and the next)
        for name, (fields, _) in KINDS.items():
            cls.step(create(name, **fields))
        for name, (_, fields) in KINDS.items():
            cls.step(patch(name, **fields))
        for name in reversed(KINDS):
            cls.step(delete(name))
        for name in ("organisations/o", "plans/p"):
            cls.step(create(name, **KINDS[name][0]))

    @classmethod
    def step(cls, mutation):
        seq = cls.api.apply([mutation]).seq
        there = {}
        for name in KINDS:
            try:
                there[name] = cls.api.get(name).SerializeToString(deterministic=True)
            except harness.grpc.RpcError as error:
                assert error.code() == harness.grpc.StatusCode.NOT_FOUND, error
        time.sleep(0.002)
        cls.moments.append((seq, there, pb_now()))

    def test_seqs_follow(self):
        self.assertEqual([m[0] for m in self.moments], list(range(1, len(KINDS) * 3 + 3)))

    def test_get_by_seq_and_time(self):
        for seq, there, moment in self.moments:
            for name in KINDS:
                for how in ({"as_of_seq": seq}, {"as_of_time": moment}):
                    try:
                        have = self.api.get(name, **how).SerializeToString(deterministic=True)
                    except harness.grpc.RpcError as error:
                        self.assertEqual(error.code(), harness.grpc.StatusCode.NOT_FOUND)
                        have = None
                    self.assertEqual(have, there.get(name), f"{name} as of {seq} {how}")

    def test_every_kind_had_three_states(self):
        for name in KINDS:
            states = {there.get(name) for _, there, _ in self.moments}
            self.assertGreaterEqual(len(states), 3, name)
            self.assertIn(None, states, name)

    def test_batch_and_list(self):
        for seq, there, moment in self.moments:
            names = sorted(there)
            if names:
                batch = self.api.register.BatchGetResources(
                    pb.register.BatchGetResourcesRequest(names=names, as_of_seq=seq))
                self.assertEqual([r.SerializeToString(deterministic=True)
                                  for r in batch.resources], [there[n] for n in names])
                self.assertEqual(batch.seq, seq)
            for name in KINDS:
                page = self.api.register.ListResources(pb.register.ListResourcesRequest(
                    collection=name.split("/")[0], as_of_time=moment))
                self.assertEqual([r.SerializeToString(deterministic=True)
                                  for r in page.resources], [there[name]] if name in there else [])
                self.assertEqual(page.seq, seq)

    def test_client(self):
        """The same through `provost`, for the last moment before and after each deletion."""
        whole = len(KINDS) * 2
        for place, name in enumerate(reversed(KINDS)):
            deleted = whole + 1 + place
            then = self.daemon.json("--as-of", deleted - 1, "get", name)
            want = pb.resources.Resource.FromString(self.moments[deleted - 2][1][name])
            have = json_format.ParseDict(then["resource"], pb.resources.Resource())
            self.assertEqual(have, want)
            gone = self.daemon.provost("--as-of", deleted, "get", name, code=3)
            self.assertIn(f"change {deleted}", gone.err)
        early = self.daemon.provost("--as-of", 1, "get", "plans/p", code=3)
        self.assertIn("created later", early.err)
        listed = self.daemon.json("--as-of", whole, "list", "actions")
        self.assertEqual([r["action"]["progress"] for r in listed["resources"]], [50])
        self.assertEqual(self.daemon.json("list", "actions")["resources"], [])

    def test_client_output_is_stable(self):
        """The same question about the past has the same bytes for an answer."""
        for args in (("get", *KINDS), ("list", "plans"), ("scorecard", "plans/p", "-p", "2020-21")):
            for form in ("json", "csv", "plain", "table"):
                one = self.daemon.provost("--as-of", 20, "-o", form, *args).out
                self.api.apply([create(f"notes/later-{time.monotonic_ns()}", subject="plans/p",
                                       text="later")])
                self.assertEqual(self.daemon.provost("--as-of", 20, "-o", form, *args).out, one)

    def test_scorecard(self):
        for seq, there, moment in self.moments:
            for how in ({"as_of_seq": seq}, {"as_of_time": moment}):
                try:
                    card = self.api.performance.GetScorecard(pb.performance.GetScorecardRequest(
                        scope="plans/p", period="2020-21", **how))
                except harness.grpc.RpcError as error:
                    self.assertEqual(error.code(), harness.grpc.StatusCode.NOT_FOUND)
                    self.assertNotIn("plans/p", there)
                    continue
                self.assertIn("plans/p", there)
                self.assertEqual(card.seq, seq)
                shown = [r.indicator for r in card.rows]
                link = "links/measures/indicators/i/objectives/ob"
                self.assertEqual(shown, ["indicators/i"] if link in there else [], seq)
                if not shown:
                    continue
                row = card.rows[0]
                value = "91.50" if "observations/i/2020-21" in there else ""
                self.assertEqual(row.value, value, f"as of {seq}")
                target = ""
                if "targets/i/2020-21" in there:
                    target = R.Resource.FromString(there["targets/i/2020-21"]).target.value
                self.assertEqual(row.target, target, f"as of {seq}")
                self.assertEqual(row.decimals,
                                 R.Resource.FromString(there["indicators/i"]).indicator.decimals)

    def test_moments_that_are_not(self):
        out_of_range = harness.grpc.StatusCode.OUT_OF_RANGE
        invalid = harness.grpc.StatusCode.INVALID_ARGUMENT
        future = self.api.seq() + 1
        now = pb_now()
        self.refused(out_of_range, self.api.get, "plans/p", as_of_seq=future, field="as_of_seq")
        self.refused(invalid, self.api.get, "plans/p", as_of_seq=-1, field="as_of_seq")
        self.refused(invalid, self.api.get, "plans/p", as_of_seq=1, as_of_time=now)
        self.refused(harness.grpc.StatusCode.NOT_FOUND, self.api.get, "plans/p",
                     as_of_time=type(now)(seconds=1))
        self.daemon.provost("--as-of", future, "get", "plans/p", code=1)
        self.daemon.provost("--as-of", "soon", "get", "plans/p", code=2)
        self.assertEqual(self.api.get("plans/p", as_of_time=type(now)(
            seconds=now.seconds + 86400)).name, "plans/p")

    def test_pages_show_one_moment(self):
        """A change between two pages of a listing is not seen by the second."""
        for i in range(5):
            self.api.apply([create(f"plans/page-{i}", title="before")])
        ask = pb.register.ListResourcesRequest(collection="plans", page_size=2,
                                               filter='name : "page"')
        page = self.api.register.ListResources(ask)
        titles, seq = [r.plan.title for r in page.resources], page.seq
        for i in range(5):
            self.api.apply([patch(f"plans/page-{i}", title="after")])
        while page.next_page_token:
            ask.page_token = page.next_page_token
            page = self.api.register.ListResources(ask)
            titles += [r.plan.title for r in page.resources]
            self.assertEqual(page.seq, seq)
        self.assertEqual(titles, ["before"] * 5)

    def test_history(self):
        """Who changed what, in order, also of what is deleted."""
        history = self.daemon.json("history", "actions/a")
        outcomes = [c["items"][0]["outcome"] for c in history["changes"]]
        self.assertEqual(outcomes, ["OUTCOME_CREATED", "OUTCOME_UPDATED", "OUTCOME_DELETED"])
        fields = {f["field"]: (f["before"], f["after"])
                  for f in history["changes"][1]["items"][0]["fields"]}
        self.assertEqual(fields["progress"], ("", "50"))
        self.assertEqual(fields["deadline_verbatim"], ("Autumn 2021", "30 June 2021"))
        json.loads(fields["deadlines"][1])


def pb_now():
    now = Timestamp()
    now.GetCurrentTime()
    return now


if __name__ == "__main__":
    harness.main()
