#!/usr/bin/python3
"""Checks of the net and rpc layers that no well-behaved client can make: HTTP/2 frames by hand.

    wire_raw.py ECHO_SERVER_BINARY [CASE...]

Needs nothing but the standard library. Header blocks are written as HPACK literals without
indexing; of the answers only the frame types, flags and, where the server's encoder makes them
findable, plain texts are looked at (nghttp2 decodes them in wire_grpcio.py).
"""
import gzip
import json
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

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
CANCEL, ENHANCE_YOUR_CALM, NO_ERROR, REFUSED = 8, 11, 0, 7
# What the sanitizer keeps after free would look like growth.
QUARANTINE = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
ECHO = "/grpc.testing.TestService/"
RESET = struct.pack(">I", CANCEL)
SECONDS_MAX = 60  # for what must come; no test depends on how soon


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(text):
    text = text if isinstance(text, bytes) else text.encode()
    if len(text) < 127:
        return bytes([len(text)]) + text
    out, rest = bytes([127]), len(text) - 127
    while rest >= 128:
        out += bytes([rest % 128 + 128])
        rest //= 128
    return out + bytes([rest]) + text


def block(fields):
    return b"".join(b"\x00" + literal(n) + literal(v) for n, v in fields)


def request(method="EmptyCall", extra=(), **replaced):
    fields = {":method": "POST", ":scheme": "http", ":path": ECHO + method,
              ":authority": "localhost", "content-type": "application/grpc", "te": "trailers"}
    fields.update({k.replace("__", ":").replace("_", "-"): v for k, v in replaced.items()})
    return block([(n, v) for n, v in fields.items() if v is not None] + list(extra))


def grpc_message(body=b"", flag=0, size=None):
    return struct.pack(">BI", flag, len(body) if size is None else size) + body


class Peer:
    def __init__(self, server, settings=b"", handshake=True, tcp=False):
        self.socket = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
        self.socket.settimeout(SECONDS_MAX)
        self.socket.connect(server.tcp if tcp else server.path)
        if tcp:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        if handshake:
            self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def send(self, data):
        self.socket.sendall(data)

    def frames(self):
        """Yields frames until the connection ends."""
        while True:
            while len(self.buffer) < 9 or len(self.buffer) < 9 + self._length():
                try:
                    got = self.socket.recv(65536)
                except (ConnectionResetError, BrokenPipeError):
                    return
                if not got:
                    return
                self.buffer += got
            size = self._length()
            kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
            payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
            if kind == SETTINGS and not flags & ACK:
                try:
                    self.send(frame(SETTINGS, ACK, 0))
                except OSError:
                    pass  # the server has closed; what it sent before is still to be read
            yield kind, flags, stream, payload

    def _length(self):
        return struct.unpack(">I", b"\0" + self.buffer[:3])[0]

    def next_frame(self):
        return next(self.frames())

    def wait(self, kind, stream=None):
        for got in self.frames():
            if got[0] == kind and (stream is None or got[2] == stream):
                return got
        raise AssertionError("connection ended before frame type %d" % kind)

    def last_of(self, stream):
        """All frames of a stream up to its end."""
        seen = []
        for got in self.frames():
            if got[2] != stream or got[0] == WINDOW:
                continue
            seen.append(got)
            if got[0] == RST or got[1] & END_STREAM and got[0] in (DATA, HEADERS):
                return seen
        raise AssertionError("connection ended: %r" % seen)

    def goaway(self):
        """Code and debug data of the last GOAWAY before the connection ended."""
        code, why = None, b""
        for kind, _, _, payload in self.frames():
            if kind == GOAWAY:
                code, why = struct.unpack(">I", payload[4:8])[0], payload[8:]
        return code, why.decode()

    def goaway_code(self):
        return self.goaway()[0]


