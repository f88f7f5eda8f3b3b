#!/usr/bin/python3
"""The hostile battery: each attack for a while beside a client that behaves, then while draining.

    hostile.py ECHO_SERVER_BINARY [--seconds S] [--rounds N] [--max-ratio R] [--max-p99 S] [--max-mib M] [ATTACK...]

wire_raw.py shows that each attack gets the right answer; this shows what it costs others: the
memory of the server and the latency of a client that makes a call after another, in turns with calm.
The attackers come back at once when they are sent away. In earnest they would have machines of their
own; here the server has a processor for itself, and they have what the client leaves of the others, so that
what is measured is what the server lets them take. --max-ratio bounds p99 beside an attack by that of the calm: 2 is the
goal on a quiet machine (--rounds 10); without it there is only a bound in seconds, which says that nobody is
locked out, because tests share their machine.
"""
import argparse
import gzip
import multiprocessing
import os
import random
import select
import signal
import struct
import sys
import time

import wire_raw as wire

DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS = 1, 4
ATTACKERS = 2  # processes beside the client that is measured
START_SECONDS = 0.1  # that they have for their start
DRAIN_CONNECTIONS = 6  # of each attacker; a draining server takes no new ones
DRAIN_PEER_SECONDS = 0.1
SEVEN_BYTES = wire.grpc_message(b"\x12\x02\x08\x07")  # asks for one answer of 7 bytes
# The server has the first processor; the client has the others, and attackers what it leaves of them.
# All share it where there is only one.
PROCESSORS = sorted(os.sched_getaffinity(0))
SERVER_ON, CLIENTS_ON = PROCESSORS[:1], PROCESSORS[1:] or PROCESSORS
frame, request, message = wire.frame, wire.request, wire.grpc_message


def dribble(peer):
    """A byte at a time, of a preface and what follows."""
    whole = frame(HEADERS, END_HEADERS, 1, request()) + frame(DATA, 0, 1, message(size=1 << 20))
    for byte in whole:
        peer.send(bytes([byte]))
        time.sleep(0.01)


def repeat(data, first=b""):
    def attack(peer):
        peer.send(first)
        while True:
            peer.send(data)
    return attack


def on_streams(make):
    def attack(peer):
        for n in range(1, 1 << 30, 2):
            peer.send(make(n))
    return attack


def head(n, *args, **kwargs):
    return frame(HEADERS, END_HEADERS, n, request(*args, **kwargs))


def garbage(peer):
    while True:
        peer.send(os.urandom(4096))


def zero_windows(peer):
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)))
    for n in range(1, 200, 2):
        peer.send(head(n, "StreamingOutputCall") + frame(
            DATA, END_STREAM, n, message(b"\x12\x04\x08\x80\x80\x10")))
    time.sleep(1)


def endless_bodies(peer):
    for n in range(1, 200, 2):
        peer.send(head(n, "UnaryCall") + frame(DATA, 0, n, message(size=4 << 20)))
    for n in range(1, 200, 2):
        peer.send(frame(DATA, 0, n, bytes(10000)))
    time.sleep(1)


BOMB = gzip.compress(bytes(5 << 20), 9)
HPACK = request() + b"\x40" + wire.literal("x-bomb") + wire.literal("b" * 3900)
ATTACKS = {
    "rapid_reset": on_streams(lambda n: head(n) + frame(RST, 0, n, struct.pack(">I", 8))),
    "made_you_reset": on_streams(lambda n: head(n) + frame(WINDOW, 0, n, b"\x7f\xff\xff\xff")),
    "pings": repeat(frame(PING, 0, 0, bytes(8)) * 50),
    "settings": repeat(frame(SETTINGS, 0, 0) * 20),
    "empty_data": repeat(frame(DATA, 0, 1) * 100, head(1, "FullDuplexCall")),
    "window_updates": repeat(frame(WINDOW, 0, 0, b"\0\0\0\1") * 100),
    "priorities": repeat(frame(2, 0, 9, bytes(5)) * 100),
    "unknown_frames": repeat(frame(0x2a, 0, 0, b"grease") * 100),
    "continuations": repeat(frame(9, 0, 1, wire.block([("x", "y")])), frame(HEADERS, 0, 1,
                                                                            request())),
    "header_bomb": repeat(b"", frame(HEADERS, END_HEADERS, 1, HPACK + b"\xbe" * 12000)),
    "gzip_bombs": on_streams(lambda n: head(n, "UnaryCall", grpc_encoding="gzip") + frame(
        DATA, END_STREAM, n, message(BOMB, 1))),
    "huge_length": on_streams(lambda n: head(n) + frame(DATA, 0, n, message(size=0xffffffff))),
    "garbage": garbage,
    "dribble": dribble,
    "zero_windows": zero_windows,
    "endless_bodies": endless_bodies,
}


