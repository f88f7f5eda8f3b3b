#!/usr/bin/python3
"""The client as people and scripts see it: every command in every form, exit codes, errors, help,
colours on a terminal and none elsewhere."""
import json
import os
import pty
import re
import select
import shlex
import subprocess

import harness
from harness import DUNDEE, PLAN, provost

ESCAPE = "\033"
COMMANDS = ("scorecard", "submit", "get", "list", "set", "delete", "log", "history", "show",
            "import", "status", "help", "version")
# Each reading command, with a word its table must show.
READING = {
    ("get", "indicators/foi-cex"): "foi-cex",
    ("get", "indicators/foi-cex", "plans/cex-2021-24"): "SERVICE_PLAN",
    ("list", "indicators", "--filter", "unit = PERCENT"): "foi-cex",
    ("list", "observations/foi-cex"): "98.7",
    ("list", "actions", "--order-by", "position"): "child-poverty-report",
    ("scorecard", PLAN, "--period", "2020-21"): "98.7",
    ("scorecard", "objectives/cex-reputation", "-p", "2020/21"): "2020/21",
    ("log", "--oldest-first", "--limit", "5"): "first load",
    ("log", "--resource", "observations/foi-cex", "--field", "value"): "foi-cex",
    ("history", "observations/foi-cex/2020-21"): "98.7",
    ("show", "1"): "first load",
    ("status",): "indicators",
}
WRITING = {
    ("set", "actions/child-poverty-report", "progress={n}", "--reason", "board"): "progress",
    ("set", "notes/new-{n}", f"subject={PLAN}", "text=Text", "--create"): "created",
    ("delete", "notes/new-{n}", "--reason", "entered twice"): "deleted",
    ("submit", "foi-cex", "{y}", "{n}%", "--note", "a note"): "created",
    ("import", DUNDEE): "unchanged",
}