def limit_files(soft):
    """As service managers start what they start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Server:
    running = []

    def __init__(self, binary, files_soft=None, **env):
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, "echo.sock")
        self.process = subprocess.Popen([binary, "unix:" + self.path, "tcp:127.0.0.1:0"],
                                        stderr=subprocess.PIPE, env={**os.environ, "ASAN_OPTIONS": QUARANTINE, **env},
                                        preexec_fn=files_soft and (lambda: limit_files(files_soft)))
        Server.running.append(self)
        self.process.stderr.readline()
        port = self.process.stderr.readline().decode().rsplit(":", 1)[1]
        self.tcp = ("127.0.0.1", int(port))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(SECONDS_MAX) == 0, self.process.stderr.read().decode()

    def figures(self):
        """Counters of the server, as it prints them on SIGUSR1."""
        self.process.send_signal(signal.SIGUSR1)
        while True:
            line = self.process.stderr.readline().decode()
            assert line, "the server is gone"
            if line.startswith("{"):
                return json.loads(line)

    def until(self, holds):
        """Waits for figures of which this holds; returns them."""
        end = time.monotonic() + SECONDS_MAX
        figures = self.figures()
        while not holds(figures):
            assert time.monotonic() < end, figures
            time.sleep(0.005)
            figures = self.figures()
        return figures

    def wait_for(self, **wanted):
        return self.until(lambda figures: wanted.items() <= figures.items())

    def abuse(self, kind):
        return self.figures()["abuse"][kind]

    def rss_kib(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def cpu_seconds(self):
        """Processor time it has taken so far."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as stat:
            words = stat.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def works_or_busy(self):
        peer = Peer(self)
        call(peer, 1)
        assert len(peer.last_of(1)) in (1, 3)

    def works(self):
        peer = Peer(self)
        call(peer, 1)
        assert peer.last_of(1)[-1][1] & END_STREAM


def call(peer, stream, head=None, body=None):
    peer.send(frame(HEADERS, END_HEADERS, stream, head or request()) +
              frame(DATA, END_STREAM, stream, grpc_message() if body is None else body))


def case_unary(server):
    peer = Peer(server)
    call(peer, 1)
    kinds = [(k, f & END_STREAM) for k, f, _, _ in peer.last_of(1)]
    assert kinds == [(HEADERS, 0), (DATA, 0), (HEADERS, 1)], kinds


def case_message_in_single_bytes(server):
    peer = Peer(server)
    body = b"".join(frame(DATA, 0, 1, bytes([b])) for b in grpc_message(b"\x10\x07"))
    peer.send(frame(HEADERS, END_HEADERS, 1, request("UnaryCall")) + body +
              frame(DATA, END_STREAM, 1))
    assert [k for k, _, _, _ in peer.last_of(1)] == [HEADERS, DATA, HEADERS]


def trailers_only(server, head, body=None):
    peer = Peer(server)
    call(peer, 1, head, body)
    frames = peer.last_of(1)
    assert [f[0] for f in frames] == [HEADERS] and frames[0][1] & END_STREAM, frames
    return frames[0][3]


def case_wrong_content_type_is_415(server):
    for value in ("application/json", "application/grpcx", "application/grpc+json", None):
        assert b"415" in unhuffed(trailers_only(server, request(content_type=value)))


def case_get_is_405(server):
    assert b"405" in unhuffed(trailers_only(server, request(__method="GET")))


