#!/usr/bin/python3
"""Several departments, one item: field-level merge and conflict, request ids, re-submission."""
import threading

import grpc

import harness
from harness import create, delete, patch, pb, submission

Code = grpc.StatusCode
UPDATED = 2
UNCHANGED = 4


class Conflict(harness.RegisterTest):
    number = 0

    @classmethod
    def prepare(cls):
        cls.finance = cls.daemon.api(service="finance", person="A. Mackenzie")
        cls.people = cls.daemon.api(tcp=True, service="people", person="Zoë Ångström")
        cls.api.apply([create("plans/p", title="Plan"),
                       create("indicators/i", title="Indicator", unit=pb.resources.UNIT_NUMBER)])

    @classmethod
    def tearDownClass(cls):
        cls.finance.close()
        cls.people.close()
        super().tearDownClass()

    def new_action(self):
        Conflict.number += 1
        name = f"actions/a{Conflict.number}"
        seq = self.api.apply([create(name, title="Action", plan="plans/p", progress=5)]).seq
        return name, seq

    def new_period(self):
        Conflict.number += 1
        return f"{1980 + Conflict.number}-{(1981 + Conflict.number) % 100:02d}"

    # ---- two clients, one action ----

    def test_different_fields_merge(self):
        name, base = self.new_action()
        one = self.finance.apply([patch(name, base, progress=40)], reason="board")
        two = self.people.apply([patch(name, base, code="HR 7")], reason="numbering")
        self.assertEqual([one.seq, two.seq], [base + 1, base + 2])
        self.assertEqual(list(one.results[0].changed_fields), ["progress"])
        self.assertEqual(list(two.results[0].changed_fields), ["code"])
        action = self.api.get(name).action
        self.assertEqual((action.progress, action.code, action.title), (40, "HR 7", "Action"))
        self.assertEqual(two.results[0].resource.action.progress, 40)

    def test_same_field_aborts(self):
        name, base = self.new_action()
        first = self.people.apply([patch(name, base, progress=40)])
        failure = self.refused(Code.ABORTED, self.finance.apply,
                               [patch(name, base, progress=60, code="X")], reason="CONFLICT")
        conflict, = failure.conflicts
        self.assertEqual(
            (conflict.resource, conflict.field, conflict.present_value, conflict.seq,
             conflict.principal, conflict.service, conflict.on_behalf_of),
            (name, "progress", "40", first.seq, "loopback", "people", "Zoë Ångström"))
        self.assertEqual(conflict.time, first.commit_time)
        self.assertEqual(failure.status.code, Code.ABORTED.value[0])
        self.assertEqual(len(failure.details), len(failure.status.details), "a type twice")
        self.assertEqual(self.api.get(name).action.code, "", "half of it was written")

    def test_newest_change_is_named(self):
        name, base = self.new_action()
        self.finance.apply([patch(name, base, progress=10)])
        last = self.people.apply([patch(name, progress=20)])
        self.finance.apply([patch(name, title="Other")])
        conflict, = self.refused(Code.ABORTED, self.finance.apply,
                                 [patch(name, base, progress=30)]).conflicts
        self.assertEqual((conflict.seq, conflict.present_value), (last.seq, "20"))

    def test_after_rebase_it_goes_through(self):
        name, base = self.new_action()
        self.people.apply([patch(name, base, progress=10)])
        conflict, = self.refused(Code.ABORTED, self.finance.apply,
                                 [patch(name, base, progress=30)]).conflicts
        self.finance.apply([patch(name, conflict.seq, progress=30)])
        self.assertEqual(self.api.get(name).action.progress, 30)

    def test_same_value_is_no_conflict(self):
        """Both want the same: the second finds it so already."""
        name, base = self.new_action()
        self.people.apply([patch(name, base, progress=10)])
        seq = self.api.seq()
        try:
            again = self.finance.apply([patch(name, base, progress=10)])
        except grpc.RpcError as error:
            self.assertEqual(harness.Failure(error).code, Code.ABORTED)
        else:
            self.assertEqual(again.results[0].outcome, UNCHANGED)
        self.assertEqual(self.api.seq(), seq)

    def test_whole_body_conflicts_with_any_field(self):
        name, base = self.new_action()
        self.people.apply([patch(name, base, progress=10)])
        self.refused(Code.ABORTED, self.finance.apply,
                     [patch(name, base, mask=["*"], title="New", plan="plans/p")])
        self.refused(Code.ABORTED, self.finance.apply, [delete(name, base_seq=base)])

    def test_deleted_in_between(self):
        name, base = self.new_action()
        self.people.apply([delete(name)])
        failure = self.refused(None, self.finance.apply, [patch(name, base, progress=10)])
        self.assertIn(failure.code, (Code.NOT_FOUND, Code.ABORTED))

    def test_all_or_nothing(self):
        name, base = self.new_action()
        other, _ = self.new_action()
        self.people.apply([patch(name, base, progress=10)])
        self.refused(Code.ABORTED, self.finance.apply,
                     [patch(other, title="Changed"), patch(name, base, progress=30)])
        self.assertEqual(self.api.get(other).action.title, "Action")

    def test_base_seq_of_the_future(self):
        name, _ = self.new_action()
        self.refused(None, self.finance.apply, [patch(name, self.api.seq() + 100, progress=1)],
                     reason="BASE_SEQ_FUTURE")
        self.refused(Code.INVALID_ARGUMENT, self.finance.apply, [patch(name, -1, progress=1)],
                     reason="BASE_SEQ_INVALID")

    def refused(self, code, call, *args, field=None, reason=None, **kwargs):
        if code is not None:
            return super().refused(code, call, *args, field=field, reason=reason, **kwargs)
        try:
            call(*args, **kwargs)
        except grpc.RpcError as error:
            return super().refused(error.code(), call, *args, field=field, reason=reason,
                                   **kwargs)
        return self.fail("no refusal")

    def test_client_exits_with_4_and_says_who(self):
        name, base = self.new_action()
        self.people.apply([patch(name, base, progress=10)])
        done = self.daemon.provost("set", name, "progress=50", "--base-seq", base, code=4)
        for word in ("progress", '"10"', "loopback", "people", "--base-seq"):
            self.assertIn(word, done.err)

    # ---- request ids ----

    def raw(self, request):
        """The answer's bytes as they came."""
        path = "/provost.v1.RegisterService/" + type(request).__name__.replace("Request", "")
        call = self.finance.channel.unary_unary(path)
        return call(request.SerializeToString(), timeout=30, metadata=self.finance.metadata)

    def test_repeated_request_id(self):
        name, _ = self.new_action()
        request = pb.register.ApplyRequest(mutations=[patch(name, progress=77)],
                                           request_id="retry-1", reason="once")
        first = self.raw(request)
        seq = self.api.seq()
        self.api.apply([patch(name, progress=78)])
        self.assertEqual(self.raw(request), first)
        self.assertEqual(self.api.seq(), seq + 1)
        self.assertEqual(self.api.get(name).action.progress, 78, "the retry was carried out")
        self.assertEqual(pb.register.ApplyResponse.FromString(first).seq, seq)

    def test_same_id_other_body(self):
        name, _ = self.new_action()
        self.finance.apply([patch(name, progress=7)], request_id="retry-2")
        for progress, why in ((8, ""), (7, "why")):
            self.refused(Code.INVALID_ARGUMENT, lambda p=progress, w=why: self.finance.apply(
                [patch(name, progress=p)], request_id="retry-2", reason=w), field="request_id",
                         reason="REQUEST_ID_REUSED")
        self.refused(Code.INVALID_ARGUMENT, self.finance.submit,
                     [submission("i", "2020-21", "5")], request_id="retry-2",
                     reason="REQUEST_ID_REUSED")

    def test_request_id_survives_restart(self):
        name, _ = self.new_action()
        request = pb.register.ApplyRequest(mutations=[patch(name, progress=33)],
                                           request_id="retry-3")
        first = self.raw(request)
        self.daemon.stop()
        self.daemon.start()
        grpc.channel_ready_future(self.finance.channel).result(timeout=30)
        grpc.channel_ready_future(self.api.channel).result(timeout=30)
        grpc.channel_ready_future(self.people.channel).result(timeout=30)
        self.assertEqual(self.raw(request), first)
        self.assertEqual(self.api.seq(), pb.register.ApplyResponse.FromString(first).seq)

    def test_failed_request_is_not_remembered(self):
        name, _ = self.new_action()
        self.refused(Code.INVALID_ARGUMENT, self.finance.apply, [patch(name, progress=101)],
                     request_id="retry-4")
        self.finance.apply([patch(name, progress=100)], request_id="retry-4")

    def test_bad_request_id(self):
        name, _ = self.new_action()
        for bad in ("x" * 65, "größe", "a\tb"):
            self.refused(Code.INVALID_ARGUMENT, self.finance.apply, [patch(name, progress=1)],
                         request_id=bad, field="request_id")

    def test_concurrent_request_id(self):
        name, base = self.new_action()
        request = pb.register.ApplyRequest(mutations=[patch(name, progress=99)],
                                           request_id="together")
        answers, errors = [], []
        gate = threading.Barrier(8)

        def run():
            api = self.daemon.api(service="finance")
            try:
                grpc.channel_ready_future(api.channel).result(timeout=30)
                gate.wait(30)
                answers.append(api.register.Apply(request, timeout=30).SerializeToString())
            except Exception as error:  # reported below
                errors.append(error)
            finally:
                api.close()

        threads = [threading.Thread(target=run) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(errors, [])
        self.assertEqual((len(answers), len(set(answers))), (8, 1))
        self.assertEqual(self.api.seq(), base + 1)

    def test_concurrent_patches_of_one_field(self):
        """Eight from one base: one wins, seven are told who did."""
        name, base = self.new_action()
        outcomes = []
        gate = threading.Barrier(8)

        def run(i):
            api = self.daemon.api(service=f"department-{i}")
            grpc.channel_ready_future(api.channel).result(timeout=30)
            gate.wait(30)
            try:
                outcomes.append((i, api.apply([patch(name, base, progress=10 + i)]).seq))
            except grpc.RpcError as error:
                outcomes.append((i, harness.Failure(error)))
            api.close()

        threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        winners = [i for i, o in outcomes if isinstance(o, int)]
        self.assertEqual((len(winners), len(outcomes)), (1, 8))
        for _, failure in outcomes:
            if isinstance(failure, harness.Failure):
                self.assertEqual(failure.code, Code.ABORTED, failure)
                self.assertEqual(failure.conflicts[0].service, f"department-{winners[0]}")
        self.assertEqual(self.api.seq(), base + 1)

    # ---- figures ----

    def test_identical_resubmission(self):
        period = self.new_period()
        first = self.finance.submit([submission("i", period, "1,234.50")])
        again = self.people.submit([submission("indicators/i", period, "1,234.50")])
        self.assertEqual(again.seq, first.seq)
        self.assertEqual(again.results[0].outcome, UNCHANGED)
        self.assertFalse(again.HasField("commit_time"))
        self.assertEqual(self.api.seq(), first.seq)

    def test_different_figure(self):
        period = self.new_period()
        first = self.people.submit([submission("i", period, "10")])
        failure = self.refused(Code.ABORTED, self.finance.submit, [submission("i", period, "11")])
        values = {c.field: c for c in failure.conflicts}
        self.assertEqual(values["value"].present_value, "10")
        self.assertEqual((values["value"].seq, values["value"].service), (first.seq, "people"))
        revised = self.finance.submit([submission("i", period, "11", base_seq=first.seq)])
        self.assertEqual(revised.results[0].outcome, UPDATED)
        self.refused(Code.ABORTED, self.people.submit,
                     [submission("i", period, "12", base_seq=first.seq)])
        name = f"observations/i/{period}"
        self.refused(Code.ABORTED, self.people.apply, [patch(name, value="13", verbatim="13")])

    def test_revise_needs_a_reason(self):
        period = self.new_period()
        self.people.submit([submission("i", period, "10")])
        self.refused(Code.INVALID_ARGUMENT, self.finance.submit, [submission("i", period, "11")],
                     revise=True, field="reason", reason="REASON_REQUIRED")
        answer = self.finance.register.SubmitObservations(pb.register.SubmitObservationsRequest(
            submissions=[submission("i", period, "11")], revise=True, reason="recounted"))
        change, = self.api.changes(from_seq=answer.seq)
        self.assertEqual(change.reason, "recounted")
        fields = {f.field: (f.before, f.after) for f in change.items[0].fields}
        self.assertEqual(fields["value"], ("10", "11"))

    def test_concurrent_first_figures(self):
        """Eight departments send different first figures of one period: one is taken."""
        period = self.new_period()
        outcomes = []

        def run(i):
            api = self.daemon.api(service=f"department-{i}")
            try:
                outcomes.append(api.submit([submission("i", period, str(100 + i))]).seq)
            except grpc.RpcError as error:
                outcomes.append(error.code())
            api.close()

        threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(outcomes.count(Code.ABORTED), 7, outcomes)

    def test_validate_only(self):
        name, base = self.new_action()
        answer = self.finance.apply([patch(name, progress=50)], validate_only=True,
                                    request_id="dry")
        self.assertTrue(answer.validated_only)
        self.assertEqual((answer.results[0].outcome, answer.seq), (UPDATED, base))
        self.assertEqual(self.api.seq(), base)
        self.assertFalse(self.finance.apply([patch(name, progress=51)],
                                            request_id="dry2").validated_only)


if __name__ == "__main__":
    harness.main()
