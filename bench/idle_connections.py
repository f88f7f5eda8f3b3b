#!/usr/bin/python3
"""Many idle connections to a real daemon and a few that work: memory, accept rate, latency.

    bench/idle_connections.py [--provostd FILE] [--connections N] [--tcp | --tls] [--processes N]
                              [--max-kib KIB]

Each connection makes one health check and then keeps quiet. Then 1 % of them make a call after
another for some seconds. With --max-kib the exit status is 1 when a connection costs more. The clients are
spread over processes, each with a limit of open files of its own; the daemon starts with a soft limit of
1,024, as a service manager starts it. Standard library only (and openssl, for a certificate): what the
client needs must not hide what the daemon does.
"""
import argparse
import functools
import multiprocessing
import os
import re
import resource
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, END_STREAM, END_HEADERS, ACK = 0, 1, 4, 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def block(fields):
    return b"".join(b"\0" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode()
                    for n, v in fields)


HEAD = block([(":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"),
              (":authority", "localhost"), ("content-type", "application/grpc"),
              ("te", "trailers")])


def call(stream):
    return frame(HEADERS, END_HEADERS, stream, HEAD) + frame(DATA, END_STREAM, stream, bytes(5))


@functools.lru_cache(maxsize=1)
def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


class Target:
    """Where to connect to, and how."""

    def __init__(self, address, secure=False):
        self.address = address
        self.family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.secure = secure

    def connect(self):
        raw = socket.socket(self.family)
        raw.settimeout(120)
        raw.connect(self.address)
        if self.family == socket.AF_INET:  # as every gRPC client does
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.secure:
            return raw
        return tls_context().wrap_socket(raw)


class Connection:
    def __init__(self, target):
        self.socket = target.connect()
        self.stream = 1
        self.buffer = b""

    def ask(self):
        self.socket.sendall(call(self.stream))

    def is_answered(self):
        """Reads; True when the answer's last frame is there."""
        self.buffer += self.socket.recv(65536)
        while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0:
            self.buffer += self.socket.recv(65536)
        done = False
        while len(self.buffer) >= 9:
            size = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < 9 + size:
                break
            kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
            self.buffer = self.buffer[9 + size:]
            done |= kind == HEADERS and bool(flags & END_STREAM) and stream == self.stream
        if done:
            self.stream += 2
        return done

    def first_call(self):
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0) +
                            call(self.stream))
        while not self.is_answered():
            pass


def soft_limit_of_a_service():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))


class Daemon:
    def __init__(self, binary, directory, kind):
        listen = {"unix": "unix:" + os.path.join(directory, "p.sock"), "tcp": "tcp:127.0.0.1:0",
                  "tls": "tls:127.0.0.1:0"}[kind]
        command = [binary, "--state-dir", directory, "--listen", listen, "--insecure-tcp"]
        if kind == "tls":
            key, certificate = os.path.join(directory, "key"), os.path.join(directory, "cert")
            subprocess.check_call(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
                stderr=subprocess.DEVNULL)
            command += ["--tls-cert", certificate, "--tls-key", key]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                                        preexec_fn=soft_limit_of_a_service)
        for line in self.process.stderr:
            found = re.search(r"listening on (?:unix:(.*)|t..:127\.0\.0\.1:(\d+))", line)
            if found:
                address = found.group(1) or ("127.0.0.1", int(found.group(2)))
                self.target = Target(address, kind == "tls")
                return
        raise SystemExit("the daemon did not start")

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise SystemExit("the daemon's exit status: %d" % self.process.returncode)


def open_all(target, count):
    connections = []
    for _ in range(count):
        one = Connection(target)
        one.first_call()
        connections.append(one)
    return connections


def hold(target, count, seconds, pipe):
    """One of the processes: a step each time it is told to, and what came of it."""
    idle = open_all(target, count)
    pipe.send(len(idle))
    pipe.recv()
    pipe.send(work(idle[::100], seconds))
    pipe.recv()