def unhuffed(payload):
    """The :status value: nghttp2 writes 3 digits as a literal, Huffman-coded to 2-3 bytes."""
    codes = {"0": "00000", "1": "00001", "2": "00010", "3": "011001", "4": "011010",
             "5": "011011"}
    for status in ("415", "405", "431"):
        bits = "".join(codes[c] for c in status)
        bits += "1" * (-len(bits) % 8)
        coded = int(bits, 2).to_bytes(len(bits) // 8, "big")
        if coded in payload[:8]:
            return status.encode()
    return payload


def case_other_content_types_are_served(server):
    for value in ("application/grpc+proto", "application/grpc;charset=x"):
        peer = Peer(server)
        call(peer, 1, request(content_type=value))
        assert len(peer.last_of(1)) == 3


def case_no_message_and_two_messages(server):
    for body in (b"", grpc_message() * 2, grpc_message(b"\x10\x07")[:-1]):
        trailers_only(server, request(), body)


def case_announced_size_is_refused_before_it_comes(server):
    peer = Peer(server)
    peer.send(frame(HEADERS, END_HEADERS, 1, request()) +
              frame(DATA, 0, 1, grpc_message(size=0xffffffff)))
    frames = peer.last_of(1)
    assert frames[0][0] == HEADERS and frames[0][1] & END_STREAM
    kind, _, _, payload = peer.wait(RST, 1)
    assert struct.unpack(">I", payload)[0] == NO_ERROR


def case_bad_flag_bytes(server):
    for flag in (1, 2, 255):
        trailers_only(server, request(), grpc_message(b"", flag))


GZIP = request("UnaryCall", grpc_encoding="gzip")


def case_gzip_requests_are_read(server):
    plain = b"\x10\x07"  # response_size 7
    for body in (grpc_message(gzip.compress(plain), 1), grpc_message(plain, 0),
                 grpc_message(gzip.compress(plain[:1]) + gzip.compress(plain[1:]), 1)):
        peer = Peer(server)
        call(peer, 1, GZIP, body)
        frames = peer.last_of(1)
        assert [f[0] for f in frames] == [HEADERS, DATA, HEADERS], frames
        assert len(frames[1][3]) == 5 + 11, frames[1]


def case_damaged_gzip_is_refused(server):
    whole = gzip.compress(b"\x10\x07")
    for body in (b"", b"x", whole[:-1], whole + b"x", b"\0" * 100):
        trailers_only(server, GZIP, grpc_message(body, 1))
    server.works()


def case_gzip_bomb_is_refused_without_memory(server):
    before = server.rss_kib()
    bomb = gzip.compress(bytes(12 << 20), 9)
    for _ in range(5):
        payload = trailers_only(server, GZIP, grpc_message(bomb, 1))
        assert b"grpc-message" in payload or len(payload) > 30
    grown = server.rss_kib() - before
    assert grown < (48 << 10), grown
    server.works()


def case_big_answers_are_compressed_for_tcp_only(server):
    size = b"\x10\xc0\xb8\x02"  # response_size 40000
    accepts = request("ReadCall", grpc_accept_encoding="identity, deflate,gzip")
    for peer, head, want in ((Peer(server, tcp=True), accepts, 1),
                             (Peer(server, tcp=True), request("ReadCall"), 0),
                             (Peer(server), accepts, 0)):
        call(peer, 1, head, grpc_message(size))
        data = b"".join(f[3] for f in peer.last_of(1) if f[0] == DATA)
        flag, length = struct.unpack(">BI", data[:5])
        assert flag == want, (flag, want)
        assert length == len(data) - 5
        assert len(gzip.decompress(data[5:]) if flag else data[5:]) > 40000
    peer = Peer(server, tcp=True)
    call(peer, 1, accepts, grpc_message(b"\x10\x07"))
    assert peer.last_of(1)[1][3][0] == 0


def case_header_list_over_8_kib_is_431(server):
    payload = trailers_only(server, request(extra=[("x-a", "b" * 9000)]))
    assert b"431" in unhuffed(payload)


def case_many_small_headers(server):
    peer = Peer(server)
    head = request(extra=[("x-%d" % i, "v") for i in range(300)])
    call(peer, 1, head)
    assert len(peer.last_of(1)) == 1


def case_deadline_answers_and_resets(server):
    peer = Peer(server)
    peer.send(frame(HEADERS, END_HEADERS, 1, request(grpc_timeout="50m")))
    frames = peer.last_of(1)
    assert frames[0][0] == HEADERS and frames[0][1] & END_STREAM
    peer.wait(RST, 1)


def case_bad_timeouts_are_refused(server):
    for value in ("", "S", "1", "123456789S", "-1S", "1x"):
        trailers_only(server, request(grpc_timeout=value))


def case_zero_window_answer_is_given_up_at_the_deadline(server):
    for timeout in ("200m", "2S", "20S"):
        peer = Peer(server, settings=struct.pack(">HI", 4, 0))
        call(peer, 1, request("UnaryCall", grpc_timeout=timeout), grpc_message(b"\x10\x80\x20"))
        frames = peer.last_of(1)
        if not frames[0][1] & END_STREAM:  # else the deadline was before the answer
            break
    assert [f[0] for f in frames] == [HEADERS, RST], frames
    assert struct.unpack(">I", frames[-1][3])[0] == CANCEL


def case_held_messages_close_the_window(server):
    """A bidi call whose answers are not taken must not read the client's messages for ever."""
    peer = Peer(server, settings=struct.pack(">HI", 4, 0))
    one = grpc_message(b"\x12\x03\x08\x80\x08")
    peer.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    sent = 0
    while sent + len(one) <= 65535:
        peer.send(frame(DATA, 0, 1, one))
        sent += len(one)
    given = pings = 0  # the answer to a second ping comes after all that the messages caused
    peer.send(frame(PING, 0, 0, bytes(8)))
    while pings < 2:
        kind, flags, stream, payload = peer.next_frame()
        if kind == WINDOW and stream == 1:
            given += struct.unpack(">I", payload)[0]
        if kind == PING and flags & ACK:
            pings += 1
            peer.send(frame(PING, 0, 0, bytes(8)))
    assert given < 40000, given


def flood(server, kinds, data, first=b""):
    """Sends `data` until the server has had enough; it must say so and count it as of a kind."""
    peer = Peer(server, tcp=True)
    kinds = kinds.split()
    before = sum(server.abuse(kind) for kind in kinds)
    peer.send(first)
    try:
        for _ in range(2000):
            peer.send(data() if callable(data) else data)
    except OSError:
        pass
    code, why = peer.goaway()
    assert code == ENHANCE_YOUR_CALM, (code, why)
    assert why in kinds or why == "", why  # "": nghttp2 gave up first, the last word is ours
    after = sum(server.abuse(kind) for kind in kinds)
    assert after == before + 1 or why == "", server.figures()
    server.works()


class Streams:
    """Requests that are reset at once, or that break a rule, each on a new stream."""

    def __init__(self, after):
        self.next = 1
        self.after = after

    def __call__(self):
        out = b""
        for _ in range(20):
            out += frame(HEADERS, END_HEADERS, self.next, request()) + self.after(self.next)
            self.next += 2
        return out


def case_reset_flood(server):
    flood(server, "rapid_reset", Streams(lambda n: frame(RST, 0, n, struct.pack(">I", CANCEL))))


def case_early_reset_flood(server):
    numbers = iter(range(3, 1 << 30, 2))
    flood(server, "rapid_reset", lambda: b"".join(frame(RST, 0, next(numbers), RESET)
                                                  for _ in range(20)),
          first=frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))


