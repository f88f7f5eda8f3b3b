#!/usr/bin/python3
"""Scripted interleavings of two and three clients, as PostgreSQL's isolation tests do it: every
permutation of the clients' steps, each client's own in order, for every conflict case. What each
permutation must come to is computed by a model written for the case, not taken from the daemon."""
import itertools

import battery
import grpc
import harness
from harness import create, delete, patch, submission

OK = "OK"


def interleavings(clients):
    """All orders of the clients' steps: (client, step) in a row."""
    slots = [c for c, steps in enumerate(clients) for _ in steps]
    for order in sorted(set(itertools.permutations(slots))):
        at = [0] * len(clients)
        row = []
        for c in order:
            row.append((c, clients[c][at[c]]))
            at[c] += 1
        yield row


class Session:
    """One client: remembers the position of its last read."""

    def __init__(self, api, name):
        self.api, self.name, self.seen = api, name, 0

    def code(self, call, *args, **kwargs):
        try:
            call(*args, **kwargs)
        except grpc.RpcError as error:
            return error.code().name
        return OK

    def run(self, step):
        what, *rest = step
        if what == "read":
            try:
                self.seen = self.api.register.GetResource(
                    harness.pb.register.GetResourceRequest(name=self.name), timeout=20).seq
            except (AttributeError, grpc.RpcError):
                pass
            self.seen = self.api.seq()
            return OK
        if what == "set":
            return self.code(self.api.apply, [patch(self.name, base_seq=self.seen,
                                                    **{rest[0]: rest[1]})])
        if what == "blind":
            return self.code(self.api.apply, [patch(self.name, **{rest[0]: rest[1]})])
        if what == "create":
            return self.code(self.api.apply, [create(self.name, title=rest[0])])
        if what == "delete":
            return self.code(self.api.apply, [delete(self.name, base_seq=self.seen)])
        if what == "figure":
            return self.code(self.api.submit, [submission(f"i-{self.name.split('/')[1]}", "2020/21",
                                                          rest[0])])
        if what == "request":
            return self.code(self.api.apply, [patch(self.name, title=rest[1])],
                             request_id=f"{self.name}-{rest[0]}")
        raise ValueError(what)


class Model:
    """What the register promises, in as few words as possible: one resource, one figure."""

    def __init__(self, exists):
        self.exists = exists
        self.fields = {"title": ("start", 0), "remit": ("", 0)}  # value, when it was changed
        self.changed_at = 0
        self.clock, self.figure, self.requests = 0, None, {}
        self.seen = {}

    def put(self, field, value):
        if self.fields[field][0] != value:
            self.clock += 1
            self.fields[field] = (value, self.clock)
            self.changed_at = self.clock
        return OK

    def run(self, client, step):
        what, *rest = step
        if what == "read":
            self.seen[client] = self.clock
            return OK
        if what == "set" and not self.exists and \
                self.changed_at > self.seen.get(client, self.clock):
            return "ABORTED"  # deleted since the client looked
        if what in ("set", "blind", "request", "delete") and not self.exists:
            return "NOT_FOUND"
        if what == "set":
            value, at = self.fields[rest[0]]
            if at > self.seen.get(client, self.clock) and value != rest[1]:
                return "ABORTED"
            return self.put(*rest)
        if what == "blind":
            return self.put(*rest)
        if what == "create":
            if self.exists:
                return "ALREADY_EXISTS"
            self.exists = True
            self.clock += 1
            self.fields["title"] = (rest[0], self.clock)
            return OK
        if what == "delete":
            if self.changed_at > self.seen.get(client, self.clock):
                return "ABORTED"
            self.exists = False
            self.clock += 1
            self.changed_at = self.clock
            return OK
        if what == "figure":
            if self.figure not in (None, rest[0]):
                return "ABORTED"
            self.figure = rest[0]
            return OK
        if what == "request":
            if rest[0] in self.requests:
                return OK if self.requests[rest[0]] == rest[1] else "INVALID_ARGUMENT"
            self.requests[rest[0]] = rest[1]
            return self.put("title", rest[1])
        raise ValueError(what)


