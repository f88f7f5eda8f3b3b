#!/usr/bin/python3
"""What is made from the tables: manual pages, completion in real shells, the journal's catalogue,
and the units that are installed beside them."""
import glob
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

import harness
from harness import BUILD, PROVOST, PROVOSTD, ROOT

MADE = os.path.join(BUILD, "docs", "manual")
SYSTEMD = os.path.join(ROOT, "systemd")


def read(path):
    with open(path) as file:
        return file.read()


def output(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=True, **kwargs).stdout


class Pages(unittest.TestCase):
    pages = ("provost.1", "provostd.8", "provostd.conf.5", "provost.7")

    def test_the_pages_are_sound(self):
        for page in self.pages:
            path = os.path.join(MADE, page)
            if shutil.which("man"):
                done = subprocess.run(["man", "-l", "--warnings", "-E", "UTF-8", "-Tutf8", path],
                                      capture_output=True, text=True,
                                      env={**os.environ, "MANWIDTH": "80"})
                self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            if shutil.which("mandoc"):
                done = subprocess.run(["mandoc", "-T", "lint", path], capture_output=True,
                                      text=True)
                self.assertEqual(done.stdout + done.stderr, "", page)

    def test_every_command_of_the_program_is_in_its_page(self):
        page = read(os.path.join(MADE, "provost.1")).replace("\\-", "-")
        commands = re.findall(r"^  ([a-z-]+) {2,}", output(PROVOST, "help").split("Options")[0],
                              re.M)
        self.assertGreater(len(commands), 20)
        for command in commands:
            self.assertIn(f"\n.SS {command}\n", page)

    def test_every_variable_that_the_program_reads_is_in_its_page(self):
        page = read(os.path.join(MADE, "provost.1"))
        sources = "".join(read(path) for path in glob.glob(os.path.join(ROOT, "client", "*.c")))
        variables = set(re.findall(r'"(PROVOST_[A-Z_]+)"', sources))
        self.assertGreater(len(variables), 5)
        for variable in variables:
            self.assertIn(variable, page.split(".SH ENVIRONMENT")[1])

    def test_every_setting_of_the_daemon_is_in_its_pages(self):
        help_text = output(PROVOSTD, "--help")
        page = read(os.path.join(MADE, "provostd.conf.5")).replace("\\-", "-")
        settings = re.findall(r"^  \[(\w+)\] (\w+) =", help_text, re.M)
        self.assertGreater(len(settings), 10)
        for section, name in settings:
            self.assertIn(f"\n.B {name}\n", page.split(f".SS [{section}]")[1])
        page = read(os.path.join(MADE, "provostd.8")).replace("\\-", "-")
        for flag in re.findall(r"^  (--[a-z-]+)", help_text, re.M):
            self.assertIn(f"\n.B {flag}", page)

    def test_the_example_of_settings_is_valid_as_it_is_and_with_all_defaults(self):
        text = read(os.path.join(MADE, "provost.config"))
        directory = tempfile.mkdtemp(prefix="provost-config-")
        self.addCleanup(shutil.rmtree, directory, True)
        path = os.path.join(directory, "provostd.conf")
        for version in (text, re.sub(r"^#(\w+ =)", r"\1", text, flags=re.M)):
            with open(path, "w") as file:
                file.write(version)
            self.assertIn("in order", output(PROVOSTD, "--config", path, "--check-config",
                                             env=harness.clean_env()))


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, command, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir("/")
            env = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": "/nonexistent",
                   "COLUMNS": "200", **environment}
            os.execvpe(command[0], command, env)

    def send(self, text):
        os.write(self.fd, text.encode())

    def wait(self, words, seconds=20):
        seen = ""
        until = time.monotonic() + seconds
        while words not in seen:
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{words!r} did not come; there was {seen!r}")
            if select.select([self.fd], [], [], left)[0]:
                try:
                    seen += os.read(self.fd, 4096).decode(errors="replace")
                except OSError as error:
                    raise AssertionError(f"the shell ended: {seen!r}") from error
        return seen

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