def late_streams(peer):
    """Streams begun after the last GOAWAY: none of them is looked at, but each costs HPACK."""
    for n in range(3, 1 << 30, 2):
        peer.send(head(n))


def late_resets(peer):
    for n in range(3, 1 << 30, 2):
        peer.send(head(n) + frame(RST, 0, n, struct.pack(">I", 8)))


# On a connection whose stream 1 is open.
IN_DRAIN = {
    "rapid_reset": late_resets,
    "late_streams": late_streams,
    "empty_data": repeat(frame(DATA, 0, 1) * 100),
    "pings": ATTACKS["pings"],
    "settings": ATTACKS["settings"],
    "window_updates": ATTACKS["window_updates"],
    "unknown_frames": ATTACKS["unknown_frames"],
}


class Attacker(wire.Peer):
    """Leaves as soon as it is told to go, or its time is over."""
    end = float("inf")

    def send(self, data):
        if time.monotonic() > self.end:
            raise ConnectionResetError
        super().send(data)
        if not select.select([self.socket], [], [], 0)[0]:
            return
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionResetError
        self.buffer += got
        while len(self.buffer) >= 9 and len(self.buffer) >= 9 + self._length():
            if self.buffer[3] == GOAWAY:
                raise ConnectionResetError
            self.buffer = self.buffer[9 + self._length():]


def attack_for(server, name, seconds):
    """In a process of its own; a connection after another, as often as it is sent away."""
    end = time.monotonic() + seconds
    random.seed()
    os.nice(19)
    while time.monotonic() < end:
        try:
            peer = Attacker(server, tcp=True)
            peer.end = end
            peer.socket.settimeout(max(0.01, end - time.monotonic()))
            ATTACKS[name](peer)
        except OSError:
            pass


def attack_in_drain(server, name, ready, begin, codes):
    """In a process of its own; a connection after another of those it had before. Tells how each ended."""
    os.nice(19)
    peers = [Attacker(server, tcp=True) for _ in range(DRAIN_CONNECTIONS)]
    for peer in peers:
        peer.send(head(1, "FullDuplexCall"))
    ready.release()
    begin.wait()
    for peer in peers:
        try:
            peer.wait(GOAWAY)
            peer.wait(GOAWAY)  # later streams are refused
            peer.socket.settimeout(DRAIN_PEER_SECONDS)
            IN_DRAIN[name](peer)
        except OSError:
            pass
        codes.put(peer.goaway_code())


class Attack:
    """Processes that attack."""

    def __init__(self, target, args):
        self.others = [multiprocessing.Process(target=target, args=args) for _ in range(ATTACKERS)]
        for one in self.others:
            one.start()

    def end(self):
        for one in self.others:
            one.join(10)
            if one.is_alive():
                one.terminate()
                one.join()


def p99(latencies):
    return sorted(latencies)[int(len(latencies) * 0.99)]


def timed(call, seconds):
    """Latencies of a call after another."""
    latencies, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        call()
        latencies.append(time.monotonic() - start)
    return latencies


class Client:
    """One that behaves."""

    def __init__(self, server):
        self.peer, self.stream = wire.Peer(server, tcp=True), 1
        self.peer.send(frame(WINDOW, 0, 0, struct.pack(">I", 1 << 30)))

    def call(self):
        wire.call(self.peer, self.stream)
        frames = self.peer.last_of(self.stream)
        assert [f[0] for f in frames] == [HEADERS, DATA, HEADERS], frames
        self.stream += 2

    def open_stream(self):
        self.peer.send(head(self.stream, "FullDuplexCall") +
                       frame(WINDOW, 0, self.stream, struct.pack(">I", 1 << 30)))

    def ping_pong(self):
        self.peer.send(frame(DATA, 0, self.stream, SEVEN_BYTES))
        self.peer.wait(DATA, self.stream)

    def end_stream(self):
        self.peer.send(frame(DATA, END_STREAM, self.stream))
        return bool(self.peer.last_of(self.stream)[-1][1] & END_STREAM)