def on_terminal(*args, server, env=None, columns=100):
    """What the client writes to a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([harness.PROVOST, *args], stdin=subprocess.DEVNULL, stdout=slave,
                               stderr=slave, env=harness.clean_env(
                                   PROVOST_SERVER=server, COLUMNS=str(columns), **(env or {})))
    os.close(slave)
    out = b""
    while True:
        if not select.select([master], [], [], 60)[0]:
            process.kill()
            break
        try:
            data = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        out += data
    os.close(master)
    code = process.wait(60)
    if code != 0:
        raise AssertionError(f"exit {code}: {out!r}")
    return out.decode()


class Cli(harness.RegisterTest):
    number = 10

    @classmethod
    def prepare(cls):
        cls.daemon.provost("--service", "performance", "import", DUNDEE, "--reason", "first load")

    def check_form(self, form, text):
        self.assertTrue(text.strip())
        if form in ("table", "json"):  # the others give texts as they are
            self.assertNotIn(ESCAPE, text)
        if form == "json":
            self.assertIsInstance(json.loads(text), dict)
        if form == "csv":
            rows = harness.read_csv(text)
            self.assertGreater(len(rows), 1)
            self.assertEqual({len(r) for r in rows}, {len(rows[0])})
            self.assertTrue(all(re.fullmatch(r"[a-z_]+", title) for title in rows[0]), rows[0])
        if form == "plain":
            lines = text.splitlines()
            self.assertEqual(len({line.count("\t") for line in lines}), 1)

    def test_reading_in_every_form(self):
        for args, word in READING.items():
            for form in ("table", "json", "csv", "plain"):
                with self.subTest(args=args, form=form):
                    text = self.daemon.provost("-o", form, *args).out
                    self.check_form(form, text)
                    if form == "table":
                        self.assertIn(word, text)
            rows = len(harness.read_csv(self.daemon.provost("-o", "csv", *args).out)) - 1
            plain = self.daemon.provost("-o", "plain", *args).out.splitlines()
            self.assertEqual(len(plain), rows, args)

    def test_writing_in_every_form(self):
        for form in ("table", "json", "csv", "plain"):
            Cli.number += 1
            for args, word in WRITING.items():
                filled = [a.format(n=Cli.number, y=f"19{Cli.number}-{Cli.number + 1}")
                          for a in args]
                with self.subTest(args=filled, form=form):
                    done = self.daemon.provost("-o", form, *filled)
                    self.check_form(form, done.out)
                    if form == "table":
                        self.assertIn(word, done.out.lower())

    def test_flags_stand_anywhere(self):
        want = self.daemon.json("get", PLAN)
        for args in (("get", PLAN, "-o", "json"), ("get", "-ojson", PLAN),
                     ("--output=json", "get", PLAN), ("get", "--output", "json", "--", PLAN)):
            self.assertEqual(json.loads(self.daemon.provost(*args).out), want)

    def test_json_is_proto3_json_with_defaults(self):
        indicator = self.daemon.json("get", "indicators/foi-cex")["resource"]["indicator"]
        self.assertEqual(indicator["toleranceAmber"], "")
        self.assertEqual((indicator["dataOnly"], indicator["trendLongPeriods"]), (False, 0))
        self.assertEqual((indicator["aliases"].__class__, indicator["unit"]),
                         (list, "UNIT_PERCENT"))
        status = self.daemon.json("status")
        self.assertIsInstance(status["seq"], str)
        self.assertRegex(status["now"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertIs(status["readOnly"], False)
        from google.protobuf import json_format
        for args, message in ((("status",), harness.pb.admin.GetStatusResponse),
                              (("scorecard", PLAN, "-p", "2020-21"),
                               harness.pb.performance.GetScorecardResponse),
                              (("list", "actions"), harness.pb.register.ListResourcesResponse),
                              (("show", "1"), harness.pb.change_log.GetChangeResponse)):
            text = self.daemon.provost("-o", "json", *args).out
            parsed = json_format.Parse(text, message())
            theirs = json.loads(json_format.MessageToJson(parsed,
                                                          including_default_value_fields=True))
            self.assertEqual(json.loads(text), theirs, args)

    def test_list_gathers_all_pages(self):
        links = self.daemon.json("list", "links")
        sizes = {c["collection"]: int(c["size"]) for c in self.daemon.json("status")["collections"]}
        self.assertEqual(len(links["resources"]), sizes["links"])
        self.assertEqual(links["nextPageToken"], "")
        self.assertEqual(len(self.daemon.json("list", "links", "-n", "3")["resources"]), 3)

    def test_natural_order(self):
        for code in ("HB 10", "HB 9", "HB 9a", "EP 21a"):
            name = "actions/" + code.lower().replace(" ", "-")
            self.daemon.provost("set", name, "title=x", f"plan={PLAN}", f"code={code}", "--create")
        codes = [r["action"]["code"] for r in
                 self.daemon.json("list", "actions", "--order-by", "code")["resources"]]
        codes = [c for c in codes if c]
        self.assertEqual(codes, ["EP 21a", "HB 9", "HB 9a", "HB 10"])
        for code in ("hb-10", "hb-9", "hb-9a", "ep-21a"):
            self.daemon.provost("delete", "actions/" + code)

    def test_set_lists_and_files(self):
        name = "indicators/foi-cex"
        self.daemon.provost("set", name, "tags+=statutory", "tags+=access")
        self.daemon.provost("set", name, "tags-=access")
        path = os.path.join(self.daemon.dir, "definition")
        with open(path, "w", encoding="utf-8") as f:
            f.write("Line one\nLine two")
        self.daemon.provost("set", name, f"definition=@{path}", 'aliases=["A","B"]')
        have = self.daemon.json("get", name)["resource"]["indicator"]
        self.assertEqual((have["tags"], have["definition"], have["aliases"]),
                         (["statutory"], "Line one\nLine two", ["A", "B"]))
        self.daemon.provost("set", name, "tags=", "aliases=")
        self.assertEqual(self.daemon.json("get", name)["resource"]["indicator"]["tags"], [])

    def test_exit_codes(self):
        d = self.daemon
        self.assertEqual(d.provost("status").code, 0)
        d.provost("submit", "foi-cex", "2020-21", "lots", code=1)
        d.provost("frobnicate", code=2)
        d.provost("get", code=2)
        d.provost("get", "x", "--nonsense", code=2)
        d.provost("-o", "xml", "status", code=2)
        d.provost("scorecard", PLAN, code=2)
        d.provost(code=2)
        d.provost("get", "plans/none", code=3)
        d.provost("history", "plans/none", code=3)
        d.provost("show", "999999", code=3)
        d.provost("submit", "foi-cex", "2020-21", "12%", code=4)
        d.provost("delete", PLAN, code=4)
        provost("status", server="unix:" + d.dir + "/none", code=6)
        provost("status", server="127.0.0.1:1", code=6)
        provost("status", server="nonsense", code=2)

    def test_errors_name_field_and_value(self):
        for args, words in (
                (("submit", "foi-cex", "2021-22.q7", "5"), ("period", "2021-22.q7")),
                (("submit", "foi-cex", "2021-22", "lots"), ("value", "lots")),
                (("submit", "no-such", "2021-22", "5"), ("indicator", "no-such")),
                (("set", "actions/child-poverty-report", "progress=101"), ("progress", "101")),
                (("set", "actions/child-poverty-report", "titel=x"), ("titel", "title")),
                (("set", "actions/child-poverty-report", "status=done"), ("status", "done")),
                (("set", "actions/child-poverty-report", "completed_on=tomorrow"),
                 ("completed_on", "tomorrow")),
                (("list", "indicator"), ("indicator", "indicators")),
                (("lst", "indicators"), ("lst", "list")),
                (("get", "plans/none"), ("plans/none",)),
                (("--as-of", "99999", "get", PLAN), ("99999",)),
                (("submit", "foi-cex", "2020-21", "12%"), ("98.7", "--base-seq"))):
            done = self.daemon.provost(*args, code=None)
            self.assertNotEqual(done.code, 0, args)
            self.assertEqual(done.out, "")
            self.assertNotIn(ESCAPE, done.err)
            for word in words:
                self.assertIn(word, done.err, args)

    def test_log_queries(self):
        d = self.daemon
        d.provost("--service", "customer-care", "--on-behalf-of", "Ånne B.", "submit",
                  "stage1-cex", "2021-22.q1", "88%", "--reason", "Quarterly Return")
        seq = d.json("status")["seq"]
        for args in (("--service", "customer-care"), ("--for", "Ånne B."),
                     ("--reason-contains", "quarterly RETURN"), ("--from-seq", seq),
                     ("--resource", "observations/stage1-cex/2021-22.q1")):
            changes = d.json("log", *args)["changes"]
            self.assertEqual([c["seq"] for c in changes], [seq], args)
        change = d.json("show", seq)["change"]
        self.assertEqual((change["service"], change["onBehalfOf"], change["authMethod"]),
                         ("customer-care", "Ånne B.", "unix-peer"))
        self.assertEqual(d.json("log", "--until", "2000-01-01")["changes"], [])
        self.assertEqual(d.json("log", "--by", "nobody")["changes"], [])
        self.assertEqual(len(d.json("log", "--since", "1h", "-n", "1")["changes"]), 1)
        oldest = d.json("log", "--oldest-first", "-n", "1")["changes"]
        self.assertEqual(oldest[0]["seq"], "1")
        by_field = d.json("log", "--field", "value", "--resource", "observations")["changes"]
        self.assertIn(seq, [c["seq"] for c in by_field])

    def test_help_begins_with_examples(self):
        for args in (("--help",), ("help",), ("-h",)):
            text = provost(*args).out
            self.assertTrue(text.startswith("Examples:\n  provost "), text[:40])
            for command in COMMANDS:
                self.assertRegex(text, rf"\n  {command}\s")
        for command in COMMANDS:
            text = provost(command, "--help").out
            self.assertTrue(text.startswith("Examples:\n  provost "), text[:40])
            self.assertEqual(provost("help", command).out, text)
            self.assertIn(f"Usage: provost {command}", text)
            self.assertTrue(all(len(line) <= 100 for line in text.splitlines()))

    def test_help_is_as_it_was(self):
        """Scripts and manuals quote it; --update-golden (UPDATE_GOLDEN=1) writes it anew."""
        have = "".join(f"$ provost {c} --help\n{provost(c, '--help').out}\n" for c in COMMANDS)
        have = "$ provost --help\n" + provost("--help").out + "\n" + have
        path = os.path.join(harness.HERE, "golden_help.txt")
        if os.environ.get("UPDATE_GOLDEN"):
            with open(path, "w", encoding="utf-8") as f:
                f.write(have)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(have.splitlines(), f.read().splitlines())

    def test_examples_of_the_help_parse(self):
        """No example is a wrong command line (exit 2), whatever it then finds."""
        empty = harness.Daemon(tcp=False).start()
        self.addCleanup(empty.remove)
        for command in COMMANDS:
            for line in provost(command, "--help").out.split("\n\n")[0].splitlines()[1:]:
                words = shlex.split(line.split(" > ")[0])[1:]
                if not any("=@" in w for w in words) and "--server" not in words:
                    done = empty.provost(*words, code=None)
                    self.assertNotEqual(done.code, 2, f"{line}\n{done.err}")
        empty.finish()

    def test_terminal_has_colours_and_symbols(self):
        args = ("scorecard", PLAN, "--period", "2020-21")
        text = on_terminal(*args, server=self.daemon.unix)
        self.assertIn(ESCAPE + "[3", text)
        plain = re.sub(r"\033\[[0-9;]*m", "", text)
        self.assertNotIn(ESCAPE, plain)
        for word in ("OK", "warning", "alert"):
            self.assertIn(word.lower(), plain.lower())  # never colour alone
        self.assertRegex(plain, "[^\x00-\x7f–’]", "no symbols")
        for line in plain.replace("\r", "").splitlines():
            self.assertLessEqual(len(line), 100, line)
        none = on_terminal(*args, server=self.daemon.unix, env={"NO_COLOR": "1"})
        self.assertNotIn(ESCAPE, none)
        self.assertNotIn(ESCAPE, on_terminal("--no-color", *args, server=self.daemon.unix))
        self.assertNotIn(ESCAPE, on_terminal(*args, server=self.daemon.unix,
                                             env={"TERM": "dumb"}))
        self.assertNotIn(ESCAPE, on_terminal("-o", "json", *args, server=self.daemon.unix))

    def test_ascii_locale(self):
        """Our own symbols give way; what the register holds stays UTF-8."""
        done = self.daemon.provost("scorecard", PLAN, "-p", "2020-21", env={"LC_ALL": "C"})
        self.assertIn("alert", done.out.lower())
        self.assertTrue(all(ord(c) < 128 or c in "–’£" for c in done.out),
                        sorted({c for c in done.out if ord(c) > 127}))

    def test_control_characters_are_harmless(self):
        self.daemon.provost("set", "notes/evil", f"subject={PLAN}",
                            "text=\033[31mred\033[0m\ttab\nline \\ \u202e", "--create")
        for form in ("table", "csv", "plain", "json"):
            out = self.daemon.provost("-o", form, "get", "notes/evil").out
            if form in ("table", "json"):
                self.assertNotIn(ESCAPE, out, form)
        self.assertNotIn("\033[31mred", on_terminal("get", "notes/evil", server=self.daemon.unix))
        self.assertNotIn("\033[31mred", on_terminal("list", "notes", server=self.daemon.unix))
        self.assertNotIn("\033[31mred", on_terminal("log", "-n", "1", server=self.daemon.unix))
        done = self.daemon.provost("set", "notes/evil", "subject=plans/\033[31m", code=None)
        self.assertNotIn(ESCAPE, done.err)
        self.daemon.provost("delete", "notes/evil")

    def test_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.PROVOST, "-s", self.daemon.unix, "list", "links"],
                                  stdout=full, stderr=subprocess.PIPE, timeout=60,
                                  env=harness.clean_env(), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write", done.stderr)

    def test_request_id(self):
        args = ("--request-id", "cli-1", "submit", "foi-cex", "2019-20.q1", "50%")
        first = self.daemon.provost("-o", "json", *args).out
        self.assertEqual(self.daemon.provost("-o", "json", *args).out, first)

    def test_over_tcp(self):
        done = provost("-s", self.daemon.tcp, "-o", "json", "status")
        self.assertEqual(json.loads(done.out)["principal"], "loopback")


if __name__ == "__main__":
    harness.main()