def case_made_you_reset_flood(server):
    """CVE-2025-8671: frames that force the server to reset a stream it works for."""
    flood(server, "invalid_frame", Streams(lambda n: frame(WINDOW, 0, n,
                                                           struct.pack(">I", 0x7fffffff))))


def case_ping_flood(server):
    flood(server, "too_many_pings", frame(PING, 0, 0, bytes(8)))


def case_ping_flood_in_one_write(server):
    flood(server, "flooded too_many_pings", frame(PING, 0, 0, bytes(8)) * 500)


def case_settings_flood(server):
    flood(server, "settings", frame(SETTINGS, 0, 0))


def case_empty_data_flood(server):
    flood(server, "empty_data", frame(DATA, 0, 1) * 10,
          first=frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))


def case_window_update_flood(server):
    flood(server, "window_update", frame(WINDOW, 0, 0, struct.pack(">I", 1)) * 10)


def case_priority_flood(server):
    flood(server, "priority", frame(PRIORITY, 0, 9, struct.pack(">IB", 0, 1)) * 10)


def case_unknown_frame_flood(server):
    flood(server, "unknown_frame", frame(0x2a, 0, 0, b"grease") * 10)


def case_continuation_flood_in_one_block(server):
    peer = Peer(server, tcp=True)
    try:
        peer.send(frame(HEADERS, 0, 1, request()))
        for _ in range(100):
            peer.send(frame(CONTINUATION, 0, 1, block([("x", "y")])))
    except OSError:
        pass
    assert peer.goaway_code() is not None
    server.works()


def case_continuation_flood_over_many_blocks(server):
    flood(server, "continuation", ContinuedBlocks())


class ContinuedBlocks:
    """Requests whose header lists come in nine pieces; answered, so that nothing else is wrong."""

    def __init__(self):
        self.next = 1

    def __call__(self):
        n, self.next = self.next, self.next + 2
        return (frame(HEADERS, END_STREAM, n, request()) +
                frame(CONTINUATION, 0, n, block([("x", "y")])) * 6 +
                frame(CONTINUATION, END_HEADERS, n, block([("x", "y")])))