class Completion(unittest.TestCase):
    def shell(self, *command, **environment):
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        shell = Shell(command, **environment)
        self.addCleanup(shell.close)
        return shell

    def test_bash_completes_commands_flags_and_formats(self):
        shell = self.shell("bash", "--norc", "--noprofile", "-i")
        shell.send(f"PS1='>'; . {MADE}/provost.bash; echo rea''dy\n")
        shell.wait("ready")
        for typed, wanted in (("provost scor\t", "provost scorecard "),
                              ("provost scorecard --per\t", "--period "),
                              ("provost --no-c\t", "--no-color "),
                              ("provost -o js\t", "-o json "),
                              ("provost --server x hist\t", "x history "),
                              ("provost help check-i\t", "check-integrity "),
                              ("provost audit exp\t", "export "),
                              ("provost --server x audit consi\t", "consistency "),
                              ("provost grant rem\t", "remove "),
                              ("provostd --state\t", "--state-dir ")):
            shell.send(typed)
            shell.wait(wanted)
            shell.send("\x15")

    def test_bash_offers_no_flag_of_another_command(self):
        done = output("bash", "-c", f". {MADE}/provost.bash; COMP_WORDS=(provost get --peri); "
                      "COMP_CWORD=2; _provost; echo \"[${COMPREPLY[*]}]\"")
        self.assertEqual(done, "[]\n")

    def test_every_first_word_that_is_offered_is_one(self):
        offered = re.findall(r"^    (\S+)\) flags=.* choices='(.+)' ;;$",
                             read(os.path.join(MADE, "provost.bash")), re.MULTILINE)
        self.assertEqual([name for name, _ in offered], ["audit", "token", "principal", "grant"])
        for name, words in offered:
            for word in words.split():
                said = harness.provost(name, word, "--reason", "r", server="unix:/nowhere",
                                       code=None).err
                self.assertNotIn("is not one of", said, (name, word))
            said = harness.provost(name, "nonsense", server="unix:/nowhere", code=2).err
            self.assertIn('"nonsense" is not one of ' + words.split()[0], said)

    def test_zsh_completes_commands_and_flags(self):
        functions = tempfile.mkdtemp(prefix="provost-zsh-")
        self.addCleanup(shutil.rmtree, functions, True)
        shutil.copy(os.path.join(MADE, "provost.zsh"), os.path.join(functions, "_provost"))
        shell = self.shell("zsh", "-f", "-i")
        shell.send(f"PS1='>'; unsetopt zle_bracketed_paste 2>/dev/null; fpath=({functions} $fpath);"
                   " autoload -U compinit; compinit -u -D; echo rea''dy\n")
        shell.wait("ready")
        for typed, wanted in (("provost scor\t", "ecard"),
                              ("provost scorecard --per\t", "iod"),
                              ("provost audit exp\t", "ort")):
            shell.send(typed)
            shell.wait(wanted)
            shell.send("\x15")

    def test_fish_completes_commands_and_flags(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")
        for typed, wanted in (("provost scor", "scorecard"),
                              ("provost scorecard --per", "--period"),
                              ("provost audit exp", "export"),
                              ("provost -o js", "json")):
            found = output("fish", "--no-config", "-c",
                           f"source {MADE}/provost.fish; complete -C '{typed}'")
            self.assertIn(wanted, [line.split("\t")[0] for line in found.splitlines()])


class Units(unittest.TestCase):
    def test_the_services_are_hardened(self):
        harness.require_tool("systemd-analyze")
        for unit in ("provostd.service", "provostd@.service", "provostd-backup.service",
                     "provostd-backup@.service"):
            done = subprocess.run(["systemd-analyze", "security", "--offline=true",
                                   "--no-pager", os.path.join(SYSTEMD, unit)],
                                  capture_output=True, text=True)
            level = re.search(r"exposure level for \S+ (\d+\.\d+)", done.stdout)
            self.assertIsNotNone(level, done.stdout + done.stderr)
            self.assertLessEqual(float(level.group(1)), 0.4, unit)

    def test_the_units_are_sound(self):
        harness.require_tool("systemd-analyze")
        directory = tempfile.mkdtemp(prefix="provost-units-")
        self.addCleanup(shutil.rmtree, directory, True)
        for path in glob.glob(os.path.join(SYSTEMD, "*.*")):
            if path.rsplit(".")[-1] not in ("service", "socket", "timer"):
                continue
            text = read(path).replace("/usr/sbin/provostd", PROVOSTD)
            text = text.replace("/usr/lib/provost/backup", os.path.join(SYSTEMD, "backup"))
            text = text.replace("man:provostd", "https://localhost/provostd")
            with open(os.path.join(directory, os.path.basename(path)), "w") as file:
                file.write(text)
        for name in sorted(os.listdir(directory)):
            if "@" in name:
                os.rename(os.path.join(directory, name),
                          os.path.join(directory, name.replace("@", "@dundee")))
        units = sorted(os.path.join(directory, n) for n in os.listdir(directory))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units],
                              capture_output=True, text=True,
                              env={**os.environ, "SYSTEMD_UNIT_PATH": directory + ":"})
        ours = [line for line in done.stderr.splitlines() if "provostd" in line]
        self.assertEqual(ours, [])

    def test_the_catalogue_is_read_by_journalctl(self):
        harness.require_tool("journalctl")
        root = tempfile.mkdtemp(prefix="provost-catalog-")
        self.addCleanup(shutil.rmtree, root, True)
        for folder in ("usr/lib/systemd/catalog", "var/lib/systemd/catalog"):
            os.makedirs(os.path.join(root, folder))
        shutil.copy(os.path.join(MADE, "provost.catalog"),
                    os.path.join(root, "usr/lib/systemd/catalog/provostd.catalog"))
        output("journalctl", "--root", root, "--update-catalog")
        listed = output("journalctl", "--root", root, "--list-catalog")
        self.assertEqual(len(re.findall("provostd: ", listed)),
                         read(os.path.join(MADE, "provost.catalog")).count("Defined-By:"))
        self.assertIn("The writer does not answer", listed)


if __name__ == "__main__":
    harness.main()
