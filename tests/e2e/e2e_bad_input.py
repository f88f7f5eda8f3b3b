#!/usr/bin/python3
"""Whatever is wrong with a request: the right code, the field by name, nothing written, and the
daemon goes on. After each refusal the harness compares the register's seq."""
import os
import shutil
import socket

import grpc

import harness
from harness import DUNDEE, create, delete, patch, pb, submission

Code = grpc.StatusCode
INVALID = Code.INVALID_ARGUMENT
APPLY = "/provost.v1.RegisterService/Apply"
SUBMIT = "/provost.v1.RegisterService/SubmitObservations"


def varint(number):
    out = b""
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def text_field(number, data):
    """A length-prefixed field, whatever its bytes."""
    return varint(number << 3 | 2) + varint(len(data)) + data


class BadInput(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.api.apply([
            create("plans/p", title="Plan"),
            create("actions/a", title="Action", plan="plans/p"),
            create("organisations/o", title="Organisation"),
            create("indicators/i", title="Indicator", unit=pb.resources.UNIT_NUMBER)])

    def raw(self, path, data):
        return self.api.channel.unary_unary(path)(data, timeout=30)

    def wrong(self, *mutations, field=None, reason=None, code=INVALID, **fields):
        return self.refused(code, self.api.apply, list(mutations), field=field, reason=reason,
                            **fields)

    def figure(self, field, reason=None, code=INVALID, period="2020-21", value="5", indicator="i",
               **fields):
        return self.refused(code, self.api.submit,
                            [submission(indicator, period, value, **fields)],
                            field=field, reason=reason)

    # ---- on the wire ----

    def title(self, data):
        """A create of plans/x whose title is these bytes."""
        body = text_field(1, b"plans/x") + text_field(12, text_field(1, data))
        return text_field(1, text_field(1, body))

    def test_hand_made_request_is_fine(self):
        """The hand-made bytes are refused for what is in them, not for their shape."""
        answer = pb.register.ApplyResponse.FromString(self.raw(
            APPLY, self.title(b"Fine")))
        self.assertEqual(answer.results[0].name, "plans/x")
        self.api.apply([delete("plans/x")])

    def test_invalid_utf8(self):
        for data in (b"\xff", b"abc\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"):
            failure = self.refused(INVALID, self.raw, APPLY, self.title(data), field="title",
                                   reason="TEXT_INVALID")
            self.assertIn("mutations[0].create.plan.title", failure.fields)

    def test_nul(self):
        self.refused(INVALID, self.raw, APPLY, self.title(b"a\0b"), field="title",
                     reason="TEXT_INVALID")
        self.refused(INVALID, self.raw, SUBMIT,
                     text_field(1, text_field(1, b"i") + text_field(2, b"2020-21") +
                                text_field(4, b"5\0")), field="value", reason="TEXT_INVALID")

    def test_text_too_long(self):
        self.wrong(create("plans/x", title="x" * 65537), field="title", reason="TEXT_TOO_LONG")

    def test_unknown_enum(self):
        action = text_field(1, b"Action") + varint(16 << 3) + varint(99)
        body = text_field(1, b"actions/b") + text_field(17, action)
        self.refused(INVALID, self.raw, APPLY, text_field(1, text_field(1, body)),
                     field="status", reason="ENUM_VALUE_UNKNOWN")

    def test_wrong_wire_type(self):
        body = text_field(1, b"plans/x") + text_field(12, varint(1 << 3) + varint(7))
        self.refused(Code.INTERNAL, self.raw, APPLY, text_field(1, text_field(1, body)),
                     reason="MESSAGE_UNDECODABLE")

    def test_garbage(self):
        for data in (b"\x07", b"\xff" * 40, os.urandom(3) + b"\x0f" * 50, b"\x0a\x7f",
                     b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"):
            try:
                self.raw(APPLY, data)
            except grpc.RpcError as error:
                self.assertIn(error.code(), (Code.INTERNAL, INVALID))
            else:
                self.fail(f"{data!r} was taken")

    def test_five_mebibytes(self):
        api = harness.Api(self.daemon.unix, options=[("grpc.max_send_message_length", -1)])
        note = "x" * 60000
        many = [create(f"notes/n{i}", subject="plans/p", text=note) for i in range(90)]
        self.refused(Code.RESOURCE_EXHAUSTED, api.apply, many, reason="MESSAGE_TOO_LARGE")
        self.assertEqual(len(api.apply(many[:60]).results), 60)
        api.apply([delete(f"notes/n{i}") for i in range(60)])
        api.close()

    def test_unknown_method_and_service(self):
        for path in ("/provost.v1.RegisterService/Nothing", "/provost.v1.Nothing/Apply",
                     "/provost.v1.RegisterService/apply", "/provost.v2.RegisterService/Apply"):
            self.refused(Code.UNIMPLEMENTED, self.raw, path, b"", reason="METHOD_UNKNOWN")

    def test_empty_requests(self):
        self.refused(INVALID, self.raw, APPLY, b"")
        self.refused(INVALID, self.raw, SUBMIT, b"")
        self.refused(INVALID, self.raw, "/provost.v1.RegisterService/GetResource", b"",
                     field="name")
        self.refused(INVALID, self.raw, "/provost.v1.RegisterService/BatchGetResources", b"",
                     field="names")
        self.refused(INVALID, self.raw, "/provost.v1.RegisterService/ListResources", b"",
                     field="collection")

    def test_not_http2_at_all(self):
        """Rubbish on the socket costs only its own connection."""
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(4096), b"\0" * 100,
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 200):
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(30)
                s.connect(self.daemon.socket_path)
                s.sendall(data)
                try:
                    while s.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
        self.api.seq()

    # ---- masks, types, texts ----

    def test_unknown_field_in_mask(self):
        for mask in (["nonsense"], ["title", "nonsense"], ["action.title"], ["name"], [""]):
            self.wrong(patch("actions/a", mask=mask, title="x"), field="update_mask")

    def test_wrong_types(self):
        self.wrong(patch("actions/a", benefit_amount="much"), field="benefit_amount",
                   reason="DECIMAL_INVALID")
        self.wrong(patch("actions/a", completed_on="31 April 2021"), field="completed_on",
                   reason="DATE_INVALID")
        self.wrong(patch("actions/a", completed_on="2021-02-29"), field="completed_on")
        self.wrong(patch("actions/a", progress=101), field="progress",
                   reason="NUMBER_OUT_OF_BOUNDS")
        self.wrong(patch("actions/a", progress=-1), field="progress")
        self.wrong(patch("indicators/i", tolerance_red="5 apples"), field="tolerance_red",
                   reason="TOLERANCE_INVALID")
        self.wrong(patch("indicators/i", decimals=10), field="decimals")
        done = self.daemon.provost("set", "actions/a", "progress=abc", code=None)
        self.assertIn(done.code, (1, 2))
        self.assertIn("progress", done.err)
        self.assertIn("abc", done.err)

    def test_forty_digits(self):
        long = "1" * 40
        self.figure("value", value=long)
        self.figure("value", value="0." + "1" * 40)
        self.figure("numerator", numerator=long, denominator="1", value="5")
        self.wrong(patch("actions/a", benefit_amount=long), field="benefit_amount")
        self.wrong(create("observations/i/2020-21", indicator="indicators/i", period="2020-21",
                          value=long), field="value")
        done = self.daemon.provost("submit", "i", "2020-21", long, code=1)
        self.assertIn("value", done.err)
        self.assertIn(long[:20], done.err)
        answer = self.api.submit([submission("i", "2019-20", "1" * 36)])
        self.assertEqual(answer.results[0].resource.observation.value, "1" * 36)

    def test_figures_that_are_none(self):
        for value in ("lots", "5%%", "1,23,4", "NaN", "inf", "1e5", "0x10", "--5"):
            try:
                answer = self.api.submit([submission("i", "2020-21", value)], validate_only=True)
            except grpc.RpcError as error:
                self.assertEqual(error.code(), INVALID)
            else:
                self.fail(f"{value!r} was understood as {answer.results[0].resource}")

    def test_periods_that_do_not_exist(self):
        for period in ("", "2022-20", "2021-22.q5", "2021-13", "2009/\n20010", "Q5 2021/22",
                       "yesterday", "2021-22.h3", "99999"):
            self.figure("period", period=period)
        self.refused(INVALID, self.api.performance.GetScorecard,
                     pb.performance.GetScorecardRequest(scope="plans/p", period="2022-20"),
                     field="period", reason="PERIOD_INVALID")
        done = self.daemon.provost("submit", "i", "2021-22.q5", "5", code=1)
        self.assertIn("period", done.err)
        self.assertIn("2021-22.q5", done.err)

    def test_unknown_references(self):
        self.wrong(patch("actions/a", leads=["posts/nobody"]), field="leads",
                   reason="UNKNOWN_REFERENCE")
        self.wrong(create("actions/b", title="B", plan="plans/none"), field="plan",
                   reason="UNKNOWN_REFERENCE")
        self.wrong(patch("actions/a", plan="organisations/o"), field="plan",
                   reason="UNKNOWN_REFERENCE")
        self.figure("indicator", indicator="none", code=None)
        self.wrong(create("notes/n", subject="indicators/none", text="x"), field="subject")
        self.wrong(create("links/measures/indicators/i/objectives/none",
                          **{"from": "indicators/i", "to": "objectives/none", "kind": 3}),
                   field="to")

    def refused(self, code, call, *args, **kwargs):
        """None: INVALID_ARGUMENT or NOT_FOUND."""
        if code is None:
            try:
                call(*args)
            except grpc.RpcError as error:
                self.assertIn(error.code(), (INVALID, Code.NOT_FOUND))
                code = error.code()
        return super().refused(code, call, *args, **kwargs)

    def test_circles(self):
        self.wrong(patch("organisations/o", parent="organisations/o"), field="parent")

    def test_deleting_what_is_used(self):
        self.wrong(delete("plans/p"), code=Code.FAILED_PRECONDITION, reason="IN_USE")
        self.daemon.provost("delete", "plans/p", code=4)

    def test_required_and_fixed_fields(self):
        self.wrong(create("plans/x"), field="title", reason="FIELD_REQUIRED")
        self.wrong(patch("actions/a", title=""), field="title", reason="FIELD_REQUIRED")
        self.api.apply([create("targets/i/2018-19", indicator="indicators/i", period="2018-19",
                               verbatim="5")])
        self.wrong(patch("targets/i/2018-19", period="2017-18"), field="period",
                   reason="FIELD_IMMUTABLE")

    def test_names(self):
        for name in ("plans/../x", "plans/X", "plans/ü", "plans/a b", "plans//x", "/plans/x",
                     "plans/", "plans/" + "x" * 200, "plans/a\nb", "plans/..", "plans/."):
            self.wrong(pb.register.Mutation(create=pb.resources.Resource(
                name=name, plan=pb.resources.Plan(title="x"))), field="name")
            self.refused(None, self.api.get, name)
        self.wrong(pb.register.Mutation(create=pb.resources.Resource(
            name="posts/x", plan=pb.resources.Plan(title="x"))), reason="NAME_MISMATCH")
        self.wrong(create("observations/i/2020-21", indicator="indicators/i", period="2019-20",
                          value="1"), reason="NAME_MISMATCH")
        self.refused(INVALID, self.api.get, "nonsense/x", field="name",
                     reason="UNKNOWN_COLLECTION")

    def test_mutations(self):
        self.wrong(pb.register.Mutation(), reason="MUTATION_EMPTY")
        self.wrong(pb.register.Mutation(create=pb.resources.Resource(name="plans/x")))
        self.wrong(patch("actions/a", title="1"), patch("actions/a", progress=2),
                   reason="DUPLICATE_RESOURCE")
        self.wrong(create("actions/a", title="again", plan="plans/p"), code=Code.ALREADY_EXISTS,
                   reason="RESOURCE_EXISTS")
        self.wrong(patch("actions/none", title="x"), code=Code.NOT_FOUND)
        self.wrong(delete("actions/none"), code=Code.NOT_FOUND)
        self.wrong(*[delete(f"plans/p{i}", allow_missing=True) for i in range(10001)],
                   reason="MUTATION_COUNT")
        self.refused(INVALID, lambda: self.api.apply([create("plans/x", title="x")],
                                                     reason="x" * 2001), field="reason")

    def test_one_bad_of_many(self):
        """Nothing of a request is written when one part is wrong, and the part is named."""
        failure = self.wrong(create("plans/x1", title="x"), create("plans/x2"),
                             create("plans/x3", title="x"), field="title")
        self.assertIn("mutations[1]", failure.fields[0])
        self.refused(Code.NOT_FOUND, self.api.get, "plans/x1")
        failure = self.refused(INVALID, self.api.submit,
                               [submission("i", "2016-17", "5"), submission("i", "2017-18", "x5"),
                                submission("i", "2015-16", "5")], field="value")
        self.assertIn("submissions[1]", failure.fields[0])
        self.refused(Code.NOT_FOUND, self.api.get, "observations/i/2016-17")

    # ---- reading ----

    def list(self, collection="plans", **fields):
        return self.api.register.ListResources(
            pb.register.ListResourcesRequest(collection=collection, **fields), timeout=30)

    def test_pages(self):
        self.refused(INVALID, self.list, page_size=-1, field="page_size")
        self.refused(INVALID, self.api.log.ListChanges,
                     pb.change_log.ListChangesRequest(page_size=-1), field="page_size")
        self.api.apply([create(f"plans/page{i}", title="x") for i in range(3)])
        token = self.list(page_size=1).next_page_token
        self.assertEqual(len(self.list(page_size=1, page_token=token).resources), 1)
        for bad in ("x", "AAAA", token[:-3], token + "A", token.swapcase(), "é", "x" * 5000):
            self.refused(INVALID, self.list, page_size=1, page_token=bad, field="page_token",
                         reason="PAGE_TOKEN_INVALID")
            self.refused(INVALID, self.api.log.ListChanges,
                         pb.change_log.ListChangesRequest(page_token=bad), field="page_token")
        self.refused(INVALID, self.list, page_size=1, page_token=token, filter='title = "x"',
                     field="page_token")
        self.refused(INVALID, self.list, "actions", page_token=token, field="page_token")

    def test_filters(self):
        for bad in ("title =", "= 5", "title", "(title = 1", "nonsense = 5", "title = 'x",
                    "title = \"x", "AND", "title = 1 AND", "status = NONSENSE",
                    "max_priorities = abc", "(" * 500 + "title = 1" + ")" * 500,
                    " AND ".join(["title = 1"] * 5000), "title ~ 5", "NOT"):
            self.refused(INVALID, self.list, filter=bad, field="filter")
        for bad in ("nonsense", "title upwards", "title,,name", ",", "title desc desc"):
            self.refused(INVALID, self.list, order_by=bad, field="order_by")
        self.refused(INVALID, self.list, "nonsense", field="collection")
        done = self.daemon.provost("list", "plans", "--filter", "titel = 5", code=1)
        self.assertIn("filter", done.err)
        self.assertIn("titel", done.err)

    def test_seq_beyond_the_head(self):
        future = self.api.seq() + 1
        self.refused(Code.OUT_OF_RANGE, self.list, as_of_seq=future, field="as_of_seq")
        self.refused(Code.OUT_OF_RANGE, self.api.performance.GetScorecard,
                     pb.performance.GetScorecardRequest(scope="plans/p", period="2020-21",
                                                        as_of_seq=future), field="as_of_seq")
        self.refused(Code.NOT_FOUND, self.api.log.GetChange,
                     pb.change_log.GetChangeRequest(change_seq=future))
        self.refused(INVALID, self.api.log.GetChange,
                     pb.change_log.GetChangeRequest(change_seq=-1), field="change_seq")
        self.refused(INVALID, self.api.log.GetChange,
                     pb.change_log.GetChangeRequest(change_seq=0), field="change_seq")

    def test_scopes(self):
        ask = pb.performance.GetScorecardRequest
        self.refused(Code.NOT_FOUND, self.api.performance.GetScorecard,
                     ask(scope="plans/none", period="2020-21"))
        self.refused(INVALID, self.api.performance.GetScorecard,
                     ask(scope="actions/a", period="2020-21"), field="scope",
                     reason="SCOPE_INVALID")
        self.refused(INVALID, self.api.performance.GetScorecard, ask(scope="plans/p"),
                     field="period")

    def test_batch(self):
        ask = pb.register.BatchGetResourcesRequest
        self.refused(Code.NOT_FOUND, self.api.register.BatchGetResources,
                     ask(names=["plans/p", "plans/none"]))
        self.refused(INVALID, self.api.register.BatchGetResources,
                     ask(names=["plans/p"] * 1001), field="names")

    # ---- a bundle ----

    def bundle(self, change):
        path = os.path.join(self.daemon.dir, "bundle")
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(DUNDEE, path)
        change(path)
        return path

    def append(self, name, line):
        def change(path):
            with open(os.path.join(path, name), "ab") as f:
                f.write(line)
        return change

    def rejected_bundle(self, change, *words):
        seq = self.api.seq()
        done = self.daemon.provost("import", self.bundle(change), code=None)
        self.assertNotIn(done.code, (0, 6), done.out)
        self.assertEqual(self.api.seq(), seq)
        for word in words:
            self.assertIn(word, done.err)

    def test_broken_bundles(self):
        lines = {n: open(os.path.join(DUNDEE, n), "rb").read().count(b"\n") + 1
                 for n in ("observations.csv", "links.csv", "actions.csv")}
        at = f"observations.csv:{lines['observations.csv']}"
        for row, words in (
                (b"indicators/foi-cex,2022-18,,5\n", ("period", "2022-18")),
                (b"indicators/foi-cex,2018-19,,lots\n", ("lots",)),
                (b"indicators/none,2018-19,,5\n", ("indicators/none",)),
                (b"indicators/foi-cex,2018-19,NONSENSE,5\n", ("NONSENSE",)),
                (b"indicators/foi-cex,2018-19\n", ()),
                (b"indicators/foi-cex,2018-19,,5,6\n", ()),
                (b"indicators/foi-cex,2018-19,,\"5\n", ()),
                (b"indicators/foi-cex,2018-19,,\xff\n", ()),
                (b"indicators/foi-cex,2018-19,," + b"1" * 40 + b"\n", ("1" * 20,))):
            with self.subTest(row):
                self.rejected_bundle(self.append("observations.csv", row), *words)
                done = self.daemon.provost("import", os.path.join(self.daemon.dir, "bundle"),
                                           code=None)
                self.assertRegex(done.err, r"observations\.csv.*\b%d\b" %
                                 lines["observations.csv"], at)
        self.rejected_bundle(self.append("links.csv", b"plans/none,plans/p,CONTRIBUTES,,1\n"),
                             "plans/none", "links.csv")
        self.rejected_bundle(lambda p: os.remove(os.path.join(p, "plans.csv")), "plans")
        done = self.daemon.provost("import", os.path.join(self.daemon.dir, "none"), code=None)
        self.assertIn(done.code, (1, 2))
        shutil.rmtree(os.path.join(self.daemon.dir, "bundle"))


if __name__ == "__main__":
    harness.main()