def case_header_bomb(server):
    """One field of 4,000 bytes put into the HPACK table, then named by one byte each."""
    field = b"\x40" + literal("x-bomb") + literal("b" * 3900)
    flood(server, "header_bomb", Bomb(field, 1000))


class Bomb:
    def __init__(self, field, repeats):
        self.first, self.rest, self.next = request() + field, b"\xbe" * repeats, 1

    def __call__(self):
        n, self.next = self.next, self.next + 2
        head = self.first if n == 1 else request()
        return frame(HEADERS, END_HEADERS | END_STREAM, n, head + self.rest)


def case_gzip_bomb_flood(server):
    bomb = gzip.compress(bytes(5 << 20), 9)

    class Bombs(Streams):
        def __call__(self):
            n, self.next = self.next, self.next + 2
            return (frame(HEADERS, END_HEADERS, n, GZIP) +
                    frame(DATA, END_STREAM, n, grpc_message(bomb, 1)))

    flood(server, "gzip_bomb", Bombs(None))


def case_a_client_that_works_is_not_taken_for_a_flood(server):
    """Two WINDOW_UPDATEs for each DATA frame, a PING now and then, 3,000 answered calls."""
    peer = Peer(server, tcp=True)
    sizes = b"".join(b"\x12\x04\x08\x80\x80\x04" for _ in range(100))  # 100 x 64 KiB
    for n in (1, 3, 5):
        call(peer, n, request("StreamingOutputCall"), grpc_message(sizes))
        ended = pinging = False
        while not ended:
            kind, flags, stream, payload = peer.next_frame()
            if kind == GOAWAY:
                raise AssertionError(payload)
            if kind == DATA and stream == n:
                peer.send(frame(WINDOW, 0, 0, struct.pack(">I", len(payload))) +
                          frame(WINDOW, 0, n, struct.pack(">I", len(payload))))
                if not pinging:  # one at a time, as clients that measure bandwidth do
                    peer.send(frame(PING, 0, 0, bytes(8)))
                    pinging = True
            pinging = pinging and kind != PING
            ended = stream == n and kind == HEADERS and bool(flags & END_STREAM)
    for n in range(7, 3007, 2):
        call(peer, n)
        assert peer.last_of(n)[-1][1] & END_STREAM
        peer.send(frame(RST, 0, n, struct.pack(">I", CANCEL)))  # some clients do, after the end


def case_pings_sooner_than_allowed(server):
    """Every 150 ms where 10 s are asked for: the third early one is too many."""
    other = Server(BINARY, WIRE_PING_MIN_MS="10000")
    peer = Peer(other, tcp=True)
    peer.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    try:
        for _ in range(6):
            peer.send(frame(PING, 0, 0, bytes(8)))
            time.sleep(0.15)
    except OSError:
        pass
    assert peer.goaway() == (ENHANCE_YOUR_CALM, "too_many_pings")
    assert other.abuse("too_many_pings") == 1
    other.stop()


def case_pings_as_often_as_allowed(server):
    other = Server(BINARY, WIRE_PING_MIN_MS="50")
    peer = Peer(other, tcp=True)
    peer.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    for _ in range(8):
        time.sleep(0.15)
        peer.send(frame(PING, 0, 0, bytes(8)))
        assert peer.wait(PING)[1] & ACK
    other.stop()


def case_a_dead_peer_is_found_by_our_ping(server):
    other = Server(BINARY, WIRE_KEEPALIVE_MS="500", WIRE_KEEPALIVE_TIMEOUT_MS="2000")
    dead, alive = Peer(other, tcp=True), Peer(other, tcp=True)
    for peer in (dead, alive):
        peer.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    pings = 0
    while True:  # until the dead one is closed
        readable, _, _ = select.select([dead.socket, alive.socket], [], [], SECONDS_MAX)
        assert readable, "nobody was closed"
        if dead.socket in readable and not dead.socket.recv(65536):
            break
        if alive.socket not in readable:
            continue
        kind, flags, _, payload = alive.next_frame()
        if kind == PING and not flags & ACK:
            alive.send(frame(PING, ACK, 0, payload))
            pings += 1
    assert pings > 0
    figures = other.wait_for(connections=1, open=1)
    assert figures["abuse"]["keepalive_timeout"] == 1
    alive.send(frame(DATA, END_STREAM, 1))
    assert alive.last_of(1)[-1][1] & END_STREAM
    other.stop()