# name, exists at the start, the clients' steps
CASES = [
    ("merge disjoint", True, [[("read",), ("set", "title", "A")],
                              [("read",), ("set", "remit", "B")]]),
    ("same field", True, [[("read",), ("set", "title", "A")], [("read",), ("set", "title", "B")]]),
    ("same value", True, [[("read",), ("set", "title", "A")], [("read",), ("set", "title", "A")]]),
    ("twice each", True, [[("read",), ("set", "title", "A"), ("read",), ("set", "remit", "A")],
                          [("read",), ("set", "remit", "B"), ("set", "title", "B")]]),
    ("blind against careful", True, [[("read",), ("set", "title", "A")], [("blind", "title", "B")]]),
    ("delete against patch", True, [[("read",), ("delete",)], [("read",), ("set", "title", "B")]]),
    ("delete against delete", True, [[("read",), ("delete",)], [("read",), ("delete",)]]),
    ("create against create", False, [[("create", "A")], [("create", "B")]]),
    ("create, delete, create", True, [[("read",), ("delete",)], [("create", "B")],
                                      [("create", "C")]]),
    ("figure against figure", True, [[("figure", "1")], [("figure", "2")]]),
    ("same figure", True, [[("figure", "1")], [("figure", "1")]]),
    ("request id again", True, [[("request", "r", "A")], [("request", "r", "A")]]),
    ("request id reused", True, [[("request", "r", "A")], [("request", "r", "B")]]),
    ("three, disjoint and same", True, [[("read",), ("set", "title", "A")],
                                        [("read",), ("set", "remit", "B")],
                                        [("read",), ("set", "title", "C")]]),
    ("three, delete among patches", True, [[("read",), ("set", "title", "A")],
                                           [("read",), ("delete",)],
                                           [("read",), ("set", "remit", "C")]]),
    ("three creates", False, [[("create", "A")], [("create", "B")], [("create", "C")]]),
    ("three figures", True, [[("figure", "1")], [("figure", "2")], [("figure", "1")]]),
    ("three requests", True, [[("request", "r", "A"), ("request", "r", "A")],
                              [("request", "r", "B")], [("request", "s", "C")]]),
]


class IsolationTest(harness.RegisterTest):
    def permutation(self, name, exists, row):
        """Runs one; returns what differs from the model."""
        if exists:
            self.api.apply([create(name, title="start")])
        self.api.apply([create(f"indicators/i-{name.split('/')[1]}", title="I",
                               unit=harness.pb.resources.UNIT_NUMBER)])
        sessions = [Session(self.api, name) for _ in range(3)]
        model = Model(exists)
        for at, (client, step) in enumerate(row):
            have, want = sessions[client].run(step), model.run(client, step)
            if have != want:
                return f"step {at} {step} of client {client}: {have}, not {want}"
        if not model.exists:
            return None
        body = self.api.get(name).organisation
        have = (body.title, body.remit)
        want = (model.fields["title"][0], model.fields["remit"][0])
        return None if have == want else f"in the end {have}, not {want}"

    def test_all(self):
        total, wrong = 0, []
        for c, (case, exists, clients) in enumerate(CASES):
            rows = list(interleavings(clients))
            for n, row in enumerate(rows):
                difference = self.permutation(f"organisations/c{c}-{n}", exists, row)
                if difference:
                    wrong.append(f"{case}: {[f'{k}:{s}' for k, s in row]}: {difference}")
            total += len(rows)
        print(f"{len(CASES)} conflict cases, {total} interleavings, {len(wrong)} not as computed",
              flush=True)
        self.assertEqual(wrong, [], "\n".join(wrong[:10]))


if __name__ == "__main__":
    battery.main()
