#!/usr/bin/python3
"""Erasure and the register's running, by the client: the unix peer and "loopback" approve each
other; what the commands show in every form, their exit codes, their questions on a terminal."""
import json
import os
import pty
import shlex
import subprocess

import harness
from harness import provost

SECRET = "Zz9SecretText"
FORMS = ("table", "json", "csv", "plain")


class RedactCli(harness.RegisterTest):
    number = 0

    def unix(self, *args, **kwargs):
        return self.daemon.provost(*args, **kwargs)

    def tcp(self, *args, **kwargs):
        return provost(*args, server=self.daemon.tcp, **kwargs)

    def make(self, *fields, reason="made", run=None):
        """A note with the secret; its name and the change that made it."""
        RedactCli.number += 1
        name = f"organisations/o{self.number}"
        (run or self.unix)("set", name, f"title={SECRET}", *fields, "--create", "--reason",
                           reason)
        return name, self.api.seq()

    def ask(self, seq, *target, run=None):
        """Asks; the id and the words of what the second person is to type."""
        row = harness.read_csv((run or self.unix)(
            "-o", "csv", "redact", seq, *target, "--reason", "UK GDPR article 17").out)
        self.assertEqual(row[0], ["approval_id", "seq", "erased", "approve_with"])
        self.assertEqual(row[1][1:3], ["0", "0"])
        words = shlex.split(row[1][3])
        self.assertEqual(words[:2], ["provost", "redact"])
        return row[1][0], words[1:]

    def erase(self, seq, *target, ask=None, approve=None):
        _, words = self.ask(seq, *target, run=ask or self.unix)
        return (approve or self.tcp)(*words)

    def test_what_the_first_call_prints_can_be_typed(self):
        name, seq = self.make()
        asked = self.unix("redact", seq, "--resource", name, "--field", "title", "--reason",
                          "UK GDPR article 17")
        self.assertIn("Nothing is erased yet", asked.out)
        line = next(li for li in asked.out.splitlines() if li.startswith("  provost redact "))
        self.assertIn(f"Approval id: {line.split()[-1]}\n", asked.out)
        self.assertEqual(self.api.get(name).organisation.title, SECRET)
        done = self.tcp(*shlex.split(line)[1:])
        self.assertIn(f"Erased by change {self.api.seq()}: title of {name}", done.out)
        self.assertEqual(self.api.get(name).organisation.title, "")

    def test_they_approve_each_other(self):
        name, seq = self.make()
        self.erase(seq, "--resource", name, "--field", "title", ask=self.tcp,
                   approve=self.unix)
        erased = self.unix("-o", "csv", "show", self.api.seq()).out
        rows = harness.read_csv(erased)
        row = dict(zip(rows[0], rows[1]))
        self.assertEqual((row["outcome"], row["requested_by"]), ("REDACTED", "loopback"))
        self.assertNotEqual(row["principal"], "loopback")
        self.assertNotIn(SECRET, erased)

    def test_every_view_says_erased(self):
        name, seq = self.make(reason="why " + SECRET)
        self.erase(seq, "--resource", name, "--field", "title")
        self.erase(seq, "--change-reason")
        for form in FORMS:
            for args in (("show", seq), ("history", name), ("log", "--resource", name)):
                text = self.unix("-o", form, *args).out
                self.assertNotIn(SECRET, text)
                if form != "json":
                    self.assertIn("[erased]", text, (form, args))
        rows = harness.read_csv(self.unix("-o", "csv", "show", seq).out)
        title = next(r for r in (dict(zip(rows[0], r)) for r in rows[1:])
                     if r["field"] == "title")
        self.assertEqual((title["after"], title["reason"], title["erased"]),
                         ("[erased]", "[erased]", "after reason"))
        log = self.unix("log", "--resource", name, env={"COLUMNS": "0"}).out
        self.assertIn(f"{name}: title erased, as change {seq} had it; asked for by ", log)
        self.assertNotIn("deleted", log)
        history = self.unix("history", name).out
        self.assertIn("ERASED", history)
        self.assertIn("Asked for by", history)

    def test_names(self):
        person = SECRET + " Person"
        _, seq = self.make(run=lambda *a: self.unix("--on-behalf-of", person, "--service", "s",
                                                    *a))
        self.erase(seq, "--who")
        self.assertNotIn(SECRET + " Person", self.unix("-o", "csv", "log").out)
        rows = harness.read_csv(self.unix("-o", "csv", "show", seq).out)
        row = dict(zip(rows[0], rows[1]))
        self.assertEqual((row["principal"], row["service"], row["erased"]),
                         ("[erased]", "s", "actor"))

    def test_forms_of_the_answers(self):
        for form in FORMS:
            name, seq = self.make()
            target = ("--resource", name, "--field", "title")
            asked = self.unix("-o", form, "redact", seq, *target, "--reason", "article 17")
            waiting = json.loads(asked.out)["approvalId"] if form == "json" else None
            if form == "json":
                self.assertIn(f"--approve {waiting}", asked.err)
            elif form == "plain":
                waiting = asked.out.split("\t")[0]
            elif form == "csv":
                waiting = harness.read_csv(asked.out)[1][0]
            else:
                waiting = asked.out.split()[-1]
            done = self.tcp("-o", form, "redact", seq, *target, "--approve", waiting)
            if form == "json":
                self.assertEqual(json.loads(done.out), {
                    "approvalId": "", "seq": str(self.api.seq()), "erased": "1"})
            elif form == "plain":
                self.assertEqual(done.out, f"\t{self.api.seq()}\t1\t\n")

    def test_exit_codes(self):
        name, seq = self.make()
        target = ("--resource", name, "--field", "title")
        why = ("--reason", "article 17")
        for wrong in ((), ("--resource", name), ("--who", "--change-reason"),
                      (*target, "--who"), (*target, "--approve", "")):
            self.unix("redact", seq, *wrong, *why, code=2)
        self.unix("redact", seq, *target, code=2)
        self.unix("redact", "0", *target, *why, code=2)
        self.unix("redact", "x", *target, *why, code=2)
        self.assertIn("--field", self.unix("redact", seq, "--resource", name, "--field",
                                           "titel", *why, code=1).err)
        self.unix("redact", seq, *target, "--reason", "it says " + SECRET, code=1)
        self.tcp("redact", seq, *target, "--approve", "none", code=3)
        waiting, words = self.ask(seq, *target)
        self.assertIn("another person", self.unix(*words, code=4).err)
        self.tcp("redact", seq, "--change-reason", "--approve", waiting, code=1)
        self.assertEqual(self.api.get(name).organisation.title, SECRET)
        self.tcp(*words)
        self.tcp(*words, code=3)
        provost("redact", seq, *target, *why, server="unix:/nowhere", code=6)

    def on_terminal(self, answer, *args):
        master, slave = pty.openpty()
        with subprocess.Popen([harness.PROVOST, *map(str, args)], stdin=slave,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=harness.clean_env(PROVOST_SERVER=self.daemon.tcp)) as process:
            os.write(master, answer.encode())
            out, err = process.communicate(timeout=60)
        os.close(master)
        os.close(slave)
        return process.returncode, out, err

    def test_a_person_is_asked(self):
        name, seq = self.make()
        _, words = self.ask(seq, "--resource", name, "--field", "title")
        code, _, err = self.on_terminal("n\n", *words)
        self.assertEqual(code, 1)
        self.assertIn("for good?", err)
        self.assertIn("nothing was sent", err)
        self.assertEqual(self.api.get(name).organisation.title, SECRET)
        self.assertEqual(self.on_terminal("\n", *words)[0], 1)
        code, out, _ = self.on_terminal("y\n", *words)
        self.assertEqual(code, 0)
        self.assertIn("Erased by change", out)
        name, seq = self.make()
        _, words = self.ask(seq, "--resource", name, "--field", "title")
        code, _, err = self.on_terminal("", *words, "--yes")
        self.assertEqual((code, err), (0, ""))

    def test_backup(self):
        text = self.unix("backup", "first").out
        self.assertIn("integrity and tree root were checked", text)
        answer = json.loads(self.unix("-o", "json", "backup").out)
        self.assertEqual((answer["integrityOk"], answer["rootOk"]), (True, True))
        self.assertTrue(os.path.isdir(answer["path"]))
        rows = harness.read_csv(self.unix("-o", "csv", "backup", "third").out)
        self.assertEqual(rows[0], ["path", "seq", "bytes", "integrity_ok", "root_ok"])
        self.assertNotEqual(self.unix("backup", "../out", code=None).code, 0)

    def test_check_integrity(self):
        self.assertIn("no problem found", self.unix("check-integrity").out)
        self.assertIs(self.daemon.json("check-integrity", "--full")["ok"], True)
        self.assertEqual(self.unix("-o", "csv", "check-integrity").out, "problem\n")
        self.assertEqual(self.unix("-o", "plain", "check-integrity").out, "")

    def test_read_only(self):
        self.unix("read-only", "maybe", code=2)
        self.assertIn("refused", self.unix("read-only", "on", "--reason", "moving house").out)
        try:
            self.assertIn("moving house", self.unix("set", "organisations/x", "title=X",
                                                    "--create", code=4).err)
            self.assertIs(self.daemon.json("status")["readOnly"], True)
        finally:
            off = self.unix("-o", "csv", "read-only", "off").out
        self.assertEqual(off.split(), ["read_only", "false"])
        self.make()

    def test_help(self):
        for command in ("redact", "backup", "check-integrity", "read-only", "audit", "export",
                        "progress"):
            text = provost(command, "--help").out
            self.assertTrue(text.startswith("Examples:\n  provost "))
            self.assertIn(f"Usage: provost {command}", text)
            self.assertTrue(all(len(line) <= 100 for line in text.splitlines()), text)


if __name__ == "__main__":
    harness.main()
