#!/usr/bin/python3
"""Wrong command lines: what is refused says which word is wrong, shows it, and what to write, and
nothing is written. No option is passed over in silence where it has no use."""
import os

import harness
from harness import DUNDEE, PLAN

USAGE, FAILURE, NOT_FOUND = 2, 1, 3

LINES = (
    # which command, which words of it
    (("frobnicate",), USAGE, "frobnicate"),
    (("status", "extra"), USAGE, '"extra"; write provost status; see'),
    (("token", "make"), USAGE, '"make" is not one of create, list, revoke'),
    (("principal", "add"), USAGE, '"add" is not one of set, list'),
    (("audit", "check"), USAGE, '"check" is not one of checkpoint, prove'),
    (("token", "revoke"), USAGE, "provost token revoke ID"),
    (("grant", "add", "ann"), USAGE, "provost grant add PRINCIPAL ROLE"),
    (("audit", "key", "a", "b"), USAGE, 'too much for audit key: "b"'),
    (("audit", "forget", "all"), USAGE, 'too much for audit forget: "all"'),
    # numbers
    (("list", "indicators", "--limit", "0"), USAGE, '--limit: "0" is too little'),
    (("list", "indicators", "--limit", "-1"), USAGE, '--limit: "-1"'),
    (("log", "--limit", "0"), USAGE, '--limit: "0"'),
    (("log", "--to-seq", "0"), USAGE, '--to-seq: "0"'),
    (("tree", PLAN, "--depth", "0"), USAGE, '--depth: "0"'),
    (("due", "--days", "0"), USAGE, '--days: "0"'),
    (("--timeout", "0", "status"), USAGE, '--timeout: "0"'),
    (("audit", "prove", "x"), USAGE, '"x" is not a whole number'),
    (("audit", "prove"), USAGE, "say which change"),
    # options that a measure has no use for, or that are wrong
    (("progress", PLAN, "-m", "actions-on-schedule", "-p", "2020-21"), USAGE,
     "--period 2020-21: the measure actions-on-schedule has no use for it"),
    (("progress", PLAN, "-m", "actions-on-schedule", "-p", "banana"), USAGE, "banana"),
    (("progress", PLAN, "-m", "on-target", "-p", "2020-21", "--date", "2021-11-30"), USAGE,
     "--date 2021-11-30"),
    (("progress", PLAN, "-m", "on-target", "-p", "2020-21", "--rule", "due"), USAGE, "--rule due"),
    (("progress", PLAN, "-m", "on-target", "-p", "2020-21", "--policy", "all"), USAGE,
     "--policy all"),
    (("progress", PLAN, "-m", "on-target"), USAGE, "needs --period"),
    (("progress", PLAN, "-m", "banana"), USAGE,
     '--measure: "banana" is not one of improving-or-maintained, on-target'),
    (("progress", PLAN, "-m", "actions-completed", "--date", "30 Feb"), FAILURE, '"30 Feb"'),
    (("risks", "--score", "worst"), USAGE, '--score: "worst" is not one of current'),
    (("list", "indicators", "--fields", "titel"), USAGE, 'no field "titel"; did you mean "title"'),
    (("set", "actions/awards", 'leads=["a"'), USAGE, "leads: the text is not JSON"),
    (("series", "foi-cex", "--from", "2022-23", "--to", "2019-20"), FAILURE,
     'to_period "2019-20" ends before from_period "2022-23"'),
    (("log", "--since", "2026-12-01", "--until", "2026-01-01"), FAILURE,
     "until 2026-01-02T00:00:00Z is before since 2026-12-01T00:00:00Z"),
    # approval
    (("reject", "foi-cex", "2020-21"), USAGE, "--reason TEXT"),
    (("approve", "foi-cex", "banana"), FAILURE, "in PERIOD"),
    (("approve", "foi-cex", "2030-31"), NOT_FOUND, "in INDICATOR PERIOD"),
    (("approve", "nothing", "2020-21"), NOT_FOUND, "observations/nothing/2020-21"),
    (("audit", "rotate-key", "--reason", "r", "--approve", "nope"), NOT_FOUND, '"nope"'),
    (("redact", "1", "--who", "--approve", "nope"), NOT_FOUND, '"nope"'),
    # who may do what
    (("token", "create", "ann", "--expires", "soon"), USAGE, '--expires: "soon"'),
    (("token", "create", "ann", "--expires", "2020-01-01"), FAILURE, "2020-01-01T00:00:00Z has"),
    (("token", "create", "ann", "--role", "boss"), USAGE, '"boss" is not one of viewer'),
    (("principal", "set", "bob", "--identity", "unix-uid:bob"), FAILURE, "unix-uid:bob"),
    # files
    (("--token-file", "/nowhere", "whoami"), USAGE, "cannot read the token file /nowhere: No such"),
    (("audit", "verify", "/dev/null", "--key", "banana"), USAGE, '--key: "banana" is neither'),
    (("import", "/nowhere"), FAILURE, "cannot import /nowhere: No such file"),
    (("import", DUNDEE, "--plan", PLAN), USAGE, "--plan is for tables"),
    (("import", DUNDEE, "--period", "banana", "--dry-run"), USAGE, "--period is for tables"),
    (("import", DUNDEE, "--partial"), USAGE, "--partial is for tables"),
)


class Wrong(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.daemon.provost("import", DUNDEE)
        cls.daemon.provost("principal", "set", "ann")

    def test_what_is_wrong_is_named(self):
        before = self.api.seq()
        for line, code, words in LINES:
            with self.subTest(line=line):
                said = self.daemon.provost(*line, code=code)
                self.assertIn(words, said.err)
                self.assertNotIn("mutations[0]", said.err)
                self.assertEqual(said.out, "")
        self.assertEqual(self.api.seq(), before)

    def test_a_missing_file_of_authorities_is_named(self):
        said = harness.provost("--tls-ca", "/nowhere", "status", server="tls:" + self.daemon.tcp,
                               code=FAILURE)
        self.assertIn("/nowhere cannot be used: No such file", said.err)

    def test_a_period_of_a_table_is_read_before_anything_is_written(self):
        before = self.api.seq()
        path = os.path.join(self.daemon.dir, "table.tsv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("Indicator\tQ1 Actual\tTarget\nAnswered on time\t98%\t100%\n")
        said = self.daemon.provost("import", path, "--plan", PLAN, "--period", "banana", code=1)
        self.assertIn('"banana" is not a period', said.err)
        self.assertEqual(self.api.seq(), before)
        self.daemon.provost("import", path, "--plan", PLAN, "--period", "2021-22")
        self.assertEqual(self.api.get("observations/answered-on-time/2021-22.q1").observation.value,
                         "98")

    def test_the_key_to_trust_may_stand_in_a_file(self):
        key, proof = (os.path.join(self.daemon.dir, name) for name in ("key", "proof"))
        self.daemon.provost("audit", "key", key)
        self.daemon.provost("audit", "prove", "1", proof)
        said = self.daemon.provost("audit", "verify", proof, "--key", key)
        self.assertIn("verified: leaf 0", said.err)

    def test_lists_of_access_are_for_people_to_read(self):
        self.daemon.provost("grant", "add", "ann", "contributor")
        said = self.daemon.provost("grant", "list", "ann").out
        self.assertRegex(said, r"REPORTING +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
        self.assertIn("1 shown", said)
        self.assertIn("0 shown", self.daemon.provost("token", "list", "ann").out)


if __name__ == "__main__":
    harness.main()
