#!/usr/bin/python3
"""The client as people and scripts see it: every command in every form, exit codes, errors, help,
colours on a terminal and none elsewhere."""
import fcntl
import json
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios

import harness
from harness import DUNDEE, PLAN, provost

ESCAPE = "\033"


def commands():
    """Every command of the commands table, as the help lists them."""
    text = provost("--help").out
    listed = text[text.index("\nCommands:\n"):text.index("\nOptions of every command")]
    return re.findall(r"^  ([a-z][a-z-]*)\s", listed, re.MULTILINE)


COMMANDS = commands() if os.path.exists(harness.PROVOST) else []
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
    ("series", "foi-cex"): "98.7%",
    ("series", "calls", "--from", "2020-04"): "outside",
    ("progress", PLAN, "-m", "on-target", "-p", "2020-21"): "left out",
    ("progress", PLAN, "-m", "actions-on-schedule", "--date", "2021-11-30"): "overdue",
    ("due", PLAN, "--date", "2021-06-30", "--days", "5"): "Child Poverty",
    ("risks", PLAN): "Impact 5",
    ("check", PLAN): "placeholder",
    ("tree", PLAN, "--depth", "2"): "measures",
    ("whoami",): "ADMIN",
}
WRITING = {
    ("set", "actions/child-poverty-report", "progress={n}", "--reason", "board"): "progress",
    ("set", "notes/new-{n}", f"subject={PLAN}", "text=Text", "--create"): "created",
    ("delete", "notes/new-{n}", "--reason", "entered twice"): "deleted",
    ("submit", "foi-cex", "{y}", "{n}%", "--note", "a note"): "created",
    ("import", DUNDEE): "unchanged",
    ("export", "{dir}/bundle-{n}"): "indicators",
    ("backup", "copy-{n}"): "copy-",
    ("principal", "list"): "first administrator",
    ("grant", "list", "admin"): "admin",
    ("token", "list", "admin"): "first start",
    ("read-only", "on", "--reason", "a move"): "writes are refused",
    ("read-only", "off"): "takes writes",
}
FORMS = ("table", "json", "csv", "plain")
# One figure falls out of a process that has changed for the better.
CALLS = [82, 81, 83, 80, 82, 84, 81, 79, 82, 83, 81, 80,
         85, 86, 86, 87, 87, 88, 88, 60, 89, 90]
tested_apart = set()


def tests_command(*names):
    """A command that needs more than a row in the tables above has a test of its own."""
    tested_apart.update(names)
    return lambda test: test


def without_colours(text):
    return re.sub(r"\033\[[0-9;]*m", "", text).replace("\r", "")