def case_an_old_connection_is_ended_with_grace(server):
    other = Server(BINARY, WIRE_AGE_MS="500", WIRE_AGE_GRACE_MS="2000")
    start = time.monotonic()
    peer = Peer(other, tcp=True)
    peer.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    ids = []
    for kind, _, _, payload in peer.frames():
        if kind == GOAWAY:
            ids.append((struct.unpack(">II", payload[:8]), payload[8:]))
    assert ids == [((0x7fffffff, 0), b""), ((1, 0), b"max_age")], ids
    assert time.monotonic() - start > 2.5
    other.stop()


def case_an_idle_connection_is_told_first(server):
    other = Server(BINARY, WIRE_IDLE_MS="500")
    peer = Peer(other, tcp=True)
    call(peer, 1)
    peer.last_of(1)
    assert struct.unpack(">II", peer.wait(GOAWAY)[3][:8]) == (0x7fffffff, 0)
    call(peer, 3)
    assert peer.last_of(3)[-1][1] & END_STREAM
    other.stop()


def case_a_trickling_body_is_given_up(server):
    other = Server(BINARY, WIRE_BODY_GRACE_MS="1000")
    peer = Peer(other, tcp=True)
    for n, method in ((1, "UnaryCall"), (3, "StreamingInputCall"), (5, "FullDuplexCall")):
        peer.send(frame(HEADERS, END_HEADERS, n, request(method)))
    peer.send(frame(DATA, 0, 1, grpc_message(size=100000)[:4]) +
              frame(DATA, 0, 3, grpc_message(size=100000)))  # 5 waits between messages: its right
    ended = set()
    deadline = time.monotonic() + SECONDS_MAX
    peer.socket.settimeout(0.2)
    while time.monotonic() < deadline and len(ended) < 2:
        peer.send(frame(DATA, 0, 3, b"x"))
        try:
            for kind, flags, stream, _ in peer.frames():
                if kind == HEADERS and flags & END_STREAM:
                    ended.add(stream)
        except socket.timeout:
            pass
    assert ended == {1, 3}, ended
    assert other.abuse("slow_body") == 2
    assert other.figures()["open"] == 1
    other.stop()


def case_an_answer_nobody_takes_is_given_up(server):
    """Zero windows on a hundred streams: all are reset, the connection lives."""
    other = Server(BINARY, WIRE_OUTPUT_STALLED_MS="1000")
    peer = Peer(other, settings=struct.pack(">HI", 4, 0), tcp=True)
    for n in range(1, 200, 2):
        call(peer, n, request("StreamingOutputCall"), grpc_message(b"\x12\x04\x08\x80\x80\x04"))
    reset = set()
    for kind, _, stream, payload in peer.frames():
        if kind == RST:
            assert struct.unpack(">I", payload)[0] == CANCEL
            reset.add(stream)
        if len(reset) == 100:
            break
    figures = other.figures()
    assert figures["abuse"]["stream_stalled"] == 100 and figures["open"] == 0, figures
    other.works()
    other.stop()


def case_a_reset_that_overtakes_its_stream_harms_no_other(server):
    """As gRPC's C core sends them for calls cancelled before they left; cut anywhere."""
    first = frame(RST, 0, 1, RESET) + frame(HEADERS, END_HEADERS, 3, request()) + \
        frame(DATA, END_STREAM, 3, grpc_message())
    later = frame(RST, 0, 9, RESET)
    last = frame(HEADERS, END_HEADERS, 11, request()) + frame(DATA, END_STREAM, 11, grpc_message())
    for cut in range(1, len(later)):
        peer = Peer(server, tcp=True)
        peer.send(first)
        assert peer.last_of(3)[-1][1] & END_STREAM
        peer.send(later[:cut])
        peer.send(later[cut:])
        peer.send(last)
        assert peer.last_of(11)[-1][1] & END_STREAM


def case_a_reset_of_a_stream_never_begun_is_an_error(server):
    """Where no call can be harmed it is what RFC 9113 5.1 says."""
    peer = Peer(server, tcp=True)
    peer.wait(SETTINGS)
    peer.send(frame(RST, 0, 1, RESET))
    assert peer.goaway_code() == 1  # PROTOCOL_ERROR


