#!/usr/bin/python3
"""The hostile battery: each attack for a while beside a client that behaves, then while draining.

    hostile.py ECHO_SERVER_BINARY [--seconds S] [--rounds N] [--max-ratio R] [--max-mib M] [ATTACK...]

wire_raw.py shows that each attack gets the right answer; this shows what it costs others: the
memory of the server and the latency of a client that makes a call after another. The attackers
come back as often as they are sent away. They also take processors that in earnest would be other
machines', so p99 beside them is compared with p99 beside two processes that burn as much and
leave the server alone; a line per attack has both, and p99 of the calm between. --max-ratio bounds the first
ratio: 2 is the goal on a quiet machine (--rounds 10); the default only says that nobody is locked out, because
tests share their machine.
"""
import argparse
import gzip
import multiprocessing
import os
import random
import resource
import signal
import socket
import struct
import sys
import time

import wire_raw as wire

DATA, HEADERS, RST, SETTINGS, PING, WINDOW = 0, 1, 3, 4, 6, 8
END_STREAM, END_HEADERS = 1, 4
OTHERS = 2  # processes beside the client that is measured
START_SECONDS = 0.1  # that they have for their start
BURST_SECONDS = 0.002
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


# On a connection whose stream 1 is open.
IN_DRAIN = {
    "late_streams": late_streams,
    "empty_data": repeat(frame(DATA, 0, 1) * 100),
    "pings": ATTACKS["pings"],
    "settings": ATTACKS["settings"],
    "window_updates": ATTACKS["window_updates"],
    "unknown_frames": ATTACKS["unknown_frames"],
}


def attack_for(server, name, seconds):
    """In a process of its own; a connection after another, as often as it is sent away."""
    end = time.monotonic() + seconds
    random.seed()
    while time.monotonic() < end:
        try:
            peer = wire.Peer(server, tcp=True)
            peer.socket.settimeout(max(0.01, end - time.monotonic()))
            ATTACKS[name](peer)
        except OSError:
            time.sleep(0.002)


def burn_for(share, seconds):
    """What an attacker costs the machine and not the server: its part of a processor's time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        work = time.process_time() + share * BURST_SECONDS
        while time.process_time() < work:
            pass
        time.sleep((1 - min(share, 1)) * BURST_SECONDS)


def measure(server, seconds):
    """Latencies of a call after another."""
    peer, n, latencies = wire.Peer(server, tcp=True), 1, []
    peer.send(frame(WINDOW, 0, 0, struct.pack(">I", 1 << 30)))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        wire.call(peer, n)
        frames = peer.last_of(n)
        latencies.append(time.monotonic() - start)
        assert [f[0] for f in frames] == [HEADERS, DATA, HEADERS], frames
        n += 2
    peer.socket.close()
    return latencies


def p99(latencies):
    return sorted(latencies)[int(len(latencies) * 0.99)]


def processors():
    """(all, stolen by the hypervisor) ticks since the machine started."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks), ticks[7]


class Beside:
    """What was measured beside two other processes, in several phases."""

    def __init__(self, server):
        self.server = server
        self.latencies = []
        self.seconds = self.own_seconds = self.server_seconds = 0

    def phase(self, target, args, seconds):
        others = [multiprocessing.Process(target=target, args=(*args, seconds + START_SECONDS))
                  for _ in range(OTHERS)]
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        server, start = self.server.cpu_seconds(), time.monotonic()
        for one in others:
            one.start()
        time.sleep(START_SECONDS)
        self.latencies += measure(self.server, seconds)
        self.seconds += time.monotonic() - start
        self.server_seconds += self.server.cpu_seconds() - server
        for one in others:
            one.join(10)
            if one.is_alive():
                one.terminate()
                one.join()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.own_seconds += used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime

    def share(self):
        """Of a processor, that each of the others took."""
        return min(self.own_seconds / self.seconds / OTHERS, 1)


def run_attack(binary, name, options):
    """Calm, attack and a mere burning of processors in turns, so that what else happens on the machine meets
    all three."""
    server = wire.Server(binary, WIRE_BUFFERED_MAX_BYTES=str(64 << 20))
    measure(server, 0.2)
    calm, attack, burning, grown = [], Beside(server), Beside(server), 0
    all_before, stolen_before = processors()
    for _ in range(options.rounds):
        calm += measure(server, options.seconds)
        rss = server.rss_kib()
        attack.phase(attack_for, (server, name), options.seconds)
        grown = max(grown, (server.rss_kib() - rss) / 1024)
        burning.phase(burn_for, (attack.share(),), options.seconds)
    all_after, stolen_after = processors()
    server.works()
    figures = server.figures()
    abuse = {k: v for k, v in figures["abuse"].items() if v > 0}
    server.stop()
    alone, beside, burnt = p99(calm), p99(attack.latencies), p99(burning.latencies)
    ok = beside / burnt < options.max_ratio and grown < options.max_mib
    print(f"{'ok  ' if ok else 'FAIL'} {name:15} p99 {alone * 1e6:5.0f} us calm, {burnt * 1e6:5.0f} "
          f"burning, {beside * 1e6:5.0f} attacked: ratio {beside / burnt:4.1f} (to calm "
          f"{beside / alone:4.1f}); {len(attack.latencies):6} calls; attackers {attack.share():4.0%} each, "
          f"server {attack.server_seconds / attack.seconds:4.0%}; memory {grown:+6.1f} MiB; stolen "
          f"{(stolen_after - stolen_before) / (all_after - all_before):.0%}; {abuse}", flush=True)
    return ok


def run_in_drain(binary, name):
    """The attack comes on a connection that is being drained; a call that is open goes on, and the
    server stops in time."""
    server = wire.Server(binary)
    good, bad = wire.Peer(server, tcp=True), wire.Peer(server, tcp=True)
    echo = message(b"\x12\x02\x08\x07")  # one answer of 7 bytes
    good.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")) + frame(DATA, 0, 1, echo))
    good.wait(DATA, 1)
    bad.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    server.process.send_signal(signal.SIGTERM)
    bad.wait(7)
    bad.wait(7)  # past the second GOAWAY: later streams are refused
    try:
        bad.socket.settimeout(3)
        IN_DRAIN[name](bad)
    except (OSError, socket.timeout):
        pass
    code = bad.goaway_code()
    good.send(frame(DATA, 0, 1, echo))
    good.wait(DATA, 1)
    good.send(frame(DATA, END_STREAM, 1))
    ended = good.last_of(1)[-1][1] & END_STREAM
    stopped = server.process.wait(10) == 0
    ok = code == wire.ENHANCE_YOUR_CALM and bool(ended) and stopped
    print(f"{'ok  ' if ok else 'FAIL'} {name} while draining: GOAWAY {code}, the open call "
          f"{'ended well' if ended else 'was lost'}, exit {server.process.returncode}", flush=True)
    return ok


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("attacks", nargs="*")
    parser.add_argument("--seconds", type=float, default=0.2, help="of a phase")
    parser.add_argument("--rounds", type=int, default=2, help="of phases: calm, attack, burning")
    parser.add_argument("--max-ratio", type=float, default=100)
    parser.add_argument("--max-mib", type=float, default=96)
    options = parser.parse_args()
    passed = True
    try:
        for name in ATTACKS:
            if not options.attacks or name in options.attacks:
                passed &= run_attack(options.binary, name, options)
        for name in IN_DRAIN:
            if not options.attacks or name in options.attacks:
                passed &= run_in_drain(options.binary, name)
    finally:
        for left in wire.Server.running:
            if left.process.poll() is None:
                left.process.kill()
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