def on_terminal(*args, server, env=None, columns=100):
    """What the client writes to a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen([harness.PROVOST, *args], stdin=subprocess.DEVNULL, stdout=slave,
                               stderr=slave, env=harness.clean_env(
                                   PROVOST_SERVER=server, **(env or {})))
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
        create, pb = harness.create, harness.pb
        months = [f"2019-{m:02}" for m in range(4, 13)] + [f"2020-{m:02}" for m in range(1, 13)]
        figures = [harness.submission("calls", month, f"{value}%")
                   for month, value in zip(months + ["2021-01"], CALLS)]
        risks = [create("risks/" + name, title=name.title(), plans=[PLAN])
                 for name in ("budget", "cyber", "schools")]
        for at, (likelihood, impact) in enumerate(((3, 4), (3, 5), (0, 0))):
            if likelihood:
                risks[at].create.risk.current.likelihood = likelihood
                risks[at].create.risk.current.impact = impact
        calls = create("indicators/calls", title="Calls answered", unit=pb.resources.UNIT_PERCENT,
                       frequency=pb.resources.FREQUENCY_MONTHLY,
                       polarity=pb.resources.POLARITY_MAX)
        cls.api.apply(risks + [
            calls,
            create("objectives/sdg-10", code="10", title="Reduced inequalities",
                   plan="plans/un-sdg")])
        cls.api.submit(figures)
        for objective in ("cex-tackling-inequality", "cex-reputation"):
            cls.daemon.provost("set", f"links/contributes/objectives/{objective}/objectives/sdg-10",
                               f"from=objectives/{objective}", "to=objectives/sdg-10",
                               "kind=CONTRIBUTES", "--create")

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
            for form in FORMS:
                with self.subTest(args=args, form=form):
                    text = self.daemon.provost("-o", form, *args).out
                    self.check_form(form, text)
                    if form == "table":
                        self.assertIn(word, text)
            rows = len(harness.read_csv(self.daemon.provost("-o", "csv", *args).out)) - 1
            plain = self.daemon.provost("-o", "plain", *args).out.splitlines()
            self.assertEqual(len(plain), rows, args)

    def test_writing_in_every_form(self):
        for form in FORMS:
            Cli.number += 1
            for args, word in WRITING.items():
                filled = [a.format(n=Cli.number, y=f"19{Cli.number}-{Cli.number + 1}",
                                   dir=self.daemon.dir) for a in args]
                with self.subTest(args=filled, form=form):
                    done = self.daemon.provost("-o", form, *filled)
                    self.check_form(form, done.out)
                    if form == "table":
                        self.assertIn(word, done.out.lower())

    def test_every_command_has_a_case(self):
        cases = {args[0] for args in [*READING, *WRITING]} | tested_apart
        self.assertEqual(sorted(cases), sorted(COMMANDS))

    @tests_command("login", "logout")  # e2e_access.py signs in
    def test_there_is_nothing_to_forget(self):
        env = {"XDG_CONFIG_HOME": os.path.join(self.daemon.dir, "config")}
        self.assertIn("no token", self.daemon.provost("logout", env=env).err)
        said = self.daemon.provost("login", env=env, code=2)
        self.assertIn("no token", said.err)

    @tests_command("approve", "reject")
    def test_judging_in_every_form(self):
        self.api.apply([harness.create("plans/asks", title="Asks", period="1950-70",
                                       approval_required=True),
                        harness.create("objectives/asked", title="Asked", plan="plans/asks"),
                        harness.create("indicators/judged", title="Judged")])
        self.daemon.provost("set", "links/measures/indicators/judged/objectives/asked",
                            "from=indicators/judged", "to=objectives/asked", "kind=MEASURES",
                            "--create")
        year = 1950
        for command, state in (("approve", harness.pb.resources.WORKFLOW_APPROVED),
                               ("reject", harness.pb.resources.WORKFLOW_REJECTED)):
            for form in FORMS:
                with self.subTest(command=command, form=form):
                    year += 1
                    period = f"{year}-{year % 100 + 1}"
                    self.daemon.provost("submit", "judged", period, "5")
                    done = provost("-o", form, command, "judged", period, "--reason", "looked at",
                                   server=self.daemon.tcp)
                    self.check_form(form, done.out)
                    figure = self.api.get(f"observations/judged/{period}").observation
                    self.assertEqual(figure.workflow, state)

    @tests_command("redact")
    def test_asking_for_erasure_in_every_form(self):
        self.daemon.provost("set", "notes/private", f"subject={PLAN}", "text=Private", "--create")
        seq = self.daemon.json("status")["seq"]
        for form in FORMS:
            done = self.daemon.provost("-o", form, "redact", seq, "--resource", "notes/private",
                                       "--field", "text", "--reason", "art. 17", "--yes")
            self.check_form(form, done.out)
            if form != "json":
                self.assertIn("provost redact", done.out)

    @tests_command("watch", "audit", "check-integrity")
    def test_the_log_in_every_form(self):
        for form in FORMS:
            with self.subTest(form=form):
                changes = self.daemon.provost("-o", form, "watch", "--from", "1",
                                              "--until-current").out
                self.assertIn("first load", changes)
                if form == "json":
                    self.assertEqual(json.loads(changes.splitlines()[0])["seq"], "1")
                else:
                    self.check_form(form, changes)
                checkpoint = self.daemon.provost("-o", form, "audit", "checkpoint").out
                self.assertRegex(checkpoint, r"\Aprovost/.*\n\d+\n[A-Za-z0-9+/=]{44}\n\n\u2014 ")
        self.assertIn("no problem", self.daemon.provost("check-integrity").out)
        self.assertIs(self.daemon.json("check-integrity")["ok"], True)
        self.assertEqual(self.daemon.provost("-o", "csv", "check-integrity").out, "problem\n")

    @tests_command("help", "version")
    def test_version(self):
        version = self.daemon.json("status")["version"]
        self.assertIn(version, provost("version").out)
        self.assertEqual(provost("version").out, provost("--version").out)

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

    # What an example needs that is not in the example register: an id, a secret, a file, an earlier
    # moment, a second person.
    ELSEWHERE = re.compile(r"0123456789abcdef|0a1b2c3d|as-of 2|figures/|service-plan.txt|actions.tsv|"
                           r"quarter.csv|change-123|prove 123|login|show 17|redact 12|"
                           r"check .* --strict|import examples")

    def test_examples_of_the_help_do_what_they_say(self):
        """Typed one after the other at the example register each ends well; one that speaks of
        what is not there is at least no wrong command line (exit 2)."""
        trial = harness.Daemon(tcp=False).start()
        self.addCleanup(trial.remove)
        trial.provost("import", DUNDEE)
        trial.provost("submit", "foi-cex", "2021-22.q1", "97.5%")
        trial.provost("principal", "set", "ann")
        trial.provost("principal", "set", "performance-team")
        trial.provost("principal", "set", "finance-system")
        trial.provost("set", "organisations/finance", "--create", "title=Finance")
        harness.PROVOST = os.path.abspath(harness.PROVOST)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(trial.dir)  # where the examples write their files
        os.makedirs("examples")
        os.symlink(DUNDEE, "examples/dundee")
        key = trial.provost("audit", "key").out.strip()
        for command in COMMANDS:
            for line in provost(command, "--help").out.split("\n\n")[0].splitlines()[1:]:
                words = shlex.split(line.split(" > ")[0])[1:]
                if "watch" in words:
                    words.append("--until-current")
                if words[:2] == ["audit", "verify"] and len(words) > 2:
                    words += ["--key", key]
                if not any("=@" in w for w in words) and not {"--server", "--exec"} & {*words}:
                    done = trial.provost(*words, code=None)
                    self.assertNotEqual(done.code, 2, f"{line}\n{done.err}")
                    with self.subTest(line=line):
                        if not self.ELSEWHERE.search(line):
                            self.assertEqual(done.code, 0, done.err)
        trial.finish()

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

    def shown(self, *args, columns=80, **env):
        return without_colours(on_terminal(*args, server=self.daemon.unix, columns=columns,
                                           env=env))

    def test_series_has_a_sparkline_and_marks(self):
        line = "▆▆▆▆▆▇▆▅▆▆▆▆" \
               "▇▇▇▇▇██▁██"
        text = self.shown("series", "calls")
        self.assertEqual(text.splitlines()[0], f"Calls answered  {line}")
        rows = {r.split("  ")[0].strip(): r for r in text.splitlines()}
        self.assertRegex(rows["November 2020"], "60%.*◆ outside")
        self.assertRegex(rows["April 2020"], "▬ shift of 7")
        self.assertNotIn("outside", rows["October 2020"])
        self.assertRegex(text, r"process limits 71\.76\d* to 94\.05\d*, mean 82\.9")
        narrow = self.shown("series", "calls", columns=30).splitlines()
        self.assertEqual(narrow[:2], ["Calls answered", line])
        for width in (20, 60):
            self.assertLessEqual(len(self.shown("series", "calls", "--from", "2019-04", columns=width)
                                     .splitlines()[1]), width)

    def test_series_shows_gaps_within_and_none_around(self):
        self.api.apply([harness.create("indicators/gaps", title="Gaps", frequency=5)])
        self.api.submit([harness.submission("gaps", p, v) for p, v in
                         (("2010", ""), ("2011", "1"), ("2012", ""), ("2013", "8"), ("2014", ""))])
        self.assertEqual(self.shown("series", "gaps").splitlines()[0], "Gaps  ▁·█")
        self.assertEqual(self.shown("series", "gaps", LC_ALL="C").splitlines()[0], "Gaps  _:#")

    def test_a_short_series_of_quarters_points_to_years(self):
        self.api.apply([harness.create("indicators/few", title="Few", frequency=2)])
        self.api.submit([harness.submission("few", p, v) for p, v in
                         (("2020-21", "7"), ("2021-22.q1", "2"))])
        text = self.shown("series", "few")
        self.assertNotIn("2020/21", text)
        self.assertIn("--granularity year", " ".join(text.split()))
        self.assertIn("2020/21", self.shown("series", "few", "--granularity", "year"))

    def test_series_in_ascii(self):
        text = self.shown("series", "calls", LC_ALL="C")
        self.assertTrue(text.isascii())
        self.assertEqual(text.splitlines()[0], "Calls answered  " + self.ascii_line())
        self.assertRegex(text, "60%.*! outside")
        self.assertRegex(text, "= shift of 7")

    def ascii_line(self):
        """Eight steps between the least and the greatest, halves upwards."""
        low, high = min(CALLS), max(CALLS)
        return "".join("_.-~=+*#"[int((v - low) * 7 / (high - low) + 0.5)] for v in CALLS)

    def test_risk_matrix(self):
        text = self.shown("risks", PLAN)
        lines = text.splitlines()
        self.assertEqual(lines[0], "3 risks, likelihood by impact")
        self.assertEqual(lines[1].split("  ")[0], "Likelihood")
        cells = {line.split()[0]: line.split()[1:] for line in lines[2:7]}
        self.assertEqual(cells, {"5": ["."] * 5, "4": ["."] * 5, "3": [".", ".", ".", "1", "1"],
                                 "2": ["."] * 5, "1": ["."] * 5})
        self.assertIn("15 high (3 x 5): Cyber", text)
        self.assertRegex(text, r"unscored: 1\n   [^\n]*: Schools\n")
        coloured = on_terminal("risks", PLAN, server=self.daemon.unix)
        self.assertRegex(coloured, r"\033\[(1;)?33m +1\033")
        self.assertNotIn(ESCAPE, on_terminal("risks", PLAN, server=self.daemon.unix,
                                             env={"NO_COLOR": "1"}))
        none = self.shown("risks", "plans/city-plan")
        self.assertNotIn("Likelihood", none)
        self.assertIn("no risks here", none)

    def test_the_golden_thread(self):
        lines = self.shown("tree", "objectives/sdg-10", columns=60).splitlines()
        self.assertEqual(lines[0], "10 Reduced inequalities")
        drawn = [line for line in lines if line[:1] in "├└"]
        self.assertEqual(len(drawn), 2)
        self.assertRegex(drawn[0], "(Tackling inequality|Promoting and).*contributes")
        below = "\n".join(lines)
        self.assertRegex(below, "│  ├─ .*delivers")
        self.assertRegex(below, "│  └─ .*measures")
        # A title over several lines keeps the lines of the tree.
        self.assertRegex(below, "│  ├─ [^\n]*\n│  │  [A-Za-z]")
        ascii_tree = self.shown("tree", "objectives/sdg-10", LC_ALL="C")
        self.assertRegex(ascii_tree, r"\|  \|- .*delivers")

    def test_progress_opens_to_its_members(self):
        text = self.shown("progress", PLAN, "-m", "improving-or-maintained", "-p", "2020-21")
        self.assertIn("5 of 7 (71.4 %)", text.splitlines()[0])
        self.assertEqual(text.count("✓ yes"), 5)
        self.assertEqual(text.count("✗ no"), 2)
        self.assertRegex(text, r"left out\s+no comparator")
        self.assertIn("rule: indicators whose short trend is IMPROVING or NO_CHANGE", text)
        self.assertIn("left out, no comparator: 2", text)
        actions = self.shown("progress", PLAN, "-m", "actions-on-schedule")
        self.assertIn("left out, deadline not understood: 1", actions)
        self.assertIn("left out, deadline to be confirmed: 1", actions)

    def test_nothing_to_show_is_said_with_what_to_do(self):
        for args, words in ((("due", "plans/city-plan"), "nothing is due"),
                            (("check", "plans/asks-nothing"), "nothing to correct"),
                            (("tree", "plans/asks-nothing"), "provost set links/"),
                            (("series", "empty"), "provost submit empty PERIOD FIGURE"),
                            (("progress", "plans/city-plan", "-m", "on-target", "-p", "2020-21"),
                             "nothing to count")):
            if words == "nothing to correct":
                self.daemon.provost("set", "plans/asks-nothing", "title=Asks nothing",
                                    "period=2020-21", "--create")
                self.daemon.provost("set", "indicators/empty", "title=Empty", "--create")
            self.assertIn(words, self.shown(*args, columns=200), args)

    def test_no_line_is_wider_than_the_screen(self):
        for args in (("series", "foi-cex"), ("series", "calls"), ("risks", PLAN),
                     ("check", PLAN), ("tree", PLAN), ("list", "notes"), ("list", "actions"),
                     ("list", "plans"), ("list", "indicators"), ("list", "targets"),
                     ("progress", PLAN, "-m", "on-target", "-p", "2020-21"),
                     ("scorecard", PLAN, "-p", "2020-21"), ("log",),
                     ("due", PLAN, "--date", "2021-06-30"),
                     ("history", "observations/foi-cex/2020-21")):
            for columns in (60, 80, 140):
                for line in self.shown(*args, columns=columns).splitlines():
                    self.assertLessEqual(len(line), columns, (args, line))

    def test_a_table_too_wide_becomes_blocks_that_lack_nothing(self):
        narrow = self.shown("list", "plans", columns=48)
        self.assertRegex(narrow, f"(?m)^{PLAN}\n  Title +Chief")
        self.assertRegex(narrow, r"(?m)^  Period +2021-24$")
        # Words broken over lines are the same words.
        wide = self.shown("list", "plans", columns=300)
        words = set("".join(wide.split())) | set("TitleKindOwnerPeriodStatus")
        self.assertLessEqual(set("".join(narrow.split())), words)

    def test_scores_are_words_in_tables(self):
        self.daemon.provost("set", "risks/words", "title=Flood", f"plans={PLAN}",
                            'current={"likelihood":4,"impact":3}', "--create")
        self.assertIn("likelihood 4, impact 3", self.shown("list", "risks", columns=200))
        self.assertIn("likelihood 4, impact 3", self.shown("get", "risks/words", columns=200))
        self.assertIn('"likelihood":4', self.daemon.provost("-o", "csv", "get",
                                                            "risks/words").out.replace('""', '"'))

    def test_a_tree_is_told_for_a_day(self):
        before = self.shown("tree", PLAN, "--date", "2021-04-01", columns=200)
        after = self.shown("tree", PLAN, "--date", "2023-04-01", columns=200)
        self.assertNotIn("overdue", before)
        self.assertIn("overdue", after)

    def test_import_has_a_progress_bar_on_a_terminal_only(self):
        path = os.path.join(self.daemon.dir, "long.tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("Code\tIndicator\t2020/21\n")
            f.writelines(f"LB {i}\tLong bar {i}\t{i}\n" for i in range(400))
        args = ("import", path, "--plan", PLAN, "--dry-run")
        shown = on_terminal(*args, server=self.daemon.unix)
        bars = re.findall(r"\r(\w+) +\[(#*)(\.*)\] +(\d+) %", shown)
        self.assertTrue(bars)
        for _, done, left, percent in bars:
            self.assertEqual(len(done) + len(left), 30)
            self.assertAlmostEqual(len(done), int(percent) * 30 / 100, delta=1)
        for phase in {b[0] for b in bars}:
            percents = [int(b[3]) for b in bars if b[0] == phase]
            self.assertEqual(percents, sorted(percents))
        last = shown.rindex(" %")
        self.assertRegex(shown[last:], r"^ %\r +\r")  # wiped before the report
        done = self.daemon.provost(*args)
        self.assertNotIn("\r", done.out + done.err)
        self.assertNotIn("###", done.out + done.err)

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