def case_garbage(server):
    for data in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(300), PREFACE + os.urandom(300),
                 PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, b"\xff" * 50),
                 PREFACE + frame(SETTINGS, 0, 0) + frame(DATA, 0, 5, b"x")):
        peer = Peer(server, handshake=False)
        peer.send(data)
        peer.goaway_code()
    server.works()


def case_connections_lost_at_any_point(server):
    whole = PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, request()) + \
        frame(DATA, END_STREAM, 1, grpc_message())
    for size in range(0, len(whole) + 1, 3):
        peer = Peer(server, handshake=False)
        peer.send(whole[:size])
        peer.socket.close()
    server.works()


def case_silent_and_slow_connections_are_closed(server):
    other = Server(BINARY, WIRE_LIMIT_MS="500")
    silent = Peer(other, handshake=False)
    slow = Peer(other)
    slow.send(frame(HEADERS, 0, 1, request()[:20]))
    silent.goaway_code()
    slow.goaway_code()
    other.stop()


def case_two_goaways_on_shutdown(server):
    other = Server(BINARY)
    peer = Peer(other)
    call(peer, 1, request("UnaryCall"), grpc_message(b"\x3a\x03\x08\xac\x0b"))  # sleeps 428 ms
    other.until(lambda figures: figures["calls"] > 0)  # where this is slow it has ended again
    other.process.send_signal(signal.SIGTERM)
    ids, answered = [], False
    for kind, flags, stream, payload in peer.frames():
        if kind == GOAWAY:
            ids.append(struct.unpack(">I", payload[:4])[0])
        answered |= stream == 1 and kind == HEADERS and bool(flags & END_STREAM)
    assert ids == [0x7fffffff, 1] and answered, (ids, answered)
    assert other.process.wait(SECONDS_MAX) == 0


def refused(server, head, body=None):
    """The one HEADERS frame of a call that is refused before its body is looked at."""
    peer = Peer(server, tcp=True)
    peer.send(frame(HEADERS, END_HEADERS, 1, head))
    frames = peer.last_of(1)
    assert [f[0] for f in frames] == [HEADERS] and frames[0][1] & END_STREAM, frames
    return frames[0][3]


def case_a_rate_over_the_limit_is_refused_and_recovers(server):
    other = Server(BINARY, WIRE_CALLS_PER_SECOND="5")
    peer = Peer(other, tcp=True)
    numbers = range(1, 121, 2)
    peer.send(b"".join(frame(HEADERS, END_HEADERS, n, request()) +
                       frame(DATA, END_STREAM, n, grpc_message()) for n in numbers))
    shapes, ended = dict.fromkeys(numbers, 0), 0
    while ended < len(numbers):
        kind, flags, stream, _ = peer.next_frame()
        if kind in (HEADERS, DATA):
            shapes[stream] += 1
            ended += flags & END_STREAM
    shapes = list(shapes.values())
    assert shapes[:10] == [3] * 10 and 1 in shapes and set(shapes) <= {1, 3}, shapes
    for n in range(121, 10001, 2):
        call(peer, n)
        if len(peer.last_of(n)) == 3:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("refused for ever")
    call(Peer(other), 1)  # the unix socket has a rate of its own
    other.stop()


def case_open_calls_and_watches_of_a_principal_are_bounded(server):
    other = Server(BINARY, WIRE_CALLS_MAX="8", WIRE_WATCHES_MAX="3")
    peer = Peer(other, tcp=True)
    watch = request(__path="/grpc.health.v1.Health/Watch")
    for n in (1, 3, 5):
        call(peer, n, watch)
        peer.wait(DATA, n)
    call(peer, 7, watch)
    assert len(peer.last_of(7)) == 1
    for n in range(9, 19, 2):
        peer.send(frame(HEADERS, END_HEADERS, n, request("FullDuplexCall")))
    other.wait_for(open=8)
    refused(other, request("FullDuplexCall"))
    peer.send(frame(RST, 0, 9, struct.pack(">I", CANCEL)))
    other.wait_for(open=7)
    other.works()  # a place is free
    peer.socket.close()
    other.wait_for(open=0, buffered=0)  # who vanishes gives all back
    other.stop()


