#!/usr/bin/python3
"""An auditor with nothing but sqlite3 and the file of a stopped register."""
import subprocess

import harness
from harness import DUNDEE, create, delete, patch, submission

LAST_MONTH = """
SELECT time, on_behalf_of, indicator, period, value_before, value, reason FROM figure_changes
WHERE service = 'customer-care' AND time >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 month')
ORDER BY seq"""


class Audit(harness.unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_tool("sqlite3")
        cls.daemon = harness.Daemon().start()
        cls.addClassCleanup(cls.daemon.remove)
        api = cls.daemon.api(service="customer-care", person="Anna Mac|kenzie")
        other = cls.daemon.api(tcp=True, service="finance")
        cls.daemon.provost("--service", "performance", "import", DUNDEE)
        api.submit([submission("stage1-council", "2021-22.q1", "81.2%", note="good")])
        api.submit([submission("stage1-council", "2020-21", "78.1%")], revise=True,
                   reason="Late returns of March 2021 counted")
        other.submit([submission("nec-smartcards", "2021-22.q1", "66,910")])
        other.submit([submission("nec-smartcards", "2021-22.q2", "5")], reason="typo")
        other.apply([delete("observations/nec-smartcards/2021-22.q2")], reason="not measured")
        api.submit([submission("stage1-cex", "2021-22.q1", "TBC")])
        api.apply([patch("plans/cex-2021-24", summary="changed")], reason="plan text")
        api.apply([create("notes/gone", subject="plans/cex-2021-24", text="x")])
        api.apply([delete("notes/gone")], reason="entered twice")
        api.close()
        other.close()
        cls.daemon.stop()

    def sql(self, query):
        """Rows as the sqlite3 shell prints them."""
        done = subprocess.run(["sqlite3", "-readonly", "-separator", "\t",
                               self.daemon.state_dir + "/register.db", query],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split("\t") for line in done.stdout.splitlines()]

    def test_figures_of_a_department_in_the_last_month(self):
        rows = self.sql(LAST_MONTH)
        self.assertEqual([r[1:] for r in rows], [
            ["Anna Mac|kenzie", "indicators/stage1-council", "2021-22.q1", "", "81.2", ""],
            ["Anna Mac|kenzie", "indicators/stage1-council", "2020-21", "77.3", "78.1",
             "Late returns of March 2021 counted"],
            ["Anna Mac|kenzie", "indicators/stage1-cex", "2021-22.q1", "", "", ""]])
        for row in rows:
            self.assertRegex(row[0], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_states_and_wording(self):
        rows = self.sql("SELECT state, verbatim FROM figure_changes WHERE service ="
                        " 'customer-care' AND indicator = 'indicators/stage1-cex'")
        self.assertEqual(len(rows), 1)
        self.assertIn("TBC", rows[0][0])
        self.assertEqual(rows[0][1], "TBC")

    def test_deleted_figures_are_there_too(self):
        rows = self.sql("SELECT value_before, state, value, reason FROM figure_changes WHERE"
                        " period = '2021-22.q2' ORDER BY seq")
        self.assertEqual(rows, [["", "VALUE", "5", "typo"],
                                ["5", "DELETED", "", "not measured"]])

    def test_change_list(self):
        rows = self.sql("SELECT operation, resource, fields, principal, service, reason"
                        " FROM change_list WHERE seq > 1 ORDER BY seq")
        self.assertEqual(len(rows), 9)
        self.assertEqual([r[0] for r in rows], ["CREATE", "UPDATE", "CREATE", "CREATE", "DELETE",
                                                "CREATE", "UPDATE", "CREATE", "DELETE"])
        self.assertEqual(rows[6][1:3], ["plans/cex-2021-24", '["summary"]'])
        self.assertEqual((rows[2][3], rows[2][4]), ("loopback", "finance"))
        self.assertEqual(rows[8][1], "notes/gone")
        self.assertEqual(rows[8][5], "entered twice")

    def test_any_past_moment_by_plain_sql(self):
        rows = self.sql("SELECT value FROM observation WHERE id = 'stage1-council/2020-21'"
                        " AND from_seq <= 2 AND to_seq > 2")
        self.assertEqual(rows, [["77.3"]])
        rows = self.sql("SELECT value FROM observation_now WHERE id = 'stage1-council/2020-21'")
        self.assertEqual(rows, [["78.1"]])

    def test_columns_are_typed(self):
        rows = self.sql("SELECT DISTINCT typeof(value), typeof(decimals) FROM observation_now"
                        " JOIN indicator_now i ON 'indicators/' || i.id = indicator"
                        " WHERE value IS NOT NULL")
        self.assertEqual(rows, [["text", "integer"]])

    def test_the_file_is_whole(self):
        self.assertEqual(self.sql("PRAGMA integrity_check"), [["ok"]])
        self.assertEqual(self.daemon.check()["changes"], 10)


if __name__ == "__main__":
    harness.main()