def stolen():
    """(all, stolen by the hypervisor) ticks since the machine started."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks), ticks[7]


def start(binary, **env):
    """The server; from then on this process is away from its processor."""
    os.sched_setaffinity(0, SERVER_ON)
    server = wire.Server(binary, **env)
    os.sched_setaffinity(0, CLIENTS_ON)
    return server


def verdict(ok, name, calm, attacked, options, rest):
    ok = ok and p99(attacked) < min(options.max_p99, options.max_ratio * p99(calm))
    print(f"{'ok  ' if ok else 'FAIL'} {name:29} p99 {p99(calm) * 1e6:5.0f} us calm, {p99(attacked) * 1e6:5.0f} "
          f"attacked: ratio {p99(attacked) / p99(calm):4.1f}; {rest}", flush=True)
    return ok


def run_attack(binary, name, options):
    """Calm and attack in turns, so that what else happens on the machine meets both."""
    server = start(binary, WIRE_BUFFERED_MAX_BYTES=str(64 << 20))
    calm, attacked, grown, used = [], [], 0, 0
    timed(Client(server).call, 0.2)
    all_before, stolen_before = stolen()
    for _ in range(options.rounds):
        calm += timed(Client(server).call, options.seconds)
        rss, cpu, client = server.rss_kib(), server.cpu_seconds(), Client(server)
        attack = Attack(attack_for, (server, name, START_SECONDS + options.seconds))
        time.sleep(START_SECONDS)
        attacked += timed(client.call, options.seconds)
        grown = max(grown, (server.rss_kib() - rss) / 1024)
        attack.end()
        used += server.cpu_seconds() - cpu
    all_after, stolen_after = stolen()
    server.works()
    abuse = {k: v for k, v in server.figures()["abuse"].items() if v > 0}
    server.stop()
    share = used / options.rounds / (options.seconds + START_SECONDS)
    return verdict(grown < options.max_mib, name, calm, attacked, options, f"{len(attacked):6} calls; server {share:4.0%}; memory "
                   f"{grown:+6.1f} MiB; stolen {(stolen_after - stolen_before) / (all_after - all_before):.0%}; {abuse}")


def run_in_drain(binary, name, options):
    """The attack comes on connections that are being drained; a call that is open goes on, and the
    server stops in time."""
    server = start(binary)
    ready, begin = multiprocessing.Semaphore(0), multiprocessing.Event()
    codes = multiprocessing.SimpleQueue()
    client = Client(server)
    client.open_stream()
    attack = Attack(attack_in_drain, (server, name, ready, begin, codes))
    for _ in range(ATTACKERS):
        ready.acquire()
    timed(client.ping_pong, 0.2)
    server.process.send_signal(signal.SIGTERM)
    calm = timed(client.ping_pong, options.drain_seconds)
    begin.set()
    attacked = timed(client.ping_pong, options.drain_seconds)
    ended = client.end_stream()
    attack.end()
    ends = []
    while not codes.empty():
        ends.append(codes.get())
    stopped = server.process.wait(20) == 0
    told = bool(ends) and all(code == wire.ENHANCE_YOUR_CALM for code in ends)
    return verdict(told and ended and stopped, name + " while draining", calm, attacked, options,
                   f"{len(ends)} ended with GOAWAY {sorted(set(ends), key=str)}, the open call "
                   f"{'ended well' if ended else 'was lost'}, exit {server.process.returncode}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("attacks", nargs="*")
    parser.add_argument("--seconds", type=float, default=0.2, help="of a phase")
    parser.add_argument("--drain-seconds", type=float, default=0.5, help="of a phase while draining")
    parser.add_argument("--rounds", type=int, default=2, help="of phases: calm, attack")
    parser.add_argument("--max-ratio", type=float, default=float("inf"))
    parser.add_argument("--max-p99", type=float, default=1, help="seconds")
    parser.add_argument("--max-mib", type=float, default=96)
    options = parser.parse_args()
    passed = True
    try:
        for name in ATTACKS:
            if not options.attacks or name in options.attacks:
                passed &= run_attack(options.binary, name, options)
        for name in IN_DRAIN:
            if not options.attacks or name in options.attacks:
                passed &= run_in_drain(options.binary, name, options)
    finally:
        for left in wire.Server.running:
            if left.process.poll() is None:
                left.process.kill()
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