def case_bytes_in_memory_are_bounded(server):
    """Bodies that never end, on many streams of many connections."""
    other = Server(BINARY, WIRE_BUFFERED_MAX_BYTES=str(4 << 20))
    half = grpc_message(b"x" * 16000, size=4 << 20)[:16000]
    peers = [Peer(other, tcp=True) for _ in range(4)]
    for peer in peers:
        for n in range(1, 161, 2):
            peer.send(frame(HEADERS, END_HEADERS, n, request("UnaryCall")))
            for _ in range(3):
                peer.send(frame(DATA, 0, n, half))
            if n % 20 == 1:
                other.works_or_busy()
    figures = other.figures()
    assert figures["buffered"] <= (4 << 20) + (1 << 20), figures
    health = Peer(other, tcp=True)
    call(health, 1, request(__path="/grpc.health.v1.Health/Check"))
    assert len(health.last_of(1)) == 3
    for peer in peers:
        peer.socket.close()
    other.wait_for(buffered=0)
    other.works()
    other.stop()


def case_connections_of_an_address_are_bounded(server):
    other = Server(BINARY, WIRE_PER_ADDRESS="5")
    peers = [Peer(other, tcp=True) for _ in range(5)]
    for peer in peers:
        call(peer, 1)
        assert len(peer.last_of(1)) == 3
    sixth = Peer(other, tcp=True)
    assert list(sixth.frames()) == []
    other.works()  # the unix socket is not counted
    peers.pop().socket.close()
    other.wait_for(connections=4)
    seventh = Peer(other, tcp=True)
    call(seventh, 1)
    assert len(seventh.last_of(1)) == 3
    assert other.figures()["turned_away"] == 1
    other.stop()


def case_a_low_soft_limit_of_files_is_raised(server):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 300
    if hard < 2 * wanted:
        return
    other = Server(BINARY, files_soft=256)
    peers = [Peer(other) for _ in range(wanted)]
    for peer in peers:
        call(peer, 1)
    for peer in peers:
        assert len(peer.last_of(1)) == 3
    assert other.figures()["turned_away"] == 0
    other.stop()


def seconds_of_work(server):
    start = time.monotonic()
    for _ in range(20):
        server.works()
    return time.monotonic() - start


def case_a_stuck_connection_delays_nobody(server):
    """A hundred clients that ask for much and read nothing, beside one that works."""
    stuck = []
    alone = seconds_of_work(server)
    sizes = b"".join(b"\x12\x04\x08\x80\x80\x04" for _ in range(50))
    for _ in range(100):
        peer = Peer(server, settings=struct.pack(">HI", 4, 0x7fffffff), tcp=True)
        peer.send(frame(WINDOW, 0, 0, struct.pack(">I", 0x7fff0000 - 65535)))
        call(peer, 1, request("StreamingOutputCall"), grpc_message(sizes))
        stuck.append(peer)
    beside = seconds_of_work(server)
    assert beside < 10 + 10 * alone, (alone, beside)
    for peer in stuck:
        peer.socket.close()


def case_calls_in_store_are_bounded_per_connection(server):
    """Calls that are reset while they wait for the store still count."""
    peer = Peer(server)
    slow = grpc_message(b"\x3a\x03\x08\xb0\x09")  # sleeps 200 ms
    for i in range(300):
        call(peer, 2 * i + 1, request("UnaryCall"), slow)
        peer.send(frame(RST, 0, 2 * i + 1, struct.pack(">I", CANCEL)))
    peer.socket.close()
    server.works()


def main():
    global BINARY
    BINARY = sys.argv[1]
    wanted = sys.argv[2:]
    server = Server(BINARY)
    failed = 0
    for name, case in [(n, f) for n, f in globals().items() if n.startswith("case_")]:
        if wanted and name[5:] not in wanted:
            continue
        try:
            case(server)
            print("ok   " + name[5:])
        except Exception as error:
            failed += 1
            print("FAIL %s: %r" % (name[5:], error))
        sys.stdout.flush()
        if server.process.poll() is not None:
            print("the server died:\n" + server.process.stderr.read().decode())
            return 1
    server.stop()
    for left in Server.running:  # of cases that failed
        left.process.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