class Holders:
    """The idle connections, in processes of their own."""

    def __init__(self, target, count, seconds, processes):
        self.pipes, self.processes = [], []
        shares = [count // processes + (n < count % processes) for n in range(processes)]
        start = time.monotonic()
        for share in shares:
            mine, theirs = multiprocessing.Pipe()
            one = multiprocessing.Process(target=hold, args=(target, share, seconds, theirs),
                                          daemon=True)
            one.start()
            theirs.close()  # so that the end of a process is seen
            self.pipes.append(mine)
            self.processes.append(one)
        self.count = sum(pipe.recv() for pipe in self.pipes)
        self.seconds = time.monotonic() - start
        self.active = sum((share + 99) // 100 for share in shares)

    def work(self):
        for pipe in self.pipes:
            pipe.send("work")
        return sorted(one for pipe in self.pipes for one in pipe.recv())

    def stop(self):
        for pipe in self.pipes:
            pipe.send("stop")
        for one in self.processes:
            one.join()


def work(active, seconds):
    """Latencies of calls made one after another on each of `active`, all at once."""
    poll, asked, latencies = select.poll(), {}, []
    by_fd = {one.socket.fileno(): one for one in active}
    end = time.monotonic() + seconds
    for fd, one in by_fd.items():
        poll.register(fd, select.POLLIN)
        asked[fd] = time.monotonic()
        one.ask()
    while time.monotonic() < end:
        for fd, _ in poll.poll(1000):
            if by_fd[fd].is_answered():
                now = time.monotonic()
                latencies.append(now - asked[fd])
                asked[fd] = now
                by_fd[fd].ask()
    return sorted(latencies)


def one_at_a_time(connection, count):
    latencies = []
    for _ in range(count):
        start = time.monotonic()
        connection.ask()
        while not connection.is_answered():
            pass
        latencies.append(time.monotonic() - start)
    return sorted(latencies)


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))] * 1e6


def measure(daemon, options, kind):
    """Prints the figures; KiB for each connection."""
    first = open_all(daemon.target, 100)  # what is made once is not a connection's cost
    alone = one_at_a_time(first[0], 2000)
    before = daemon.rss_kib()
    idle = Holders(daemon.target, options.connections, options.seconds, options.processes)
    per_connection = (daemon.rss_kib() - before) / idle.count
    beside = one_at_a_time(first[0], 2000)
    latencies = idle.work()
    print(f"{idle.count} connections over {kind}: {per_connection:.1f} KiB each, "
          f"{idle.count / idle.seconds:.0f} accepted and served a second")
    print(f"one call at a time: p50 {percentile(alone, .5):.0f} us, p99 "
          f"{percentile(alone, .99):.0f} us alone; p50 {percentile(beside, .5):.0f} us, p99 "
          f"{percentile(beside, .99):.0f} us beside them")
    print(f"1 % active, {idle.active} calls at once: "
          f"{len(latencies) / options.seconds:.0f} calls/s, p50 "
          f"{percentile(latencies, .5):.0f} us, p99 {percentile(latencies, .99):.0f} us")
    idle.stop()
    return per_connection


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--provostd", default=os.path.join(
        HERE, "..", "build", "release", "daemon", "provostd"))
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--processes", type=int, default=4, help="that the clients are spread over")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--tcp", dest="kind", action="store_const", const="tcp",
                      help="over TCP, else the unix socket")
    kind.add_argument("--tls", dest="kind", action="store_const", const="tls", help="over TLS")
    parser.add_argument("--max-kib", type=float)
    options = parser.parse_args()
    kind = options.kind or "unix"
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as directory:
        daemon = Daemon(options.provostd, directory, kind)
        per_connection = measure(daemon, options, kind)
        daemon.stop()
    return 1 if options.max_kib and per_connection > options.max_kib else 0


if __name__ == "__main__":
    sys.exit(main())
