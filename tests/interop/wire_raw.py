#!/usr/bin/python3
"""Checks of the net and rpc layers that no well-behaved client can make: HTTP/2 frames by hand.

    wire_raw.py ECHO_SERVER_BINARY [CASE...]

Needs nothing but the standard library. Header blocks are written as HPACK literals without
indexing; of the answers only the frame types, flags and, where the server's encoder makes them
findable, plain texts are looked at (nghttp2 decodes them in wire_grpcio.py).
"""
import gzip
import os
import re
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
        self.socket.settimeout(5)
        self.socket.connect(server.tcp if tcp else server.path)
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

    def goaway_code(self):
        code = None
        for kind, _, _, payload in self.frames():
            if kind == GOAWAY:
                code = struct.unpack(">I", payload[4:8])[0]
        return code


class Server:
    def __init__(self, binary, **env):
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, "echo.sock")
        self.process = subprocess.Popen([binary, "unix:" + self.path, "tcp:127.0.0.1:0"],
                                        stderr=subprocess.PIPE, env={**os.environ, "ASAN_OPTIONS": QUARANTINE, **env})
        self.process.stderr.readline()
        port = self.process.stderr.readline().decode().rsplit(":", 1)[1]
        self.tcp = ("127.0.0.1", int(port))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.process.stderr.read().decode()

    def rss_kib(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

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
    start = time.monotonic()
    frames = peer.last_of(1)
    assert time.monotonic() - start < 0.5
    assert frames[0][0] == HEADERS and frames[0][1] & END_STREAM
    peer.wait(RST, 1)


def case_bad_timeouts_are_refused(server):
    for value in ("", "S", "1", "123456789S", "-1S", "1x"):
        trailers_only(server, request(grpc_timeout=value))


def case_zero_window_answer_is_given_up_at_the_deadline(server):
    peer = Peer(server, settings=struct.pack(">HI", 4, 0))
    call(peer, 1, request("UnaryCall", grpc_timeout="200m"), grpc_message(b"\x10\x80\x20"))
    frames = peer.last_of(1)
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
    peer.socket.settimeout(0.3)
    given = 0
    try:
        for kind, _, stream, payload in peer.frames():
            if kind == WINDOW and stream == 1:
                given += struct.unpack(">I", payload)[0]
    except socket.timeout:
        pass
    assert given < 40000, given


def case_reset_storm(server):
    peer = Peer(server)
    try:
        for i in range(30000):
            peer.send(frame(HEADERS, END_HEADERS, 2 * i + 1, request()) +
                      frame(RST, 0, 2 * i + 1, struct.pack(">I", CANCEL)))
    except OSError:
        pass
    assert peer.goaway_code() in (ENHANCE_YOUR_CALM, 2, None)
    server.works()


def storm(server, data, count):
    peer = Peer(server)
    try:
        for _ in range(count):
            peer.send(data)
    except OSError:
        pass
    code = peer.goaway_code()
    assert code in (ENHANCE_YOUR_CALM, None), code
    server.works()


def case_ping_storm(server):
    storm(server, frame(PING, 0, 0, bytes(8)) * 100, 1000)


def case_settings_storm(server):
    storm(server, frame(SETTINGS, 0, 0) * 100, 1000)


def case_priority_storm(server):
    """nghttp2 drops these unseen, as priorities are switched off: only the cost is checked."""
    peer = Peer(server)
    start = time.monotonic()
    for _ in range(1000):
        peer.send(frame(PRIORITY, 0, 9, struct.pack(">IB", 0, 1)) * 100)
    server.works()
    assert time.monotonic() - start < 3


def case_empty_data_storm(server):
    peer = Peer(server)
    peer.send(frame(HEADERS, END_HEADERS, 1, request("FullDuplexCall")))
    try:
        for _ in range(1000):
            peer.send(frame(DATA, 0, 1) * 100)
    except OSError:
        pass
    peer.goaway_code()
    server.works()


def case_continuation_flood(server):
    peer = Peer(server)
    try:
        peer.send(frame(HEADERS, 0, 1, request()))
        for _ in range(100):
            peer.send(frame(CONTINUATION, 0, 1, block([("x", "y")])))
    except OSError:
        pass
    peer.goaway_code()
    server.works()


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
    start = time.monotonic()
    silent.goaway_code()
    slow.goaway_code()
    assert time.monotonic() - start < 4
    other.stop()


def case_two_goaways_on_shutdown(server):
    other = Server(BINARY)
    peer = Peer(other)
    call(peer, 1, request("UnaryCall"), grpc_message(b"\x3a\x03\x08\xac\x0b"))  # sleeps 428 ms
    time.sleep(0.1)
    other.process.send_signal(signal.SIGTERM)
    ids, answered = [], False
    for kind, flags, stream, payload in peer.frames():
        if kind == GOAWAY:
            ids.append(struct.unpack(">I", payload[:4])[0])
        answered |= stream == 1 and kind == HEADERS and bool(flags & END_STREAM)
    assert ids == [0x7fffffff, 1] and answered, (ids, answered)
    assert other.process.wait(5) == 0


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
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
