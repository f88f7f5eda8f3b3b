#!/usr/bin/python3
"""Every mutation is sent one to three times under one request_id, over connections that are reset
around the acknowledgement: its effect is there once, and every answer has the same bytes."""
import os
import random
import socket
import threading

import battery
import grpc
import harness
from harness import create, delete, patch, submission

ROUNDS = battery.amount(60, 600)
WORKERS = 4


class Proxy:
    """Between a client and the daemon's socket; resets each connection after so many bytes of the
    answer. A limit of None never resets."""

    def __init__(self, daemon):
        self.target = daemon.socket_path
        self.path = os.path.join(daemon.dir, f"proxy-{id(self)}.sock")
        self.limit, self.resets = None, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            threading.Thread(target=self.serve, args=(client, server, self.limit),
                             daemon=True).start()

    def serve(self, client, server, limit):
        up = threading.Thread(target=self.copy, args=(client, server, None), daemon=True)
        up.start()
        self.copy(server, client, limit)
        up.join()
        client.close()
        server.close()

    def copy(self, source, sink, limit):
        try:
            while data := source.recv(65536):
                if limit is not None:
                    data, limit = data[:limit], limit - len(data[:limit])
                sink.sendall(data)
                if limit == 0:
                    self.resets += 1
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def request_of(kind, tag):
    """(method, request) of each mutation there is."""
    pb, name = harness.pb.register, f"organisations/{tag}"
    rid = f"{tag}-{kind}"
    if kind == "submit":
        return "submit", pb.SubmitObservationsRequest(
            submissions=[submission(f"i-{tag}", "2020/21", "12.5")], request_id=rid)
    mutations = {
        "create": [create(name, title="First"),
                   create(f"indicators/i-{tag}", title="I", unit=harness.pb.resources.UNIT_NUMBER)],
        "patch": [patch(name, title="Second")],
        "missing": [patch(f"{name}-m", title="Made", allow_missing=True)],
        "delete": [delete(f"{name}-m")],
        "batch": [patch(name, title="Third"), create(f"{name}-b", title="B")],
        "nothing": [patch(name, title="Third")],
    }
    return "apply", pb.ApplyRequest(mutations=mutations[kind], request_id=rid, reason=f"r {tag}")


KINDS = ("create", "patch", "missing", "delete", "batch", "nothing", "submit")
CHANGES = 6  # all but "nothing"


class Worker(threading.Thread):
    def __init__(self, daemon, number):
        super().__init__()
        self.proxy = Proxy(daemon)
        self.number, self.dice = number, random.Random(battery.SEED + number)
        self.sent = self.lost = 0
        self.error = None

    def run(self):
        try:
            for n in range(ROUNDS // WORKERS):
                for kind in KINDS:
                    self.one(*request_of(kind, f"w{self.number}-{n}"))
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def attempt(self, method, request):
        """The answer's bytes, None when it was lost."""
        # 46 bytes of settings and acknowledgements come first, the answer has a few hundred.
        self.proxy.limit = self.dice.choice((None, self.dice.randrange(1, 600)))
        api = harness.Api("unix:" + self.proxy.path, options=[
            ("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)])
        call = api.register.Apply if method == "apply" else api.register.SubmitObservations
        self.sent += 1
        try:
            return call(request, timeout=20).SerializeToString(deterministic=True)
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED,
                                    grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN):
                raise
            self.lost += 1
            return None
        finally:
            api.close()

    def one(self, method, request):
        answers = [self.attempt(method, request) for _ in range(self.dice.randrange(1, 4))]
        tries = 0
        while not any(answers) and tries < 50:  # a client goes on until it is answered
            answers.append(self.attempt(method, request))
            tries += 1
        different = {a for a in answers if a is not None}
        if len(different) != 1:
            raise AssertionError(f"{request.request_id}: {len(different)} different answers")


class IdempotencyTest(harness.unittest.TestCase):
    def test_once_whatever_happens(self):
        daemon = harness.Daemon().start()
        self.addCleanup(daemon.remove)
        workers = [Worker(daemon, n) for n in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
            worker.proxy.close()
            if worker.error:
                raise worker.error
        rounds = ROUNDS // WORKERS * WORKERS
        api = daemon.api()
        self.assertEqual(api.seq(), rounds * CHANGES)
        for worker in workers:
            for n in range(ROUNDS // WORKERS):
                name = f"organisations/w{worker.number}-{n}"
                self.assertEqual(api.get(name).organisation.title, "Third")
        api.close()
        daemon.stop()
        daemon.check()
        print(f"{rounds * len(KINDS)} mutations sent {sum(w.sent for w in workers)} times,"
              f" {sum(w.lost for w in workers)} answers lost,"
              f" {sum(w.proxy.resets for w in workers)} connections reset: {rounds * CHANGES}"
              " changes, each once", flush=True)


if __name__ == "__main__":
    battery.main()
