#!/usr/bin/python3
"""Many idle connections to a real daemon and a few that work: memory, accept rate, latency.

    bench/idle_connections.py [--provostd FILE] [--connections N] [--tcp] [--max-kib KIB]

Each connection makes one health check and then keeps quiet. Then 1 % of them make a call after
another for some seconds. With --max-kib the exit status is 1 when a connection costs more. Standard
library only: what the client needs must not hide what the daemon does.
"""
import argparse
import os
import re
import resource
import select
import signal
import socket
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


class Connection:
    def __init__(self, family, address):
        self.socket = socket.socket(family)
        self.socket.settimeout(30)
        self.socket.connect(address)
        self.stream = 1
        self.buffer = b""

    def ask(self):
        self.socket.sendall(call(self.stream))

    def is_answered(self):
        """Reads; True when the answer's last frame is there."""
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


class Daemon:
    def __init__(self, binary, directory):
        self.unix = os.path.join(directory, "p.sock")
        self.process = subprocess.Popen(
            [binary, "--state-dir", directory, "--listen", "unix:" + self.unix,
             "--listen", "tcp:127.0.0.1:0", "--insecure-tcp"],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            port = re.search(r"tcp:127\.0\.0\.1:(\d+)", line)
            if port:
                self.tcp = ("127.0.0.1", int(port.group(1)))
                return
        raise SystemExit("the daemon did not start")

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise SystemExit("the daemon's exit status: %d" % self.process.returncode)


def open_all(family, address, count):
    start = time.monotonic()
    connections = []
    for _ in range(count):
        one = Connection(family, address)
        one.first_call()
        connections.append(one)
    return connections, time.monotonic() - start


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--provostd", default=os.path.join(
        HERE, "..", "build", "release", "daemon", "provostd"))
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--tcp", action="store_true", help="over TCP, else the unix socket")
    parser.add_argument("--max-kib", type=float)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as directory:
        daemon = Daemon(options.provostd, directory)
        family = socket.AF_INET if options.tcp else socket.AF_UNIX
        address = daemon.tcp if options.tcp else daemon.unix
        first, _ = open_all(family, address, 100)  # what is made once is not a connection's cost
        alone = one_at_a_time(first[0], 2000)
        before = daemon.rss_kib()
        idle, seconds = open_all(family, address, options.connections)
        per_connection = (daemon.rss_kib() - before) / options.connections
        beside = one_at_a_time(first[0], 2000)
        latencies = work(idle[::100], options.seconds)
        print(f"{options.connections} connections over {'TCP' if options.tcp else 'unix'}: "
              f"{per_connection:.1f} KiB each, "
              f"{options.connections / seconds:.0f} accepted and served a second")
        print(f"one call at a time: p50 {percentile(alone, .5):.0f} us, p99 "
              f"{percentile(alone, .99):.0f} us alone; p50 {percentile(beside, .5):.0f} us, p99 "
              f"{percentile(beside, .99):.0f} us beside them")
        print(f"1 % active, {len(idle[::100])} calls at once: "
              f"{len(latencies) / options.seconds:.0f} calls/s, p50 "
              f"{percentile(latencies, .5):.0f} us, p99 {percentile(latencies, .99):.0f} us")
        for one in first + idle:
            one.socket.close()
        daemon.stop()
    return 1 if options.max_kib and per_connection > options.max_kib else 0


if __name__ == "__main__":
    sys.exit(main())
