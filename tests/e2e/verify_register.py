#!/usr/bin/python3
"""Checks a stopped register's database without any of our C code: the log has no gap, every entry
says what its columns say, items and entries hash to the stored root (RFC 6962), and every field of
every version is the one the log committed to.

Usage: verify_register.py STATE_DIR        prints figures; exits 1 with what is wrong
"""
import hashlib
import json
import sqlite3
import struct
import sys
import uuid

SEQ_OPEN = 9223372036854775807


def sha(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part)
    return h.digest()


class Reader:
    """Reads big-endian integers and length-prefixed texts."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise ValueError("ends too early")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def text(self, n):
        return self.take(self.number(n)).decode()

    def end(self):
        if self.at != len(self.data):
            raise ValueError("has bytes left over")


def root_of(leaves):
    """Merkle tree hash of RFC 6962 section 2.1, bottom up."""
    if not leaves:
        return sha(b"")
    row = leaves
    while len(row) > 1:
        joined = [sha(b"\x01", row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = joined + row[len(row) - len(row) % 2:]
    return row[0]


def str16(text):
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


class Register:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row
        self.problems = []
        self.head = self.db.execute("SELECT * FROM log_head").fetchone()
        self.kinds = {}  # collection -> (table, columns of fields)

    def problem(self, text):
        self.problems.append(text)

    def check_integrity(self):
        answer = [r[0] for r in self.db.execute("PRAGMA integrity_check")]
        if answer != ["ok"]:
            self.problem(f"integrity_check: {answer[:3]}")
        broken = self.db.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            self.problem(f"foreign keys: {len(broken)} broken")

    def check_entry(self, row):
        entry = Reader(row["entry"])
        expected = [
            ("version", entry.number(1), 1),
            ("register", str(uuid.UUID(bytes=entry.take(16))), self.head["register_id"]),
            ("epoch", entry.number(4), self.head["epoch"]),
            ("seq", entry.number(8), row["seq"]),
            ("time", entry.number(8), row["time_us"]),
            ("actor", entry.take(32), sha(b"provost/v1/actor", row["salt"],
                                          str16(row["principal"]), str16(row["on_behalf_of"]))),
            ("auth_method", entry.text(1), row["auth_method"]),
            ("service", entry.text(2), row["service"]),
            ("method", entry.text(1), row["method"]),
            ("request_id", entry.text(1), row["request_id"]),
            ("trace_id", entry.text(1), row["trace_id"]),
            ("reason", entry.take(32), sha(b"provost/v1/reason", row["reason_salt"],
                                           row["reason"].encode()) if row["reason"] else bytes(32)),
            ("items", entry.number(4), row["item_count"]),
            ("items hash", entry.take(32), sha(row["items"])),
        ]
        entry.end()
        for name, have, want in expected:
            if have != want:
                self.problem(f"change {row['seq']}: {name} in the entry is {have}, not {want}")

    def check_items(self, row):
        items = Reader(row["items"])
        listed = self.db.execute(
            "SELECT s.kind, s.operation, s.fields, i.id, i.previous_seq FROM change_item i"
            " JOIN change_shape s ON s.shape = i.shape WHERE i.seq = ? ORDER BY i.place",
            (row["seq"],)).fetchall()
        for item in listed:
            op = {1: "CREATE", 2: "UPDATE", 3: "DELETE"}[items.number(1)]
            name, previous = items.text(2), items.number(8)
            fields = [(items.number(4), items.take(32)) for _ in range(items.number(2))]
            where = f"change {row['seq']}, {name}"
            if (op, name, previous) != (item["operation"], f"{item['kind']}/{item['id']}",
                                        item["previous_seq"]):
                self.problem(f"{where}: the item's row says otherwise")
            self.check_version(where, row["seq"], item, op, fields)
        items.end()

    def check_version(self, where, seq, item, op, fields):
        table = item["kind"][:-1].replace("-", "_")
        names = json.loads(item["fields"])
        if len(names) != len(fields):
            self.problem(f"{where}: {len(fields)} fields in the entry, {len(names)} in the shape")
        if op != "CREATE":
            closed = self.db.execute(f'SELECT to_seq FROM "{table}" WHERE id = ? AND from_seq = ?',
                                     (item["id"], item["previous_seq"])).fetchone()
            if not closed or closed["to_seq"] != seq:
                self.problem(f"{where}: the version before it is not closed by it")
        if op == "DELETE":
            return
        version = self.db.execute(f'SELECT * FROM "{table}" WHERE id = ? AND from_seq = ?',
                                  (item["id"], seq)).fetchone()
        if not version:
            self.problem(f"{where}: its version is missing")
            return
        for name, (number, commitment) in zip(names, fields):
            be = struct.pack(">I", number)
            salt = sha(b"provost/v1/salt", version["seed"], be)
            value = version[name]
            text = "" if value is None else str(value)
            if isinstance(value, int) and (table, name) in BOOLEANS:
                text = "true" if value else ""
            if isinstance(value, int) and value == 0:
                text = ""
            if sha(b"provost/v1/field", salt, be, text.encode()) != commitment:
                self.problem(f"{where}: field {name} is not what the log committed to")

    def check_log(self):
        leaves, expected, last_time = [], self.head["epoch_first_seq"], 0
        for row in self.db.execute(
                "SELECT c.*, a.principal, a.auth_method, a.service, a.on_behalf_of, a.salt,"
                " (SELECT count(*) FROM change_item i WHERE i.seq = c.seq) AS item_count"
                " FROM change c JOIN change_actor a ON a.actor = c.actor ORDER BY c.seq"):
            if row["seq"] != expected:
                self.problem(f"the log jumps to {row['seq']} where {expected} is due")
            if row["time_us"] < last_time:
                self.problem(f"change {row['seq']}: time goes backwards")
            expected, last_time = row["seq"] + 1, row["time_us"]
            self.check_entry(row)
            self.check_items(row)
            leaves.append(sha(b"\x00", row["entry"]))
        if expected - 1 != self.head["seq"]:
            self.problem(f"the head says {self.head['seq']}, the log ends at {expected - 1}")
        if root_of(leaves) != self.head["root"]:
            self.problem("the recomputed root is not the stored one")
        return len(leaves)

    def check_versions(self):
        """Every version is made by a logged change of that resource, and closed by the next."""
        count = 0
        tables = [r[0][:-4] for r in self.db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'view' AND name LIKE '%\\_now' ESCAPE '\\'")]
        for table in tables:
            logged = {(r["id"], r["seq"]) for r in self.db.execute(
                "SELECT i.id, i.seq FROM change_item i JOIN change_shape s ON s.shape = i.shape"
                " WHERE s.kind = ?", (table.replace("_", "-") + "s",))}
            before = None
            for row in self.db.execute(
                    f'SELECT id, from_seq, to_seq FROM "{table}" ORDER BY id, from_seq'):
                count += 1
                if (row["id"], row["from_seq"]) not in logged:
                    self.problem(f"{table} {row['id']}@{row['from_seq']}: no change made it")
                if row["to_seq"] != SEQ_OPEN and (row["id"], row["to_seq"]) not in logged:
                    self.problem(f"{table} {row['id']}@{row['from_seq']}: no change closed it")
                if row["to_seq"] <= row["from_seq"]:
                    self.problem(f"{table} {row['id']}@{row['from_seq']}: ends before it begins")
                if before and before["id"] == row["id"] and before["to_seq"] > row["from_seq"]:
                    self.problem(f"{table} {row['id']}: two versions at once")
                before = row
        return count


BOOLEANS = {("organisation", "significant"), ("indicator", "data_only"),
            ("indicator", "unbounded"), ("link", "none")}


def verify(state_dir):
    """Returns (figures, problems)."""
    register = Register(f"{state_dir}/register.db")
    register.check_integrity()
    changes = register.check_log()
    versions = register.check_versions()
    return {"changes": changes, "versions": versions, "root": register.head["root"].hex()}, \
        register.problems


def main():
    figures, problems = verify(sys.argv[1])
    print(json.dumps(figures))
    for problem in problems[:20]:
        print("verify_register:", problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
